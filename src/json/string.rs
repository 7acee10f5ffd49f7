//! Strings: from their JSON text and into it.

use super::vector::string_stops;
use super::walk::next;
use std::borrow::Cow;

/// What the string says whose text, with quotes, is given. Borrowed where nothing is escaped.
///
/// Text that no reader has checked yields something, with U+FFFD for what makes no sense.
pub fn decode(text: &[u8]) -> Cow<'_, str> {
    let inner = text.get(1..text.len().max(2) - 1).unwrap_or_default();
    match memchr::memchr(b'\\', inner) {
        None => String::from_utf8_lossy(inner),
        Some(first) => Cow::Owned(decode_from(inner, first)),
    }
}

/// Decodes what is escaped, beginning with the backslash at `at`.
fn decode_from(inner: &[u8], mut at: usize) -> String {
    let mut decoded = String::with_capacity(inner.len());
    decoded.push_str(&String::from_utf8_lossy(&inner[..at]));
    while at < inner.len() {
        let (character, behind) = escaped(inner, at);
        decoded.push(character);
        at = memchr::memchr(b'\\', &inner[behind..]).map_or(inner.len(), |plain| behind + plain);
        decoded.push_str(&String::from_utf8_lossy(&inner[behind..at]));
    }
    decoded
}

/// What the escape at `at` stands for, and where it ends.
fn escaped(inner: &[u8], at: usize) -> (char, usize) {
    let character = match inner.get(at + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return code_point(inner, at),
        Some(&byte) if byte.is_ascii() => byte as char,
        _ => return (char::REPLACEMENT_CHARACTER, at + 1),
    };
    (character, at + 2)
}

fn code_point(inner: &[u8], at: usize) -> (char, usize) {
    let replaced = (char::REPLACEMENT_CHARACTER, (at + 6).min(inner.len()));
    let Some(first) = code_unit(inner, at) else { return replaced };
    if !(0xD800..=0xDBFF).contains(&first) {
        return char::from_u32(first.into()).map_or(replaced, |character| (character, at + 6));
    }
    let pair = code_unit(inner, at + 6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    pair.map_or(replaced, |character| (character, at + 12))
}

/// The UTF-16 unit in `\uXXXX` at `at`.
pub fn code_unit(inner: &[u8], at: usize) -> Option<u16> {
    let digits = inner.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |number, &digit| Some(number << 4 | (digit as char).to_digit(16)? as u16))
}

/// Writes the string as JSON, with quotes, escaping no more than must be.
pub fn quote(string: &str, out: &mut Vec<u8>) {
    let text = string.as_bytes();
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut at = 0;
    loop {
        let stop = next(text, at, string_stops, |byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        out.extend_from_slice(&text[at..stop]);
        match text.get(stop) {
            Some(&byte) => escape(byte, out),
            None => break,
        }
        at = stop + 1;
    }
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        0x00..0x20 => {
            let digit = |value: u8| b"0123456789abcdef"[value as usize];
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
        }
        itself => itself,
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_decodes_to_itself_and_as_serde_json_writes_it() {
        let all: String = (0..0x500).filter_map(char::from_u32).chain(['\u{FFFF}', '😀', '\u{10FFFF}']).collect();
        let long = "x".repeat(100) + "\"" + &"é".repeat(50);
        for string in ["", "a", "\"", "\\", "a\nb\u{7f}\u{0}", &all, &long] {
            let mut quoted = Vec::new();
            quote(string, &mut quoted);
            assert_eq!(quoted, serde_json::to_vec(string).expect("strings can be written"));
            assert_eq!(decode(&quoted), string);
        }
    }

    #[test]
    fn every_escape_is_decoded() {
        assert_eq!(decode(br#""\"\\\/\b\f\n\r\tA\u00e9\uD83D\uDE00z""#), "\"\\/\u{8}\u{c}\n\r\tAé😀z");
        assert!(matches!(decode(b"\"plain\""), Cow::Borrowed("plain")));
    }

    #[test]
    fn nonsense_decodes_to_something() {
        for text in [
            &b""[..],
            b"\"",
            b"\"\\\"",
            b"\"\\u12\"",
            b"\"\\uD800\"",
            b"\"\\uD800\\u0041\"",
            b"\"\\\xFF\"",
            b"\"\xC3\"",
        ] {
            decode(text);
        }
        assert_eq!(decode(b"\"\\uDC00x\""), "\u{FFFD}x");
    }
}
