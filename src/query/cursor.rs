//! A place in an expression's text, and what can be asked of the text from there on.

use crate::query::SyntaxError;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// Where it stands, in bytes from the start of the text.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes past the next character.
    pub fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Goes past the characters if they come next.
    pub fn eat(&mut self, expected: &str) -> bool {
        let comes = self.rest().starts_with(expected);
        self.at += if comes { expected.len() } else { 0 };
        comes
    }

    /// Goes past the characters, or says that they are missing.
    pub fn expect(&mut self, expected: &str) -> Result<(), SyntaxError> {
        if self.eat(expected) { Ok(()) } else { Err(self.unexpected(&format!("`{expected}`"))) }
    }

    /// Goes past white space.
    pub fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Goes past characters of one kind and gives them.
    pub fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !is_wanted(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// An error here: something else should have come.
    pub fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = match self.peek() {
            Some(character) => format!("`{character}`"),
            None => "the end".to_owned(),
        };
        self.error(format!("expected {expected}, found {found}"))
    }

    /// An error here.
    pub fn error(&self, message: impl Into<String>) -> SyntaxError {
        error_at(self.at, message)
    }
}

/// An error elsewhere.
pub(super) fn error_at(offset: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError { offset, message: message.into(), help: None }
}

/// An error that knows what would do.
pub(super) fn with_help(error: SyntaxError, help: impl Into<String>) -> SyntaxError {
    SyntaxError { help: Some(help.into()), ..error }
}
