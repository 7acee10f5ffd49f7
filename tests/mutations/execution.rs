//! What must hold for any program and input; the fuzz target `execution` and the mutations both ask for it.

use expressway::failure::Failure;
use expressway::json::{PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{Answer, Effect, Name, Outcome, Progress, Request, Start, Status, Tally, Ticket, Vm, World};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// More answers than an execution can ask for with 100,000 instructions.
const ANSWERS_MAX: u32 = 200_000;

/// How an execution ended: the outcome, the output if it succeeded, and what was counted.
#[derive(Debug, PartialEq)]
pub struct End {
    /// How and why.
    pub outcome: Outcome,
    /// The output, if it succeeded.
    pub output: Vec<u8>,
    tally: Tally,
}

/// The execution ends, and all the same if it is suspended at every wait while the vm begins another.
///
/// Each byte of `plan` answers one task; without one, tasks answer what they are given. None: the line is no JSON.
pub fn check(program: &Program, line: &[u8], plan: &[u8]) -> Option<End> {
    let line = [line, &[0; PADDING]].concat();
    let drive = |suspends| Driver::new(program, &line, plan).run(suspends);
    let end = drive(false)?;
    assert_eq!(drive(true).as_ref(), Some(&end), "suspended at every wait");
    let written = serde_json::from_slice::<&serde_json::value::RawValue>(&end.output);
    assert_eq!(written.is_ok(), end.outcome.status == Status::Succeeded, "the output is JSON");
    Some(end)
}

/// One execution in virtual time.
struct Driver<'a> {
    program: &'a Program,
    /// The line, and room after it.
    line: &'a [u8],
    /// The world's block: the line, and nothing once the execution has been suspended.
    block: &'a [u8],
    plan: std::slice::Iter<'a, u8>,
    vm: Vm,
    now_ms: u64,
    out: Vec<u8>,
    effects: Vec<Effect>,
    tally: Tally,
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
            plan: plan.iter(),
            vm: Vm::new(program),
            now_ms: 1_767_225_600_000,
            out: Vec::new(),
            effects: Vec::new(),
            tally: Tally::new(program),
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
        let name = Name { prefix: "line-", number: 1 };
        let line = 0..self.line.len() - PADDING;
        let start = Start { line, utf8: Utf8::Unknown, name, seed: 1 };
        self.with_world(|vm, program, world| vm.start(program, start, world)).ok()
    }

    /// Packs the execution up, lets the vm begin it once more up to its first wait, and goes on.
    fn sleep(&mut self) {
        let asleep = self.vm.suspend(self.program, self.block);
        self.block = self.line;
        let (out, tally) = (std::mem::take(&mut self.out), self.tally.clone());
        self.start().expect("it has been read before");
        self.with_world(Vm::advance);
        self.effects.clear();
        (self.out, self.tally) = (out, tally);
        self.block = &[];
        self.vm.resume(asleep);
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
        assert!(serde_json::from_slice::<&serde_json::value::RawValue>(&parameters).is_ok(), "parameters are JSON");
        let plan = self.plan.next().copied().unwrap_or(0);
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

    fn end(&mut self, outcome: Outcome) -> End {
        End { outcome, output: std::mem::take(&mut self.out), tally: self.tally.clone() }
    }

    fn with_world<T>(&mut self, act: impl FnOnce(&mut Vm, &Program, &mut World<'_>) -> T) -> T {
        let (out, effects, tally) = (&mut self.out, &mut self.effects, &mut self.tally);
        let mut world = World { block: self.block, now_ms: self.now_ms, out, effects, tally, recorder: None };
        act(&mut self.vm, self.program, &mut world)
    }
}

fn answer(reply: &Reply) -> Answer<'_> {
    match reply {
        Reply::Output(text) => Answer::Output(text),
        Reply::Failed => Answer::Failed(Failure { error: Some("Busy".into()), cause: Some("by plan".into()) }),
        Reply::TimedOut => Answer::TimedOut,
        Reply::Elapsed => Answer::Elapsed,
    }
}
