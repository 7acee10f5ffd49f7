//! What is where in a block, by AVX-512.
#![allow(unsafe_code, reason = "processor instructions; no memory is touched but through references and slices")]

use super::avx2::prefix_xor;
use super::scan::{self, BLOCK, Block, Common, Found, Lanes, Positions, Rare};
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
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
fn scan_all(lanes: &Avx512, text: &[u8], tokens: &mut Tokens) {
    scan::scan(lanes, text, tokens);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
#[inline(never)]
#[cold]
fn rare_step(lanes: &Avx512, block: &Block, at: usize, carry: u64, tokens: &mut Tokens) -> (usize, u64) {
    scan::step_carefully(lanes, block, at, carry, tokens)
}

impl Lanes for Avx512 {
    #[inline(always)]
    fn common(&self, block: &Block) -> Common {
        // SAFETY: `new` has asked for these features.
        unsafe { common(block) }
    }

    #[inline(always)]
    fn rare(&self, block: &Block) -> Rare {
        // SAFETY: `new` has asked for these features.
        unsafe { rare(block) }
    }

    #[inline(always)]
    fn prefix_xor(&self, bits: u64) -> u64 {
        // SAFETY: `new` has asked for these features.
        unsafe { prefix_xor(bits) }
    }

    #[inline(always)]
    fn put(&self, block: &Block, at: usize, found: &Found, positions: &mut Positions, marks: &mut Block) {
        // SAFETY: `new` has asked for these features.
        unsafe { put(block, at, found, positions, marks) }
    }

    #[inline(always)]
    fn rare_step(&self, block: &Block, at: usize, carry: u64, tokens: &mut Tokens) -> (usize, u64) {
        // SAFETY: `new` has asked for these features.
        unsafe { rare_step(self, block, at, carry, tokens) }
    }
}

const OPERATOR: u8 = 0x80;
const APART: u8 = 0x40;
const RARE: u8 = 0x20;

/// What each byte of ASCII is.
const TRAITS: [u8; 128] = {
    let mut traits = [0; 128];
    let mut byte = 0;
    while byte < traits.len() {
        traits[byte] = match byte as u8 {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => OPERATOR | APART,
            b' ' | b'"' | b'\n' => APART,
            b'\t' | b'\r' => APART | RARE,
            b'\\' | 0..0x20 => RARE,
            _ => 0,
        };
        byte += 1;
    }
    traits
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
fn common(block: &Block) -> Common {
    let bytes = load(block);
    let (low, high) = TRAITS.split_at(BLOCK);
    let (low, high) = (low.try_into().expect("the first half"), high.try_into().expect("the other half"));
    // The lookup leaves a byte's top bit out of account.
    let traits = _mm512_permutex2var_epi8(load(low), bytes, load(high));
    let ascii = !_mm512_movepi8_mask(bytes);
    Common {
        quotes: is(bytes, b'"'),
        operators: _mm512_movepi8_mask(traits) & ascii,
        apart: _mm512_test_epi8_mask(traits, _mm512_set1_epi8(APART as i8)) & ascii,
        line_ends: is(bytes, b'\n'),
        is_rare: _mm512_test_epi8_mask(traits, _mm512_set1_epi8(RARE as i8)) & ascii != 0,
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn rare(block: &Block) -> Rare {
    let bytes = load(block);
    let controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    Rare { backslashes: is(bytes, b'\\'), controls: controls & !is(bytes, b'\n') }
}

/// Moves the tokens' bytes, and their numbers, together.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
fn put(block: &Block, at: usize, found: &Found, positions: &mut Positions, marks: &mut Block) {
    let count = found.tokens.count_ones() as usize;
    let bytes = _mm512_mask_blend_epi8(found.scalars, load(block), _mm512_set1_epi8(SCALAR as i8));
    let numbers = _mm512_maskz_compress_epi8(found.tokens, load(&NUMBERS));
    let place = |numbers| _mm512_add_epi16(_mm512_cvtepu8_epi16(numbers), _mm512_set1_epi16(at as i16));
    let bytes = _mm512_maskz_compress_epi8(found.tokens, bytes);
    // SAFETY: sixty-four bytes are written to as many, and twice thirty-two positions to sixty-four.
    unsafe {
        _mm256_storeu_si256(marks.as_mut_ptr().cast(), _mm512_castsi512_si256(bytes));
        _mm512_storeu_si512(positions.as_mut_ptr().cast(), place(_mm512_castsi512_si256(numbers)));
        if count > BLOCK / 2 {
            let others = place(_mm512_extracti64x4_epi64::<1>(numbers));
            _mm512_storeu_si512(positions.as_mut_ptr().add(BLOCK / 2).cast(), others);
            _mm256_storeu_si256(marks.as_mut_ptr().add(BLOCK / 2).cast(), _mm512_extracti64x4_epi64::<1>(bytes));
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
