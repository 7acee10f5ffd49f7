//! Puts finished text into the order of the input.

use crate::engine::page::{Ends, Part};
use std::collections::BTreeMap;

/// Text that waits for what stands before it. How much waits is bounded by the run's hold, not here.
#[derive(Debug, Default)]
pub(super) struct Order {
    waiting: BTreeMap<Place, Part>,
    next: Place,
}

/// A block, a page of it, and a piece of that.
type Place = (u64, u32, u32);

impl Order {
    /// Takes text in.
    pub fn insert(&mut self, part: Part) {
        self.waiting.insert((part.sequence, part.part, part.piece), part);
    }

    /// The text whose turn it is, if it has come in.
    pub fn pop(&mut self) -> Option<Part> {
        let part = self.waiting.remove(&self.next)?;
        let (block, page, piece) = self.next;
        self.next = match part.ends {
            Ends::Nothing => (block, page, piece + 1),
            Ends::Page => (block, page + 1, 0),
            Ends::Block => (block + 1, 0, 0),
        };
        Some(part)
    }

    /// The next text there is, whether or not it is its turn.
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
    fn text_comes_out_in_order_whichever_way_it_goes_in() {
        // Blocks of one, three and two pages, one of them in pieces, in every rotation of a scrambled order.
        use Ends::{Block, Nothing, Page};
        let parts = [
            (1, 2, 0, Block),
            (0, 0, 0, Block),
            (2, 1, 0, Block),
            (1, 1, 1, Page),
            (1, 0, 0, Page),
            (2, 0, 0, Page),
            (1, 1, 0, Nothing),
        ];
        for start in 0..parts.len() {
            let mut order = Order::default();
            let mut told = Vec::new();
            for turn in 0..parts.len() {
                let (sequence, part, piece, ends) = parts[(start + turn) % parts.len()];
                order.insert(Part { sequence, part, piece, ends, ..Part::default() });
                told.extend(std::iter::from_fn(|| order.pop()).map(|part| (part.sequence, part.part, part.piece)));
            }
            assert_eq!(told, [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 2, 0), (2, 0, 0), (2, 1, 0)]);
            assert_eq!(order.next_sequence(), 3);
        }
    }
}
