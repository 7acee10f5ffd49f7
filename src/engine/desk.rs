//! A desk: one thread's vms and the scratch to run them; it answers at once what can be answered at once.

use crate::engine::block::Origin;
use crate::engine::page::Page;
use crate::engine::report::Sums;
use crate::engine::scribe::{Fate, Rejection, Scribe, Subject};
use crate::engine::seed;
use crate::failure::{ErrorName, Failure};
use crate::json::{Malformed, Utf8};
use crate::program::Program;
use crate::task::{Back, Doing, Reply, Request, Route, Tasks};
use crate::usage::Usage;
use crate::vm::{
    self, Answer, Effect, Event, Identity, Name, Outcome, Progress, Recorder, Start, Status, Tally, Ticket, Vm, World,
};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// What all desks of a run share.
pub(super) struct Office<'r> {
    pub programs: &'r [Arc<Program>],
    pub tasks: &'r Tasks,
    pub name_prefix: &'r str,
    pub seed: u64,
}

impl<'r> Office<'r> {
    /// An execution of a line.
    pub fn subject(&self, origin: Origin, started_us: u64) -> Subject<'r> {
        let program = &self.programs[origin.program as usize];
        Subject { program, origin, name: Name { prefix: self.name_prefix, number: origin.line }, started_us }
    }
}

/// One thread's vms, one for each program, and what they write to.
pub(super) struct Desk<S> {
    vms: Vec<Vm>,
    effects: Vec<Effect>,
    /// Answers found at once, in the order of the effects.
    answers: VecDeque<(Ticket, Reply)>,
    /// What the execution waits for when [`drive`](Desk::drive) gives none.
    pub wants: Vec<Want>,
    pub scribe: S,
    pub sums: Sums,
    /// Executions whose time is not in the sums yet.
    dashed: u64,
}

/// What became of an execution that was to end at once.
pub(super) enum Ending {
    Succeeded,
    Failed,
    /// It has begun and asks for something; [`drive`](Desk::drive) goes on.
    Asks,
    /// It has not begun.
    Malformed(Malformed),
    TooLong(Rejection),
}

/// Something that cannot be answered at once.
pub(super) enum Want {
    Wait {
        ticket: Ticket,
        until_ms: u64,
    },
    /// The parameters are the vm's, as long as this execution is at hand.
    Call {
        request: vm::Request,
        connector: u16,
    },
    Finish {
        request: vm::Request,
        doing: Doing,
    },
    Cancel {
        ticket: Ticket,
    },
}

/// The execution at hand and what surrounds it.
pub(super) struct Scene<'a> {
    pub office: &'a Office<'a>,
    pub subject: Subject<'a>,
    /// The block its line lies in; empty when it was suspended.
    pub block: &'a [u8],
    pub now_ms: u64,
    pub page: &'a mut Page,
}

impl<S: Scribe> Desk<S> {
    pub fn new(office: &Office<'_>, scribe: S) -> Desk<S> {
        Desk {
            vms: office.programs.iter().map(|program| Vm::new(program)).collect(),
            effects: Vec::new(),
            answers: VecDeque::new(),
            wants: Vec::new(),
            scribe,
            sums: Sums::new(office.programs.iter().map(|program| Tally::new(program)).collect()),
            dashed: 0,
        }
    }

    /// Begins an execution.
    pub fn start(&mut self, scene: &mut Scene<'_>, line: Range<usize>, utf8: Utf8<'_>) -> Result<(), Malformed> {
        let seed = seed::of_line(scene.office.seed, scene.subject.origin.line);
        let start = Start { line, utf8, name: scene.subject.name, seed };
        let program = scene.subject.program;
        self.with(scene, |vm, world, _| vm.start(program, start, world))
    }

    /// Runs an execution as far as it goes without asking for anything, with nobody listening and nobody measuring: it
    /// is said to have taken this long.
    #[inline(always)]
    pub fn dash(&mut self, scene: &mut Scene<'_>, line: Range<usize>, utf8: Utf8<'_>, duration_ns: u64) -> Ending {
        let Subject { program, origin, name, .. } = scene.subject;
        let from = scene.page.output.len();
        let vm = &mut self.vms[origin.program as usize];
        let mut world = World {
            block: scene.block,
            now_ms: scene.now_ms,
            out: &mut scene.page.output,
            effects: &mut self.effects,
            tally: &mut self.sums.tallies[origin.program as usize],
            recorder: None,
        };
        let start = Start { line, utf8, name, seed: seed::of_line(scene.office.seed, origin.line) };
        let mut dashed = vm.dash(program, start, &mut world);
        let outcome = match &mut dashed {
            Err(malformed) => return Ending::Malformed(*malformed),
            Ok(Progress::Waiting) => return Ending::Asks,
            Ok(Progress::Ended(outcome)) => outcome,
        };
        world.effects.clear();
        outcome.usage.duration_us = duration_ns / 1000;
        self.scribe.tell(&scene.subject, vm.input(scene.block), Fate::Ended(outcome), scene.page, from);
        // Behind what may panic, so that nothing counts twice.
        self.sums.count(outcome);
        self.dashed += 1;
        if outcome.status == Status::Succeeded { Ending::Succeeded } else { Ending::Failed }
    }

    /// Takes note of how long those took that were not measured each by itself.
    pub fn count_dashed(&mut self, duration_ns: u64) {
        if self.dashed > 0 {
            self.sums.time(duration_ns, std::mem::take(&mut self.dashed));
        }
    }

    /// Goes on until the execution ends, or it waits for what is left in `wants`.
    pub fn drive(&mut self, scene: &mut Scene<'_>) -> Option<Outcome> {
        let (office, subject) = (scene.office, scene.subject);
        let block = scene.block;
        self.with(scene, |vm, world, side| {
            loop {
                if let Progress::Ended(outcome) = vm.advance(subject.program, world) {
                    side.clear(world);
                    return Some(outcome);
                }
                side.sort(office, &subject, vm, block, world.effects);
                loop {
                    let (ticket, reply) = side.answers.pop_front()?;
                    if vm.answer(subject.program, ticket, reply.answer(), world) {
                        break;
                    }
                }
            }
        })
    }

    /// Brings an answer from outside. False: nobody waits for it.
    pub fn answer(&mut self, scene: &mut Scene<'_>, ticket: Ticket, answer: Answer<'_>) -> bool {
        let program = scene.subject.program;
        self.with(scene, |vm, world, _| vm.answer(program, ticket, answer, world))
    }

    /// Ends the execution from outside.
    pub fn stop(&mut self, scene: &mut Scene<'_>, status: Status) -> Outcome {
        let program = scene.subject.program;
        self.with(scene, |vm, world, _| vm.stop(program, status, world))
    }

    /// Appends the execution to `out`, packed up.
    pub fn suspend(&mut self, scene: &Scene<'_>, out: &mut Vec<u8>) {
        self.vms[scene.subject.origin.program as usize].suspend(scene.subject.program, scene.block, out);
    }

    /// Calls the connector that is asked to do a task of the execution at hand.
    pub fn call(&self, scene: &Scene<'_>, request: &vm::Request, connector: u16, back: Back) {
        let Scene { office, subject, block, .. } = scene;
        let vm = &self.vms[subject.origin.program as usize];
        let parameters = vm.text(subject.program, block, request.parameters);
        office.tasks.connector(connector).call(&task_request(subject, request, parameters), back);
    }

    /// Unpacks an execution.
    pub fn resume(&mut self, scene: &Scene<'_>, suspended: &[u8]) {
        let Subject { origin, name, started_us, .. } = scene.subject;
        let seed = seed::of_line(scene.office.seed, origin.line);
        let identity = Identity { name, seed, started_ms: started_us / 1000 };
        self.vms[origin.program as usize].resume(identity, suspended);
    }

    /// Counts an execution that ended, and has it written about.
    pub fn conclude(&mut self, scene: &mut Scene<'_>, mut outcome: Outcome, duration_ns: u64, from: usize) {
        outcome.usage.duration_us = duration_ns / 1000;
        let input = self.vms[scene.subject.origin.program as usize].input(scene.block);
        self.scribe.tell(&scene.subject, input, Fate::Ended(&outcome), scene.page, from);
        self.sums.count(&outcome);
        self.sums.time(duration_ns, 1);
    }

    /// Counts a line that starts no execution, and has it written about.
    pub fn reject(&mut self, scene: &mut Scene<'_>, line: &[u8], rejection: &Rejection) {
        self.sums.counts.rejected += 1;
        let from = scene.page.output.len();
        self.scribe.tell(&scene.subject, line, Fate::Rejected(rejection), scene.page, from);
    }

    /// After a panic: the execution at hand fails alone, and its vm, of which nothing is known any more, is replaced.
    /// Its input is given where it is known.
    pub fn fail_hot(&mut self, scene: &mut Scene<'_>, input: Option<&[u8]>, duration_ns: u64, from: usize) {
        self.answers.clear();
        self.wants.clear();
        self.effects.clear();
        scene.page.output.truncate(from);
        let vm = &mut self.vms[scene.subject.origin.program as usize];
        let broken = std::mem::replace(vm, Vm::new(scene.subject.program));
        let cause = "an internal error of the engine ended this execution; it is described on standard error";
        let failure = Some(Failure::new(ErrorName::Runtime, cause));
        let usage = Usage { duration_us: duration_ns / 1000, ..broken.usage() };
        let outcome = Outcome { status: Status::Failed, failure, usage };
        let remembered =
            || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| broken.input(scene.block).to_vec()));
        let input = input.map_or_else(|| remembered().unwrap_or_default(), <[u8]>::to_vec);
        self.sums.panics += 1;
        self.sums.count(&outcome);
        self.sums.time(duration_ns, 1);
        self.scribe.tell(&scene.subject, &input, Fate::Ended(&outcome), scene.page, from);
    }

    /// Has the execution's vm act in its world.
    fn with<R>(&mut self, scene: &mut Scene<'_>, act: impl FnOnce(&mut Vm, &mut World<'_>, &mut Side<'_>) -> R) -> R {
        let program = scene.subject.origin.program as usize;
        let listens = self.scribe.listens();
        let mut listener =
            Listener { scribe: &mut self.scribe, subject: scene.subject, history: &mut scene.page.history };
        let mut world = World {
            block: scene.block,
            now_ms: scene.now_ms,
            out: &mut scene.page.output,
            effects: &mut self.effects,
            tally: &mut self.sums.tallies[program],
            recorder: if listens { Some(&mut listener) } else { None },
        };
        act(&mut self.vms[program], &mut world, &mut Side { answers: &mut self.answers, wants: &mut self.wants })
    }
}

/// Where effects go.
struct Side<'d> {
    answers: &'d mut VecDeque<(Ticket, Reply)>,
    wants: &'d mut Vec<Want>,
}

impl Side<'_> {
    /// Answers the effects that can be answered at once; the others become wants.
    fn sort(&mut self, office: &Office<'_>, subject: &Subject<'_>, vm: &Vm, block: &[u8], effects: &mut Vec<Effect>) {
        for effect in effects.drain(..) {
            match effect {
                Effect::Wait { ticket, until_ms } => self.wants.push(Want::Wait { ticket, until_ms }),
                Effect::Cancel { ticket } => self.wants.push(Want::Cancel { ticket }),
                Effect::Task(request) => {
                    let parameters = vm.text(subject.program, block, request.parameters);
                    match office.tasks.route(&task_request(subject, &request, parameters)) {
                        Route::Answered(reply) => self.answers.push_back((request.ticket, reply)),
                        Route::Connector(connector, _) => self.wants.push(Want::Call { request, connector }),
                        Route::Begun(doing) => self.wants.push(Want::Finish { request, doing }),
                    }
                }
            }
        }
    }

    /// Forgets what an execution that has ended still wanted.
    fn clear(&mut self, world: &mut World<'_>) {
        world.effects.clear();
        self.answers.clear();
        self.wants.clear();
    }
}

/// A request of the vm, as those see it who do tasks.
fn task_request<'a>(subject: &Subject<'a>, request: &vm::Request, parameters: &'a [u8]) -> Request<'a> {
    Request {
        program: subject.program,
        task: request.task,
        parameters,
        earlier: request.earlier,
        execution: subject.name,
        started_ms: subject.started_us / 1000,
    }
}

/// Brings what happens in an execution to the scribe.
struct Listener<'a, S> {
    scribe: &'a mut S,
    subject: Subject<'a>,
    history: &'a mut Vec<u8>,
}

impl<S: Scribe> Recorder for Listener<'_, S> {
    fn record(&mut self, event: Event<'_>) {
        self.scribe.event(&self.subject, event, self.history);
    }
}
