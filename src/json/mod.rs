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
