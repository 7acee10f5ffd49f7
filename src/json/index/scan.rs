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

/// The tokens of a block, or of its beginning.
#[derive(Clone, Copy)]
pub struct Found {
    pub tokens: u64,
    /// Those that begin numbers or literals.
    pub scalars: u64,
    /// The one that ends a line, if any. There are no two.
    line_end: u64,
    /// How many bytes of the block this is about, and what is open behind them.
    length: usize,
    carry: Carry,
}

/// What the block before leaves open.
#[derive(Clone, Copy, Default)]
struct Carry {
    /// All ones within a string.
    inside: u64,
    /// One within a number or literal.
    scalar: u64,
    /// One behind the backslash of an escape.
    escaped: u64,
}

impl Carry {
    /// In three bits.
    fn packed(self) -> u64 {
        self.inside & 1 | self.scalar << 1 | self.escaped << 2
    }

    fn unpacked(bits: u64) -> Carry {
        Carry { inside: (bits & 1).wrapping_neg(), scalar: bits >> 1 & 1, escaped: bits >> 2 }
    }
}

/// How far a pass has come. It stays in registers as long as no call is handed more than parts of it.
#[derive(Clone, Copy, Default)]
struct State {
    at: usize,
    /// Tokens and line ends so far.
    count: usize,
    lines: usize,
    carry: Carry,
}

/// What a kind of processor does with a block.
pub trait Lanes {
    fn common(&self, block: &Block) -> Common;
    fn rare(&self, block: &Block) -> Rare;
    /// Each bit: whether an odd number of the bits up to it are set.
    fn prefix_xor(&self, bits: u64) -> u64;
    /// Writes down the tokens of the block, which begins at `at`.
    fn put(&self, block: &Block, at: usize, found: &Found, positions: &mut Positions, marks: &mut Block);
    /// [`step_carefully`], kept out of the loop: there it would take registers.
    fn rare_step(&self, block: &Block, at: usize, carry: u64, tokens: &mut Tokens) -> (usize, u64);
}

/// Where the tokens of a block are.
pub type Positions = [u16; BLOCK];

/// Notes the tokens of these lines. A last line without its end gets one.
#[inline(always)]
pub fn scan(lanes: &impl Lanes, text: &[u8], tokens: &mut Tokens) {
    tokens.clear(text.len());
    let mut state = State::default();
    let is_ended = text.last() == Some(&b'\n');
    let mut tail = [b' '; BLOCK];
    while state.at < text.len() + usize::from(!is_ended) {
        let block = text[state.at..].first_chunk().unwrap_or_else(|| {
            let rest = &text[state.at..];
            tail[..rest.len()].copy_from_slice(rest);
            tail[rest.len()..].fill(b' ');
            tail[rest.len()] = if is_ended { b' ' } else { b'\n' };
            &tail
        });
        state = step(lanes, block, state, tokens);
    }
    (tokens.count, tokens.lines) = (state.count, state.lines);
}

/// Notes the tokens of a block, or of its beginning.
#[inline(always)]
fn step(lanes: &impl Lanes, block: &Block, state: State, tokens: &mut Tokens) -> State {
    let common = lanes.common(block);
    let inside = lanes.prefix_xor(common.quotes) ^ state.carry.inside;
    let several = common.line_ends & common.line_ends.wrapping_sub(1);
    if common.is_rare || state.carry.escaped | several | (common.line_ends & inside) != 0 {
        (tokens.count, tokens.lines) = (state.count, state.lines);
        let (length, carry) = lanes.rare_step(block, state.at, state.carry.packed(), tokens);
        let (at, count, lines) = (state.at + length, tokens.count, tokens.lines);
        return State { at, count, lines, carry: Carry::unpacked(carry) };
    }
    state.note(lanes, block, &state.carry.found(&common, inside), tokens)
}

/// As [`step`], whatever the block holds; answers how far it went, and what is open there.
#[inline(always)]
pub fn step_carefully(lanes: &impl Lanes, block: &Block, at: usize, carry: u64, tokens: &mut Tokens) -> (usize, u64) {
    let carry = Carry::unpacked(carry);
    let (mut common, rare) = (lanes.common(block), lanes.rare(block));
    let (escaped, behind) = escaped(rare.backslashes, carry.escaped, at, &mut tokens.escapes);
    common.quotes &= !escaped;
    let inside = lanes.prefix_xor(common.quotes) ^ carry.inside;
    // A control character fits nowhere, unless it is white space between tokens.
    let wrong = rare.controls & (inside | !common.apart);
    common.apart |= wrong;
    let mut found = carry.found(&common, inside);
    found.tokens |= wrong;
    found.carry.escaped = behind;
    let ends = common.line_ends;
    if (ends & inside) | (ends & ends.wrapping_sub(1)) != 0 {
        found.cut();
        while tokens.escapes.last().is_some_and(|escape| usize::from(*escape) >= at + found.length) {
            tokens.escapes.pop();
        }
    }
    let state = State { at, count: tokens.count, lines: tokens.lines, carry };
    let state = state.note(lanes, block, &found, tokens);
    if found.line_end & inside != 0 {
        tokens.marks[state.count - 1] = WRONG;
    }
    (tokens.count, tokens.lines) = (state.count, state.lines);
    (found.length, state.carry.packed())
}

impl Carry {
    /// The tokens of a block of which `inside` are opening quotes and what follows them in their strings.
    #[inline(always)]
    fn found(self, common: &Common, inside: u64) -> Found {
        let scalar = !(common.apart | inside);
        let scalars = scalar & !(scalar << 1 | self.scalar);
        let tokens = (common.operators & !inside) | (common.quotes & inside) | scalars | common.line_ends;
        let carry = Carry { inside: (inside as i64 >> 63) as u64, scalar: scalar >> 63, escaped: 0 };
        Found { tokens, scalars, line_end: common.line_ends, length: BLOCK, carry }
    }
}

impl Found {
    /// Leaves out what follows the first line end: there all begins anew, so that a string that does not end in its line
    /// does not swallow the next.
    fn cut(&mut self) {
        self.length = self.line_end.trailing_zeros() as usize + 1;
        let kept = u64::MAX >> (BLOCK - self.length);
        (self.tokens, self.scalars, self.line_end) = (self.tokens & kept, self.scalars & kept, self.line_end & kept);
        self.carry = Carry::default();
    }
}

impl State {
    /// Writes down what was found, and goes on behind it.
    #[inline(always)]
    fn note(self, lanes: &impl Lanes, block: &Block, found: &Found, tokens: &mut Tokens) -> State {
        let State { at, count, lines, .. } = self;
        let positions = tokens.positions[count..].first_chunk_mut().expect("there is room for a block");
        let marks = tokens.marks[count..].first_chunk_mut().expect("there is room for a block");
        lanes.put(block, at, found, positions, marks);
        // Written without a branch: lines end where they like.
        let before = (found.tokens & found.line_end.wrapping_sub(1)).count_ones() as usize;
        tokens.ends[lines] = (count + before) as u16;
        State {
            at: at + found.length,
            count: count + found.tokens.count_ones() as usize,
            lines: lines + usize::from(found.line_end != 0),
            carry: found.carry,
        }
    }
}

/// Which bytes are escaped, and with that no quotes, and whether the first behind the block is. Notes where escapes begin.
#[inline(always)]
fn escaped(backslashes: u64, first: u64, at: usize, escapes: &mut Vec<u16>) -> (u64, u64) {
    let (mut escaped, mut behind) = (first, 0);
    let mut rest = backslashes & !first;
    while rest != 0 {
        let bit = rest & rest.wrapping_neg();
        escapes.push((at + bit.trailing_zeros() as usize) as u16);
        escaped |= bit << 1;
        behind = bit >> 63;
        rest &= !(bit | bit << 1);
    }
    (escaped, behind)
}
