//! Looks at sixteen bytes of text at once: which of them matter to the reader.
//!
//! Every function answers with a mask, bit *n* for byte *n*. On x86-64 they use SSE2, which every such processor has;
//! elsewhere plain 64-bit arithmetic. The tests compare the two.
#![allow(unsafe_code, reason = "processor instructions; no memory is touched but through references and slices")]

/// How many bytes are looked at together. Most strings end within sixteen; with thirty-two, findings were read 10 % slower.
pub(super) const LANES: usize = 16;

/// That many bytes of text.
pub(super) type Chunk = [u8; LANES];

#[cfg(not(target_arch = "x86_64"))]
pub(super) use portable::{Differences, blanks_and_quotes, brackets_and_quotes, marks, string_stops};
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::{Differences, blanks_and_quotes, brackets_and_quotes, marks, string_stops};

/// How many bytes are looked at together where whole containers are passed over.
pub(super) const BLOCK: usize = 64;

/// What is where in a block, bit *n* for byte *n*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub quotes: u64,
    pub backslashes: u64,
    /// Opening brackets and braces.
    pub opens: u64,
    /// Closing ones.
    pub closes: u64,
}

impl Marks {
    /// Those of a block.
    #[inline(always)]
    pub fn of(block: &[u8; BLOCK]) -> Marks {
        let mut all = Marks::default();
        for lane in 0..BLOCK / LANES {
            let chunk: &Chunk = block[lane * LANES..][..LANES].try_into().expect("a lane of the block");
            let [quotes, backslashes, opens, closes] = marks(chunk).map(|marks| u64::from(marks) << (lane * LANES));
            all.quotes |= quotes;
            all.backslashes |= backslashes;
            all.opens |= opens;
            all.closes |= closes;
        }
        all
    }
}

/// The bytes that begin at `at`, if the text holds so many.
#[inline(always)]
pub(super) fn chunk<const LENGTH: usize>(text: &[u8], at: usize) -> Option<&[u8; LENGTH]> {
    // One comparison, half of it outside the caller's loop; the checks of `get` cost a tenth of the reader's time.
    let places = (text.len() + 1).saturating_sub(LENGTH);
    // SAFETY: at < places, so at + LENGTH <= text.len().
    (at < places).then(|| unsafe { &*text.as_ptr().add(at).cast() })
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use super::Chunk;
    use std::arch::x86_64::*;

    /// Where a run of plain characters in a string stops: quotes, backslashes and control characters.
    #[inline(always)]
    pub fn string_stops(chunk: &Chunk) -> u16 {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            lanes(chunk, |chunk| {
                let control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, _mm_set1_epi8(0x1F)), chunk);
                _mm_or_si128(_mm_or_si128(is(chunk, b'"'), is(chunk, b'\\')), control)
            })
        }
    }

    /// Brackets, braces and quotes.
    #[inline(always)]
    pub fn brackets_and_quotes(chunk: &Chunk) -> u16 {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            lanes(chunk, |chunk| {
                // `[` and `{`, `]` and `}` differ in one bit.
                let folded = _mm_or_si128(chunk, _mm_set1_epi8(0x20));
                _mm_or_si128(_mm_or_si128(is(folded, b'{'), is(folded, b'}')), is(chunk, b'"'))
            })
        }
    }

    /// Quotes, backslashes, opening and closing brackets, each by themselves.
    #[inline(always)]
    pub fn marks(chunk: &Chunk) -> [u16; 4] {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            let folded = |chunk| _mm_or_si128(chunk, _mm_set1_epi8(0x20));
            [
                lanes(chunk, |chunk| is(chunk, b'"')),
                lanes(chunk, |chunk| is(chunk, b'\\')),
                lanes(chunk, |chunk| is(folded(chunk), b'{')),
                lanes(chunk, |chunk| is(folded(chunk), b'}')),
            ]
        }
    }

    /// White space and quotes.
    #[inline(always)]
    pub fn blanks_and_quotes(chunk: &Chunk) -> u16 {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            lanes(chunk, |chunk| {
                let lines = _mm_or_si128(is(chunk, b'\n'), is(chunk, b'\r'));
                let spaces = _mm_or_si128(is(chunk, b' '), is(chunk, b'\t'));
                _mm_or_si128(_mm_or_si128(lines, spaces), is(chunk, b'"'))
            })
        }
    }

    /// Whether chunks are what they should be, asked once for many: a register, and no branches.
    #[derive(Clone, Copy)]
    pub struct Differences(__m128i);

    impl Default for Differences {
        #[inline(always)]
        fn default() -> Differences {
            // SAFETY: every x86-64 processor has SSE2.
            Differences(unsafe { _mm_setzero_si128() })
        }
    }

    impl Differences {
        /// Looks at one more chunk, of which only what the mask selects counts.
        #[inline(always)]
        pub fn add(&mut self, chunk: &Chunk, expected: &Chunk, mask: &Chunk) {
            // SAFETY: every x86-64 processor has SSE2; sixteen bytes are read through references to sixteen bytes.
            unsafe {
                let [chunk, expected, mask] =
                    [chunk, expected, mask].map(|chunk| _mm_loadu_si128(chunk.as_ptr().cast()));
                self.0 = _mm_or_si128(self.0, _mm_and_si128(_mm_xor_si128(chunk, expected), mask));
            }
        }

        /// Whether all were.
        #[inline(always)]
        pub fn are_none(self) -> bool {
            // SAFETY: every x86-64 processor has SSE2.
            unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(self.0, _mm_setzero_si128())) == 0xFFFF }
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn lanes(chunk: &Chunk, marked: impl Fn(__m128i) -> __m128i) -> u16 {
        // SAFETY: sixteen bytes are read through a reference to sixteen bytes.
        let chunk = unsafe { _mm_loadu_si128(chunk.as_ptr().cast()) };
        _mm_movemask_epi8(marked(chunk)) as u16
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn is(chunk: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(chunk, _mm_set1_epi8(byte as i8))
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::Chunk;

    const ONES: u64 = u64::MAX / 255;
    const LOW_BITS: u64 = ONES * 0x7F;

    /// As [`super::string_stops`].
    #[inline(always)]
    pub fn string_stops(chunk: &Chunk) -> u16 {
        words(chunk, |word| is(word, b'"') | is(word, b'\\') | zeros(word & (ONES * 0xE0)))
    }

    /// As [`super::brackets_and_quotes`].
    #[inline(always)]
    pub fn brackets_and_quotes(chunk: &Chunk) -> u16 {
        words(chunk, |word| {
            let folded = word | (ONES * 0x20);
            is(folded, b'{') | is(folded, b'}') | is(word, b'"')
        })
    }

    /// As [`super::marks`].
    #[inline(always)]
    pub fn marks(chunk: &Chunk) -> [u16; 4] {
        [
            words(chunk, |word| is(word, b'"')),
            words(chunk, |word| is(word, b'\\')),
            words(chunk, |word| is(word | (ONES * 0x20), b'{')),
            words(chunk, |word| is(word | (ONES * 0x20), b'}')),
        ]
    }

    /// As [`super::blanks_and_quotes`].
    #[inline(always)]
    pub fn blanks_and_quotes(chunk: &Chunk) -> u16 {
        words(chunk, |word| is(word, b' ') | is(word, b'\t') | is(word, b'\n') | is(word, b'\r') | is(word, b'"'))
    }

    /// As [`super::Differences`].
    #[derive(Clone, Copy, Default)]
    pub struct Differences(u128);

    impl Differences {
        /// Looks at one more chunk, of which only what the mask selects counts.
        #[inline(always)]
        pub fn add(&mut self, chunk: &Chunk, expected: &Chunk, mask: &Chunk) {
            let [chunk, expected, mask] = [chunk, expected, mask].map(|chunk| u128::from_le_bytes(*chunk));
            self.0 |= (chunk ^ expected) & mask;
        }

        /// Whether all were.
        #[inline(always)]
        pub fn are_none(self) -> bool {
            self.0 == 0
        }
    }

    #[inline(always)]
    fn words(chunk: &Chunk, marked: impl Fn(u64) -> u64) -> u16 {
        chunk.chunks_exact(8).rev().fold(0, |mask, word| {
            let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            // One multiplication gathers the eight top bits.
            (mask << 8) | ((marked(word) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
        })
    }

    #[inline(always)]
    fn is(word: u64, byte: u8) -> u64 {
        zeros(word ^ (ONES * u64::from(byte)))
    }

    /// The top bit of each byte that is zero, and no other: nothing is carried from byte to byte.
    #[inline(always)]
    fn zeros(word: u64) -> u64 {
        !(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(chunk: &Chunk, marked: impl Fn(u8) -> bool) -> u16 {
        (0..LANES).filter(|&lane| marked(chunk[lane])).fold(0, |mask, lane| mask | 1 << lane)
    }

    fn check(chunk: &Chunk) {
        let stops = mask(chunk, |byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        let brackets = mask(chunk, |byte| b"[]{}\"".contains(&byte));
        let blanks = mask(chunk, |byte| b" \t\r\n\"".contains(&byte));
        assert_eq!([string_stops(chunk), portable::string_stops(chunk)], [stops; 2], "{chunk:?}");
        assert_eq!([brackets_and_quotes(chunk), portable::brackets_and_quotes(chunk)], [brackets; 2], "{chunk:?}");
        let each = [&b"\""[..], b"\\", b"[{", b"]}"].map(|bytes| mask(chunk, |byte| bytes.contains(&byte)));
        assert_eq!([marks(chunk), portable::marks(chunk)], [each; 2], "{chunk:?}");
        assert_eq!([blanks_and_quotes(chunk), portable::blanks_and_quotes(chunk)], [blanks; 2], "{chunk:?}");
    }

    #[test]
    fn every_byte_is_marked_alike_in_every_lane() {
        for byte in 0..=255 {
            for lane in 0..LANES {
                for around in [b'a', b'"', 0x80, 0xFF, byte ^ 0x01, byte ^ 0x20] {
                    let mut chunk = [around; LANES];
                    chunk[lane] = byte;
                    check(&chunk);
                }
            }
        }
    }

    #[test]
    fn differences_count_only_where_the_mask_selects() {
        for lane in 0..LANES {
            let (mut other, mut mask) = ([b'a'; LANES], [0xFF; LANES]);
            other[lane] ^= 1 << (lane % 8);
            for is_none in [false, true] {
                if is_none {
                    mask[lane] = 0;
                }
                let (mut here, mut there) = (Differences::default(), portable::Differences::default());
                for chunk in [[b'a'; LANES], other, [b'a'; LANES]] {
                    here.add(&chunk, &[b'a'; LANES], &mask);
                    there.add(&chunk, &[b'a'; LANES], &mask);
                }
                assert_eq!([here.are_none(), there.are_none()], [is_none; 2], "{lane}");
            }
        }
    }

    #[test]
    fn a_chunk_is_taken_only_where_the_text_holds_it() {
        let text = [b'a'; LANES + 1];
        assert!(chunk::<LANES>(&text, 1).is_some());
        assert!(chunk::<LANES>(&text, 2).is_none());
        assert!(chunk::<LANES>(&text, LANES + 9).is_none());
    }
}
