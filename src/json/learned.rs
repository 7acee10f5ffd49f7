//! Remembers in what order an object's keys came last time, so that a key is compared, not looked up.
//!
//! Events of one kind repeat their keys. Each key remembered says which two followed it lately; a right guess costs two
//! loads and replaces finding the key's end, checking it and searching the read set. What is remembered is all that stood between two
//! values, comma, colon and white space among it, so nothing of that is looked at again. A wrong guess costs time, nothing
//! else: what a key means never depends on what was remembered. The memory is of fixed size (some 10 KB for each object of
//! the read set), and a new key takes the place of an old one.

use super::grammar::Text;
use super::read_set::Want;
use super::vector::chunk;

/// How many keys of one object are remembered at most: two that came first, and a power of two of sets, each with some
/// places.
const PLACES: usize = FIRST.len() + SETS * WAYS;
const SETS: usize = 1 << SET_BITS;
const SET_BITS: u32 = 5;
const WAYS: usize = 4;

/// The longest key remembered: with all that belongs to it, it fills two words.
const KEY_MAX: usize = 2 * WORD;

const WORD: usize = size_of::<u128>();

/// The keys of one object of the read set.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// [`PLACES`] of them, or none before the first key is remembered.
    known: Box<[Key]>,
}

/// A key as it was written, from the value before it, or the opening brace, to its own value: `,"name":`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    words: [u128; 2],
    masks: [u128; 2],
    length: u8,
    /// The keys that followed, the one that was learned later first.
    next: [u8; 2],
    /// What is read of the member.
    pub want: Want,
}

/// Where in an object the reader is: which key came last, and which is expected.
#[derive(Clone, Copy)]
pub(super) struct Before {
    last: u8,
    next: [u8; 2],
}

/// Where first keys are. No other has these for its next: one that begins with a brace must not be taken for another.
const FIRST: [u8; 2] = [0, 1];
/// No place at all.
const NOWHERE: u8 = u8::MAX;

impl Before {
    /// The first key is yet to come.
    pub const NOTHING: Before = Before { last: NOWHERE, next: FIRST };
    /// A key that is not remembered.
    pub const UNKNOWN: Before = Before { last: NOWHERE, next: [NOWHERE; 2] };

    /// Whether the first key is yet to come.
    pub fn is_nothing(self) -> bool {
        self.next == FIRST
    }
}

impl Keys {
    /// The key that followed lately, if it stands at `at`, and where the reader is behind it.
    #[inline(always)]
    pub fn guess(&self, before: Before, text: Text<'_>, at: usize) -> Option<(&Key, Before)> {
        let chunk = chunk(text.bytes, at)?;
        let is_there = |place: u8| {
            let key = self.known.get(place as usize)?;
            // What lies behind the end must not be taken for a key.
            let is_there = key.begins(chunk) && at + key.length() <= text.end();
            is_there.then_some((key, Before { last: place, next: key.next }))
        };
        is_there(before.next[0]).or_else(|| is_there(before.next[1]))
    }

    /// Remembers that this key came now. It begins with a brace if it is the first, else with a comma.
    #[inline(never)]
    pub fn learn(&mut self, before: Before, text: &[u8], want: Want) -> Before {
        if text.len() > KEY_MAX {
            return Before::UNKNOWN;
        }
        if self.known.is_empty() {
            self.known = vec![Key::NONE; PLACES].into();
        }
        let key = Key::new(text, want);
        let place = if before.is_nothing() { self.first_place(&key) } else { self.place(&key) };
        if let Some(last) = self.known.get_mut(before.last as usize)
            && last.next[0] != place
        {
            last.next = [place, last.next[0]];
        }
        let known = &mut self.known[place as usize];
        if known.words != key.words {
            *known = Key { next: known.next, ..key };
        }
        Before { last: place, next: known.next }
    }

    /// Where a first key is remembered; the one that was there is kept as the second.
    fn first_place(&mut self, key: &Key) -> u8 {
        let [latest, earlier] = FIRST.map(usize::from);
        let known = self.known[latest].words == key.words || self.known[earlier].words == key.words;
        if !known {
            self.known[earlier] = self.known[latest];
        }
        if self.known[earlier].words == key.words { FIRST[1] } else { FIRST[0] }
    }

    /// Where a key that is not the first is remembered, or may be: a free place, else one whose key has to go.
    fn place(&self, key: &Key) -> u8 {
        let hash = key.hash();
        let set = FIRST.len() + (hash >> (u64::BITS - SET_BITS)) as usize * WAYS;
        let ways = &self.known[set..set + WAYS];
        let same = ways.iter().position(|known| known.words == key.words);
        let way = same.or_else(|| ways.iter().position(|known| known.length == 0));
        (set + way.unwrap_or(hash as usize % WAYS)) as u8
    }
}

impl Key {
    /// Begins no text: all bits must match, and the words of a key are never all ones.
    const NONE: Key =
        Key { words: [u128::MAX; 2], masks: [u128::MAX; 2], length: 0, next: [NOWHERE; 2], want: Want::Nothing };

    fn new(text: &[u8], want: Want) -> Key {
        let words = |byte: &dyn Fn(usize) -> u8| {
            [0, WORD].map(|from| u128::from_le_bytes(std::array::from_fn(|lane| byte(from + lane))))
        };
        Key {
            words: words(&|place| text.get(place).copied().unwrap_or(0)),
            masks: words(&|place| if place < text.len() { 0xFF } else { 0 }),
            length: text.len() as u8,
            next: [NOWHERE; 2],
            want,
        }
    }

    /// How long it is, with all that belongs to it.
    #[inline(always)]
    pub fn length(&self) -> usize {
        self.length as usize
    }

    #[inline(always)]
    fn begins(&self, text: &[u8; KEY_MAX]) -> bool {
        let [low, high] =
            [0, WORD].map(|at| u128::from_le_bytes(*text[at..].first_chunk().expect("sixteen of thirty-two bytes")));
        ((low ^ self.words[0]) & self.masks[0]) | ((high ^ self.words[1]) & self.masks[1]) == 0
    }

    fn hash(&self) -> u64 {
        let [low, high] = self.words.map(|word| word as u64 ^ (word >> 64) as u64);
        (low ^ high.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

const _: () = assert!(PLACES <= NOWHERE as usize);

#[cfg(test)]
mod tests {
    use super::*;

    fn guess<'k>(keys: &'k Keys, before: Before, text: &str) -> Option<(&'k Key, Before)> {
        keys.guess(before, Text::new(&[text.as_bytes(), &[b' '; KEY_MAX]].concat(), text.len()), 0)
    }

    #[test]
    fn a_repeated_order_is_recognised() {
        let mut keys = Keys::default();
        let written = ["{\"id\":", ",\"a-name-of-a-certain-length\" :", ", \"\": "];
        let mut before = Before::NOTHING;
        for (node, key) in (0..).zip(written) {
            assert!(guess(&keys, before, key).is_none());
            before = keys.learn(before, key.as_bytes(), Want::Node(node));
        }
        let mut before = Before::NOTHING;
        for (node, key) in (0..).zip(written) {
            let (known, behind) = guess(&keys, before, key).expect("it came in this order before");
            assert_eq!((known.length(), known.want), (key.len(), Want::Node(node)));
            before = behind;
        }
    }

    #[test]
    fn two_orders_that_alternate_are_both_recognised() {
        let mut keys = Keys::default();
        let orders = [["{\"id\":", ",\"a\":", ",\"b\":"], ["{\"a\":", ",\"id\":", ",\"b\":"]];
        for order in orders {
            order.iter().fold(Before::NOTHING, |before, key| keys.learn(before, key.as_bytes(), Want::Nothing));
        }
        for order in orders.iter().chain(&orders) {
            order.iter().fold(Before::NOTHING, |before, key| guess(&keys, before, key).expect("it is known").1);
        }
    }

    #[test]
    fn a_key_that_only_begins_like_another_is_not_taken_for_it() {
        let mut keys = Keys::default();
        keys.learn(Before::NOTHING, b"{\"id\":", Want::Nothing);
        for other in ["{\"id\" :", "{\"ids\":", "{\"i\":", ",\"id\":", "\"id\":", "{\"id\""] {
            assert!(guess(&keys, Before::NOTHING, other).is_none(), "{other}");
        }
        let near = Text::new(b"{\"id\":1}", 8);
        assert!(keys.guess(Before::NOTHING, near, 0).is_none(), "too near the end to look");
    }

    #[test]
    fn memory_stays_bounded_whatever_comes_and_a_first_key_is_never_expected_later() {
        let mut keys = Keys::default();
        let mut before = Before::NOTHING;
        for number in 0..10_000 {
            keys.learn(Before::NOTHING, format!("{{\"key{number}\":").as_bytes(), Want::Nothing);
            before = keys.learn(Before::UNKNOWN, format!(",\"key{number}\":").as_bytes(), Want::Nothing);
            before = keys.learn(before, format!(",\"key{}\":", number / 2).as_bytes(), Want::Nothing);
        }
        assert_eq!(keys.known.len(), PLACES);
        assert!(keys.learn(before, &[b'k'; KEY_MAX + 1], Want::Nothing).next == [NOWHERE; 2]);
        assert!(keys.known.iter().all(|key| key.next.iter().all(|next| !FIRST.contains(next))));
    }
}
