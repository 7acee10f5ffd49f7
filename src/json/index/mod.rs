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
mod structure;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

pub(super) use find::Finder;
use std::ops::Range;
use structure::Structure;
use tokens::{Line, Tokens};

/// How many bytes of lines are looked at together: few enough that their tokens stay in the cache.
const CHUNK_BYTES: usize = 32 << 10;
/// Longer texts have no index: positions in a chunk take two bytes.
const TEXT_BYTES_MAX: usize = u16::MAX as usize - 2 * scan::BLOCK;

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

    /// Checks the marks of a line that were found at this level: see [`Structure::check`].
    fn check(self, structure: &mut Structure, marks: &[u8]) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::Avx2::new().is_some_and(|lanes| lanes.check(structure, marks)),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512::Avx512::new().is_some_and(|lanes| lanes.check(structure, marks)),
            _ => structure.check(&portable::Portable, marks),
        }
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

    /// Looks at as many of these lines as make a chunk, beginning with the first.
    ///
    /// # Errors
    /// Lines that have to be read without an index, and where the last of them ends: the first is too long, or not all of a
    /// chunk's are UTF-8.
    pub fn fill(&mut self, block: &[u8], lines: Range<usize>) -> Result<(), usize> {
        self.clear();
        let end = lines.start + chunk_end(&block[lines.clone()]);
        let text = &block[lines.start..end];
        self.base = lines.start;
        let is_found = text.len() <= TEXT_BYTES_MAX && self.level.scan(text, &mut self.tokens);
        if is_found && (self.tokens.is_ascii || simdutf8::basic::from_utf8(text).is_ok()) {
            return Ok(());
        }
        self.clear();
        Err(end)
    }

    /// Looks at a text by itself, and goes to it, if it is one line of UTF-8 and there is a fast way to look at it.
    pub fn hold(&mut self, text: &[u8]) -> bool {
        self.is_fast() && self.fill(text, 0..text.len()).is_ok() && self.next_line() == Some(text.len())
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
            level: self.level,
            base: self.base,
            positions: &self.tokens.positions[tokens.clone()],
            marks: &self.tokens.marks[tokens],
            escapes: &self.tokens.escapes[escapes],
        }
    }
}

/// Where the last line ends that fits into a chunk, or the first, if that is longer.
fn chunk_end(lines: &[u8]) -> usize {
    if lines.len() <= CHUNK_BYTES {
        return lines.len();
    }
    let end = memchr::memrchr(b'\n', &lines[..CHUNK_BYTES]).or_else(|| memchr::memchr(b'\n', lines));
    end.map_or(lines.len(), |end| end + 1)
}
