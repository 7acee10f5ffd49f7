//! A hatch: where one thread waits for what others hand in.
//!
//! A channel, but who hands something in wakes the one that waits with no lock held. A thread that is woken often runs at
//! once, in place of the one that woke it; with the standard library's channels, which wake under a lock, it then waits
//! for that lock, and both are put to sleep and woken once more. On one core that made seven switches for each block.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

/// The side where one thread waits.
pub(super) struct Hatch<T> {
    things: mpsc::Receiver<T>,
    bell: Arc<Bell>,
}

/// The side where others hand in.
pub(super) struct Hand<T> {
    // Dropped before the bell rings for the last time.
    things: mpsc::Sender<T>,
    bell: Farewell,
}

/// Who waits.
#[derive(Default)]
struct Bell {
    waits: AtomicBool,
    thread: OnceLock<Thread>,
}

/// Rings when it is dropped.
struct Farewell(Arc<Bell>);

/// Both sides of a new hatch.
pub(super) fn hatch<T>() -> (Hand<T>, Hatch<T>) {
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::<Bell>::default();
    (Hand { things: sender, bell: Farewell(bell.clone()) }, Hatch { things: receiver, bell })
}

impl<T> Hatch<T> {
    /// The next thing, as soon as there is one. None: nobody will hand in any more. Always to be called by the same thread.
    pub fn take(&self) -> Option<T> {
        loop {
            if let Some(taken) = self.look() {
                return taken;
            }
            self.bell.thread.get_or_init(thread::current);
            self.bell.waits.store(true, Ordering::Relaxed);
            // Either this look sees what is handed in, or who hands it in sees the flag.
            fence(Ordering::SeqCst);
            if let Some(taken) = self.look() {
                self.bell.waits.store(false, Ordering::Relaxed);
                return taken;
            }
            thread::park();
        }
    }

    /// What lies there, or that nothing will; none while nothing lies there yet.
    fn look(&self) -> Option<Option<T>> {
        match self.things.try_recv() {
            Ok(thing) => Some(Some(thing)),
            Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => None,
        }
    }
}

impl<T> Hand<T> {
    /// Hands something in. It is lost where nobody will take it any more.
    pub fn give(&self, thing: T) {
        self.leave(thing);
        self.ring();
    }

    /// Hands something in for which nobody is woken yet.
    pub fn leave(&self, thing: T) {
        let _ = self.things.send(thing); // Nobody there: nobody will take it.
    }

    /// Wakes the one that waits for what was left.
    pub fn ring(&self) {
        self.bell.0.ring();
    }
}

impl<T> Clone for Hand<T> {
    fn clone(&self) -> Hand<T> {
        Hand { things: self.things.clone(), bell: Farewell(self.bell.0.clone()) }
    }
}

impl Bell {
    fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.waits.load(Ordering::Relaxed) && self.waits.swap(false, Ordering::Relaxed) {
            self.thread.get().expect("set before it waits").unpark();
        }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_handed_in_is_taken_and_the_end_is_seen() {
        for pause in [0, 1, 50] {
            let (hand, hatch) = hatch();
            thread::scope(|scope| {
                for giver in 0..4_u64 {
                    let hand = hand.clone();
                    scope.spawn(move || {
                        for number in 0..2_000 {
                            hand.give(giver * 2_000 + number);
                            if pause > 0 && number % pause == 0 {
                                thread::yield_now();
                            }
                        }
                    });
                }
                drop(hand);
                let mut taken: Vec<u64> = std::iter::from_fn(|| hatch.take()).collect();
                taken.sort_unstable();
                assert!(taken.into_iter().eq(0..8_000), "{pause}");
            });
        }
    }

    #[test]
    fn what_nobody_takes_is_lost() {
        let (hand, hatch) = hatch();
        hand.give(1);
        drop(hatch);
        hand.give(2);
    }
}
