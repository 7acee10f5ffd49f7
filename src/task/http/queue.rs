//! What waits in order and can be called off.

use crate::task::Address;
use std::collections::{HashMap, VecDeque};

/// Jobs that wait, each for whom it is done.
pub(super) struct Queue<T> {
    waiting: HashMap<Address, T>,
    /// The order of `waiting`; those called off are in it for a while yet.
    order: VecDeque<Address>,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue { waiting: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Queue<T> {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn push(&mut self, address: Address, job: T) {
        self.order.push_back(address);
        self.waiting.insert(address, job);
    }

    /// The job that has waited longest.
    pub fn take(&mut self) -> Option<(Address, T)> {
        loop {
            let address = self.order.pop_front()?;
            if let Some(job) = self.waiting.remove(&address) {
                return Some((address, job));
            }
        }
    }

    /// Nobody waits for it any more.
    pub fn cancel(&mut self, address: Address) -> Option<T> {
        let job = self.waiting.remove(&address)?;
        if self.order.len() > 2 * self.waiting.len() + 64 {
            self.order.retain(|address| self.waiting.contains_key(address));
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::Ticket;

    fn address(number: u32) -> Address {
        Address { shard: 0, sleeper: number, generation: 0, ticket: Ticket { branch: 0, generation: 0 } }
    }

    #[test]
    fn jobs_keep_their_order_and_those_called_off_are_not_done() {
        let mut queue = Queue::default();
        (0..4).for_each(|number| queue.push(address(number), number));
        assert_eq!(queue.cancel(address(1)), Some(1));
        assert_eq!(queue.cancel(address(1)), None);
        let done: Vec<u32> = std::iter::from_fn(|| queue.take()).map(|(_, job)| job).collect();
        assert_eq!(done, [0, 2, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn those_called_off_take_no_room() {
        let mut queue = Queue::default();
        queue.push(address(0), 0);
        for number in 1..10_000 {
            queue.push(address(number), number);
            queue.cancel(address(number));
        }
        assert!(queue.order.len() < 100, "{}", queue.order.len());
        assert_eq!(queue.take(), Some((address(0), 0)));
    }
}
