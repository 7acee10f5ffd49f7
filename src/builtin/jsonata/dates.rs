//! The functions over moments.

use super::datetime;
use super::functions::Call;
use super::heap::Outcome;
use super::item::Item;

/// `$now(picture, zone)`: the time of the evaluation.
///
/// # Errors
/// D3132 to D3135 for a wrong picture or zone.
pub(super) fn now(call: &mut Call<'_>) -> Outcome<Item> {
    written(call, call.now_ms as f64, 0)
}

/// `$fromMillis(milliseconds, picture, zone)`
///
/// # Errors
/// D3132 to D3135 for a wrong picture or zone.
pub(super) fn from_millis(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(millis) = call.number(0) else { return Ok(Item::Undefined) };
    written(call, millis, 1)
}

/// The moment by the picture and the zone that are arguments from there on.
fn written(call: &mut Call<'_>, millis: f64, picture: usize) -> Outcome<Item> {
    let (picture, zone) = (call.optional(picture), call.optional(picture + 1));
    let text = datetime::from_millis(millis, picture.as_deref(), zone.as_deref())?;
    call.heap.string(text.as_bytes())
}

/// `$millis()`: the time of the evaluation, in milliseconds since 1970.
pub(super) fn millis(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(Item::number(call.now_ms as f64))
}

/// `$toMillis(text, picture)`: nothing for a text that does not fit its picture.
///
/// # Errors
/// D3110 for what is no ISO 8601, D3132 to D3136 for a wrong picture.
pub(super) fn to_millis(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    let millis = datetime::to_millis(&call.text(0), call.optional(1).as_deref(), call.now_ms as i64)?;
    Ok(millis.map_or(Item::Undefined, |millis| Item::number(millis as f64)))
}
