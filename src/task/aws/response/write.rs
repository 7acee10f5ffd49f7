//! Writes results as JSON: objects, arrays, and text that stands for values of other types.

use super::json;
use crate::json::quote;
use crate::task::aws::shape::{Time, Type};
use crate::task::aws::time;
use std::borrow::Cow;

/// An object that is being written.
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl Object<'_> {
    /// Begins an object.
    pub fn open(out: &mut Vec<u8>) -> Object<'_> {
        out.push(b'{');
        Object { out, is_empty: true }
    }

    /// Begins a member; its value is to be written next.
    pub fn name(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        quote(name, self.out);
        self.out.push(b':');
        self.out
    }

    /// Ends the object.
    pub fn close(self) {
        self.out.push(b'}');
    }
}

/// Writes an object of texts.
pub fn texts<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    entries.for_each(|(name, text)| quote(text, object.name(name)));
    object.close();
}

/// Writes an array.
pub fn list<T>(elements: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, element) in elements.enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b"," });
        write(element, out);
    }
    out.push(b']');
}

/// Writes text of XML or of a header as JSON of its type; as a string where it does not fit.
pub fn scalar(of: Type, text: &str, out: &mut Vec<u8>) {
    let trimmed = text.trim();
    match of {
        Type::Number if is_number(trimmed) => out.extend_from_slice(trimmed.as_bytes()),
        Type::Boolean if matches!(trimmed, "true" | "false") => out.extend_from_slice(trimmed.as_bytes()),
        Type::Timestamp(_) => quote(&timestamp(trimmed), out),
        _ => quote(text, out),
    }
}

/// A point in time as results have it, whatever its form; what is none stays as it is.
pub fn timestamp(text: &str) -> Cow<'_, str> {
    time::read(text).map_or(text.into(), |time| time::write(time, Time::Iso).into())
}

/// Whether the text is a number of JSON.
fn is_number(text: &str) -> bool {
    json::check(text.as_bytes()).is_ok() && text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}
