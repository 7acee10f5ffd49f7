//! Goes through the lines of a block, looking ahead at many of them at once.

use super::index::Index;
use super::reader::Utf8;
use std::ops::Range;

/// The lines of one block, one after another.
#[derive(Debug)]
pub struct Lines {
    index: Index,
    /// Whether the line at hand is one that the index holds.
    is_indexed: bool,
    /// Whether all lines are UTF-8. Where there is an index, that is found out with it.
    is_utf8: bool,
    /// Where the next line begins, and the last one ends.
    cursor: usize,
    end: usize,
    /// Lines that begin before this are read without an index.
    plain_until: usize,
}

impl Lines {
    /// The lines at `lines` of a block; the index is one that was used for others, or a new one.
    pub fn new(mut index: Index, block: &[u8], lines: Range<usize>) -> Lines {
        index.clear();
        let is_utf8 = !index.is_fast() && simdutf8::basic::from_utf8(&block[lines.clone()]).is_ok();
        let plain_until = if index.is_fast() { lines.start } else { lines.end };
        Lines { index, is_indexed: false, is_utf8, cursor: lines.start, end: lines.end, plain_until }
    }

    /// Goes to the next line; where it lies, without its line break. It may be blank.
    #[inline(always)]
    pub fn next(&mut self, block: &[u8]) -> Option<Range<usize>> {
        if self.cursor >= self.end {
            return None;
        }
        let begin = self.cursor;
        let end = match self.index.next_line() {
            Some(end) => end,
            None => self.look_ahead(block),
        };
        self.cursor = (end + 1).min(self.end);
        let is_wide = end > begin && block[end - 1] == b'\r';
        Some(begin..end - usize::from(is_wide))
    }

    #[inline(never)]
    fn look_ahead(&mut self, block: &[u8]) -> usize {
        let lines = self.cursor..self.end;
        self.is_indexed = self.cursor >= self.plain_until
            && match self.index.fill(block, lines.clone()) {
                Ok(()) => true,
                Err(until) => {
                    self.plain_until = until;
                    false
                }
            };
        let indexed = if self.is_indexed { self.index.next_line() } else { None };
        indexed.unwrap_or_else(|| {
            memchr::memchr(b'\n', &block[lines.clone()]).map_or(lines.end, |length| lines.start + length)
        })
    }

    /// What is known of the line at hand.
    #[inline(always)]
    pub fn utf8(&self) -> Utf8<'_> {
        match self.is_indexed {
            true => Utf8::Indexed(&self.index),
            false if self.is_utf8 => Utf8::Known,
            false => Utf8::Unknown,
        }
    }

    /// Where the lines lie that are still to come.
    pub fn rest(&self) -> Range<usize> {
        self.cursor..self.end
    }

    /// Has the lines still to come read without an index: looking ahead went wrong.
    pub fn stop_looking_ahead(&mut self) {
        self.index.clear();
        (self.is_indexed, self.is_utf8, self.plain_until) = (false, false, self.end);
    }

    /// The index, for the lines of another block.
    pub fn into_index(self) -> Index {
        self.index
    }
}

/// Whether a line is one that starts no execution.
#[inline(always)]
pub fn is_blank(line: &[u8]) -> bool {
    line.first().is_none_or(|byte| *byte <= b' ') && line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::index::Level;
    use super::*;

    const LEVELS: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// The lines, and whether each is known to be UTF-8, looked at ahead up to one.
    fn lines(block: &[u8], level: Level, stop_before: usize) -> Vec<(String, bool)> {
        let mut lines = Lines::new(Index::new(level), block, 0..block.len());
        let mut found = Vec::new();
        loop {
            if found.len() == stop_before {
                lines.stop_looking_ahead();
            }
            let Some(line) = lines.next(block) else { return found };
            let is_known = !matches!(lines.utf8(), Utf8::Unknown);
            found.push((String::from_utf8_lossy(&block[line]).into_owned(), is_known));
        }
    }

    #[test]
    fn they_are_the_same_whether_they_are_looked_at_ahead_or_not() {
        let block = b"{\"a\":1}\n\n[2]\r\n\"\xc3\xa9\"\nnull";
        for level in LEVELS.into_iter().filter(|level| level.is_there()) {
            for stop_before in 0..6 {
                let expected = ["{\"a\":1}", "", "[2]", "\"\u{e9}\"", "null"].into_iter().zip(0..);
                let expected: Vec<_> = expected.map(|(line, place)| (line.to_owned(), place < stop_before)).collect();
                assert_eq!(lines(block, level, stop_before), expected, "{level:?}");
            }
        }
    }

    #[test]
    fn a_line_that_is_too_long_or_no_utf8_costs_those_after_it_nothing() {
        let long = [b"\"".as_slice(), &[b'x'; 70_000], b"\"\n"].concat();
        let many = |line: &[u8]| line.repeat(40_000 / line.len());
        let block = [&long, &many(b"\"a\"\n")[..], b"\"\xff\"\n", &many(b"\"b\"\n")].concat();
        for level in LEVELS.into_iter().filter(|level| level.is_there() && *level != Level::Portable) {
            let found = lines(&block, level, usize::MAX);
            assert_eq!(found.len(), 20_002);
            assert!(!found[0].1 && !found[10_001].1, "neither of these two is known to be UTF-8");
            assert!(found[1..8_000].iter().all(|line| line.1), "a chunk before the one with the odd line");
            assert!(found[18_500..].iter().all(|line| line.1), "a chunk behind it");
        }
    }

    #[test]
    fn a_blank_line_is_white_space() {
        assert!(is_blank(b"") && is_blank(b" \t\r") && !is_blank(b" 1") && !is_blank(b"\x01"));
    }
}
