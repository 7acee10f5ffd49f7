//! A workload as a stream: its lines again and again out of memory, through a whole engine, into nowhere.

use super::Workload;
use super::runner::busy;
use expressway::engine::{Control, Engine, Options, Outputs, Page, Report, Sink, Time};
use expressway::feed::{Input, Lines};
use expressway::program::Program;
use expressway::task::Tasks;
use std::io::{self, Read};
use std::sync::Arc;

/// An engine, and how often the lines go through it in one run.
pub struct Stream {
    engine: Engine,
    program: Arc<Program>,
    text: Arc<str>,
    rounds: usize,
}

impl Stream {
    /// With this many shards; 0 is one for each core. At least so many bytes go through it in one run.
    pub fn new(workload: &Workload, shards: usize, bytes: usize) -> Stream {
        let mut tasks = Tasks::new();
        tasks.function("*", |_| Err(busy()));
        let program = Arc::new(workload.compile());
        // Retries wait, and waits take no time here either.
        let time = if program.tasks.is_empty() { Time::Real } else { Time::Virtual };
        let engine = Engine::new(Options { shards, time, seed: Some(1), ..Options::default() }, tasks);
        Stream { engine, program, text: workload.text.as_str().into(), rounds: bytes.div_ceil(workload.text.len()) }
    }

    /// Lines in one run.
    pub fn lines(&self) -> u64 {
        (self.rounds * self.text.lines().count()) as u64
    }

    /// Runs them all.
    pub fn run(&self, sink: &mut dyn Sink) -> Report<Outputs> {
        let again = Again { text: self.text.clone(), rounds: self.rounds, at: 0 };
        let source = Box::new(Lines::new(vec![Input::Reader(Box::new(again))]));
        let programs = std::slice::from_ref(&self.program);
        let report = self.engine.run(programs, source, sink, || Outputs, &Control::default()).expect("it can begin");
        let counts = report.sums.counts;
        assert!(report.trouble.is_none() && counts.succeeded == self.lines(), "{counts:?} {:?}", report.trouble);
        report
    }
}

/// A text again and again.
struct Again {
    text: Arc<str>,
    rounds: usize,
    at: usize,
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() && self.rounds > 0 {
            (self.rounds, self.at) = (self.rounds - 1, 0);
        }
        if self.rounds == 0 {
            return Ok(0);
        }
        let bytes = (&self.text.as_bytes()[self.at..]).read(buffer)?;
        self.at += bytes;
        Ok(bytes)
    }
}

/// Forgets what it is given.
pub struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &Page) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
