//! What waiting costs: memory, suspensions a second, added latency, the punctuality of timers. A row for each measure.
//!
//! `cargo bench --bench flight -- MEASURE [COUNT]`, with one of the measures below; without any, each once with less.

mod measure;
mod orders;
mod service;

use expressway::compile::{self, compile};
use expressway::engine::{Control, Engine, Fate, Options, Page, Report, Scribe, Sink, Subject};
use expressway::task::Tasks;
use hdrhistogram::Histogram;
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
    let ran = run(all_at_once(count), connected(service), TASK, count, Due::Never, nothing);
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
    let ran = run(all_at_once(count), Tasks::new(), &definition, count, Due::Never, nothing);
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
    let ran = run(options, tasks, &chain(STEPS), count / STEPS, Due::Never, nothing);
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
    let ran = run(options, connected(service), TASK, count, Due::After(|_| TEN_MS), nothing);
    ran.check(count);
    ran.late("latency", &format!("tasks of 10 ms, {in_flight} in flight"));
}

/// Alarms at times of their own.
fn timers(count: u64) {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","TimestampPath":"$.until","End":true}}}"#;
    let ran = run(all_at_once(count), Tasks::new(), definition, count, Due::At(due_ms), until);
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
    let ran = run(all_at_once(count), connected(service.clone()), &definition, count, due, extra);
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
    let ran = run(options, connected(service.clone()), &definition, count, Due::Never, nothing);
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

/// A run that is over.
struct Ran {
    report: Report<Lateness>,
    written: Written,
}

fn run(options: Options, tasks: Tasks, definition: &str, count: u64, due: Due, extra: fn(u64) -> String) -> Ran {
    let program = Arc::new(compile(definition, &compile::Options::default()).expect("the definition is right"));
    let (orders, is_read) = Orders::new(count, extra);
    let mut written = Written { is_read, lines: 0, began_early: false };
    let engine = Engine::new(options, tasks);
    let report = engine.run(&[program], Box::new(orders), &mut written, || Lateness::of(due), &Control::new());
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
        let add = |sum: &mut Histogram<u64>, part: &Histogram<u64>| sum.add(part).expect("they have the same bounds");
        let (mut all, mut warm) = (histogram(), histogram());
        for scribe in &self.report.scribes {
            add(&mut all, &scribe.all);
            add(&mut warm, &scribe.warm);
        }
        let has_warm = !warm.is_empty();
        let [all, warm] = [all, warm].map(|late| {
            let at = |part| late.value_at_quantile(part) as f64 / 1e3;
            format!("{:.2} ms in the middle, {:.2} at 99 %, {:.2} at most", at(0.5), at(0.99), at(1.0))
        });
        let due_us = self.report.scribes.iter().map(|scribe| scribe.due_us);
        let (first, last) = due_us.fold((u64::MAX, 0), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        let count = self.report.sums.counts.succeeded;
        let thousands = count * 1000 / (last - first).max(1);
        println!("{name:9} {count} {what}, {thousands} thousand due a second: late by {all}");
        if has_warm {
            println!("          of those that began after the first second: {warm}");
        }
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

/// When an execution should end.
#[derive(Clone, Copy)]
enum Due {
    /// At a time, in milliseconds since 1970, that follows from its number.
    At(fn(u64) -> u64),
    /// So long after its beginning, from its number.
    After(fn(u64) -> Duration),
    /// Nobody asks.
    Never,
}

/// Writes outputs, and notes how much later than due executions ended, in microseconds.
struct Lateness {
    due: Due,
    began_us: Option<u64>,
    /// When the first was due, and the last.
    due_us: (u64, u64),
    all: Histogram<u64>,
    /// Of executions that began when the run had found its memory.
    warm: Histogram<u64>,
}

impl Lateness {
    fn of(due: Due) -> Lateness {
        Lateness { due, began_us: None, due_us: (u64::MAX, 0), all: histogram(), warm: histogram() }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(3_600_000_000, 3).expect("the bounds are fixed and in range")
}

impl Scribe for Lateness {
    fn tell(&mut self, subject: &Subject<'_>, _input: &[u8], fate: Fate<'_>, page: &mut Page, _from: usize) {
        let Fate::Ended(outcome) = fate else { return };
        page.output.push(b'\n');
        let number = subject.origin.line - 1;
        let due_us = match self.due {
            Due::At(due_ms) => (due_ms(number) * 1000).max(subject.started_us),
            Due::After(time) => subject.started_us + time(number).as_micros() as u64,
            Due::Never => return,
        };
        let late_us = (subject.started_us + outcome.usage.duration_us).saturating_sub(due_us);
        self.all.saturating_record(late_us);
        self.due_us = (self.due_us.0.min(due_us), self.due_us.1.max(due_us));
        if subject.started_us > *self.began_us.get_or_insert(subject.started_us) + 1_000_000 {
            self.warm.saturating_record(late_us);
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
