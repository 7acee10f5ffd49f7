//! What must hold for any program and input; the fuzz target `execution` and the mutations both ask for it.

use crate::program::{self, options};
use expressway::asl::MachineType;
use expressway::compile::compile;
use expressway::failure::Failure;
use expressway::json::{PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{
    Answer, Effect, Event, Identity, Name, Outcome, Progress, Recorder, Request, Start, Status, Tally, Ticket, Vm,
    World,
};
use serde_json::value::RawValue;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// More than an execution can ask for with its instructions.
const ANSWERS_MAX: u32 = 2 * program::INSTRUCTIONS as u32;

/// Who every execution is.
const IDENTITY: Identity<'_> =
    Identity { name: Name { prefix: "line-", number: 1 }, seed: 1, started_ms: 1_767_225_600_000 };

/// How an execution ended: the outcome, the output if it succeeded, what was counted, and what it told.
#[derive(Debug, PartialEq)]
struct End {
    outcome: Outcome,
    output: Vec<u8>,
    tally: Tally,
    book: Book,
}

/// What compiles runs to an end, all the same if it is suspended at every wait, and if it tells its history.
///
/// Each byte of `plan` answers one task, the last one all that follow; without any, tasks answer what they are given. None: there is no execution.
pub fn check(text: &str, line: &[u8], plan: &[u8]) -> Option<Status> {
    let mut options = options(text, MachineType::Express);
    let program = compile(text, &options).ok()?;
    let line = [line, &[0; PADDING]].concat();
    let end = drive(&program, &line, plan)?;
    let is_json = serde_json::from_slice::<&RawValue>(&end.output).is_ok();
    assert_eq!(is_json, end.outcome.status == Status::Succeeded, "what succeeds has an output");
    options.history = true;
    let telling = compile(text, &options).expect("it has compiled before");
    let told = drive(&telling, &line, plan).expect("the line is JSON");
    // To tell takes instructions of its own.
    if !is_out_of_instructions(&told.outcome) {
        assert_eq!((told.outcome, told.output), (end.outcome.clone(), end.output), "with its history");
    }
    Some(end.outcome.status)
}

/// Runs it twice: as it is, and suspended at every wait.
fn drive(program: &Program, line: &[u8], plan: &[u8]) -> Option<End> {
    let [end, other] = [false, true].map(|suspends| Driver::new(program, line, plan).run(suspends));
    assert_eq!(end, other, "suspended at every wait");
    end
}

fn is_out_of_instructions(outcome: &Outcome) -> bool {
    let cause = outcome.failure.as_ref().and_then(|failure| failure.cause.as_deref());
    cause.is_some_and(|cause| cause.contains("instructions without coming to an end"))
}

/// For each event the one that led to it: nothing is left out.
#[derive(Debug, Default, PartialEq)]
struct Book {
    previous: Vec<u64>,
}

impl Recorder for Book {
    fn record(&mut self, event: Event<'_>) {
        self.previous.push(event.previous);
        assert!(event.previous < event.id && event.id == self.previous.len() as u64, "{event:?}");
    }
}

/// One execution in virtual time.
struct Driver<'a> {
    program: &'a Program,
    /// The line, and room after it.
    line: &'a [u8],
    /// The world's block: the line, and nothing once the execution has been suspended.
    block: &'a [u8],
    plan: &'a [u8],
    vm: Vm,
    now_ms: u64,
    out: Vec<u8>,
    effects: Vec<Effect>,
    tally: Tally,
    book: Book,
    due: BinaryHeap<Reverse<Due>>,
    asked: u32,
}

/// What is going to happen: when, and in which order it was asked for.
type Due = (u64, u32, (u32, u32), Reply);

/// An [`Answer`] that waits for its time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reply {
    Output(Vec<u8>),
    Failed,
    TimedOut,
    Elapsed,
}

impl<'a> Driver<'a> {
    fn new(program: &'a Program, line: &'a [u8], plan: &'a [u8]) -> Driver<'a> {
        Driver {
            program,
            line,
            block: line,
            plan,
            vm: Vm::new(program),
            now_ms: IDENTITY.started_ms,
            out: Vec::new(),
            effects: Vec::new(),
            tally: Tally::new(program),
            book: Book::default(),
            due: BinaryHeap::new(),
            asked: 0,
        }
    }

    fn run(mut self, suspends: bool) -> Option<End> {
        self.start()?;
        let deadline_ms = self.now_ms.saturating_add(self.program.limits.duration_ms);
        loop {
            if let Progress::Ended(outcome) = self.with_world(Vm::advance) {
                return Some(self.end(outcome));
            }
            self.take_effects();
            if suspends {
                self.sleep();
            }
            if !self.go_on(deadline_ms) {
                let outcome = self.with_world(|vm, program, world| vm.stop(program, Status::TimedOut, world));
                return Some(self.end(outcome));
            }
            assert!(self.asked < ANSWERS_MAX, "the execution does not end");
        }
    }

    fn start(&mut self) -> Option<()> {
        let line = 0..self.line.len() - PADDING;
        let start = Start { line, utf8: Utf8::Unknown, name: IDENTITY.name, seed: IDENTITY.seed };
        self.with_world(|vm, program, world| vm.start(program, start, world)).ok()
    }

    /// Packs the execution up, lets the vm begin it once more up to its first wait, and goes on.
    fn sleep(&mut self) {
        let mut asleep = Vec::new();
        self.vm.suspend(self.program, self.block, &mut asleep);
        self.block = self.line;
        let (tally, book) = (self.tally.clone(), std::mem::take(&mut self.book));
        self.start().expect("it has been read before");
        self.with_world(Vm::advance);
        self.effects.clear();
        self.out.clear();
        (self.tally, self.book) = (tally, book);
        self.block = &[];
        self.vm.resume(IDENTITY, &asleep);
    }

    fn take_effects(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            self.asked += 1;
            match effect {
                Effect::Task(request) => self.take_task(&request),
                Effect::Wait { ticket, until_ms } => self.push(until_ms, ticket, Reply::Elapsed),
                // Its time comes, and nobody waits for it.
                Effect::Cancel { .. } => {}
            }
        }
    }

    fn take_task(&mut self, request: &Request) {
        let parameters = self.vm.text(self.program, self.block, request.parameters).to_vec();
        assert!(serde_json::from_slice::<&RawValue>(&parameters).is_ok(), "parameters are JSON");
        let plan = self.plan.split_first().map_or(0, |(first, others)| {
            self.plan = if others.is_empty() { self.plan } else { others };
            *first
        });
        let reply = match plan % 8 {
            0..=2 => Reply::Output(parameters),
            3 => Reply::Output(br#"{"a":{"b":[1,2]},"Payload":{"a":1}}"#.to_vec()),
            4 => Reply::Output(b"\"no JSON".to_vec()),
            5 | 6 => Reply::Failed,
            _ => Reply::TimedOut,
        };
        self.push(self.now_ms + u64::from(plan / 8), request.ticket, reply);
    }

    fn push(&mut self, at_ms: u64, ticket: Ticket, reply: Reply) {
        self.due.push(Reverse((at_ms, self.asked, (ticket.branch, ticket.generation), reply)));
    }

    /// Lets things happen until one of them was waited for. False: the time is over first.
    fn go_on(&mut self, deadline_ms: u64) -> bool {
        loop {
            let Reverse((at_ms, _, (branch, generation), reply)) = self.due.pop().expect("something is to happen");
            let (ticket, before_ms) = (Ticket { branch, generation }, self.now_ms);
            self.now_ms = at_ms.max(before_ms).min(deadline_ms);
            if self.now_ms == deadline_ms {
                return false;
            }
            if self.with_world(|vm, program, world| vm.answer(program, ticket, answer(&reply), world)) {
                return true;
            }
            self.now_ms = before_ms; // What nobody waits for takes no time.
        }
    }

    fn end(self, outcome: Outcome) -> End {
        End { outcome, output: self.out, tally: self.tally, book: self.book }
    }

    fn with_world<T>(&mut self, act: impl FnOnce(&mut Vm, &Program, &mut World<'_>) -> T) -> T {
        let (out, effects, tally) = (&mut self.out, &mut self.effects, &mut self.tally);
        let recorder: Option<&mut dyn Recorder> = if self.program.history { Some(&mut self.book) } else { None };
        let mut world = World { block: self.block, now_ms: self.now_ms, out, effects, tally, recorder };
        act(&mut self.vm, self.program, &mut world)
    }
}

fn answer(reply: &Reply) -> Answer<'_> {
    match reply {
        Reply::Output(text) => Answer::Output(text),
        Reply::Failed => Answer::Failed(Failure { error: Some("Bank.Busy".into()), cause: Some("by plan".into()) }),
        Reply::TimedOut => Answer::TimedOut,
        Reply::Elapsed => Answer::Elapsed,
    }
}
