//! Integers in Roman numerals and in letters as of spreadsheet columns.

const NUMERALS: [(f64, &str); 13] = [
    (1000.0, "m"),
    (900.0, "cm"),
    (500.0, "d"),
    (400.0, "cd"),
    (100.0, "c"),
    (90.0, "xc"),
    (50.0, "l"),
    (40.0, "xl"),
    (10.0, "x"),
    (9.0, "ix"),
    (5.0, "v"),
    (4.0, "iv"),
    (1.0, "i"),
];

/// A whole number in lower-case numerals; none for zero. Length grows with the number: the caller sets a limit.
pub(super) fn write_roman(mut number: f64) -> String {
    let mut numerals = String::new();
    for (value, numeral) in NUMERALS {
        while number >= value {
            numerals.push_str(numeral);
            number -= value;
        }
    }
    numerals
}

/// The number of upper-case numerals, where lesser ones left of greater ones are subtracted. None for other letters.
pub(super) fn parse_roman(numerals: &str) -> Option<f64> {
    let (mut number, mut greatest) = (0.0, 1.0);
    for numeral in numerals.chars().rev() {
        let value = match numeral {
            'M' => 1000.0,
            'D' => 500.0,
            'C' => 100.0,
            'L' => 50.0,
            'X' => 10.0,
            'V' => 5.0,
            'I' => 1.0,
            _ => return None,
        };
        if value < greatest {
            number -= value;
        } else {
            greatest = value;
            number += value;
        }
    }
    Some(number)
}

/// A whole number in letters from `first` on: a, b, … z, aa, ab.
pub(super) fn write_letters(mut number: f64, first: u8) -> String {
    let mut letters = Vec::new();
    while number > 0.0 {
        letters.push(char::from(first + ((number - 1.0) % 26.0) as u8));
        number = ((number - 1.0) / 26.0).floor();
    }
    letters.iter().rev().collect()
}

/// The number of letters from `first` on. None for other characters, and for what is no double.
pub(super) fn parse_letters(letters: &str, first: u8) -> Option<f64> {
    let mut number = 0.0;
    for letter in letters.bytes() {
        let digit = letter.checked_sub(first).filter(|digit| *digit < 26)?;
        number = number * 26.0 + f64::from(digit + 1);
    }
    f64::is_finite(number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_come_back() {
        for number in 0..4000 {
            let numerals = write_roman(f64::from(number)).to_uppercase();
            assert_eq!(parse_roman(&numerals), Some(f64::from(number)));
        }
        assert_eq!(write_roman(1984.0), "mcmlxxxiv");
        assert_eq!(parse_roman("XY"), None);
    }

    #[test]
    fn letters_come_back() {
        for (number, letters) in [(1.0, "A"), (26.0, "Z"), (27.0, "AA"), (300.0, "KN"), (123456.0, "FZPH"), (0.0, "")] {
            assert_eq!(write_letters(number, b'A'), letters);
            assert_eq!(parse_letters(letters, b'A'), Some(number));
        }
        assert_eq!(parse_letters("aé", b'a'), None);
        assert_eq!(parse_letters(&"z".repeat(1000), b'a'), None);
        assert!(write_letters(f64::MAX, b'a').len() < 1000);
    }
}
