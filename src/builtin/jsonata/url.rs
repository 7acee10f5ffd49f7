//! Texts in URLs, escaped and plain again, as JavaScript's functions do (ECMA-262, "URI Handling Functions").

use std::borrow::Cow;

use super::Fault;
use super::surrogate::is_stand_in;

/// What never needs an escape, besides letters and digits.
const MARKS: &[u8] = b"-_.!~*'()";

/// What has a meaning in a whole URL.
const RESERVED: &[u8] = b";/?:@&=+$,#";

/// Escapes a whole URL.
///
/// # Errors
/// D3140 for a lone surrogate.
pub fn encode_url(text: &str) -> Result<Cow<'_, str>, Box<Fault>> {
    encode(text, "encodeUrl", |byte| RESERVED.contains(&byte))
}

/// Escapes a part of a URL.
///
/// # Errors
/// D3140 for a lone surrogate.
pub fn encode_url_component(text: &str) -> Result<Cow<'_, str>, Box<Fault>> {
    encode(text, "encodeUrlComponent", |_| false)
}

/// Undoes [`encode_url`]: escapes of characters that have a meaning in a URL stay.
///
/// # Errors
/// D3140 for escapes that are incomplete or not UTF-8.
pub fn decode_url(text: &str) -> Result<Cow<'_, str>, Box<Fault>> {
    decode(text, "decodeUrl", |byte| RESERVED.contains(&byte))
}

/// Undoes [`encode_url_component`].
///
/// # Errors
/// D3140 for escapes that are incomplete or not UTF-8.
pub fn decode_url_component(text: &str) -> Result<Cow<'_, str>, Box<Fault>> {
    decode(text, "decodeUrlComponent", |_| false)
}

fn encode<'a>(text: &'a str, function: &str, is_kept: fn(u8) -> bool) -> Result<Cow<'a, str>, Box<Fault>> {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || MARKS.contains(&byte) || is_kept(byte);
    if text.bytes().all(stays) {
        return Ok(Cow::Borrowed(text));
    }
    if text.chars().any(is_stand_in) {
        return Err(malformed(text, function));
    }
    let mut url = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if stays(byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
    }
    Ok(Cow::Owned(url))
}

fn decode<'a>(url: &'a str, function: &str, is_kept: fn(u8) -> bool) -> Result<Cow<'a, str>, Box<Fault>> {
    if !url.contains('%') {
        return Ok(Cow::Borrowed(url));
    }
    unescape(url.as_bytes(), is_kept).map(Cow::Owned).ok_or_else(|| malformed(url, function))
}

fn unescape(url: &[u8], is_kept: fn(u8) -> bool) -> Option<String> {
    let mut text = Vec::with_capacity(url.len());
    let mut at = 0;
    while at < url.len() {
        if url[at] != b'%' {
            text.push(url[at]);
            at += 1;
            continue;
        }
        let first = escaped(url, at)?;
        if is_kept(first) {
            text.extend_from_slice(&url[at..at + 3]);
            at += 3;
            continue;
        }
        // A character's escapes stand together, so that no unescaped byte can complete it.
        let escapes = sequence_length(first)?;
        for number in 0..escapes {
            text.push(escaped(url, at + 3 * number)?);
        }
        std::str::from_utf8(&text[text.len() - escapes..]).ok()?;
        at += 3 * escapes;
    }
    Some(String::from_utf8(text).expect("plain text and checked characters are text"))
}

/// The byte of the escape that starts here.
fn escaped(url: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = url.get(at..at + 3)? else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// How many bytes the UTF-8 character has that starts with this one.
fn sequence_length(first: u8) -> Option<usize> {
    match first {
        0..0x80 => Some(1),
        0xc0..0xe0 => Some(2),
        0xe0..0xf0 => Some(3),
        0xf0..0xf8 => Some(4),
        _ => None,
    }
}

fn malformed(text: &str, function: &str) -> Box<Fault> {
    Fault::new("D3140").with_text("value", text).with_text("functionName", function)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::jsonata::surrogate::stand_in;

    #[test]
    fn urls_are_escaped_and_come_back() {
        let text = "https://mozilla.org/?x=шеллы&y=a b%";
        let url = encode_url(text).expect("no surrogates");
        assert_eq!(url, "https://mozilla.org/?x=%D1%88%D0%B5%D0%BB%D0%BB%D1%8B&y=a%20b%25");
        assert_eq!(decode_url(&url).as_deref(), Ok(text));
        let component = encode_url_component(text).expect("no surrogates");
        assert!(component.starts_with("https%3A%2F%2Fmozilla.org%2F%3Fx%3D"));
        assert_eq!(decode_url_component(&component).as_deref(), Ok(text));
    }

    #[test]
    fn escapes_that_a_url_needs_stay() {
        assert_eq!(decode_url("%3F%20%3b").as_deref(), Ok("%3F %3b"));
        assert_eq!(decode_url_component("%3F%20%3b").as_deref(), Ok("? ;"));
        assert!(matches!(encode_url_component("a-b"), Ok(Cow::Borrowed("a-b"))));
    }

    #[test]
    fn malformed_texts_are_faults() {
        for url in ["%E0%A4%A", "%", "%G0", "%80", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%C3é", "%FF"] {
            assert_eq!(decode_url(url).map_err(|fault| fault.code), Err("D3140"), "{url}");
        }
        let lone = stand_in(0xd800).to_string();
        assert_eq!(encode_url(&lone).map_err(|fault| fault.code), Err("D3140"));
        assert_eq!(encode_url_component(&lone).map_err(|fault| fault.code), Err("D3140"));
    }
}
