//! Where in the definition's text a part of an expression was written, through the escapes of JSON and YAML.

use crate::diagnostic::Span;
use crate::json::tree::Node;
use std::ops::Range;

/// The place of a range of bytes of the expression. An empty range stands for the character that begins there.
///
/// `node` is the string that holds the expression, `{% … %}`. What a placeholder was filled with was not written there:
/// a place behind it is in the string, but not exact.
pub(super) fn locate(text: &str, node: &Node, range: Range<usize>) -> Span {
    let whole = node.span;
    let written = text.get(whole.start as usize..whole.end as usize).unwrap_or_default();
    let value = node.as_str().unwrap_or_default();
    // The expression begins behind the marker and the blanks that follow it.
    let offset = value.len() - value.get(2..).unwrap_or_default().trim_start().len();
    let form = Form::of(written);
    let start = form.place(written, value, offset + range.start);
    let end = match range.is_empty() {
        true => start + written[start..].chars().next().map_or(0, char::len_utf8),
        false => form.place(written, value, offset + range.end).max(start),
    };
    let end = start + written.get(start..end).map_or(0, |part| part.trim_end().len()).max(1);
    let last = written.len() - form.closing().min(written.len());
    let (start, end) = (start.min(last.saturating_sub(1)), end.min(last.max(1)));
    Span { start: whole.start + start as u32, end: whole.start + end.max(start) as u32 }
}

/// How a string is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `"…"` with backslashes, in JSON and YAML.
    Double,
    /// `'…'`, where a quote is written twice.
    Single,
    /// Without quotes: lines that were folded or cut out.
    Plain,
}

impl Form {
    fn of(written: &str) -> Form {
        match written.as_bytes() {
            [b'"', .., b'"'] => Form::Double,
            [b'\'', .., b'\''] => Form::Single,
            _ => Form::Plain,
        }
    }

    fn closing(self) -> usize {
        usize::from(self != Form::Plain)
    }

    /// Where the byte at `offset` of the value was written.
    fn place(self, written: &str, value: &str, offset: usize) -> usize {
        match self {
            Form::Plain => plain(written, value, offset),
            _ => quoted(written, self, offset),
        }
    }
}

/// Goes over the characters of a quoted string until so many bytes of its value are behind.
fn quoted(written: &str, form: Form, offset: usize) -> usize {
    let (mut at, mut bytes) = (1, 0);
    while let Some(rest) = written.get(at..).filter(|rest| bytes < offset && !rest.is_empty()) {
        let (length, decoded) = character(rest, form);
        at += length;
        bytes += decoded;
    }
    (0..=at.min(written.len())).rev().find(|at| written.is_char_boundary(*at)).unwrap_or(0)
}

/// How many bytes the first character takes as it is written, and in the value.
fn character(rest: &str, form: Form) -> (usize, usize) {
    let bytes = rest.as_bytes();
    match (bytes, form) {
        ([b'\\', b'u', ..], Form::Double) => escaped(rest),
        ([b'\\', ..], Form::Double) => (2.min(rest.len()), 1),
        ([b'\'', b'\'', ..], Form::Single) => (2, 1),
        _ => {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            (length, length)
        }
    }
}

/// `\u0041`, or two of them for a character beyond 16 bits.
fn escaped(rest: &str) -> (usize, usize) {
    let unit = |from: usize| rest.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match unit(2) {
        Some(0..0x80) => (6, 1),
        Some(0x80..0x800) => (6, 2),
        Some(0xD800..0xDC00) if rest.get(6..8) == Some("\\u") && unit(8).is_some() => (12, 4),
        Some(_) => (6, 3),
        None => (2.min(rest.len()), 1),
    }
}

/// Blanks may be folded or cut out: what is not blank is counted.
fn plain(written: &str, value: &str, offset: usize) -> usize {
    let start = written.find("{%").unwrap_or(0);
    let before = value.get(..offset).unwrap_or(value);
    let wanted = before.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    let solid = written[start..].char_indices().filter(|(_, letter)| !letter.is_ascii_whitespace());
    let mut counted = 0;
    for (at, letter) in solid {
        if counted >= wanted {
            return start + at;
        }
        counted += letter.len_utf8();
    }
    written.len()
}

#[cfg(test)]
mod tests {
    use super::locate;
    use crate::json::tree;

    /// The text at the place where `part` of the expression was written; the expression is the value of `a`.
    fn found<'a>(text: &'a str, root: &tree::Node, part: &str) -> &'a str {
        let node = root.get("a").expect("the member is there");
        let code = node.as_str().expect("a string")[2..].trim_start();
        let start = code.find(part).expect("a part of it");
        let span = locate(text, node, start..start + part.len());
        &text[span.start as usize..span.end as usize]
    }

    #[test]
    fn escapes_of_json_are_gone_through() {
        let text = r#"{"a":"{% \"\u00e9\ud83d\ude00\n\" & \\here, \"there\" %}"}"#;
        let root = tree::parse(text).expect("JSON");
        for (part, written) in [
            ("here", "here"),
            ("there", "there"),
            ("é", r"\u00e9"),
            ("😀", r"\ud83d\ude00"),
            ("\"there\"", r#"\"there\""#),
        ] {
            assert_eq!(found(text, &root, part), written);
        }
    }

    #[test]
    fn every_style_of_yaml_has_places() {
        for text in [
            "a: '{% it''s here %}'",
            "a: \"{% \\\"x\\\" here %}\"",
            "a: \"{% \\u00e9 here %}\"",
            "a: {% x here %}",
            "a: |\n  {% x\n    here\n  %}\n",
            "a: >-\n  {%   some\n\n  words  here %}\n",
        ] {
            let Ok(root) = tree::parse_yaml(text) else { continue };
            assert_eq!(found(text, &root, "here"), "here", "{text}");
        }
    }

    #[test]
    fn places_stay_in_the_string() {
        let text = r#"{"a":"{% x %}","b":1}"#;
        let root = tree::parse(text).expect("JSON");
        let node = root.get("a").expect("the member is there");
        for range in [0..0, 1..1, 0..9999, 9999..9999] {
            let span = locate(text, node, range.clone());
            assert!(node.span.start <= span.start && span.start < span.end && span.end < node.span.end, "{range:?}");
        }
    }
}
