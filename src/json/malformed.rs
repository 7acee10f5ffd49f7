//! What is wrong with a text that is no JSON, and where.

use super::grammar::DEPTH_MAX;
use std::fmt;

/// A text that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The byte of the text that does not fit; one past the last where the text ends too early.
    pub offset: usize,
    /// What would have fitted, or what is wrong.
    pub reason: Reason,
    /// The byte that stands there; none at the end.
    pub found: Option<u8>,
}

/// What would have fitted, or what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// A value had to begin here.
    Value,
    /// A member's name had to begin here.
    Key,
    /// A colon had to follow the name.
    Colon,
    /// The object had to go on or end.
    CommaOrBrace,
    /// The array had to go on or end.
    CommaOrBracket,
    /// The value is complete, and something follows.
    End,
    /// A number lacks a digit here.
    Digit,
    /// A string is not closed.
    Quote,
    /// A string holds a control character as it is.
    Control,
    /// A backslash is followed by nothing JSON knows.
    Escape,
    /// An escaped surrogate is not half of a pair.
    Surrogate,
    /// The bytes are no UTF-8.
    Utf8,
    /// Arrays and objects are nested deeper than [`DEPTH_MAX`].
    Depth,
    /// The text is longer, or lies further into its block, than a value can.
    Length,
}

impl Reason {
    const ALL: [Reason; 14] = {
        use Reason::*;
        [
            Value,
            Key,
            Colon,
            CommaOrBrace,
            CommaOrBracket,
            End,
            Digit,
            Quote,
            Control,
            Escape,
            Surrogate,
            Utf8,
            Depth,
            Length,
        ]
    };

    /// Whether the message gains by naming the byte that was found.
    fn names_found(self) -> bool {
        use Reason::*;
        matches!(self, Value | Key | Colon | CommaOrBrace | CommaOrBracket | End | Digit | Quote | Control | Escape)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Value => "expected a value",
            Reason::Key => "expected a name in double quotes",
            Reason::Colon => "expected `:`",
            Reason::CommaOrBrace => "expected `,` or `}`",
            Reason::CommaOrBracket => "expected `,` or `]`",
            Reason::End => "expected nothing after the value",
            Reason::Digit => "expected a digit",
            Reason::Quote => "expected `\"` to close the string",
            Reason::Control => "expected control characters in strings to be escaped",
            Reason::Escape => "expected one of `\"\\/bfnrt` or `u` and four hexadecimal digits after `\\`",
            Reason::Surrogate => "half of a surrogate pair without the other half",
            Reason::Utf8 => "not valid UTF-8",
            Reason::Depth => return write!(f, "nested more than {DEPTH_MAX} levels deep"),
            Reason::Length => "too long: a value has to end within 1 GiB, a block within 4 GiB",
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        match self.found {
            _ if !self.reason.names_found() => Ok(()),
            None => f.write_str(", found the end"),
            Some(byte @ b' '..=b'~') => write!(f, ", found `{}`", byte as char),
            Some(byte) => write!(f, ", found byte 0x{byte:02X}"),
        }
    }
}

impl std::error::Error for Malformed {}

/// A [`Malformed`] small enough to be returned in a register: the offset and, in the last byte, the reason.
#[derive(Clone, Copy)]
pub(super) struct Fault(u64);

impl Fault {
    /// `reason` at `offset`.
    #[cold]
    pub fn new(offset: usize, reason: Reason) -> Fault {
        Fault((offset as u64) << 8 | reason as u64)
    }

    /// In full, for the text up to `end`.
    pub fn explain(self, text: &[u8], end: usize) -> Malformed {
        let offset = ((self.0 >> 8) as usize).min(end);
        let reason = Reason::ALL[(self.0 & 0xFF) as usize];
        Malformed { offset, reason, found: text[..end].get(offset).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_packing() {
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            let explained = Fault::new(3, reason).explain(b"0123456", 7);
            assert_eq!(explained, Malformed { offset: 3, reason, found: Some(b'3') });
        }
    }

    #[test]
    fn messages_say_what_would_do_and_what_was_found() {
        let message = |offset, reason| Fault::new(offset, reason).explain(b"{\x01\xC3", 3).to_string();
        assert_eq!(message(0, Reason::CommaOrBrace), "expected `,` or `}`, found `{`");
        assert_eq!(message(1, Reason::Value), "expected a value, found byte 0x01");
        assert_eq!(message(3, Reason::Value), "expected a value, found the end");
        assert_eq!(message(2, Reason::Utf8), "not valid UTF-8");
    }
}
