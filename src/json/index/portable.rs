//! What is where in a block, byte by byte: for processors without anything better, and to compare them with.

use super::scan::{BLOCK, Block, Common, Found, Lanes, Positions, Rare};
use super::tokens::SCALAR;

/// See [`Lanes`].
pub struct Portable;

impl Lanes for Portable {
    type Bytes = Block;

    fn load(&self, block: &Block) -> Block {
        *block
    }

    fn places(&self, block: Block, byte: u8) -> u64 {
        mask(&block, |other| other == byte)
    }

    fn common(&self, block: Block) -> Common<Block> {
        let (quotes, line_ends) = (mask(&block, |byte| byte == b'"'), mask(&block, |byte| byte == b'\n'));
        let operators = mask(&block, |byte| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'\n'));
        let blanks = mask(&block, |byte| matches!(byte, b' ' | b'\t' | b'\r'));
        let Rare { backslashes, controls } = self.rare(block);
        let apart = quotes | operators | blanks;
        Common { quotes, operators, apart, line_ends, rare: backslashes | controls, marks: block }
    }

    fn rare(&self, block: Block) -> Rare {
        let controls = mask(&block, |byte| byte < 0x20 && byte != b'\n');
        Rare { backslashes: mask(&block, |byte| byte == b'\\'), controls }
    }

    fn or(&self, block: Block, others: Block) -> Block {
        std::array::from_fn(|place| block[place] | others[place])
    }

    fn is_ascii(&self, block: Block) -> bool {
        block.is_ascii()
    }

    fn prefix_xor(&self, bits: u64) -> u64 {
        [1, 2, 4, 8, 16, 32].iter().fold(bits, |bits, shift| bits ^ (bits << shift))
    }

    fn put(&self, block: Block, at: usize, found: &Found, positions: &mut Positions, marks: &mut Block) {
        let places = (0..BLOCK).filter(|place| found.tokens >> place & 1 != 0);
        for ((place, position), mark) in places.zip(positions).zip(marks) {
            *position = (at + place) as u16;
            *mark = if found.scalars >> place & 1 != 0 { SCALAR } else { block[place] };
        }
    }
}

fn mask(block: &Block, is_marked: impl Fn(u8) -> bool) -> u64 {
    (0..BLOCK).fold(0, |mask, place| mask | u64::from(is_marked(block[place])) << place)
}
