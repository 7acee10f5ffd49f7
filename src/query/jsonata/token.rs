//! The words of an expression: names, literals and operators, one after another.

use super::literal;
use super::{Mistake, mistake};
use crate::builtin::jsonata::Fault;
use std::ops::Range;

/// A word, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Word,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// The end of the text.
    End,
    Operator(&'static str),
    Name(Box<str>),
    /// `$name`, without the `$`.
    Variable(Box<str>),
    String(Box<str>),
    Number(f64),
    Bool(bool),
    Null,
    Regex {
        pattern: Box<str>,
        flags: Box<str>,
    },
}

/// What a `/` would be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slash {
    Divides,
    BeginsRegex,
}

/// Operators and how strongly they bind to their left; those with 0 do not continue an expression.
///
/// Of two that begin alike the longer stands first.
const OPERATORS: [(&str, u8); 34] = [
    ("..", 0),
    (":=", 10),
    ("!=", 40),
    (">=", 40),
    ("<=", 40),
    ("**", 0),
    ("~>", 40),
    (".", 75),
    ("[", 80),
    ("]", 0),
    ("{", 70),
    ("}", 0),
    ("(", 80),
    (")", 0),
    (",", 0),
    ("@", 80),
    ("#", 80),
    (";", 0),
    (":", 0),
    ("?", 20),
    ("+", 50),
    ("-", 50),
    ("*", 60),
    ("/", 60),
    ("%", 60),
    ("|", 0),
    ("=", 40),
    ("<", 40),
    (">", 40),
    ("^", 40),
    ("&", 50),
    ("and", 30),
    ("or", 25),
    ("in", 40),
];

/// Characters that end a name; `!` and `~` are only parts of operators.
const DELIMITERS: &[u8] = b" \t\n\r\x0B.[]{}(),@#;:?+-*/%|=<>^&!~";

/// How strongly the operator binds to its left.
pub(super) fn power(operator: &str) -> u8 {
    OPERATORS.iter().find(|(text, _)| *text == operator).map_or(0, |(_, power)| *power)
}

impl Token {
    /// How strongly it binds to its left, if it continues an expression.
    pub fn power(&self) -> u8 {
        if let Word::Operator(operator) = self.kind { power(operator) } else { 0 }
    }

    pub fn is(&self, operator: &str) -> bool {
        matches!(self.kind, Word::Operator(text) if text == operator)
    }

    /// Its value as messages show it.
    pub fn put_into(&self, fault: Box<Fault>) -> Box<Fault> {
        match &self.kind {
            Word::End => fault.with_text("token", "(end)"),
            Word::Operator(text) => fault.with_text("token", text),
            Word::Name(text) | Word::Variable(text) | Word::String(text) => fault.with_text("token", text),
            Word::Number(number) => fault.with("token", number.to_string()),
            Word::Bool(value) => fault.with("token", value.to_string()),
            Word::Null => fault.with("token", "null"),
            Word::Regex { .. } => fault.with("token", "{}"),
        }
    }
}

/// The token that begins at `at` or after white space and comments there.
pub(super) fn token(text: &str, at: usize, slash: Slash) -> Result<Token, Mistake> {
    let start = skip_blanks(text, at)?;
    let (kind, end) = word(text, start, slash)?;
    Ok(Token { kind, span: start..end })
}

/// The word at `at`, and where it ends.
fn word(text: &str, at: usize, slash: Slash) -> Result<(Word, usize), Mistake> {
    let Some(&first) = text.as_bytes().get(at) else { return Ok((Word::End, at)) };
    match first {
        b'/' if slash == Slash::BeginsRegex => literal::regex(text, at),
        b'"' | b'\'' => literal::string(text, at),
        b'0'..=b'9' => literal::number(text, at),
        b'`' => quoted_name(text, at),
        _ if DELIMITERS.contains(&first) => operator(text, at),
        _ => Ok(name(text, at)),
    }
}

fn skip_blanks(text: &str, mut at: usize) -> Result<usize, Mistake> {
    loop {
        let rest = &text[at..];
        at += rest.bytes().take_while(|byte| DELIMITERS[..5].contains(byte)).count();
        if !text[at..].starts_with("/*") {
            return Ok(at);
        }
        let end = text[at + 2..].find("*/").ok_or_else(|| mistake(Fault::new("S0106"), at))?;
        at += end + 4;
    }
}

fn operator(text: &str, at: usize) -> Result<(Word, usize), Mistake> {
    let rest = &text[at..];
    match OPERATORS.iter().find(|(operator, _)| rest.starts_with(operator)) {
        Some((operator, _)) => Ok((Word::Operator(operator), at + operator.len())),
        None => {
            let unknown = mistake(Fault::new("S0204").with_text("token", &rest[..1]), at);
            Err(if rest.starts_with('!') { unknown.with_help("`$not(…)` negates") } else { unknown })
        }
    }
}

fn quoted_name(text: &str, at: usize) -> Result<(Word, usize), Mistake> {
    let inner = &text[at + 1..];
    let length = inner.find('`').ok_or_else(|| mistake(Fault::new("S0105"), at))?;
    Ok((Word::Name(inner[..length].into()), at + length + 2))
}

fn name(text: &str, at: usize) -> (Word, usize) {
    let rest = &text.as_bytes()[at..];
    let length = rest.iter().position(|byte| DELIMITERS.contains(byte)).unwrap_or(rest.len());
    let name = &text[at..at + length];
    let word = match name {
        "and" => Word::Operator("and"),
        "or" => Word::Operator("or"),
        "in" => Word::Operator("in"),
        "true" => Word::Bool(true),
        "false" => Word::Bool(false),
        "null" => Word::Null,
        _ => match name.strip_prefix('$') {
            Some(variable) => Word::Variable(variable.into()),
            None => Word::Name(name.into()),
        },
    };
    (word, at + length)
}
