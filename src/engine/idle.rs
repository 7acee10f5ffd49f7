//! Idle shards: who waits for a block, so that each new one wakes one of them and no more.
//!
//! Threads park: a wait is rare, and one that spins takes the core from those that work.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// The threads that wait for a block.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<Vec<Thread>>);

impl Idle {
    /// Has this thread woken by the next block. It must look for one that came before once more, and then park.
    pub fn join(&self) {
        self.threads().push(thread::current());
    }

    /// This thread does not wait any more.
    pub fn leave(&self) {
        let this = thread::current().id();
        self.threads().retain(|thread| thread.id() != this);
    }

    /// There is a block.
    pub fn wake_one(&self) {
        // The lock is released first: who wakes takes it at once.
        let waiting = self.threads().pop();
        if let Some(thread) = waiting {
            thread.unpark();
        }
    }

    /// There will be no more blocks.
    pub fn wake_all(&self) {
        self.threads().drain(..).for_each(|thread| thread.unpark());
    }

    fn threads(&self) -> MutexGuard<'_, Vec<Thread>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn each_call_wakes_one_and_the_last_wakes_the_rest() {
        let (idle, parked, woken) = (Idle::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let until = |what: &dyn Fn() -> bool| {
            while !what() {
                thread::yield_now()
            }
        };
        thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| {
                    idle.join();
                    parked.fetch_add(1, SeqCst);
                    let this = thread::current().id();
                    while idle.threads().iter().any(|thread| thread.id() == this) {
                        thread::park();
                    }
                    woken.fetch_add(1, SeqCst);
                });
            }
            until(&|| parked.load(SeqCst) == 5);
            for count in 1..=2 {
                idle.wake_one();
                until(&|| woken.load(SeqCst) == count);
                assert_eq!(idle.threads().len(), 5 - count);
            }
            idle.wake_all();
        });
        idle.join();
        idle.leave();
        assert_eq!((woken.load(SeqCst), idle.threads().len()), (5, 0));
    }
}
