//! The functions that look for texts or regular expressions in a text.
//!
//! Matchers that are written as functions, and functions as replacements, are called by the vm.

use super::fault::Fault;
use super::functions::Call;
use super::heap::{Flags, Function, Heap, Outcome};
use super::item::{Item, Span};
use super::regex::{Match, Regex, STEPS_MAX};
use super::{matching, text};
use std::borrow::Cow;

/// `$contains(text, pattern)`
///
/// # Errors
/// T0410 without a pattern, U1001 for a search that takes too long.
pub(super) fn contains(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    let found = match pattern(call, 1)? {
        Pattern::Text(pattern) => text::contains(&call.text(0), &pattern),
        Pattern::Regex(regex) => regex.find(&call.text(0), 0)?.is_some(),
    };
    Ok(Item::bool(found))
}

/// `$split(text, separator, limit)`
///
/// # Errors
/// D3020 for a negative limit, D1004 for a separator that matches nothing at all, U1001 for one that takes too long.
pub(super) fn split(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    // The parts are parts of it.
    let whole = call.heap.own(call.argument(0), call.texts)?;
    let text = spanned(call.heap, whole);
    let limit = call.number(2).map(f64::floor);
    let parts = match pattern(call, 1)? {
        Pattern::Text(separator) => text::split(&text, &separator, limit),
        Pattern::Regex(regex) => matching::split(&text, regex, limit),
    };
    let start = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let part = |part: &str| Item::String(whole.part(start(part)..start(part) + part.len()));
    let parts: Vec<Item> = parts.map_err(|fault| of_argument(fault, "D3020", 3))?.into_iter().map(part).collect();
    call.heap.array_of(&parts, Flags::default()).map(Item::Array)
}

/// `$replace(text, pattern, replacement, limit)`
///
/// # Errors
/// D3010 for an empty pattern, D3011 for a negative limit, D1004 for a pattern that matches nothing at all, U1001 for one
/// that takes too long or makes too much.
pub(super) fn replace(call: &mut Call<'_>) -> Outcome<Item> {
    let value = call.argument(0);
    if value.is_undefined() {
        return Ok(Item::Undefined);
    }
    let replacement = call.optional(2).ok_or_else(|| call.misfit(2))?;
    let limit = call.number(3).map(f64::floor);
    let text = call.text(0);
    let replaced = match pattern(call, 1)? {
        Pattern::Text(pattern) => text::replace(&text, &pattern, &replacement, limit),
        Pattern::Regex(regex) => matching::replace(&text, regex, &replacement, limit),
    };
    let replaced = replaced.map_err(|fault| of_argument(of_argument(fault, "D3010", 2), "D3011", 4))?;
    match replaced {
        Cow::Borrowed(_) => Ok(value),
        Cow::Owned(new) => call.heap.string(new.as_bytes()),
    }
}

/// `$match(text, pattern, limit)`: an object for each match; a sequence.
///
/// # Errors
/// D3040 for a negative limit, D1004 for a pattern that matches nothing at all, U1001 for one that takes too long.
pub(super) fn match_(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    let Pattern::Regex(regex) = pattern(call, 1)? else { return Err(call.misfit(1)) };
    let limit =
        text::limited(call.number(2).map(f64::floor), "D3040").map_err(|fault| of_argument(fault, "D3040", 3))?;
    let whole = call.heap.own(call.argument(0), call.texts)?;
    let found = all_matches(&spanned(call.heap, whole), regex, limit)?;
    let names = [call.heap.string(b"match")?, call.heap.string(b"index")?, call.heap.string(b"groups")?];
    let matches = call.heap.sequence();
    for (found, index) in found {
        let described = describe(call.heap, names, whole, &found, index)?;
        call.heap.push(matches, described)?;
    }
    Ok(Item::Array(matches))
}

/// The matches, each with its place in UTF-16 units.
fn all_matches(text: &str, regex: &Regex, limit: usize) -> Outcome<Vec<(Match, usize)>> {
    let (mut matches, mut budget) = (Vec::new(), STEPS_MAX);
    let (mut index, mut counted) = (0, 0);
    let mut next = if limit == 0 { None } else { regex.find_within(text, 0, &mut budget)? };
    while let Some(found) = next {
        index += text::utf16_length(&text[counted..found.range.start]);
        counted = found.range.start;
        next = if matches.len() + 1 < limit { regex.next_match(text, &found, &mut budget)? } else { None };
        matches.push((found, index));
    }
    Ok(matches)
}

fn describe(heap: &mut Heap, names: [Item; 3], whole: Span, found: &Match, index: usize) -> Outcome<Item> {
    let part = |range: std::ops::Range<usize>| Item::String(whole.part(range));
    let groups = heap.array(Flags::default());
    for group in &found.groups {
        heap.push(groups, group.clone().map_or(Item::Undefined, part))?;
    }
    let object = heap.object();
    let values = [part(found.range.clone()), Item::number(index as f64), Item::Array(groups)];
    for (name, value) in names.into_iter().zip(values) {
        heap.add(object, name, value)?;
    }
    Ok(Item::Object(object))
}

/// What is looked for.
enum Pattern<'t, 'r> {
    Text(Cow<'t, str>),
    Regex(&'r Regex),
}

fn pattern<'t, 'r>(call: &'t Call<'r>, index: usize) -> Outcome<Pattern<'t, 'r>> {
    match call.argument(index) {
        Item::Function(id) => match call.heap.function_of(id) {
            Function::Regex(regex) => Ok(Pattern::Regex(&call.regexes[regex as usize])),
            _ => Err(call.misfit(index)),
        },
        _ => call.optional(index).map(Pattern::Text).ok_or_else(|| call.misfit(index)),
    }
}

fn spanned(heap: &Heap, span: Span) -> Cow<'_, str> {
    String::from_utf8_lossy(heap.span(span))
}

/// Adds which argument a fault of this code is about.
fn of_argument(fault: Box<Fault>, code: &str, argument: u8) -> Box<Fault> {
    if fault.code == code { fault.with("index", argument.to_string()) } else { fault }
}
