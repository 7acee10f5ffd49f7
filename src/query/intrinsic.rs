//! Calls of intrinsic functions as definitions write them: `States.Format('{} of {}', $.a, States.ArrayLength($.b))`.
//!
//! Source: States Language, "Intrinsic functions"; developer guide, "Intrinsic functions".

use std::ops::Range;

use crate::builtin::{Builtin, INTRINSICS, intrinsic};
use crate::json;
use crate::query::SyntaxError;
use crate::query::cursor::{Cursor, error_at, with_help};
use crate::query::filter::is_number;
use crate::query::jsonpath::{self, PathExpression};

/// How deep calls may nest (developer guide, "Intrinsic functions": "nest up to 10 intrinsic functions").
const DEPTH_MAX: usize = 10;

/// An expression of a payload template. Spans are bytes of the text it was parsed from.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A function and what it is given.
    Call {
        /// The function.
        builtin: &'static Builtin,
        /// What it is given; as many as its arity allows.
        arguments: Vec<Expression>,
        /// From the name to the closing parenthesis.
        span: Range<usize>,
    },
    /// A path.
    Path {
        /// The path.
        path: PathExpression,
        /// Where it stands.
        span: Range<usize>,
    },
    /// A string, number, boolean or null, as JSON text.
    Literal {
        /// The JSON text.
        text: Box<[u8]>,
        /// Where it stands, with its quotes.
        span: Range<usize>,
    },
}

impl Expression {
    /// Where in the text it stands.
    pub fn span(&self) -> Range<usize> {
        match self {
            Expression::Call { span, .. } | Expression::Path { span, .. } | Expression::Literal { span, .. } => {
                span.clone()
            }
        }
    }
}

/// Parses a call. White space around it does not matter.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let mut cursor = Cursor::new(text);
    cursor.skip_blanks();
    let call = call(&mut cursor, 1)?;
    cursor.skip_blanks();
    if cursor.peek().is_some() {
        return Err(with_help(
            cursor.unexpected("the end"),
            "a function's result has no path; States.ArrayGetItem takes an item out of an array",
        ));
    }
    Ok(call)
}

fn call(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, SyntaxError> {
    let start = cursor.at();
    let name = cursor.take_while(|character| character == '.' || character == '_' || character.is_alphanumeric());
    if name.is_empty() {
        return Err(cursor.unexpected("a function, a path, or a value"));
    }
    if cursor.peek() != Some('(') {
        let error = error_at(start, format!("`{name}` is neither a path nor a call of a function"));
        return Err(with_help(error, "a path begins with `$`, texts stand in single quotes: 'text'"));
    }
    let builtin = intrinsic(name).ok_or_else(|| unknown(start, name))?;
    if depth > DEPTH_MAX {
        return Err(error_at(start, format!("functions nest at most {DEPTH_MAX} deep")));
    }
    let arguments = arguments(cursor, builtin, depth)?;
    if !builtin.arity.allows(arguments.len()) {
        let (arity, count) = (builtin.arity, arguments.len());
        return Err(error_at(start, format!("`{name}` takes {arity}, but here are {count}")));
    }
    Ok(Expression::Call { builtin, arguments, span: start..cursor.at() })
}

/// `(…, …)`
fn arguments(cursor: &mut Cursor<'_>, builtin: &Builtin, depth: usize) -> Result<Vec<Expression>, SyntaxError> {
    cursor.expect("(")?;
    cursor.skip_blanks();
    let mut arguments = Vec::new();
    if cursor.eat(")") {
        return Ok(arguments);
    }
    loop {
        let is_template = builtin.name == "States.Format" && arguments.is_empty();
        cursor.skip_blanks();
        arguments.push(argument(cursor, is_template, depth)?);
        cursor.skip_blanks();
        if cursor.eat(")") {
            return Ok(arguments);
        }
        if !cursor.eat(",") {
            return Err(cursor.unexpected("`,` or `)`"));
        }
    }
}

fn argument(cursor: &mut Cursor<'_>, is_template: bool, depth: usize) -> Result<Expression, SyntaxError> {
    let start = cursor.at();
    match cursor.peek() {
        Some('$') => {
            let path = jsonpath::path(cursor)?;
            Ok(Expression::Path { path, span: start..cursor.at() })
        }
        Some('\'') => {
            let string = string(cursor, is_template)?;
            let mut text = Vec::with_capacity(string.len() + 2);
            json::quote(&string, &mut text);
            Ok(Expression::Literal { text: text.into(), span: start..cursor.at() })
        }
        Some('"') => Err(with_help(cursor.unexpected("an argument"), "texts stand in single quotes: 'text'")),
        Some('-' | '+' | '.' | '0'..='9') => number(cursor),
        _ => keyword(cursor).map_or_else(|| call(cursor, depth + 1), Ok),
    }
}

/// The text of a string. A backslash makes `'`, `{`, `}` and another backslash ordinary characters; before others it
/// stands for itself. In the template of States.Format it stays before braces and backslashes: the function reads it.
fn string(cursor: &mut Cursor<'_>, is_template: bool) -> Result<String, SyntaxError> {
    let start = cursor.at();
    cursor.expect("'")?;
    let mut text = String::new();
    while let Some(character) = cursor.next() {
        match (character, cursor.peek()) {
            ('\'', _) => return Ok(text),
            ('\\', Some(escaped @ ('\'' | '{' | '}' | '\\'))) => {
                if is_template && escaped != '\'' {
                    text.push('\\');
                }
                text.push(escaped);
                cursor.next();
            }
            _ => text.push(character),
        }
    }
    Err(with_help(error_at(start, "the quote `'` is not closed"), "a quote in a text is written as \\'"))
}

fn number(cursor: &mut Cursor<'_>) -> Result<Expression, SyntaxError> {
    let start = cursor.at();
    let text = cursor.take_while(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    if !is_number(text) {
        return Err(error_at(start, format!("`{text}` is no number")));
    }
    Ok(Expression::Literal { text: text.as_bytes().into(), span: start..cursor.at() })
}

/// `true`, `false` or `null`, if one comes.
fn keyword(cursor: &mut Cursor<'_>) -> Option<Expression> {
    let start = cursor.at();
    let ends = |rest: &str| !rest.starts_with(|next: char| next == '.' || next == '_' || next.is_alphanumeric());
    let comes = |word: &&&str| cursor.rest().strip_prefix(**word).is_some_and(ends);
    let word = ["true", "false", "null"].iter().find(comes)?;
    cursor.eat(word);
    Some(Expression::Literal { text: word.as_bytes().into(), span: start..cursor.at() })
}

fn unknown(start: usize, name: &str) -> SyntaxError {
    let error = error_at(start, format!("no intrinsic function is named `{name}`"));
    let nearest = INTRINSICS.iter().map(|builtin| (distance(name, builtin.name), builtin.name)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 1 + name.len() / 6 => {
            with_help(error, format!("did you mean `{nearest}`?"))
        }
        _ => error,
    }
}

/// How many letters must be changed, added or taken away to make one name the other, whatever their case (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    const LENGTH_MAX: usize = 64;
    if left.len() > LENGTH_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.bytes().enumerate() {
            let changed = diagonal + usize::from(!a.eq_ignore_ascii_case(&b));
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests;
