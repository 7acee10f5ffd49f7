//! Runs whose shards fetch their blocks themselves.

use super::*;
use std::sync::atomic::AtomicU64;

/// Blocks of three lines, every fourth fetch without any; one may fail and one panic.
struct Lying {
    lines: Vec<String>,
    fetches: AtomicU64,
    broken: u64,
    panics: u64,
}

const LINES: usize = 3;

fn lying(lines: Vec<String>) -> Lying {
    Lying { lines, fetches: AtomicU64::new(0), broken: u64::MAX, panics: u64::MAX }
}

impl Shelf for Lying {
    fn fetch(&self, block: &mut Block) -> io::Result<bool> {
        let number = self.fetches.fetch_add(1, SeqCst);
        block.sequence = number;
        if number % 5 == 1 {
            thread::yield_now(); // So that turns come out of order.
        }
        assert_ne!(number, self.panics, "this fetch panics");
        if number == self.broken {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let from = (number - number.div_ceil(4)) as usize * LINES;
        let lines = if number.is_multiple_of(4) { 0 } else { LINES };
        let rest = &self.lines[from.min(self.lines.len())..];
        block.bytes.clear();
        block.bytes.extend_from_slice(rest[..lines.min(rest.len())].concat().as_bytes());
        block.lines = 0..block.bytes.len();
        block.bytes.resize(block.lines.end + PADDING, 0);
        Ok(!rest.is_empty())
    }
}

struct Shelved(Option<Lying>);

impl Source for Shelved {
    fn fill(&mut self, _: &mut Block) -> io::Result<bool> {
        panic!("what lies on a shelf is not read by one thread");
    }

    fn shelf(&mut self) -> Option<Arc<dyn Shelf>> {
        Some(Arc::new(self.0.take().expect("asked for once")))
    }
}

#[test]
fn blocks_come_in_order_whoever_fetches_them() {
    let lines = objects(0..5_000);
    for count in [1, 2, 7] {
        let (memory, report) = go(shards(count), Tasks::new(), PASS, Box::new(Shelved(Some(lying(lines.clone())))));
        assert_eq!(memory.text, lines.concat().into_bytes(), "{count}");
        assert_eq!((report.sums.counts.succeeded, report.cut_short), (5_000, false));
    }
}

#[test]
fn lines_are_numbered_through_and_only_so_many_are_run() {
    let lines: Vec<String> = (0..100).map(|_| "oops\n".into()).collect();
    for lines_max in [0, 1, 3, 7, 99, 100, 1000] {
        let options = Options { lines_max, ..shards(3) };
        let (memory, report) = go(options, Tasks::new(), PASS, Box::new(Shelved(Some(lying(lines.clone())))));
        let expected = (1..=lines_max.min(100)).map(|line| format!("{line} REJECTED at 1 oops"));
        assert!(memory.lines().into_iter().eq(expected), "{lines_max}");
        assert!(!report.cut_short);
    }
}

#[test]
fn input_that_breaks_is_told_and_nothing_behind_it_is_run() {
    let lines = objects(0..100);
    // The fetches before bring 1, 2, 3 and 5, 6, 7.
    let shelf = Lying { broken: 9, ..lying(lines.clone()) };
    let (memory, report) = go(shards(3), Tasks::new(), PASS, Box::new(Shelved(Some(shelf))));
    assert_eq!(memory.text, lines[..6 * LINES].concat().into_bytes());
    assert!(matches!(report.trouble, Some(Trouble::Input { after_line: 18, .. })), "{:?}", report.trouble);
}

#[test]
fn draining_fetches_no_more() {
    let (_, tasks) = slow();
    let engine = Engine::new(Options { in_flight_max: 2, ..shards(1) }, tasks);
    let (control, mut memory) = (Control::new(), Memory::new());
    let source = Box::new(Shelved(Some(lying(objects(vec![20; 10_000])))));
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(200));
            control.drain();
        });
        engine.run(&[program(TASK)], source, &mut memory, || Plain, &control).expect("it can begin")
    });
    let succeeded = report.sums.counts.succeeded;
    assert!(report.cut_short && (1..1_000).contains(&succeeded), "{:?}", report.sums.counts);
    assert_eq!(memory.lines().len() as u64, succeeded);
}

#[test]
fn a_panic_in_a_fetch_keeps_nobody_waiting() {
    let shelf = Lying { panics: 5, ..lying(objects(0..10_000)) };
    let run = || go(shards(3), Tasks::new(), PASS, Box::new(Shelved(Some(shelf))));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
}
