//! Runs executions on the bare vm, with a virtual clock and tasks that are answered at once.
//!
//! Several executions may take turns on one vm, packed up whenever they wait, as on a shard.

use expressway::compile::{Options, compile};
use expressway::json::Utf8;
use expressway::program::Program;
use expressway::vm::{
    Answer, Effect, Event, Identity, Name, Outcome, Progress, Recorder, Request, Start, Status, Tally, Ticket, Vm,
    What, World,
};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Every execution begins on 1 January 2026.
pub const START_MS: u64 = 1_767_225_600_000;

/// What came of an execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    pub outcome: Outcome,
    /// Empty unless it succeeded.
    pub output: String,
}

/// What a task says to its parameters, scheduled so often before.
#[derive(Clone, Debug)]
pub enum Reply {
    Output(String),
    Failed(Option<String>, Option<String>),
    TimedOut,
}

/// Who answers tasks: state, parameters, how often it was scheduled before.
pub type Tasks<'a> = dyn Fn(&str, &str, u32) -> Reply + 'a;

/// Runs one execution on a vm of its own, never packed up.
pub fn run(program: &Program, input: &str, tasks: &Tasks<'_>, number: u64) -> Option<Ended> {
    let mut vm = Vm::new(program);
    let mut execution = Execution::start(&mut vm, program, input, number)?;
    let mut ended = execution.advance(&mut vm, program, tasks);
    while ended.is_none() {
        ended = execution.go_on(&mut vm, program, tasks);
    }
    ended
}

/// Runs an execution for each input; they take turns on one vm and are packed up after every wait.
pub fn run_in_turns(program: &Program, inputs: &[&str], tasks: &Tasks<'_>) -> Vec<Option<Ended>> {
    let mut vm = Vm::new(program);
    let mut ended: Vec<Option<Ended>> = vec![None; inputs.len()];
    let mut queue = VecDeque::new();
    for (place, input) in inputs.iter().enumerate() {
        let Some(mut execution) = Execution::start(&mut vm, program, input, place as u64 + 1) else { continue };
        ended[place] = execution.advance(&mut vm, program, tasks);
        if ended[place].is_none() {
            let suspended = execution.pack(&mut vm, program);
            queue.push_back((place, execution, suspended));
        }
    }
    while let Some((place, mut execution, suspended)) = queue.pop_front() {
        vm.resume(identity(place as u64 + 1), &suspended);
        ended[place] = execution.go_on(&mut vm, program, tasks);
        if ended[place].is_none() {
            let suspended = execution.pack(&mut vm, program);
            queue.push_back((place, execution, suspended));
        }
    }
    ended
}

/// Who the execution of an input is.
fn identity(number: u64) -> Identity<'static> {
    Identity { name: Name { prefix: "line-", number }, seed: number, started_ms: START_MS }
}

/// An execution, between two of its waits.
struct Execution {
    block: Vec<u8>,
    now_ms: u64,
    out: Vec<u8>,
    tally: Tally,
    recorder: Option<Ids>,
    /// Times that were asked for: when, in which order.
    due: BinaryHeap<Reverse<(u64, u64, u32, u32)>>,
    asked: u64,
}

impl Execution {
    /// `None`: the input is no JSON.
    fn start(vm: &mut Vm, program: &Program, input: &str, number: u64) -> Option<Execution> {
        // Something before the line and behind it, as in a block.
        let block = [b"[7] ", input.as_bytes(), b"\n[8]", &[b' '; 64]].concat();
        let mut execution = Execution {
            block,
            now_ms: START_MS,
            out: Vec::new(),
            tally: Tally::new(program),
            recorder: program.history.then(Ids::default),
            due: BinaryHeap::new(),
            asked: 0,
        };
        let Identity { name, seed, .. } = identity(number);
        let start = Start { line: 4..4 + input.len(), utf8: Utf8::Unknown, name, seed };
        let started = execution.with(|world| vm.start(program, start, world));
        started.is_ok().then_some(execution)
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut World<'_>) -> T) -> T {
        self.with_effects(&mut Vec::new(), work)
    }

    fn with_effects<T>(&mut self, effects: &mut Vec<Effect>, work: impl FnOnce(&mut World<'_>) -> T) -> T {
        let recorder = self.recorder.as_mut().map(|recorder| recorder as &mut dyn Recorder);
        work(&mut World {
            block: &self.block,
            now_ms: self.now_ms,
            out: &mut self.out,
            effects,
            tally: &mut self.tally,
            recorder,
        })
    }

    /// Lets the next time come.
    fn go_on(&mut self, vm: &mut Vm, program: &Program, tasks: &Tasks<'_>) -> Option<Ended> {
        if self.take_due(vm, program) {
            return self.advance(vm, program, tasks);
        }
        let outcome = self.with(|world| vm.stop(program, Status::TimedOut, world));
        Some(self.end(program, outcome))
    }

    /// Goes on until it ends or waits for a time.
    fn advance(&mut self, vm: &mut Vm, program: &Program, tasks: &Tasks<'_>) -> Option<Ended> {
        let mut effects = Vec::new();
        let mut replies = VecDeque::new();
        loop {
            let progress = self.with_effects(&mut effects, |world| vm.advance(program, world));
            if let Progress::Ended(outcome) = progress {
                return Some(self.end(program, outcome));
            }
            for effect in effects.drain(..) {
                match effect {
                    Effect::Task(request) => {
                        replies.push_back((request.ticket, self.ask(vm, program, request, tasks)));
                    }
                    Effect::Wait { ticket, until_ms } => self.wait(ticket, until_ms),
                    Effect::Cancel { ticket } => self.cancel(ticket, &mut replies),
                }
            }
            loop {
                let (ticket, reply) = replies.pop_front()?;
                let answer = match &reply {
                    Reply::Output(text) => Answer::Output(text.as_bytes()),
                    Reply::Failed(error, cause) => Answer::Failed(expressway::failure::Failure {
                        error: error.clone().map(Into::into),
                        cause: cause.clone().map(Into::into),
                    }),
                    Reply::TimedOut => Answer::TimedOut,
                };
                if self.with(|world| vm.answer(program, ticket, answer, world)) {
                    break;
                }
            }
        }
    }

    fn ask(&self, vm: &Vm, program: &Program, request: Request, tasks: &Tasks<'_>) -> Reply {
        let state = program.tasks[request.task.0 as usize].state;
        let name = &program.states[state.0 as usize].name;
        let parameters = vm.text(program, &self.block, request.parameters);
        let parameters = std::str::from_utf8(parameters).expect("parameters are UTF-8");
        tasks(name, parameters, request.earlier)
    }

    fn wait(&mut self, ticket: Ticket, until_ms: u64) {
        self.due.push(Reverse((until_ms, self.asked, ticket.branch, ticket.generation)));
        self.asked += 1;
    }

    fn cancel(&mut self, ticket: Ticket, replies: &mut VecDeque<(Ticket, Reply)>) {
        self.due
            .retain(|Reverse((_, _, branch, generation))| (*branch, *generation) != (ticket.branch, ticket.generation));
        replies.retain(|(waiting, _)| *waiting != ticket);
    }

    /// Lets the next time come. False: the execution takes longer than it may, or waits for nothing.
    fn take_due(&mut self, vm: &mut Vm, program: &Program) -> bool {
        let deadline_ms = START_MS.saturating_add(program.limits.duration_ms);
        let Some(Reverse((at_ms, _, branch, generation))) = self.due.pop() else {
            panic!("the execution waits for nothing that was asked for");
        };
        self.now_ms = at_ms.max(self.now_ms).min(deadline_ms);
        let ticket = Ticket { branch, generation };
        if self.now_ms == deadline_ms {
            return false;
        }
        assert!(
            self.with(|world| vm.answer(program, ticket, Answer::Elapsed, world)),
            "what is not cancelled is awaited"
        );
        true
    }

    /// Packs it up; its line is not looked at any more.
    fn pack(&mut self, vm: &mut Vm, program: &Program) -> Vec<u8> {
        let mut suspended = Vec::new();
        vm.suspend(program, &self.block, &mut suspended);
        self.block.clear();
        suspended
    }

    fn end(&mut self, program: &Program, outcome: Outcome) -> Ended {
        let entered: u64 = self.tally.entered(program).iter().sum();
        assert_eq!(entered, outcome.usage.transitions, "states entered make the transitions");
        assert_eq!(self.tally.retried.iter().sum::<u64>(), outcome.usage.retries, "retries of states make the retries");
        let output = std::mem::take(&mut self.out);
        if let Some(recorder) = &self.recorder {
            assert!(recorder.ended, "the last event is the execution's end");
            assert_eq!(recorder.entered, outcome.usage.transitions, "every entry is told");
        }
        let output = match outcome.status {
            Status::Succeeded => String::from_utf8(output).expect("outputs are UTF-8"),
            _ => String::new(),
        };
        Ended { outcome, output }
    }
}

/// Checks that events come with the ids that causes name, each after one that has been.
#[derive(Default)]
struct Ids {
    last: u64,
    entered: u64,
    ended: bool,
}

impl Recorder for Ids {
    fn record(&mut self, event: Event<'_>) {
        assert!(!self.ended, "nothing happens after the end");
        assert_eq!(event.id, self.last + 1, "ids have no gaps: {:?}", event.what);
        assert!(event.previous < event.id, "an event follows an earlier one: {event:?}");
        self.last = event.id;
        self.entered += u64::from(matches!(event.what, What::StateEntered { .. }));
        use What::{ExecutionAborted, ExecutionFailed, ExecutionSucceeded, ExecutionTimedOut};
        self.ended = matches!(
            event.what,
            ExecutionSucceeded { .. } | ExecutionFailed { .. } | ExecutionTimedOut | ExecutionAborted
        );
    }
}

/// The definition as a program, with or without a history.
pub fn program(definition: &str, options: &Options, history: bool) -> Result<Program, String> {
    compile(definition, &Options { history, ..options.clone() }).map_err(|found| {
        let line =
            |finding: &expressway::diagnostic::Diagnostic| format!("{} at {}", finding.message, finding.location);
        found.list.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}
