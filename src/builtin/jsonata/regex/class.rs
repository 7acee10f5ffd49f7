//! Classes in brackets, and escapes of characters.

use super::set::{Set, blanks, digits, words};
use super::syntax::{Parser, Reason};
use crate::builtin::jsonata::surrogate::stand_in;

/// Reads a class, behind its opening bracket. Cases are settled here, for they come before a negation.
pub(super) fn parse_class(parser: &mut Parser) -> Result<Set, Reason> {
    let is_negated = parser.take("^");
    let mut ranges = Vec::new();
    loop {
        if parser.take("]") {
            break;
        }
        let first = class_atom(parser)?;
        let has_last = parser.attempt(|parser| (parser.take("-") && parser.peek() != Some(']')).then_some(()));
        if has_last.is_none() {
            ranges.extend_from_slice(first.ranges());
            continue;
        }
        let last = class_atom(parser)?;
        match (first.only(), last.only()) {
            (Some(first), Some(last)) if first <= last => ranges.push((first.into(), last.into())),
            (Some(_), Some(_)) => return Err("Range out of order in character class"),
            // Sets have no ends; the hyphen is itself then.
            _ => ranges.extend(first.ranges().iter().chain(last.ranges()).chain(&[(0x2d, 0x2d)])),
        }
    }
    let set = Set::new(ranges);
    let set = if parser.ignores_case { set.without_case() } else { set };
    Ok(if is_negated { set.negated() } else { set })
}

fn class_atom(parser: &mut Parser) -> Result<Set, Reason> {
    match parser.next() {
        None => Err("Unterminated character class"),
        Some('\\') => {
            if let Some(set) = parser.attempt(escaped_set) {
                return Ok(set);
            }
            match parser.peek() {
                None => Err("\\ at end of pattern"),
                Some('k') if parser.has_names() => Err("Invalid escape"),
                Some(_) => Ok(Set::of(escaped_character(parser, true))),
            }
        }
        Some(character) => Ok(Set::of(character)),
    }
}

/// `d`, `D`, `s`, `S`, `w` or `W`, behind the backslash.
pub(super) fn escaped_set(parser: &mut Parser) -> Option<Set> {
    let letter = parser.next()?;
    let set = match letter.to_ascii_lowercase() {
        'd' => digits(),
        's' => blanks(),
        'w' => words(),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { set.negated() } else { set })
}

/// The character of an escape, behind the backslash, where something is. What is no escape is the character itself.
pub(super) fn escaped_character(parser: &mut Parser, is_in_class: bool) -> char {
    let Some(letter) = parser.next() else { return '\\' };
    match letter {
        'b' if is_in_class => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => parser.attempt(|parser| hexadecimal(parser, 2)).and_then(char::from_u32).unwrap_or('x'),
        'u' => unicode(parser),
        'c' => control(parser, is_in_class),
        '0'..='7' => octal(parser, letter),
        other => other,
    }
}

fn hexadecimal(parser: &mut Parser, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |code, _| Some(code * 16 + parser.next()?.to_digit(16)?))
}

/// Four digits; two escapes of surrogates are the character they make.
fn unicode(parser: &mut Parser) -> char {
    let Some(unit) = parser.attempt(|parser| hexadecimal(parser, 4)) else { return 'u' };
    if let Some(character) = char::from_u32(unit) {
        return character;
    }
    let pair = parser.attempt(|parser| {
        let low = if parser.take("\\u") { hexadecimal(parser, 4)? } else { return None };
        char::decode_utf16([unit as u16, low as u16]).next()?.ok()
    });
    pair.unwrap_or_else(|| stand_in(unit as u16))
}

/// A control character by its letter; without one the backslash is itself, and the `c` comes next.
fn control(parser: &mut Parser, is_in_class: bool) -> char {
    let letter = parser.attempt(|parser| {
        let is_letter = |letter: &char| letter.is_ascii_alphabetic();
        let is_more = |letter: &char| is_in_class && (letter.is_ascii_digit() || *letter == '_');
        parser.next().filter(|letter| is_letter(letter) || is_more(letter))
    });
    match letter {
        Some(letter) => char::from(letter as u8 & 31),
        None => {
            parser.go_back();
            '\\'
        }
    }
}

/// Up to three octal digits, to 255.
fn octal(parser: &mut Parser, first: char) -> char {
    let mut code = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let digit = parser.peek().and_then(|digit| digit.to_digit(8));
        match digit.map(|digit| code * 8 + digit).filter(|code| *code < 256) {
            Some(larger) => code = larger,
            None => break,
        }
        parser.next();
    }
    char::from(code as u8)
}
