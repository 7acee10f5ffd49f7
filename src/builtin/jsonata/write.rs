//! Values as JSON, and as the strings that `$string` and `&` make of them.

use super::fault::Fault;
use super::heap::{Heap, Outcome, out_of_memory};
use super::item::{Item, Type};
use super::number::{write_number, write_rounded};
use crate::json::{self, Texts, Value};

/// Appends the JSON text of a value; of a text, as it stands there. Nothing is written for nothing, and what JSON has no
/// number for becomes a string, `"Infinity"`, as was measured on Step Functions.
pub fn write(heap: &Heap, item: Item, texts: Texts<'_>, out: &mut Vec<u8>) {
    let written = Writer { heap, texts, out, style: Style::Exact }.value(item, 0);
    debug_assert!(written.is_ok(), "only rounding and indenting fail");
}

/// Appends what `$string` makes of a value: a string without quotes, compact JSON of anything else, its numbers rounded to
/// fifteen digits. Nothing, and a function, give nothing.
///
/// # Errors
/// D3001 for a number that JSON cannot write, D1001 for a part that is one.
pub fn string(heap: &Heap, item: Item, texts: Texts<'_>, out: &mut Vec<u8>) -> Outcome<()> {
    styled(heap, item, texts, out, Style::Rounded)
}

/// The same on many lines, where the value has parts.
pub fn prettified(heap: &Heap, item: Item, texts: Texts<'_>, out: &mut Vec<u8>) -> Outcome<()> {
    styled(heap, item, texts, out, Style::Indented)
}

/// Whether all numbers of the JSON text are what [`string`] makes of them.
pub(super) fn rounds_nothing(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let (end, tidy) = token(text, at, byte);
        if !tidy && matches!(byte, b'-' | b'0'..=b'9') {
            return false;
        }
        at = end;
    }
    true
}

fn styled(heap: &Heap, item: Item, texts: Texts<'_>, out: &mut Vec<u8>, style: Style) -> Outcome<()> {
    match item.kind() {
        Type::Undefined | Type::Function => {}
        Type::String => out.extend_from_slice(&heap.bytes(item, texts)),
        Type::Number if heap.number(item, texts).is_some_and(|number| !number.is_finite()) => {
            return Err(Fault::new("D3001").with("value", "null"));
        }
        _ => Writer { heap, texts, out, style }.value(item, 0)?,
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Numbers and texts as they are.
    Exact,
    /// Numbers rounded, no white space.
    Rounded,
    /// Numbers rounded, each part on its line.
    Indented,
}

/// How much longer an indented text may get.
const INDENTED_BYTES_MAX: usize = 128 * 1024 * 1024;

struct Writer<'a> {
    heap: &'a Heap,
    texts: Texts<'a>,
    out: &'a mut Vec<u8>,
    style: Style,
}

impl Writer<'_> {
    /// Calls itself no deeper than the heap and texts nest values.
    fn value(&mut self, item: Item, depth: usize) -> Outcome<()> {
        if let Some(text) = self.heap.origin(item).filter(|_| self.style != Style::Indented) {
            return self.text(text);
        }
        match item {
            Item::Undefined | Item::Unbound | Item::Cell(_) | Item::Tuple(_) | Item::Cursor(_) => {}
            Item::Null => self.out.extend_from_slice(b"null"),
            Item::False => self.out.extend_from_slice(b"false"),
            Item::True => self.out.extend_from_slice(b"true"),
            Item::Function(_) => self.out.extend_from_slice(b"\"\""),
            Item::Number(number) => self.number(number.get())?,
            Item::String(_) => json::quote(&self.heap.text(item, self.texts), self.out),
            Item::Array(_) => self.array(item, depth)?,
            Item::Object(_) => self.object(item, depth)?,
            Item::Listed(_) if self.style == Style::Indented => self.array(item, depth)?,
            Item::Keyed(_) if self.style == Style::Indented => self.object(item, depth)?,
            Item::Digits(value) | Item::Quoted(value) | Item::Listed(value) | Item::Keyed(value) => {
                self.text(value)?;
            }
        }
        Ok(())
    }

    fn number(&mut self, number: f64) -> Outcome<()> {
        match self.style {
            Style::Exact if !number.is_finite() => {
                self.out.push(b'"');
                write_number(number, self.out);
                self.out.push(b'"');
            }
            _ if number.is_nan() => self.out.extend_from_slice(b"null"),
            _ if number.is_infinite() => return Err(Fault::new("D1001").with("value", "null")),
            // The most frequent numbers need no rounding.
            _ if number.trunc() == number && number.abs() < 1e15 => write_number(number, self.out),
            Style::Exact => write_number(number, self.out),
            _ => write_rounded(number, self.out),
        }
        Ok(())
    }

    /// Copies a text as far as it is tidy, and writes anew what is not.
    fn text(&mut self, value: Value) -> Outcome<()> {
        if self.style == Style::Exact {
            json::append(self.texts.of(value.source()), value.range(), self.out);
            return Ok(());
        }
        let text = self.texts.text(value);
        // `from` is where what has not been copied begins.
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = text.get(at) {
            let (end, tidy) = token(text, at, byte);
            if !tidy {
                self.out.extend_from_slice(&text[from..at]);
                self.token(&text[at..end])?;
                from = end;
            }
            at = end;
        }
        self.out.extend_from_slice(&text[from..]);
        Ok(())
    }

    /// Writes what is not tidy: a string, a number or white space.
    fn token(&mut self, token: &[u8]) -> Outcome<()> {
        match token[0] {
            b'"' => json::quote(&json::decode(token), self.out),
            b'-' | b'0'..=b'9' => self.number(json::number(token))?,
            _ => {}
        }
        Ok(())
    }

    fn array(&mut self, item: Item, depth: usize) -> Outcome<()> {
        self.out.push(b'[');
        let (mut cursor, mut any) = (super::Cursor::default(), false);
        while let Some(item) = self.heap.next(item, &mut cursor, self.texts) {
            self.separate(any, depth + 1)?;
            any = true;
            match item.kind() {
                Type::Undefined => self.out.extend_from_slice(b"null"),
                _ => self.value(item, depth + 1)?,
            }
        }
        self.close(any, depth, b']')
    }

    fn object(&mut self, item: Item, depth: usize) -> Outcome<()> {
        self.out.push(b'{');
        let any = match item {
            Item::Object(object) => self.made_members(self.heap.members(object), depth)?,
            Item::Keyed(value) => self.text_members(value, depth)?,
            _ => false,
        };
        self.close(any, depth, b'}')
    }

    fn made_members(&mut self, members: &[Item], depth: usize) -> Outcome<bool> {
        let mut any = false;
        for pair in members.chunks_exact(2).filter(|pair| pair[1].kind() != Type::Undefined) {
            self.member(any, pair[0], pair[1], depth)?;
            any = true;
        }
        Ok(any)
    }

    fn text_members(&mut self, object: Value, depth: usize) -> Outcome<bool> {
        let text = self.texts.text(object);
        let mut any = false;
        for (name, member) in json::members(text) {
            let value = Item::from_text(object.part(member.clone()), &text[member]);
            self.member(any, Item::Quoted(object.part(name)), value, depth)?;
            any = true;
        }
        Ok(any)
    }

    fn member(&mut self, any: bool, name: Item, value: Item, depth: usize) -> Outcome<()> {
        self.separate(any, depth + 1)?;
        self.value(name, depth + 1)?;
        self.out.extend_from_slice(if self.style == Style::Indented { b": " } else { b":" });
        self.value(value, depth + 1)
    }

    fn separate(&mut self, any: bool, depth: usize) -> Outcome<()> {
        if any {
            self.out.push(b',');
        }
        self.line(depth)
    }

    fn close(&mut self, any: bool, depth: usize, bracket: u8) -> Outcome<()> {
        if any {
            self.line(depth)?;
        }
        self.out.push(bracket);
        Ok(())
    }

    fn line(&mut self, depth: usize) -> Outcome<()> {
        if self.style == Style::Indented {
            if self.out.len() > INDENTED_BYTES_MAX {
                return Err(out_of_memory());
            }
            self.out.push(b'\n');
            self.out.resize(self.out.len() + depth * 2, b' ');
        }
        Ok(())
    }
}

/// Where the token at `at` ends, which begins with this byte, and whether it is as [`string`] would write it.
#[inline]
fn token(text: &[u8], at: usize, byte: u8) -> (usize, bool) {
    match byte {
        b'"' => {
            let end = json::end_of(text, at);
            (end, is_tidy_string(&text[at..end]))
        }
        b'-' | b'0'..=b'9' => {
            let end = json::end_of(text, at);
            (end, is_tidy_number(&text[at..end]))
        }
        b' ' | b'\t' | b'\n' | b'\r' => (at + 1, false),
        _ => (at + 1, true),
    }
}

/// Whether every escape is one that must be, and in its short form.
fn is_tidy_string(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        if matches!(rest.get(at + 1), None | Some(b'/' | b'u')) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    true
}

/// Whether the number is known to be written so: up to fifteen digits survive being a double.
fn is_tidy_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().all(u8::is_ascii_digit);
    if whole {
        return digits.len() <= 15 && text != b"-0";
    }
    let plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    // JavaScript writes less than a millionth with an exponent.
    plain && digits.len() <= 16 && !digits.ends_with(b"0") && !digits.starts_with(b"0.000000")
}

/// The JSON text of a value, for what faults speak of.
#[cold]
pub fn json_of(heap: &Heap, item: Item, texts: Texts<'_>) -> String {
    let mut text = Vec::new();
    match item.is_undefined() {
        true => text.extend_from_slice(b"undefined"),
        false => write(heap, item, texts, &mut text),
    }
    String::from_utf8_lossy(&text).into_owned()
}
