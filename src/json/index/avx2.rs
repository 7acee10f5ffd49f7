//! What is where in a block, by AVX2.
#![allow(unsafe_code, reason = "processor instructions; no memory is touched but through references and slices")]

use super::scan::{self, BLOCK, Block, Common, Found, Lanes, Positions, Rare};
use super::structure::Structure;
use super::tokens::{SCALAR, Tokens};
use std::arch::x86_64::*;

/// See [`Lanes`]. There is one only where the processor has what it takes.
pub struct Avx2(());

impl Avx2 {
    /// None on processors without.
    pub fn new() -> Option<Avx2> {
        let has_all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Avx2(()))
    }

    /// See [`scan::scan`].
    pub fn scan(&self, text: &[u8], tokens: &mut Tokens) {
        // SAFETY: `new` has asked for these features.
        unsafe { scan_all(self, text, tokens) }
    }

    /// See [`Structure::check`].
    pub fn check(&self, structure: &mut Structure, marks: &[u8]) -> bool {
        // SAFETY: `new` has asked for these features.
        unsafe { check(self, structure, marks) }
    }
}

#[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
fn scan_all(lanes: &Avx2, text: &[u8], tokens: &mut Tokens) {
    scan::scan(lanes, text, tokens);
}

#[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
fn check(lanes: &Avx2, structure: &mut Structure, marks: &[u8]) -> bool {
    structure.check(lanes, marks)
}

impl Lanes for Avx2 {
    type Bytes = Halves;

    #[inline(always)]
    fn load(&self, block: &Block) -> Halves {
        // SAFETY: `new` has asked for these features.
        unsafe { halves(block) }
    }

    #[inline(always)]
    fn places(&self, bytes: Halves, byte: u8) -> u64 {
        // SAFETY: `new` has asked for these features.
        unsafe { places(bytes, byte) }
    }

    #[inline(always)]
    fn common(&self, halves: Halves) -> Common<Halves> {
        // SAFETY: `new` has asked for these features.
        unsafe { common(halves) }
    }

    #[inline(always)]
    fn rare(&self, halves: Halves) -> Rare {
        // SAFETY: `new` has asked for these features.
        unsafe { rare(halves) }
    }

    #[inline(always)]
    fn or(&self, [low, high]: Halves, others: Halves) -> Halves {
        // SAFETY: `new` has asked for these features.
        unsafe { [_mm256_or_si256(low, others[0]), _mm256_or_si256(high, others[1])] }
    }

    #[inline(always)]
    fn is_ascii(&self, halves: Halves) -> bool {
        // SAFETY: `new` has asked for these features.
        unsafe { mask(halves) == 0 }
    }

    #[inline(always)]
    fn prefix_xor(&self, bits: u64) -> u64 {
        // SAFETY: `new` has asked for these features.
        unsafe { prefix_xor(bits) }
    }

    #[inline(always)]
    fn put(&self, halves: Halves, at: usize, found: &Found, positions: &mut Positions, into: &mut Block) {
        // SAFETY: `new` has asked for these features.
        unsafe { put(halves, at, found, positions, into) }
    }
}

/// A block, in two registers.
type Halves = [__m256i; 2];

/// By the lower half of a byte: the only white space that ends so.
const BLANKS: [u8; 16] = table([(0x0, b' '), (0x9, b'\t'), (0xA, b'\n'), (0xD, b'\r')]);
/// The same of operators, in two tables: brackets and braces end alike.
const BRACES: [u8; 16] = table([(0xA, b':'), (0xB, b'{'), (0xC, b','), (0xD, b'}')]);
const BRACKETS: [u8; 16] = table([(0xA, b':'), (0xB, b'['), (0xC, b','), (0xD, b']')]);

/// What no entry is made for holds a byte that is never looked for: its top bit is set.
const fn table(entries: [(usize, u8); 4]) -> [u8; 16] {
    let mut table = [0xFF; 16];
    let mut place = 0;
    while place < entries.len() {
        table[entries[place].0] = entries[place].1;
        place += 1;
    }
    table
}

#[inline]
#[target_feature(enable = "avx2")]
fn places(halves: Halves, byte: u8) -> u64 {
    mask(halves.map(|half| is(half, byte)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn common(halves: Halves) -> Common<Halves> {
    let quotes = mask(halves.map(|half| is(half, b'"')));
    let line_ends = mask(halves.map(|half| is(half, b'\n')));
    let operators = mask(halves.map(|half| _mm256_or_si256(is_in(half, &BRACES), is_in(half, &BRACKETS)))) | line_ends;
    let blanks = mask(halves.map(|half| is_in(half, &BLANKS)));
    let [low, high] = halves.map(|half| {
        let odd = _mm256_or_si256(is_control(half), is(half, b'\\'));
        _mm256_andnot_si256(is(half, b'\n'), odd)
    });
    let odd = _mm256_or_si256(low, high);
    let rare = u64::from(_mm256_testz_si256(odd, odd) == 0);
    Common { quotes, operators, apart: quotes | operators | blanks, line_ends, rare, marks: halves }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rare(halves: Halves) -> Rare {
    let line_ends = mask(halves.map(|half| is(half, b'\n')));
    Rare {
        backslashes: mask(halves.map(|half| is(half, b'\\'))),
        controls: mask(halves.map(|half| is_control(half))) & !line_ends,
    }
}

/// As many shifts and xors, done by one multiplication without carries.
#[inline]
#[target_feature(enable = "pclmulqdq")]
pub(super) fn prefix_xor(bits: u64) -> u64 {
    let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(bits as i64), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product) as u64
}

/// So many bytes are moved together at once.
const GROUP: usize = 8;

/// For each choice of eight bytes, the numbers of those that are chosen, and then anything.
const CHOSEN: [[u8; GROUP]; 256] = {
    let mut chosen = [[0; GROUP]; 256];
    let mut choice = 0;
    while choice < chosen.len() {
        let (mut count, mut number) = (0, 0);
        while number < GROUP {
            if choice >> number & 1 != 0 {
                chosen[choice][count] = number as u8;
                count += 1;
            }
            number += 1;
        }
        choice += 1;
    }
    chosen
};

/// Eight groups, whatever they hold: how many tokens there are is hard to foresee.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn put(halves: Halves, at: usize, found: &Found, positions: &mut Positions, marks: &mut Block) {
    let bytes = marked(halves, found.scalars);
    let mut count = 0;
    for group in 0..BLOCK / GROUP {
        let choice = (found.tokens >> (group * GROUP)) as u8;
        let first = _mm_set1_epi16((at + group * GROUP) as i16);
        // SAFETY: eight bytes each are read through references to eight bytes and more. No more than eight were
        // counted for each group before this one, so eight marks and eight positions fit.
        unsafe {
            let numbers = _mm_loadl_epi64(CHOSEN[choice as usize].as_ptr().cast());
            let bytes = _mm_loadl_epi64(bytes.as_ptr().add(group * GROUP).cast());
            _mm_storel_epi64(marks.as_mut_ptr().add(count).cast(), _mm_shuffle_epi8(bytes, numbers));
            let places = _mm_add_epi16(_mm_cvtepu8_epi16(numbers), first);
            _mm_storeu_si128(positions.as_mut_ptr().add(count).cast(), places);
        }
        count += choice.count_ones() as usize;
    }
}

/// The block with the mark of numbers and literals where those begin.
#[inline]
#[target_feature(enable = "avx2")]
fn marked(halves: Halves, scalars: u64) -> Block {
    let spread = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let bits = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    let mut marked = [0; BLOCK];
    for (place, half) in halves.into_iter().enumerate() {
        let scalars = _mm256_set1_epi32((scalars >> (place * BLOCK / 2)) as i32);
        let begins = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(scalars, spread), bits), bits);
        let half = _mm256_blendv_epi8(half, _mm256_set1_epi8(SCALAR as i8), begins);
        // SAFETY: thirty-two bytes are written to each half of sixty-four.
        unsafe { _mm256_storeu_si256(marked.as_mut_ptr().add(place * BLOCK / 2).cast(), half) };
    }
    marked
}

#[inline]
#[target_feature(enable = "avx2")]
fn halves(block: &Block) -> Halves {
    let half = BLOCK / 2;
    // SAFETY: twice thirty-two bytes are read through a reference to sixty-four.
    unsafe { [_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(half).cast())] }
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask(halves: Halves) -> u64 {
    let [low, high] = halves.map(|half| _mm256_movemask_epi8(half) as u32 as u64);
    low | high << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn is(half: __m256i, byte: u8) -> __m256i {
    _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))
}

#[inline]
#[target_feature(enable = "avx2")]
fn is_control(half: __m256i) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_min_epu8(half, _mm256_set1_epi8(0x1F)), half)
}

/// Whether the table holds the byte where its lower half points. (Bytes from 0x80 on point nowhere, which is zero.)
#[inline]
#[target_feature(enable = "avx2")]
fn is_in(half: __m256i, table: &[u8; 16]) -> __m256i {
    // SAFETY: sixteen bytes are read through a reference to sixteen bytes.
    let table = unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast())) };
    _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, half), half)
}
