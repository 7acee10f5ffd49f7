//! Integers by picture: digits with groups, words, Roman numerals, letters (XPath functions 3.1, "fn:format-integer").

use super::Fault;
use super::limit::out_of_memory;
use super::number::number_text;
use super::sub_picture::greatest_common_divisor;
use super::{roman, words};

/// Numerals repeat `m` for every thousand, up to here.
const ROMAN_MAX: f64 = 1e9;

/// Writes an integer; a fraction is cut off downwards.
///
/// # Errors
/// D3130 for pictures of unknown sequences, D3131 for mixed digits, U1001 for numerals without end.
pub fn format_integer(value: f64, picture: &str) -> Result<String, Box<Fault>> {
    if !value.is_finite() {
        return Err(Fault::new("D1001").with("value", number_text(value)));
    }
    IntegerPicture::new(picture)?.format(value.floor())
}

/// Reads an integer. None for a text that is none.
///
/// # Errors
/// D3130 for pictures of unknown sequences, D3131 for mixed digits.
pub fn parse_integer(text: &str, picture: &str) -> Result<Option<f64>, Box<Fault>> {
    IntegerPicture::new(picture)?.parse(text)
}

/// How integers look.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegerPicture {
    pub(super) form: Form,
    pub(super) ordinal: bool,
}

/// The kinds of pictures.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// From this letter on.
    Letters(u8),
    Roman(Case),
    Words(Case),
    Digits(Digits),
    /// A sequence that is not known.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Title,
}

impl Case {
    /// Changes a text in title case.
    pub(super) fn apply(self, text: String) -> String {
        match self {
            Case::Upper => text.to_uppercase(),
            Case::Lower => text.to_lowercase(),
            Case::Title => text,
        }
    }
}

/// A decimal digit pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Digits {
    /// The zero of the family.
    zero: u32,
    /// Digits to write at least.
    pub(super) mandatory: usize,
    pub(super) optional: usize,
    grouping: Grouping,
}

#[derive(Clone, Debug, PartialEq)]
enum Grouping {
    /// The separator after every so many digits.
    Regular(usize, char),
    /// Separators with the digits to their right, from the right.
    Irregular(Vec<(usize, char)>),
}

impl IntegerPicture {
    /// Reads a picture: a form, and after the last semicolon `o` for ordinal numbers.
    ///
    /// # Errors
    /// D3131 for digits of more than one family.
    pub fn new(picture: &str) -> Result<IntegerPicture, Box<Fault>> {
        let (form, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
        let form = match form {
            "A" => Form::Letters(b'A'),
            "a" => Form::Letters(b'a'),
            "I" => Form::Roman(Case::Upper),
            "i" => Form::Roman(Case::Lower),
            "W" => Form::Words(Case::Upper),
            "w" => Form::Words(Case::Lower),
            "Ww" => Form::Words(Case::Title),
            _ => Digits::new(form)?.map_or_else(|| Form::Other(form.to_owned()), Form::Digits),
        };
        Ok(IntegerPicture { form, ordinal: modifier.starts_with('o') })
    }

    /// Writes a whole number.
    ///
    /// # Errors
    /// D3130 for an unknown sequence, U1001 for numerals without end.
    pub fn format(&self, value: f64) -> Result<String, Box<Fault>> {
        let number = value.abs();
        let text = match &self.form {
            Form::Letters(first) => roman::write_letters(number, *first),
            Form::Roman(_) if number > ROMAN_MAX => return Err(out_of_memory()),
            Form::Roman(case) => case.apply(roman::write_roman(number)),
            Form::Words(case) => case.apply(words::write(number, self.ordinal)),
            Form::Digits(digits) => digits.format(number, self.ordinal),
            Form::Other(form) => return Err(unsupported(form)),
        };
        Ok(if value < 0.0 { format!("-{text}") } else { text })
    }

    /// Reads a whole number; None for a text that is none.
    ///
    /// # Errors
    /// D3130 for an unknown sequence.
    pub fn parse(&self, text: &str) -> Result<Option<f64>, Box<Fault>> {
        Ok(match &self.form {
            Form::Letters(first) => roman::parse_letters(text, *first),
            Form::Roman(Case::Upper) => roman::parse_roman(text),
            Form::Roman(_) => roman::parse_roman(&text.to_uppercase()),
            Form::Words(_) => words::parse(&text.to_lowercase()),
            Form::Digits(digits) => digits.parse(text, self.ordinal),
            Form::Other(form) => return Err(unsupported(form)),
        })
    }
}

/// The fault of a sequence that is not known.
pub(super) fn unsupported(form: &str) -> Box<Fault> {
    Fault::new("D3130").with_text("value", form)
}

impl Digits {
    /// Reads a pattern; None where it has no digit.
    fn new(pattern: &str) -> Result<Option<Digits>, Box<Fault>> {
        let (mut zero, mut mandatory, mut optional, mut separators) = (None, 0, 0, Vec::new());
        for character in pattern.chars().rev() {
            match zero_of(character) {
                Some(other) if zero.is_some_and(|zero| zero != other) => return Err(Fault::new("D3131")),
                Some(family) => {
                    zero = Some(family);
                    mandatory += 1;
                }
                None if character == '#' => optional += 1,
                None => separators.push((mandatory + optional, character)),
            }
        }
        Ok(zero.map(|zero| Digits { zero, mandatory, optional, grouping: Grouping::new(separators) }))
    }

    /// Whether separators come again and again.
    pub(super) fn is_regular(&self) -> bool {
        self.regular_separator().is_some()
    }

    /// The separator that comes again and again.
    pub(super) fn regular_separator(&self) -> Option<char> {
        match self.grouping {
            Grouping::Regular(_, separator) => Some(separator),
            Grouping::Irregular(_) => None,
        }
    }

    fn format(&self, number: f64, ordinal: bool) -> String {
        let digits = number_text(number);
        let mut digits: Vec<char> = digits.chars().map(|digit| self.digit(digit)).collect();
        let missing = self.mandatory.saturating_sub(digits.len());
        digits.splice(0..0, std::iter::repeat_n(self.digit('0'), missing));
        self.grouping.insert(&mut digits);
        let suffix = if ordinal { ordinal_suffix(&digits) } else { "" };
        digits.into_iter().chain(suffix.chars()).collect()
    }

    /// The family's digit for an ASCII digit; other characters, of exponents, stay.
    fn digit(&self, ascii: char) -> char {
        let value = ascii.to_digit(10).and_then(|value| char::from_u32(self.zero + value));
        value.unwrap_or(ascii)
    }

    fn parse(&self, text: &str, ordinal: bool) -> Option<f64> {
        let mut digits: Vec<char> = text.chars().collect();
        if ordinal {
            digits.truncate(digits.len().saturating_sub(2));
        }
        digits.retain(|&character| !self.grouping.has(character));
        let digits = digits.into_iter().map(|character| match u32::from(character).checked_sub(self.zero) {
            Some(value @ 0..10) => char::from(b'0' + value as u8),
            _ => character,
        });
        leading_integer(&digits.collect::<String>())
    }
}

/// As JavaScript's `parseInt`: blanks, a sign, digits, and whatever else.
pub(super) fn leading_integer(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let number: f64 = digits[..end].parse().ok()?;
    number.is_finite().then_some(sign * number)
}

impl Grouping {
    /// Separators are regular when they are all the same and stand at every multiple of a distance.
    fn new(separators: Vec<(usize, char)>) -> Grouping {
        let distance = separators.iter().map(|(position, _)| *position).fold(0, greatest_common_divisor);
        let stands = |number: usize| separators.iter().any(|(position, _)| *position == number * distance);
        let is_alike = separators.windows(2).all(|pair| pair[0].1 == pair[1].1);
        // Positions come in order, so that a regular one is where its number says.
        match separators.first() {
            Some(&(_, character)) if distance > 0 && is_alike && (1..=separators.len()).all(stands) => {
                Grouping::Regular(distance, character)
            }
            _ => Grouping::Irregular(separators),
        }
    }

    fn has(&self, character: char) -> bool {
        match self {
            // The reference knows but the comma here.
            Grouping::Regular(..) => character == ',',
            Grouping::Irregular(separators) => separators.iter().any(|(_, separator)| *separator == character),
        }
    }

    /// Puts the separators between digits.
    fn insert(&self, digits: &mut Vec<char>) {
        let count = digits.len();
        let mut insert = |position: usize, character: char| {
            if position < count {
                digits.insert(digits.len() - position, character);
            }
        };
        match self {
            Grouping::Regular(distance, character) => {
                for number in (1..=count / distance).rev() {
                    insert(number * distance, *character);
                }
            }
            Grouping::Irregular(separators) => {
                separators.iter().rev().for_each(|&(position, character)| insert(position, character));
            }
        }
    }
}

fn ordinal_suffix(digits: &[char]) -> &'static str {
    match digits {
        [.., '1', _] => "th",
        [.., '1'] => "st",
        [.., '2'] => "nd",
        [.., '3'] => "rd",
        _ => "th",
    }
}

/// The zeros of the families of decimal digits that the reference knows.
const ZEROS: [u32; 37] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// The zero of the family that a digit is of.
fn zero_of(character: char) -> Option<u32> {
    ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&u32::from(character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_by_picture() {
        for (value, picture, expected) in [
            (123.0, "0000", "0123"),
            (-3.0, "0000", "-0003"),
            (12.6, "###0", "12"),
            (-1.5, "0", "-2"),
            (1234567890.0, "#,##0", "1,234,567,890"),
            (1234567890.0, "#:###,##0", "1234:567,890"),
            (1234567890.0, "##,##,##0", "12345,67,890"),
            (12.0, "#:###,##0", "12"),
            (123.0, "000;o", "123rd"),
            (112.0, "0;o", "112th"),
            (12340.0, "###\u{ff10}", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff10}"),
            (1984.0, "I", "MCMLXXXIV"),
            (20.0, "w", "twenty"),
            (27.0, "A", "AA"),
            (1e21, "0", "1e+21"),
        ] {
            assert_eq!(format_integer(value, picture).as_deref(), Ok(expected), "{value} {picture}");
        }
    }

    #[test]
    fn integers_are_read_by_picture() {
        for (text, picture, expected) in [
            ("1,234,567,890", "#,###,##0", Some(1234567890.0)),
            ("1234:567,890", "#:###,##0", Some(1234567890.0)),
            ("123rd", "000;o", Some(123.0)),
            ("\u{661}\u{662}", "#\u{661}", Some(12.0)),
            ("Seven Hundred and Thirty-Third", "Ww;o", Some(733.0)),
            ("", "I", Some(0.0)),
            ("xcix", "i", Some(99.0)),
            ("-12x", "0", Some(-12.0)),
            ("", "0", None),
            ("x", "0", None),
        ] {
            assert_eq!(parse_integer(text, picture), Ok(expected), "{text} {picture}");
        }
    }

    #[test]
    fn pictures_of_nothing_known_are_faults() {
        let code = |picture| format_integer(1.0, picture).map_err(|fault| fault.code);
        assert_eq!(code("α"), Err("D3130"));
        assert_eq!(code(""), Err("D3130"));
        assert_eq!(code("#"), Err("D3130"));
        assert_eq!(code("0\u{660}"), Err("D3131"));
        assert_eq!(format_integer(1e300, "I").map_err(|fault| fault.code), Err("U1001"));
        assert_eq!(parse_integer("1", "α").map_err(|fault| fault.code), Err("D3130"));
    }
}
