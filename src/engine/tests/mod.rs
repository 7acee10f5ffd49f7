//! Whole runs: order, time, failures and ends.

mod ahead;
mod ends;
mod fairness;
mod flows;
mod futures;
mod shelf;

use super::*;
use crate::failure::Failure;
use crate::task::{Address, Back, Connector, Reply, Request};
use crate::vm::Status;
use std::collections::HashSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Instant;

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;
const TASK: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}}}"#;
const TASK_OF_A_SECOND: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","TimeoutSeconds":1,"End":true}}}"#;
const WAIT: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}}"#;
const WAIT_THEN_TASK: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"Next":"B"},"B":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}}}"#;

fn program(definition: &str) -> Arc<Program> {
    Arc::new(crate::compile::compile(definition, &Default::default()).expect("the definition is right"))
}

/// Blocks of so many lines.
struct Text {
    lines: std::vec::IntoIter<String>,
    per_block: usize,
    offset: u64,
    fills: Arc<AtomicUsize>,
}

fn text(lines: impl IntoIterator<Item = String>, per_block: usize) -> Box<Text> {
    let lines = lines.into_iter().collect::<Vec<_>>().into_iter();
    Box::new(Text { lines, per_block, offset: 0, fills: Arc::default() })
}

impl Source for Text {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        block.bytes.clear();
        for line in self.lines.by_ref().take(self.per_block) {
            block.bytes.extend_from_slice(line.as_bytes());
        }
        block.lines = 0..block.bytes.len();
        block.offset = self.offset;
        self.offset += block.bytes.len() as u64;
        block.bytes.resize(block.lines.end + PADDING, 0);
        self.fills.fetch_add(1, SeqCst);
        Ok(!block.lines.is_empty())
    }
}

/// Outputs as they are, and a line about everything else.
struct Plain;

impl Scribe for Plain {
    fn tell(&mut self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, page: &mut Page, _: usize) {
        let line = subject.origin.line;
        let input = String::from_utf8_lossy(input);
        let told = match fate {
            Fate::Ended(Outcome { status: Status::Succeeded, .. }) => "\n".into(),
            Fate::Ended(Outcome { status, failure, .. }) => {
                let error = failure.as_ref().and_then(|failure| failure.error.as_deref()).unwrap_or("");
                format!("{line} {} {error} {input}\n", status.text())
            }
            Fate::Rejected(Rejection::Malformed { column, .. }) => format!("{line} REJECTED at {column} {input}\n"),
            Fate::Rejected(Rejection::TooLong { bytes }) => format!("{line} REJECTED of {bytes}\n"),
        };
        page.output.extend_from_slice(told.as_bytes());
    }
}

/// Keeps what is written, up to a limit.
struct Memory {
    text: Vec<u8>,
    room: usize,
    error: io::ErrorKind,
}

impl Memory {
    fn new() -> Memory {
        Memory { text: Vec::new(), room: usize::MAX, error: io::ErrorKind::StorageFull }
    }

    fn lines(&self) -> Vec<&str> {
        std::str::from_utf8(&self.text).expect("outputs are text").lines().collect()
    }
}

impl Sink for Memory {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        if self.text.len() + page.output.len() > self.room {
            return Err(self.error.into());
        }
        self.text.extend_from_slice(&page.output);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers after as many milliseconds as the input says; never when it says 0.
#[derive(Default)]
struct Slow {
    under_way: Arc<AtomicUsize>,
    most: AtomicUsize,
    kept: Mutex<Vec<Back>>,
    cancelled: Mutex<HashSet<Address>>,
}

impl Connector for Slow {
    fn call(&self, request: &Request<'_>, back: Back) {
        let input = request.parameters.to_vec();
        let milliseconds = number(&input);
        if milliseconds == 0 {
            return self.kept.lock().expect("no test panics with it").push(back);
        }
        self.most.fetch_max(self.under_way.fetch_add(1, SeqCst) + 1, SeqCst);
        let under_way = self.under_way.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(milliseconds));
            under_way.fetch_sub(1, SeqCst);
            back.reply(Reply::Output(input));
        });
    }

    fn cancel(&self, address: Address) {
        self.cancelled.lock().expect("no test panics with it").insert(address);
    }
}

/// The first number in a text.
fn number(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let digits = text.trim_start_matches(|byte: char| !byte.is_ascii_digit());
    digits[..digits.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(digits.len())].parse().expect("a number")
}

fn slow() -> (Arc<Slow>, Tasks) {
    let slow = Arc::new(Slow::default());
    let mut tasks = Tasks::new();
    tasks.connect("*", slow.clone());
    (slow, tasks)
}

fn go(options: Options, tasks: Tasks, definition: &str, source: Box<dyn Source>) -> (Memory, Report<Plain>) {
    let mut memory = Memory::new();
    let engine = Engine::new(options, tasks);
    let report = engine.run(&[program(definition)], source, &mut memory, || Plain, &Control::new());
    (memory, report.expect("it can begin"))
}

fn objects(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("{{\"n\":{number}}}\n")).collect()
}

fn shards(shards: usize) -> Options {
    Options { shards, ..Options::default() }
}

#[test]
fn outputs_come_in_the_order_of_their_lines() {
    for shards in [1, 2, 4, 8] {
        let lines = objects(0..20_000);
        let (memory, report) = go(self::shards(shards), Tasks::new(), PASS, text(lines.clone(), 100));
        assert!(memory.text == lines.concat().into_bytes(), "{shards} shards");
        assert_eq!((report.sums.counts.succeeded, report.sums.counts.lines()), (20_000, 20_000));
        assert_eq!(report.sums.latency_ns.len(), 20_000);
        assert_eq!(report.sums.input_bytes, lines.concat().len() as u64);
        assert!(report.trouble.is_none() && !report.cut_short);
    }
}

#[test]
fn late_outputs_come_in_order_unless_order_does_not_matter() {
    // The first of every ten lines takes longest.
    let lines = objects((0..300).map(|line| if line % 10 == 0 { 120 } else { 1 + line % 7 }));
    let (_, tasks) = slow();
    let (memory, _) = go(shards(2), tasks, TASK, text(lines.clone(), 20));
    assert_eq!(memory.text, lines.concat().into_bytes());

    let (_, tasks) = slow();
    let (memory, _) = go(Options { in_order: false, ..shards(2) }, tasks, TASK, text(lines.clone(), 20));
    let told = memory.lines();
    assert!(told[told.len() - 10..].iter().all(|line| line.contains("120")), "the slowest come last");
    let sorted = |lines: &mut Vec<String>| lines.sort();
    let mut told: Vec<String> = told.iter().map(|line| format!("{line}\n")).collect();
    let mut expected = lines;
    sorted(&mut told);
    sorted(&mut expected);
    assert_eq!(told, expected);
}

#[test]
fn no_more_executions_are_in_flight_than_allowed() {
    let (slow, tasks) = slow();
    let lines = objects((0..60).map(|line| 1 + line % 5));
    let (memory, _) = go(Options { in_flight_max: 3, ..shards(8) }, tasks, TASK, text(lines.clone(), 50));
    assert_eq!(memory.text, lines.concat().into_bytes());
    let most = slow.most.load(SeqCst);
    assert!((2..=3).contains(&most), "{most}");
}

#[test]
fn waits_pass_in_real_time_together() {
    let began = Instant::now();
    let lines = objects(0..5000);
    let (memory, report) = go(shards(2), Tasks::new(), WAIT, text(lines.clone(), 64));
    assert!(memory.text == lines.concat().into_bytes());
    assert!((1000..3000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert!(report.sums.latency_ns.min() >= 990_000_000, "{}", report.sums.latency_ns.min());
    assert!(report.sums.usage.duration_us >= 5000 * 1_000_000);
}

#[test]
fn virtual_time_passes_at_once_and_is_the_same_on_any_number_of_shards() {
    let definition = WAIT_THEN_TASK.replace("\"Seconds\":1", "\"Seconds\":200");
    let mut first = None;
    for shards in [1, 2, 4, 8] {
        let mut tasks = Tasks::new();
        tasks.function("*", |request| match number(request.parameters) % 3 {
            0 => Err(Failure { error: Some("Third".into()), cause: None }),
            _ => Ok(request.parameters.to_vec()),
        });
        let options = Options { time: Time::Virtual, seed: Some(7), ..self::shards(shards) };
        let (memory, report) = go(options, tasks, &definition, text(objects(0..3000), 70));
        assert!(report.elapsed < Duration::from_secs(100));
        assert_eq!(report.sums.usage.duration_us, 3000 * 200_000_000);
        assert_eq!(report.sums.errors["Third"], 1000);
        let result = (memory.text, report.sums.counts, report.sums.usage, report.sums.tallies);
        assert!(*first.get_or_insert_with(|| result.clone()) == result, "{shards} shards");
    }
}

#[test]
fn virtual_time_ends_at_the_deadline_and_is_refused_to_workers() {
    let definition = WAIT.replace("\"Seconds\":1", "\"Seconds\":301");
    let options = Options { time: Time::Virtual, ..shards(1) };
    let (memory, report) = go(options.clone(), Tasks::new(), &definition, text(objects([5]), 1));
    assert_eq!(memory.lines(), [r#"1 TIMED_OUT  {"n":5}"#]);
    assert_eq!(report.sums.usage.duration_us, 300_000_000);
    let engine = Engine::new(options, slow().1);
    let refused = engine.run(&[program(TASK)], text([], 1), &mut Memory::new(), || Plain, &Control::new());
    assert_eq!(refused.err(), Some(Error::TasksTakeTime));
}

#[test]
fn the_deadline_ends_an_execution_and_calls_off_its_task() {
    let (slow, tasks) = slow();
    let definition = TASK.replacen('{', "{\"TimeoutSeconds\":1,", 1);
    let (memory, report) = go(shards(1), tasks, &definition, text(objects([0, 3]), 2));
    assert_eq!(memory.lines(), [r#"1 TIMED_OUT  {"n":0}"#, r#"{"n":3}"#]);
    assert_eq!(report.sums.counts.timed_out, 1);
    assert_eq!(slow.cancelled.lock().expect("nobody panicked").len(), 1);
}

#[test]
fn a_task_that_takes_too_long_times_out_and_its_late_answer_is_dropped() {
    let (_, tasks) = slow();
    let lines = objects([1100, 0, 2, 1500]);
    let (memory, report) = go(shards(1), tasks, TASK_OF_A_SECOND, text(lines, 4));
    let expected = [
        r#"1 FAILED States.Timeout {"n":1100}"#,
        r#"2 FAILED States.Timeout {"n":0}"#,
        r#"{"n":2}"#,
        r#"4 FAILED States.Timeout {"n":1500}"#,
    ];
    assert_eq!(memory.lines(), expected);
    assert_eq!(report.sums.errors["States.Timeout"], 3);
}

#[test]
fn answers_that_come_too_late_are_counted() {
    // Each is answered half a second after it has timed out, while the others that follow it in turn go on.
    let (_, tasks) = slow();
    let lines = objects([1100, 1200, 1300, 1, 2]);
    let definition = TASK_OF_A_SECOND
        .replace("\"End\":true", "\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"],\"MaxAttempts\":1}],\"End\":true");
    let (memory, report) = go(shards(2), tasks, &definition, text(lines, 5));
    assert_eq!(memory.lines().iter().filter(|line| line.contains("States.Timeout")).count(), 3);
    assert_eq!((report.sums.counts.succeeded, report.sums.usage.retries), (2, 3));
    // The answers to the first attempts; those to the second ones come when all is over.
    assert_eq!(report.sums.late_answers, 3);
}

#[test]
fn a_panic_fails_its_execution_alone() {
    // With a wait before it, the panic strikes an execution that was suspended.
    for definition in [TASK, WAIT_THEN_TASK] {
        let mut tasks = Tasks::new();
        tasks.function("*", |request| match number(request.parameters) % 50 {
            13 => panic!("thirteen is unlucky (this panic is part of a test)"),
            _ => Ok(request.parameters.to_vec()),
        });
        let (memory, report) = go(shards(2), tasks, definition, text(objects(0..200), 30));
        let expected = |line: u64| match line % 50 {
            13 => format!("{} FAILED States.Runtime {{\"n\":{line}}}", line + 1),
            _ => format!("{{\"n\":{line}}}"),
        };
        assert_eq!(memory.lines(), (0..200).map(expected).collect::<Vec<_>>());
        assert_eq!((report.sums.panics, report.sums.counts.failed), (4, 4));
    }
}

/// Panics at one line, the first time.
struct Stumbling(bool);

impl Scribe for Stumbling {
    fn tell(&mut self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, page: &mut Page, from: usize) {
        if subject.origin.line == 1500 && !std::mem::replace(&mut self.0, true) {
            panic!("the scribe stumbles (this panic is part of a test)");
        }
        Plain.tell(subject, input, fate, page, from);
    }
}

#[test]
fn a_panic_on_the_straight_path_fails_its_execution_alone_and_counts_once() {
    let mut memory = Memory::new();
    let engine = Engine::new(shards(1), Tasks::new());
    let source = text(objects(0..3000), 2000);
    let scribe = || Stumbling(false);
    let report = engine.run(&[program(PASS)], source, &mut memory, scribe, &Control::new()).expect("it can begin");
    let expected = |line: u64| match line {
        1499 => "1500 FAILED States.Runtime {\"n\":1499}".into(),
        _ => format!("{{\"n\":{line}}}"),
    };
    assert_eq!(memory.lines(), (0..3000).map(expected).collect::<Vec<_>>());
    let sums = report.sums;
    assert_eq!((sums.counts.succeeded, sums.counts.failed, sums.panics, sums.latency_ns.len()), (2999, 1, 1, 3000));
}

#[test]
fn lines_that_are_no_json_or_too_long_are_rejected_with_their_numbers() {
    let long = format!("{{{}}}\n", "x".repeat(crate::usage::PAYLOAD_BYTES_MAX - 1));
    let lines = ["{}\r\n", "\n", " \t\r\n", "é é\n", &long, "{\"z\":1}"].map(String::from);
    let (memory, report) = go(shards(1), Tasks::new(), PASS, text(lines, 2));
    let told = memory.lines();
    assert_eq!((told[0], told[3]), ("{}", "{\"z\":1}"));
    assert!(told[1].starts_with("4 REJECTED at 1 "), "{}", told[1]);
    assert_eq!(told[2], format!("5 REJECTED of {}", long.len() - 1));
    let counts = report.sums.counts;
    assert_eq!((counts.succeeded, counts.rejected, counts.blank, counts.lines()), (2, 2, 2, 4));
}

#[test]
fn lines_with_an_index_and_lines_too_long_for_one_stand_side_by_side() {
    let line = |place: usize| match place % 7 {
        0 => format!(
            "{{\"n\":{place},\"pad\":\"{}\"}}\r\n",
            "\\n".repeat(35_000 * usize::from(place.is_multiple_of(21)))
        ),
        1 => format!("{{\"n\":{place},\"open\":\"\n"),
        2 => "\n".to_owned(),
        _ => format!("{{\"n\":{place},\"pad\":\"{}\"}}\n", "x".repeat(place * 37 % 5_000)),
    };
    let lines: Vec<String> = (0..700).map(line).collect();
    for per_block in [1, 10, 700] {
        let (memory, report) = go(shards(2), Tasks::new(), PASS, text(lines.clone(), per_block));
        let counts = report.sums.counts;
        assert_eq!((counts.succeeded, counts.rejected, counts.blank), (500, 100, 100));
        let told = memory.lines();
        let written = lines.iter().enumerate().filter(|(place, _)| place % 7 != 2);
        for (told, (place, line)) in told.iter().zip(written) {
            let rejected = format!("{} REJECTED at {} ", place + 1, line.len());
            assert!(*told == line.trim_end() || told.starts_with(&rejected), "{told:.200}");
        }
        assert_eq!(told.len(), 600);
    }
}

#[test]
fn a_slow_first_line_holds_no_more_than_the_hold_allows() {
    let line = |n: u64| format!("{{\"n\":{n},\"pad\":\"{}\"}}\n", "x".repeat(10_000));
    let lines: Vec<String> = (0..2000).map(|place| line(if place == 0 { 600 } else { 1 })).collect();
    let (_, tasks) = slow();
    let source = text(lines.clone(), 10);
    let fills = source.fills.clone();
    let options = Options { held_bytes_max: 2_000_000, ..shards(2) };
    let watch = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        fills.load(SeqCst)
    });
    let (memory, _) = go(options, tasks, TASK, source);
    let read = watch.join().expect("it only sleeps");
    // 100 KB a block: twenty fill the hold, twenty more what shards may hold beyond, and some are under way.
    assert!((20..=60).contains(&read), "{read} blocks were read while the first line was slow");
    assert!(memory.text == lines.concat().into_bytes());
}

#[test]
fn one_execution_runs_on_the_calling_thread() {
    let mut tasks = slow().1;
    tasks.function("*", |_| unreachable!("the connector comes first"));
    let engine = Engine::new(Options::default(), tasks);
    let executed = engine.execute(&program(TASK), b"{\"n\":20}").expect("it can begin").expect("it is JSON");
    assert_eq!((executed.outcome.status, &*executed.output), (Status::Succeeded, &b"{\"n\":20}"[..]));
    assert!(executed.outcome.usage.duration_us >= 20_000);
    let timed_out =
        engine.execute(&program(TASK_OF_A_SECOND), b"{\"n\":0}").expect("it can begin").expect("it is JSON");
    assert!(timed_out.outcome.failure.is_some_and(|failure| failure.error.as_deref() == Some("States.Timeout")));
    assert!(engine.execute(&program(TASK), b"oops").expect("it can begin").is_err());
}

#[test]
fn a_batch_comes_back_in_order() {
    let options = Options { time: Time::Virtual, ..Options::default() };
    let lines = objects(0..5000);
    let inputs: Vec<&[u8]> = lines.iter().map(|line| line.trim_end().as_bytes()).collect();
    let results = Engine::new(options, Tasks::new()).execute_batch(&program(WAIT), &inputs).expect("it can begin");
    for (result, input) in results.iter().zip(&inputs) {
        let executed = result.as_ref().expect("it is JSON");
        assert_eq!((&*executed.output, executed.outcome.usage.duration_us), (*input, 1_000_000));
    }
    assert_eq!(results.len(), inputs.len());
}
