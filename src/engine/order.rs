//! Puts finished pages into the order of the input.

use crate::engine::page::Part;
use std::collections::BTreeMap;

/// Pages that wait for the ones before them. How much waits is bounded by the run's hold, not here.
#[derive(Debug, Default)]
pub(super) struct Order {
    waiting: BTreeMap<(u64, u32), Part>,
    next: (u64, u32),
}

impl Order {
    /// Takes a page in.
    pub fn insert(&mut self, part: Part) {
        self.waiting.insert((part.sequence, part.part), part);
    }

    /// The page whose turn it is, if it has come in.
    pub fn pop(&mut self) -> Option<Part> {
        let part = self.waiting.remove(&self.next)?;
        self.next = if part.last { (self.next.0 + 1, 0) } else { (self.next.0, self.next.1 + 1) };
        Some(part)
    }

    /// The next page there is, whether or not it is its turn.
    pub fn pop_any(&mut self) -> Option<Part> {
        self.waiting.pop_first().map(|(_, part)| part)
    }

    /// The block whose turn it is.
    pub fn next_sequence(&self) -> u64 {
        self.next.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_out_in_order_whichever_way_they_go_in() {
        // Blocks of one, three and two pages, in every rotation of a scrambled order.
        let pages = [(1, 2, true), (0, 0, true), (2, 1, true), (1, 0, false), (2, 0, false), (1, 1, false)];
        for start in 0..pages.len() {
            let mut order = Order::default();
            let mut told = Vec::new();
            for turn in 0..pages.len() {
                let (sequence, part, last) = pages[(start + turn) % pages.len()];
                order.insert(Part { sequence, part, last, ..Part::default() });
                told.extend(std::iter::from_fn(|| order.pop()).map(|part| (part.sequence, part.part)));
            }
            assert_eq!(told, [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]);
            assert_eq!(order.next_sequence(), 3);
        }
    }
}
