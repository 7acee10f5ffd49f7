//! Numbers by picture: `#,##0.00;(#,##0.00)` (XPath functions 3.1, "fn:format-number").
//!
//! Where the reference departs from XPath in what it takes or gives, we go with it. But we put no separators outside of
//! the digits, and write numbers from 1e21 on with all their digits, where it gives the wrong ones.

use super::Fault;
use super::limit::{DIGITS_MAX, out_of_memory};
use super::number::round;
use super::sub_picture::SubPicture;

/// Writes a number by a picture, or by its second part where the number is negative and there is one.
///
/// # Errors
/// D3080 to D3093 for a wrong picture, U1001 for one with more than a hundred digits in a part.
pub fn format_number(value: f64, picture: &str, symbols: &Symbols) -> Result<String, Box<Fault>> {
    let parts: Vec<&str> = picture.split(symbols.pattern_separator).collect();
    if parts.len() > 2 {
        return Err(Fault::new("D3080"));
    }
    let parts: Vec<SubPicture> = parts.iter().map(|part| SubPicture::new(part, symbols)).collect::<Result<_, _>>()?;
    let is_negative = value < 0.0;
    let part = &parts[if is_negative { parts.len() - 1 } else { 0 }];
    if part.integer_digits_min.max(part.fraction_digits_max).max(part.exponent_digits_min) > DIGITS_MAX {
        return Err(out_of_memory());
    }
    let sign = if is_negative && parts.len() == 1 { symbols.minus_sign.as_str() } else { "" };
    Ok(format!("{sign}{}{}{}", part.prefix, format_with(value, part, symbols), part.suffix))
}

/// The characters that pictures are made of, and that numbers are written with.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbols {
    pub(super) decimal_separator: char,
    pub(super) grouping_separator: char,
    pub(super) exponent_separator: char,
    pub(super) percent: char,
    pub(super) per_mille: char,
    pub(super) zero_digit: char,
    pub(super) digit: char,
    pub(super) pattern_separator: char,
    minus_sign: String,
}

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols {
            decimal_separator: '.',
            grouping_separator: ',',
            exponent_separator: 'e',
            percent: '%',
            per_mille: '‰',
            zero_digit: '0',
            digit: '#',
            pattern_separator: ';',
            minus_sign: "-".to_owned(),
        }
    }
}

impl Symbols {
    /// Sets a symbol by the name that `$formatNumber` has for it, `decimal-separator`. Of all but the minus sign the
    /// first character counts. Names that matter to no finite number, and unknown ones, change nothing.
    pub fn set(&mut self, name: &str, symbol: &str) {
        let place = match name {
            "decimal-separator" => &mut self.decimal_separator,
            "grouping-separator" => &mut self.grouping_separator,
            "exponent-separator" => &mut self.exponent_separator,
            "percent" => &mut self.percent,
            "per-mille" => &mut self.per_mille,
            "zero-digit" => &mut self.zero_digit,
            "digit" => &mut self.digit,
            "pattern-separator" => &mut self.pattern_separator,
            "minus-sign" => return symbol.clone_into(&mut self.minus_sign),
            _ => return,
        };
        *place = symbol.chars().next().unwrap_or(*place);
    }

    /// Whether a character is of the family of decimal digits.
    pub(super) fn is_digit(&self, character: char) -> bool {
        let zero = u32::from(self.zero_digit);
        (zero..zero + 10).contains(&u32::from(character))
    }

    /// Whether a character is more than text in a picture.
    pub(super) fn is_active(&self, character: char) -> bool {
        let others = [self.decimal_separator, self.exponent_separator, self.grouping_separator, self.pattern_separator];
        self.is_place(character) || others.contains(&character)
    }

    /// Whether a character stands for a digit, a must or not.
    pub(super) fn is_place(&self, character: char) -> bool {
        self.is_digit(character) || character == self.digit
    }

    /// The family's digit for an ASCII digit; other characters stay.
    fn localized(&self, character: char) -> char {
        let digit = character.to_digit(10).and_then(|value| char::from_u32(u32::from(self.zero_digit) + value));
        digit.unwrap_or(character)
    }
}

/// The number without prefix and suffix.
fn format_with(value: f64, part: &SubPicture, symbols: &Symbols) -> String {
    let (mantissa, exponent) = part.scale(value);
    let rounded = round(mantissa, part.fraction_digits_max as i64);
    let (whole, fraction) = digits(rounded, part.fraction_digits_max, symbols);
    let zero = symbols.zero_digit;
    let whole: Vec<char> = whole.into_iter().skip_while(|&digit| digit == zero).collect();
    let mut whole = padded_left(whole, part.integer_digits_min, zero);
    let kept = fraction.iter().rposition(|&digit| digit != zero).map_or(0, |last| last + 1);
    let mut fraction = fraction[..kept.max(part.fraction_digits_min.min(fraction.len()))].to_vec();
    fraction.resize(fraction.len().max(part.fraction_digits_min), zero);
    part.group(&mut whole, &mut fraction, symbols.grouping_separator);
    let mut text: String = whole.into_iter().collect();
    if part.has_decimal_separator && !fraction.is_empty() {
        text.push(symbols.decimal_separator);
        text.extend(fraction);
    }
    if let Some(exponent) = exponent {
        text.push(symbols.exponent_separator);
        text.push_str(if exponent < 0 { &symbols.minus_sign } else { "" });
        let digits: Vec<char> = exponent.abs().to_string().chars().map(|digit| symbols.localized(digit)).collect();
        text.extend(padded_left(digits, part.exponent_digits_min, zero));
    }
    text
}

/// The digits before and behind the point, without a sign.
fn digits(value: f64, places: usize, symbols: &Symbols) -> (Vec<char>, Vec<char>) {
    let text = format!("{:.places$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let localized = |digits: &str| digits.chars().map(|digit| symbols.localized(digit)).collect();
    (localized(whole), localized(fraction))
}

fn padded_left(mut digits: Vec<char>, count: usize, zero: char) -> Vec<char> {
    let missing = count.saturating_sub(digits.len());
    digits.splice(0..0, std::iter::repeat_n(zero, missing));
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(value: f64, picture: &str) -> Result<String, &'static str> {
        format_number(value, picture, &Symbols::default()).map_err(|fault| fault.code)
    }

    #[test]
    fn numbers_are_written_by_picture() {
        for (value, picture, expected) in [
            (12345.6, "#,###.00", "12,345.60"),
            (12345678.9, "9,999.99", "12,345,678.90"),
            (123.9, "9999", "0124"),
            (0.14, "01%", "14%"),
            (0.4857, "###.###‰", "485.7‰"),
            (-6.0, "000", "-006"),
            (-6.0, "000;(000)", "(006)"),
            (1234.5678, "00.000e0", "12.346e2"),
            (0.234, "#.00e0", "0.23e0"),
            (-42.0, "0e0", "-4e1"),
            (0.0, "0e0", "0e0"),
            (0.0, "#", "0"),
            (0.5, "#.#", ".5"),
            (12.0, "#,##,##0", "12"),
            (1234567.0, "#,##,##0", "12,34,567"),
            (0.00001, "0.00e0", "1.00e-5"),
            (12.0, "x 0 y", "x 12 y"),
            (1e21, "#,##0", "1,000,000,000,000,000,000,000"),
        ] {
            assert_eq!(code(value, picture).as_deref(), Ok(expected), "{value} {picture}");
        }
    }

    #[test]
    fn symbols_are_as_the_options_say() {
        let mut symbols = Symbols::default();
        symbols.set("zero-digit", "\u{660}");
        symbols.set("minus-sign", "minus ");
        symbols.set("decimal-separator", "_");
        symbols.set("NaN", "none");
        let text = format_number(-12.5, "#\u{660}_\u{660}\u{660}", &symbols);
        assert_eq!(text.as_deref(), Ok("minus \u{661}\u{662}_\u{665}\u{660}"));
    }

    #[test]
    fn wrong_pictures_are_told_apart() {
        for (picture, fault) in [
            ("0;0;0", "D3080"),
            ("0.0.0", "D3081"),
            ("0%%", "D3082"),
            ("0‰‰", "D3083"),
            ("0%‰", "D3084"),
            ("", "D3085"),
            ("%%", "D3086"),
            ("0a0", "D3086"),
            ("0,.0", "D3087"),
            ("0,", "D3088"),
            ("0,,0", "D3089"),
            ("0#", "D3090"),
            ("0.#0", "D3091"),
            ("0e0%", "D3092"),
            ("0e", "D3093"),
            ("0e#", "D3093"),
        ] {
            assert_eq!(code(20.0, picture), Err(fault), "{picture}");
        }
        assert_eq!(code(1.0, &"0".repeat(101)), Err("U1001"));
    }
}
