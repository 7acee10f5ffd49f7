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
const SOURCE_SHIFT: u32 = 32 + LENGTH_BITS;

/// A span of valid JSON text in one of the execution's texts, or nothing. Eight bytes, no pointer.
///
/// One integer, so that it is handed on in a register, by itself and in what holds it: where it begins in the lower half,
/// its length and two bits of source in the upper.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value(u64);

impl Value {
    /// No value: a path that found nothing, a variable never assigned.
    pub const MISSING: Value = Value(u32::MAX as u64);

    /// The most bytes a value can have.
    pub const LENGTH_MAX: usize = LENGTH_MASK as usize;

    /// The value at `start..end` of `source`.
    #[inline(always)]
    pub fn new(source: Source, start: usize, end: usize) -> Value {
        debug_assert!(start <= end && end - start <= LENGTH_MASK as usize && start < u32::MAX as usize);
        Value((source as u64) << SOURCE_SHIFT | ((end - start) as u64) << 32 | u64::from(start as u32))
    }

    /// Whether there is no value.
    #[inline(always)]
    pub fn is_missing(self) -> bool {
        self.0 as u32 == u32::MAX
    }

    /// Which text holds it.
    #[inline(always)]
    pub fn source(self) -> Source {
        match self.0 >> SOURCE_SHIFT {
            0 => Source::Line,
            1 => Source::Arena,
            _ => Source::Constant,
        }
    }

    /// Its length in bytes; nothing is zero bytes long.
    #[inline(always)]
    #[expect(clippy::len_without_is_empty, reason = "no JSON text is empty")]
    pub fn len(self) -> usize {
        ((self.0 >> 32) as u32 & LENGTH_MASK) as usize
    }

    /// Where it lies in its text.
    #[inline(always)]
    pub fn range(self) -> Range<usize> {
        let start = self.0 as u32 as usize;
        start..start + self.len()
    }

    /// The part of this value at `range` of its own bytes.
    #[inline(always)]
    pub fn part(self, range: Range<usize>) -> Value {
        debug_assert!(range.start <= range.end && range.len() <= LENGTH_MASK as usize);
        let (source, start) = (self.0 >> SOURCE_SHIFT, self.0 as u32 + range.start as u32);
        Value(source << SOURCE_SHIFT | (range.len() as u64) << 32 | u64::from(start))
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

/// Most parts that are copied are no longer than this: so much is copied at once, without a call, and what is too much is
/// dropped again.
const SHORT: usize = 32;

/// Appends a part of a text.
#[inline(always)]
pub fn append(text: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
    let end = out.len() + range.len();
    match text.get(range.start..).and_then(<[u8]>::first_chunk::<SHORT>) {
        Some(short) if range.len() <= SHORT => {
            out.extend_from_slice(short);
            out.truncate(end);
        }
        _ => out.extend_from_slice(&text[range]),
    }
}
