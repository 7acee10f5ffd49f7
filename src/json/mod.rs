//! JSON as bytes and spans: one reader that checks everything, values that point into texts, a writer.

pub mod tree;
mod value;

pub use value::{Source, Texts, Value};

/// One step of a path that leads to at most one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The member of an object with this (decoded) name.
    Key(Box<str>),
    /// The element of an array at this place, from 0.
    Index(u32),
}

/// Whether a text is known to be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utf8 {
    /// It is.
    Known,
    /// It has to be checked.
    Unknown,
}

/// Why a text is no JSON: stand-in until the reader is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where, in the text.
    pub offset: usize,
    /// What was wrong.
    pub reason: Reason,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("expected `,` or `}`")
    }
}
