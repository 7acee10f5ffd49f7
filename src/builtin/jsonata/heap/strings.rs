//! Strings and numbers: those of the heap, and those of texts.

use super::{Heap, KEPT_ITEMS_MAX, Outcome, out_of_memory};
use crate::builtin::jsonata::item::{Item, Span};
use crate::json::{self, Texts};
use std::borrow::Cow;
use std::ops::Range;

impl Heap {
    /// Keeps a string.
    pub fn string(&mut self, text: &[u8]) -> Outcome<Item> {
        self.keep(text).map(Item::String)
    }

    pub(super) fn keep(&mut self, text: &[u8]) -> Outcome<Span> {
        self.check_bytes(text.len())?;
        let start = self.strings.len() as u32;
        self.strings.extend_from_slice(text);
        Ok(Span::new(start, text.len() as u32))
    }

    /// A string as one of the heap, so that its parts need no copies; empty for what is none.
    pub fn own(&mut self, item: Item, texts: Texts<'_>) -> Outcome<Span> {
        match item {
            Item::String(span) => Ok(span),
            Item::Quoted(value) => self.keep(&plain(texts.text(value))),
            _ => Ok(Span::new(0, 0)),
        }
    }

    /// The part of a string, in bytes of what it says; the string itself, where that is all of it.
    pub fn part(&mut self, item: Item, range: Range<usize>, texts: Texts<'_>) -> Outcome<Item> {
        match item {
            Item::String(span) => Ok(Item::String(span.part(range))),
            Item::Quoted(value) => {
                let whole = plain(texts.text(value));
                if range == (0..whole.len()) { Ok(item) } else { self.string(&whole[range]) }
            }
            _ => Ok(Item::Undefined),
        }
    }

    /// Keeps a string that is put together from what the heap holds.
    pub fn string_by(&mut self, write: impl FnOnce(&Heap, &mut Vec<u8>) -> Outcome<()>) -> Outcome<Item> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let string = write(self, &mut scratch).and_then(|()| self.string(&scratch));
        scratch.clear();
        if scratch.capacity() <= KEPT_ITEMS_MAX * size_of::<Item>() {
            self.scratch = scratch;
        }
        string
    }

    /// Whether so many bytes may still be kept; to be asked before they are made.
    pub fn check_bytes(&self, bytes: usize) -> Outcome<()> {
        if bytes > self.value_bytes_max as usize { Err(out_of_memory()) } else { self.check_memory(0, bytes) }
    }

    /// What a string says; empty for what is none.
    #[inline]
    pub fn bytes<'a>(&'a self, item: Item, texts: Texts<'a>) -> Cow<'a, [u8]> {
        match item {
            Item::String(span) => Cow::Borrowed(self.span(span)),
            Item::Quoted(value) => plain(texts.text(value)),
            _ => Cow::Borrowed(b""),
        }
    }

    /// What a string says; empty for what is none.
    pub fn text<'a>(&'a self, item: Item, texts: Texts<'a>) -> Cow<'a, str> {
        match self.bytes(item, texts) {
            // What was read is UTF-8; it is all looked at once, and not character by character.
            Cow::Borrowed(bytes) => {
                str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
            }
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// A part of the heap's strings.
    pub fn span(&self, span: Span) -> &[u8] {
        &self.strings[span.range()]
    }

    /// Whether the item is this string.
    #[inline]
    pub fn is_text(&self, item: Item, wanted: &[u8], texts: Texts<'_>) -> bool {
        match item {
            Item::String(span) => self.span(span) == wanted,
            Item::Quoted(value) => {
                let text = texts.text(value);
                let inner = &text[1..text.len() - 1];
                // What is written alike is alike, unless the wanted text itself has a backslash.
                if memchr::memchr(b'\\', inner).is_none() { inner == wanted } else { *plain(text) == *wanted }
            }
            _ => false,
        }
    }

    /// The same for the name of a member; those of a text have no escapes, or they would be strings of the heap.
    #[inline(always)]
    pub(super) fn is_name(&self, item: Item, wanted: &[u8], texts: Texts<'_>) -> bool {
        match item {
            Item::Quoted(value) if value.len() == wanted.len() + 2 => {
                let name = &texts.text(value)[1..wanted.len() + 1];
                // Most names differ in their first byte.
                name.first() == wanted.first() && name == wanted
            }
            Item::Quoted(_) => false,
            other => self.is_text(other, wanted, texts),
        }
    }

    /// What a number is worth; `None` for what is none.
    #[inline]
    pub fn number(&self, item: Item, texts: Texts<'_>) -> Option<f64> {
        match item {
            Item::Number(number) => Some(number.get()),
            Item::Digits(value) => Some(json::number(texts.text(value))),
            _ => None,
        }
    }
}

/// What a quoted text says.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    let inner = &text[1..text.len() - 1];
    match memchr::memchr(b'\\', inner) {
        None => Cow::Borrowed(inner),
        Some(_) => Cow::Owned(json::decode(text).into_owned().into_bytes()),
    }
}
