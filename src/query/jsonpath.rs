//! Paths as definitions write them: `$.a[0]`, `$$.Execution.Id`, `$variable.b`.
//!
//! The dialect is Jayway's as Step Functions has it: no functions such as `length()`, no regular expressions.
//! Sources: States Language, "Paths" and "Reference Paths"; Step Functions developer guide, "Paths", "Variables",
//! "Context object"; what recordings and published definitions show beyond them is said where it is done.

use std::fmt::{self, Display, Formatter};

use crate::builtin::path::{Path, Selector, is_definite};
use crate::json::Step;
use crate::query::SyntaxError;
use crate::query::cursor::{Cursor, error_at, with_help};
use crate::query::filter::{self, Names};

/// The most selectors a path may have, and the most names or indices in one of them; it bounds the time a path takes.
const SELECTORS_MAX: usize = 256;

/// A path and what it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathExpression {
    /// What it begins with.
    pub root: Root,
    /// How it goes on.
    pub selectors: Vec<Selector>,
}

/// What a path begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$`: the input, or what the field's documentation says.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// Parses a path. White space around it does not matter.
pub fn parse(text: &str) -> Result<PathExpression, SyntaxError> {
    let mut cursor = Cursor::new(text);
    cursor.skip_blanks();
    let path = path(&mut cursor)?;
    cursor.skip_blanks();
    match cursor.peek() {
        None => Ok(path),
        Some(_) => Err(after_path(&cursor)),
    }
}

/// What a path cannot be followed by.
fn after_path(cursor: &Cursor<'_>) -> SyntaxError {
    match cursor.peek() {
        Some('(') => with_help(
            cursor.error("paths have no functions"),
            "intrinsic functions such as States.ArrayLength do what Step Functions offers",
        ),
        _ => with_help(cursor.unexpected("`.` or `[`"), "write names with other characters in brackets: ['my name']"),
    }
}

/// The path that begins here, as far as it goes.
pub(super) fn path(cursor: &mut Cursor<'_>) -> Result<PathExpression, SyntaxError> {
    let root = root(cursor)?;
    let selectors = selectors(cursor, Names::Plain, 0)?;
    Ok(PathExpression { root, selectors })
}

fn root(cursor: &mut Cursor<'_>) -> Result<Root, SyntaxError> {
    if !cursor.eat("$") {
        return Err(with_help(cursor.unexpected("a path"), "a path begins with `$`, `$$` or `$variable`"));
    }
    if cursor.eat("$") {
        return Ok(Root::Context);
    }
    let start = cursor.at();
    let name = cursor.take_while(|character| character == '_' || character.is_alphanumeric());
    match name.chars().next() {
        None => Ok(Root::Input),
        Some(first) if first.is_numeric() => Err(error_at(start, "the name of a variable begins with a letter")),
        Some(_) => Ok(Root::Variable(name.to_owned())),
    }
}

/// The selectors that come next. `depth`: how many filters they stand in.
pub(super) fn selectors(cursor: &mut Cursor<'_>, names: Names, depth: usize) -> Result<Vec<Selector>, SyntaxError> {
    let mut selectors = Vec::new();
    loop {
        if cursor.eat("..") {
            selectors.push(Selector::Descend);
            selectors.push(dotted(cursor, names, depth)?);
        } else if cursor.eat(".") {
            selectors.push(dotted(cursor, names, depth)?);
        } else if cursor.peek() == Some('[') {
            selectors.push(bracketed(cursor, depth)?);
        } else {
            return Ok(selectors);
        }
        if selectors.len() > SELECTORS_MAX {
            return Err(cursor.error(format!("a path has at most {SELECTORS_MAX} steps")));
        }
    }
}

/// A list in brackets, from its first item on.
fn list<T>(
    cursor: &mut Cursor<'_>,
    first: T,
    next: fn(&mut Cursor<'_>) -> Result<T, SyntaxError>,
) -> Result<Vec<T>, SyntaxError> {
    let mut list = vec![first];
    cursor.skip_blanks();
    while cursor.eat(",") {
        cursor.skip_blanks();
        list.push(next(cursor)?);
        cursor.skip_blanks();
        if list.len() > SELECTORS_MAX {
            return Err(cursor.error(format!("brackets hold at most {SELECTORS_MAX} names or indices")));
        }
    }
    Ok(list)
}

/// What follows a dot: a name, a star, or brackets all the same (`$.[0]`, as Jayway has it).
fn dotted(cursor: &mut Cursor<'_>, names: Names, depth: usize) -> Result<Selector, SyntaxError> {
    if cursor.peek() == Some('[') {
        return bracketed(cursor, depth);
    }
    match cursor.take_while(|character| names.allow(character)) {
        "" => Err(cursor.unexpected("a name after the dot")),
        "*" => Ok(Selector::Wildcard),
        name => Ok(Selector::Key(name.into())),
    }
}

/// `['a']`, `[0]`, `[0,1]`, `[1:]`, `[*]`, `[?(…)]`.
fn bracketed(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector, SyntaxError> {
    cursor.expect("[")?;
    cursor.skip_blanks();
    let selector = match cursor.peek() {
        Some('\'' | '"') => keys(cursor)?,
        Some('?') => filter::filter(cursor, depth)?,
        Some('(') => from_the_end(cursor)?,
        Some('*') => {
            cursor.next();
            Selector::Wildcard
        }
        _ => places(cursor)?,
    };
    cursor.skip_blanks();
    cursor.expect("]")?;
    Ok(selector)
}

fn keys(cursor: &mut Cursor<'_>) -> Result<Selector, SyntaxError> {
    let key = |cursor: &mut Cursor<'_>| quoted(cursor).map(String::into_boxed_str);
    let first = key(cursor)?;
    let mut keys = Vec::new();
    for key in list(cursor, first, key)? {
        // An object has each member once.
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(if keys.len() == 1 { Selector::Key(keys.remove(0)) } else { Selector::Keys(keys) })
}

/// A name or text in quotes of either kind. A backslash before such a quote or another backslash makes it an ordinary
/// character, except that `\"` in single quotes keeps its backslash (recorded: `$['Test\""Name"']`).
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, SyntaxError> {
    let start = cursor.at();
    let quote = match cursor.peek() {
        Some(quote @ ('\'' | '"')) => quote,
        _ => return Err(cursor.unexpected("a quote")),
    };
    cursor.next();
    let mut text = String::new();
    while let Some(character) = cursor.next() {
        match (character, cursor.peek()) {
            ('\\', Some(escaped)) if escaped == quote || escaped == '\\' => {
                text.push(escaped);
                cursor.next();
            }
            _ if character == quote => return Ok(text),
            _ => text.push(character),
        }
    }
    Err(error_at(start, format!("the quote `{quote}` is not closed")))
}

/// One index, several, or a slice.
fn places(cursor: &mut Cursor<'_>) -> Result<Selector, SyntaxError> {
    let first = index(cursor)?;
    cursor.skip_blanks();
    if cursor.peek() == Some(':') {
        return slice(cursor, first);
    }
    let Some(first) = first else {
        return Err(cursor.unexpected("an index, a name in quotes, `*` or a filter"));
    };
    let next = |cursor: &mut Cursor<'_>| index(cursor)?.ok_or_else(|| cursor.unexpected("an index"));
    let places = list(cursor, first, next)?;
    Ok(if places.len() == 1 { Selector::Index(first) } else { Selector::Union(places) })
}

fn slice(cursor: &mut Cursor<'_>, start: Option<i64>) -> Result<Selector, SyntaxError> {
    cursor.expect(":")?;
    cursor.skip_blanks();
    let end = index(cursor)?;
    cursor.skip_blanks();
    let at = cursor.at();
    let step = if cursor.eat(":") { index(cursor)?.unwrap_or(1) } else { 1 };
    match u32::try_from(step) {
        Ok(step @ 1..) => Ok(Selector::Slice { start, end, step }),
        _ => Err(error_at(at, "the step of a slice is a positive number")),
    }
}

/// A number, if one comes.
fn index(cursor: &mut Cursor<'_>) -> Result<Option<i64>, SyntaxError> {
    let start = cursor.at();
    match cursor.take_while(|character| character == '-' || character.is_ascii_digit()) {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| error_at(start, format!("`{digits}` is no index"))),
    }
}

/// `(@.length-1)`, which means the last element. It is the one script that definitions are known to use.
fn from_the_end(cursor: &mut Cursor<'_>) -> Result<Selector, SyntaxError> {
    let start = cursor.at();
    let script: String = cursor.take_while(|character| character != ']').split_whitespace().collect();
    let back = script.strip_prefix("(@.length-").and_then(|rest| rest.strip_suffix(")")?.parse::<u32>().ok());
    match back {
        Some(back @ 1..) => Ok(Selector::Index(-i64::from(back))),
        _ => Err(with_help(error_at(start, "scripts are not supported"), "`[-1]` is the last element")),
    }
}

impl PathExpression {
    /// Whether the path leads to at most one value; others give an array of all they find.
    pub fn is_definite(&self) -> bool {
        is_definite(&self.selectors)
    }

    /// Whether ResultPath may have it: names and indices only, below the input (States Language, "Reference Paths").
    pub fn is_reference_path(&self) -> bool {
        self.root == Root::Input && self.steps().is_some()
    }

    /// The path as plain steps, if it consists of names and indices from the start only.
    pub fn steps(&self) -> Option<Vec<Step>> {
        let step = |selector: &Selector| match selector {
            Selector::Key(name) => Some(Step::Key(name.clone())),
            Selector::Index(index) => u32::try_from(*index).ok().map(Step::Index),
            _ => None,
        };
        self.selectors.iter().map(step).collect()
    }
}

/// The normal form, with brackets only: `$['a'][0]`, `$$['Execution']`, `$name['b']`.
impl Display for PathExpression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Input => {}
            Root::Context => f.write_str("$")?,
            Root::Variable(name) => {
                write!(f, "${name}")?;
                return self.selectors.iter().try_for_each(|selector| selector.fmt(f));
            }
        }
        Path { selectors: self.selectors.clone() }.fmt(f)
    }
}

#[cfg(test)]
mod tests;
