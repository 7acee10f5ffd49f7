//! Remembers in what order an object's keys came last time, so that a key is compared, not looked up.
//!
//! Events of one kind repeat their keys. Each key remembered says which one followed it; a right guess costs two loads and
//! replaces finding the key's end, checking it and searching the read set. A wrong guess costs time, nothing else: what a
//! key means never depends on what was remembered. The memory is of fixed size (some 10 KB for each object of the read
//! set), and a new key takes the place of an old one.

use super::read_set::NodeId;

/// How many keys of one object are remembered at most: a power of two of sets, each with some places.
const PLACES: usize = SETS * WAYS;
const SETS: usize = 1 << SET_BITS;
const SET_BITS: u32 = 5;
const WAYS: usize = 4;

/// The longest key remembered: with its quotes and the colon it fills two words.
const KEY_MAX: usize = 2 * WORD;

const WORD: usize = size_of::<u128>();

/// The keys of one object of the read set.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// [`PLACES`] of them, or none before the first key is remembered.
    known: Box<[Key]>,
    first: u8,
}

/// A key as it is written in compact JSON: `"name":`.
#[derive(Clone, Copy, Debug)]
struct Key {
    words: [u128; 2],
    masks: [u128; 2],
    length: u8,
    next: u8,
    /// What of the read set the member belongs to.
    node: Option<u16>,
}

/// Which key came before, in the object being read.
#[derive(Clone, Copy)]
pub(super) struct Before(Option<u8>);

impl Before {
    /// The first key is yet to come.
    pub const NOTHING: Before = Before(None);
}

/// A key that was recognised.
pub(super) struct Hit {
    /// How long it is, with quotes and colon.
    pub length: usize,
    /// What of the read set the member belongs to.
    pub node: Option<NodeId>,
}

impl Keys {
    /// Whether the key at `at` is the one that followed `before` last time.
    #[inline(always)]
    pub fn guess(&self, before: &mut Before, text: &[u8], at: usize) -> Option<Hit> {
        let place = match before.0 {
            None => self.first,
            Some(before) => self.known.get(before as usize)?.next,
        };
        let key = self.known.get(place as usize)?;
        let text: &[u8; KEY_MAX] = text.get(at..)?.first_chunk()?;
        if !key.begins(text) {
            return None;
        }
        *before = Before(Some(place));
        Some(Hit { length: key.length as usize, node: key.node.map(NodeId::from) })
    }

    /// Remembers that the key `text`, with quotes and colon, came after `before`.
    #[inline(never)]
    pub fn learn(&mut self, before: &mut Before, text: &[u8], node: Option<NodeId>) {
        let Ok(node) = node.map(u16::try_from).transpose() else { return };
        if text.len() > KEY_MAX {
            return;
        }
        if self.known.is_empty() {
            self.known = vec![Key::NONE; PLACES].into();
        }
        let key = Key::new(text, node);
        let place = self.place(&key);
        match before.0 {
            None => self.first = place,
            Some(before) => self.known[before as usize].next = place,
        }
        let known = &mut self.known[place as usize];
        if known.words != key.words {
            *known = key;
        }
        *before = Before(Some(place));
    }

    /// Where the key is remembered, or may be: a free place, else one whose key has to go.
    fn place(&self, key: &Key) -> u8 {
        let hash = key.hash();
        let set = (hash >> (u64::BITS - SET_BITS)) as usize * WAYS;
        let ways = &self.known[set..set + WAYS];
        let same = ways.iter().position(|known| known.words == key.words);
        let way = same.or_else(|| ways.iter().position(|known| known.length == 0));
        (set + way.unwrap_or(hash as usize % WAYS)) as u8
    }
}

impl Key {
    /// Begins no text: all bits must match, and the words of a key are never all ones.
    const NONE: Key = Key { words: [u128::MAX; 2], masks: [u128::MAX; 2], length: 0, next: 0, node: None };

    fn new(text: &[u8], node: Option<u16>) -> Key {
        let words = |byte: &dyn Fn(usize) -> u8| {
            [0, WORD].map(|from| u128::from_le_bytes(std::array::from_fn(|lane| byte(from + lane))))
        };
        Key {
            words: words(&|place| text.get(place).copied().unwrap_or(0)),
            masks: words(&|place| if place < text.len() { 0xFF } else { 0 }),
            length: text.len() as u8,
            next: 0,
            node,
        }
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

const _: () = assert!(PLACES <= 1 << u8::BITS);

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &str) -> Vec<u8> {
        [text.as_bytes(), &[b' '; KEY_MAX]].concat()
    }

    #[test]
    fn a_repeated_order_is_recognised() {
        let mut keys = Keys::default();
        let written = ["\"id\":", "\"a-name-of-some-length-at-last\":", "\"\":"];
        let mut before = Before::NOTHING;
        for (node, key) in written.iter().enumerate() {
            assert!(keys.guess(&mut before, &padded(key), 0).is_none());
            keys.learn(&mut before, key.as_bytes(), Some(node));
        }
        let mut before = Before::NOTHING;
        for (node, key) in written.iter().enumerate() {
            let hit = keys.guess(&mut before, &padded(key), 0).expect("it came in this order before");
            assert_eq!((hit.length, hit.node), (key.len(), Some(node)));
        }
    }

    #[test]
    fn a_key_that_only_begins_like_another_is_not_taken_for_it() {
        let mut keys = Keys::default();
        keys.learn(&mut Before::NOTHING.clone(), b"\"id\":", None);
        for other in ["\"id\" :", "\"ids\":", "\"i\":", "\"jd\":"] {
            assert!(keys.guess(&mut Before::NOTHING.clone(), &padded(other), 0).is_none(), "{other}");
        }
        assert!(keys.guess(&mut Before::NOTHING.clone(), b"\"id\":1}", 0).is_none(), "too near the end to look");
    }

    #[test]
    fn memory_stays_bounded_whatever_comes() {
        let mut keys = Keys::default();
        let mut before = Before::NOTHING;
        for number in 0..10_000 {
            keys.learn(&mut before, format!("\"key{number}\":").as_bytes(), None);
        }
        assert_eq!(keys.known.len(), PLACES);
        keys.learn(&mut before, &[b'k'; KEY_MAX + 1], None);
    }
}
