//! The gate: how much finished text may wait to be written before no more lines are begun.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes of finished text that are not written, and whose turn it is.
#[derive(Debug)]
pub(super) struct Gate {
    held: AtomicUsize,
    limit: usize,
    /// The block whose text is written next.
    turn: AtomicU64,
    waiting: Mutex<()>,
    freed: Condvar,
}

impl Gate {
    pub fn new(limit: usize) -> Gate {
        Gate {
            held: AtomicUsize::new(0),
            limit,
            turn: AtomicU64::new(0),
            waiting: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    pub fn charge(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Text was written, and it is this block's turn now.
    pub fn release(&self, bytes: usize, turn: u64) {
        self.turn.store(turn, Ordering::Relaxed);
        let before = self.held.fetch_sub(bytes, Ordering::Relaxed);
        if before > self.limit && before - bytes <= self.limit {
            self.freed.notify_all();
        }
    }

    /// Whether the hold is under its limit.
    pub fn is_open(&self) -> bool {
        self.held.load(Ordering::Relaxed) <= self.limit
    }

    /// The block whose text is written next.
    pub fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// Waits a moment for the hold to be under its limit; whether it is. For the reader, which asks again.
    pub fn wait(&self) -> bool {
        if self.is_open() {
            return true;
        }
        let guard = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // A release may fall between the look and the wait; the time bound makes up for it.
        let _unused = self.freed.wait_timeout(guard, Duration::from_millis(10));
        self.is_open()
    }

    /// Whether lines of this block may be begun. The reader stops at the limit; shards, which hold blocks already, at
    /// twice as much, but never with the block that all others wait for.
    pub fn admits(&self, sequence: u64) -> bool {
        self.held.load(Ordering::Relaxed) <= self.limit.saturating_mul(2) || sequence == self.turn()
    }
}
