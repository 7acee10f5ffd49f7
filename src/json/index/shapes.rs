//! Remembers how lines were built, so that one built like an earlier one is read without walking through it.
//!
//! What a line's marks and the keys on its paths are decides where its values lie, down to the token; only what stands in
//! its strings, numbers and literals is its own. So a shape, once found by a walk, is recognised by comparing bytes: all
//! marks, and every key of every object that a path leads through, those that nobody reads too, since they must not become
//! one that somebody reads. Keys written with escapes are not remembered.
//!
//! The memory is of fixed size. A shape is taken in when it comes the second time, so that a stream in which no two
//! lines are alike costs no more than looking them up.

use super::scalar::is_scalar;
use super::tokens::{Line, SCALAR};
use super::walk::{Findings, Found};
use crate::json::vector::{Chunk, Differences, LANES, chunk};
use std::collections::VecDeque;

/// How many shapes are remembered at most: so many sets, each with some places.
const SETS: usize = 256;
const WAYS: usize = 4;
/// How many shapes are remembered to have come once.
const STRANGERS: usize = 4096;
/// A shape with more than so many tokens, pieces of keys, and items and members of tables, is a large one.
const SMALL: Size = Size { tokens: 2048, pieces: 256, rows: 512 };
/// Larger ones are not remembered. A token takes some two bytes, a piece forty, a row sixteen.
const LARGEST: Size = Size { tokens: 16_384, pieces: 4096, rows: 8192 };
/// How many large ones are remembered at most, and how many strangers as large pass before the next one is: to take one in
/// takes longer than to walk through it.
const LARGE_MAX: usize = 8;
const LARGE_PASS: u32 = 64;

/// The shapes of lines that one reader has met.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    /// Of each shape some bits of its hash; zero where there is none.
    tags: Box<[[u32; WAYS]]>,
    shapes: Box<[Shape]>,
    /// Which place of its set is given to the next new shape.
    turns: Box<[u8]>,
    /// The tags of shapes that came lately, by their hash.
    strangers: Box<[u32]>,
    /// The shape of the line before.
    last: usize,
    /// Where the large ones are, the oldest first.
    large: VecDeque<usize>,
    /// How many large strangers pass before one is taken in.
    pass: u32,
}

/// How large a shape is, or may be.
#[derive(Clone, Copy)]
struct Size {
    tokens: usize,
    pieces: usize,
    rows: usize,
}

impl Size {
    fn fits(self, most: Size) -> bool {
        self.tokens <= most.tokens && self.pieces <= most.pieces && self.rows <= most.rows
    }
}

/// One way to build a line.
#[derive(Clone, Debug, Default)]
struct Shape {
    marks: Vec<u8>,
    keys: Vec<Piece>,
    /// Which tokens are numbers and literals.
    scalars: Vec<u16>,
    found: Found,
}

/// Sixteen bytes, at most, of a key and its closing quote.
#[derive(Clone, Copy, Debug)]
struct Piece {
    bytes: Chunk,
    /// All ones for each byte that counts.
    mask: Chunk,
    /// The key's token, and how far behind it these bytes begin.
    token: u16,
    offset: u16,
}

/// What is known of a line's shape.
pub enum Known<'a> {
    /// Its values lie here.
    Found(&'a Found),
    /// It would be known if it were JSON.
    Malformed,
    /// It was not met before, or is not remembered.
    Stranger(Stranger),
}

/// A shape that is not known, by its hash.
#[derive(Clone, Copy)]
pub struct Stranger(u64);

impl Shapes {
    /// What is known of this line.
    #[inline(always)]
    pub fn look_up(&mut self, bytes: &[u8], line: &Line<'_>) -> Known<'_> {
        // Often lines are built alike for a while.
        let is_same = self.shapes.get(self.last).is_some_and(|shape| shape.fits(bytes, line));
        if !is_same {
            let hash = hash(line.marks);
            match self.find(hash, bytes, line) {
                Some(place) => self.last = place,
                None => return Known::Stranger(Stranger(hash)),
            }
        }
        let shape = &self.shapes[self.last];
        if shape.has_scalars(bytes, line) { Known::Found(&shape.found) } else { Known::Malformed }
    }

    #[inline(always)]
    fn find(&self, hash: u64, bytes: &[u8], line: &Line<'_>) -> Option<usize> {
        let set = hash as usize % SETS;
        let tags = self.tags.get(set)?;
        let fits = |way: &usize| tags[*way] == tag(hash) && self.shapes[set * WAYS + way].fits(bytes, line);
        (0..WAYS).find(fits).map(|way| set * WAYS + way)
    }

    /// Remembers where a walk has found the values of such a line, if one like it came before.
    #[inline(never)]
    pub fn meet(&mut self, stranger: Stranger, bytes: &[u8], line: &Line<'_>, findings: &Findings) {
        let size = Size {
            tokens: line.marks.len(),
            pieces: findings.keys.len(), // Or more, if keys are long.
            rows: findings.found.rows.size(),
        };
        let is_large = !size.fits(SMALL);
        if !size.fits(LARGEST) || is_large && !self.may_take_large() {
            return;
        }
        if self.shapes.is_empty() {
            self.make_room();
        }
        let Stranger(hash) = stranger;
        let before = &mut self.strangers[(hash >> 16) as usize % STRANGERS];
        if std::mem::replace(before, tag(hash)) != tag(hash) {
            return;
        }
        let set = hash as usize % SETS;
        let way = self.turns[set] as usize % WAYS;
        self.forget(set * WAYS + way);
        if is_large && self.large.len() == LARGE_MAX {
            self.forget(self.large[0]);
        }
        if self.shapes[set * WAYS + way].learn(bytes, line, findings, if is_large { LARGEST } else { SMALL }) {
            self.turns[set] = self.turns[set].wrapping_add(1);
            self.tags[set][way] = tag(hash);
            if is_large {
                self.large.push_back(set * WAYS + way);
                self.pass = LARGE_PASS;
            }
        }
    }

    /// Whether it is time for another large shape.
    fn may_take_large(&mut self) -> bool {
        self.pass = self.pass.saturating_sub(1);
        self.pass == 0
    }

    /// Forgets the shape at a place, if there is one.
    fn forget(&mut self, place: usize) {
        self.tags[place / WAYS][place % WAYS] = 0;
        if let Some(found) = self.large.iter().position(|large| *large == place) {
            self.large.remove(found);
            self.shapes[place] = Shape::default(); // Others need not so much room.
        }
    }

    /// How many shapes are remembered.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.tags.iter().flatten().filter(|tag| **tag != 0).count()
    }

    /// How much memory they take.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        let bytes = |shape: &Shape| {
            let Shape { marks, keys, scalars, found } = shape;
            let spans = size_of_val(&found.spans[..]) + size_of_val(&scalars[..]);
            marks.capacity() + keys.capacity() * size_of::<Piece>() + spans
        };
        self.shapes.iter().map(bytes).sum()
    }

    fn make_room(&mut self) {
        self.tags = vec![[0; WAYS]; SETS].into();
        self.shapes = vec![Shape::default(); SETS * WAYS].into();
        self.turns = vec![0; SETS].into();
        self.strangers = vec![0; STRANGERS].into();
    }
}

impl Shape {
    /// Whether the line is built so.
    #[inline(always)]
    fn fits(&self, bytes: &[u8], line: &Line<'_>) -> bool {
        if self.marks != line.marks {
            return false;
        }
        let mut differences = Differences::default();
        for piece in &self.keys {
            let at = line.position(piece.token as usize) + piece.offset as usize;
            let Some(chunk) = chunk(bytes, at) else { return false };
            differences.add(chunk, &piece.bytes, &piece.mask);
        }
        differences.are_none()
    }

    /// Whether there are numbers and literals where they should be.
    #[inline(always)]
    fn has_scalars(&self, bytes: &[u8], line: &Line<'_>) -> bool {
        self.scalars.iter().all(|&token| {
            let token = token as usize;
            is_scalar(bytes, line.position(token), line.end(bytes, token + 1))
        })
    }

    /// Becomes the shape of this line, in the same memory. False: it cannot.
    fn learn(&mut self, bytes: &[u8], line: &Line<'_>, findings: &Findings, most: Size) -> bool {
        self.marks.clear();
        self.keys.clear();
        for &token in &findings.keys {
            let (start, end) = (line.position(token as usize) + 1, line.end(bytes, token as usize + 1));
            let name = &bytes[start..end];
            if name.contains(&b'\\') {
                return false;
            }
            self.keys.extend(name.chunks(LANES).zip(0..).map(|(part, place)| Piece::new(part, token, place)));
            if self.keys.len() > most.pieces {
                return false;
            }
        }
        self.marks.extend_from_slice(line.marks);
        let is_scalar = |token: &u16| line.marks[*token as usize] == SCALAR;
        self.scalars.clear();
        self.scalars.extend((0..line.marks.len() as u16).filter(is_scalar));
        self.found.spans.clone_from(&findings.found.spans);
        self.found.rows.clone_from(&findings.found.rows);
        true
    }
}

impl Piece {
    /// The piece of a key that has so many before it.
    fn new(part: &[u8], token: u16, before: u16) -> Piece {
        let byte = |place| part.get(place).copied();
        Piece {
            bytes: std::array::from_fn(|place| byte(place).unwrap_or(0)),
            mask: std::array::from_fn(|place| byte(place).map_or(0, |_| 0xFF)),
            token,
            offset: 1 + before * LANES as u16,
        }
    }
}

/// Never zero.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

/// Four sums beside each other, since each multiplication waits for the one before.
#[inline(always)]
fn hash(marks: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |sum: u64, word: &[u8; 8]| (sum ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
    let mut sums = [marks.len() as u64, 1, 2, 3];
    let (rounds, rest) = marks.as_chunks::<32>();
    for round in rounds {
        for (sum, word) in sums.iter_mut().zip(round.as_chunks::<8>().0) {
            *sum = mix(*sum, word);
        }
    }
    let mut last = [0; 32];
    last[..rest.len()].copy_from_slice(rest);
    for (sum, word) in sums.iter_mut().zip(last.as_chunks::<8>().0) {
        *sum = mix(*sum, word);
    }
    let sum = sums.into_iter().reduce(|sum, other| (sum ^ other).wrapping_mul(FACTOR).rotate_left(29));
    let sum = sum.expect("there are four");
    sum ^ sum >> 32
}
