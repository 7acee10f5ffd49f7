//! The functions that make arrays of arrays.

use super::compare::{equal, fingerprint};
use super::fault::Fault;
use super::functions::Call;
use super::heap::{ArrayId, Flags, Outcome, out_of_memory};
use super::item::{Cursor, Item};
use std::collections::HashMap;
use std::hash::RandomState;

/// `$append(first, second)`: the items of both; a value that is no array is one item.
pub(super) fn append(call: &mut Call<'_>) -> Outcome<Item> {
    match (call.argument(0), call.argument(1)) {
        (first, second) if second.is_undefined() => Ok(first),
        (first, second) if first.is_undefined() => Ok(second),
        (Item::Array(first), second) => {
            let both = call.heap.continued(first, Flags::default());
            push_all(call, both, second)
        }
        (first, second) => {
            let both = call.heap.array(Flags::default());
            push_all(call, both, first)?;
            push_all(call, both, second)
        }
    }
}

fn push_all(call: &mut Call<'_>, array: ArrayId, items: Item) -> Outcome<Item> {
    let mut cursor = Cursor::default();
    while let Some(item) = call.heap.next(items, &mut cursor, call.texts) {
        call.heap.push(array, item)?;
    }
    Ok(Item::Array(array))
}

/// `$reverse(array)`
pub(super) fn reverse(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(source) = several(call)? else { return Ok(call.argument(0)) };
    let reversed = call.heap.array(Flags::default());
    for place in (0..call.heap.len(source)).rev() {
        call.heap.push(reversed, call.heap.items(source)[place])?;
    }
    Ok(Item::Array(reversed))
}

/// `$shuffle(array)`
pub(super) fn shuffle(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(source) = several(call)? else { return Ok(call.argument(0)) };
    let shuffled = call.heap.array(Flags::default());
    push_all(call, shuffled, Item::Array(source))?;
    let items = call.heap.items_mut(shuffled);
    // Fisher and Yates: each place in turn is given any of the items that are left.
    for place in (1..items.len()).rev() {
        items.swap(place, call.random.below(place as u64 + 1) as usize);
    }
    Ok(Item::Array(shuffled))
}

/// `$distinct(values)`: each value once, where it came first; what is no array stays as it is.
pub(super) fn distinct(call: &mut Call<'_>) -> Outcome<Item> {
    let values = call.argument(0);
    if !values.is_array() {
        return Ok(values);
    }
    let Some(source) = several(call)? else { return Ok(values) };
    let sequence = call.heap.is_sequence(values);
    let result = call.heap.array(Flags { sequence, ..Flags::default() });
    let state = RandomState::new();
    let mut known: HashMap<u64, Vec<Item>> = HashMap::new();
    for place in 0..call.heap.len(source) {
        let item = call.heap.items(source)[place];
        let alike = known.entry(fingerprint(call.heap, item, call.texts, &state)).or_default();
        if !alike.iter().any(|other| equal(call.heap, *other, item, call.texts)) {
            alike.push(item);
            call.heap.push(result, item)?;
        }
    }
    Ok(Item::Array(result))
}

/// The first argument as an array of the heap, if it has two items or more.
fn several(call: &mut Call<'_>) -> Outcome<Option<ArrayId>> {
    let array = call.argument(0);
    match call.heap.nth(array, 1, call.texts) {
        Some(_) => call.heap.spread(array, call.texts).map(Some),
        None => Ok(None),
    }
}

/// `$zip(arrays…)`: arrays of the first items, of the second items, …; as many as the shortest array has.
pub(super) fn zip(call: &mut Call<'_>) -> Outcome<Item> {
    let zipped = call.heap.array(Flags::default());
    let mut cursors = vec![Cursor::default(); call.arguments.len()];
    let shortest = call.arguments.iter().map(|array| call.heap.count(*array, call.texts)).min();
    for _ in 0..shortest.unwrap_or(0) {
        let row = call.heap.array(Flags::default());
        for (array, cursor) in call.arguments.iter().zip(&mut cursors) {
            let item = call.heap.next(*array, cursor, call.texts).unwrap_or_default();
            call.heap.push(row, item)?;
        }
        call.heap.push(zipped, Item::Array(row))?;
    }
    Ok(Item::Array(zipped))
}

/// `$partition(array, size)`: pieces of that many items, the last may be shorter; one piece where no size is given.
///
/// What is odd here was measured on Step Functions: no items, or a size of 0, give nothing.
///
/// # Errors
/// T0412 for what is no array, D3137 for a negative size.
pub(super) fn partition(call: &mut Call<'_>) -> Outcome<Item> {
    let array = call.argument(0);
    if array.is_undefined() {
        return Ok(array);
    }
    if !array.is_array() {
        return Err(call.misfit(0).of("T0412"));
    }
    let size = call.number(1).map(f64::trunc);
    if size.is_some_and(|size| size < 0.0) {
        return Err(Fault::told("D3137", "Second argument must be zero or greater"));
    }
    match size {
        None => call.heap.array_of(&[array], Flags::default()).map(Item::Array),
        Some(0.0) => Ok(Item::Undefined),
        Some(size) => pieces(call, array, size as usize),
    }
}

fn pieces(call: &mut Call<'_>, array: Item, size: usize) -> Outcome<Item> {
    let pieces = call.heap.array(Flags::default());
    let mut cursor = Cursor::default();
    while call.heap.next(array, &mut cursor.clone(), call.texts).is_some() {
        let piece = call.heap.array(Flags::default());
        while call.heap.len(piece) < size {
            let Some(item) = call.heap.next(array, &mut cursor, call.texts) else { break };
            call.heap.push(piece, item)?;
        }
        call.heap.push(pieces, Item::Array(piece))?;
    }
    Ok(if call.heap.len(pieces) == 0 { Item::Undefined } else { Item::Array(pieces) })
}

/// With one number more Step Functions is out of memory (measured).
const RANGE_ITEMS_MAX: f64 = 360_145.0;

/// `$range(first, last, step)`: the numbers from `first`, not beyond `last`; a sequence. Without a step, or with one of 0,
/// nothing. (All measured on Step Functions, as is that fractions are cut off.)
///
/// # Errors
/// U1001 for too many numbers.
pub(super) fn range(call: &mut Call<'_>) -> Outcome<Item> {
    let (Some(first), Some(last), Some(step)) = (call.number(0), call.number(1), call.number(2)) else {
        return Ok(Item::Undefined);
    };
    let (first, last, step) = (first.trunc(), last.trunc(), step.trunc());
    let count = ((last - first) / step).floor() + 1.0;
    if step == 0.0 || count.is_nan() {
        return Ok(Item::Undefined);
    }
    if count > RANGE_ITEMS_MAX {
        return Err(out_of_memory());
    }
    let numbers = call.heap.sequence();
    // A range that leads the wrong way has no items: the conversion makes 0 of what is less.
    for nth in 0..count as u32 {
        call.heap.push(numbers, Item::number(first + f64::from(nth) * step))?;
    }
    Ok(Item::Array(numbers))
}
