//! Load on a small scale: a service with faults, a hundred thousand things that wait, and what they cost.
//!
//! The bench `flight` does the same with millions, and takes the time.

#[allow(dead_code, reason = "the bench takes the time, too")]
#[path = "../benches/flight/measure.rs"]
mod measure;
#[path = "../benches/flight/orders.rs"]
mod orders;
#[path = "../benches/flight/service.rs"]
mod service;

use expressway::compile::{self, compile};
use expressway::engine::{Control, Engine, Options, Outputs, Page, Report, Sink};
use expressway::task::Tasks;
use orders::{Orders, number};
use service::{Latency, Model, Service};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

/// Keeps the numbers of the orders that are written.
#[derive(Default)]
struct Numbers(Vec<u64>);

impl Sink for Numbers {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        let lines = page.output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        self.0.extend(lines.map(number));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn run(options: Options, service: &Arc<Service>, definition: &str, count: u64) -> (Report<Outputs>, Vec<u64>) {
    let program = Arc::new(compile(definition, &compile::Options::default()).expect("the definition is right"));
    let mut tasks = Tasks::new();
    tasks.connect("*", service.clone());
    let (orders, _) = Orders::new(count, |_| String::new());
    let mut numbers = Numbers::default();
    let engine = Engine::new(options, tasks);
    let report = engine.run(&[program], Box::new(orders), &mut numbers, || Outputs, &Control::new());
    (report.expect("it can begin"), numbers.0)
}

/// A task whose result is dropped, with these fields beside.
fn task(fields: &str) -> String {
    format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","ResultPath":null,{fields}"End":true}}}}}}"#
    )
}

#[test]
fn a_service_that_fails_breaks_off_and_keeps_silent_loses_nothing() {
    let latency = Latency::LongTail { median: Duration::from_millis(5), p99: Duration::from_millis(60) };
    let model = Model { seed: 7, latency, failures: 20_000, resets: 10_000, silences: 10_000 };
    let definition =
        task(r#""TimeoutSeconds":1,"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":9}],"#);
    let count = 20_000;
    let service = Service::start(model);
    let (report, numbers) = run(Options { shards: 2, ..Options::default() }, &service, &definition, count);
    assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "every order once, in order");
    let (sums, done) = (&report.sums, service.done());
    let [called, answered, failed, reset, silent, cancelled] =
        [&done.called, &done.answered, &done.failed, &done.reset, &done.silent, &done.cancelled]
            .map(|n| n.load(Relaxed));
    assert_eq!((called, sums.usage.tasks), (count + sums.usage.retries, called));
    // On a busy machine an answer may come after its second, and then its task is done again.
    assert_eq!(answered, count + sums.late_answers, "late answers find nobody, and are counted");
    assert_eq!(failed + reset + cancelled, sums.usage.retries);
    assert!(failed > 300 && reset > 150 && silent > 150 && cancelled >= silent, "{done:?}");
}

#[test]
fn a_hundred_thousand_in_flight_take_little_more_than_their_lines() {
    let count = 100_000;
    let service = Service::start(Model { seed: 1, latency: Latency::Held, failures: 0, resets: 0, silences: 0 });
    let (before, watched) = (measure::memory().0, service.clone());
    let watch = thread::spawn(move || {
        while watched.done().called.load(Relaxed) < count {
            thread::sleep(Duration::from_millis(1));
        }
        let resident = measure::memory().0;
        watched.release();
        resident
    });
    let (_, numbers) = run(Options { shards: 2, ..Options::default() }, &service, &task(""), count);
    let resident = watch.join().expect("it only looks");
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
    // Other tests run in this process meanwhile; where memory cannot be read, both are 0.
    let each = resident.saturating_sub(before) / count;
    assert!(each < 900, "{each} bytes each");
}

#[test]
fn what_is_in_flight_is_bounded_in_number_and_in_bytes() {
    let model = Model { seed: 1, latency: Latency::Held, failures: 0, resets: 0, silences: 0 };
    let bounded = |options: Options| {
        let service = Service::start(model);
        let watched = service.clone();
        let watch = thread::spawn(move || {
            thread::sleep(Duration::from_millis(500));
            let called = watched.done().called.load(Relaxed);
            watched.release();
            called
        });
        let (report, _) = run(Options { shards: 2, ..options }, &service, &task(""), 20_000);
        assert_eq!(report.sums.counts.succeeded, 20_000);
        watch.join().expect("it only looks")
    };
    let number = bounded(Options { in_flight_max: 3000, ..Options::default() });
    assert!((1..=3000).contains(&number), "{number}");
    // An order is 280 bytes, and waits in some 420.
    let number = bounded(Options { held_bytes_max: 2_000_000, ..Options::default() });
    assert!((1000..7000).contains(&number), "{number}");
}
