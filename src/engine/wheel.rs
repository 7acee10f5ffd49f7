//! A hierarchical timing wheel: alarms by the millisecond, set and cancelled in constant time.
//!
//! Eight levels of 64 lists. An alarm lies on the level of the highest six bits in which its time differs from the
//! wheel's (Varghese and Lauck, 1987); when the wheel reaches its list it moves down, at the lowest it goes off.

use crate::engine::slab::Key;
use crate::vm::Ticket;

/// What to do when the time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    /// Whom to wake.
    pub sleeper: Key,
    /// What it waited for.
    pub ticket: Ticket,
    /// The connector that was asked, counted from 1; 0 when the alarm is all there is.
    pub connector: u16,
}

/// Where an alarm lies in its wheel. Good until it goes off or is cancelled.
pub(super) type AlarmId = u32;

/// No alarm; also ends a chain of alarms.
pub(super) const NONE: AlarmId = u32::MAX;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 8;
/// Times beyond these bits (the year 10889) are taken for the last one within.
const REACH_MS: u64 = (1 << (BITS * LEVELS as u32)) - 1;
/// The list of alarms that are due.
const DUE: u16 = (LEVELS * SLOTS) as u16;

#[derive(Debug)]
pub(super) struct Wheel {
    now_ms: u64,
    nodes: Vec<Node>,
    /// The node freed last; free nodes are chained by `next`.
    free: u32,
    lists: Vec<List>,
    /// One bit per list that holds something.
    occupied: [u64; LEVELS],
}

#[derive(Debug)]
struct Node {
    due_ms: u64,
    alarm: Alarm,
    list: u16,
    next: u32,
    previous: u32,
    /// The next alarm of the same sleeper; kept for the shard.
    sibling: AlarmId,
}

#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

impl Wheel {
    pub fn new(now_ms: u64) -> Wheel {
        let empty = List { first: NONE, last: NONE };
        Wheel { now_ms, nodes: Vec::new(), free: NONE, lists: vec![empty; DUE as usize + 1], occupied: [0; LEVELS] }
    }

    /// Sets an alarm and chains it before `sibling`.
    pub fn set(&mut self, due_ms: u64, alarm: Alarm, sibling: AlarmId) -> AlarmId {
        let node = Node { due_ms, alarm, list: 0, next: NONE, previous: NONE, sibling };
        let id = match self.free {
            NONE => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
            id => {
                self.free = self.nodes[id as usize].next;
                self.nodes[id as usize] = node;
                id
            }
        };
        self.place(id);
        id
    }

    /// Takes an alarm out of the wheel; its siblings stay chained. The next sibling.
    pub fn cancel(&mut self, id: AlarmId) -> AlarmId {
        self.unlink(id);
        let node = &mut self.nodes[id as usize];
        node.next = self.free;
        self.free = id;
        node.sibling
    }

    pub fn alarm(&self, id: AlarmId) -> Alarm {
        self.nodes[id as usize].alarm
    }

    /// The alarm chained after this one.
    pub fn sibling(&self, id: AlarmId) -> AlarmId {
        self.nodes[id as usize].sibling
    }

    /// Chains another alarm after this one.
    pub fn set_sibling(&mut self, id: AlarmId, sibling: AlarmId) {
        self.nodes[id as usize].sibling = sibling;
    }

    /// An alarm that is due now, in order of time. It stays set until it is cancelled.
    pub fn due(&mut self, now_ms: u64) -> Option<AlarmId> {
        while self.lists[DUE as usize].first == NONE {
            let (level, slot, begins_ms) = self.next_list()?;
            if begins_ms > now_ms {
                // Going on to now would have to move nothing, so that later alarms are placed by their true distance.
                self.now_ms = self.now_ms.max(now_ms);
                return None;
            }
            self.now_ms = self.now_ms.max(begins_ms);
            self.empty(level * SLOTS + slot);
        }
        Some(self.lists[DUE as usize].first)
    }

    /// When to look again, in milliseconds since 1970: not later than the next alarm.
    pub fn next_ms(&self) -> Option<u64> {
        if self.lists[DUE as usize].first != NONE {
            return Some(self.now_ms);
        }
        self.next_list().map(|(.., begins_ms)| begins_ms)
    }

    /// The first list that holds something: level, place on it, and the time at which it begins.
    fn next_list(&self) -> Option<(usize, usize, u64)> {
        let level = self.occupied.iter().position(|lists| *lists != 0)?;
        let shift = BITS * level as u32;
        let current = (self.now_ms >> shift) as u32 & (SLOTS as u32 - 1);
        let ahead = self.occupied[level].rotate_right(current).trailing_zeros();
        let slot = (current + ahead) as usize % SLOTS;
        let begins_ms = ((self.now_ms >> shift) + u64::from(ahead)) << shift;
        Some((level, slot, begins_ms))
    }

    /// Moves every alarm of a list to where it belongs now.
    fn empty(&mut self, list: usize) {
        let mut id = std::mem::replace(&mut self.lists[list], List { first: NONE, last: NONE }).first;
        self.occupied[list / SLOTS] &= !(1 << (list % SLOTS));
        while id != NONE {
            let next = self.nodes[id as usize].next;
            self.place(id);
            id = next;
        }
    }

    fn place(&mut self, id: u32) {
        let due_ms = self.nodes[id as usize].due_ms;
        let list = if due_ms <= self.now_ms { DUE } else { list_of(self.now_ms, due_ms) };
        if list != DUE {
            self.occupied[list as usize / SLOTS] |= 1 << (list as usize % SLOTS);
        }
        let last = std::mem::replace(&mut self.lists[list as usize].last, id);
        let node = &mut self.nodes[id as usize];
        (node.list, node.previous, node.next) = (list, last, NONE);
        match last {
            NONE => self.lists[list as usize].first = id,
            last => self.nodes[last as usize].next = id,
        }
    }

    fn unlink(&mut self, id: u32) {
        let Node { list, next, previous, .. } = self.nodes[id as usize];
        match previous {
            NONE => self.lists[list as usize].first = next,
            previous => self.nodes[previous as usize].next = next,
        }
        match next {
            NONE => self.lists[list as usize].last = previous,
            next => self.nodes[next as usize].previous = previous,
        }
        if list != DUE && self.lists[list as usize].first == NONE {
            self.occupied[list as usize / SLOTS] &= !(1 << (list as usize % SLOTS));
        }
    }
}

/// The list for an alarm in the future.
fn list_of(now_ms: u64, due_ms: u64) -> u16 {
    let due_ms = due_ms.min(now_ms | REACH_MS);
    let level = ((u64::BITS - 1 - ((now_ms ^ due_ms) | 1).leading_zeros()) / BITS).min(LEVELS as u32 - 1);
    let slot = (due_ms >> (BITS * level)) as usize & (SLOTS - 1);
    (level as usize * SLOTS + slot) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seed::mix;
    use std::time::Instant;

    const START_MS: u64 = 1_767_225_600_123;

    fn alarm(number: u32) -> Alarm {
        let ticket = Ticket { branch: number, generation: 0 };
        Alarm { sleeper: Key { index: number, generation: 0 }, ticket, connector: 0 }
    }

    fn pop(wheel: &mut Wheel, now_ms: u64) -> Option<u32> {
        let id = wheel.due(now_ms)?;
        let number = wheel.alarm(id).ticket.branch;
        wheel.cancel(id);
        Some(number)
    }

    #[test]
    fn alarms_go_off_in_order_of_time_and_never_early() {
        let mut wheel = Wheel::new(START_MS);
        let mut expected = Vec::new();
        for number in 0..20_000 {
            let distance = mix(u64::from(number)) >> (mix(u64::from(number) << 32) % 40 + 24);
            wheel.set(START_MS + distance, alarm(number), NONE);
            expected.push((START_MS + distance, number));
        }
        expected.sort_unstable();
        for (due_ms, number) in expected {
            if due_ms > wheel.now_ms {
                assert!(wheel.next_ms().expect("alarms are left") <= due_ms);
                assert_eq!(pop(&mut wheel, due_ms - 1), None, "not before {due_ms}");
            }
            assert_eq!(pop(&mut wheel, due_ms), Some(number));
        }
        assert_eq!((wheel.next_ms(), pop(&mut wheel, u64::MAX >> 1)), (None, None));
    }

    #[test]
    fn a_cancelled_alarm_is_silent_and_its_place_is_used_again() {
        let mut wheel = Wheel::new(START_MS);
        for round in 0..100 {
            let ids: Vec<AlarmId> =
                (0..50).map(|number| wheel.set(START_MS + 10 * u64::from(number), alarm(number), NONE)).collect();
            for id in ids.iter().skip(1) {
                wheel.cancel(*id);
            }
            assert_eq!(pop(&mut wheel, START_MS + 1_000), Some(0), "round {round}");
            assert_eq!(pop(&mut wheel, START_MS + 1_000), None);
        }
        assert_eq!(wheel.nodes.len(), 50);
    }

    #[test]
    fn an_alarm_of_the_past_goes_off_at_once_and_one_beyond_all_bits_never_hangs() {
        let mut wheel = Wheel::new(START_MS);
        wheel.set(u64::MAX, alarm(1), NONE);
        wheel.set(5, alarm(2), NONE);
        assert_eq!(wheel.next_ms(), Some(START_MS));
        assert_eq!(pop(&mut wheel, START_MS), Some(2));
        assert_eq!(pop(&mut wheel, START_MS + 1_000_000_000_000), None);
    }

    #[test]
    fn a_million_alarms_are_handed_out_without_a_long_pause() {
        let mut wheel = Wheel::new(START_MS);
        for number in 0..1_000_000 {
            wheel.set(START_MS + mix(number.into()) % 100_000, alarm(number), NONE);
        }
        let mut longest = std::time::Duration::ZERO;
        let mut heard = 0;
        for now_ms in START_MS..=START_MS + 100_000 {
            let began = Instant::now();
            while pop(&mut wheel, now_ms).is_some() {
                heard += 1;
            }
            longest = longest.max(began.elapsed());
        }
        assert_eq!(heard, 1_000_000);
        // Generous: whoever tests may be busy. In a release build it is 1 to 3 ms, and 25 ms if all million are due
        // within the same second, since they move down together then.
        assert!(longest.as_millis() < 200, "{longest:?}");
    }
}
