//! Texts split and replaced where regular expressions match.

use std::borrow::Cow;

use super::Fault;
use super::regex::{Match, Regex, STEPS_MAX};
use super::text::{limited, within_memory};

/// The parts between matches.
///
/// # Errors
/// D3020 for a negative limit, D1004 for empty matches, U1001 when it would take too long.
pub fn split<'a>(text: &'a str, regex: &Regex, limit: Option<f64>) -> Result<Vec<&'a str>, Box<Fault>> {
    let is_limited = limit.is_some();
    let limit = limited(limit, "D3020")?;
    let (mut parts, mut start, mut budget) = (Vec::new(), 0, STEPS_MAX);
    let mut next = if limit == 0 { None } else { regex.find_within(text, 0, &mut budget)? };
    while let Some(found) = next.filter(|_| parts.len() < limit) {
        parts.push(&text[start..found.range.start]);
        start = found.range.end;
        next = regex.next_match(text, &found, &mut budget)?;
    }
    if !is_limited || parts.len() < limit {
        parts.push(&text[start..]);
    }
    Ok(parts)
}

/// The text with matches replaced, the first ones where there is a limit; see [`expand`].
///
/// # Errors
/// D3011 for a negative limit, D1004 for empty matches, U1001 when it would take too long or get too long.
pub fn replace<'a>(
    text: &'a str,
    regex: &Regex,
    replacement: &str,
    limit: Option<f64>,
) -> Result<Cow<'a, str>, Box<Fault>> {
    let limit = limited(limit, "D3011")?;
    let mut budget = STEPS_MAX;
    let mut next = if limit == 0 { None } else { regex.find_within(text, 0, &mut budget)? };
    if next.is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let (mut result, mut start, mut count) = (String::new(), 0, 0);
    while let Some(found) = next.filter(|_| count < limit) {
        result.push_str(&text[start..found.range.start]);
        expand(replacement, text, &found, &mut result);
        within_memory(&result)?;
        start = found.range.end;
        count += 1;
        next = regex.next_match(text, &found, &mut budget)?;
    }
    result.push_str(&text[start..]);
    Ok(Cow::Owned(result))
}

/// Appends a replacement: `$0` is the match, `$1` a group, `$$` a dollar; a number has as many digits as the number of
/// groups, or one fewer where it would be too large.
pub fn expand(replacement: &str, text: &str, found: &Match, out: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('0') {
            out.push_str(&text[found.range.clone()]);
            rest = behind;
        } else if let Some((number, length)) = group_number(rest, found.groups.len()) {
            let group = found.groups.get(number - 1).cloned().flatten();
            out.push_str(group.map_or("", |range| &text[range]));
            rest = &rest[length..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
}

/// The number that a text starts with, and how many digits it has.
fn group_number(text: &str, groups: usize) -> Option<(usize, usize)> {
    let most = groups.max(1).ilog10() as usize + 1;
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let number = |length: usize| text[..length].parse::<usize>().ok().map(|number| (number, length));
    match number(digits)? {
        (found, length) if length > 1 && found > groups => number(most - 1),
        found => Some(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Regex {
        Regex::new(pattern, "").expect("a regular expression")
    }

    #[test]
    fn texts_split_at_matches() {
        let split = |text, pattern, limit| split(text, &regex(pattern), limit).map_err(|fault| fault.code);
        assert_eq!(split("ababbxabbcc", "b+", None), Ok(vec!["a", "a", "xa", "cc"]));
        assert_eq!(split("ababbxabbcc", "b+", Some(2.0)), Ok(vec!["a", "a"]));
        assert_eq!(split("abc", "x", Some(1.0)), Ok(vec!["abc"]));
        assert_eq!(split("abc", "c", None), Ok(vec!["ab", ""]));
        assert_eq!(split("abc", "c", Some(0.0)), Ok(vec![]));
        assert_eq!(split("abc", "x*", None), Err("D1004"));
        assert_eq!(split("abc", "c", Some(-1.0)), Err("D3020"));
    }

    #[test]
    fn replacements_name_groups() {
        for (text, pattern, replacement, expected) in [
            ("John Smith", r"(\w+)\s(\w+)", "$2, $1", "Smith, John"),
            ("265USD", "([0-9]+)USD", "$0 -> $$$1", "265USD -> $265"),
            ("265USD", "([0-9]+)USD", "$w$", "$w$"),
            ("265USD", "([0-9]+)USD", "$0$1$2", "265USD265"),
            ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"),
            ("abcdefghijklmno", "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)", "$8$5$12$12$18$123", "hella8l3no"),
            ("abcdefghijklmno", "(ijk)", "$8$5$12$12$18$123", "abcdefghijk2ijk2ijk8ijk23lmno"),
            ("abcdefghijklmno", "ijk", "$x$1", "abcdefgh$xlmno"),
        ] {
            assert_eq!(replace(text, &regex(pattern), replacement, None).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn replacing_has_limits() {
        let replace = |text, pattern, limit| replace(text, &regex(pattern), "y", limit);
        assert_eq!(replace("ababb", "b+", Some(1.0)).as_deref(), Ok("ayabb"));
        assert!(matches!(replace("ababb", "b+", Some(0.0)), Ok(Cow::Borrowed("ababb"))));
        assert_eq!(replace("ababb", "b+", Some(-1.0)).map_err(|fault| fault.code), Err("D3011"));
        assert_eq!(replace("abc", "x*", None).map_err(|fault| fault.code), Err("D1004"));
        assert_eq!(replace("", "x*", None).as_deref(), Ok("y"));
    }
}
