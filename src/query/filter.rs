//! Filters in paths: `[?(@.a >= 5 && @.b == 'x')]`.
//!
//! Words without quotes are strings here: `[?(@.Name==Receipt)]` is what the Step Functions developer guide shows.

use crate::builtin::path::{Filter, Matching, Selector, Term, is_definite};
use crate::query::SyntaxError;
use crate::query::cursor::{Cursor, error_at, with_help};
use crate::query::jsonpath::{quoted, selectors};

/// How deep filters may nest, parentheses and filters in filters together.
const DEPTH_MAX: usize = 16;

/// Which characters a name may have that is not in quotes.
#[derive(Clone, Copy)]
pub(super) enum Names {
    /// All but those that separate parts of a path or arguments of a function.
    Plain,
    /// In a filter the operators end a name, too.
    InFilter,
}

impl Names {
    pub fn allow(self, character: char) -> bool {
        let separators = match self {
            Names::Plain => ".[](),'\"",
            Names::InFilter => ".[](),'\"=!<>&|",
        };
        !character.is_whitespace() && !separators.contains(character)
    }
}

const MATCHINGS: [(&str, Matching); 6] = [
    ("==", Matching::Equal),
    ("!=", Matching::NotEqual),
    ("<=", Matching::LessOrEqual),
    (">=", Matching::GreaterOrEqual),
    ("<", Matching::Less),
    (">", Matching::Greater),
];

/// `?(…)`, `depth` filters deep.
pub(super) fn filter(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector, SyntaxError> {
    cursor.expect("?")?;
    cursor.skip_blanks();
    cursor.expect("(")?;
    let filter = any(cursor, depth + 1)?;
    cursor.expect(")")?;
    Ok(Selector::Filter(filter))
}

/// `… || …`
fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    let mut filters = vec![all(cursor, depth)?];
    while cursor.eat("||") {
        filters.push(all(cursor, depth)?);
    }
    Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) })
}

/// `… && …`
fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    let mut filters = vec![test(cursor, depth)?];
    while cursor.eat("&&") {
        filters.push(test(cursor, depth)?);
    }
    Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::All(filters) })
}

/// One test, with white space around it.
fn test(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    if depth > DEPTH_MAX {
        return Err(cursor.error(format!("filters nest at most {DEPTH_MAX} deep")));
    }
    cursor.skip_blanks();
    let filter = if cursor.eat("!") {
        Filter::Not(Box::new(test(cursor, depth + 1)?))
    } else if cursor.eat("(") {
        let inner = any(cursor, depth + 1)?;
        cursor.expect(")")?;
        inner
    } else {
        comparison(cursor, depth)?
    };
    cursor.skip_blanks();
    Ok(filter)
}

/// `@.a == 5`, or just `@.a`.
fn comparison(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    let start = cursor.at();
    let left = term(cursor, depth)?;
    cursor.skip_blanks();
    let Some(&(_, matching)) = MATCHINGS.iter().find(|(text, _)| cursor.eat(text)) else {
        return match left {
            Term::Literal(_) => Err(error_at(start, "a value alone is no test")),
            _ if matches!(cursor.peek(), Some(')' | '&' | '|')) => Ok(Filter::Exists(left)),
            _ => Err(cursor.unexpected("one of == != < <= > >= && || )")),
        };
    };
    cursor.skip_blanks();
    let right = term(cursor, depth)?;
    let many = |term: &Term| matches!(term, Term::Current(path) | Term::Root(path) if !is_definite(path));
    if many(&left) || many(&right) {
        return Err(error_at(start, "a path in a comparison must lead to one value"));
    }
    Ok(Filter::Compare { left, matching, right })
}

/// A path or a literal.
fn term(cursor: &mut Cursor<'_>, depth: usize) -> Result<Term, SyntaxError> {
    if cursor.eat("@") {
        return selectors(cursor, Names::InFilter, depth).map(Term::Current);
    }
    if cursor.eat("$") {
        return selectors(cursor, Names::InFilter, depth).map(Term::Root);
    }
    let start = cursor.at();
    if let Some('\'' | '"') = cursor.peek() {
        return quoted(cursor).map(|text| literal(&text));
    }
    match cursor.take_while(|character| character == '.' || Names::InFilter.allow(character)) {
        "" => Err(cursor.unexpected("a path that begins with `@`, or a value")),
        word if word.starts_with(['~', '/', '{']) => Err(with_help(
            error_at(start, "there are no regular expressions and no JSON values in filters"),
            "compare with a string, a number, true, false or null",
        )),
        word if is_json_scalar(word) => Ok(Term::Literal(word.as_bytes().into())),
        word => Ok(literal(word)),
    }
}

/// A string as JSON text.
fn literal(text: &str) -> Term {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    crate::json::quote(text, &mut quoted);
    Term::Literal(quoted.into())
}

fn is_json_scalar(word: &str) -> bool {
    matches!(word, "true" | "false" | "null") || is_number(word)
}

/// Whether the text is a number as JSON writes it (RFC 8259, section 6).
pub(super) fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let no_leading_zero = whole == "0" || !whole.starts_with('0');
    digits(whole) && no_leading_zero && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
