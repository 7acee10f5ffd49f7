//! The functions that make one number of many.

use super::functions::Call;
use super::heap::Outcome;
use super::item::{Cursor, Item};

/// `$sum(numbers)`
pub(super) fn sum(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_all(call, |numbers| Some(numbers.sum())))
}

/// `$count(array)`
pub(super) fn count(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(Item::number(call.heap.count(call.argument(0), call.texts) as f64))
}

/// `$max(numbers)`: nothing of none.
pub(super) fn max(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_all(call, |numbers| numbers.reduce(f64::max)))
}

/// `$min(numbers)`: nothing of none.
pub(super) fn min(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_all(call, |numbers| numbers.reduce(f64::min)))
}

/// `$average(numbers)`: nothing of none.
pub(super) fn average(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_all(call, |numbers| {
        let (sum, count) = numbers.fold((0.0, 0), |(sum, count), number| (sum + number, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    }))
}

/// What is worked out from the numbers of the first argument; nothing where it is left out.
fn of_all(call: &Call<'_>, work: impl FnOnce(&mut dyn Iterator<Item = f64>) -> Option<f64>) -> Item {
    let array = call.argument(0);
    if array.is_undefined() {
        return Item::Undefined;
    }
    let mut cursor = Cursor::default();
    let mut numbers = std::iter::from_fn(|| {
        let item = call.heap.next(array, &mut cursor, call.texts)?;
        call.heap.number(item, call.texts)
    });
    work(&mut numbers).map_or(Item::Undefined, Item::number)
}
