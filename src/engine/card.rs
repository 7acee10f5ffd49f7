//! A sleeper's card: what the shard must know of a suspended execution, in few bytes, written before its block.

use crate::engine::block::Origin;
use crate::engine::open::HoleId;
use crate::engine::slab::Key;
use crate::vm::numbers;

/// Where a suspended execution came from, and where its text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Card {
    pub origin: Origin,
    /// When it began, in microseconds since the run did.
    pub began_us: u64,
    /// Where its text goes, when order matters.
    pub hole: Option<HoleId>,
}

impl Card {
    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Origin { line, offset, file, program } = self.origin;
        for number in [line, offset, file.into(), program.into(), self.began_us] {
            numbers::write(number, out);
        }
        numbers::write(self.hole.map_or(0, |hole| u64::from(hole.hole) + 1), out);
        if let Some(HoleId { page, .. }) = self.hole {
            numbers::write(page.index.into(), out);
            numbers::write(page.generation.into(), out);
        }
    }

    /// Reads one that [`write`](Card::write) wrote, and leaves what follows it.
    pub fn read(bytes: &mut &[u8]) -> Card {
        let mut number = || numbers::read(bytes);
        let origin = Origin { line: number(), offset: number(), file: number() as u32, program: number() as u16 };
        let began_us = number();
        let hole = number().checked_sub(1).map(|hole| {
            let page = Key { index: number() as u32, generation: number() as u32 };
            HoleId { page, hole: hole as u32 }
        });
        Card { origin, began_us, hole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_as_it_was_written_and_no_further() {
        let page = Key { index: u32::MAX, generation: u32::MAX };
        let largest = Card {
            origin: Origin { line: u64::MAX, offset: u64::MAX, file: u32::MAX, program: u16::MAX },
            began_us: u64::MAX,
            hole: Some(HoleId { page, hole: u32::MAX }),
        };
        let usual = Card {
            origin: Origin { line: 1_000_000, offset: 280_000_000, file: 0, program: 0 },
            began_us: 10_000_000,
            hole: Some(HoleId { page: Key { index: 500, generation: 1 }, hole: 2000 }),
        };
        let least = Card { origin: Origin::default(), began_us: 0, hole: None };
        for (card, bytes) in [(largest, 53), (usual, 19), (least, 6)] {
            let mut text = Vec::new();
            card.write(&mut text);
            assert_eq!(text.len(), bytes);
            text.extend_from_slice(b"block");
            let mut rest = &text[..];
            assert_eq!((Card::read(&mut rest), rest), (card, &b"block"[..]));
        }
    }
}
