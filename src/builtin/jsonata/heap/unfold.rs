//! Arrays and objects of a text as those of the heap.
//!
//! Whoever iterates an array looks into its items again and again; finding their ends in the text each time would take
//! longer than all else. So the members of objects in an array are found, too; what is in those stays text until it is
//! looked into.

use super::{ArrayHead, Flags, Heap, ObjectHead, Outcome};
use crate::builtin::jsonata::item::Item;
use crate::builtin::jsonata::{ArrayId, ObjectId};
use crate::json::{self, Row, Texts, Value};

/// Values that are remembered; the expressions of a state share few.
const REMEMBERED_MAX: usize = 8;
/// Objects with more members have their names compared by hashing.
const NAMES_COMPARED_MAX: usize = 32;

/// Where the parts lie that are being unfolded.
struct Unfolding<'a> {
    text: &'a [u8],
    value: Value,
    texts: Texts<'a>,
}

impl Heap {
    /// An array or object of a text as one of the heap; anything else as it is.
    pub fn unfolded(&mut self, item: Item, texts: Texts<'_>) -> Outcome<Item> {
        let (Item::Listed(value) | Item::Keyed(value)) = item else { return Ok(item) };
        if let Some(known) = self.remembered(value) {
            return Ok(known);
        }
        let text = texts.text(value);
        // A part has two bytes at least, with what separates it from the next.
        self.check_memory(text.len() / 2, 0)?;
        let unfolding = Unfolding { text, value, texts };
        let mut parts = std::mem::take(&mut self.parts);
        parts.clear();
        let unfolded = match item {
            Item::Listed(_) => self.unfold_array(&unfolding, &mut parts),
            _ => self.unfold_object(&unfolding, 0, &mut parts).map(|(object, _)| object),
        };
        self.parts = parts;
        Ok(self.remember(value, unfolded?))
    }

    /// An array of a text as one of the heap, with the items that its reader noted.
    pub fn listed(&mut self, array: Value, rows: &[Row], texts: Texts<'_>) -> Outcome<Item> {
        if let Some(known) = self.remembered(array) {
            return Ok(known);
        }
        self.check_memory(rows.len(), 0)?;
        let start = self.items.len();
        self.items.extend(rows.iter().map(|row| match row.is_object() {
            true => Item::Keyed(row.item()),
            false => Item::of(row.item(), texts),
        }));
        let listed = self.copy_of(array, start);
        Ok(self.remember(array, listed))
    }

    fn remembered(&self, value: Value) -> Option<Item> {
        self.unfolded.iter().find(|(known, _)| *known == value).map(|(_, unfolded)| *unfolded)
    }

    fn remember(&mut self, value: Value, unfolded: Item) -> Item {
        if self.unfolded.len() < REMEMBERED_MAX {
            self.unfolded.push((value, unfolded));
        }
        unfolded
    }

    /// The array of the text whose items are those from `start` on.
    fn copy_of(&mut self, origin: Value, start: usize) -> Item {
        let (len, extent, flags) = ((self.items.len() - start) as u32, origin.len() as u32, Flags::default());
        self.arrays.push(ArrayHead { start: start as u32, len, capacity: len, extent, depth: 2, flags, origin });
        Item::Array(ArrayId(self.arrays.len() as u64 - 1))
    }

    /// The array that is the whole text.
    fn unfold_array(&mut self, unfolding: &Unfolding<'_>, parts: &mut Vec<Item>) -> Outcome<Item> {
        let mut at = 1;
        loop {
            at = past_blanks(unfolding.text, at);
            at = match unfolding.text.get(at) {
                Some(b']') | None => break,
                Some(b'{') => {
                    let (object, end) = self.unfold_object(unfolding, at, parts)?;
                    parts.push(object);
                    end
                }
                Some(_) => unfolding.part(at, parts),
            };
        }
        let start = self.items.len();
        self.items.extend_from_slice(parts);
        Ok(self.copy_of(unfolding.value, start))
    }

    /// The object that begins at `at`, and where it ends. What `parts` holds stays.
    fn unfold_object(&mut self, unfolding: &Unfolding<'_>, at: usize, parts: &mut Vec<Item>) -> Outcome<(Item, usize)> {
        let (text, first) = (unfolding.text, parts.len());
        let mut suspect = false;
        let mut end = at + 1;
        self.keys.clear();
        parts.reserve(16);
        loop {
            let start = past_blanks(text, end);
            if text.get(start).is_none_or(|byte| *byte != b'"') {
                end = (start + 1).min(text.len());
                break;
            }
            let (behind, is_plain) = json::string_end(text, start);
            let key = key(&text[start..behind]);
            suspect |= !is_plain || self.keys.contains(&key);
            self.keys.push(key);
            if is_plain {
                parts.push(Item::Quoted(unfolding.value.part(start..behind)));
            } else {
                parts.push(self.decoded(unfolding, start, behind)?);
            }
            end = unfolding.part(past_blanks(text, behind), parts);
        }
        let (start, len) = (self.items.len() as u32, (parts.len() - first) as u32);
        self.items.extend_from_slice(&parts[first..]);
        parts.truncate(first);
        let origin = unfolding.value.part(at..end);
        self.objects.push(ObjectHead { start, len, capacity: len, extent: origin.len() as u32, depth: 1, origin });
        let object = ObjectId(self.objects.len() as u64 - 1);
        if suspect && self.has_repeated_names(object, unfolding.texts) {
            self.drop_replaced(object, unfolding.texts);
        }
        Ok((Item::Object(object), end))
    }

    /// The name of a member that has escapes.
    #[cold]
    fn decoded(&mut self, unfolding: &Unfolding<'_>, start: usize, end: usize) -> Outcome<Item> {
        let name = Item::Quoted(unfolding.value.part(start..end));
        let name = self.bytes(name, unfolding.texts).into_owned();
        self.keep(&name).map(Item::String)
    }

    /// Whether two names are the same; of many it is not worth finding out.
    fn has_repeated_names(&self, object: ObjectId, texts: Texts<'_>) -> bool {
        let names = || self.members(object).iter().step_by(2);
        let same = |left: &Item, right: &Item| self.is_name(*left, &self.bytes(*right, texts), texts);
        let repeated = |(place, name): (usize, &Item)| names().take(place).any(|earlier| same(earlier, name));
        names().len() > NAMES_COMPARED_MAX || names().enumerate().any(repeated)
    }
}

impl Unfolding<'_> {
    /// Adds the part that begins at `at`; where it ends.
    ///
    /// Parts are made where they stay: handed on by value, they were written and read back in pieces, which took half of
    /// the time.
    #[inline]
    fn part(&self, at: usize, parts: &mut Vec<Item>) -> usize {
        let text = self.text;
        let part = |end: usize| self.value.part(at..end);
        match text.get(at) {
            Some(b'"') => {
                let end = json::string_end(text, at).0;
                parts.push(Item::Quoted(part(end)));
                end
            }
            Some(b'{') => {
                let end = json::end_of(text, at);
                parts.push(Item::Keyed(part(end)));
                end
            }
            Some(b'[') => {
                let end = json::end_of(text, at);
                parts.push(Item::Listed(part(end)));
                end
            }
            Some(b't') => {
                parts.push(Item::True);
                at + 4
            }
            Some(b'f') => {
                parts.push(Item::False);
                at + 5
            }
            Some(b'n') => {
                parts.push(Item::Null);
                at + 4
            }
            Some(_) => {
                let mut end = at + 1;
                while matches!(text.get(end), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
                    end += 1;
                }
                parts.push(Item::Digits(part(end)));
                end
            }
            None => {
                parts.push(Item::Undefined);
                text.len()
            }
        }
    }
}

/// Behind the white space and separators at `at`.
#[inline]
fn past_blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = text.get(at) {
        at += 1;
    }
    at
}

/// The same for the same name, and seldom for two: its length and its first bytes.
#[inline]
fn key(quoted: &[u8]) -> u64 {
    let inner = &quoted[1..];
    let first = match inner.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => inner.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)),
    };
    first.rotate_left(quoted.len() as u32) ^ quoted.len() as u64
}
