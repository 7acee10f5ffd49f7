//! What an expression works with: a value of any type, in sixteen bytes.

use super::heap::{ArrayId, FunctionId, ObjectId};
use crate::json::{self, Kind, Texts, Value};
use std::ops::Range;

/// A value while an expression is evaluated. It is copied freely: what is large lies in a text or on the heap.
///
/// Its tag is as wide as what it tags, so that it is copied in two pieces and not in many.
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
    /// `true` or `false`
    Bool(bool),
    /// A number that was worked out.
    Number(f64),
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
    Cell(u32),
    /// A value with the bindings it was found under.
    Tuple(ArrayId),
    /// How far an iteration has come.
    Cursor(Cursor),
}

const _: () = assert!(size_of::<Item>() == 16, "a register is sixteen bytes");

/// A part of the heap's strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: u32,
    /// How many bytes it has.
    pub len: u32,
}

impl Span {
    /// The part at `range` of its own bytes.
    #[inline]
    pub fn part(self, range: Range<usize>) -> Span {
        Span { start: self.start + range.start as u32, len: range.len() as u32 }
    }
}

/// How far an iteration has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// How many items have been given out.
    pub index: u32,
    /// Of a text: where the next one is looked for.
    pub at: u32,
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
            Kind::Bool => Item::Bool(json::is_true(text)),
            Kind::Null => Item::Null,
        }
    }

    /// Its type.
    #[inline]
    pub fn kind(self) -> Type {
        match self {
            Item::Undefined | Item::Unbound | Item::Cell(_) | Item::Tuple(_) | Item::Cursor(_) => Type::Undefined,
            Item::Null => Type::Null,
            Item::Bool(_) => Type::Boolean,
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
