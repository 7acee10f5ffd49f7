//! The intrinsic functions that make arrays and look into them.

use std::collections::HashMap;

use crate::builtin::distinct;
use crate::builtin::intrinsics::{Call, Complaint};
use crate::json;

/// The longest array that States.ArrayRange makes (developer guide, "States.ArrayRange").
const RANGE_ITEMS_MAX: i128 = 1000;

/// Arrays of no more items are searched sooner than fingerprints are made.
const FEW: usize = 8;

/// `States.Array(…)`: the arguments, in order.
pub(super) fn array(call: &mut Call<'_>) -> Result<(), Complaint> {
    let items = call.arguments;
    call.put_array(items);
    Ok(())
}

/// `States.ArrayPartition(array, n)`: pieces of `n` items; the last may be shorter.
pub(super) fn partition(call: &mut Call<'_>) -> Result<(), Complaint> {
    let array = call.array(0)?;
    let size = usize::try_from(call.integer(1)?).ok().filter(|&size| size > 0);
    let size = size.ok_or("the size of a piece must be a positive integer")?;
    let items: Vec<_> = json::elements(array).collect();
    // A piece is written as its items stand in the source, from the first to the last.
    call.put_items(items.chunks(size), |call, piece| {
        call.put("[");
        call.put(&array[piece[0].start..piece[piece.len() - 1].end]);
        call.put("]");
    });
    Ok(())
}

/// `States.ArrayContains(array, value)`: whether an item is equal to the value. Any kind of value will do (recorded).
pub(super) fn contains(call: &mut Call<'_>) -> Result<(), Complaint> {
    let array = call.array(0)?;
    let sought = call.arguments[1];
    let found = json::elements(array).any(|item| json::equal(&array[item], sought));
    call.put(if found { "true" } else { "false" });
    Ok(())
}

/// `States.ArrayRange(first, last, step)`: the numbers from `first`, not beyond `last`.
pub(super) fn range(call: &mut Call<'_>) -> Result<(), Complaint> {
    // No difference or product of 64-bit numbers is beyond 128 bits.
    let [first, last, step] = [call.integer(0)?, call.integer(1)?, call.integer(2)?].map(i128::from);
    let distance = last - first;
    let steps = distance.checked_div(step).ok_or("the step must not be 0")?;
    let count = if distance != 0 && (distance < 0) != (step < 0) { 0 } else { steps + 1 };
    if count > RANGE_ITEMS_MAX {
        return Err(format!("the array would have {count} items; {RANGE_ITEMS_MAX} is the most").into());
    }
    // All of them lie between the first and the last.
    call.put_items(0..count, |call, nth| call.put_integer((first + nth * step) as i64));
    Ok(())
}

/// `States.ArrayGetItem(array, index)`: the item at the index, from 0.
pub(super) fn get_item(call: &mut Call<'_>) -> Result<(), Complaint> {
    let (array, index) = (call.array(0)?, call.integer(1)?);
    let item = usize::try_from(index).ok().and_then(|index| json::elements(array).nth(index));
    let item = item.ok_or_else(|| {
        let length = json::elements(array).count();
        format!("there is no item {index} in an array of {length}, counted from 0")
    })?;
    call.put(&array[item]);
    Ok(())
}

/// `States.ArrayLength(array)`
pub(super) fn length(call: &mut Call<'_>) -> Result<(), Complaint> {
    let length = json::elements(call.array(0)?).count();
    call.put_integer(length as i64);
    Ok(())
}

/// `States.ArrayUnique(array)`: each value once, where it came first.
pub(super) fn unique(call: &mut Call<'_>) -> Result<(), Complaint> {
    let array = call.array(0)?;
    if json::elements(array).nth(FEW).is_none() {
        let earlier = |item: &[u8], end: usize| {
            let before = json::elements(array).take_while(|other| other.end < end);
            before.into_iter().any(|other| json::equal(&array[other], item))
        };
        call.put_array(
            json::elements(array).filter(|item| !earlier(&array[item.clone()], item.end)).map(|item| &array[item]),
        );
        return Ok(());
    }
    let mut known: HashMap<u64, Vec<&[u8]>> = HashMap::new();
    let items = json::elements(array).map(|item| &array[item]).filter(|item| {
        let alike = known.entry(distinct::fingerprint(item)).or_default();
        let new = !alike.iter().any(|other| json::equal(other, item));
        if new {
            alike.push(item);
        }
        new
    });
    call.put_array(items);
    Ok(())
}
