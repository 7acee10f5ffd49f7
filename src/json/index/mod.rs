//! The structural index: where the parts of many lines begin, found 64 bytes at a time.
//!
//! Each part of a text is a **token**: a bracket, brace, comma or colon, the quote that opens a string, the first byte of a
//! number or literal, the end of a line. Of each there is its position and its **mark**. Two lines with the same marks
//! are built alike; so a shape once checked is recognised again by comparing bytes (see [`shapes`]).
//!
//! What finds tokens is chosen when the program runs: AVX-512, AVX2, or a portable twin that the tests compare them with.
//! A further kind of processor is one more file beside [`avx2`], which says how four kinds of bytes are found in a block.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod find;
mod portable;
mod scalar;
mod scan;
mod shapes;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

pub(super) use find::Finder;
use std::ops::Range;
use tokens::{Line, Tokens};

/// How many bytes of lines are looked at together: few enough that their tokens stay in the cache.
const CHUNK_BYTES: usize = 32 << 10;
/// Longer lines have no index: positions in a chunk take two bytes.
const LINE_BYTES_MAX: usize = u16::MAX as usize - 2 * scan::BLOCK;

/// What finds the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Instructions that every processor has. Slower than reading without an index.
    Portable,
    /// AVX2, with bit manipulation and multiplication without carries: x86-64 since about 2013.
    Avx2,
    /// AVX-512 with VBMI2: x86-64 since about 2019.
    Avx512,
}

impl Level {
    /// The best that this processor has.
    pub fn best() -> Level {
        let levels = [Level::Avx512, Level::Avx2];
        levels.into_iter().find(|level| level.is_there()).unwrap_or(Level::Portable)
    }

    /// Whether this processor has it.
    pub fn is_there(self) -> bool {
        self == Level::Portable || self.scan(b"", &mut Tokens::default())
    }

    /// Finds the tokens of some lines. False: this processor cannot, at this level.
    fn scan(self, text: &[u8], tokens: &mut Tokens) -> bool {
        match self {
            Level::Portable => scan::scan(&portable::Portable, text, tokens),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => return avx2::Avx2::new().map(|lanes| lanes.scan(text, tokens)).is_some(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => return avx512::Avx512::new().map(|lanes| lanes.scan(text, tokens)).is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => return false,
        }
        true
    }
}

/// The tokens of a chunk of lines, handed out line by line. Made once, used for block after block.
#[derive(Debug)]
pub struct Index {
    level: Level,
    tokens: Tokens,
    /// Where the chunk begins in its block.
    base: usize,
    /// The lines of the chunk that were handed out, their tokens and escapes.
    lines: usize,
    from: (usize, usize),
    /// Tokens and escapes of the last of them.
    line: (Range<usize>, Range<usize>),
}

impl Default for Index {
    fn default() -> Index {
        Index::new(Level::best())
    }
}

impl Index {
    /// One that holds nothing yet.
    pub fn new(level: Level) -> Index {
        Index { level, tokens: Tokens::default(), base: 0, lines: 0, from: (0, 0), line: (0..0, 0..0) }
    }

    /// Whether lines are read faster with this index than without one.
    pub fn is_fast(&self) -> bool {
        self.level != Level::Portable
    }

    /// Forgets all lines.
    pub fn clear(&mut self) {
        self.tokens.clear(0);
        (self.lines, self.from, self.line) = (0, (0, 0), (0..0, 0..0));
    }

    /// Looks at as many of these lines as make a chunk, beginning with the first. False: that one is too long.
    ///
    /// They have to be UTF-8.
    pub fn fill(&mut self, block: &[u8], lines: Range<usize>) -> bool {
        self.clear();
        let Some(end) = chunk_end(&block[lines.clone()]) else { return false };
        self.base = lines.start;
        self.level.scan(&block[lines.start..lines.start + end], &mut self.tokens)
    }

    /// Looks at a text by itself, and goes to it, if it is one line and there is a fast way to look at it.
    pub fn hold(&mut self, text: &[u8]) -> bool {
        self.is_fast()
            && simdutf8::basic::from_utf8(text).is_ok()
            && self.fill(text, 0..text.len())
            && self.next_line() == Some(text.len())
    }

    /// Goes to the next line of the chunk; answers where it ends. None: there are no more.
    #[inline(always)]
    pub fn next_line(&mut self) -> Option<usize> {
        if self.lines == self.tokens.lines {
            return None;
        }
        let last = usize::from(self.tokens.ends[self.lines]);
        let end = self.tokens.positions[last];
        let (token, escape) = self.from;
        let mut behind = escape;
        while self.tokens.escapes.get(behind).is_some_and(|escape| *escape < end) {
            behind += 1;
        }
        self.lines += 1;
        self.from = (last + 1, behind);
        self.line = (token..last + 1, escape..behind);
        Some(self.base + usize::from(end))
    }

    /// The line that [`next_line`](Index::next_line) went to.
    #[inline(always)]
    pub(super) fn line(&self) -> Line<'_> {
        let (tokens, escapes) = self.line.clone();
        Line {
            base: self.base,
            positions: &self.tokens.positions[tokens.clone()],
            marks: &self.tokens.marks[tokens],
            escapes: &self.tokens.escapes[escapes],
        }
    }
}

/// Where the last line ends that fits into a chunk, or the first, if that is longer; none where it is too long.
fn chunk_end(lines: &[u8]) -> Option<usize> {
    if lines.len() <= CHUNK_BYTES {
        return Some(lines.len());
    }
    let end = match memchr::memrchr(b'\n', &lines[..CHUNK_BYTES]) {
        Some(end) => end + 1,
        None => memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1),
    };
    (end <= LINE_BYTES_MAX).then_some(end)
}
