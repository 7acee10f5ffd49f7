//! A definition's text as a tree that knows where each part was written.

mod parse;
mod write;
mod yaml;

pub use parse::parse;
pub use write::{write, write_string};
pub use yaml::parse_yaml;

use crate::diagnostic::Span;

/// How deeply arrays and objects may be nested; everything that walks a tree may recurse this far.
pub const DEPTH_MAX: usize = 256;

/// One value of the definition, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the definition's text, with its quotes or brackets.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string, decoded.
    String(String),
    /// The elements in order.
    Array(Vec<Node>),
    /// The members in order; of equal names the last counts.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name, decoded.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        if let Kind::Object(members) = &self.kind { Some(members) } else { None }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        if let Kind::Array(elements) = &self.kind { Some(elements) } else { None }
    }

    /// The value of an object's member; of equal names the last counts.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_object()?.iter().rev().find(|member| member.name == name).map(|member| &member.value)
    }

    /// What to call this value in a message: `a string`.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }
}
