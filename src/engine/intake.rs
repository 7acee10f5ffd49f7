//! The intake: how lines come to the shards. A reader hands them on, or they lie on a shelf and each shard fetches its own.

use crate::engine::block::{Block, Source};
use crate::engine::hatch::Hand;
use crate::engine::reader::{Manners, Reading};
use crate::engine::report::Trouble;
use crate::engine::shelf::Fetching;
use crossbeam_channel::{Receiver, TryRecvError};

/// Where the lines of a run come from.
pub(super) enum Intake {
    Reading(Reading),
    Fetching(Fetching),
}

/// How an intake ended.
pub(super) struct Ended {
    /// Whether nothing was left, or wanted.
    pub is_at_end: bool,
    pub trouble: Option<Trouble>,
    /// Lines that were read, and that no shard has taken.
    pub unstarted: u64,
}

/// A shard's end of it.
pub(super) enum Supply<'r> {
    Handed {
        blocks: Receiver<Block>,
        used: Hand<Vec<Block>>,
        /// Blocks that have been run.
        spent: Vec<Block>,
    },
    Fetched {
        fetching: &'r Fetching,
        /// Filled again and again.
        block: Option<Block>,
    },
}

/// What a supply has just now.
pub(super) enum Supplied {
    Block(Block),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    End,
}

/// Blocks given back together, as each time may wake the reader. A shard keeps fewer, so one more is always under way.
const SPENT_BLOCKS: usize = 2;

impl Intake {
    pub fn open(mut source: Box<dyn Source>, manners: Manners) -> Intake {
        match source.shelf() {
            Some(shelf) => Intake::Fetching(Fetching::new(shelf, manners.control, manners.lines_max)),
            None => Intake::Reading(Reading::start(source, manners)),
        }
    }

    /// One more shard's end.
    pub fn supply(&self) -> Supply<'_> {
        match self {
            Intake::Reading(reading) => {
                Supply::Handed { blocks: reading.blocks.clone(), used: reading.used.clone(), spent: Vec::new() }
            }
            Intake::Fetching(fetching) => Supply::Fetched { fetching, block: None },
        }
    }

    pub fn end(self) -> Ended {
        match self {
            Intake::Reading(reading) => reading.end(),
            Intake::Fetching(fetching) => fetching.end(),
        }
    }
}

impl Supply<'_> {
    /// The next block.
    pub fn next(&mut self) -> Supplied {
        match self {
            Supply::Handed { blocks, .. } => match blocks.try_recv() {
                Ok(block) => Supplied::Block(block),
                Err(TryRecvError::Empty) => Supplied::Nothing,
                Err(TryRecvError::Disconnected) => Supplied::End,
            },
            Supply::Fetched { fetching, block } => {
                let mut filled = block.take().unwrap_or_default();
                if fetching.fetch(&mut filled) { Supplied::Block(filled) } else { Supplied::End }
            }
        }
    }

    /// Whether a block that nobody has taken yet may be the one that all text waits for: then it must be taken.
    pub fn is_owed(&self) -> bool {
        matches!(self, Supply::Handed { .. })
    }

    /// Takes back a block that has been run.
    pub fn give_back(&mut self, done: Block) {
        match self {
            Supply::Handed { spent, .. } => {
                spent.push(done);
                if spent.len() >= SPENT_BLOCKS {
                    self.flush();
                }
            }
            Supply::Fetched { block, .. } => *block = Some(done),
        }
    }

    /// Gives the reader what it can fill again.
    pub fn flush(&mut self) {
        if let Supply::Handed { used, spent, .. } = self
            && !spent.is_empty()
        {
            used.give(std::mem::take(spent));
        }
    }
}

/// The lines of a block. The last one may lack its newline.
pub(super) fn count_lines(block: &Block) -> u64 {
    let text = &block.bytes[block.lines.clone()];
    let ends = memchr::memchr_iter(b'\n', text).count() as u64;
    ends + u64::from(text.last().is_some_and(|byte| *byte != b'\n'))
}

/// Cuts off the lines beyond the limit, which is at least 1. How many of them are left.
pub(super) fn limit_lines(block: &mut Block, lines: u64, lines_max: u64) -> u64 {
    if lines > lines_max {
        let mut ends = memchr::memchr_iter(b'\n', &block.bytes[block.lines.clone()]);
        let end = ends.nth(lines_max as usize - 1).expect("there are more lines than this");
        block.lines.end = block.lines.start + end + 1;
        block.cut = None;
    }
    lines.min(lines_max)
}
