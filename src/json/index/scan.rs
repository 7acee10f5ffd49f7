//! Goes over lines in blocks of 64 bytes and notes their tokens. What a block holds is asked of the processor at hand.

use super::tokens::{SCALAR, Tokens, WRONG};

/// How many bytes are looked at together: each has a bit in a mask, the first the lowest.
pub const BLOCK: usize = 64;
/// So many bytes of text.
pub type Block = [u8; BLOCK];
/// Where the tokens of a block are.
pub type Positions = [u16; BLOCK];

/// What is where in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common<Marks> {
    pub quotes: u64,
    /// Brackets, braces, commas, colons and ends of lines.
    pub operators: u64,
    /// What is no part of a number or literal: operators, quotes, white space.
    pub apart: u64,
    pub line_ends: u64,
    /// Not zero where there are backslashes, or control characters that are no line ends.
    pub rare: u64,
    /// What [`Lanes::put`] needs to know of the block.
    pub marks: Marks,
}

/// What few blocks hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rare {
    pub backslashes: u64,
    /// Control characters, line ends aside.
    pub controls: u64,
}

/// What a kind of processor does with a block.
pub trait Lanes {
    /// A block, in registers.
    type Bytes: Copy;

    fn load(&self, block: &Block) -> Self::Bytes;
    /// Where this byte is.
    fn places(&self, bytes: Self::Bytes, byte: u8) -> u64;
    fn common(&self, bytes: Self::Bytes) -> Common<Self::Bytes>;
    fn rare(&self, bytes: Self::Bytes) -> Rare;
    /// The bits that are set in one or both.
    fn or(&self, bytes: Self::Bytes, others: Self::Bytes) -> Self::Bytes;
    fn is_ascii(&self, bytes: Self::Bytes) -> bool;
    /// Each bit: whether an odd number of the bits up to it are set.
    fn prefix_xor(&self, bits: u64) -> u64;
    /// Writes down the tokens of the block, which begins at `at`. Marks of backslashes and control characters are anything.
    fn put(&self, marks: Self::Bytes, at: usize, found: &Found, positions: &mut Positions, into: &mut Block);
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

/// How far a pass has come.
#[derive(Clone, Copy, Default)]
struct State {
    at: usize,
    /// Tokens and line ends so far.
    count: usize,
    lines: usize,
    carry: Carry,
}

/// Where tokens are written down: see [`Tokens`]. All have the same length.
struct Room<'a> {
    positions: &'a mut [u16],
    marks: &'a mut [u8],
    ends: &'a mut [u16],
}

/// Notes the tokens of these lines. A last line without its end gets one.
#[inline(always)]
pub fn scan<L: Lanes>(lanes: &L, text: &[u8], tokens: &mut Tokens) {
    tokens.clear(text.len());
    let is_ended = text.last() == Some(&b'\n');
    let end = text.len() + usize::from(!is_ended);
    let mut state = State::default();
    let mut seen = lanes.load(&[0; BLOCK]);
    loop {
        (state, seen) = run(lanes, text, state, seen, &mut Room::of(tokens));
        if state.at >= end {
            break;
        }
        let block = text[state.at..].first_chunk().copied();
        let bytes = lanes.load(&block.unwrap_or_else(|| last_block(&text[state.at..], is_ended)));
        seen = lanes.or(seen, bytes);
        state = step_carefully(lanes, bytes, state, tokens);
    }
    (tokens.count, tokens.lines, tokens.is_ascii) = (state.count, state.lines, lanes.is_ascii(seen));
}

/// What is left of a text, filled up with blanks.
fn last_block(rest: &[u8], is_ended: bool) -> Block {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    if !is_ended {
        block[rest.len()] = b'\n';
    }
    block
}

/// Notes the tokens of blocks up to the first that holds something rare, or is not whole.
///
/// Every instruction counts here; nothing is called.
#[inline(always)]
fn run<L: Lanes>(lanes: &L, text: &[u8], state: State, seen: L::Bytes, room: &mut Room<'_>) -> (State, L::Bytes) {
    let (mut state, mut seen) = (state, seen);
    if state.carry.escaped != 0 {
        return (state, seen);
    }
    let rest = text.get(state.at..).unwrap_or_default();
    for block in rest.as_chunks().0 {
        let bytes = lanes.load(block);
        let common = lanes.common(bytes);
        let inside = lanes.prefix_xor(common.quotes) ^ state.carry.inside;
        // Or two lines end here, or one within a string.
        let odd = common.line_ends & (inside | common.line_ends.wrapping_sub(1));
        if common.rare | odd != 0 {
            break;
        }
        seen = lanes.or(seen, bytes);
        state = state.note(lanes, common.marks, &state.carry.found(&common, inside), room);
    }
    (state, seen)
}

/// Notes the tokens of a block, or of its beginning, whatever it holds.
#[inline(always)]
fn step_carefully<L: Lanes>(lanes: &L, bytes: L::Bytes, state: State, tokens: &mut Tokens) -> State {
    let State { at, count, carry, .. } = state;
    let (mut common, rare) = (lanes.common(bytes), lanes.rare(bytes));
    let (escaped, behind) = escaped(rare.backslashes, carry.escaped, at, &mut tokens.escapes);
    common.quotes &= !escaped;
    let inside = lanes.prefix_xor(common.quotes) ^ carry.inside;
    // A control character fits nowhere, unless it is white space between tokens.
    let wrong = rare.controls & (inside | !common.apart);
    common.apart |= wrong;
    let mut found = carry.found(&common, inside);
    found.tokens |= wrong | common.line_ends;
    found.carry.escaped = behind;
    let ends = common.line_ends;
    if (ends & inside) | (ends & ends.wrapping_sub(1)) != 0 {
        found.cut();
        while tokens.escapes.last().is_some_and(|escape| usize::from(*escape) >= at + found.length) {
            tokens.escapes.pop();
        }
    }
    let state = state.note(lanes, common.marks, &found, &mut Room::of(tokens));
    let mut unmarked = found.tokens & (rare.backslashes | rare.controls | found.line_end & inside);
    while unmarked != 0 {
        let bit = unmarked & unmarked.wrapping_neg();
        let before = (found.tokens & (bit - 1)).count_ones() as usize;
        tokens.marks[count + before] = if bit & rare.backslashes != 0 { SCALAR } else { WRONG };
        unmarked ^= bit;
    }
    state
}

impl Carry {
    /// The tokens of a block of which `inside` are opening quotes and what follows them in their strings.
    #[inline(always)]
    fn found<Marks>(self, common: &Common<Marks>, inside: u64) -> Found {
        let scalar = !(common.apart | inside);
        let scalars = scalar & !(scalar << 1 | self.scalar);
        let tokens = (common.operators & !inside) | (common.quotes & inside) | scalars;
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
    fn note<L: Lanes>(self, lanes: &L, marks: L::Bytes, found: &Found, room: &mut Room<'_>) -> State {
        let State { at, count, lines, .. } = self;
        let positions = room.positions[count..].first_chunk_mut().expect("there is room for a block");
        let into = room.marks[count..].first_chunk_mut().expect("there is room for a block");
        lanes.put(marks, at, found, positions, into);
        // Written without a branch: lines end where they like.
        let before = (found.tokens & found.line_end.wrapping_sub(1)).count_ones() as usize;
        room.ends[lines] = (count + before) as u16;
        State {
            at: at + found.length,
            count: count + found.tokens.count_ones() as usize,
            lines: lines + usize::from(found.line_end != 0),
            carry: found.carry,
        }
    }
}

impl Room<'_> {
    #[inline(always)]
    fn of(tokens: &mut Tokens) -> Room<'_> {
        let Tokens { positions, marks, ends, .. } = tokens;
        let length = positions.len();
        Room { positions, marks: &mut marks[..length], ends: &mut ends[..length] }
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
