//! StringMatches: a text against a pattern in which `*` stands for anything.

use std::borrow::Cow;

use memchr::memmem;

/// Whether the whole text matches. `*` stands for any characters, also none; a backslash before `*` or a backslash
/// makes it an ordinary character (States Language, "Data-test expression", StringMatches).
///
/// Time grows with the sum of both lengths: each piece between stars is looked for once, as far left as it will go.
pub(super) fn matches(pattern: &str, mut text: &str) -> bool {
    let mut pieces = Pieces { pattern: Some(pattern) };
    let first = pieces.next().expect("a pattern has at least one piece, perhaps empty");
    let Some(rest) = text.strip_prefix(&*first) else { return false };
    let Some(mut piece) = pieces.next() else { return rest.is_empty() };
    text = rest;
    for next in pieces {
        let Some(at) = memmem::find(text.as_bytes(), piece.as_bytes()) else { return false };
        text = &text[at + piece.len()..];
        piece = next;
    }
    text.ends_with(&*piece)
}

/// The pieces of a pattern between its stars, without escapes.
struct Pieces<'a> {
    pattern: Option<&'a str>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let pattern = self.pattern?;
        let end = star(pattern.as_bytes());
        self.pattern = end.map(|end| &pattern[end + 1..]);
        Some(unescape(&pattern[..end.unwrap_or(pattern.len())]))
    }
}

/// Where the first star stands that is not escaped.
fn star(pattern: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'*' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

fn unescape(piece: &str) -> Cow<'_, str> {
    if !piece.contains('\\') {
        return Cow::Borrowed(piece);
    }
    let mut plain = String::with_capacity(piece.len());
    let mut characters = piece.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next_if(|next| matches!(next, '*' | '\\')) } else { None };
        plain.push(escaped.unwrap_or(character));
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [
            ("foo*.log", "foo-1.log"),
            ("foo*.log", "foo.log"),
            ("*", ""),
            ("**", "x"),
            ("", ""),
            ("a*b*c", "aXbYbZc"),
            ("*ä*", "läuft"),
            ("a*a", "aa"),
            (r"a\*b", "a*b"),
            (r"a\\*", r"a\b"),
            (r"a\b*", r"a\bc"),
            (r"*\", r"x\"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn the_whole_text_must_match() {
        for (pattern, text) in [
            ("foo*.log", "foo.log2"),
            ("a*a", "a"),
            ("a*b*c", "acb"),
            ("", "x"),
            ("a", "ab"),
            (r"a\*b", "aXb"),
            ("*ab*ab", "ab"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer() {
        let text = "a".repeat(200_000);
        assert!(!matches(&"a*".repeat(100_000), &text.replace('a', "b")));
        assert!(!matches(&format!("*{}b*", "a".repeat(100_000)), &text));
    }
}
