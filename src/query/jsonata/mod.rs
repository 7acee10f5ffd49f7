//! JSONata expressions: from their text to what they mean.
//!
//! `token` and `literal` give words, `parser` and `brackets` put them together, `draft` holds what an expression means
//! while what follows can still change it, and `ancestry` finds what each `%` stands for.

mod ancestry;
pub mod ast;
mod brackets;
mod draft;
pub mod frames;
mod free;
mod lambda;
mod literal;
mod parser;
mod parts;
mod token;
mod walk;

pub use crate::builtin::jsonata::signature;
pub use free::{Free, Part, free};
pub use parser::parse;

use crate::builtin::jsonata::Fault;

/// How deep the tree of an expression is at most; each [`ast::Node`] within another counts, and
/// each step of a path as within the one before it.
///
/// So whatever walks the tree may call itself.
pub const DEPTH_MAX: usize = 300;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Its code and text, as the reference implementation has them.
    pub fault: Box<Fault>,
    /// Where in the text, in bytes.
    pub offset: usize,
    /// What would do.
    pub help: Option<String>,
}

impl Mistake {
    fn with_help(self, help: &str) -> Mistake {
        Mistake { help: Some(help.to_owned()), ..self }
    }
}

fn mistake(fault: Box<Fault>, offset: usize) -> Mistake {
    Mistake { fault, offset, help: None }
}

#[cfg(test)]
mod tests;
