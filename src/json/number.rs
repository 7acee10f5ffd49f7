//! Numbers: from their JSON text to what they are worth.

/// The number as the nearest double; infinite where it is too large for one.
#[inline]
pub fn number(text: &[u8]) -> f64 {
    small(text).unwrap_or_else(|| parse(text))
}

/// Exact for numbers of few digits: both the digits and the power of ten are doubles, so one division rounds but once.
#[inline(always)]
fn small(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (whole, decimals) = if digits.len() <= WORD { short(word(digits), digits.len())? } else { longer(digits)? };
    let value = whole as f64 / POWERS[decimals];
    Some(if negative { -value } else { value })
}

/// What the digits are worth, and how many of them stand behind the point.
#[inline(never)]
fn longer(digits: &[u8]) -> Option<(u64, usize)> {
    const DIGITS_MAX: usize = 15;
    if digits.len() > DIGITS_MAX + 1 {
        return None;
    }
    let (mut whole, mut point) = (0_u64, None);
    for (place, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' => point = Some(place),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |place| digits.len() - place - 1);
    (whole < 10_u64.pow(DIGITS_MAX as u32)).then_some((whole, decimals))
}

const WORD: usize = size_of::<u64>();
const ONES: u64 = u64::MAX / 255;

/// Up to eight bytes, the first the lowest, and zeros.
#[inline]
fn word(text: &[u8]) -> u64 {
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            // Where they overlap they are the same.
            u64::from(first) | u64::from(last) << (8 * (text.len() - size_of::<u32>()))
        }
        _ => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The same as [`longer`], of eight bytes at most and all at once.
#[inline]
fn short(word: u64, length: usize) -> Option<(u64, usize)> {
    let points = word ^ (ONES * u64::from(b'.'));
    // The top bit of each byte that is a point.
    let points = !(((points & (ONES * 0x7F)) + ONES * 0x7F) | points | (ONES * 0x7F));
    let place = if points == 0 { length } else { points.trailing_zeros() as usize / 8 };
    let before = u64::MAX.checked_shr(64 - 8 * place as u32).unwrap_or(0);
    let digits = word & before | word >> 8 & !before;
    let count = length - usize::from(points != 0);
    if count == 0 {
        return None;
    }
    // The first digit comes last, behind zeros.
    let digits = (digits ^ (ONES * u64::from(b'0'))) << (8 * (WORD - count));
    let others = ((digits & (ONES * 0x7F)) + ONES * (0x7F - 9)) | digits;
    if others & (ONES << 7) != 0 {
        return None;
    }
    // Digits to pairs, pairs to fours, fours to the whole.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    let whole = (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF;
    Some((whole, count - place.min(count)))
}

const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

#[inline(never)]
fn parse(text: &[u8]) -> f64 {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    // None only for text that is no number.
    number.unwrap_or(f64::NAN)
}

/// The number as an integer, if it is worth exactly one: `3`, `3.0` and `30e-1` are 3.
pub fn integer(text: &[u8]) -> Option<i64> {
    let plain = std::str::from_utf8(text).ok()?.parse().ok();
    plain.or_else(|| Decimal::new(text)?.integer())
}

/// Whether the numbers are worth the same, exactly: `1`, `1.0` and `10e-1` are.
///
/// Exponents of more than eighteen digits are not worked out: such numbers are equal only where their texts are.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left == right || Decimal::new(left).is_some_and(|left| Decimal::new(right).is_some_and(|right| left == right))
}

/// A number taken apart: significant digits (without zeros at either end) times a power of ten.
#[derive(Debug)]
struct Decimal<'a> {
    negative: bool,
    before: &'a [u8],
    after: &'a [u8],
    exponent: i64,
}

impl<'a> Decimal<'a> {
    /// None where the exponent is out of reach.
    fn new(text: &'a [u8]) -> Option<Decimal<'a>> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (digits, exponent) = match text.iter().position(|byte| byte | 0x20 == b'e') {
            Some(place) => (&text[..place], exponent(&text[place + 1..])?),
            None => (text, 0),
        };
        let (before, after) = match digits.iter().position(|&byte| byte == b'.') {
            Some(place) => (&digits[..place], &digits[place + 1..]),
            None => (digits, &[][..]),
        };
        Some(Decimal { negative, before, after, exponent }.trimmed())
    }

    /// The one way to write what it is worth.
    fn trimmed(mut self) -> Decimal<'a> {
        // The exponent counts from the last digit.
        self.exponent -= self.after.len() as i64;
        self.before = without_leading(self.before);
        if self.before.is_empty() {
            self.after = without_leading(self.after);
        }
        self.drop_trailing();
        if self.before.is_empty() && self.after.is_empty() {
            (self.negative, self.exponent) = (false, 0);
        }
        self
    }

    fn drop_trailing(&mut self) {
        while let [rest @ .., b'0'] = self.after {
            (self.after, self.exponent) = (rest, self.exponent + 1);
        }
        if self.after.is_empty() {
            while let [rest @ .., b'0'] = self.before {
                (self.before, self.exponent) = (rest, self.exponent + 1);
            }
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.before.iter().chain(self.after).copied()
    }

    fn integer(&self) -> Option<i64> {
        let zeros = u32::try_from(self.exponent).ok()?;
        let sign = if self.negative { -1 } else { 1 };
        let digits = self.digits().try_fold(0_i64, |value, digit| {
            let digit = (digit as char).to_digit(10)?;
            value.checked_mul(10)?.checked_add(sign * i64::from(digit))
        })?;
        digits.checked_mul(10_i64.checked_pow(zeros)?)
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Decimal<'_>) -> bool {
        (self.negative, self.exponent) == (other.negative, other.exponent) && self.digits().eq(other.digits())
    }
}

/// The exponent, if it has no more than eighteen digits.
fn exponent(text: &[u8]) -> Option<i64> {
    const DIGITS_MAX: usize = 18;
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = without_leading(digits);
    let value = match digits {
        [] => 0,
        _ if digits.len() > DIGITS_MAX => return None,
        digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
    };
    Some(if negative { -value } else { value })
}

fn without_leading(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|&&byte| byte == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_the_standard_library_makes_of_them() {
        for text in [
            "0",
            "-0",
            "1",
            "-1.5",
            "0.1",
            "123456789.123456",
            "999999999999999",
            "0.99999999999999",
            "1000000000000000",
            "4.35",
            "-5.0e-324",
            "1e400",
            "-1E400",
            "9007199254740993",
            "0.000000000000001",
            "1.10",
            "2.2250738585072011e-308",
        ] {
            let expected: f64 = text.parse().expect("a number");
            assert_eq!(number(text.as_bytes()).to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn short_numbers_are_read_as_longer_ones_are() {
        for number in 0..200_000_u64 {
            let digits = (number * 7_919 % 100_000_000).to_string();
            let short = &digits[..1 + number as usize % digits.len()];
            let pointed = format!("{}.{}", &digits[..digits.len() / 2], &digits[digits.len() / 2..]);
            for text in [short, &pointed, &format!("{short}."), &format!("0.{short}"), &format!("{short}x"), "", "."] {
                let text = &text.as_bytes()[..text.len().min(WORD)];
                let expected = longer(text).filter(|_| text.iter().any(|byte| *byte != b'.'));
                let expected = expected.filter(|_| text.iter().filter(|byte| **byte == b'.').count() < 2);
                assert_eq!(short_of(text), expected, "{}", String::from_utf8_lossy(text));
            }
        }
    }

    fn short_of(text: &[u8]) -> Option<(u64, usize)> {
        short(word(text), text.len())
    }

    #[test]
    fn integers_are_exact_or_none() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("3.0", Some(3)),
            ("30e-1", Some(3)),
            ("-1e2", Some(-100)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775808.0", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1.5", None),
            ("1e19", None),
            ("1e-1", None),
            ("0e99", Some(0)),
            ("1e999999999999999999999", None),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_does_no_harm() {
        let long = [&[0xFF; 200][..], b"e", &[0xFF; 200]].concat();
        for text in [&b""[..], b"-", b"e", b"1e", b"e5", b".", b"1.2.3", b"\"1\"", b"null", b"1e--5", &long] {
            let _ = (number(text), integer(text), same(text, b"0"));
        }
        assert!(number(b"null").is_nan() && integer(b"null").is_none());
    }

    #[test]
    fn numbers_are_compared_by_what_they_are_worth() {
        for (left, right) in [
            ("1", "1.0"),
            ("1", "10e-1"),
            ("100", "1E+2"),
            ("0", "-0.0e7"),
            ("0.1", "1e-1"),
            ("120.50", "1205e-1"),
            ("123456789012345678901234567890", "1.23456789012345678901234567890e29"),
            ("0.001", "1e-3"),
            ("1e007", "1e7"),
        ] {
            assert!(same(left.as_bytes(), right.as_bytes()), "{left} {right}");
        }
        for (left, right) in [
            ("1", "-1"),
            ("1", "10"),
            ("9007199254740992", "9007199254740993"),
            ("1e400", "1e401"),
            ("0.1", "0.01"),
            ("12", "1.2"),
            ("1e9999999999999999999", "1e9999999999999999998"),
        ] {
            assert!(!same(left.as_bytes(), right.as_bytes()), "{left} {right}");
        }
    }
}
