//! Which members of a payload template are expressions, and what kind.
//!
//! Source: States Language, "Payload Template".

use crate::query::intrinsic::{self, Expression};
use crate::query::{SyntaxError, jsonpath};

/// The name that a member has in the result, if its value is an expression: `a` for `a.$`.
pub fn expression_key(key: &str) -> Option<&str> {
    key.strip_suffix(".$")
}

/// Parses the value of such a member: a path if it begins with `$`, else a call of an intrinsic function.
pub fn parse_expression(text: &str) -> Result<Expression, SyntaxError> {
    let trimmed = text.trim();
    if !trimmed.starts_with('$') {
        return intrinsic::parse(text);
    }
    let start = text.len() - text.trim_start().len();
    Ok(Expression::Path { path: jsonpath::parse(text)?, span: start..start + trimmed.len() })
}

#[cfg(test)]
mod tests {
    use super::{expression_key, parse_expression};
    use crate::query::Expression;

    #[test]
    fn a_key_that_ends_in_dot_dollar_has_an_expression() {
        assert_eq!(expression_key("a.$"), Some("a"));
        assert_eq!(expression_key("a.b.$"), Some("a.b"));
        assert_eq!(expression_key(".$"), Some(""));
        assert_eq!(expression_key("a$"), None);
        assert_eq!(expression_key("$"), None);
    }

    #[test]
    fn the_dollar_sign_tells_a_path_from_a_function() {
        assert!(
            matches!(parse_expression(" $$.Execution.Name "), Ok(Expression::Path { span, .. }) if span == (1..18))
        );
        assert!(matches!(parse_expression("States.UUID()"), Ok(Expression::Call { span, .. }) if span == (0..13)));
        for text in ["ipsum", "not a path", "", "$.", "'text'", "1", "true"] {
            assert!(parse_expression(text).is_err(), "{text}");
        }
    }
}
