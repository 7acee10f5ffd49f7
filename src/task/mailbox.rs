//! A mailbox: answers from any thread for the one thread that waits for them, without locks.
//!
//! Bringing an answer costs a place in a queue. Only when its owner sleeps is it woken, and by the first who comes, so
//! that a burst of answers costs one call of the system and not one each.

use crate::task::Delivery;
use crossbeam_queue::SegQueue;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::thread::{self, Thread};
use std::time::Duration;

/// Answers on their way to a thread. Not bounded by itself: no more come than executions wait for, and their bytes are
/// counted, so that nothing new is begun while too many lie here.
#[derive(Debug)]
pub struct Mailbox {
    deliveries: SegQueue<Delivery>,
    bytes: AtomicUsize,
    is_owner_asleep: AtomicBool,
    is_closed: AtomicBool,
    owner: Thread,
}

impl Default for Mailbox {
    fn default() -> Mailbox {
        Mailbox::new()
    }
}

impl Mailbox {
    /// The mailbox of this thread: it alone should take from it and wait at it.
    pub fn new() -> Mailbox {
        Mailbox {
            deliveries: SegQueue::new(),
            bytes: AtomicUsize::new(0),
            is_owner_asleep: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            owner: thread::current(),
        }
    }

    /// Puts an answer in, and wakes the owner if it sleeps.
    pub fn put(&self, delivery: Delivery) {
        self.bytes.fetch_add(delivery.reply.bytes(), Ordering::Relaxed);
        self.deliveries.push(delivery);
        // Either this thread sees that the owner is about to sleep, or the owner sees the answer.
        fence(Ordering::SeqCst);
        if self.is_owner_asleep.load(Ordering::Relaxed) && self.is_owner_asleep.swap(false, Ordering::Relaxed) {
            self.owner.unpark();
        }
    }

    /// Nobody will take anything any more.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// The answer that came first of those that are there.
    pub fn take(&self) -> Option<Delivery> {
        self.take_some(1).next()
    }

    /// The answers that are there, so many at most, in the order in which they came.
    pub(crate) fn take_some(&self, most: usize) -> impl Iterator<Item = Delivery> {
        Taken { mailbox: self, bytes: 0 }.take(most)
    }

    /// Bytes of the answers that lie here.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Sleeps until an answer comes or the thread is unparked, at most so long. It may wake without a reason.
    pub fn wait(&self, pause: Option<Duration>) {
        self.is_owner_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.deliveries.is_empty() {
            match pause {
                Some(pause) => thread::park_timeout(pause),
                None => thread::park(),
            }
        }
        self.is_owner_asleep.store(false, Ordering::Relaxed);
    }
}

/// Answers being taken. Their bytes are counted together: those who bring others count there, too, and each count by one
/// thread makes the next one by another slower.
struct Taken<'m> {
    mailbox: &'m Mailbox,
    bytes: usize,
}

impl Iterator for Taken<'_> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        let delivery = self.mailbox.deliveries.pop()?;
        self.bytes += delivery.reply.bytes();
        Some(delivery)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.mailbox.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Address, Reply};
    use crate::vm::Ticket;
    use std::sync::Arc;
    use std::time::Instant;

    fn delivery(number: u32, bytes: usize) -> Delivery {
        let address = Address { shard: 0, sleeper: number, generation: 0, ticket: Ticket { branch: 0, generation: 0 } };
        Delivery { address, reply: Reply::Output(vec![b'1'; bytes]) }
    }

    #[test]
    fn its_owner_is_woken_for_each_answer_though_it_sleeps_between_them() {
        let mailbox = Arc::new(Mailbox::new());
        let other = mailbox.clone();
        // Lock step: each answer is brought when the one before has been taken, so none may be slept through.
        let (taken, is_taken) = std::sync::mpsc::channel();
        let courier = thread::spawn(move || {
            for number in 0..20_000 {
                other.put(delivery(number, 1));
                is_taken.recv().expect("the owner is there");
            }
        });
        for number in 0..20_000 {
            let delivery = loop {
                match mailbox.take() {
                    Some(delivery) => break delivery,
                    None => mailbox.wait(None),
                }
            };
            assert_eq!(delivery.address.sleeper, number);
            taken.send(()).expect("the courier is there");
        }
        courier.join().expect("it only brings answers");
    }

    #[test]
    fn answers_of_many_threads_all_come_and_their_bytes_are_counted() {
        let mailbox = Mailbox::new();
        thread::scope(|scope| {
            for thread in 0..4 {
                let mailbox = &mailbox;
                scope.spawn(move || (0..1000).for_each(|number| mailbox.put(delivery(thread * 1000 + number, 7))));
            }
        });
        assert_eq!(mailbox.bytes(), 28_000);
        let some: Vec<Delivery> = mailbox.take_some(1500).collect();
        assert_eq!((some.len(), mailbox.bytes()), (1500, 17_500));
        let rest = std::iter::from_fn(|| mailbox.take());
        let mut numbers: Vec<u32> = some.into_iter().chain(rest).map(|delivery| delivery.address.sleeper).collect();
        // Those of one thread keep their order.
        assert!((0..4).all(|thread| numbers.iter().filter(|number| **number / 1000 == thread).is_sorted()));
        numbers.sort_unstable();
        assert_eq!((numbers, mailbox.bytes()), ((0..4000).collect(), 0));
    }

    #[test]
    fn a_wait_ends_in_time_though_nothing_comes() {
        let (mailbox, began) = (Mailbox::new(), Instant::now());
        while began.elapsed() < Duration::from_millis(20) {
            mailbox.wait(Some(Duration::from_millis(20)));
        }
        assert!(began.elapsed() < Duration::from_secs(10) && mailbox.take().is_none());
    }
}
