//! The functions over numbers.

use super::fault::Fault;
use super::functions::Call;
use super::heap::Outcome;
use super::item::{Item, Type};
use super::picture::{Symbols, format_number as by_picture};
use super::{extra, integer, number as arithmetic};

/// `$number(value)`: what a string or a boolean is worth.
///
/// # Errors
/// D3030 for a string that is no number.
pub(super) fn number(call: &mut Call<'_>) -> Outcome<Item> {
    let value = call.argument(0);
    match value {
        Item::False => return Ok(Item::number(0.0)),
        Item::True => return Ok(Item::number(1.0)),
        _ if !value.is_string() => return Ok(value),
        _ => {}
    }
    let text = call.text(0);
    let worth = arithmetic::parse_number(&text).map(Item::number);
    worth.ok_or_else(|| Fault::new("D3030").with_text("value", &text).with("index", "1"))
}

/// `$abs(number)`
pub(super) fn abs(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_one(call, f64::abs))
}

/// `$floor(number)`
pub(super) fn floor(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_one(call, f64::floor))
}

/// `$ceil(number)`
pub(super) fn ceil(call: &mut Call<'_>) -> Outcome<Item> {
    Ok(of_one(call, f64::ceil))
}

/// `$round(number, places)`: half to even.
pub(super) fn round(call: &mut Call<'_>) -> Outcome<Item> {
    let places = call.number(1).map_or(0, |places| places as i64);
    Ok(of_one(call, |number| arithmetic::round(number, places)))
}

fn of_one(call: &Call<'_>, work: impl FnOnce(f64) -> f64) -> Item {
    call.number(0).map_or(Item::Undefined, |number| Item::number(work(number)))
}

/// `$sqrt(number)`
///
/// # Errors
/// D3060 for a negative number.
pub(super) fn sqrt(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(number) = call.number(0) else { return Ok(Item::Undefined) };
    arithmetic::sqrt(number).map(Item::number).map_err(|fault| fault.with("index", "1"))
}

/// `$power(base, exponent)`
///
/// # Errors
/// D3061 for what is no number.
pub(super) fn power(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(base) = call.number(0) else { return Ok(Item::Undefined) };
    let exponent = call.number(1).unwrap_or(f64::NAN);
    arithmetic::power(base, exponent).map(Item::number).map_err(|fault| fault.with("index", "1"))
}

/// `$random(seed)`: a number in `0.0..1.0`, the same for the same seed.
pub(super) fn random(call: &mut Call<'_>) -> Outcome<Item> {
    let number = call.number(0).map_or_else(|| call.random.fraction(), extra::seeded_random);
    Ok(Item::number(number))
}

/// `$formatBase(number, radix)`
///
/// # Errors
/// D3100 for a radix that is not from 2 to 36.
pub(super) fn format_base(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(number) = call.number(0) else { return Ok(Item::Undefined) };
    let text = arithmetic::format_base(number, call.number(1).unwrap_or(10.0))?;
    call.heap.string(text.as_bytes())
}

/// `$formatNumber(number, picture, options)`
///
/// # Errors
/// T0410 without a picture, D3080 to D3093 for a wrong one.
pub(super) fn format_number(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(number) = call.number(0) else { return Ok(Item::Undefined) };
    let symbols = symbols(call)?;
    if !call.argument(1).is_string() {
        return Err(call.misfit(1));
    }
    let text = by_picture(number, &call.text(1), &symbols)?;
    call.heap.string(text.as_bytes())
}

fn symbols(call: &mut Call<'_>) -> Outcome<Symbols> {
    let mut symbols = Symbols::default();
    let options = call.heap.unfold(call.argument(2), call.texts)?;
    for pair in options.map_or(&[][..], |options| call.heap.members(options)).chunks_exact(2) {
        if pair[1].kind() == Type::String {
            symbols.set(&call.heap.text(pair[0], call.texts), &call.heap.text(pair[1], call.texts));
        }
    }
    Ok(symbols)
}

/// `$formatInteger(number, picture)`
///
/// # Errors
/// T0410 without a picture, D3130 and D3131 for a wrong one.
pub(super) fn format_integer(call: &mut Call<'_>) -> Outcome<Item> {
    let Some(number) = call.number(0) else { return Ok(Item::Undefined) };
    if !call.argument(1).is_string() {
        return Err(call.misfit(1));
    }
    let text = integer::format_integer(number, &call.text(1))?;
    call.heap.string(text.as_bytes())
}

/// `$parseInteger(text, picture)`: nothing for a text that does not fit.
///
/// # Errors
/// T0410 without a picture, D3130 and D3131 for a wrong one.
pub(super) fn parse_integer(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    if !call.argument(1).is_string() {
        return Err(call.misfit(1));
    }
    let number = integer::parse_integer(&call.text(0), &call.text(1))?;
    Ok(number.map_or(Item::Undefined, Item::number))
}
