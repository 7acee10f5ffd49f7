//! A JSON object written member by member at the end of a text.

use std::io::Write;

/// An object that is being written. Close it with [`Object::end`].
pub(super) struct Object<'a> {
    text: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Opens an object.
    pub(super) fn begin(text: &'a mut Vec<u8>) -> Object<'a> {
        text.push(b'{');
        Object { text, empty: true }
    }

    /// Closes it.
    pub(super) fn end(self) {
        self.text.push(b'}');
    }

    /// A member that is an object itself.
    pub(super) fn object(&mut self, key: &str) -> Object<'_> {
        self.key(key);
        Object::begin(self.text)
    }

    /// A member that is a string.
    pub(super) fn text(&mut self, key: &str, text: impl AsRef<[u8]>) {
        self.texts(key, &[text]);
    }

    /// A member that is a string, given in parts.
    pub(super) fn texts(&mut self, key: &str, parts: &[impl AsRef<[u8]>]) {
        self.key(key);
        self.text.push(b'"');
        for part in parts {
            escape(part.as_ref(), self.text);
        }
        self.text.push(b'"');
    }

    /// A member that is a number.
    pub(super) fn number(&mut self, key: &str, number: u64) {
        self.key(key);
        write!(self.text, "{number}").expect("a vector takes everything");
    }

    /// A member that is a number in quotes, as ids and counts are in logs.
    pub(super) fn number_text(&mut self, key: &str, number: u64) {
        self.key(key);
        write!(self.text, "\"{number}\"").expect("a vector takes everything");
    }

    /// `{"truncated":false}`: AWS shortens what is too large for a log event, we never do.
    pub(super) fn not_truncated(&mut self, key: &str) {
        self.key(key);
        self.text.extend_from_slice(br#"{"truncated":false}"#);
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.text.push(b',');
        }
        self.empty = false;
        self.text.push(b'"');
        escape(key.as_bytes(), self.text);
        self.text.extend_from_slice(b"\":");
    }
}

/// Writes the inside of a JSON string: copies runs, escapes quotes, backslashes and control characters (RFC 8259, 7).
fn escape(mut rest: &[u8], to: &mut Vec<u8>) {
    while let Some(at) = rest.iter().position(|&byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        to.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\t' => to.extend_from_slice(b"\\t"),
            control @ 0..0x20 => write!(to, "\\u{control:04x}").expect("a vector takes everything"),
            sign => to.extend_from_slice(&[b'\\', sign]),
        }
        rest = &rest[at + 1..];
    }
    to.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_string_survives() {
        let every: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '😀']).collect();
        let mut text = Vec::new();
        let mut object = Object::begin(&mut text);
        object.text(&every, &every);
        object.texts("parts", &["a\"", "\\b"]);
        object.end();
        let read: serde_json::Value = serde_json::from_slice(&text).expect("written as JSON");
        assert_eq!(read[&every], every);
        assert_eq!(read["parts"], "a\"\\b");
    }

    #[test]
    fn members_are_parted_by_commas_also_after_an_object() {
        let mut text = Vec::new();
        let mut object = Object::begin(&mut text);
        object.object("a").end();
        object.number("b", 7);
        object.number_text("c", 8);
        object.not_truncated("d");
        object.end();
        assert_eq!(text, br#"{"a":{},"b":7,"c":"8","d":{"truncated":false}}"#);
    }
}
