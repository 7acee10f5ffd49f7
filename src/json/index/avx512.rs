//! What is where in a block, by AVX-512.
#![allow(unsafe_code, reason = "processor instructions; no memory is touched but through references and slices")]

use super::avx2::prefix_xor;
use super::scan::{self, BLOCK, Block, Common, Found, Lanes, Positions, Rare};
use super::structure::Structure;
use super::tokens::{SCALAR, Tokens};
use std::arch::x86_64::*;

/// See [`Lanes`]. There is one only where the processor has what it takes.
pub struct Avx512(());

impl Avx512 {
    /// None on processors without.
    pub fn new() -> Option<Avx512> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Avx512(()))
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

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
fn scan_all(lanes: &Avx512, text: &[u8], tokens: &mut Tokens) {
    scan::scan(lanes, text, tokens);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
fn check(lanes: &Avx512, structure: &mut Structure, marks: &[u8]) -> bool {
    structure.check(lanes, marks)
}

impl Lanes for Avx512 {
    type Bytes = __m512i;

    #[inline(always)]
    fn load(&self, block: &Block) -> __m512i {
        // SAFETY: `new` has asked for these features.
        unsafe { load(block) }
    }

    #[inline(always)]
    fn places(&self, bytes: __m512i, byte: u8) -> u64 {
        // SAFETY: `new` has asked for these features.
        unsafe { is(bytes, byte) }
    }

    #[inline(always)]
    fn common(&self, bytes: __m512i) -> Common<__m512i> {
        // SAFETY: `new` has asked for these features.
        unsafe { common(bytes) }
    }

    #[inline(always)]
    fn rare(&self, bytes: __m512i) -> Rare {
        // SAFETY: `new` has asked for these features.
        unsafe { rare(bytes) }
    }

    #[inline(always)]
    fn or(&self, bytes: __m512i, others: __m512i) -> __m512i {
        // SAFETY: `new` has asked for these features.
        unsafe { _mm512_or_si512(bytes, others) }
    }

    #[inline(always)]
    fn is_ascii(&self, bytes: __m512i) -> bool {
        // SAFETY: `new` has asked for these features.
        unsafe { _mm512_movepi8_mask(bytes) == 0 }
    }

    #[inline(always)]
    fn prefix_xor(&self, bits: u64) -> u64 {
        // SAFETY: `new` has asked for these features.
        unsafe { prefix_xor(bits) }
    }

    #[inline(always)]
    fn put(&self, marks: __m512i, at: usize, found: &Found, positions: &mut Positions, into: &mut Block) {
        // SAFETY: `new` has asked for these features.
        unsafe { put(marks, at, found.tokens, positions, into) }
    }
}

/// The mark of each byte of ASCII. A blank is no token: its mark says only what it is not.
const MARKS: [u8; 128] = {
    let mut marks = [SCALAR; 128];
    let mut byte = 0;
    while byte < marks.len() {
        marks[byte] = match byte as u8 {
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' | b'\n' => byte as u8,
            b' ' => BLANK,
            b'\t' | b'\r' => BLANK | RARE,
            b'\\' | 0..0x20 => RARE,
            _ => SCALAR,
        };
        byte += 1;
    }
    marks
};

const BLANK: u8 = 0x04;
/// The bit of operators and line ends, among marks; those of all that is no part of a number or literal.
const OPERATOR: u8 = 0x08;
const APART: u8 = OPERATOR | BLANK | 0x02;
/// The bit of what is no mark.
const RARE: u8 = 0x80;

const _: () = {
    assert!(b'{' & b'}' & b'[' & b']' & b',' & b':' & b'\n' & OPERATOR != 0 && (b'"' | BLANK | SCALAR) & OPERATOR == 0);
    assert!(b'"' & APART != 0 && SCALAR & APART == 0);
};

/// The number of each byte of a block.
const NUMBERS: Block = {
    let mut numbers = [0; BLOCK];
    let mut number = 0;
    while number < BLOCK {
        numbers[number] = number as u8;
        number += 1;
    }
    numbers
};

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn common(bytes: __m512i) -> Common<__m512i> {
    let (low, high) = MARKS.split_at(BLOCK);
    let (low, high) = (low.try_into().expect("the first half"), high.try_into().expect("the other half"));
    // The lookup leaves a byte's top bit out of account; with all beyond ASCII it finds what it finds for the last of it.
    let ascii = _mm512_min_epu8(bytes, _mm512_set1_epi8(0x7F));
    let marks = _mm512_permutex2var_epi8(load(low), ascii, load(high));
    Common {
        quotes: is(bytes, b'"'),
        operators: _mm512_test_epi8_mask(marks, _mm512_set1_epi8(OPERATOR as i8)),
        apart: _mm512_test_epi8_mask(marks, _mm512_set1_epi8(APART as i8)),
        line_ends: is(bytes, b'\n'),
        rare: _mm512_movepi8_mask(marks),
        marks,
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn rare(bytes: __m512i) -> Rare {
    let controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    Rare { backslashes: is(bytes, b'\\'), controls: controls & !is(bytes, b'\n') }
}

/// Moves the tokens' marks, and their numbers, together.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
fn put(marks: __m512i, at: usize, tokens: u64, positions: &mut Positions, into: &mut Block) {
    let marks = _mm512_maskz_compress_epi8(tokens, marks);
    let numbers = _mm512_maskz_compress_epi8(tokens, load(&NUMBERS));
    let place = |numbers| _mm512_add_epi16(_mm512_cvtepu8_epi16(numbers), _mm512_set1_epi16(at as i16));
    // SAFETY: sixty-four bytes are written to as many, and twice thirty-two positions to sixty-four.
    unsafe {
        _mm512_storeu_si512(into.as_mut_ptr().cast(), marks);
        _mm512_storeu_si512(positions.as_mut_ptr().cast(), place(_mm512_castsi512_si256(numbers)));
        if tokens.count_ones() as usize > BLOCK / 2 {
            let others = place(_mm512_extracti64x4_epi64::<1>(numbers));
            _mm512_storeu_si512(positions.as_mut_ptr().add(BLOCK / 2).cast(), others);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(block: &Block) -> __m512i {
    // SAFETY: sixty-four bytes are read through a reference to sixty-four bytes.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn is(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8))
}
