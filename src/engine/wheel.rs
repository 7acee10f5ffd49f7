//! A hierarchical timing wheel: alarms by the millisecond, set and cancelled in constant time.
//!
//! Sixteen levels of 128 lists, each level's lists eight times as long as those below (after Varghese and Lauck, 1987). An
//! alarm lies on the lowest level that reaches as far; when the wheel comes to its list it moves down, at the lowest it
//! goes off. The levels overlap, so that no list is longer than a sixteenth of the time its alarms had to wait; levels that
//! do not overlap may move all of them at once. A list's alarms are moved some at a time, shortly before it begins: those
//! of a million that are due in the same second would take 50 ms.

use crate::engine::chunks::Chunks;
use crate::engine::slab::Key;
use crate::vm::Ticket;
use std::cmp::Reverse;

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

/// Times are this many bits coarser on each level,
const BITS: u32 = 3;
/// which has two to this many lists.
const SLOT_BITS: u32 = 7;
const SLOTS: usize = 1 << SLOT_BITS;
const LEVELS: usize = 16;
/// Alarms further away (some 2,000 years) are taken for the last one within.
const REACH_MS: u64 = 1 << (SLOT_BITS + BITS * (LEVELS as u32 - 3));
/// Alarms moved at a time, ahead of need: each moves twice or so, and a thousand ring between two looks.
const MOVES: usize = 2048;
/// The list of alarms that are due.
const DUE: u16 = (LEVELS * SLOTS) as u16;

#[derive(Debug)]
pub(super) struct Wheel {
    now_ms: u64,
    nodes: Chunks<Node>,
    /// The node freed last; free nodes are chained by `next`.
    free: u32,
    lists: Vec<List>,
    /// One bit per list that holds something.
    occupied: [u128; LEVELS],
}

/// An alarm in its list; the parts stand side by side, so that there are no holes between them.
#[derive(Debug)]
struct Node {
    due_ms: u64,
    sleeper: Key,
    ticket: Ticket,
    connector: u16,
    list: u16,
    next: u32,
    previous: u32,
    /// The next alarm of the same sleeper; kept for the shard.
    sibling: AlarmId,
}

const _: () = assert!(size_of::<Node>() == 40, "millions of alarms are set at once");

#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

impl Wheel {
    pub fn new(now_ms: u64) -> Wheel {
        let empty = List { first: NONE, last: NONE };
        Wheel { now_ms, nodes: Chunks::new(), free: NONE, lists: vec![empty; DUE as usize + 1], occupied: [0; LEVELS] }
    }

    /// Sets an alarm and chains it before `sibling`.
    pub fn set(&mut self, due_ms: u64, alarm: Alarm, sibling: AlarmId) -> AlarmId {
        let Alarm { sleeper, ticket, connector } = alarm;
        let node = Node { due_ms, sleeper, ticket, connector, list: 0, next: NONE, previous: NONE, sibling };
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
        let Node { sleeper, ticket, connector, .. } = self.nodes[id as usize];
        Alarm { sleeper, ticket, connector }
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
            self.empty(level * SLOTS + slot, usize::MAX);
        }
        Some(self.lists[DUE as usize].first)
    }

    /// Moves some alarms down whose list begins soon, so that few are left to be moved when it does: a million that are
    /// due in the same second lie in two lists.
    pub fn look_ahead(&mut self) {
        let near =
            |(level, _, begins_ms): &(usize, usize, u64)| *level > 0 && looks_ms(*level, *begins_ms) <= self.now_ms;
        if let Some((level, slot, _)) = self.first_lists().filter(near).min_by_key(|(.., begins_ms)| *begins_ms) {
            self.empty(level * SLOTS + slot, MOVES);
        }
    }

    /// When to look again, in milliseconds since 1970: not later than the next alarm, nor than there is something to do
    /// ahead of it.
    pub fn next_ms(&self) -> Option<u64> {
        if self.lists[DUE as usize].first != NONE {
            return Some(self.now_ms);
        }
        self.first_lists().map(|(level, _, begins_ms)| looks_ms(level, begins_ms)).min()
    }

    /// The list that begins first of those that hold something.
    fn next_list(&self) -> Option<(usize, usize, u64)> {
        // Of those that begin together the highest, whose alarms were set first.
        self.first_lists().min_by_key(|(level, _, begins_ms)| (*begins_ms, Reverse(*level)))
    }

    /// The list of each level that begins first of those that hold something: the level, the place on it, and the time at
    /// which it begins.
    fn first_lists(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        let first = |level: usize| {
            let shift = BITS * level as u32;
            let current = (self.now_ms >> shift) as u32 & (SLOTS as u32 - 1);
            let ahead = self.occupied[level].rotate_right(current).trailing_zeros();
            let begins_ms = ((self.now_ms >> shift) + u64::from(ahead)) << shift;
            (level, (current + ahead) as usize % SLOTS, begins_ms)
        };
        (0..LEVELS).filter(|level| self.occupied[*level] != 0).map(first)
    }

    /// Moves so many alarms of a list to where they belong now.
    fn empty(&mut self, list: usize, most: usize) {
        for _ in 0..most {
            let id = self.lists[list].first;
            if id == NONE {
                return;
            }
            self.unlink(id);
            self.place(id);
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

/// When the alarms of a list begin to be moved: so early that they lie at most twice as far ahead as the list is long, and
/// move down two levels. On the lowest there is nowhere to go.
fn looks_ms(level: usize, begins_ms: u64) -> u64 {
    let lead_ms = if level == 0 { 0 } else { 1 << (BITS * level as u32) };
    begins_ms.saturating_sub(lead_ms)
}

/// The list for an alarm in the future.
fn list_of(now_ms: u64, due_ms: u64) -> u16 {
    let due_ms = due_ms.min(now_ms.saturating_add(REACH_MS));
    let bits = u64::BITS - (due_ms - now_ms).leading_zeros();
    let level = bits.saturating_sub(SLOT_BITS).div_ceil(BITS);
    // A distance just short of the whole level ends in the list that the wheel is in, and belongs one higher.
    let goes_round = (due_ms >> (BITS * level)) - (now_ms >> (BITS * level)) == SLOTS as u64;
    let level = level + u32::from(goes_round);
    let slot = (due_ms >> (BITS * level)) as usize & (SLOTS - 1);
    (level as usize * SLOTS + slot) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seed::mix;

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
    fn of_a_million_alarms_of_one_second_none_must_be_moved_when_it_is_time() {
        let mut wheel = Wheel::new(START_MS);
        let begins_ms = START_MS + 20_000;
        for number in 0..1_000_000 {
            wheel.set(begins_ms + mix(number.into()) % 1000, alarm(number), NONE);
        }
        assert!(wheel.next_ms().expect("there are alarms") <= begins_ms - 512, "there is time to move them");
        let mut heard = 0;
        for now_ms in START_MS..begins_ms + 1000 {
            let comes = wheel.next_list();
            assert!(!comes.is_some_and(|(level, _, begins_ms)| level > 0 && begins_ms <= now_ms), "{now_ms}");
            while let Some(number) = pop(&mut wheel, now_ms) {
                assert_eq!(begins_ms + mix(number.into()) % 1000, now_ms);
                heard += 1;
            }
            wheel.look_ahead();
        }
        assert_eq!(heard, 1_000_000);
    }

    /// The most alarms that lie in one list.
    fn longest_list(wheel: &Wheel) -> usize {
        let next = |id: u32| Some(id).filter(|id| *id != NONE);
        let chain = |list: &List| std::iter::successors(next(list.first), |id| next(wheel.nodes[*id as usize].next));
        wheel.lists.iter().map(|list| chain(list).count()).max().expect("there are lists")
    }

    #[test]
    fn a_million_alarms_of_a_minute_move_in_small_steps() {
        // Just before the times at which the lists of each level end: what is set then lies beyond.
        for level in [4, 6] {
            let start_ms = (((START_MS >> (BITS * level)) + 1) << (BITS * level)) - 1;
            let mut wheel = Wheel::new(start_ms);
            for number in 0..1_000_000 {
                wheel.set(start_ms + mix(number.into()) % 60_000, alarm(number), NONE);
            }
            // Half a second of the minute.
            assert!(longest_list(&wheel) < 10_000, "{}", longest_list(&wheel));
            let heard = (start_ms..=start_ms + 60_000).map(|now_ms| {
                std::iter::from_fn(|| pop(&mut wheel, now_ms))
                    .inspect(|number| assert_eq!(start_ms + mix((*number).into()) % 60_000, now_ms))
                    .count()
            });
            assert_eq!(heard.sum::<usize>(), 1_000_000);
        }
    }
}
