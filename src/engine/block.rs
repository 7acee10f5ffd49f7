//! A block: whole lines of input in one buffer, the unit that crosses threads.

use std::ops::Range;
use std::sync::Arc;

/// Readable bytes after the lines of a block, so that wide reads need no care at its end.
pub const PADDING: usize = 64;

/// Whole lines of one file, and where they come from.
#[derive(Debug, Default)]
pub struct Block {
    /// The buffer; at least [`PADDING`] bytes follow the lines.
    pub bytes: Vec<u8>,
    /// The lines, in `bytes`. The last one may lack its newline.
    pub lines: Range<usize>,
    /// The number of the first line, from 1, counted through all files.
    pub first_line: u64,
    /// Where the first line begins in its file, in bytes.
    pub offset: u64,
    /// Which file, from 0.
    pub file: u32,
    /// Which block of the run, from 0; given by the engine.
    pub sequence: u64,
    /// Which of the run's programs executes the lines.
    pub program: u16,
    /// The true length of the last line, of which `lines` holds the beginning: it is too long to be kept whole.
    pub cut: Option<u64>,
}

/// Where an execution's input came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The line's number, from 1.
    pub line: u64,
    /// Where it begins in its file, in bytes.
    pub offset: u64,
    /// Which file, from 0.
    pub file: u32,
    /// Which of the run's programs.
    pub program: u16,
}

/// Where blocks come from.
pub trait Source: Send {
    /// Fills a used block with the next whole lines. False: there are no more.
    ///
    /// # Errors
    /// The input broke; what was filled before stands.
    fn fill(&mut self, block: &mut Block) -> std::io::Result<bool>;

    /// The same lines for threads that fetch them themselves, which is quicker. None: reading may have to wait (a pipe),
    /// and is for one thread. Asked for once, before anything is filled; nothing is filled after.
    fn shelf(&mut self) -> Option<Arc<dyn Shelf>> {
        None
    }
}

/// Lines that lie there, for many threads at once to fetch.
pub trait Shelf: Send + Sync {
    /// Fills a used block with the next whole lines, if any begin where it looks. False: there are no more.
    ///
    /// Whatever comes of it, `block.sequence` is set to the number of this call in the order of the input, from 0 and
    /// without gaps.
    ///
    /// # Errors
    /// The input broke; what other calls bring of what stands before is good.
    fn fetch(&self, block: &mut Block) -> std::io::Result<bool>;
}
