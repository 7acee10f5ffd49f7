//! Numbers as JavaScript writes, reads and rounds them.

use std::io::Write;

use super::Fault;

/// Appends a number as JavaScript's `String(number)` does: `1`, `0.1`, `1e+21`, `1e-7`, and `0` for -0.
pub fn write_number(value: f64, out: &mut Vec<u8>) {
    if value.trunc() == value && value.abs() < 9_007_199_254_740_992.0 {
        return write(out, format_args!("{}", value as i64));
    }
    if write_plain(value, out) {
        return;
    }
    if !value.is_finite() {
        let name = if value.is_nan() { "NaN" } else { "Infinity" };
        return write(out, format_args!("{}{name}", if value < 0.0 { "-" } else { "" }));
    }
    write_scientific(&scientific(value), out);
}

/// Appends a number with few digits and no exponent; false if it is not one of those, which are the most frequent.
fn write_plain(value: f64, out: &mut Vec<u8>) -> bool {
    // Fewer digits than fifteen are the shortest whoever finds them, and need no rounding.
    const BYTES_MAX: usize = 15;
    if !(1e-5..1e15).contains(&value.abs()) {
        return false;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let is_plain = text.len() <= BYTES_MAX;
    if is_plain {
        out.extend_from_slice(text.as_bytes());
    }
    is_plain
}

/// Appends a number as `$string` and `&` do: with at most fifteen significant digits, half away from zero.
pub fn write_rounded(value: f64, out: &mut Vec<u8>) {
    if value.trunc() != value && write_plain(value, out) {
        return;
    }
    let is_short_integer = value.trunc() == value && value.abs() < 1e15;
    if is_short_integer || !value.is_finite() || significant_digits(&scientific(value)) <= 15 {
        return write_number(value, out);
    }
    // Rust rounds ties to even. The next double farther out is beyond the tie, and no farther than the same digits.
    let exact = format!("{:.40e}", value.abs());
    let is_tie =
        exact.as_bytes()[16] == b'5' && exact[17..].bytes().take_while(|&byte| byte != b'e').all(|byte| byte == b'0');
    let value = if is_tie { f64::from_bits(value.to_bits() + 1) } else { value };
    let rounded: f64 = format!("{value:.14e}").parse().expect("a number reads what was written");
    write_number(rounded, out);
}

/// A number in a `String`; see [`write_number`].
pub fn number_text(value: f64) -> String {
    let mut out = Vec::new();
    write_number(value, &mut out);
    String::from_utf8(out).expect("a number is written in ASCII")
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes every write");
}

/// The fewest digits that tell a number from its neighbours, as `-1.25e-3`.
fn scientific(value: f64) -> String {
    let shortest = format!("{value:e}");
    match significant_digits(&shortest) {
        // Two numbers of as many digits may be as near. JavaScript takes the even one, and so does Rust when it is told
        // how many digits there are.
        digits @ 15.. => format!("{value:.*e}", digits - 1),
        _ => shortest,
    }
}

/// How many digits stand before the `e`.
fn significant_digits(scientific: &str) -> usize {
    scientific.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count()
}

/// Puts the point of `-1.25e-3` where ECMA-262, "Number::toString", has it.
fn write_scientific(scientific: &str, out: &mut Vec<u8>) {
    let (digits, exponent) = scientific.split_once('e').expect("scientific notation has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits = digits.replacen('.', "", 1);
    out.extend_from_slice(sign.as_bytes());
    match exponent {
        -6..0 => write(out, format_args!("0.{}{digits}", "0".repeat(-exponent as usize - 1))),
        0..21 if digits.len() > exponent as usize + 1 => {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            write(out, format_args!("{whole}.{fraction}"));
        }
        0..21 => write(out, format_args!("{digits}{}", "0".repeat(exponent as usize + 1 - digits.len()))),
        _ => {
            let (whole, fraction) = digits.split_at(1);
            let point = if fraction.is_empty() { "" } else { "." };
            write(out, format_args!("{whole}{point}{fraction}e{exponent:+}"));
        }
    }
}

/// Reads a number as `$number` does: as in JSON but with leading zeros, or `0x`, `0o` or `0b` and digits.
/// None for anything else, and for what is too large for a double.
pub fn parse_number(text: &str) -> Option<f64> {
    let digits_of = |radix: u32| parse_integer_digits(&text[2..], radix);
    let value = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => digits_of(16)?,
        [b'0', b'o' | b'O', ..] => digits_of(8)?,
        [b'0', b'b' | b'B', ..] => digits_of(2)?,
        bytes if is_decimal(bytes) => text.parse().ok()?,
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// `-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?`
fn is_decimal(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let Some(rest) = after_digits(text) else { return false };
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) => match after_digits(fraction) {
            Some(rest) => rest,
            None => return false,
        },
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', b'-' | b'+', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            after_digits(exponent).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// What follows one digit or more.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| &text[count..])
}

/// Digits of a power of two as a radix, rounded once, as JavaScript does.
fn parse_integer_digits(text: &str, radix: u32) -> Option<f64> {
    let bits_of_digit = radix.trailing_zeros() as i32;
    let (mut mantissa, mut exponent) = (0u64, 0i32);
    for character in text.chars() {
        let digit = u64::from(character.to_digit(radix)?);
        if mantissa < 1 << 58 {
            mantissa = mantissa << bits_of_digit | digit;
        } else {
            // Only whether anything is left matters below the last bit.
            mantissa |= u64::from(digit != 0);
            exponent = exponent.saturating_add(bits_of_digit);
        }
    }
    (!text.is_empty()).then(|| mantissa as f64 * 2f64.powi(exponent))
}

/// Rounds half to even at a decimal place, negative places lie left of the point; never -0.
///
/// The point is moved in the digits, as the reference does, so that 4.525 is halfway at two places.
pub fn round(value: f64, places: i64) -> f64 {
    let places = places.clamp(-1000, 1000);
    let shifted = if places == 0 { value } else { shift(value, places) };
    let rounded = shifted.round_ties_even();
    // What has no digits that far to the right is round already.
    let result = if places == 0 || rounded.is_infinite() { rounded } else { shift(rounded, -places) };
    let result = if result.is_finite() { result } else { value };
    if result == 0.0 { 0.0 } else { result }
}

/// The number with its decimal point moved to the right.
fn shift(value: f64, places: i64) -> f64 {
    let text = scientific(value);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().expect("an exponent is an integer");
    format!("{digits}e{}", exponent + places).parse().expect("digits and an exponent are a number")
}

/// The integer nearest to a value, in digits of a radix; the radix is rounded too.
///
/// # Errors
/// D3100 for a radix that is not from 2 to 36.
pub fn format_base(value: f64, radix: f64) -> Result<String, Box<Fault>> {
    let (value, radix) = (round(value, 0), round(radix, 0));
    if !(2.0..=36.0).contains(&radix) {
        return Err(Fault::new("D3100").with("value", number_text(radix)));
    }
    if radix == 10.0 || !value.is_finite() {
        return Ok(number_text(value));
    }
    let mut digits = Vec::new();
    let mut rest = value.abs();
    // As in V8: digits that a double does not know are zeros.
    while rest / radix >= 2f64.powi(53) {
        rest /= radix;
        digits.push('0');
    }
    loop {
        let digit = rest % radix;
        digits.push(char::from_digit(digit as u32, radix as u32).expect("a remainder is a digit"));
        rest = (rest - digit) / radix;
        if rest <= 0.0 {
            break;
        }
    }
    digits.extend((value < 0.0).then_some('-'));
    Ok(digits.iter().rev().collect())
}

/// The base to the power of the exponent.
///
/// # Errors
/// D3061 for a power that is no number, or too large for a double.
pub fn power(base: f64, exponent: f64) -> Result<f64, Box<Fault>> {
    let power = base.powf(exponent);
    // One to the power of what is not finite is no number in JavaScript.
    if power.is_finite() && (exponent.is_finite() || power == 0.0) {
        return Ok(power);
    }
    Err(Fault::new("D3061").with("value", number_text(base)).with("exp", number_text(exponent)))
}

/// The square root.
///
/// # Errors
/// D3060 for a negative number.
pub fn sqrt(value: f64) -> Result<f64, Box<Fault>> {
    if value < 0.0 {
        return Err(Fault::new("D3060").with("value", number_text(value)));
    }
    Ok(value.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(value: f64) -> String {
        let mut out = Vec::new();
        write_rounded(value, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn short_numbers_have_the_digits_that_rust_finds() {
        for whole in [0_u32, 1, 9, 34, 100, 858_383, 99_999_999] {
            for fraction in 1..1000 {
                let text = format!("{whole}.{fraction:03}");
                let value: f64 = text.parse().expect("it is a number");
                assert_eq!(number_text(value), format!("{value}"), "{text}");
                assert_eq!(number_text(-value), format!("{}", -value), "-{text}");
            }
        }
    }

    #[test]
    fn numbers_are_written_as_in_javascript() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-1.5, "-1.5"),
            (1e20, "100000000000000000000"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e21, "1e+21"),
            (-1.25e30, "-1.25e+30"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (9007199254740993.0, "9007199254740992"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-1155418898112588.0 - 0.25, "-1155418898112588.2"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    #[test]
    fn texts_of_numbers_have_fifteen_digits() {
        assert_eq!(rounded(0.1 + 0.2), "0.3");
        assert_eq!(rounded(1234567890123456.0), "1234567890123460");
        assert_eq!(rounded(1000000000000.125), "1000000000000.13");
        assert_eq!(rounded(-1000000000000.125), "-1000000000000.13");
        assert_eq!(rounded(1234567890123455.0), "1234567890123460");
        assert_eq!(rounded(5e-324), "5e-324");
        assert_eq!(rounded(22.0 / 7.0), "3.14285714285714");
    }

    #[test]
    fn numbers_in_texts_have_no_spaces_signs_or_bare_points() {
        for (text, value) in [
            ("0", Some(0.0)),
            ("-007", Some(-7.0)),
            ("000.00123000", Some(0.00123)),
            ("1E+2", Some(100.0)),
            ("0x12", Some(18.0)),
            ("0O17", Some(15.0)),
            ("0B101", Some(5.0)),
            ("0x20000000000001", Some(9007199254740992.0)),
            ("0x40000000000003", Some(18014398509481988.0)),
            ("10e500", None),
            ("0x", None),
            ("0b2", None),
            ("+1", None),
            (".5", None),
            ("1.", None),
            ("1e", None),
            (" 1", None),
            ("", None),
            ("-", None),
            ("é", None),
        ] {
            assert_eq!(parse_number(text), value, "{text}");
        }
    }

    #[test]
    fn rounding_is_half_to_even_in_decimal() {
        for (value, places, expected) in [
            (4.525, 2, 4.52),
            (4.515, 2, 4.52),
            (11.5, 0, 12.0),
            (12.5, 0, 12.0),
            (-0.5, 0, 0.0),
            (12345.0, -2, 12300.0),
            (125.0, -1, 120.0),
            (1e300, 300, 1e300),
            (1.5, i64::MAX, 1.5),
            (1.5, i64::MIN, 0.0),
        ] {
            assert_eq!(round(value, places), expected, "{value} {places}");
        }
    }

    #[test]
    fn bases_go_from_2_to_36() {
        assert_eq!(format_base(100.0, 2.0).as_deref(), Ok("1100100"));
        assert_eq!(format_base(-100.0, 35.5).as_deref(), Ok("-2s"));
        assert_eq!(format_base(9078719266690314.0, 21.0).as_deref(), Ok("14j62ccb70ij3"));
        assert_eq!(format_base(2.5, 10.0).as_deref(), Ok("2"));
        assert_eq!(format_base(1e21, 16.0).as_deref(), Ok("3635c9adc5dea00000"));
        assert_eq!(format_base(100.0, 37.0).map_err(|fault| fault.code), Err("D3100"));
    }

    #[test]
    fn powers_and_roots_that_are_no_numbers_are_faults() {
        assert_eq!(power(2.0, 0.5), Ok(2f64.sqrt()));
        assert_eq!(power(-2.0, 1.0 / 3.0).map_err(|fault| fault.code), Err("D3061"));
        assert_eq!(power(0.0, -1.0).map_err(|fault| fault.code), Err("D3061"));
        assert_eq!(sqrt(-1.0).map_err(|fault| fault.code), Err("D3060"));
    }
}
