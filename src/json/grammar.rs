//! The grammar of RFC 8259, checked in one pass without recursion.
//!
//! Every function takes a place in the text and answers with the place behind what it checked.

use super::malformed::{Fault, Reason};
use super::vector::{LANES, chunk, string_stops};

/// How deep arrays and objects may be nested.
pub const DEPTH_MAX: usize = 512;

/// How many bytes should follow the last text of a block, whatever they are, so that no read takes a slow path at its end.
pub const PADDING: usize = 64;

const _: () = assert!(PADDING >= LANES);

type Checked<T> = Result<T, Fault>;

/// A text to be checked: `bytes[..end]`. What follows `end` is never part of it but may be loaded beside it.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// The bytes of the whole block.
    pub bytes: &'a [u8],
    read: &'a [u8],
}

impl<'a> Text<'a> {
    /// The text that ends at `end` of a block.
    pub fn new(bytes: &'a [u8], end: usize) -> Text<'a> {
        Text { bytes, read: &bytes[..end] }
    }

    /// One past its last byte.
    #[inline(always)]
    pub fn end(self) -> usize {
        self.read.len()
    }

    /// The byte at `at`; behind the end a zero, which fits nowhere in JSON.
    #[inline(always)]
    pub fn at(self, at: usize) -> u8 {
        self.read.get(at).copied().unwrap_or(0)
    }

    /// Behind the white space at `at`.
    #[inline(always)]
    pub fn blank(self, at: usize) -> usize {
        if self.at(at) > b' ' { at } else { self.blank_slowly(at) }
    }

    fn blank_slowly(self, mut at: usize) -> usize {
        while matches!(self.at(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    /// Checks the value at `at`, which lies in `depth` arrays and objects.
    #[inline(always)]
    pub fn value(self, at: usize, depth: usize) -> Checked<usize> {
        match self.at(at) {
            b'{' | b'[' => self.container(at, depth),
            _ => self.scalar(at),
        }
    }

    /// Checks the string, number or literal at `at`.
    #[inline(always)]
    pub fn scalar(self, at: usize) -> Checked<usize> {
        // Not one `match`: a table of jumps is guessed wrong more often than a few branches.
        let first = self.at(at);
        if first == b'"' {
            return Ok(self.string(at)?.0);
        }
        if first.is_ascii_digit() || first == b'-' {
            return self.number(at);
        }
        match first {
            b't' => self.literal(at, b"true"),
            b'f' => self.literal(at, b"false"),
            b'n' => self.literal(at, b"null"),
            _ => Err(Fault::new(at, Reason::Value)),
        }
    }

    #[inline(always)]
    fn literal(self, at: usize, word: &[u8]) -> Checked<usize> {
        let end = at + word.len();
        if self.read.get(at..end) == Some(word) { Ok(end) } else { Err(Fault::new(at, Reason::Value)) }
    }

    /// Checks the array or object at `at`, which lies in `depth` others.
    pub fn container(self, mut at: usize, depth: usize) -> Checked<usize> {
        let mut open = Open::new(depth);
        loop {
            let first = self.at(at);
            if first == b'"' {
                at = self.string(at)?.0;
            } else if matches!(first, b'{' | b'[') {
                open.push(first == b'{').ok_or_else(|| Fault::new(at, Reason::Depth))?;
                at = self.blank(at + 1);
                // In ASCII the closing bracket is two behind the opening one.
                if self.at(at) != first + 2 {
                    if first == b'{' {
                        at = self.name(at)?;
                    }
                    continue;
                }
            } else {
                at = self.scalar(at)?;
            }
            // A value ends before `at`, and so may what it lies in.
            loop {
                at = self.blank(at);
                let next = self.at(at);
                if next == b',' {
                    at = self.blank(at + 1);
                    if open.in_object() {
                        at = self.name(at)?;
                    }
                    break;
                }
                if next != if open.in_object() { b'}' } else { b']' } {
                    return Err(Fault::new(at, unclosed(open.in_object())));
                }
                at += 1;
                if open.pop() {
                    return Ok(at);
                }
            }
        }
    }

    /// Checks a member's name and the colon; answers where the value begins.
    #[inline(always)]
    fn name(self, at: usize) -> Checked<usize> {
        if self.at(at) != b'"' {
            return Err(Fault::new(at, Reason::Key));
        }
        let (end, _) = self.string(at)?;
        self.colon(end)
    }

    /// Checks the colon behind a name; answers where the value begins.
    #[inline(always)]
    pub fn colon(self, at: usize) -> Checked<usize> {
        let at = self.blank(at);
        if self.at(at) == b':' { Ok(self.blank(at + 1)) } else { Err(Fault::new(at, Reason::Colon)) }
    }

    /// Checks the string that opens at `at`; answers also whether it holds an escape.
    #[inline(always)]
    pub fn string(self, at: usize) -> Checked<(usize, bool)> {
        let mut at = at + 1;
        let mut escaped = false;
        loop {
            at = self.plain(at);
            // What was found may lie behind the end: then `at` answers zero.
            match self.at(at) {
                b'"' => return Ok((at + 1, escaped)),
                b'\\' => at = self.escape(at)?,
                _ => return Err(self.stray(at)),
            }
            escaped = true;
        }
    }

    /// The next quote, backslash or control character, or some place behind the end.
    #[inline(always)]
    fn plain(self, mut at: usize) -> usize {
        while let Some(chunk) = chunk(self.bytes, at) {
            let stops = string_stops(chunk);
            if stops != 0 {
                return at + stops.trailing_zeros() as usize;
            }
            at += LANES;
            if at >= self.end() {
                return at;
            }
        }
        self.plain_slowly(at)
    }

    #[inline(never)]
    fn plain_slowly(self, mut at: usize) -> usize {
        while !matches!(self.at(at), b'"' | b'\\' | 0..0x20) {
            at += 1;
        }
        at
    }

    #[cold]
    fn stray(self, at: usize) -> Fault {
        if at < self.end() { Fault::new(at, Reason::Control) } else { Fault::new(self.end(), Reason::Quote) }
    }

    /// Checks the escape whose backslash stands at `at`.
    #[inline(never)]
    pub fn escape(self, at: usize) -> Checked<usize> {
        match self.at(at + 1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
            b'u' => self.code_unit(at),
            _ => Err(Fault::new(at + 1, Reason::Escape)),
        }
    }

    fn code_unit(self, at: usize) -> Checked<usize> {
        match self.four_digits(at)? {
            0xDC00..=0xDFFF => Err(Fault::new(at, Reason::Surrogate)),
            0xD800..=0xDBFF => {
                let low = at + 6;
                let paired = self.at(low) == b'\\' && self.at(low + 1) == b'u';
                match paired.then(|| self.four_digits(low)).transpose()? {
                    Some(0xDC00..=0xDFFF) => Ok(low + 6),
                    _ => Err(Fault::new(at, Reason::Surrogate)),
                }
            }
            _ => Ok(at + 6),
        }
    }

    /// The number in `\uXXXX` at `at`.
    fn four_digits(self, at: usize) -> Checked<u32> {
        (at + 2..at + 6).try_fold(0, |number, at| {
            let digit = (self.at(at) as char).to_digit(16).ok_or_else(|| Fault::new(at, Reason::Escape))?;
            Ok(number * 16 + digit)
        })
    }

    #[inline(always)]
    fn number(self, mut at: usize) -> Checked<usize> {
        if self.at(at) == b'-' {
            at += 1;
        }
        at = if self.at(at) == b'0' { at + 1 } else { self.digits(at)? };
        if self.at(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.at(at), b'e' | b'E') {
            at += 1;
            if matches!(self.at(at), b'+' | b'-') {
                at += 1;
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// Checks one digit or more.
    #[inline(always)]
    fn digits(self, at: usize) -> Checked<usize> {
        let mut end = at;
        while self.at(end).is_ascii_digit() {
            end += 1;
        }
        if end > at { Ok(end) } else { Err(Fault::new(at, Reason::Digit)) }
    }
}

/// What could have stood where an object or array neither went on nor ended.
#[cold]
pub(super) fn unclosed(object: bool) -> Reason {
    if object { Reason::CommaOrBrace } else { Reason::CommaOrBracket }
}

const GROUP: usize = 64;

/// Which of the open containers are objects: a stack of bits whose top sixty-four live in a register.
pub(super) struct Open {
    top: u64,
    count: usize,
    room: usize,
    below: [u64; DEPTH_MAX / GROUP],
}

impl Open {
    #[inline(always)]
    pub fn new(depth: usize) -> Open {
        Open { top: 0, count: 0, room: DEPTH_MAX.saturating_sub(depth), below: [0; DEPTH_MAX / GROUP] }
    }

    #[inline(always)]
    pub fn in_object(&self) -> bool {
        self.top & 1 != 0
    }

    /// None where it would be too deep.
    #[inline(always)]
    pub fn push(&mut self, object: bool) -> Option<()> {
        if self.count >= self.room {
            return None;
        }
        if self.count.is_multiple_of(GROUP) {
            self.below[self.count / GROUP] = self.top;
        }
        self.top = self.top << 1 | u64::from(object);
        self.count += 1;
        Some(())
    }

    /// Whether that was the last.
    #[inline(always)]
    pub fn pop(&mut self) -> bool {
        self.top >>= 1;
        self.count -= 1;
        if self.count.is_multiple_of(GROUP) {
            self.top = self.below[self.count / GROUP];
        }
        self.count == 0
    }
}
