//! The strict JSON reader for definitions: RFC 8259, every span kept, mistakes in the words AWS uses.
//!
//! AWS reads definitions with Jackson, and ValidateStateMachineDefinition hands on its messages and its way of
//! telling a place; both are recorded for unknown tokens, the others follow Jackson's texts.

use super::{DEPTH_MAX, Kind, Member, Node};
use crate::diagnostic::{Diagnostic, INVALID_JSON_DESCRIPTION, SCHEMA_VALIDATION_FAILED, Severity, Span};

/// Reads one JSON text. The root of a definition must be an object.
pub fn parse(text: &str) -> Result<Node, Diagnostic> {
    document(text).map_err(|mistake| *mistake)
}

fn document(text: &str) -> Found<Node> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.skip_bom();
    reader.skip_space();
    if reader.peek().is_none() {
        return Err(Box::new(not_an_object(Span::default())));
    }
    let root = reader.value(0)?;
    reader.skip_space();
    if reader.peek().is_some() {
        return Err(reader.unexpected("expected nothing after the definition's last brace"));
    }
    if root.as_object().is_some() { Ok(root) } else { Err(Box::new(not_an_object(root.span))) }
}

/// What AWS says about a text that is empty, or no object.
pub(super) fn not_an_object(span: Span) -> Diagnostic {
    finding(SCHEMA_VALIDATION_FAILED, "Definition must be a valid JSON object".to_owned(), String::new(), span)
}

pub(super) fn finding(code: &'static str, message: String, location: String, span: Span) -> Diagnostic {
    Diagnostic { severity: Severity::Error, code, message, location, span, help: None }
}

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

type Found<T> = Result<T, Box<Diagnostic>>;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Found<Node> {
        if depth > DEPTH_MAX {
            return Err(self.mistake(self.at, format!("the definition is nested more than {DEPTH_MAX} levels deep")));
        }
        let start = self.at;
        let kind = match self.peek() {
            None => return Err(self.ended("")),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(byte) if is_word(byte) => self.word()?,
            Some(_) => return Err(self.unexpected(&format!("expected a valid value {VALUES}"))),
        };
        Ok(Node { kind, span: span(start, self.at) })
    }

    fn object(&mut self, depth: usize) -> Found<Kind> {
        let open = self.at;
        self.at += 1;
        let mut members = Vec::new();
        while self.more(b'}', open, "Object", members.is_empty())? {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("was expecting double-quote to start field name"));
            }
            let start = self.at;
            let name = self.string()?;
            let name_span = span(start, self.at);
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("was expecting a colon to separate field name and value"));
            }
            self.at += 1;
            self.skip_space();
            members.push(Member { name, name_span, value: self.value(depth + 1)? });
        }
        Ok(Kind::Object(members))
    }

    fn array(&mut self, depth: usize) -> Found<Kind> {
        let open = self.at;
        self.at += 1;
        let mut elements = Vec::new();
        while self.more(b']', open, "Array", elements.is_empty())? {
            elements.push(self.value(depth + 1)?);
        }
        Ok(Kind::Array(elements))
    }

    /// Steps to the next item of a list, or past its end.
    fn more(&mut self, close: u8, open: usize, what: &str, first: bool) -> Found<bool> {
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                return Ok(false);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.skip_space();
            }
            Some(_) if first => {}
            Some(_) => return Err(self.unexpected(&format!("was expecting comma to separate {what} entries"))),
            None => {}
        }
        if self.peek().is_none() {
            let marker = self.source(open, 1);
            return Err(self.ended(&format!(": expected close marker for {what} (start marker at {marker})")));
        }
        Ok(true)
    }

    fn word(&mut self) -> Found<Kind> {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            word => {
                let word: String = word.chars().take(80).collect();
                Err(self.mistake(start, format!("Unrecognized token '{word}': was expecting {VALUES}")))
            }
        }
    }

    fn number(&mut self) -> Found<String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        let whole = self.digits()?;
        if first == Some(b'0') && whole > 1 {
            return Err(self.mistake(start, "Invalid numeric value: Leading zeroes not allowed".to_owned()));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn digits(&mut self) -> Found<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(self.at - start) } else { Err(self.unexpected("expected a digit (0-9)")) }
    }

    fn string(&mut self) -> Found<String> {
        let open = self.at;
        self.at += 1;
        let mut decoded = self.plain().to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(decoded);
                }
                Some(b'\\') => {
                    decoded.push(self.escape()?);
                    decoded.push_str(self.plain());
                }
                Some(byte) => {
                    return Err(self.mistake(
                        self.at,
                        format!(
                            "Illegal unquoted character ((CTRL-CHAR, code {byte})): has to be escaped using backslash to be included in string value"
                        ),
                    ));
                }
                None => {
                    self.at = open + 1;
                    return Err(self.ended(": was expecting closing quote for a string value"));
                }
            }
        }
    }

    /// What stands here of a string, up to its end, an escape, or what must not stand in it.
    fn plain(&mut self) -> &'a str {
        let rest = &self.bytes[self.at..];
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
        let start = self.at;
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    fn escape(&mut self) -> Found<char> {
        self.at += 1;
        let Some(letter) = self.text[self.at..].chars().next() else { return Err(self.ended(" in an escape")) };
        self.at += letter.len_utf8();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            _ => {
                let code = letter as u32;
                let message = format!("Unrecognized character escape '{letter}' (code {code})");
                return Err(self.mistake(self.at - letter.len_utf8(), message));
            }
        })
    }

    fn unicode(&mut self) -> Found<char> {
        let start = self.at - 2;
        let high = self.hex()?;
        let mut code = high;
        if (0xD800..0xDC00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.mistake(start, "this escape is half of a surrogate pair".to_owned()))
    }

    fn hex(&mut self) -> Found<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|four| four.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|four| u32::from_str_radix(str::from_utf8(four).ok()?, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.unexpected("expected a hex-digit for character escape sequence")),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip_bom(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = 3;
        }
    }

    /// The character here is not what should be here, or the text ends.
    fn unexpected(&mut self, expected: &str) -> Box<Diagnostic> {
        let Some(found) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            return self.ended(&format!(": {expected}"));
        };
        let start = self.at;
        self.at += found.len_utf8();
        let shown = if found.is_control() { "CTRL-CHAR".to_owned() } else { format!("'{found}'") };
        self.mistake(start, format!("Unexpected character ({shown} (code {})): {expected}", found as u32))
    }

    fn ended(&mut self, why: &str) -> Box<Diagnostic> {
        let start = self.at.min(self.bytes.len().saturating_sub(1));
        self.at = self.bytes.len();
        self.mistake(start, format!("Unexpected end-of-input{why}"))
    }

    /// A mistake whose text runs from `start` to where the reader stands.
    fn mistake(&self, start: usize, message: String) -> Box<Diagnostic> {
        let place = self.source(self.at, 1);
        let end = self.at.max(start + 1).min(self.bytes.len());
        let message = format!("{message}\n at {place}");
        Box::new(finding(INVALID_JSON_DESCRIPTION, message, place, span(start, end)))
    }

    /// Jackson's way to tell a place: at most 500 characters of the text, then line and column.
    fn source(&self, at: usize, from: usize) -> String {
        let shown: String = self.text.chars().take(500).collect();
        let left = self.text.chars().count() - shown.chars().count();
        let cut = if left > 0 { format!("[truncated {left} chars]") } else { String::new() };
        let before = &self.bytes[..at];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let row = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let column = String::from_utf8_lossy(&before[row..]).chars().count() + from;
        format!("[Source: (String)\"{shown}\"{cut}; line: {line}, column: {column}]")
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}
