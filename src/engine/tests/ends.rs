//! How runs end: by a limit, a failure, an order, or because input or output breaks.

use super::*;

#[test]
fn only_so_many_lines_are_run() {
    for lines_max in [0, 1, 7, 10, 11, 1000] {
        let lines = objects(0..20);
        let options = Options { lines_max, ..shards(2) };
        let (memory, report) = go(options, Tasks::new(), PASS, text(lines.clone(), 5));
        let expected = lines[..20.min(lines_max as usize)].concat();
        assert_eq!((String::from_utf8(memory.text), report.cut_short), (Ok(expected), false), "{lines_max}");
    }
}

#[test]
fn a_failure_stops_the_run_if_that_is_wanted() {
    let lines = objects(0..100_000).into_iter().enumerate();
    let lines = lines.map(|(place, line)| if place == 500 { "oops\n".into() } else { line });
    let options = Options { fail_fast: true, ..shards(2) };
    let (memory, report) = go(options, Tasks::new(), PASS, text(lines, 50));
    let counts = report.sums.counts;
    assert_eq!(counts.rejected, 1);
    assert!(counts.lines() < 90_000 && report.cut_short, "{counts:?}");
    assert_eq!(memory.lines().len() as u64, counts.lines());
    assert!(memory.lines().contains(&"501 REJECTED at 1 oops"));
}

#[test]
fn a_full_disk_stops_the_run_and_says_how_far_it_got() {
    let lines = objects(0..100_000);
    let mut memory = Memory { room: 5000, ..Memory::new() };
    let engine = Engine::new(shards(2), Tasks::new());
    let source = text(lines.clone(), 50);
    let report = engine.run(&[program(PASS)], source, &mut memory, || Plain, &Control::new()).expect("it can begin");
    let Some(Trouble::Output { error, after_line }) = report.trouble else { panic!("the disk is full") };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(after_line >= 50);
    assert_eq!(memory.text, lines[..after_line as usize].concat().into_bytes());
    assert!(report.sums.counts.lines() < 100_000);
}

#[test]
fn a_reader_of_the_output_may_go_away_quietly() {
    let mut memory = Memory { room: 5000, error: io::ErrorKind::BrokenPipe, ..Memory::new() };
    let engine = Engine::new(shards(2), Tasks::new());
    let source = text(objects(0..100_000), 50);
    let report = engine.run(&[program(PASS)], source, &mut memory, || Plain, &Control::new()).expect("it can begin");
    assert!(report.trouble.is_none() && report.cut_short);
}

/// Some lines, then a read that hangs until the test is over.
struct Hanging(Box<Text>);

impl Source for Hanging {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        if !self.0.fill(block)? {
            thread::sleep(Duration::from_secs(60));
        }
        Ok(!block.lines.is_empty())
    }
}

fn interrupted(definition: &str, lines: Vec<String>, drain: Duration, act: fn(&Control)) -> (Memory, Report<Plain>) {
    let (_, tasks) = slow();
    let engine = Engine::new(Options { drain, ..shards(2) }, tasks);
    let control = Control::new();
    let mut memory = Memory::new();
    let source = Box::new(Hanging(text(lines, 3)));
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(200));
            act(&control);
        });
        engine.run(&[program(definition)], source, &mut memory, || Plain, &control).expect("it can begin")
    });
    (memory, report)
}

#[test]
fn draining_finishes_what_was_read_though_the_reader_hangs() {
    let lines = objects([500, 1, 400, 2]);
    let (memory, report) = interrupted(TASK, lines.clone(), Duration::from_secs(30), Control::drain);
    assert_eq!(memory.text, lines.concat().into_bytes());
    assert!(report.cut_short && report.elapsed < Duration::from_secs(10));
}

#[test]
fn stopping_aborts_what_is_in_flight() {
    let lines = objects([1, 0, 2, 0]);
    let (memory, report) = interrupted(TASK, lines.clone(), Duration::from_secs(30), Control::stop);
    assert_eq!(memory.lines(), [r#"{"n":1}"#, r#"2 ABORTED  {"n":0}"#, r#"{"n":2}"#, r#"4 ABORTED  {"n":0}"#]);
    assert_eq!(report.sums.counts.aborted, 2);
    // Draining ends the same way when its time is over.
    let (memory, _) = interrupted(TASK, lines, Duration::from_millis(100), Control::drain);
    assert_eq!(memory.lines().iter().filter(|line| line.contains("ABORTED")).count(), 2);
}

#[test]
fn input_that_breaks_is_told_and_what_was_read_is_finished() {
    struct Breaking(Box<Text>);
    impl Source for Breaking {
        fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
            if self.0.fill(block)? { Ok(true) } else { Err(io::ErrorKind::ConnectionReset.into()) }
        }
    }
    let lines = objects(0..100);
    let (memory, report) = go(shards(2), Tasks::new(), PASS, Box::new(Breaking(text(lines.clone(), 30))));
    assert_eq!(memory.text, lines.concat().into_bytes());
    assert!(matches!(report.trouble, Some(Trouble::Input { after_line: 100, .. })), "{:?}", report.trouble);
}
