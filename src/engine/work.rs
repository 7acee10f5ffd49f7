//! The work on a block: its lines one after another.

use crate::engine::block::{Block, Origin};
use crate::engine::report::Sums;
use crate::engine::scribe::Rejection;
use crate::engine::slab::Key;
use crate::json::{Index, Lines, Malformed, Utf8, is_blank};
use crate::program::Program;
use std::ops::Range;

/// A block and how far its lines have been run.
pub(super) struct Work {
    pub block: Block,
    lines: Lines,
    /// Where the line at hand came from.
    pub origin: Origin,
    /// The line at hand, without its line break.
    pub line: Range<usize>,
    /// Whether an execution of it is under way: if there is a panic now, it is its.
    pub is_hot: bool,
    pub started_ns: u64,
    /// Where its output begins in the page.
    pub from: usize,
    /// The page that lines are written to, and how many the block has had.
    pub page: Option<Key>,
    pub parts: u32,
}

impl Work {
    pub fn new(block: Block, index: Index) -> Work {
        let Block { first_line, offset, file, program, .. } = block;
        Work {
            lines: Lines::new(index, &block.bytes, block.lines.clone()),
            origin: Origin { line: first_line.wrapping_sub(1), offset, file, program },
            line: 0..0,
            is_hot: false,
            started_ns: 0,
            from: 0,
            page: None,
            parts: 0,
            block,
        }
    }

    pub fn is_done(&self) -> bool {
        self.lines.rest().is_empty()
    }

    /// Goes to the next line that is not blank.
    #[inline]
    pub fn next_line(&mut self, sums: &mut Sums) -> Option<Range<usize>> {
        while let Some(line) = self.lines.next(&self.block.bytes) {
            self.origin.line = self.origin.line.wrapping_add(1);
            self.origin.offset = self.block.offset + (line.start - self.block.lines.start) as u64;
            sums.input_bytes += (self.lines.rest().start - line.start) as u64;
            if is_blank(&self.block.bytes[line.clone()]) {
                sums.counts.blank += 1;
                continue;
            }
            self.line = line.clone();
            return Some(line);
        }
        None
    }

    /// Has the rest of the block read without an index, line by line: looking ahead went wrong.
    pub fn stop_looking_ahead(&mut self) {
        self.lines.stop_looking_ahead();
    }

    /// The index, for another block, and the block.
    pub fn into_parts(self) -> (Index, Block) {
        (self.lines.into_index(), self.block)
    }

    /// What is known of the line at hand.
    #[inline(always)]
    pub fn utf8(&self) -> Utf8<'_> {
        self.lines.utf8()
    }

    /// Why the line at hand is longer than its program takes, if it is.
    #[inline]
    pub fn too_long(&self, program: &Program) -> Option<Rejection> {
        let bytes = self.block.cut.filter(|_| self.is_done()).unwrap_or(self.line.len() as u64);
        (bytes > program.limits.payload_bytes as u64).then_some(Rejection::TooLong { bytes })
    }

    /// Where the line at hand is no JSON, as people count.
    pub fn malformed(&self, malformed: &Malformed) -> Rejection {
        let Range { start, end } = self.line;
        let before = &self.block.bytes[start..malformed.offset.clamp(start, end)];
        // Bytes that continue a character are none of their own.
        let column = 1 + before.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Rejection::Malformed { column, reason: malformed.to_string() }
    }

    /// Lines that have not been begun.
    pub fn lines_left(&self) -> u64 {
        let rest = &self.block.bytes[self.lines.rest()];
        let ends = memchr::memchr_iter(b'\n', rest).count() as u64;
        ends + u64::from(rest.last().is_some_and(|byte| *byte != b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_blank_ones_counted() {
        let bytes = b"{\"a\":1}\n\n[2]\r\n \n\"\xc3\xa9\"\nnull".to_vec();
        let block = Block { lines: 0..bytes.len(), first_line: 7, offset: 100, bytes, ..Block::default() };
        let (mut work, mut sums) = (Work::new(block, Index::default()), Sums::new(Vec::new()));
        let mut found = Vec::new();
        while let Some(line) = work.next_line(&mut sums) {
            found.push((line, work.origin.line, work.origin.offset, work.lines_left()));
        }
        assert_eq!(found, [(0..7, 7, 100, 5), (9..12, 9, 109, 3), (16..20, 11, 116, 1), (21..25, 12, 121, 0)]);
        assert_eq!((sums.counts.blank, sums.input_bytes), (2, 25));
    }
}
