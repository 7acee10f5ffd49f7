//! The functions over strings that know no regular expressions.

use super::functions::Call;
use super::heap::Outcome;
use super::item::{Cursor, Item};
use super::write::{prettified, string as write_string};
use super::{base64 as encoding, extra, text, url};
use std::borrow::Cow;
use std::ops::Range;

/// `$string(value, prettify)`
///
/// # Errors
/// D3001 and D1001 for numbers that JSON cannot write.
pub(super) fn string(call: &mut Call<'_>) -> Outcome<Item> {
    let (value, texts) = (call.argument(0), call.texts);
    if value.is_undefined() || value.is_string() {
        return Ok(value);
    }
    let write = if call.argument(1) == Item::True { prettified } else { write_string };
    call.heap.string_by(|heap, out| write(heap, value, texts, out))
}

/// `$length(text)`: in code points.
pub(super) fn length(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    Ok(Item::number(text::length(&call.text(0)) as f64))
}

/// `$substring(text, start, length)`
pub(super) fn substring(call: &mut Call<'_>) -> Outcome<Item> {
    // Step Functions cuts fractions off, wherever an integer is asked for (measured; its guide says "down").
    let start = call.number(1).map_or(0.0, f64::trunc);
    let length = call.number(2).map(f64::trunc);
    changed(call, |_, text| Ok(Cow::Borrowed(text::substring(text, start, length))))
}

/// `$substringBefore(text, characters)`
pub(super) fn substring_before(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |call, text| {
        Ok(Cow::Borrowed(call.optional(1).map_or(text, |characters| text::substring_before(text, &characters))))
    })
}

/// `$substringAfter(text, characters)`
pub(super) fn substring_after(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |call, text| {
        Ok(Cow::Borrowed(call.optional(1).map_or(text, |characters| text::substring_after(text, &characters))))
    })
}

/// `$lowercase(text)`
pub(super) fn lowercase(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| Ok(text::lowercase(text)))
}

/// `$uppercase(text)`
pub(super) fn uppercase(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| Ok(text::uppercase(text)))
}

/// `$trim(text)`
pub(super) fn trim(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| Ok(text::trim(text)))
}

/// `$pad(text, width, characters)`
///
/// # Errors
/// U1001 for a text too long.
pub(super) fn pad(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |call, text| text::pad(text, call.number(1).unwrap_or(0.0), &call.text(2)))
}

/// `$base64encode(text)`
pub(super) fn base64encode(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| Ok(Cow::Owned(encoding::encode(text))))
}

/// `$base64decode(text)`
pub(super) fn base64decode(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| Ok(Cow::Owned(encoding::decode(text))))
}

/// `$encodeUrl(text)`
///
/// # Errors
/// D3140 for a lone surrogate.
pub(super) fn encode_url(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| url::encode_url(text))
}

/// `$encodeUrlComponent(text)`
///
/// # Errors
/// D3140 for a lone surrogate.
pub(super) fn encode_url_component(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| url::encode_url_component(text))
}

/// `$decodeUrl(text)`
///
/// # Errors
/// D3140 for what is no URL.
pub(super) fn decode_url(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| url::decode_url(text))
}

/// `$decodeUrlComponent(text)`
///
/// # Errors
/// D3140 for what is no part of a URL.
pub(super) fn decode_url_component(call: &mut Call<'_>) -> Outcome<Item> {
    changed(call, |_, text| url::decode_url_component(text))
}

/// What becomes of the first argument, a string; nothing of nothing. A part of it is not copied where it need not be.
fn changed(
    call: &mut Call<'_>,
    change: impl for<'t> FnOnce(&'t Call<'_>, &'t str) -> Outcome<Cow<'t, str>>,
) -> Outcome<Item> {
    let value = call.argument(0);
    if value.is_undefined() {
        return Ok(value);
    }
    let text = call.text(0);
    let changed = change(call, &text)?;
    match place_of(&changed, &text) {
        Some(range) => call.heap.part(value, range, call.texts),
        None => {
            let changed = changed.into_owned();
            call.heap.string(changed.as_bytes())
        }
    }
}

/// Where the part lies, if it is a part of the text.
fn place_of(part: &str, text: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (start + part.len() <= text.len()).then(|| start..start + part.len())
}

/// `$join(texts, separator)`
pub(super) fn join(call: &mut Call<'_>) -> Outcome<Item> {
    let (parts, separator, texts) = (call.argument(0), call.argument(1), call.texts);
    if parts.is_undefined() {
        return Ok(parts);
    }
    call.heap.string_by(|heap, out| {
        let separator = heap.bytes(separator, texts);
        let mut cursor = Cursor::default();
        while let Some(part) = heap.next(parts, &mut cursor, texts) {
            let part = heap.bytes(part, texts);
            heap.check_bytes(out.len() + separator.len() + part.len())?;
            if cursor.index() > 1 {
                out.extend_from_slice(&separator);
            }
            out.extend_from_slice(&part);
        }
        Ok(())
    })
}

/// `$hash(text, algorithm)`: without an algorithm nothing, as was measured on Step Functions.
///
/// # Errors
/// D3137 for an unknown algorithm.
pub(super) fn hash(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() || call.argument(1).is_undefined() {
        return Ok(Item::Undefined);
    }
    let digest = extra::hash(&call.text(0), &call.text(1))?;
    call.heap.string(digest.as_bytes())
}

/// `$uuid()`: of version 4.
pub(super) fn uuid(call: &mut Call<'_>) -> Outcome<Item> {
    let uuid = call.random.uuid();
    call.heap.string(uuid.as_bytes())
}
