//! The functions that ask what a value is, and those that complain about it.

use super::compare;
use super::fault::Fault;
use super::functions::Call;
use super::heap::Outcome;
use super::item::{Item, Type};

/// `$boolean(value)`
pub(super) fn boolean(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(truth(call).map_or(Item::Undefined, Item::bool))
}

/// `$not(value)`
pub(super) fn not(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(truth(call).map_or(Item::Undefined, |truth| Item::bool(!truth)))
}

/// As an argument a function counts as false; as a condition, and within an array, it counts as true.
fn truth(call: &Call<'_>) -> Option<bool> {
    match call.argument(0).kind() {
        Type::Undefined => None,
        Type::Function => Some(false),
        _ => Some(compare::boolean(call.heap, call.argument(0), call.texts)),
    }
}

/// `$exists(value)`
pub(super) fn exists(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(Item::bool(!call.argument(0).is_undefined()))
}

/// `$type(value)`
pub(super) fn type_(call: &mut Call<'_>) -> Outcome<Item> {
    let name = match call.argument(0).kind() {
        Type::Undefined => return Ok(Item::Undefined),
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Number => "number",
        Type::String => "string",
        Type::Array => "array",
        Type::Object => "object",
        Type::Function => "function",
    };
    call.heap.string(name.as_bytes())
}

/// `$error(message)`: fails.
///
/// # Errors
/// D3137, always.
pub(super) fn error(call: &mut Call<'_>) -> Outcome<Item> {
    Err(complaint(call, "D3137", 0, "$error() function evaluated"))
}

/// `$assert(condition, message)`: nothing, where the condition holds.
///
/// # Errors
/// D3141 where it does not.
pub(super) fn assert(call: &mut Call<'_>) -> Outcome<Item> {
    match call.argument(0) {
        Item::True => Ok(Item::Undefined),
        _ => Err(complaint(call, "D3141", 1, "$assert() statement failed")),
    }
}

fn complaint(call: &Call<'_>, code: &'static str, message: usize, otherwise: &str) -> Box<Fault> {
    let message = call.text(message);
    Fault::told(code, if message.is_empty() { otherwise } else { &message })
}
