//! The shelf: input that lies there, so that each shard fetches its own blocks.
//!
//! What a shard reads is in its own core's cache when it runs it, and nobody has to be woken. No lock is held through a
//! read: a fetch is given its number first, and only the counts of lines pass one after another, by these numbers.

use crate::engine::block::{Block, Shelf};
use crate::engine::control::{Control, Order};
use crate::engine::intake::{Ended, count_lines, limit_lines};
use crate::engine::report::Trouble;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A shelf, and how many lines have been fetched from it.
pub(super) struct Fetching {
    shelf: Arc<dyn Shelf>,
    control: Control,
    lines_max: u64,
    passed: Mutex<Passed>,
    turn: Condvar,
}

/// What is known of the fetches whose turn has come.
#[derive(Default)]
struct Passed {
    fetches: u64,
    blocks: u64,
    lines: u64,
    /// How the input ended.
    end: Option<Result<(), Trouble>>,
    /// Threads that wait for their turn,
    waiting: usize,
    /// which will not come: somebody panicked in theirs.
    is_broken: bool,
}

impl Fetching {
    pub fn new(shelf: Arc<dyn Shelf>, control: Control, lines_max: u64) -> Fetching {
        let end = (lines_max == 0).then_some(Ok(()));
        let passed = Mutex::new(Passed { end, ..Passed::default() });
        Fetching { shelf, control, lines_max, passed, turn: Condvar::new() }
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

    /// Takes the block into the order of the input. False: there is nothing in it.
    fn pass(&self, block: &mut Block, fetched: io::Result<bool>, lines: u64) -> bool {
        let mut passed = self.turn_of(block.sequence);
        passed.fetches += 1;
        if passed.waiting > 0 {
            self.turn.notify_all();
        }
        if passed.end.is_some() {
            return false;
        }
        let before = passed.lines;
        match fetched {
            Ok(true) => passed.lines += lines.min(self.lines_max - before),
            Ok(false) => passed.end = Some(Ok(())),
            Err(error) => passed.end = Some(Err(Trouble::Input { error, after_line: before })),
        }
        if passed.lines == self.lines_max {
            passed.end = Some(Ok(()));
        }
        if lines == 0 {
            return false; // A piece of one long line.
        }
        block.first_line = before + 1;
        block.sequence = passed.blocks;
        passed.blocks += 1;
        drop(passed);
        limit_lines(block, lines, self.lines_max - before);
        true
    }

    fn turn_of(&self, fetch: u64) -> MutexGuard<'_, Passed> {
        let mut passed = self.passed();
        while passed.fetches != fetch && !passed.is_broken {
            passed.waiting += 1;
            passed = self.turn.wait(passed).unwrap_or_else(PoisonError::into_inner);
            passed.waiting -= 1;
        }
        passed
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

/// Nobody waits for the turn of a thread that panicked.
struct Falling<'f>(&'f Fetching);

impl Drop for Falling<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut passed = self.0.passed();
            (passed.is_broken, passed.end) = (true, Some(Ok(())));
            self.0.turn.notify_all();
        }
    }
}
