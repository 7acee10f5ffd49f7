//! The shelf: input that lies there, so that each shard fetches its own blocks.
//!
//! What a shard reads is in its own core's cache when it runs it, and nobody has to be woken. No lock is held through a
//! read: a fetch is given its number first, and only the counts of lines pass one after another, by these numbers.

use crate::engine::block::{Block, Shelf};
use crate::engine::control::{Control, Order};
use crate::engine::intake::{Ended, count_lines, limit_lines};
use crate::engine::report::Trouble;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// A shelf, and how many lines have been fetched from it.
pub(super) struct Fetching {
    shelf: Arc<dyn Shelf>,
    control: Control,
    lines_max: u64,
    passed: Mutex<Passed>,
}

/// What is known of the fetches whose turn has come.
#[derive(Default)]
struct Passed {
    fetches: u64,
    blocks: u64,
    lines: u64,
    /// How the input ended.
    end: Option<Result<(), Trouble>>,
    /// Who waits for which turn: with more shards than cores these are many, and only one is to be woken.
    waiting: BTreeMap<u64, Thread>,
    /// No turn will come any more: somebody panicked in theirs.
    is_broken: bool,
}

impl Fetching {
    pub fn new(shelf: Arc<dyn Shelf>, control: Control, lines_max: u64) -> Fetching {
        let end = (lines_max == 0).then_some(Ok(()));
        let passed = Mutex::new(Passed { end, ..Passed::default() });
        Fetching { shelf, control, lines_max, passed }
    }

    /// Fills the block with the next lines, at least one. False: there are no more, or no more are wanted.
    pub fn fetch(&self, block: &mut Block) -> bool {
        loop {
            if self.control.order() != Order::GoOn || self.passed().end.is_some() {
                return false;
            }
            let falling = Falling(self);
            let fetched = self.shelf.fetch(block);
            drop(falling);
            // Here all count at once: a pass more at some 30 GB/s, over bytes that the cache still holds.
            let lines = if matches!(fetched, Ok(true)) { count_lines(block) } else { 0 };
            if self.pass(block, fetched, lines) {
                return true;
            }
        }
    }

    /// Takes the block into the order of the input. False: there is nothing in it, or it is behind the end.
    fn pass(&self, block: &mut Block, fetched: io::Result<bool>, lines: u64) -> bool {
        let (mut passed, next) = self.turn_of(block.sequence);
        let before = passed.lines;
        let is_wanted = passed.take_in(block, fetched, lines, self.lines_max);
        drop(passed);
        if let Some(thread) = next {
            thread.unpark();
        }
        if is_wanted {
            limit_lines(block, lines, self.lines_max - before);
        }
        is_wanted
    }

    /// Waits for this fetch's turn. Who is to be woken when it is over.
    fn turn_of(&self, fetch: u64) -> (MutexGuard<'_, Passed>, Option<Thread>) {
        let mut passed = self.passed();
        while passed.fetches != fetch && !passed.is_broken {
            passed.waiting.insert(fetch, thread::current());
            drop(passed);
            thread::park();
            passed = self.passed();
        }
        passed.fetches += 1;
        let next = passed.waiting.remove(&(fetch + 1));
        (passed, next)
    }

    /// How it ended, when nobody fetches any more.
    pub fn end(self) -> Ended {
        let end = self.passed.into_inner().unwrap_or_else(PoisonError::into_inner).end;
        Ended { is_at_end: end.is_some(), trouble: end.and_then(Result::err), unstarted: 0 }
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passed {
    fn take_in(&mut self, block: &mut Block, fetched: io::Result<bool>, lines: u64, lines_max: u64) -> bool {
        if self.end.is_some() {
            return false;
        }
        (block.first_line, block.sequence) = (self.lines + 1, self.blocks);
        self.lines += lines.min(lines_max - self.lines);
        // A piece of one long line may bring no line.
        self.blocks += u64::from(lines > 0);
        match fetched {
            Ok(true) if self.lines < lines_max => {}
            Ok(_) => self.end = Some(Ok(())),
            Err(error) => self.end = Some(Err(Trouble::Input { error, after_line: self.lines })),
        }
        lines > 0
    }
}

/// Nobody waits for the turn of a thread that panicked.
struct Falling<'f>(&'f Fetching);

impl Drop for Falling<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut passed = self.0.passed();
            (passed.is_broken, passed.end) = (true, Some(Ok(())));
            std::mem::take(&mut passed.waiting).into_values().for_each(|thread| thread.unpark());
        }
    }
}
