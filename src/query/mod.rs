//! Query languages: texts of expressions, parsed and checked, and one expression evaluated over one document.

mod cursor;
mod evaluate;
mod filter;
pub mod intrinsic;
pub mod jsonata;
pub mod jsonpath;
pub mod template;

pub use evaluate::{Scope, evaluate};
pub use intrinsic::Expression;
pub use jsonpath::{PathExpression, Root};
pub use template::parse_expression;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where in the text, in bytes.
    pub offset: usize,
    /// What was found, or what is missing.
    pub message: String,
    /// What would do.
    pub help: Option<String>,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (at character {})", self.message, self.offset + 1)
    }
}
