//! A value: the bytes of one JSON text, and where they lie.

use std::ops::Range;

/// Which text holds a value's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Source {
    /// The line the execution was started with, in the block it came in.
    Line = 0,
    /// What the execution wrote or was answered.
    Arena = 1,
    /// The program's constants.
    Constant = 2,
}

const LENGTH_BITS: u32 = 30;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;

/// A span of valid JSON text in one of the execution's texts, or nothing. Eight bytes, no pointer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value {
    start: u32,
    /// Two bits of source, thirty of length.
    tail: u32,
}

impl Value {
    /// No value: a path that found nothing, a variable never assigned.
    pub const MISSING: Value = Value { start: u32::MAX, tail: 0 };

    /// The most bytes a value can have.
    pub const LENGTH_MAX: usize = LENGTH_MASK as usize;

    /// The value at `start..end` of `source`.
    #[inline(always)]
    pub fn new(source: Source, start: usize, end: usize) -> Value {
        debug_assert!(start <= end && end - start <= LENGTH_MASK as usize && start < u32::MAX as usize);
        Value { start: start as u32, tail: (source as u32) << LENGTH_BITS | (end - start) as u32 }
    }

    /// Whether there is no value.
    #[inline(always)]
    pub fn is_missing(self) -> bool {
        self.start == u32::MAX
    }

    /// Which text holds it.
    #[inline(always)]
    pub fn source(self) -> Source {
        match self.tail >> LENGTH_BITS {
            0 => Source::Line,
            1 => Source::Arena,
            _ => Source::Constant,
        }
    }

    /// Its length in bytes; nothing is zero bytes long.
    #[inline(always)]
    #[expect(clippy::len_without_is_empty, reason = "no JSON text is empty")]
    pub fn len(self) -> usize {
        (self.tail & LENGTH_MASK) as usize
    }

    /// Where it lies in its text.
    #[inline(always)]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len()
    }

    /// The part of this value at `range` of its own bytes.
    #[inline(always)]
    pub fn part(self, range: Range<usize>) -> Value {
        debug_assert!(range.start <= range.end && range.len() <= LENGTH_MASK as usize);
        Value { start: self.start + range.start as u32, tail: self.tail & !LENGTH_MASK | range.len() as u32 }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_missing() { f.write_str("missing") } else { write!(f, "{:?}{:?}", self.source(), self.range()) }
    }
}

/// The three texts an execution's values lie in.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// What [`Source::Line`] means; may be a whole block of lines.
    pub line: &'a [u8],
    /// What [`Source::Arena`] means.
    pub arena: &'a [u8],
    /// What [`Source::Constant`] means.
    pub constants: &'a [u8],
}

impl<'a> Texts<'a> {
    /// The value's bytes; empty for a missing one.
    #[inline(always)]
    pub fn text(&self, value: Value) -> &'a [u8] {
        if value.is_missing() {
            return b"";
        }
        &self.of(value.source())[value.range()]
    }

    /// The text that a source means.
    #[inline(always)]
    pub fn of(&self, source: Source) -> &'a [u8] {
        match source {
            Source::Line => self.line,
            Source::Arena => self.arena,
            Source::Constant => self.constants,
        }
    }
}
