//! Literals: strings, numbers and regular expressions.

use super::token::Word;
use super::{Mistake, mistake};
use crate::builtin::jsonata::Fault;
use crate::builtin::jsonata::surrogate::stand_in;
use crate::json::code_unit;

/// The string whose quote stands at `start`, and where it ends.
pub(super) fn string(text: &str, start: usize) -> Result<(Word, usize), Mistake> {
    let quote = text.as_bytes()[start];
    let mut string = String::new();
    let mut at = start + 1;
    loop {
        let plain = text.as_bytes()[at..].iter().position(|&byte| byte == quote || byte == b'\\');
        let stop = at + plain.ok_or_else(|| mistake(Fault::new("S0101"), start))?;
        string.push_str(&text[at..stop]);
        if text.as_bytes()[stop] == quote {
            return Ok((Word::String(string.into()), stop + 1));
        }
        let (character, behind) = escaped(text, stop)?;
        string.push(character);
        at = behind;
    }
}

/// What the escape at `at` stands for, and where it ends.
fn escaped(text: &str, at: usize) -> Result<(char, usize), Mistake> {
    let escape = text[at + 1..].chars().next();
    let character = match escape {
        Some('"' | '\\' | '/') => escape.unwrap_or_default(),
        Some('b') => '\u{8}',
        Some('f') => '\u{C}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return code_point(text, at),
        _ => {
            let token = escape.map_or(String::new(), String::from);
            return Err(mistake(Fault::new("S0103").with_text("token", &token), at));
        }
    };
    Ok((character, at + 2))
}

/// `\uXXXX` at `at`, or two that are a surrogate pair. Half a pair alone becomes its stand-in.
fn code_point(text: &str, at: usize) -> Result<(char, usize), Mistake> {
    let unit = code_unit(text.as_bytes(), at).ok_or_else(|| mistake(Fault::new("S0104"), at))?;
    let is_high = unit & 0xFC00 == 0xD800;
    if is_high
        && let Some(low) = code_unit(text.as_bytes(), at + 6)
        && let Some(Ok(character)) = char::decode_utf16([unit, low]).next()
    {
        return Ok((character, at + 12));
    }
    Ok((stand_in(unit), at + 6))
}

/// The number at `start`, without a sign, as JSON writes it, and where it ends.
pub(super) fn number(text: &str, start: usize) -> Result<(Word, usize), Mistake> {
    let digits = |at: usize| text.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let byte = |at: usize| text.as_bytes().get(at).copied().unwrap_or_default();
    let mut end = start + if byte(start) == b'0' { 1 } else { digits(start) };
    if byte(end) == b'.' && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(byte(end), b'e' | b'E') {
        let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    let token = &text[start..end];
    match token.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Word::Number(number), end)),
        _ => Err(mistake(Fault::new("S0102").with_text("token", token), start)),
    }
}

/// The regular expression whose slash stands at `start`, and where it ends. Slashes in brackets do not end it.
pub(super) fn regex(text: &str, start: usize) -> Result<(Word, usize), Mistake> {
    let length = closing_slash(&text.as_bytes()[start + 1..]).ok_or_else(|| mistake(Fault::new("S0302"), start))?;
    if length == 0 {
        return Err(mistake(Fault::new("S0301"), start));
    }
    let behind = start + length + 2;
    let flags = flags(&text[behind..]);
    let pattern = &text[start + 1..behind - 1];
    Ok((Word::Regex { pattern: pattern.into(), flags: flags.into() }, behind + flags.len()))
}

/// The flags that come next, each at most once.
fn flags(rest: &str) -> &str {
    let flags = ["im", "mi", "i", "m"];
    flags.into_iter().find(|flags| rest.starts_with(flags)).unwrap_or_default()
}

fn closing_slash(pattern: &[u8]) -> Option<usize> {
    let mut depth = 0_i64;
    let mut backslashes = 0;
    pattern.iter().position(|&byte| {
        let is_plain = backslashes == 0;
        match byte {
            b'/' if depth == 0 && backslashes % 2 == 0 => return true,
            b'(' | b'[' | b'{' if is_plain => depth += 1,
            b')' | b']' | b'}' if is_plain => depth -= 1,
            _ => {}
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        false
    })
}
