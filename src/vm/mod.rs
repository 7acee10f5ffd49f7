//! Stand-in for the vm until the real one is merged: it knows waits, tasks and failing.

pub mod event;

pub use event::{Event, Recorder, What};

use crate::failure::Failure;
use crate::json::{Malformed, Reason, Source, Utf8, Value};
use crate::program::{Program, Step, TaskId};
use crate::usage::Usage;
use std::ops::Range;

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
    pub utf8: Utf8,
    /// The execution's name; its ARN and the context object are made of it.
    pub name: Name<'a>,
    /// Decides everything random about the execution.
    pub seed: u64,
}

/// The execution's name: a prefix and a number, joined only when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// What all names of the input begin with.
    pub prefix: &'a str,
    /// Which line it is.
    pub number: u64,
}

impl Name<'_> {
    /// The ARN of the execution with this name that began then.
    pub fn arn(self, program: &Program, started_ms: u64) -> String {
        let prefix = program.identity.execution_arn_prefix();
        format!("{prefix}{}{}:00000000-0000-4000-8000-{:012x}", self.prefix, self.number, self.number ^ started_ms)
    }
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

/// What happened in the states of one program, on one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// For each state: entries.
    pub entered: Vec<u64>,
}

impl Tally {
    /// Zeros for the states of a program.
    pub fn new(program: &Program) -> Tally {
        Tally { entered: vec![0; program.states.len()] }
    }

    /// Adds what another shard counted for the same program.
    pub fn add(&mut self, other: &Tally) {
        for (sum, part) in self.entered.iter_mut().zip(&other.entered) {
            *sum += part;
        }
    }
}

/// A suspended execution.
#[derive(Clone, Debug)]
pub struct Suspended(Box<[u8]>);

impl Suspended {
    /// Its size.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// The one execution that is hot.
#[derive(Debug, Default)]
pub struct Vm {
    arena: Vec<u8>,
    document: Option<Value>,
    input: Option<Value>,
    step: usize,
    generation: u32,
    pending: bool,
    started_ms: u64,
    usage: Usage,
    failure: Option<Failure>,
}

impl Vm {
    /// Scratch for this program's executions.
    pub fn new(_program: &Program) -> Vm {
        Vm::default()
    }

    /// Begins an execution.
    ///
    /// # Errors
    /// The line is no JSON object.
    pub fn start(&mut self, program: &Program, start: Start<'_>, world: &mut World<'_>) -> Result<(), Malformed> {
        let line = &world.block[start.line.clone()];
        if line.first() != Some(&b'{') || line.last() != Some(&b'}') || std::str::from_utf8(line).is_err() {
            return Err(Malformed { offset: start.line.start, reason: Reason });
        }
        let value = Value::new(Source::Line, start.line.start, start.line.end);
        *self = Vm {
            arena: std::mem::take(&mut self.arena),
            document: Some(value),
            input: Some(value),
            started_ms: world.now_ms,
            generation: self.generation,
            ..Vm::default()
        };
        self.arena.clear();
        self.usage.input_bytes = line.len() as u64;
        world.tally.entered[0] += 1;
        let _ = program;
        Ok(())
    }

    /// Goes on.
    pub fn advance(&mut self, program: &Program, world: &mut World<'_>) -> Progress {
        if self.pending {
            return Progress::Waiting;
        }
        if let Some(failure) = self.failure.take() {
            return Progress::Ended(self.end(Status::Failed, Some(failure), world));
        }
        let ticket = Ticket { branch: 0, generation: self.generation };
        let Some(step) = program.steps.get(self.step) else {
            let value = self.document.expect("begun");
            let output =
                if value.source() == Source::Line { &world.block[value.range()] } else { &self.arena[value.range()] };
            world.out.extend_from_slice(output);
            return Progress::Ended(self.end(Status::Succeeded, None, world));
        };
        self.step += 1;
        self.pending = true;
        match *step {
            Step::Wait(milliseconds) => {
                world.effects.push(Effect::Wait { ticket, until_ms: world.now_ms + milliseconds })
            }
            Step::Task(task, timeout_ms) => world.effects.push(Effect::Task(Request {
                ticket,
                task,
                parameters: self.document.expect("begun"),
                timeout_ms,
                heartbeat_ms: None,
                earlier: 0,
            })),
            Step::Fail => {
                return Progress::Ended(self.end(
                    Status::Failed,
                    Some(Failure { error: Some("Custom".into()), cause: None }),
                    world,
                ));
            }
        }
        Progress::Waiting
    }

    /// Takes an answer.
    pub fn answer(&mut self, _program: &Program, ticket: Ticket, answer: Answer<'_>, _world: &mut World<'_>) -> bool {
        if !self.pending || ticket.generation != self.generation {
            return false;
        }
        self.pending = false;
        self.generation += 1;
        match answer {
            Answer::Output(text) => {
                let start = self.arena.len();
                self.arena.extend_from_slice(text);
                self.document = Some(Value::new(Source::Arena, start, self.arena.len()));
            }
            Answer::Failed(failure) => self.failure = Some(failure),
            Answer::TimedOut => self.failure = Some(Failure { error: Some("States.Timeout".into()), cause: None }),
            Answer::Elapsed => {}
        }
        true
    }

    /// Ends the execution from outside.
    pub fn stop(&mut self, _program: &Program, status: Status, world: &mut World<'_>) -> Outcome {
        self.end(status, None, world)
    }

    fn end(&mut self, status: Status, failure: Option<Failure>, world: &World<'_>) -> Outcome {
        self.usage.duration_us = world.now_ms.saturating_sub(self.started_ms) * 1000;
        self.usage.transitions = self.step as u64;
        Outcome { status, failure, usage: self.usage }
    }

    /// One owned block.
    pub fn suspend(&mut self, world: &World<'_>) -> Suspended {
        let input = self.input(world.block).to_vec();
        let document = self
            .document
            .map(|value| {
                if value.source() == Source::Line {
                    world.block[value.range()].to_vec()
                } else {
                    self.arena[value.range()].to_vec()
                }
            })
            .expect("begun");
        let mut block = Vec::new();
        for number in
            [input.len() as u64, self.step as u64, self.generation.into(), self.started_ms, self.usage.input_bytes]
        {
            block.extend_from_slice(&number.to_le_bytes());
        }
        block.extend_from_slice(&input);
        if document != input {
            block.extend_from_slice(&document);
        }
        Suspended(block.into())
    }

    /// Goes on with a suspended execution.
    pub fn resume(&mut self, suspended: Suspended) {
        let number =
            |place: usize| u64::from_le_bytes(suspended.0[place * 8..place * 8 + 8].try_into().expect("eight bytes"));
        let input = Value::new(Source::Arena, 40, 40 + number(0) as usize);
        let rest = Value::new(Source::Arena, input.range().end, suspended.0.len());
        *self = Vm {
            document: Some(if rest.range().is_empty() { input } else { rest }),
            input: Some(input),
            step: number(1) as usize,
            generation: number(2) as u32,
            pending: true,
            started_ms: number(3),
            usage: Usage { input_bytes: number(4), ..Usage::default() },
            failure: None,
            arena: suspended.0.into(),
        };
    }

    /// The bytes of a value.
    pub fn text<'a>(&'a self, _program: &'a Program, block: &'a [u8], value: Value) -> &'a [u8] {
        if value.source() == Source::Line { &block[value.range()] } else { &self.arena[value.range()] }
    }

    /// The execution's input.
    pub fn input<'a>(&'a self, block: &'a [u8]) -> &'a [u8] {
        let value = self.input.expect("begun");
        if value.source() == Source::Line { &block[value.range()] } else { &self.arena[value.range()] }
    }

    /// What the execution has used so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }
}
