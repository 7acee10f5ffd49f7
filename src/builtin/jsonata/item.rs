//! What an expression works with: a value of any type, in sixteen bytes.

use super::heap::{ArrayId, FunctionId, ObjectId};
use crate::json::{self, Kind, Texts, Value};
use std::fmt;
use std::ops::Range;

/// A value while an expression is evaluated. It is copied freely: what is large lies in a text or on the heap.
///
/// Whatever it is, it is two integers: so it is handed on in two registers. (What is put together in memory from pieces of
/// other sizes, and then copied as a whole, waits each time until the pieces have arrived: half of all time went there.)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(u64)]
pub enum Item {
    /// Nothing: what a path that leads nowhere gives.
    #[default]
    Undefined,
    /// Of a variable: nothing has been assigned to it yet.
    Unbound,
    /// `null`
    Null,
    /// `false`
    False,
    /// `true`
    True,
    /// A number that was worked out.
    Number(Number),
    /// A number as it stands in a text.
    Digits(Value),
    /// A string as it stands in a text, with quotes and escapes.
    Quoted(Value),
    /// An array as it stands in a text.
    Listed(Value),
    /// An object as it stands in a text.
    Keyed(Value),
    /// A string that was made.
    String(Span),
    /// An array that was made.
    Array(ArrayId),
    /// An object that was made.
    Object(ObjectId),
    /// A function.
    Function(FunctionId),
    /// A variable that functions share.
    Cell(u64),
    /// A value with the bindings it was found under.
    Tuple(ArrayId),
    /// How far an iteration has come.
    Cursor(Cursor),
}

const _: () = assert!(size_of::<Item>() == 16, "a register is sixteen bytes");

/// A number, as the integer of the same bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number(u64);

impl Number {
    /// What it is worth.
    #[inline(always)]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A part of the heap's strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(u64);

impl Span {
    /// So many bytes from `start` on.
    #[inline]
    pub fn new(start: u32, len: u32) -> Span {
        Span(u64::from(len) << 32 | u64::from(start))
    }

    /// Where it lies.
    #[inline]
    pub fn range(self) -> Range<usize> {
        let start = self.0 as u32 as usize;
        start..start + self.len() as usize
    }

    /// How many bytes it has.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The part at `range` of its own bytes.
    #[inline]
    pub fn part(self, range: Range<usize>) -> Span {
        Span::new(self.0 as u32 + range.start as u32, range.len() as u32)
    }
}

/// How far an iteration has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor(u64);

impl Cursor {
    /// So many items have been given out; of a text: where the next one is looked for.
    #[inline]
    pub fn new(index: u32, at: u32) -> Cursor {
        Cursor(u64::from(at) << 32 | u64::from(index))
    }

    /// How many items have been given out.
    #[inline]
    pub fn index(self) -> u32 {
        self.0 as u32
    }

    /// Of a text: where the next one is looked for.
    #[inline]
    pub fn at(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// One item more has been given out.
    #[inline]
    pub fn step(&mut self, at: u32) {
        *self = Cursor::new(self.index() + 1, at);
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the type of that name")]
pub enum Type {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
    Function,
}

impl Item {
    /// A number that was worked out.
    #[inline(always)]
    pub fn number(number: f64) -> Item {
        Item::Number(Number(number.to_bits()))
    }

    /// `true` or `false`
    #[inline(always)]
    pub fn bool(truth: bool) -> Item {
        if truth { Item::True } else { Item::False }
    }

    /// The value of a JSON text.
    #[inline]
    pub fn of(value: Value, texts: Texts<'_>) -> Item {
        if value.is_missing() {
            return Item::Undefined;
        }
        Item::from_text(value, texts.text(value))
    }

    /// The same, its text being known.
    #[inline]
    pub fn from_text(value: Value, text: &[u8]) -> Item {
        match json::kind(text) {
            Kind::String => Item::Quoted(value),
            Kind::Number => Item::Digits(value),
            Kind::Object => Item::Keyed(value),
            Kind::Array => Item::Listed(value),
            Kind::Bool => Item::bool(json::is_true(text)),
            Kind::Null => Item::Null,
        }
    }

    /// Its type.
    #[inline]
    pub fn kind(self) -> Type {
        match self {
            Item::Undefined | Item::Unbound | Item::Cell(_) | Item::Tuple(_) | Item::Cursor(_) => Type::Undefined,
            Item::Null => Type::Null,
            Item::False | Item::True => Type::Boolean,
            Item::Number(_) | Item::Digits(_) => Type::Number,
            Item::Quoted(_) | Item::String(_) => Type::String,
            Item::Listed(_) | Item::Array(_) => Type::Array,
            Item::Keyed(_) | Item::Object(_) => Type::Object,
            Item::Function(_) => Type::Function,
        }
    }

    /// Whether it is nothing.
    #[inline(always)]
    pub fn is_undefined(self) -> bool {
        matches!(self, Item::Undefined | Item::Unbound)
    }

    /// Whether it is an array.
    #[inline(always)]
    pub fn is_array(self) -> bool {
        matches!(self, Item::Listed(_) | Item::Array(_))
    }

    /// Whether it is a string.
    #[inline(always)]
    pub fn is_string(self) -> bool {
        matches!(self, Item::Quoted(_) | Item::String(_))
    }

    /// Whether it is a number.
    #[inline(always)]
    pub fn is_number(self) -> bool {
        matches!(self, Item::Number(_) | Item::Digits(_))
    }

    /// Whether it is an object.
    #[inline(always)]
    pub fn is_object(self) -> bool {
        matches!(self, Item::Keyed(_) | Item::Object(_))
    }
}
