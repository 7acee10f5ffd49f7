//! Parts and forms of texts, counted in code points; parts are borrowed, and so is what stays as it is.

use std::borrow::Cow;

use super::Fault;
use super::limit::{TEXT_BYTES_MAX, out_of_memory};

/// How many code points a text has.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// How many UTF-16 units a text has; JavaScript counts the places of matches in them.
pub fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The part from a code point on, of a length. A negative start counts from the end; beyond the ends nothing is.
pub fn substring(text: &str, start: f64, wanted: Option<f64>) -> &str {
    // Positions need counting from the end only where one is negative.
    let total = if start < 0.0 { length(text) as f64 } else { 0.0 };
    let start = if start < 0.0 && total + start < 0.0 { 0.0 } else { start };
    // A fraction is cut off, so that -0.5 is the first one.
    let first = if start <= -1.0 { total + start.trunc() } else { start };
    let begin = offset(text, first);
    match wanted {
        None => &text[begin..],
        Some(wanted) if wanted <= 0.0 => "",
        Some(wanted) => {
            let end = if start < 0.0 { total + start + wanted } else { start + wanted };
            &text[begin..offset(text, end).max(begin)]
        }
    }
}

/// Where a code point starts, in bytes; the end for those behind it.
fn offset(text: &str, position: f64) -> usize {
    // The conversion cuts a fraction off and keeps to the range of the type.
    let position = position as usize;
    if text.is_ascii() {
        return position.min(text.len());
    }
    text.char_indices().nth(position).map_or(text.len(), |(offset, _)| offset)
}

/// What stands before the first occurrence; the whole text where there is none.
pub fn substring_before<'a>(text: &'a str, characters: &str) -> &'a str {
    find(text, characters).map_or(text, |at| &text[..at])
}

/// What stands behind the first occurrence; the whole text where there is none.
pub fn substring_after<'a>(text: &'a str, characters: &str) -> &'a str {
    find(text, characters).map_or(text, |at| &text[at + characters.len()..])
}

/// Where a part begins. Most parts are one character, for which nothing needs to be prepared.
fn find(text: &str, part: &str) -> Option<usize> {
    match part.as_bytes() {
        [byte] => memchr::memchr(*byte, text.as_bytes()),
        part => memchr::memmem::find(text.as_bytes(), part),
    }
}

/// Whether a text has another as a part.
pub fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// The text in upper case.
pub fn uppercase(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.to_uppercase())
}

/// The text in lower case.
pub fn lowercase(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.to_lowercase())
}

/// The text without blanks at its ends, and with one space for blanks within; blanks are space, tab and line ends.
pub fn trim(text: &str) -> Cow<'_, str> {
    let is_blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r');
    let inner = text.trim_matches(is_blank);
    let bytes = inner.as_bytes();
    let is_single = |at: usize| bytes[at] != b' ' || bytes[at + 1] != b' ';
    let is_normal = !bytes.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r'));
    if is_normal && (0..bytes.len().saturating_sub(1)).all(is_single) {
        return Cow::Borrowed(inner);
    }
    let words: Vec<&str> = inner.split(is_blank).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// The text filled up to a width in code points: at its end, or at its start where the width is negative.
///
/// # Errors
/// U1001 when the text would get too long.
pub fn pad<'a>(text: &'a str, width: f64, filler: &str) -> Result<Cow<'a, str>, Box<Fault>> {
    let filler = if filler.is_empty() { " " } else { filler };
    let missing = width.abs().trunc() - length(text) as f64;
    if missing.is_nan() || missing <= 0.0 {
        return Ok(Cow::Borrowed(text));
    }
    let bytes_per_character = filler.chars().map(char::len_utf8).max().unwrap_or(1);
    if missing * bytes_per_character as f64 + text.len() as f64 > TEXT_BYTES_MAX as f64 {
        return Err(out_of_memory());
    }
    let padding = filler.chars().cycle().take(missing as usize);
    Ok(Cow::Owned(if width > 0.0 {
        text.chars().chain(padding).collect()
    } else {
        padding.chain(text.chars()).collect()
    }))
}

/// The parts between separators; its code points where the separator is empty.
///
/// # Errors
/// D3020 for a negative limit.
pub fn split<'a>(text: &'a str, separator: &str, limit: Option<f64>) -> Result<Vec<&'a str>, Box<Fault>> {
    let limit = limited(limit, "D3020")?;
    if separator.is_empty() {
        return Ok(text
            .char_indices()
            .map(|(at, character)| &text[at..at + character.len_utf8()])
            .take(limit)
            .collect());
    }
    Ok(text.split(separator).take(limit).collect())
}

/// The text with some occurrences replaced, the first ones where there is a limit.
///
/// # Errors
/// D3010 for an empty pattern, D3011 for a negative limit, U1001 when the text would get too long.
pub fn replace<'a>(
    text: &'a str,
    pattern: &str,
    replacement: &str,
    limit: Option<f64>,
) -> Result<Cow<'a, str>, Box<Fault>> {
    if pattern.is_empty() {
        return Err(Fault::new("D3010").with_text("value", pattern));
    }
    let limit = limited(limit, "D3011")?;
    let (mut result, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices(pattern).take(limit) {
        result.push_str(&text[done..at]);
        result.push_str(replacement);
        done = at + pattern.len();
        within_memory(&result)?;
    }
    if done == 0 {
        return Ok(Cow::Borrowed(text));
    }
    result.push_str(&text[done..]);
    Ok(Cow::Owned(result))
}

/// A limit as a count, without its fraction; no limit is the largest.
///
/// # Errors
/// The given code for a negative limit.
pub fn limited(limit: Option<f64>, code: &'static str) -> Result<usize, Box<Fault>> {
    match limit {
        Some(limit) if limit < 0.0 => Err(Fault::new(code).with("value", super::number::number_text(limit))),
        Some(limit) => Ok(limit as usize),
        None => Ok(usize::MAX),
    }
}

/// # Errors
/// U1001 when a text has got too long.
pub fn within_memory(text: &str) -> Result<(), Box<Fault>> {
    if text.len() > TEXT_BYTES_MAX { Err(out_of_memory()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings_count_code_points_from_either_end() {
        for (start, wanted, expected) in [
            (0.0, None, "a😀cde"),
            (1.0, Some(1.0), "😀"),
            (-2.0, None, "de"),
            (-2.0, Some(1.0), "d"),
            (-9.0, Some(2.0), "a😀"),
            (3.0, Some(99.0), "de"),
            (9.0, None, ""),
            (1.0, Some(0.0), ""),
            (1.0, Some(-1.0), ""),
            (-3.0, Some(f64::MAX), "cde"),
            (1.9, Some(1.2), "😀c"),
            (-1.5, None, "e"),
            (-0.5, None, "a😀cde"),
        ] {
            assert_eq!(substring("a😀cde", start, wanted), expected, "{start} {wanted:?}");
        }
    }

    #[test]
    fn parts_before_and_after_are_the_whole_where_nothing_is_found() {
        assert_eq!(substring_before("2018-01-02", "-"), "2018");
        assert_eq!(substring_after("2018-01-02", "-"), "01-02");
        assert_eq!((substring_before("abc", "x"), substring_after("abc", "x")), ("abc", "abc"));
        assert_eq!((substring_before("abc", ""), substring_after("abc", "")), ("", "abc"));
    }

    #[test]
    fn trimming_leaves_single_spaces_and_copies_only_where_it_must() {
        assert!(matches!(trim("  a b "), Cow::Borrowed("a b")));
        assert_eq!(trim("\t a \r\n b  c\n"), "a b c");
        assert_eq!(trim(" \n"), "");
        assert_eq!(trim("\u{a0}a"), "\u{a0}a");
    }

    #[test]
    fn padding_fills_up_in_code_points_and_has_a_limit() {
        assert_eq!(pad("foo", 5.0, "").as_deref(), Ok("foo  "));
        assert_eq!(pad("foo", -5.7, " ").as_deref(), Ok("  foo"));
        assert_eq!(pad("😀", 6.0, "ab").as_deref(), Ok("😀ababa"));
        assert_eq!(pad("foo", 2.0, "#").as_deref(), Ok("foo"));
        assert_eq!(pad("foo", 1e12, "#").map_err(|fault| fault.code), Err("U1001"));
    }

    #[test]
    fn texts_split_at_texts() {
        assert_eq!(split("a, b, c", ", ", None).as_deref(), Ok(&["a", "b", "c"][..]));
        assert_eq!(split("a😀", "", None).as_deref(), Ok(&["a", "😀"][..]));
        assert_eq!(split("", "", None).as_deref(), Ok(&[][..]));
        assert_eq!(split("", ",", None).as_deref(), Ok(&[""][..]));
        assert_eq!(split("a,b,c", ",", Some(2.5)).as_deref(), Ok(&["a", "b"][..]));
        assert_eq!(split("a,b,c", ",", Some(-1.0)).map_err(|fault| fault.code), Err("D3020"));
    }

    #[test]
    fn texts_are_replaced_literally() {
        assert_eq!(replace("a.b.c", ".", "$1", None).as_deref(), Ok("a$1b$1c"));
        assert_eq!(replace("a.b.c", ".", "", Some(1.0)).as_deref(), Ok("ab.c"));
        assert!(matches!(replace("abc", "x", "y", None), Ok(Cow::Borrowed("abc"))));
        assert_eq!(replace("abc", "", "y", None).map_err(|fault| fault.code), Err("D3010"));
        assert_eq!(replace("abc", "b", "y", Some(-1.0)).map_err(|fault| fault.code), Err("D3011"));
        let long = "x".repeat(10_000);
        assert_eq!(replace(&long, "x", &long, None).map_err(|fault| fault.code), Err("U1001"));
    }

    #[test]
    fn cases_change_as_unicode_says() {
        assert_eq!(uppercase("straße"), "STRASSE");
        assert_eq!(lowercase("ΑΣ"), "ας");
        assert!(matches!((uppercase("A1"), lowercase("a1")), (Cow::Borrowed(_), Cow::Borrowed(_))));
    }
}
