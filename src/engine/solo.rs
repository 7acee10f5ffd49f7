//! One execution run to its end on the spot: in virtual time, or in real time with the thread waiting.

use crate::engine::clock::Clock;
use crate::engine::desk::{Desk, Scene, Want};
use crate::engine::scribe::Scribe;
use crate::failure::{ErrorName, Failure};
use crate::program::{Pattern, Program, ResourceKind};
use crate::task::{Address, Back, Delivery, Mailbox};
use crate::vm::{Answer, Outcome, Request, Status, Ticket};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

/// How time passes.
pub(super) enum Pace {
    /// At once, up to whatever is due next: no execution waits for another, so each has a clock of its own.
    Virtual,
    /// As it does, with answers from connectors.
    Real { clock: Clock, mailbox: Arc<Mailbox> },
}

/// What is due: when, in which order it was asked for, for whom, and whether it is a time-out.
type Due = Reverse<(u64, u32, (u32, u32), bool)>;

/// Times at which the execution is to be called.
#[derive(Default)]
pub(super) struct Agenda {
    due: BinaryHeap<Due>,
    asked: u32,
    /// Which execution it is of those that have used it: a late answer to an earlier one finds nobody.
    turn: u32,
}

impl Agenda {
    fn begin(&mut self) {
        self.due.clear();
        self.turn = self.turn.wrapping_add(1);
    }

    fn push(&mut self, at_ms: u64, ticket: Ticket, is_timeout: bool) {
        self.due.push(Reverse((at_ms, self.asked, (ticket.branch, ticket.generation), is_timeout)));
        self.asked += 1;
    }
}

/// What happens next.
enum Next {
    Answer(Delivery),
    Time(u64, Ticket, bool),
    /// Nothing ever.
    Nothing,
}

/// Runs an execution that has been started to its end. `scene.now_ms` is the time of its end then.
pub(super) fn run<S: Scribe>(desk: &mut Desk<S>, scene: &mut Scene<'_>, agenda: &mut Agenda, pace: &Pace) -> Outcome {
    agenda.begin();
    let deadline_ms = deadline_ms(scene.subject.program, scene.now_ms);
    loop {
        if let Some(outcome) = desk.drive(scene) {
            return outcome;
        }
        for want in std::mem::take(&mut desk.wants) {
            take_want(desk, scene, agenda, pace, want);
        }
        scene.office.tasks.flush();
        while !go_on(desk, scene, agenda, pace, deadline_ms) {
            if scene.now_ms >= deadline_ms {
                return desk.stop(scene, Status::TimedOut);
            }
            if agenda.due.is_empty() && matches!(pace, Pace::Virtual) {
                return stuck(desk, scene);
            }
        }
    }
}

fn take_want<S: Scribe>(desk: &Desk<S>, scene: &Scene<'_>, agenda: &mut Agenda, pace: &Pace, want: Want) {
    match want {
        Want::Wait { ticket, until_ms } => agenda.push(until_ms, ticket, false),
        // Its time comes, or its answer, and nobody waits for it.
        Want::Cancel { .. } => {}
        Want::Call { request, connector } => {
            if let Some(back) = way_back(scene, agenda, pace, &request) {
                desk.call(scene, &request, connector, back);
            }
        }
        Want::Finish { request, doing } => {
            if let Some(back) = way_back(scene, agenda, pace, &request) {
                scene.office.tasks.finish(doing, back);
            }
        }
    }
}

/// Notes when the request takes too long. The way back, where time is real.
fn way_back(scene: &Scene<'_>, agenda: &mut Agenda, pace: &Pace, request: &Request) -> Option<Back> {
    if let Some(timeout_ms) = timeout_ms(scene.subject.program, request) {
        agenda.push(scene.now_ms.saturating_add(timeout_ms), request.ticket, true);
    }
    let Pace::Real { mailbox, .. } = pace else { return None };
    let address = Address { shard: 0, sleeper: 0, generation: agenda.turn, ticket: request.ticket };
    Some(Back::new(mailbox.clone(), address))
}

/// Lets the next thing happen. False: it was for nobody, or nothing happened before the deadline.
fn go_on<S: Scribe>(
    desk: &mut Desk<S>,
    scene: &mut Scene<'_>,
    agenda: &mut Agenda,
    pace: &Pace,
    deadline_ms: u64,
) -> bool {
    match next(agenda, pace, deadline_ms) {
        Next::Answer(delivery) => {
            scene.now_ms = now_ms(pace).unwrap_or(scene.now_ms);
            delivery.address.generation == agenda.turn
                && desk.answer(scene, delivery.address.ticket, delivery.reply.answer())
        }
        Next::Time(at_ms, ticket, is_timeout) => {
            let before_ms = scene.now_ms;
            scene.now_ms = now_ms(pace).unwrap_or(at_ms.max(before_ms)).min(deadline_ms);
            if scene.now_ms >= deadline_ms {
                return false;
            }
            let is_awaited = desk.answer(scene, ticket, if is_timeout { Answer::TimedOut } else { Answer::Elapsed });
            if !is_awaited && matches!(pace, Pace::Virtual) {
                scene.now_ms = before_ms; // What nobody waits for takes no time.
            }
            is_awaited
        }
        Next::Nothing => {
            scene.now_ms = now_ms(pace).unwrap_or(scene.now_ms);
            false
        }
    }
}

fn next(agenda: &mut Agenda, pace: &Pace, deadline_ms: u64) -> Next {
    let first = agenda.due.peek().map(|Reverse(due)| due.0);
    if let Pace::Real { clock, mailbox } = pace {
        let until_ns = first.unwrap_or(u64::MAX).min(deadline_ms).saturating_mul(1_000_000);
        if let Some(delivery) = receive(mailbox, clock, until_ns) {
            return Next::Answer(delivery);
        }
        if first.is_none_or(|at_ms| at_ms > deadline_ms) {
            return Next::Nothing;
        }
    }
    match agenda.due.pop() {
        Some(Reverse((at_ms, _, (branch, generation), is_timeout))) => {
            Next::Time(at_ms, Ticket { branch, generation }, is_timeout)
        }
        None => Next::Nothing,
    }
}

/// The next answer, if one comes before this time.
fn receive(mailbox: &Mailbox, clock: &Clock, until_ns: u64) -> Option<Delivery> {
    loop {
        if let Some(delivery) = mailbox.take() {
            return Some(delivery);
        }
        let pause_ns = until_ns.checked_sub(clock.now_ns()).filter(|pause_ns| *pause_ns > 0)?;
        mailbox.wait(Some(Duration::from_nanos(pause_ns)));
    }
}

fn now_ms(pace: &Pace) -> Option<u64> {
    match pace {
        Pace::Virtual => None,
        Pace::Real { clock, .. } => Some(clock.now_ns() / 1_000_000),
    }
}

/// The time at which an execution that begins now is ended.
pub(super) fn deadline_ms(program: &Program, now_ms: u64) -> u64 {
    now_ms.saturating_add(program.limits.duration_ms)
}

/// How long a task may take. Only those who hold a token, and activities, can send heartbeats: nobody here does.
pub(super) fn timeout_ms(program: &Program, request: &Request) -> Option<u64> {
    let resource = &program.tasks[request.task.0 as usize].resource;
    let beats = resource.pattern == Pattern::WaitForTaskToken || resource.kind == ResourceKind::Activity;
    let heartbeat_ms = request.heartbeat_ms.filter(|_| beats);
    request.timeout_ms.into_iter().chain(heartbeat_ms).min()
}

/// The vm waits for what nobody has promised: our own mistake, so the execution ends rather than hangs.
fn stuck<S: Scribe>(desk: &mut Desk<S>, scene: &mut Scene<'_>) -> Outcome {
    let outcome = desk.stop(scene, Status::Aborted);
    let cause = "the execution waits for something that never happens; this is a mistake of the engine";
    Outcome { status: Status::Failed, failure: Some(Failure::new(ErrorName::Runtime, cause)), ..outcome }
}
