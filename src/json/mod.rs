//! JSON as bytes and spans: one reader that checks everything, values that point into texts, a writer.
//!
//! A document is the text it came in; a [`Value`] is a span of it. [`Reader`] checks a text once and notes where the
//! parts lie that a program reads. All other functions take text already checked and decode only what they are asked for.

mod compact;
mod equal;
mod grammar;
mod index;
mod learned;
mod lines;
mod malformed;
mod number;
mod read_set;
mod reader;
mod rows;
mod splice;
mod string;
pub mod tree;
mod value;
mod vector;
mod walk;

pub use compact::compact;
pub use equal::equal;
pub use grammar::{DEPTH_MAX, PADDING};
pub use index::{Index, Level};
pub use lines::{Lines, is_blank};
pub use malformed::{Malformed, Reason};
pub use number::{integer, number};
pub use read_set::ReadSet;
pub use reader::{Reader, Utf8};
pub use rows::{Column, ItemRange, Row, Rows, Table};
pub use splice::{Misfit, SpliceError, splice};
pub use string::{code_unit, decode, quote};
pub use value::{Source, Texts, Value, append};
pub use walk::{
    Elements, Kind, Members, elements, elements_from, end_of, find, get, is_true, kind, member, members, pair,
    string_end,
};

/// One step of a path that leads to at most one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The member of an object with this (decoded) name.
    Key(Box<str>),
    /// The element of an array at this place, from 0.
    Index(u32),
}
