//! The tokens of a chunk, in the order of the text, and of one line of it.

use super::Level;
use super::scan::BLOCK;

/// The mark of the first byte of a number or literal, or of anything else that is no other token.
pub const SCALAR: u8 = b'0';
/// The mark of what no JSON text holds: a control character in a string, the end of a line in which a string is open.
pub const WRONG: u8 = 1;
/// The mark of the end of a line.
pub const LINE_END: u8 = b'\n';

/// The tokens of a chunk. Positions count from its beginning.
#[derive(Debug, Default)]
pub struct Tokens {
    /// Where each token is, and what it is: as many as `count`, and then room for one more block.
    pub positions: Vec<u16>,
    pub marks: Vec<u8>,
    pub count: usize,
    /// Which tokens end lines: as many as `lines`, and then room for one more.
    pub ends: Vec<u16>,
    pub lines: usize,
    /// Where escapes begin.
    pub escapes: Vec<u16>,
    /// Whether all of the text is ASCII.
    pub is_ascii: bool,
}

impl Tokens {
    /// Forgets all tokens, and makes room for those of a text of so many bytes.
    pub fn clear(&mut self, bytes: usize) {
        let room = bytes + 2 * BLOCK;
        if self.marks.len() < room {
            self.positions.resize(room, 0);
            self.marks.resize(room, 0);
            self.ends.resize(room, 0);
        }
        (self.count, self.lines, self.is_ascii) = (0, 0, true);
        self.escapes.clear();
    }
}

/// The tokens of one line, the one that ends it among them. Cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What found them.
    pub(super) level: Level,
    /// Where the chunk begins in its block: positions count from there.
    pub(super) base: usize,
    pub(super) positions: &'a [u16],
    pub(super) marks: &'a [u8],
    pub(super) escapes: &'a [u16],
}

impl Line<'_> {
    /// Where in the block the token is.
    #[inline(always)]
    pub(super) fn position(&self, token: usize) -> usize {
        self.base + usize::from(self.positions[token])
    }

    /// Where in the block the value, or the key, ends that comes before this token. There is one, so the white space
    /// between them has an end.
    #[inline(always)]
    pub(super) fn end(&self, bytes: &[u8], token: usize) -> usize {
        let mut end = self.position(token);
        while matches!(bytes[end - 1], b' ' | b'\t' | b'\r') {
            end -= 1;
        }
        end
    }
}
