//! Whether what lies between two tokens is a number or a literal.

use crate::json::grammar::Text;
use crate::json::vector::chunk;

const ONES: u64 = u64::MAX / 255;
/// So many bytes are looked at together.
const WORD: usize = size_of::<u64>();

/// Whether the bytes from `start` to the text's `end` are one number, `true`, `false` or `null`. There is one at least.
#[inline(always)]
pub fn is_scalar(bytes: &[u8], start: usize, end: usize) -> bool {
    let Some(word) = chunk::<WORD>(bytes, start + 1) else { return is_scalar_slowly(bytes, start, end) };
    let (first, rest) = (bytes[start], u64::from_le_bytes(*word));
    if first >= b'f' {
        return is_literal(first, rest, end - start);
    }
    let (word, length) = match first {
        b'-' => (rest, end - start - 1),
        _ => ((rest << 8) | u64::from(first), end - start),
    };
    length <= WORD && is_plain(word, length) || is_scalar_slowly(bytes, start, end)
}

#[inline(always)]
fn is_literal(first: u8, rest: u64, length: usize) -> bool {
    let word = (rest << 8) | u64::from(first);
    let four = word as u32;
    let is_four = length == 4 && (four == u32::from_le_bytes(*b"true") || four == u32::from_le_bytes(*b"null"));
    is_four || length == 5 && word << 24 == u64::from_le_bytes(*b"\0\0\0false")
}

/// Whether the first bytes are digits, perhaps with a point among them, as a number without an exponent has them.
#[inline(always)]
fn is_plain(word: u64, length: usize) -> bool {
    if length == 0 {
        return false;
    }
    let digits = word ^ (ONES * u64::from(b'0'));
    // The top bit of each byte that is more than nine; nothing is carried from byte to byte.
    let others = (((digits & (ONES * 0x7F)) + ONES * (0x7F - 9)) | digits) & (ONES << 7);
    let others = others & (u64::MAX >> (u64::BITS as usize - 8 * length));
    let whole = if others == 0 { length } else { others.trailing_zeros() as usize / 8 };
    let has_point =
        others & others.wrapping_sub(1) == 0 && (word >> (8 * whole % 64)) as u8 == b'.' && whole + 1 < length;
    whole > 0 && (others == 0 || has_point) && (word as u8 != b'0' || whole == 1)
}

#[inline(never)]
fn is_scalar_slowly(bytes: &[u8], start: usize, end: usize) -> bool {
    Text::new(bytes, end).scalar(start).is_ok_and(|behind| behind == end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_grammar_says() {
        const BYTES: &[u8] = b"01.9-eE+tfn:/\x80";
        let words = [
            "true",
            "false",
            "null",
            "nul",
            "truE",
            "falsf",
            "tru",
            "12345678",
            "123456789",
            "-12345678.5",
            "1234567.",
            "1e400",
            "-",
        ];
        let mut texts: Vec<Vec<u8>> = words.map(|word| word.into()).into();
        for number in 0..BYTES.len().pow(5) {
            let digit = |place: u32| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
            texts.extend((1..=5).map(|length| (0..length).map(digit).collect()));
        }
        for text in texts {
            let expected = Text::new(&text, text.len()).scalar(0).is_ok_and(|end| end == text.len());
            for after in [&b""[..], b",,,,,,,,,,,,", b"000000000000", b"............"] {
                let block = [&text, after].concat();
                assert_eq!(is_scalar(&block, 0, text.len()), expected, "{}", String::from_utf8_lossy(&block));
            }
        }
    }
}
