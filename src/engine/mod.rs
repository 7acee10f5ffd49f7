//! The engine: runs streams of executions on one shard per core, in input order or as they come, in real or virtual time.
//!
//! Usually `engine.run(&[program], source, sink, || scribe)`; one execution is `engine.execute`, data already in memory
//! is `engine.execute_batch`. What is written about an execution is decided by a [`Scribe`].

mod block;
mod card;
mod chunks;
mod clock;
mod control;
mod desk;
mod gate;
mod hatch;
mod idle;
mod intake;
mod open;
mod order;
mod page;
mod reader;
mod report;
mod run;
mod scribe;
mod seed;
mod shard;
mod shelf;
mod slab;
mod sleep;
mod solo;
mod store;
mod straight;
mod telling;
#[cfg(test)]
mod tests;
mod wheel;
mod work;

pub use block::{Block, Origin, PADDING, Shelf, Source};
pub use control::{Control, Order};
pub use page::{Ends, Page, Part};
pub use report::{Counts, Report, Sums, Trouble};
pub use scribe::{Fate, Outputs, Rejection, Scribe, Subject};

use crate::json::{Malformed, Utf8};
use crate::program::Program;
use crate::task::{Mailbox, Tasks};
use crate::vm::Outcome;
use clock::Clock;
use desk::{Desk, Office, Scene};
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How time passes for executions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// As it does.
    #[default]
    Real,
    /// At once, from one thing that is due to the next. Everything that is asked must be answered at once.
    Virtual,
}

/// How an engine works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that run executions; 0 is one for each core this process may use.
    pub shards: usize,
    /// Whether outputs come in the order of their lines. It has a price: a slow execution holds back those behind it.
    pub in_order: bool,
    /// The most executions suspended at once.
    pub in_flight_max: usize,
    /// The most bytes of finished text that may wait for their turn, and as many of suspended executions, answers that
    /// have come for them included. Then reading stops.
    pub held_bytes_max: usize,
    /// How time passes.
    pub time: Time,
    /// Decides everything random, and has virtual time begin at a fixed date.
    pub seed: Option<u64>,
    /// What execution names begin with; the number of their line follows.
    pub name_prefix: String,
    /// The last line that is read, blank ones counted.
    pub lines_max: u64,
    /// Whether the run is stopped at the first line that does not succeed.
    pub fail_fast: bool,
    /// How long a run that was told to drain may take, before what is in flight is aborted.
    pub drain: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            shards: 0,
            in_order: true,
            in_flight_max: 1_000_000,
            held_bytes_max: 1 << 30,
            time: Time::Real,
            seed: None,
            name_prefix: "line-".into(),
            lines_max: u64::MAX,
            fail_fast: false,
            drain: Duration::from_secs(30),
        }
    }
}

/// Where a run's text goes.
pub trait Sink: Send {
    /// Writes one page. An error of the kind `BrokenPipe` means that nobody reads any more: a quiet end.
    ///
    /// # Errors
    /// It cannot be written. The run is stopped then.
    fn write(&mut self, page: &Page) -> std::io::Result<()>;

    /// All is written.
    ///
    /// # Errors
    /// What was accepted before could not be written after all.
    fn finish(&mut self) -> std::io::Result<()>;
}

/// Why a run does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There are no programs, or more than a run can tell apart.
    Programs,
    /// Virtual time, and tasks that take real time.
    TasksTakeTime,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Programs => "a run has from 1 to 65536 programs",
            Error::TasksTakeTime => {
                "virtual time goes with mocks and Rust functions that do not wait: workers and services take real time"
            }
        })
    }
}

impl std::error::Error for Error {}

/// An execution that was run by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// How it ended.
    pub outcome: Outcome,
    /// Its output; empty unless it succeeded.
    pub output: Vec<u8>,
}

/// Runs executions.
pub struct Engine {
    options: Options,
    tasks: Tasks,
}

impl Engine {
    /// An engine whose tasks are answered like this.
    pub fn new(options: Options, tasks: Tasks) -> Engine {
        Engine { options, tasks }
    }

    /// Who answers tasks.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Runs an execution for each line of a source. A block says which of the programs runs its lines. What the shards'
    /// scribes write goes to the sink; `control` can end the run early.
    ///
    /// # Errors
    /// The run cannot begin. What goes wrong later is told in the report.
    pub fn run<S: Scribe>(
        &self,
        programs: &[Arc<Program>],
        source: Box<dyn Source>,
        sink: &mut dyn Sink,
        mut scribe: impl FnMut() -> S,
        control: &Control,
    ) -> Result<Report<S>, Error> {
        self.check(programs)?;
        let options = &self.options;
        let clock = Clock::start();
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let setup = run::Setup {
            office: self.office(programs),
            control: control.clone(),
            clock,
            virtual_start_ms: (options.time == Time::Virtual).then(|| clock.virtual_start_ms(options.seed)),
            shards: if options.shards == 0 { cores() } else { options.shards }.min(SHARDS_MAX),
            in_order: options.in_order,
            fail_fast: options.fail_fast,
            lines_max: options.lines_max,
            in_flight_max: options.in_flight_max.max(1),
            held_bytes_max: options.held_bytes_max,
            drain: options.drain,
        };
        Ok(run::run(setup, source, sink, &mut scribe))
    }

    /// Runs one execution on this thread. Err: the input is no JSON.
    ///
    /// # Errors
    /// The run cannot begin.
    pub fn execute(&self, program: &Arc<Program>, input: &[u8]) -> Result<Result<Executed, Malformed>, Error> {
        let programs = std::slice::from_ref(program);
        self.check(programs)?;
        let office = self.office(programs);
        Ok(Alone::new(&office, self).execute(input, 1))
    }

    /// Runs an execution for each input, on all cores. The results come in the order of the inputs.
    ///
    /// # Errors
    /// The run cannot begin.
    pub fn execute_batch(
        &self,
        program: &Arc<Program>,
        inputs: &[&[u8]],
    ) -> Result<Vec<Result<Executed, Malformed>>, Error> {
        let programs = std::slice::from_ref(program);
        self.check(programs)?;
        let office = self.office(programs);
        let execute = |alone: &mut Alone<'_>, (place, input): (usize, &&[u8])| alone.execute(input, place as u64 + 1);
        Ok(inputs.par_iter().enumerate().map_init(|| Alone::new(&office, self), execute).collect())
    }

    fn check(&self, programs: &[Arc<Program>]) -> Result<(), Error> {
        if programs.is_empty() || programs.len() > 1 << 16 {
            return Err(Error::Programs);
        }
        if self.options.time == Time::Virtual && !self.tasks.are_instant() {
            return Err(Error::TasksTakeTime);
        }
        Ok(())
    }

    fn office<'r>(&'r self, programs: &'r [Arc<Program>]) -> Office<'r> {
        let seed = self.options.seed.unwrap_or_else(seed::from_chance);
        Office { programs, tasks: &self.tasks, name_prefix: &self.options.name_prefix, seed }
    }
}

/// More threads than any machine has cores.
const SHARDS_MAX: usize = 1024;

/// One thread's means to run one execution after another.
struct Alone<'r> {
    office: &'r Office<'r>,
    desk: Desk<Nothing>,
    agenda: solo::Agenda,
    pace: solo::Pace,
    clock: Clock,
    start_ms: Option<u64>,
    page: Page,
}

impl<'r> Alone<'r> {
    fn new(office: &'r Office<'r>, engine: &Engine) -> Alone<'r> {
        let clock = Clock::start();
        let is_virtual = engine.options.time == Time::Virtual;
        let start_ms = is_virtual.then(|| clock.virtual_start_ms(engine.options.seed));
        let real = || solo::Pace::Real { clock, mailbox: Arc::new(Mailbox::new()) };
        let pace = if is_virtual { solo::Pace::Virtual } else { real() };
        Alone {
            office,
            desk: Desk::new(office, Nothing),
            agenda: solo::Agenda::default(),
            pace,
            clock,
            start_ms,
            page: Page::default(),
        }
    }

    /// Runs the execution. A panic in it goes on to the caller.
    fn execute(&mut self, input: &[u8], line: u64) -> Result<Executed, Malformed> {
        let _runtime = self.office.tasks.enter();
        let began_ns = self.clock.now_ns();
        let start_ms = self.start_ms.unwrap_or(began_ns / 1_000_000);
        let subject = self.office.subject(Origin { line, ..Origin::default() }, start_ms * 1000);
        self.page.output.clear();
        let mut scene = Scene { office: self.office, subject, block: input, now_ms: start_ms, page: &mut self.page };
        self.desk.start(&mut scene, 0..input.len(), Utf8::Unknown)?;
        let mut outcome = solo::run(&mut self.desk, &mut scene, &mut self.agenda, &self.pace);
        let virtual_us = (scene.now_ms - start_ms) * 1000;
        let is_virtual = self.start_ms.is_some();
        outcome.usage.duration_us = if is_virtual { virtual_us } else { (self.clock.now_ns() - began_ns) / 1000 };
        Ok(Executed { outcome, output: std::mem::take(&mut self.page.output) })
    }
}

/// A scribe that writes nothing.
struct Nothing;

impl Scribe for Nothing {
    fn tell(&mut self, _: &Subject<'_>, _: &[u8], _: Fate<'_>, _: &mut Page, _: usize) {}
}
