//! The work on a block: its lines one after another.

use crate::engine::block::{Block, Origin};
use crate::engine::report::Sums;
use crate::engine::scribe::Rejection;
use crate::engine::slab::Key;
use crate::json::{Index, Malformed, Utf8};
use crate::program::Program;
use std::ops::Range;

/// A block and how far its lines have been run.
pub(super) struct Work {
    pub block: Block,
    /// Whether all of the block is UTF-8.
    is_utf8: bool,
    /// The lines to come, as far as they have been looked at, and whether the line at hand is of them.
    pub index: Index,
    is_indexed: bool,
    cursor: usize,
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
    pub fn new(block: Block, mut index: Index) -> Work {
        index.clear();
        let is_utf8 = simdutf8::basic::from_utf8(&block.bytes[block.lines.clone()]).is_ok();
        let Block { first_line, offset, file, program, .. } = block;
        Work {
            is_utf8,
            index,
            is_indexed: false,
            cursor: block.lines.start,
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
        self.cursor >= self.block.lines.end
    }

    /// Goes to the next line that is not blank.
    #[inline]
    pub fn next_line(&mut self, sums: &mut Sums) -> Option<Range<usize>> {
        while !self.is_done() {
            let begin = self.cursor;
            let end = self.line_end(begin);
            self.cursor = (end + 1).min(self.block.lines.end);
            self.origin.line = self.origin.line.wrapping_add(1);
            self.origin.offset = self.block.offset + (begin - self.block.lines.start) as u64;
            sums.input_bytes += (self.cursor - begin) as u64;
            let line = &self.block.bytes[begin..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.first().is_none_or(|byte| *byte <= b' ') && line.trim_ascii().is_empty() {
                sums.counts.blank += 1;
                continue;
            }
            self.line = begin..begin + line.len();
            return Some(self.line.clone());
        }
        None
    }

    /// Where the line ends that begins here, without its line break.
    #[inline(always)]
    fn line_end(&mut self, begin: usize) -> usize {
        match self.index.next_line() {
            Some(end) => end,
            None => self.look_ahead(begin),
        }
    }

    #[inline(never)]
    fn look_ahead(&mut self, begin: usize) -> usize {
        let lines = begin..self.block.lines.end;
        self.is_indexed = self.is_utf8 && self.index.is_fast() && self.index.fill(&self.block.bytes, lines.clone());
        let indexed = if self.is_indexed { self.index.next_line() } else { None };
        indexed.unwrap_or_else(|| {
            memchr::memchr(b'\n', &self.block.bytes[lines.clone()]).map_or(lines.end, |length| begin + length)
        })
    }

    /// Has the rest of the block read without an index, line by line: looking ahead went wrong.
    pub fn stop_looking_ahead(&mut self) {
        self.index.clear();
        (self.is_utf8, self.is_indexed) = (false, false);
    }

    /// What is known of the line at hand.
    #[inline(always)]
    pub fn utf8(&self) -> Utf8<'_> {
        match self.is_utf8 {
            true if self.is_indexed => Utf8::Indexed(&self.index),
            true => Utf8::Known,
            false => Utf8::Unknown,
        }
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
        let rest = &self.block.bytes[self.cursor..self.block.lines.end];
        let ends = memchr::memchr_iter(b'\n', rest).count() as u64;
        ends + u64::from(rest.last().is_some_and(|byte| *byte != b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_the_same_whether_they_are_looked_at_ahead_or_not() {
        let bytes = b"{\"a\":1}\n\n[2]\r\n\"\xc3\xa9\"\nnull".to_vec();
        let lines = 0..bytes.len();
        let read = |stop_before: usize| {
            let block = Block { bytes: bytes.clone(), lines: lines.clone(), ..Block::default() };
            let (mut work, mut sums) = (Work::new(block, Index::default()), Sums::new(Vec::new()));
            let mut found = Vec::new();
            for place in 0.. {
                if place == stop_before {
                    work.stop_looking_ahead();
                }
                let Some(line) = work.next_line(&mut sums) else { break };
                assert!(place < stop_before || matches!(work.utf8(), Utf8::Unknown));
                found.push((line, work.origin.line, work.origin.offset));
            }
            (found, sums.counts.blank)
        };
        let expected = read(usize::MAX);
        assert_eq!((expected.0.len(), expected.1), (4, 1));
        for stop_before in 0..4 {
            assert_eq!(read(stop_before), expected, "{stop_before}");
        }
    }
}
