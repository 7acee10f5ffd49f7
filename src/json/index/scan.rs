//! Goes over lines in blocks of 64 bytes and notes their tokens. What a block holds is asked of the processor at hand.

use super::tokens::{Tokens, WRONG};

/// How many bytes are looked at together: each has a bit in a mask, the first the lowest.
pub const BLOCK: usize = 64;
/// So many bytes of text.
pub type Block = [u8; BLOCK];

/// What is where in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    pub quotes: u64,
    /// Brackets, braces, commas and colons.
    pub operators: u64,
    /// What is no part of a number or literal: operators, quotes, white space, ends of lines.
    pub apart: u64,
    pub line_ends: u64,
    /// Whether there are backslashes, or control characters that are no line ends.
    pub is_rare: bool,
}

/// What few blocks hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rare {
    pub backslashes: u64,
    /// Control characters, line ends aside.
    pub controls: u64,
}

/// The tokens of a block.
#[derive(Clone, Copy)]
pub struct Found {
    pub tokens: u64,
    /// Those that begin numbers or literals.
    pub scalars: u64,
}

/// What the block before leaves open.
#[derive(Clone, Copy, Default)]
pub struct Carry {
    /// All ones within a string.
    inside: u64,
    /// One within a number or literal.
    scalar: u64,
    /// One behind the backslash of an escape.
    escaped: u64,
}

/// What a kind of processor does with a block.
pub trait Lanes {
    fn common(&self, block: &Block) -> Common;
    fn rare(&self, block: &Block) -> Rare;
    /// Each bit: whether an odd number of the bits up to it are set.
    fn prefix_xor(&self, bits: u64) -> u64;
    /// Appends the tokens of the block, which begins at `at`.
    fn put(&self, block: &Block, at: usize, found: Found, tokens: &mut Tokens);
    /// [`step_carefully`], kept out of the loop: there it would take registers.
    fn rare_step(&self, block: &Block, at: usize, carry: &mut Carry, tokens: &mut Tokens) -> usize;
}

/// Notes the tokens of these lines. A last line without its end gets one.
#[inline(always)]
pub fn scan(lanes: &impl Lanes, text: &[u8], tokens: &mut Tokens) {
    tokens.clear(text.len());
    let mut carry = Carry::default();
    let mut at = 0;
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk) {
        at += step(lanes, block, at, &mut carry, tokens);
    }
    let is_ended = text.last() == Some(&b'\n');
    while at < text.len() + usize::from(!is_ended) {
        let rest = &text[at..];
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        block[rest.len()] = if is_ended { b' ' } else { b'\n' };
        at += step(lanes, &block, at, &mut carry, tokens);
    }
}

/// Notes the tokens of a block; answers how far it went.
#[inline(always)]
fn step(lanes: &impl Lanes, block: &Block, at: usize, carry: &mut Carry, tokens: &mut Tokens) -> usize {
    let common = lanes.common(block);
    let inside = lanes.prefix_xor(common.quotes) ^ carry.inside;
    let several = common.line_ends & common.line_ends.wrapping_sub(1);
    if common.is_rare || carry.escaped | several | (common.line_ends & inside) != 0 {
        return lanes.rare_step(block, at, carry, tokens);
    }
    let found = carry.found(&common, inside);
    tokens.end_line(found.tokens, common.line_ends);
    lanes.put(block, at, found, tokens);
    BLOCK
}

impl Carry {
    /// The tokens of a block of which `inside` are opening quotes and what follows them in their strings.
    #[inline(always)]
    fn found(&mut self, common: &Common, inside: u64) -> Found {
        let scalar = !(common.apart | inside);
        let scalars = scalar & !(scalar << 1 | self.scalar);
        self.inside = (inside as i64 >> 63) as u64;
        self.scalar = scalar >> 63;
        let tokens = (common.operators & !inside) | (common.quotes & inside) | scalars | common.line_ends;
        Found { tokens, scalars }
    }

    /// Which bytes are escaped, and with that no quotes. Notes where escapes begin.
    #[inline(always)]
    fn escaped(&mut self, backslashes: u64, at: usize, escapes: &mut Vec<u16>) -> u64 {
        let mut escaped = std::mem::take(&mut self.escaped);
        let mut rest = backslashes & !escaped;
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            escapes.push((at + bit.trailing_zeros() as usize) as u16);
            escaped |= bit << 1;
            self.escaped = bit >> 63;
            rest &= !(bit | bit << 1);
        }
        escaped
    }
}

/// As [`step`], whatever the block holds.
#[inline(always)]
pub fn step_carefully(
    lanes: &impl Lanes,
    block: &Block,
    at: usize,
    carry: &mut Carry,
    tokens: &mut Tokens,
) -> usize {
    let (mut common, rare) = (lanes.common(block), lanes.rare(block));
    common.quotes &= !carry.escaped(rare.backslashes, at, &mut tokens.escapes);
    let inside = lanes.prefix_xor(common.quotes) ^ carry.inside;
    // A control character fits nowhere, unless it is white space between tokens.
    let wrong = rare.controls & (inside | !common.apart);
    common.apart |= wrong;
    let mut found = carry.found(&common, inside);
    found.tokens |= wrong;
    // A string that does not end in its line must not swallow the next: all begins anew behind that line.
    let broken = common.line_ends & inside;
    let length = if broken == 0 { BLOCK } else { broken.trailing_zeros() as usize + 1 };
    if broken != 0 {
        *carry = Carry::default();
        let kept = u64::MAX >> (BLOCK - length);
        found = Found { tokens: found.tokens & kept, scalars: found.scalars & kept };
        common.line_ends &= kept;
        while tokens.escapes.last().is_some_and(|escape| usize::from(*escape) >= at + length) {
            tokens.escapes.pop();
        }
    }
    let mut line_ends = common.line_ends;
    while line_ends != 0 {
        let bit = line_ends & line_ends.wrapping_neg();
        tokens.end_line(found.tokens, bit);
        line_ends ^= bit;
    }
    lanes.put(block, at, found, tokens);
    if broken != 0 {
        tokens.marks[tokens.count - 1] = WRONG;
    }
    length
}
