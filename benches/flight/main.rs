//! What waiting costs: memory, suspensions a second, added latency, the punctuality of timers. A row for each measure.
//!
//! `cargo bench --bench flight -- MEASURE [COUNT]`, with one of the measures below; without any, each once with less.

mod lateness;
mod measure;
mod orders;
mod service;

use expressway::compile::{self, compile};
use expressway::engine::{Control, Engine, Options, Page, Report, Sink};
use expressway::task::Tasks;
use lateness::{Due, Lateness};
use orders::{Orders, number};
use service::{Latency, Model, Service};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// As the command line does it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Measure = (&'static str, fn(u64), u64);

/// Each with the number that is taken where none is given, and no measure is named.
const MEASURES: &[Measure] = &[
    ("tasks", tasks_at_once, 100_000),
    ("waits", waits_at_once, 100_000),
    ("turns", turns, 100_000),
    ("ready", ready, 100_000),
    ("latency", latency, 10_000),
    ("paced", paced, 100_000),
    ("timers", timers, 100_000),
    ("timeouts", timeouts, 100_000),
    ("spread", spread, 100_000),
    ("faults", faults, 100_000),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let count = arguments.get(1).map(|count| count.replace('_', "").parse().expect("the second argument is a number"));
    let chosen = |measure: &&Measure| arguments.first().is_none_or(|name| name == measure.0);
    for (_, run, least) in MEASURES.iter().filter(chosen) {
        run(count.unwrap_or(*least));
    }
}

const TASK: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","ResultPath":null,"End":true}}}"#;

/// A million tasks that are out at once.
fn tasks_at_once(count: u64) {
    let service = Service::start(Model { latency: Latency::Held, ..model() });
    let (watched, began) = (service.clone(), Instant::now());
    let watch = thread::spawn(move || {
        while watched.done().called.load(Ordering::Relaxed) < count {
            thread::sleep(Duration::from_millis(1));
        }
        let filled = began.elapsed();
        thread::sleep(Duration::from_millis(300));
        let memory = measure::memory();
        watched.release();
        (filled, memory)
    });
    let ran = run(all_at_once(count), connected(service), TASK, Orders::new(count, nothing), Due::Never);
    let (filled, (resident, peak)) = watch.join().expect("it only looks");
    ran.check(count);
    println!(
        "tasks     {count} in flight after {:.2} s: resident {}, {} each; peak {}; all ended {:.2} s later",
        filled.as_secs_f64(),
        megabytes(resident),
        resident / count,
        megabytes(peak),
        (ran.report.elapsed - filled).as_secs_f64(),
    );
}

/// Millions of executions that wait for a time.
fn waits_at_once(count: u64) {
    let seconds = 3 + count / 300_000;
    let definition = format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Wait","Seconds":{seconds},"End":true}}}}}}"#);
    let ran = run(all_at_once(count), Tasks::new(), &definition, Orders::new(count, nothing), Due::Never);
    ran.check(count);
    assert!(!ran.written.began_early, "all were in flight at once: the last was read before the first ended");
    let (_, peak) = measure::memory();
    println!("waits     {count} in flight: peak {}, {} each; waited {seconds} s", megabytes(peak), peak / count);
}

/// Tasks of one execution after another.
const STEPS: u64 = 10;

/// Suspending, answering, resuming.
fn turns(count: u64) {
    let mut tasks = Tasks::new();
    let work = |_: &expressway::task::Request<'_>| async {
        tokio::task::yield_now().await;
        Ok(b"{\"ok\":true}".to_vec())
    };
    tasks.asynchronous("*", work).expect("there is a thread");
    rate("turns", tasks, count);
}

/// The same with a future that is ready at once.
fn ready(count: u64) {
    let mut tasks = Tasks::new();
    tasks.asynchronous("*", |_| async { Ok(b"{\"ok\":true}".to_vec()) }).expect("there is a thread");
    rate("ready", tasks, count);
}

fn rate(name: &str, tasks: Tasks, count: u64) {
    let before = measure::processor_ms();
    let options = Options { shards: 1, in_flight_max: 10_000, ..Options::default() };
    let ran = run(options, tasks, &chain(STEPS), Orders::new(count / STEPS, nothing), Due::Never);
    ran.check(count / STEPS);
    let spent = measure::processor_ms().saturating_sub(before);
    let turns = ran.report.sums.usage.tasks;
    println!(
        "{name:9} {turns} tasks in {:.2} s, one shard: {:.2} million a second; processor {} ns each, of all threads",
        ran.report.elapsed.as_secs_f64(),
        turns as f64 / ran.report.elapsed.as_secs_f64() / 1e6,
        spent * 1_000_000 / turns,
    );
}

const TEN_MS: Duration = Duration::from_millis(10);

/// What is added to a task of ten milliseconds with so many in flight.
fn latency(in_flight: u64) {
    let count = in_flight * 500;
    let service = Service::start(Model { latency: Latency::Fixed(TEN_MS), ..model() });
    let options = Options { in_flight_max: in_flight as usize, ..Options::default() };
    let orders = Orders::new(count, nothing);
    let ran = run(options, connected(service.clone()), TASK, orders, Due::Answered(service, TEN_MS));
    ran.check(count);
    ran.late("latency", &format!("tasks of 10 ms, {in_flight} in flight"));
}

/// The same when so many come in a second, however many are in flight then.
fn paced(rate: u64) {
    let count = rate * 5;
    let service = Service::start(Model { latency: Latency::Fixed(TEN_MS), ..model() });
    let (orders, is_read) = Orders::new(count, nothing);
    let orders = (orders.at_rate(rate), is_read);
    let ran = run(Options::default(), connected(service.clone()), TASK, orders, Due::Answered(service, TEN_MS));
    ran.check(count);
    ran.late("paced", &format!("tasks of 10 ms, {rate} asked for a second"));
}

/// Alarms at times of their own.
fn timers(count: u64) {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","TimestampPath":"$.until","End":true}}}"#;
    let ran = run(all_at_once(count), Tasks::new(), definition, Orders::new(count, until), Due::At(due_ms));
    ran.check(count);
    ran.late("timers", "waits until times of their own");
}

/// Times in the twenty seconds that begin when all have been read: ten seconds after the first is asked for.
fn until(number: u64) -> String {
    format!("\"until\":\"{}\",", written(due_ms(number)))
}

fn due_ms(number: u64) -> u64 {
    static BEGAN: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later").as_millis();
    // Scattered, so that there is no pattern in which alarms ring.
    BEGAN.get_or_init(|| now() as u64 + 10_000) + service::mix(number) % 20_000
}

/// A time as timestamps are written.
fn written(ms: u64) -> String {
    let mut text = Vec::new();
    expressway::builtin::timestamp::write_short(ms as i64, &mut text);
    String::from_utf8(text).expect("timestamps are text")
}

/// Tasks that nobody answers and that time out after the same time: as fast as they were begun.
fn timeouts(count: u64) {
    let due = Due::After(|_| Duration::from_secs(20));
    time_out("timeouts", count, "\"TimeoutSeconds\":20", due, nothing);
}

/// The same with times of their own, so that a tenth is due in each second.
fn spread(count: u64) {
    let due = Due::After(|number| Duration::from_secs(seconds(number)));
    let extra = |number| format!("\"seconds\":{},", seconds(number));
    time_out("spread", count, "\"TimeoutSecondsPath\":\"$.seconds\"", due, extra);
}

fn seconds(number: u64) -> u64 {
    15 + service::mix(number) % 10
}

fn time_out(name: &str, count: u64, timeout: &str, due: Due, extra: fn(u64) -> String) {
    let caught = "\"Catch\":[{\"ErrorEquals\":[\"States.Timeout\"],\"ResultPath\":null,\"Next\":\"B\"}],\"End\"";
    let definition = TASK
        .replace("\"End\"", &format!("{timeout},{caught}"))
        .replace("}}}", "},\"B\":{\"Type\":\"Pass\",\"End\":true}}}");
    let service = Service::start(Model { silences: 1_000_000, ..model() });
    let ran = run(all_at_once(count), connected(service.clone()), &definition, Orders::new(count, extra), due);
    ran.check(count);
    ran.late(name, "tasks that time out");
    while service.done().cancelled.load(Ordering::Relaxed) < count {
        thread::sleep(Duration::from_millis(1)); // It is told of all, and may not have listened yet.
    }
}

/// A service with a long tail that fails, breaks off and keeps silent, behind a retrier.
fn faults(count: u64) {
    let definition = TASK.replace("\"End\"", "\"TimeoutSeconds\":1,\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"],\"IntervalSeconds\":1,\"MaxAttempts\":9}],\"End\"");
    let latency = Latency::LongTail { median: Duration::from_millis(5), p99: Duration::from_millis(80) };
    let service = Service::start(Model { seed: 7, latency, failures: 20_000, resets: 10_000, silences: 10_000 });
    let options = Options { in_flight_max: 100_000, ..Options::default() };
    let ran = run(options, connected(service.clone()), &definition, Orders::new(count, nothing), Due::Never);
    ran.check(count);
    let sums = &ran.report.sums;
    println!(
        "faults    {count} in {:.2} s: {} tasks, {} retries; late answers {}; {:?}",
        ran.report.elapsed.as_secs_f64(),
        sums.usage.tasks,
        sums.usage.retries,
        sums.late_answers,
        service.done(),
    );
}

fn model() -> Model {
    Model { seed: 1, latency: Latency::Held, failures: 0, resets: 0, silences: 0 }
}

fn connected(service: Arc<Service>) -> Tasks {
    let mut tasks = Tasks::new();
    tasks.connect("*", service);
    tasks
}

fn all_at_once(count: u64) -> Options {
    Options { in_flight_max: 2 * count as usize, held_bytes_max: 64 << 30, ..Options::default() }
}

/// So many tasks one after another; what they say is dropped.
fn chain(steps: u64) -> String {
    let state = |step: u64| {
        let next = if step + 1 == steps { "\"End\":true".to_owned() } else { format!("\"Next\":\"S{}\"", step + 1) };
        format!(
            r#""S{step}":{{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:1:function:F","ResultPath":null,{next}}}"#
        )
    };
    format!(r#"{{"StartAt":"S0","States":{{{}}}}}"#, (0..steps).map(state).collect::<Vec<_>>().join(","))
}

fn nothing(_: u64) -> String {
    String::new()
}

/// Orders to be read, and whether they have been.
type Ordered = (Orders, Arc<AtomicBool>);

/// A run that is over.
struct Ran {
    report: Report<Lateness>,
    written: Written,
}

fn run(options: Options, tasks: Tasks, definition: &str, (orders, is_read): Ordered, due: Due) -> Ran {
    let program = Arc::new(compile(definition, &compile::Options::default()).expect("the definition is right"));
    let mut written = Written { is_read, lines: 0, began_early: false };
    let engine = Engine::new(options, tasks);
    let report = engine.run(&[program], Box::new(orders), &mut written, || Lateness::of(due.clone()), &Control::new());
    Ran { report: report.expect("it can begin"), written }
}

impl Ran {
    /// Every execution has succeeded, and its output stands where its input stood.
    fn check(&self, count: u64) {
        assert_eq!(self.report.sums.counts.succeeded, count, "{:?}", self.report.sums.errors);
        assert_eq!(self.written.lines, count);
    }

    /// Tells how late executions ended.
    fn late(&self, name: &str, what: &str) {
        lateness::tell(&format!("{name:9} {} {what}", self.report.sums.counts.succeeded), &self.report.scribes);
    }
}

/// Looks at what is written and forgets it.
struct Written {
    is_read: Arc<AtomicBool>,
    lines: u64,
    /// Whether something was written before everything was read.
    began_early: bool,
}

impl Sink for Written {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        if page.output.is_empty() {
            return Ok(());
        }
        self.began_early |= !self.is_read.load(Ordering::SeqCst);
        assert_eq!(number(&page.output), self.lines, "outputs come in order");
        self.lines += memchr::memchr_iter(b'\n', &page.output).count() as u64;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
