//! Suspended executions: put to sleep with their alarms, and woken by an answer or by the time.

use crate::engine::block::Origin;
use crate::engine::desk::{Office, Scene, Want, task_request};
use crate::engine::open::HoleId;
use crate::engine::page::Page;
use crate::engine::scribe::{Scribe, Subject};
use crate::engine::shard::Shard;
use crate::engine::slab::{Key, Slab};
use crate::engine::solo::{deadline_ms, timeout_ms};
use crate::engine::wheel::{self, Alarm, AlarmId, Wheel};
use crate::engine::work::Work;
use crate::task::{Address, Back, Delivery, Letters, Reply};
use crate::vm::{Answer, Outcome, Status, Suspended, Ticket};
use crossbeam_channel::{Receiver, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A shard's suspended executions.
pub(super) struct Sleepers {
    shard: u16,
    slab: Slab<Sleeper>,
    wheel: Wheel,
    bytes: usize,
    /// Answers from outside. Not bounded by itself: no more come than executions wait for, and their number is.
    pub inbox: Receiver<Delivery>,
    letters: Letters,
}

/// A suspended execution. Two hundred thousand of them are nothing unusual: keep it small.
struct Sleeper {
    /// None while it is awake.
    suspended: Option<Suspended>,
    origin: Origin,
    started_ns: u64,
    /// Where its text goes, when order matters.
    hole: Option<HoleId>,
    /// The first of its alarms: one for each thing it waits for.
    alarms: AlarmId,
}

/// What wakes a sleeper.
enum Call {
    Answer(Ticket, Reply),
    Alarm(Alarm),
    Abort,
}

/// Answers heard, or alarms rung, before something else gets its turn.
const CALLS: usize = 1024;

impl Sleepers {
    /// Those of this thread's shard.
    pub fn new(shard: u16, now_ms: u64) -> Sleepers {
        let (sender, inbox) = unbounded();
        let letters = Letters { sender, wakes: Some(std::thread::current()) };
        Sleepers { shard, slab: Slab::new(), wheel: Wheel::new(now_ms), bytes: 0, inbox, letters }
    }

    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// What they keep, input lines included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn next_alarm_ms(&self) -> Option<u64> {
        self.wheel.next_ms()
    }

    fn address(&self, key: Key, ticket: Ticket) -> Address {
        Address { shard: self.shard, sleeper: key.index, generation: key.generation, ticket }
    }

    /// Sets the alarm for something that is waited for. No alarm is later than the execution's deadline, so that none is
    /// needed for the deadline itself.
    fn set_alarm(&mut self, key: Key, ticket: Ticket, at_ms: u64, connector: u16) {
        let sleeper = self.slab.get_mut(key).expect("alarms are set for sleepers that are there");
        sleeper.alarms = self.wheel.set(at_ms, Alarm { sleeper: key, ticket, connector }, sleeper.alarms);
    }

    /// Takes back the alarm for this ticket. None: it is not waited for.
    fn drop_alarm(&mut self, key: Key, ticket: Ticket) -> Option<Alarm> {
        let sleeper = self.slab.get_mut(key)?;
        let (mut before, mut id) = (wheel::NONE, sleeper.alarms);
        while id != wheel::NONE {
            let (alarm, next) = (self.wheel.alarm(id), self.wheel.sibling(id));
            if alarm.ticket == ticket {
                match before {
                    wheel::NONE => sleeper.alarms = next,
                    before => self.wheel.set_sibling(before, next),
                }
                self.wheel.cancel(id);
                return Some(alarm);
            }
            (before, id) = (id, next);
        }
        None
    }

    /// Tells the connector that was asked, if one was, that nobody waits any more.
    fn call_off(&self, office: &Office<'_>, alarm: &Alarm) {
        if alarm.connector > 0 {
            office.tasks.connector(alarm.connector - 1).cancel(self.address(alarm.sleeper, alarm.ticket));
        }
    }

    fn keep(&mut self, key: Key, suspended: Suspended) {
        self.bytes += suspended.bytes();
        self.slab.get_mut(key).expect("it was awake").suspended = Some(suspended);
    }
}

impl<S: Scribe> Shard<'_, S> {
    /// Puts the execution at hand to sleep for the first time.
    pub(super) fn fall_asleep(&mut self, work: &Work, page: Key, now_ms: u64) {
        let open = self.pages.get_mut(page).expect("the block's page is open");
        let hole = self.floor.in_order.then(|| HoleId { page, hole: open.leave_hole() });
        let sleeper =
            Sleeper { suspended: None, origin: work.origin, started_ns: work.started_ns, hole, alarms: wheel::NONE };
        let key = self.sleepers.slab.insert(sleeper);
        let subject = self.floor.office.subject(work.origin, work.started_ns / 1000);
        self.note_wants(key, &subject, now_ms);
        let page = &mut self.pages.get_mut(page).expect("the block's page is open").part.page;
        let mut scene = Scene { office: &self.floor.office, subject, block: &work.block.bytes, now_ms, page };
        let suspended = self.desk.suspend(&mut scene);
        self.sleepers.keep(key, suspended);
        self.note_news(hole);
    }

    /// Sets alarms and calls connectors for what the execution at hand waits for.
    fn note_wants(&mut self, key: Key, subject: &Subject<'_>, now_ms: u64) {
        let deadline_ms = deadline_ms(subject.program, subject.started_us / 1000);
        for want in self.desk.wants.drain(..) {
            match want {
                Want::Wait { ticket, until_ms } => {
                    // The vm's milliseconds are rounded down: without one more, a wait would be a little short.
                    self.sleepers.set_alarm(key, ticket, until_ms.saturating_add(1).min(deadline_ms), 0);
                }
                Want::Cancel { ticket } => {
                    let alarm = self.sleepers.drop_alarm(key, ticket);
                    alarm.inspect(|alarm| self.sleepers.call_off(&self.floor.office, alarm));
                }
                Want::Call { request, connector, parameters } => {
                    let timeout_ms = timeout_ms(subject.program, &request).unwrap_or(u64::MAX);
                    let at_ms = now_ms.saturating_add(timeout_ms).min(deadline_ms);
                    self.sleepers.set_alarm(key, request.ticket, at_ms, connector + 1);
                    let back = Back::new(self.sleepers.letters.clone(), self.sleepers.address(key, request.ticket));
                    let connector = self.floor.office.tasks.connector(connector);
                    connector.call(&task_request(subject, &request, &parameters), back);
                }
            }
        }
    }

    /// Wakes those for whom answers have come.
    pub(super) fn hear_answers(&mut self) {
        for Delivery { address, reply } in self.sleepers.inbox.clone().try_iter().take(CALLS) {
            let key = Key { index: address.sleeper, generation: address.generation };
            match self.sleepers.drop_alarm(key, address.ticket) {
                Some(_) => self.wake(key, Call::Answer(address.ticket, reply)),
                None => self.desk.sums.late_answers += 1,
            }
        }
    }

    /// Wakes those whose time has come.
    pub(super) fn ring_alarms(&mut self) {
        if self.sleepers.len() == 0 {
            return;
        }
        let now_ms = self.floor.clock.now_ns() / 1_000_000;
        for _ in 0..CALLS {
            let Some(id) = self.sleepers.wheel.due(now_ms) else { return };
            let alarm = self.sleepers.wheel.alarm(id);
            self.sleepers.drop_alarm(alarm.sleeper, alarm.ticket).expect("an alarm is in its sleeper's chain");
            self.sleepers.call_off(&self.floor.office, &alarm);
            self.wake(alarm.sleeper, Call::Alarm(alarm));
        }
    }

    /// Lets a sleeper go on. A panic costs it, and no other.
    fn wake(&mut self, key: Key, call: Call) {
        let now_ns = self.floor.clock.now_ns();
        let sleeper = self.sleepers.slab.get_mut(key).expect("it has an alarm, so it is there");
        let suspended = sleeper.suspended.take().expect("it was asleep");
        let (origin, started_ns, hole) = (sleeper.origin, sleeper.started_ns, sleeper.hole);
        self.sleepers.bytes -= suspended.bytes();
        let subject = self.floor.office.subject(origin, started_ns / 1000);
        // The page is taken out for the while, so that shard and page can both be written to.
        let mut page = std::mem::take(self.late_page(hole));
        let from = (page.output.len(), page.failures.len());
        let mut scene =
            Scene { office: &self.floor.office, subject, block: &[], now_ms: now_ns / 1_000_000, page: &mut page };
        let result = catch_unwind(AssertUnwindSafe(|| self.awaken(call, suspended, &mut scene)));
        match result {
            Ok(None) => self.note_wants_and_sleep(key, &mut scene),
            Ok(Some(outcome)) => {
                self.floor.heed(outcome.status == Status::Succeeded);
                self.desk.conclude(&mut scene, outcome, now_ns.saturating_sub(started_ns), from.0);
            }
            Err(_) => {
                self.desk.fail_hot(&mut scene, None, now_ns.saturating_sub(started_ns), from.0);
                self.floor.heed(false);
            }
        }
        *self.late_page(hole) = page;
        if self.loose.is_full() {
            self.hand_over_loose();
        }
        if !matches!(self.sleepers.slab.get_mut(key), Some(Sleeper { suspended: Some(_), .. })) {
            self.end(key, from);
        }
    }

    fn awaken(&mut self, call: Call, suspended: Suspended, scene: &mut Scene<'_>) -> Option<Outcome> {
        self.desk.resume(scene.subject.origin.program, suspended);
        if scene.now_ms >= deadline_ms(scene.subject.program, scene.subject.started_us / 1000) {
            return Some(self.desk.stop(scene, Status::TimedOut));
        }
        match &call {
            Call::Answer(ticket, reply) => self.desk.answer(scene, *ticket, reply.answer()),
            Call::Alarm(Alarm { ticket, connector: 0, .. }) => self.desk.answer(scene, *ticket, Answer::Elapsed),
            Call::Alarm(Alarm { ticket, .. }) => self.desk.answer(scene, *ticket, Answer::TimedOut),
            Call::Abort => return Some(self.desk.stop(scene, Status::Aborted)),
        };
        self.desk.drive(scene)
    }

    fn note_wants_and_sleep(&mut self, key: Key, scene: &mut Scene<'_>) {
        self.note_wants(key, &scene.subject, scene.now_ms);
        let suspended = self.desk.suspend(scene);
        self.sleepers.keep(key, suspended);
    }

    /// Where a late execution writes.
    fn late_page(&mut self, hole: Option<HoleId>) -> &mut Page {
        match hole {
            Some(hole) => self.pages.get_mut(hole.page).expect("a page with holes stays").late(),
            None => &mut self.loose,
        }
    }

    /// Forgets a sleeper that has ended: its alarms, its requests, its hole.
    fn end(&mut self, key: Key, from: (usize, usize)) {
        let Some(Sleeper { hole, mut alarms, .. }) = self.sleepers.slab.remove(key) else { return };
        while alarms != wheel::NONE {
            self.sleepers.call_off(&self.floor.office, &self.sleepers.wheel.alarm(alarms));
            alarms = self.sleepers.wheel.cancel(alarms);
        }
        if let Some(hole) = hole {
            self.pages.get_mut(hole.page).expect("a page with holes stays").fill(hole.hole, from.0, from.1);
            self.note_news(Some(hole));
            self.settle(hole.page);
        }
    }

    /// Aborts every sleeper.
    pub(super) fn abort_all(&mut self) {
        for key in self.sleepers.slab.keys() {
            self.wake(key, Call::Abort);
        }
    }
}
