//! Suspended executions: put to sleep with their alarms, and woken by an answer or by the time.

use crate::engine::card::Card;
use crate::engine::clock::Clock;
use crate::engine::desk::{Desk, Office, Scene, Want};
use crate::engine::open::HoleId;
use crate::engine::scribe::Scribe;
use crate::engine::shard::Shard;
use crate::engine::slab::{Key, Slab};
use crate::engine::solo::{deadline_ms, timeout_ms};
use crate::engine::store::{Slip, Store};
use crate::engine::wheel::{self, Alarm, AlarmId, Wheel};
use crate::engine::work::Work;
use crate::program::Program;
use crate::task::{Address, Back, Delivery, FUTURES, Mailbox, Reply};
use crate::vm::{Answer, Outcome, Request, Status, Ticket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A shard's suspended executions.
pub(super) struct Sleepers {
    shard: u16,
    slab: Slab<Sleeper>,
    /// Their cards and blocks, and what those said that have ended out of order.
    pub store: Store,
    /// Bytes of the former.
    asleep_bytes: usize,
    wheel: Wheel,
    /// Answers from outside.
    pub mailbox: Arc<Mailbox>,
    /// When the run began, in microseconds since 1970.
    began_us: u64,
    /// Whether connectors have been told something since they were last told that no more comes.
    has_called: bool,
    /// For a card and a block on their way into the store.
    scratch: Vec<u8>,
}

/// A suspended execution. Millions of them are nothing unusual: all that can be is kept in the store.
struct Sleeper {
    /// Its card and block; those of before, while it is awake.
    slip: Slip,
    /// The first of its alarms: one for each thing it waits for.
    alarms: AlarmId,
}

/// What a sleeper costs beside its bytes in the store: its place, an alarm, a hole in a page.
const SLEEPER_BYTES: usize = 80;

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
    pub fn new(shard: u16, clock: &Clock) -> Sleepers {
        Sleepers {
            shard,
            slab: Slab::new(),
            store: Store::new(),
            asleep_bytes: 0,
            wheel: Wheel::new(clock.now_ns() / 1_000_000),
            mailbox: Arc::new(Mailbox::new()),
            began_us: clock.began_ns() / 1000,
            has_called: false,
            scratch: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// What they keep, input lines and answers that have come for them included.
    pub fn bytes(&self) -> usize {
        self.asleep_bytes + self.slab.len() * SLEEPER_BYTES + self.mailbox.bytes()
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

    /// The way back for an answer that is waited for until then.
    fn expect(&mut self, key: Key, ticket: Ticket, at_ms: u64, connector: u16) -> Back {
        self.set_alarm(key, ticket, at_ms, connector + 1);
        self.has_called = true;
        Back::new(self.mailbox.clone(), self.address(key, ticket))
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
    fn call_off(&mut self, office: &Office<'_>, alarm: &Alarm) {
        if alarm.connector > 0 {
            self.has_called = true;
            office.tasks.cancel(alarm.connector - 1, self.address(alarm.sleeper, alarm.ticket));
        }
    }

    /// Takes in an execution: its card, and the block that `pack` appends to it.
    fn insert(&mut self, card: &Card, pack: impl FnOnce(&mut Vec<u8>)) -> Key {
        let slip = self.store.keep(packed(&mut self.scratch, card, pack));
        self.asleep_bytes += self.store.bytes(slip);
        self.slab.insert(Sleeper { slip, alarms: wheel::NONE })
    }

    /// Keeps the card and the block of one that was awake, in place of those of before.
    fn keep(&mut self, key: Key, card: &Card, pack: impl FnOnce(&mut Vec<u8>)) {
        let slip = &mut self.slab.get_mut(key).expect("it was awake").slip;
        self.asleep_bytes -= self.store.bytes(*slip);
        *slip = self.store.replace(*slip, packed(&mut self.scratch, card, pack));
        self.asleep_bytes += self.store.bytes(*slip);
    }

    /// Forgets one that has ended, and calls off what it still waited for. Where its card and block are kept.
    fn remove(&mut self, key: Key, office: &Office<'_>) -> Slip {
        let Sleeper { slip, mut alarms } = self.slab.remove(key).expect("it was awake");
        self.asleep_bytes -= self.store.bytes(slip);
        while alarms != wheel::NONE {
            let alarm = self.wheel.alarm(alarms);
            self.call_off(office, &alarm);
            alarms = self.wheel.cancel(alarms);
        }
        slip
    }
}

/// A card and a block behind it.
fn packed<'s>(scratch: &'s mut Vec<u8>, card: &Card, pack: impl FnOnce(&mut Vec<u8>)) -> &'s [u8] {
    scratch.clear();
    card.write(scratch);
    pack(scratch);
    scratch
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl<S: Scribe> Shard<'_, S> {
    /// Puts the execution at hand to sleep for the first time.
    pub(super) fn fall_asleep(&mut self, work: &Work, page: Key, now_ms: u64) {
        let open = self.pages.get_mut(page).expect("the block's page is open");
        let hole = self.floor.in_order.then(|| HoleId { page, hole: open.leave_hole() });
        let subject = self.floor.office.subject(work.origin, work.started_ns / 1000);
        let page = &mut open.part.page;
        let scene = Scene { office: &self.floor.office, subject, block: &work.block.bytes, now_ms, page };
        let began_us = (work.started_ns / 1000).saturating_sub(self.sleepers.began_us);
        let card = Card { origin: work.origin, began_us, hole };
        let key = self.sleepers.insert(&card, |out| self.desk.suspend(&scene, out));
        note_wants(&mut self.desk, &mut self.sleepers, key, &scene);
        hole.into_iter().for_each(|hole| self.note_news(hole.page));
    }

    /// Has what connectors have gathered go its way.
    pub(super) fn flush_calls(&mut self) {
        if std::mem::take(&mut self.sleepers.has_called) {
            self.floor.office.tasks.flush();
        }
    }

    /// Wakes those for whom answers have come.
    pub(super) fn hear_answers(&mut self) {
        let mailbox = self.sleepers.mailbox.clone();
        for Delivery { address, reply } in mailbox.take_some(CALLS) {
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
            let Some(id) = self.sleepers.wheel.due(now_ms) else { break };
            let alarm = self.sleepers.wheel.alarm(id);
            self.sleepers.drop_alarm(alarm.sleeper, alarm.ticket).expect("an alarm is in its sleeper's chain");
            self.sleepers.call_off(&self.floor.office, &alarm);
            self.wake(alarm.sleeper, Call::Alarm(alarm));
        }
        self.sleepers.wheel.look_ahead();
    }

    /// Lets a sleeper go on. A panic costs it, and no other.
    fn wake(&mut self, key: Key, call: Call) {
        let now_ns = self.floor.clock.now_ns();
        let sleeper = self.sleepers.slab.get_mut(key).expect("it has an alarm, so it is there");
        let mut suspended = self.sleepers.store.get(sleeper.slip);
        let card = Card::read(&mut suspended);
        let started_us = self.sleepers.began_us + card.began_us;
        let subject = self.floor.office.subject(card.origin, started_us);
        // Taken out for the while, so that shard and page can both be written to. In order there is nothing on it.
        let mut page = std::mem::take(&mut self.loose);
        let from = page.output.len();
        let mut scene =
            Scene { office: &self.floor.office, subject, block: &[], now_ms: now_ns / 1_000_000, page: &mut page };
        let desk = &mut self.desk;
        let result = catch_unwind(AssertUnwindSafe(|| {
            desk.resume(&scene, suspended);
            awaken(desk, call, &mut scene)
        }));
        let duration_ns = now_ns.saturating_sub(started_us * 1000);
        let has_ended = !matches!(result, Ok(None));
        match result {
            Ok(None) => self.sleep_again(key, &card, &scene),
            Ok(Some(outcome)) => {
                self.floor.heed(outcome.status == Status::Succeeded);
                self.desk.conclude(&mut scene, outcome, duration_ns, from);
            }
            Err(_) => {
                self.desk.fail_hot(&mut scene, None, duration_ns, from);
                self.floor.heed(false);
            }
        }
        self.loose = page;
        let ended = has_ended.then(|| self.sleepers.remove(key, &self.floor.office));
        match card.hole {
            Some(hole) => self.put_in_order(hole, ended),
            None => {
                ended.into_iter().for_each(|slip| self.sleepers.store.drop(slip));
                if self.loose.is_full() {
                    self.hand_over_loose();
                }
            }
        }
    }

    fn sleep_again(&mut self, key: Key, card: &Card, scene: &Scene<'_>) {
        self.sleepers.keep(key, card, |out| self.desk.suspend(scene, out));
        note_wants(&mut self.desk, &mut self.sleepers, key, scene);
    }

    /// Moves what the execution said that was just awake to its page. If it has ended, that stands where it was kept.
    fn put_in_order(&mut self, hole: HoleId, ended: Option<Slip>) {
        let page = self.pages.get_mut(hole.page).expect("a page with holes stays");
        page.part.page.history.append(&mut self.loose.history);
        if let Some(slip) = ended {
            page.fill(hole.hole, &mut self.loose, slip, &mut self.sleepers.store);
            self.loose.clear();
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

/// Sets alarms and calls connectors for what the execution at hand waits for.
fn note_wants<S: Scribe>(desk: &mut Desk<S>, sleepers: &mut Sleepers, key: Key, scene: &Scene<'_>) {
    let Scene { office, subject, now_ms, .. } = *scene;
    let deadline_ms = deadline_ms(subject.program, subject.started_us / 1000);
    let mut wants = std::mem::take(&mut desk.wants);
    for want in wants.drain(..) {
        match want {
            Want::Wait { ticket, until_ms } => {
                // The vm's milliseconds are rounded down: without one more, a wait would be a little short.
                sleepers.set_alarm(key, ticket, until_ms.saturating_add(1).min(deadline_ms), 0);
            }
            Want::Cancel { ticket } => {
                let alarm = sleepers.drop_alarm(key, ticket);
                alarm.into_iter().for_each(|alarm| sleepers.call_off(office, &alarm));
            }
            Want::Call { request, connector } => {
                let at_ms = give_up_ms(subject.program, &request, now_ms).min(deadline_ms);
                let back = sleepers.expect(key, request.ticket, at_ms, connector);
                desk.call(scene, &request, connector, back);
            }
            Want::Finish { request, doing } => {
                let at_ms = give_up_ms(subject.program, &request, now_ms).min(deadline_ms);
                office.tasks.finish(doing, sleepers.expect(key, request.ticket, at_ms, FUTURES));
            }
        }
    }
    desk.wants = wants; // With its room.
}

/// When a request that is made now has taken too long.
fn give_up_ms(program: &Program, request: &Request, now_ms: u64) -> u64 {
    timeout_ms(program, request).map_or(u64::MAX, |timeout_ms| now_ms.saturating_add(timeout_ms))
}

/// Lets the execution at hand, which was asleep, go on until it ends or waits again.
fn awaken<S: Scribe>(desk: &mut Desk<S>, call: Call, scene: &mut Scene<'_>) -> Option<Outcome> {
    if scene.now_ms >= deadline_ms(scene.subject.program, scene.subject.started_us / 1000) {
        return Some(desk.stop(scene, Status::TimedOut));
    }
    match &call {
        Call::Answer(ticket, reply) => desk.answer(scene, *ticket, reply.answer()),
        Call::Alarm(Alarm { ticket, connector: 0, .. }) => desk.answer(scene, *ticket, Answer::Elapsed),
        Call::Alarm(Alarm { ticket, .. }) => desk.answer(scene, *ticket, Answer::TimedOut),
        Call::Abort => return Some(desk.stop(scene, Status::Aborted)),
    };
    desk.drive(scene)
}
