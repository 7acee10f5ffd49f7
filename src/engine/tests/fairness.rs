//! Nobody starves: neither lines behind answers, nor answers and alarms behind lines.

use super::*;
use crate::task::Address;
use std::sync::atomic::AtomicU64;

/// Answers every call at once, so that answers never end as long as executions ask.
#[derive(Default)]
struct Echo {
    answered: AtomicU64,
}

impl Connector for Echo {
    fn call(&self, request: &Request<'_>, back: Back) {
        self.answered.fetch_add(1, SeqCst);
        back.reply(Reply::Output(request.parameters.to_vec()));
    }

    fn cancel(&self, _: Address) {}
}

#[test]
fn lines_are_begun_though_answers_never_end() {
    // Each execution asks again and again, for as long as its deadline lets it: two thousand keep the shard busy for ever.
    let definition = r#"{"TimeoutSeconds":3,"StartAt":"C","States":{
        "C":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericEquals":0,"Next":"A"}],"Default":"B"},
        "B":{"Type":"Pass","End":true},
        "A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Next":"A"}}}"#;
    let echo = Arc::new(Echo::default());
    let mut tasks = Tasks::new();
    tasks.connect("*", echo.clone());
    let (watched, told) = (echo.clone(), Arc::new(Mutex::new(Vec::new())));
    let mut sink = Told { watched, told: told.clone() };
    let lines = objects((0..4000).map(|line| line / 2000));
    let options = Options { in_order: false, ..shards(1) };
    let engine = Engine::new(options, tasks);
    let source = text(lines, 100);
    let report =
        engine.run(&[program(definition)], source, &mut sink, || Plain, &Control::new()).expect("it can begin");
    assert_eq!((report.sums.counts.succeeded, report.sums.counts.timed_out), (2000, 2000));
    let told = told.lock().expect("nobody panicked");
    let all = echo.answered.load(SeqCst);
    // The lines behind those that ask for ever have ended while many answers were still to come.
    let (_, answers) = told.iter().find(|(lines, _)| *lines >= 2000).expect("they have ended");
    assert!(*answers < all / 2, "after {answers} of {all} answers");
}

/// Notes how many lines were written when so many answers had been given.
struct Told {
    watched: Arc<Echo>,
    told: Arc<Mutex<Vec<(u64, u64)>>>,
}

impl Sink for Told {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        let mut told = self.told.lock().expect("nobody panics with it");
        let lines = told.last().map_or(0, |(lines, _)| *lines);
        let written = page.output.iter().filter(|byte| **byte == b'\n').count() as u64;
        told.push((lines + written, self.watched.answered.load(SeqCst)));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines without end, until somebody says so.
struct Endless {
    is_over: Arc<AtomicUsize>,
    first: Option<String>,
}

impl Source for Endless {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        block.bytes.clear();
        block.bytes.extend(self.first.take().into_iter().flat_map(String::into_bytes));
        block.bytes.extend(b"{\"n\":1}\n".repeat(20_000));
        block.lines = 0..block.bytes.len();
        block.bytes.resize(block.lines.end + PADDING, 0);
        Ok(self.is_over.load(SeqCst) == 0)
    }
}

#[test]
fn answers_and_alarms_are_heard_though_lines_never_end() {
    // The first two lines wait for a task of 50 ms and for a second; the lines behind them end only when both have.
    let definition = r#"{"StartAt":"C","States":{
        "C":{"Type":"Choice","Default":"B","Choices":[{"Variable":"$.n","NumericGreaterThan":1,"Next":"A"},{"Variable":"$.n","NumericEquals":0,"Next":"W"}]},
        "B":{"Type":"Pass","End":true},
        "W":{"Type":"Wait","Seconds":1,"Next":"F"},
        "A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Next":"F"},
        "F":{"Type":"Fail","Error":"Heard"}}}"#;
    let is_over = Arc::new(AtomicUsize::new(0));
    let source = Endless { is_over: is_over.clone(), first: Some("{\"n\":50}\n{\"n\":0}\n".into()) };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let began = Instant::now();
    let scribe = || Ear { is_over: is_over.clone(), heard: heard.clone(), began };
    let options = Options { in_order: false, ..shards(1) };
    let engine = Engine::new(options, slow().1);
    let mut sink = Nowhere;
    let report = engine.run(&[program(definition)], Box::new(source), &mut sink, scribe, &Control::new());
    let counts = report.expect("it can begin").sums.counts;
    assert!(counts.failed == 2 && counts.succeeded > 100_000, "{counts:?}");
    let heard = heard.lock().expect("nobody panicked");
    // Bursts are short: what comes is heard some milliseconds later, with much to spare on a busy machine.
    assert!((50..550).contains(&heard[0]) && (1000..1500).contains(&heard[1]), "{heard:?} ms");
}

/// Hears failures, and ends the lines at the second.
struct Ear {
    is_over: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<u128>>>,
    began: Instant,
}

impl Scribe for Ear {
    fn tell(&mut self, _: &Subject<'_>, _: &[u8], fate: Fate<'_>, _: &mut Page, _: usize) {
        if let Fate::Ended(Outcome { status: Status::Failed, .. }) = fate {
            let mut heard = self.heard.lock().expect("nobody panics with it");
            heard.push(self.began.elapsed().as_millis());
            self.is_over.store(heard.len() / 2, SeqCst);
        }
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &Page) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
