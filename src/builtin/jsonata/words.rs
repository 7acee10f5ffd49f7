//! Integers in English words, cardinal and ordinal, there and back.

const CARDINALS: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];

const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];

const TENS: [&str; 8] = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];

/// The words for powers, the largest first.
const POWERS: [(&str, f64); 4] = [("Trillion", 1e12), ("Billion", 1e9), ("Million", 1e6), ("Thousand", 1e3)];

/// A whole number that is not negative, in words with capitals: `One Hundred and Twenty-First`.
pub(super) fn write(number: f64, ordinal: bool) -> String {
    let mut words = String::new();
    append(number, "", ordinal, &mut words);
    words
}

/// Appends a number. After other words, small numbers follow with `and`, others with a comma.
///
/// A number is cut at the largest power, so that this nests 26 deep for the largest double.
fn append(number: f64, before: &str, ordinal: bool, words: &mut String) {
    let comma = if before.is_empty() { "" } else { ", " };
    if number < 100.0 {
        words.push_str(before);
        return append_small(number as usize, ordinal, words);
    }
    let (unit, size) = match POWERS.iter().find(|(_, size)| number >= *size) {
        Some((unit, size)) => (*unit, *size),
        None => ("Hundred", 100.0),
    };
    let count = (number / size).floor();
    let rest = number - count * size;
    words.push_str(comma);
    append(count, "", false, words);
    words.push(' ');
    words.push_str(unit);
    if rest > 0.0 {
        append(rest, " and ", ordinal, words);
    } else if ordinal {
        words.push_str("th");
    }
}

/// Appends a number below a hundred.
fn append_small(number: usize, ordinal: bool, words: &mut String) {
    if number < 20 {
        return words.push_str(if ordinal { ORDINALS[number] } else { CARDINALS[number] });
    }
    let tens = TENS[number / 10 - 2];
    match number % 10 {
        0 if ordinal => {
            words.push_str(&tens[..tens.len() - 1]);
            words.push_str("ieth");
        }
        0 => words.push_str(tens),
        ones => {
            words.push_str(tens);
            words.push('-');
            append_small(ones, ordinal, words);
        }
    }
}

/// The number that lower-case words say. None where a word is unknown.
pub(super) fn parse(text: &str) -> Option<f64> {
    let mut sums = vec![0.0];
    for word in split(text) {
        let value = value(word)?;
        let sum = sums.pop().expect("one sum is always there");
        if value >= 100.0 {
            sums.push(sum * value);
        } else if sum >= 1000.0 {
            // What has had its power is complete.
            sums.extend([sum, value]);
        } else {
            sums.push(sum + value);
        }
    }
    Some(sums.iter().sum())
}

/// The words between blanks, hyphens, backslashes, `, ` and ` and `.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.char_indices().find_map(|(at, _)| Some((at, separator(&text[at..])?)));
        let Some((at, length)) = end else { return rest.take() };
        rest = Some(&text[at + length..]);
        Some(&text[..at])
    })
}

/// How long the separator is that a text starts with, in bytes.
fn separator(text: &str) -> Option<usize> {
    let blank = |text: &str| text.chars().next().filter(|first| first.is_whitespace()).map(char::len_utf8);
    if let Some(behind) = text.strip_prefix(',') {
        return blank(behind).map(|length| 1 + length);
    }
    if text.starts_with(['-', '\\']) {
        return Some(1);
    }
    let first = blank(text)?;
    let and = text[first..].strip_prefix("and").and_then(blank);
    Some(and.map_or(first, |second| first + 3 + second))
}

/// The value of a lower-case word.
fn value(word: &str) -> Option<f64> {
    let is = |known: &str| known.eq_ignore_ascii_case(word) && !word.bytes().any(|byte| byte.is_ascii_uppercase());
    let small = |words: &[&str]| words.iter().position(|known| is(known)).map(|number| number as f64);
    if let Some(number) = small(&CARDINALS).or_else(|| small(&ORDINALS)) {
        return Some(number);
    }
    if let Some(number) = small(&TENS) {
        return Some((number + 2.0) * 10.0);
    }
    if let Some(stem) = word.strip_suffix("ieth") {
        let tens = TENS.iter().position(|known| known[..known.len() - 1].eq_ignore_ascii_case(stem));
        return tens.map(|number| (number as f64 + 2.0) * 10.0);
    }
    let unit = word.strip_suffix("th").unwrap_or(word);
    match unit {
        "hundred" => Some(100.0),
        _ => POWERS.iter().find(|(known, _)| known.to_ascii_lowercase() == unit).map(|(_, size)| *size),
    }
}

/// How long the run of number words, `and`, blanks, commas and hyphens is that a text starts with, in bytes, and
/// where it may end sooner; the longest first. Letters count in either case.
pub(super) fn prefixes(text: &str) -> Vec<usize> {
    let mut is_end = vec![false; text.len() + 1];
    is_end[0] = true;
    for start in 0..text.len() {
        if is_end[start] {
            for length in pieces(&text.as_bytes()[start..]) {
                is_end[start + length] = true;
            }
        }
    }
    (1..=text.len()).rev().filter(|&end| is_end[end]).collect()
}

/// The lengths of words, or marks between words, that a text starts with.
fn pieces(text: &[u8]) -> impl Iterator<Item = usize> {
    let mark = matches!(text.first(), Some(b'-' | b',' | b' ')).then_some(1);
    // No word is longer than "seventeenth".
    let words = (3..=text.len().min(11)).filter(|&length| {
        let word = text[..length].to_ascii_lowercase();
        std::str::from_utf8(&word).is_ok_and(|word| word == "and" || value(word).is_some())
    });
    mark.into_iter().chain(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words_come_back() {
        for (number, words) in [
            (0.0, "Zero"),
            (34.0, "Thirty-Four"),
            (555.0, "Five Hundred and Fifty-Five"),
            (3730.0, "Three Thousand, Seven Hundred and Thirty"),
            (1_000_000_000_001.0, "One Trillion and One"),
            (1e15, "One Thousand Trillion"),
        ] {
            assert_eq!(write(number, false), words);
            assert_eq!(parse(&words.to_lowercase()), Some(number));
        }
    }

    #[test]
    fn ordinals_come_back_too() {
        for (number, words) in [
            (12.0, "Twelfth"),
            (20.0, "Twentieth"),
            (100.0, "One Hundredth"),
            (1000.0, "One Thousandth"),
            (730.0, "Seven Hundred and Thirtieth"),
            (4_327_732.0, "Four Million, Three Hundred and Twenty-Seven Thousand, Seven Hundred and Thirty-Second"),
        ] {
            assert_eq!(write(number, true), words);
            assert_eq!(parse(&words.to_lowercase()), Some(number));
        }
    }

    #[test]
    fn the_largest_number_has_words_and_unknown_words_have_no_number() {
        assert!(write(f64::MAX, false).len() < 1_000_000);
        assert_eq!(parse("ten billion trillion trillion trillion"), Some(1e46));
        assert_eq!(parse("one gazillion"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn runs_of_words_end_where_words_end() {
        assert_eq!(prefixes("sixteenth x"), [10, 9, 7, 3]);
        assert!(prefixes("xsix").is_empty());
        assert_eq!(prefixes("Two of")[..], [4, 3]);
    }
}
