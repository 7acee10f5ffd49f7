//! Whether values count as true, are equal, or come before one another.

use super::heap::Heap;
use super::item::{Cursor, Item, Type};
use crate::json::{self, Texts};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

/// Whether a value counts as true: a number other than 0, a string or object that is not empty, an array with an item that
/// counts as true, a function.
pub fn boolean(heap: &Heap, item: Item, texts: Texts<'_>) -> bool {
    match item {
        Item::False => false,
        Item::True => true,
        Item::Number(_) | Item::Digits(_) => {
            heap.number(item, texts).is_some_and(|number| number != 0.0 && !number.is_nan())
        }
        Item::String(span) => span.len() > 0,
        Item::Quoted(value) => value.len() > 2,
        Item::Object(object) => !heap.members(object).is_empty(),
        Item::Keyed(value) => json::members(texts.text(value)).next().is_some(),
        Item::Array(_) | Item::Listed(_) => {
            let mut cursor = Cursor::default();
            std::iter::from_fn(|| heap.next(item, &mut cursor, texts)).any(|part| boolean(heap, part, texts))
        }
        Item::Function(_) => true,
        Item::Null | Item::Undefined | Item::Unbound | Item::Cell(_) | Item::Tuple(_) | Item::Cursor(_) => false,
    }
}

/// Whether the values are equal: numbers as doubles, the members of objects in any order.
pub fn equal(heap: &Heap, left: Item, right: Item, texts: Texts<'_>) -> bool {
    match (left.kind(), right.kind()) {
        (Type::Number, Type::Number) => equal_numbers(heap.number(left, texts), heap.number(right, texts)),
        (Type::String, Type::String) => equal_strings(heap, left, right, texts),
        (Type::Array, Type::Array) => same(left, right, texts) || equal_arrays(heap, left, right, texts),
        (Type::Object, Type::Object) => same(left, right, texts) || equal_objects(heap, left, right, texts),
        (Type::Function, Type::Function) => equal_functions(heap, left, right),
        (left_type, right_type) => left_type == right_type && left == right,
    }
}

/// Which of two strings comes first, by their UTF-16 code units as in JavaScript.
#[inline]
pub fn order(left: &[u8], right: &[u8]) -> Ordering {
    let Some((left, right)) = left.iter().zip(right).find(|(left, right)| left != right) else {
        return left.len().cmp(&right.len());
    };
    // Characters of four bytes are surrogates in UTF-16, which come before U+E000 to U+FFFF.
    match (left, right) {
        (0xF0.., 0xEE..=0xEF) => Ordering::Less,
        (0xEE..=0xEF, 0xF0..) => Ordering::Greater,
        _ => left.cmp(right),
    }
}

/// A number that equal values share, and others rarely do.
pub(super) fn fingerprint(heap: &Heap, item: Item, texts: Texts<'_>, state: &impl BuildHasher) -> u64 {
    let mut hasher = state.build_hasher();
    item.kind().hash(&mut hasher);
    match item.kind() {
        // Adding zero makes -0 and 0 one.
        Type::Number => heap.number(item, texts).map(|number| (number + 0.0).to_bits()).hash(&mut hasher),
        Type::String => heap.bytes(item, texts).hash(&mut hasher),
        Type::Array => {
            let mut cursor = Cursor::default();
            while let Some(part) = heap.next(item, &mut cursor, texts) {
                fingerprint(heap, part, texts, state).hash(&mut hasher);
            }
        }
        Type::Object => {
            for (name, part) in sorted_members(heap, item, texts) {
                (name, fingerprint(heap, part, texts, state)).hash(&mut hasher);
            }
        }
        _ => (item == Item::True).hash(&mut hasher),
    }
    hasher.finish()
}

/// Whether it is one value, or two of one text.
fn same(left: Item, right: Item, texts: Texts<'_>) -> bool {
    match (left, right) {
        (Item::Listed(left), Item::Listed(right)) | (Item::Keyed(left), Item::Keyed(right)) => {
            texts.text(left) == texts.text(right)
        }
        _ => left == right,
    }
}

/// What is no number equals itself, unlike in JavaScript: JSON does not have it, and [`fingerprint`] must agree.
fn equal_numbers(left: Option<f64>, right: Option<f64>) -> bool {
    left == right || left.is_some_and(f64::is_nan) && right.is_some_and(f64::is_nan)
}

fn equal_strings(heap: &Heap, left: Item, right: Item, texts: Texts<'_>) -> bool {
    match (left, right) {
        (Item::Quoted(left), Item::Quoted(right)) if texts.text(left) == texts.text(right) => true,
        _ => heap.is_text(left, &heap.bytes(right, texts), texts),
    }
}

fn equal_functions(heap: &Heap, left: Item, right: Item) -> bool {
    match (left, right) {
        (Item::Function(left), Item::Function(right)) => {
            left == right || heap.function_of(left) == heap.function_of(right)
        }
        _ => false,
    }
}

/// Calls [`equal`] for the parts, no deeper than the heap and texts nest values.
fn equal_arrays(heap: &Heap, left: Item, right: Item, texts: Texts<'_>) -> bool {
    let (mut lefts, mut rights) = (Cursor::default(), Cursor::default());
    loop {
        match (heap.next(left, &mut lefts, texts), heap.next(right, &mut rights, texts)) {
            (None, None) => return true,
            (Some(left), Some(right)) if equal(heap, left, right, texts) => {}
            _ => return false,
        }
    }
}

fn equal_objects(heap: &Heap, left: Item, right: Item, texts: Texts<'_>) -> bool {
    let (left, right) = (sorted_members(heap, left, texts), sorted_members(heap, right, texts));
    let mut pairs = left.iter().zip(&right);
    left.len() == right.len() && pairs.all(|(left, right)| left.0 == right.0 && equal(heap, left.1, right.1, texts))
}

/// The members in the order of their names; of equal names, which only texts have, the last.
fn sorted_members<'a>(heap: &'a Heap, item: Item, texts: Texts<'a>) -> Vec<(Cow<'a, [u8]>, Item)> {
    let mut members: Vec<(Cow<'a, [u8]>, Item)> = match item {
        Item::Object(object) => {
            heap.members(object).chunks_exact(2).map(|pair| (heap.bytes(pair[0], texts), pair[1])).collect()
        }
        Item::Keyed(value) => {
            let text = texts.text(value);
            let member = |(name, part): (std::ops::Range<usize>, std::ops::Range<usize>)| {
                let name = heap.bytes(Item::Quoted(value.part(name)), texts);
                (name, Item::from_text(value.part(part.clone()), &text[part]))
            };
            json::members(text).map(member).collect()
        }
        _ => Vec::new(),
    };
    // The sort keeps equal names in order, and of a run the first is kept.
    members.reverse();
    members.sort_by(|left, right| left.0.cmp(&right.0));
    members.dedup_by(|later, first| later.0 == first.0);
    members
}
