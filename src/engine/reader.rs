//! The reader: the thread that reads what may not come for long, and hands on blocks of whole lines.

use crate::engine::block::{Block, Source};
use crate::engine::control::{Control, Order};
use crate::engine::gate::Gate;
use crate::engine::hatch::{Hand, Hatch, hatch};
use crate::engine::idle::Idle;
use crate::engine::intake::{Ended, count_lines, limit_lines};
use crate::engine::report::Trouble;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A reader at work, as others see it.
pub(super) struct Reading {
    /// What it has read.
    pub blocks: Receiver<Block>,
    /// Blocks it may fill again.
    pub used: Hand<Vec<Block>>,
    control: Control,
    said: mpsc::Receiver<Result<bool, Trouble>>,
    /// It could not be started.
    trouble: Option<Trouble>,
}

/// What a reader heeds.
pub(super) struct Manners {
    pub control: Control,
    pub gate: Arc<Gate>,
    pub idle: Arc<Idle>,
    pub lines_max: u64,
    /// Blocks under way at once.
    pub blocks: usize,
}

impl Reading {
    /// Starts a reader. Its thread may outlive the run if it hangs in a read when the run is told to end.
    pub fn start(source: Box<dyn Source>, manners: Manners) -> Reading {
        let (sender, blocks) = unbounded(); // There are only so many blocks.
        let (used, free_blocks) = hatch();
        used.give((0..manners.blocks).map(|_| Block::default()).collect());
        let control = manners.control.clone();
        let reader = Reader {
            source,
            control: manners.control,
            gate: manners.gate,
            used: free_blocks,
            free: Vec::new(),
            blocks: sender,
            farewell: Farewell(manners.idle),
        };
        let (says, said) = mpsc::channel();
        let spawned = thread::Builder::new().name("reader".into()).spawn(move || {
            let _ = says.send(reader.run(manners.lines_max)); // Nobody there: the run is over.
        });
        let trouble = spawned.err().map(|error| Trouble::Input { error, after_line: 0 });
        Reading { blocks, used, control, said, trouble }
    }

    /// How it ended, when nobody runs lines any more. A reader that hangs in a read is left there.
    pub fn end(self) -> Ended {
        let patience = match self.control.order() {
            Order::GoOn => Duration::MAX,
            _ => Duration::from_millis(20),
        };
        let (is_at_end, trouble) = match self.said.recv_timeout(patience) {
            Ok(Ok(is_at_end)) => (is_at_end, None),
            Ok(Err(trouble)) => (true, Some(trouble)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => (false, self.trouble),
        };
        Ended { is_at_end, trouble, unstarted: self.blocks.try_iter().map(|block| count_lines(&block)).sum() }
    }
}

/// The thread's own.
struct Reader {
    source: Box<dyn Source>,
    control: Control,
    gate: Arc<Gate>,
    /// Blocks that have been run, given back several at once, and those of them that are yet to be filled.
    used: Hatch<Vec<Block>>,
    free: Vec<Block>,
    // Dropped before the farewell.
    blocks: Sender<Block>,
    farewell: Farewell,
}

/// Tells idle shards that the reader has ended, however it did.
struct Farewell(Arc<Idle>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.wake_all();
    }
}

impl Reader {
    /// Reads to the end. False: not to the end, because somebody said so.
    fn run(mut self, lines_max: u64) -> Result<bool, Trouble> {
        let mut read = 0;
        let mut sequence = 0;
        while read < lines_max {
            let Some(mut block) = self.free_block() else { return Ok(false) };
            while !self.gate.wait() && self.control.order() == Order::GoOn {}
            if self.control.order() != Order::GoOn {
                return Ok(false);
            }
            match self.source.fill(&mut block) {
                Ok(true) => {}
                Ok(false) => return Ok(true),
                Err(error) => return Err(Trouble::Input { error, after_line: read }),
            }
            block.first_line = read + 1;
            // Counted here, since only the reader sees all blocks, and a line's number is needed while it is run.
            let lines = count_lines(&block);
            read += limit_lines(&mut block, lines, lines_max - read);
            block.sequence = sequence;
            sequence += 1;
            if self.blocks.send(block).is_err() {
                return Ok(false); // All shards have ended.
            }
            self.farewell.0.wake_one();
        }
        Ok(true)
    }

    /// A block to be filled, as soon as there is one. None: there will be none.
    fn free_block(&mut self) -> Option<Block> {
        while self.free.is_empty() {
            self.free = self.used.take()?;
        }
        self.free.pop()
    }
}
