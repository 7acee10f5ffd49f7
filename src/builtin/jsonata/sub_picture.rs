//! One part of a number's picture, read and checked: where digits, groups and the exponent go.

use super::Fault;
use super::picture::Symbols;

/// What a sub-picture says (XPath functions 3.1, section 4.7.4).
pub(super) struct SubPicture {
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) has_decimal_separator: bool,
    pub(super) integer_digits_min: usize,
    pub(super) fraction_digits_min: usize,
    pub(super) fraction_digits_max: usize,
    /// None without an exponent.
    pub(super) exponent_digits_min: usize,
    /// The digits before the point that the mantissa gets with an exponent.
    scaling: usize,
    /// 100 for a percent sign, 1000 for per mille.
    factor: f64,
    /// The separator's distance, where it comes again and again; 0 otherwise.
    regular_grouping: usize,
    /// Digits to the right of each separator, and to the left of those in the fraction.
    integer_groups: Vec<usize>,
    fraction_groups: Vec<usize>,
}

impl SubPicture {
    pub(super) fn new(text: &str, symbols: &Symbols) -> Result<SubPicture, Box<Fault>> {
        let text: Vec<char> = text.chars().collect();
        let parts = Parts::new(&text, symbols);
        match check(&parts, symbols) {
            Some(code) => Err(Fault::new(code)),
            None => Ok(analyse(&parts, symbols)),
        }
    }

    /// The number times hundred or thousand, and with an exponent as mantissa and exponent.
    pub(super) fn scale(&self, value: f64) -> (f64, Option<i32>) {
        let mut mantissa = value * self.factor;
        if self.exponent_digits_min == 0 {
            return (mantissa, None);
        }
        let most = 10f64.powi(self.scaling as i32);
        let least = 10f64.powi(self.scaling as i32 - 1);
        let mut exponent = 0;
        // Neither loop ends for zero and infinity; zero has the exponent 0.
        if mantissa != 0.0 && mantissa.is_finite() {
            while mantissa.abs() < least {
                mantissa *= 10.0;
                exponent -= 1;
            }
            while mantissa.abs() > most {
                mantissa /= 10.0;
                exponent += 1;
            }
        }
        (mantissa, Some(exponent))
    }

    /// Puts separators between digits.
    pub(super) fn group(&self, whole: &mut Vec<char>, fraction: &mut Vec<char>, separator: char) {
        let count = whole.len();
        let mut insert = |position: usize| {
            if position < count {
                whole.insert(whole.len() - position, separator);
            }
        };
        match self.regular_grouping {
            0 => self.integer_groups.iter().for_each(|&position| insert(position)),
            distance => (1..=count / distance).rev().for_each(|number| insert(number * distance)),
        }
        for &position in &self.fraction_groups {
            if position < fraction.len() {
                fraction.insert(position, separator);
            }
        }
    }
}

/// A sub-picture in pieces (section 4.7.3).
struct Parts<'a> {
    text: &'a [char],
    prefix: &'a [char],
    suffix: &'a [char],
    active: &'a [char],
    mantissa: &'a [char],
    integer: &'a [char],
    fraction: &'a [char],
    exponent: Option<&'a [char]>,
}

impl<'a> Parts<'a> {
    fn new(text: &'a [char], symbols: &Symbols) -> Parts<'a> {
        let begins = |&character: &char| symbols.is_active(character) && character != symbols.exponent_separator;
        let start = text.iter().position(begins).unwrap_or(0);
        let end = text.iter().rposition(begins).map_or(text.len(), |last| last + 1);
        let active = &text[start..end];
        let (mantissa, exponent) = split_exponent(text, start, end, symbols);
        let point = mantissa.iter().position(|&character| character == symbols.decimal_separator);
        let (integer, fraction) = match point {
            Some(point) => (&mantissa[..point], &mantissa[point + 1..]),
            None => (mantissa, &mantissa[mantissa.len()..]),
        };
        Parts { text, prefix: &text[..start], suffix: &text[end..], active, mantissa, integer, fraction, exponent }
    }
}

/// The active part before and behind the exponent separator.
///
/// The reference counts the separator's place from the start of the picture, but in the active part, so that pictures
/// with both a prefix and an exponent are wrong to it; so they are to us.
fn split_exponent<'a>(
    text: &'a [char],
    start: usize,
    end: usize,
    symbols: &Symbols,
) -> (&'a [char], Option<&'a [char]>) {
    let active = &text[start..end];
    let found = text[start..].iter().position(|&character| character == symbols.exponent_separator);
    match found.map(|at| start + at).filter(|at| *at <= end) {
        Some(at) => (&active[..at.min(active.len())], Some(&active[(at + 1).min(active.len())..])),
        None => (active, None),
    }
}

/// What is wrong; of several mistakes the reference tells the last.
fn check(parts: &Parts<'_>, symbols: &Symbols) -> Option<&'static str> {
    let count = |wanted: char| parts.text.iter().filter(|&&character| character == wanted).count();
    let (percents, per_milles) = (count(symbols.percent), count(symbols.per_mille));
    let is_digit = |character: &char| symbols.is_digit(*character);
    let is_passive = |character: &char| !symbols.is_active(*character);
    let adjacent = |first: char, second: char| parts.text.windows(2).any(|pair| pair == [first, second]);
    let (point, comma) = (symbols.decimal_separator, symbols.grouping_separator);
    let has_point = count(point) > 0;
    let first_option = parts.integer.iter().position(|&character| character == symbols.digit);
    let last_option = parts.fraction.iter().rposition(|&character| character == symbols.digit);
    let checks = [
        ("D3093", parts.exponent.is_some_and(|exponent| exponent.is_empty() || !exponent.iter().all(is_digit))),
        ("D3092", parts.exponent.is_some_and(|exponent| !exponent.is_empty()) && percents + per_milles > 0),
        ("D3091", last_option.is_some_and(|at| parts.fraction[at..].iter().any(is_digit))),
        ("D3090", first_option.is_some_and(|at| parts.integer[..at].iter().any(is_digit))),
        ("D3089", adjacent(comma, comma)),
        ("D3088", !has_point && parts.integer.last() == Some(&comma)),
        ("D3087", is_beside_first(parts.text, point, comma)),
        ("D3086", parts.active.iter().any(is_passive)),
        ("D3085", !parts.mantissa.iter().any(|&character| symbols.is_place(character))),
        ("D3084", percents > 0 && per_milles > 0),
        ("D3083", per_milles > 1),
        ("D3082", percents > 1),
        ("D3081", count(point) > 1),
    ];
    checks.into_iter().find(|(_, is_wrong)| *is_wrong).map(|(code, _)| code)
}

/// Whether a character stands next to the first point.
fn is_beside_first(text: &[char], point: char, wanted: char) -> bool {
    let Some(at) = text.iter().position(|&character| character == point) else { return false };
    text.get(at + 1) == Some(&wanted) || at > 0 && text[at - 1] == wanted
}

fn analyse(parts: &Parts<'_>, symbols: &Symbols) -> SubPicture {
    let count_digits = |part: &[char]| part.iter().filter(|&&character| symbols.is_digit(character)).count();
    let integer_digits = count_digits(parts.integer);
    let mut integer_digits_min = integer_digits;
    let mut fraction_digits_min = count_digits(parts.fraction);
    let mut fraction_digits_max = count_places(parts.fraction, symbols);
    if integer_digits_min == 0 && fraction_digits_max == 0 {
        if parts.exponent.is_some() {
            (fraction_digits_min, fraction_digits_max) = (1, 1);
        } else {
            integer_digits_min = 1;
        }
    }
    if parts.exponent.is_some() && integer_digits_min == 0 && parts.integer.contains(&symbols.digit) {
        integer_digits_min = 1;
    }
    if integer_digits_min == 0 && fraction_digits_min == 0 {
        fraction_digits_min = 1;
    }
    let (integer_groups, fraction_groups) = groups(parts, symbols);
    SubPicture {
        prefix: parts.prefix.iter().collect(),
        suffix: parts.suffix.iter().collect(),
        has_decimal_separator: parts.text.contains(&symbols.decimal_separator),
        integer_digits_min,
        fraction_digits_min,
        fraction_digits_max,
        exponent_digits_min: parts.exponent.map_or(0, count_digits),
        scaling: integer_digits,
        factor: factor(parts.text, symbols),
        regular_grouping: regular(&integer_groups),
        integer_groups,
        fraction_groups,
    }
}

fn factor(text: &[char], symbols: &Symbols) -> f64 {
    if text.contains(&symbols.percent) {
        100.0
    } else if text.contains(&symbols.per_mille) {
        1000.0
    } else {
        1.0
    }
}

fn count_places(part: &[char], symbols: &Symbols) -> usize {
    part.iter().filter(|&&character| symbols.is_place(character)).count()
}

/// Where separators are, as digits to their right in the integer and to their left in the fraction.
fn groups(parts: &Parts<'_>, symbols: &Symbols) -> (Vec<usize>, Vec<usize>) {
    let separators = |part: &[char]| -> Vec<usize> {
        let found = part.iter().enumerate().filter(|(_, character)| **character == symbols.grouping_separator);
        found.map(|(at, _)| at).collect()
    };
    let in_integer = separators(parts.integer);
    let integer_groups = in_integer.iter().map(|&at| count_places(&parts.integer[at..], symbols)).collect();
    let to_the_left = |at: usize| count_places(&parts.fraction[..at.min(parts.fraction.len())], symbols);
    // The reference looks for the first separator in the fraction, and for further ones in the integer.
    let fraction_groups = match separators(parts.fraction).first() {
        Some(&first) => {
            let further = in_integer.iter().copied().filter(|&at| at > first);
            std::iter::once(first).chain(further).map(to_the_left).collect()
        }
        None => Vec::new(),
    };
    (integer_groups, fraction_groups)
}

/// The distance of separators that stand at each of its multiples; 0 for others.
fn regular(positions: &[usize]) -> usize {
    let distance = positions.iter().copied().fold(0, greatest_common_divisor);
    let is_regular = (1..=positions.len()).all(|number| positions.contains(&(number * distance)));
    if is_regular { distance } else { 0 }
}

/// Nests as deep as the numbers have digits.
pub(super) fn greatest_common_divisor(first: usize, second: usize) -> usize {
    if second == 0 { first } else { greatest_common_divisor(second, first % second) }
}
