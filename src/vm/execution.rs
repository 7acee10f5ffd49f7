//! The execution that is being advanced: its frames, its texts, what it has used so far.

use super::event::What;
use super::expression::Evaluator;
use super::inline::Inline;
use super::liveness::Liveness;
use super::plan::Plan;
use super::sprint::sprint;
use super::suspend::Moves;
use super::{Answer, Effect, Event, Identity, Outcome, Progress, Request, Start, Status, Ticket, World, document, run};
use crate::builtin::random::Random;
use crate::failure::Failure;
use crate::json::{Malformed, Reader, Source, Texts, Value};
use crate::program::{Program, TaskId};
use crate::usage::Usage;
use std::collections::VecDeque;

/// Scratch for executions of one program, and the one execution that is hot just now.
///
/// It is to a [`Program`] what a cache is to a regular expression: made once per shard, used for millions of executions.
#[derive(Debug)]
pub struct Vm {
    /// Readers of values, one for each of the program's sets.
    pub(super) readers: Vec<Reader>,
    /// Frames in use, and free ones for the next; the first is the execution itself.
    pub(super) frames: Vec<Frame>,
    pub(super) free: Vec<u32>,
    /// Frames that can go on, in order.
    pub(super) ready: VecDeque<u32>,
    /// What the execution wrote or was answered.
    pub(super) arena: Vec<u8>,
    /// For documents on their way into the arena.
    pub(super) scratch: Vec<u8>,
    pub(super) input: Value,
    pub(super) random: Random,
    /// What `random` began with.
    pub(super) seed: u64,
    pub(super) name_prefix: String,
    pub(super) number: u64,
    pub(super) started_ms: u64,
    pub(super) usage: Usage,
    /// Events that have happened; the id of the latest.
    pub(super) events: u64,
    /// Instructions run.
    pub(super) instructions: u64,
    /// Bytes of all variables.
    pub(super) variables: usize,
    /// How often each task was scheduled, for those that were.
    pub(super) scheduled: Vec<(TaskId, u32)>,
    /// For JSONata expressions.
    pub(super) evaluator: Evaluator,
    /// For branches that run in place.
    pub(super) inline: Inline,
    /// How executions may be run in a sprint.
    pub(super) plan: Option<Plan>,
    /// For suspending; looked through when that first happens.
    pub(super) moves: Moves,
    pub(super) liveness: Option<Liveness>,
}

/// One thread of states: the machine itself, a branch or an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub slots: Vec<Value>,
    /// The next instruction.
    pub pc: u32,
    /// What it waits for.
    pub pending: Pending,
    /// Which of its waits this is.
    pub generation: u32,
    /// The frame it is a branch of, and which branch.
    pub parent: Option<u32>,
    pub place: u32,
    /// The straight run it is in, and the events that had happened before.
    pub run: u32,
    pub run_base: u64,
    /// The event that the next one follows.
    pub previous: u64,
    /// What the entry of its state follows; only a history asks for it.
    pub before_entry: u64,
    pub entered_ms: u64,
    pub waiting_since_ms: u64,
    /// Attempts of each retrier in this visit of the state.
    pub attempts: Vec<u32>,
    /// It is in a catcher's code: what fails there is not caught again.
    pub catching: bool,
    /// The failure that was caught.
    pub failure: Option<Box<Failure>>,
    /// Its branches.
    pub join: Option<Box<super::fork::Join>>,
}

/// The largest document that is written out at all, far above any payload limit.
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A document is too large to be written out.
pub(super) struct TooLarge;

/// What a frame waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pending {
    /// Nothing: it can go on, or is not in use.
    #[default]
    Nothing,
    /// Nothing: its task has failed, and the failure is to be dealt with.
    Failed,
    /// The answer to the task of this site.
    Task(crate::program::TaskSiteId),
    /// A time.
    Time,
    /// Its branches.
    Branches,
}

/// What a frame's going on means for its execution.
enum Pace {
    /// It goes on, or waits.
    GoesOn,
    /// It is over.
    Succeeded,
    /// It is over.
    Failed(Failure),
}

impl Frame {
    /// Makes the frame one that is not in use; answers to its tickets find nobody.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.parent = None;
        self.pending = Pending::Nothing;
        self.join = None;
        self.generation = self.generation.wrapping_add(1);
    }
}

impl Vm {
    /// Scratch for this program's executions.
    pub fn new(program: &Program) -> Vm {
        Vm {
            readers: program.sets.iter().map(Reader::new).collect(),
            frames: vec![Frame::default()],
            free: Vec::new(),
            ready: VecDeque::new(),
            arena: Vec::new(),
            scratch: Vec::new(),
            input: Value::MISSING,
            random: Random::new(0),
            seed: 0,
            name_prefix: String::new(),
            number: 0,
            started_ms: 0,
            usage: Usage::default(),
            events: 0,
            instructions: 0,
            variables: 0,
            scheduled: Vec::new(),
            evaluator: Evaluator::default(),
            inline: Inline::default(),
            plan: Plan::of(program),
            moves: Moves::default(),
            liveness: None,
        }
    }

    /// Begins an execution with a line of the world's block; [`advance`](Vm::advance) then runs it.
    ///
    /// # Errors
    /// The line is no JSON; no execution has begun.
    pub fn start(&mut self, program: &Program, start: Start<'_>, world: &mut World<'_>) -> Result<(), Malformed> {
        self.read(program, &start, world)?;
        self.begin(Identity { name: start.name, seed: start.seed, started_ms: world.now_ms });
        if program.history {
            let texts = self.texts(program, world.block);
            let what = What::ExecutionStarted { input: texts.text(self.input) };
            tell(world, Event { id: 1, previous: 0, at_ms: self.started_ms, what });
        }
        Ok(())
    }

    /// As [`start`](Vm::start) and then [`advance`](Vm::advance), where nobody listens: an execution that ends at once
    /// does so with less ado.
    ///
    /// # Errors
    /// The line is no JSON; no execution has begun.
    #[inline(always)]
    pub fn dash(&mut self, program: &Program, start: Start<'_>, world: &mut World<'_>) -> Result<Progress, Malformed> {
        self.read(program, &start, world)?;
        let sprint = |plan| sprint(plan, program, &self.frames[0].slots, world);
        match self.plan.as_ref().and_then(sprint) {
            Some(transitions) => {
                let usage = Usage { input_bytes: self.input.len() as u64, transitions, ..Usage::default() };
                Ok(Progress::Ended(Outcome { status: Status::Succeeded, failure: None, usage }))
            }
            None => self.run(program, &start, world),
        }
    }

    /// Runs the execution whose input was read.
    #[inline(never)]
    fn run(&mut self, program: &Program, start: &Start<'_>, world: &mut World<'_>) -> Result<Progress, Malformed> {
        self.begin(Identity { name: start.name, seed: start.seed, started_ms: world.now_ms });
        Ok(self.advance(program, world))
    }

    /// Reads the execution's input.
    #[inline(always)]
    fn read(&mut self, program: &Program, start: &Start<'_>, world: &World<'_>) -> Result<(), Malformed> {
        let slots = &mut self.frames[0].slots;
        match slots.len() == usize::from(program.scopes[0]) {
            true => slots.fill(Value::MISSING),
            false => {
                slots.clear();
                slots.resize(program.scopes[0].into(), Value::MISSING);
            }
        }
        let reader = &mut self.readers[program.input_set.0 as usize];
        self.input = reader.read(world.block, start.line.clone(), start.utf8, Source::Line, slots)?;
        slots[0] = self.input;
        // Known from the first moment, in case of a panic.
        self.usage = Usage { input_bytes: self.input.len() as u64, ..Usage::default() };
        Ok(())
    }

    fn begin(&mut self, identity: Identity<'_>) {
        if self.free.len() + 1 != self.frames.len() {
            self.free = (1..self.frames.len() as u32).rev().collect();
            // The execution before was suspended or stopped while it had branches.
            for frame in &mut self.frames[1..] {
                frame.clear();
            }
        }
        let frame = &mut self.frames[0];
        frame.pc = 0;
        frame.pending = Pending::Nothing;
        frame.previous = 0;
        frame.attempts.clear();
        frame.catching = false;
        frame.failure = None;
        frame.join = None;
        self.ready.clear();
        self.ready.push_back(0);
        self.arena.clear();
        self.identify(identity);
        self.random = Random::new(identity.seed);
        self.events = 1;
        self.instructions = 0;
        self.variables = 0;
        self.scheduled.clear();
    }

    /// Says who the execution is that is hot now.
    pub(super) fn identify(&mut self, Identity { name, seed, started_ms }: Identity<'_>) {
        if self.name_prefix != name.prefix {
            self.name_prefix.clear();
            self.name_prefix.push_str(name.prefix);
        }
        (self.number, self.seed, self.started_ms) = (name.number, seed, started_ms);
        self.inline.clear();
    }

    /// Goes on until the execution ends or nothing can go on without an answer.
    pub fn advance(&mut self, program: &Program, world: &mut World<'_>) -> Progress {
        while let Some(index) = self.ready.pop_front() {
            match self.advance_frame(program, index, world) {
                Pace::GoesOn => {}
                Pace::Succeeded => return Progress::Ended(self.end(Status::Succeeded, None, world)),
                Pace::Failed(failure) => return Progress::Ended(self.end(Status::Failed, Some(failure), world)),
            }
        }
        Progress::Waiting
    }

    #[inline(always)]
    fn advance_frame(&mut self, program: &Program, index: u32, world: &mut World<'_>) -> Pace {
        let frame = &mut self.frames[index as usize];
        let failure = if frame.pending == Pending::Failed {
            frame.pending = Pending::Nothing;
            frame.failure.take().unwrap_or_default()
        } else {
            match run::run(self, program, index, world) {
                Ok(run::Flow::Blocked) => return Pace::GoesOn,
                Ok(run::Flow::Ended(_)) if index == 0 => return Pace::Succeeded,
                Ok(run::Flow::Ended(output)) => {
                    self.join(program, index, output, world);
                    return Pace::GoesOn;
                }
                Err(failure) => failure,
            }
        };
        self.fail(program, index, *failure, world).map_or(Pace::GoesOn, Pace::Failed)
    }

    /// Takes an answer to an effect; [`advance`](Vm::advance) then goes on. False when nobody waits for it any more.
    pub fn answer(&mut self, program: &Program, ticket: Ticket, answer: Answer<'_>, world: &mut World<'_>) -> bool {
        let waits = |frame: &Frame| {
            frame.generation == ticket.generation && matches!(frame.pending, Pending::Task(_) | Pending::Time)
        };
        let Some(frame) = self.frames.get_mut(ticket.branch as usize).filter(|frame| waits(frame)) else {
            return false;
        };
        let pending = std::mem::take(&mut frame.pending);
        frame.generation = frame.generation.wrapping_add(1);
        let waited_ms = world.now_ms.saturating_sub(frame.waiting_since_ms);
        world.tally.waited_ms[program.sites[frame.pc as usize - 1].0 as usize] += waited_ms;
        if let Pending::Task(site) = pending {
            self.take_result(program, ticket.branch, site, answer, world);
        }
        self.ready.push_back(ticket.branch);
        true
    }

    /// Ends the execution from outside: its time is over, or it is stopped.
    pub fn stop(&mut self, program: &Program, status: Status, world: &mut World<'_>) -> Outcome {
        let previous = self.frames[0].previous;
        if program.history {
            let what = if status == Status::Aborted { What::ExecutionAborted } else { What::ExecutionTimedOut };
            self.emit(world, previous, what);
        }
        self.outcome(status, None, world)
    }

    /// The end of the execution, told and counted.
    #[inline(always)]
    fn end(&mut self, status: Status, failure: Option<Failure>, world: &mut World<'_>) -> Outcome {
        if let Some(failure) = &failure
            && world.recorder.is_some()
        {
            let previous = self.frames[0].previous;
            self.emit(world, previous, What::ExecutionFailed { failure });
        }
        self.outcome(status, failure, world)
    }

    #[inline(always)]
    fn outcome(&mut self, status: Status, failure: Option<Failure>, world: &World<'_>) -> Outcome {
        self.ready.clear();
        let duration_us = world.now_ms.saturating_sub(self.started_ms) * 1000;
        Outcome { status, failure, usage: Usage { duration_us, ..self.usage } }
    }

    /// The bytes of a value of the execution: an effect's parameters.
    pub fn text<'a>(&'a self, program: &'a Program, block: &'a [u8], value: Value) -> &'a [u8] {
        self.texts(program, block).text(value)
    }

    /// The execution's input, as it came.
    pub fn input<'a>(&'a self, block: &'a [u8]) -> &'a [u8] {
        Texts { line: block, arena: &self.arena, constants: &[] }.text(self.input)
    }

    /// When the execution began, in milliseconds since 1970.
    pub fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// What the execution has used so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn texts<'a>(&'a self, program: &'a Program, block: &'a [u8]) -> Texts<'a> {
        Texts { line: block, arena: &self.arena, constants: &program.text }
    }

    /// Counts an event and tells the recorder.
    pub(super) fn emit(&mut self, world: &mut World<'_>, previous: u64, what: What<'_>) -> u64 {
        self.events += 1;
        tell(world, Event { id: self.events, previous, at_ms: world.now_ms, what });
        self.events
    }

    /// Lets a frame wait; the ticket answers to it.
    pub(super) fn suspend_frame(&mut self, index: u32, pending: Pending, now_ms: u64) -> Ticket {
        let frame = &mut self.frames[index as usize];
        frame.pending = pending;
        frame.waiting_since_ms = now_ms;
        Ticket { branch: index, generation: frame.generation }
    }

    /// Appends a document to the arena.
    pub(super) fn keep(&mut self, text: &[u8]) -> Value {
        keep(&mut self.arena, text)
    }

    /// Writes a document into the arena; one that is a value already stays where it is.
    pub(super) fn write(
        &mut self,
        program: &Program,
        template: &crate::program::Template,
        slots: &[Value],
        block: &[u8],
    ) -> Result<Value, TooLarge> {
        if let Some(value) = document::as_value(template, slots) {
            return Ok(value);
        }
        if document::size(template, slots, self.texts(program, block)) > DOCUMENT_BYTES_MAX {
            return Err(TooLarge);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        document::write(template, slots, self.texts(program, block), &mut scratch);
        let value = self.keep(&scratch);
        self.scratch = scratch;
        Ok(value)
    }

    /// Counts a scheduling of the task; how often it happened before.
    pub(super) fn count_scheduled(&mut self, task: TaskId) -> u32 {
        self.usage.tasks += 1;
        match self.scheduled.iter_mut().find(|(known, _)| *known == task) {
            Some((_, times)) => {
                *times += 1;
                *times - 1
            }
            None => {
                self.scheduled.push((task, 1));
                0
            }
        }
    }

    /// Asks the world for a task.
    pub(super) fn request(&self, request: Request, world: &mut World<'_>) {
        world.effects.push(Effect::Task(request));
    }
}

/// Appends a document to the arena.
pub(super) fn keep(arena: &mut Vec<u8>, text: &[u8]) -> Value {
    let start = arena.len();
    arena.extend_from_slice(text);
    Value::new(Source::Arena, start, arena.len())
}

/// Tells the recorder, if there is one.
pub(super) fn tell(world: &mut World<'_>, event: Event<'_>) {
    if let Some(recorder) = world.recorder.as_deref_mut() {
        recorder.record(event);
    }
}
