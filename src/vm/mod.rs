//! Runs programs. It does nothing to the world: time comes in, effects go out, answers come back.

mod choose;
mod context;
mod document;
mod evaluation;
pub mod event;
mod execution;
mod expression;
mod fork;
mod inline;
mod lack;
mod liveness;
pub(crate) mod numbers;
mod operate;
mod packed;
mod plan;
mod recover;
mod run;
mod sprint;
mod suspend;
mod task;
mod tell;

pub use event::{Event, Recorder, What};

use crate::failure::Failure;
use crate::json::{Utf8, Value};
use crate::program::{Program, TaskId};
use crate::usage::Usage;
use std::ops::Range;

pub use execution::Vm;

/// Names one thing an execution waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The branch that waits.
    pub branch: u32,
    /// Which of its waits this is; a late answer to an earlier one finds nobody.
    pub generation: u32,
}

/// What an execution asks of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// To have a task done; answered with its output, a failure or a time-out.
    Task(Request),
    /// To be called again at a time; answered with [`Answer::Elapsed`].
    Wait {
        /// What to answer to.
        ticket: Ticket,
        /// Milliseconds since 1970.
        until_ms: u64,
    },
    /// Nobody waits for this any more: its timers and requests can go.
    Cancel {
        /// What was to be answered.
        ticket: Ticket,
    },
}

/// A task to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// What to answer to.
    pub ticket: Ticket,
    /// Which task.
    pub task: TaskId,
    /// What it is given; [`Vm::text`] has the bytes until the execution goes on or is suspended.
    pub parameters: Value,
    /// The longest it may take.
    pub timeout_ms: Option<u64>,
    /// The longest it may be silent.
    pub heartbeat_ms: Option<u64>,
    /// How often this execution had this task scheduled before.
    pub earlier: u32,
}

/// What the world says to an effect.
#[derive(Clone, Debug)]
pub enum Answer<'a> {
    /// The task's output, a JSON text.
    Output(&'a [u8]),
    /// The task failed.
    Failed(Failure),
    /// The task, or its heartbeat, took too long.
    TimedOut,
    /// The wait is over.
    Elapsed,
}

/// What an execution begins with.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// Its input, in [`World::block`].
    pub line: Range<usize>,
    /// Whether the line is known to be UTF-8.
    pub utf8: Utf8<'a>,
    /// The execution's name; its ARN and the context object are made of it.
    pub name: Name<'a>,
    /// Decides everything random about the execution.
    pub seed: u64,
}

/// Who an execution is. Whoever keeps it while it is suspended knows this anyway, and says it again when it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// What decided everything random about it.
    pub seed: u64,
    /// When it began, in milliseconds since 1970.
    pub started_ms: u64,
}

/// The execution's name: a prefix and a number, joined only when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// What all names of the input begin with.
    pub prefix: &'a str,
    /// Which line it is.
    pub number: u64,
}

/// What surrounds the execution while it goes on.
pub struct World<'a> {
    /// The block its line lies in; not looked at once it has been suspended.
    pub block: &'a [u8],
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
    /// Where the output of an execution that succeeds is appended.
    pub out: &'a mut Vec<u8>,
    /// Where effects are put.
    pub effects: &'a mut Vec<Effect>,
    /// What is counted per state.
    pub tally: &'a mut Tally,
    /// Who is told what happens.
    pub recorder: Option<&'a mut dyn Recorder>,
}

/// How far an execution got.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It is over.
    Ended(Outcome),
    /// It waits for answers to its effects.
    Waiting,
}

/// How an execution ended. A failed one is an outcome, not an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How.
    pub status: Status,
    /// Why, unless it succeeded.
    pub failure: Option<Failure>,
    /// What it used.
    pub usage: Usage,
}

/// The end of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// With an output.
    Succeeded,
    /// With an error.
    Failed,
    /// It took longer than it may.
    TimedOut,
    /// It was stopped.
    Aborted,
}

impl Status {
    /// As the API spells it.
    pub fn text(self) -> &'static str {
        match self {
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// What happened in the states of one program, on one shard. Plain integers, added up at the edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often each run of the program was begun.
    pub runs: Vec<u64>,
    /// For each state: entries charged with a run that failed before it.
    pub unreached: Vec<u64>,
    /// For each state: retries.
    pub retried: Vec<u64>,
    /// For each state: failures that nothing in the state caught.
    pub failed: Vec<u64>,
    /// For each state: milliseconds waited in it.
    pub waited_ms: Vec<u64>,
}

impl Tally {
    /// Zeros for the states of a program.
    pub fn new(program: &Program) -> Tally {
        let states = program.states.len();
        Tally {
            runs: vec![0; program.runs.len()],
            unreached: vec![0; states],
            retried: vec![0; states],
            failed: vec![0; states],
            waited_ms: vec![0; states],
        }
    }

    /// How often each state was entered.
    pub fn entered(&self, program: &Program) -> Vec<u64> {
        let mut entered = vec![0; self.unreached.len()];
        for (run, times) in program.runs.iter().zip(&self.runs) {
            for (state, _) in &run.entered {
                entered[state.0 as usize] += times;
            }
        }
        entered.iter().zip(&self.unreached).map(|(charged, unreached)| charged - unreached).collect()
    }

    /// Adds what another shard counted for the same program.
    pub fn add(&mut self, other: &Tally) {
        let pairs = [
            (&mut self.runs, &other.runs),
            (&mut self.unreached, &other.unreached),
            (&mut self.retried, &other.retried),
            (&mut self.failed, &other.failed),
            (&mut self.waited_ms, &other.waited_ms),
        ];
        for (sums, parts) in pairs {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
    }
}
