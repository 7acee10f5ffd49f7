//! Finds its way in text already known to be JSON: what a value is, where it ends, what it holds.
//!
//! Nothing is checked again. On text that is no JSON the answers mean nothing, but come.

use super::Step;
use super::string::decode;
use super::vector::{BLOCK, Chunk, LANES, Marks, brackets_and_quotes, chunk, string_stops};
use std::ops::Range;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// What the value is, by its first byte.
#[inline]
pub fn kind(value: &[u8]) -> Kind {
    match value.first() {
        Some(b'"') => Kind::String,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'-' | b'0'..=b'9') => Kind::Number,
        _ => Kind::Null,
    }
}

/// Whether the value is `true`.
#[inline]
pub fn is_true(value: &[u8]) -> bool {
    value.first() == Some(&b't')
}

/// Where the value ends that begins at `start`.
#[inline]
pub fn end_of(text: &[u8], start: usize) -> usize {
    match text.get(start) {
        Some(b'"') => string_end(text, start).0,
        Some(b'{' | b'[') => container_end(text, start),
        _ => scalar_end(text, start),
    }
}

/// Where the string ends that opens at `start`, and whether it has no escapes.
#[inline]
pub fn string_end(text: &[u8], start: usize) -> (usize, bool) {
    let at = next(text, start + 1, string_stops, |byte| matches!(byte, b'"' | b'\\'));
    match text.get(at) {
        Some(b'"') => (at + 1, true),
        _ => (escaped_end(text, at), false),
    }
}

/// Where the string ends that has an escape at `at`.
fn escaped_end(text: &[u8], mut at: usize) -> usize {
    loop {
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return text.len(),
        }
        at = next(text, at, string_stops, |byte| matches!(byte, b'"' | b'\\'));
    }
}

/// Goes over the text in blocks of 64 bytes; most need no more than their brackets counted.
fn container_end(text: &[u8], start: usize) -> usize {
    let mut depth = 0_u32;
    let mut at = start;
    // Whether the byte before the block is inside a string.
    let mut inside = 0;
    while let Some(block) = chunk::<BLOCK>(text, at) {
        let marks = Marks::of(block);
        if marks.backslashes != 0 {
            break;
        }
        let strings = prefix_xor(marks.quotes) ^ inside;
        let (opens, closes) = (marks.opens & !strings, marks.closes & !strings);
        if closes.count_ones() >= depth + u32::from(depth == 0) {
            if let Some(end) = closing(opens, closes, &mut depth) {
                return at + end + 1;
            }
        } else {
            depth = depth + opens.count_ones() - closes.count_ones();
        }
        inside = ((strings as i64) >> 63) as u64;
        at += BLOCK;
    }
    rest_of_container(text, at, depth, inside != 0)
}

/// The byte of a block at which the depth comes down to nothing, if it does; else the depth behind the block.
fn closing(opens: u64, closes: u64, depth: &mut u32) -> Option<usize> {
    let mut brackets = opens | closes;
    while brackets != 0 {
        let bit = brackets & brackets.wrapping_neg();
        if opens & bit != 0 {
            *depth += 1;
        } else if *depth <= 1 {
            return Some(bit.trailing_zeros() as usize);
        } else {
            *depth -= 1;
        }
        brackets ^= bit;
    }
    None
}

/// Each bit: whether an odd number of the bits up to it are set.
#[inline(always)]
fn prefix_xor(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].iter().fold(bits, |bits, shift| bits ^ (bits << shift))
}

/// The same a string or a bracket at a time: near the end of the text, and where strings have escapes.
fn rest_of_container(text: &[u8], start: usize, mut depth: u32, inside: bool) -> usize {
    // A string that has begun before goes on as if it began one byte earlier.
    let mut at = if inside { string_end(text, start.wrapping_sub(1)).0 } else { start };
    loop {
        at = next(text, at, brackets_and_quotes, |byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'));
        match text.get(at) {
            Some(b'"') => {
                at = string_end(text, at).0;
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(_) if depth <= 1 => return at + 1,
            Some(_) => depth -= 1,
            None => return text.len(),
        }
        at += 1;
    }
}

fn scalar_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.iter().position(|byte| b",]} \n\r\t".contains(byte)).unwrap_or(rest.len())
}

/// The next byte that is marked, or the text's end.
#[inline(always)]
pub(super) fn next(text: &[u8], mut at: usize, marks: impl Fn(&Chunk) -> u16, marked: impl Fn(u8) -> bool) -> usize {
    while let Some(chunk) = chunk(text, at) {
        let marks = marks(chunk);
        if marks != 0 {
            return at + marks.trailing_zeros() as usize;
        }
        at += LANES;
    }
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| marked(byte)).unwrap_or(rest.len())
}

/// Behind the white space and separators at `at`.
#[inline]
fn past_blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = text.get(at) {
        at += 1;
    }
    at
}

/// The elements of an array, as ranges of its text; nothing for any other value.
pub fn elements(array: &[u8]) -> Elements<'_> {
    elements_from(array, 1)
}

/// The elements of an array behind the one that ends at this byte of its text.
#[inline]
pub fn elements_from(array: &[u8], at: usize) -> Elements<'_> {
    Elements { text: inside(array, b'['), at: at.max(1) }
}

/// The members of an object, as ranges of its text: the name with its quotes, the value. Nothing for any other value.
///
/// They come in the order they are written, those that a later one of the same name replaces among them.
pub fn members(object: &[u8]) -> Members<'_> {
    Members { text: inside(object, b'{'), at: 1 }
}

/// The name and the value of a member, as ranges of the member's own text.
pub fn pair(text: &[u8]) -> (Range<usize>, Range<usize>) {
    let name = end_of(text, 0);
    (0..name, past_blanks(text, name).min(text.len())..text.len())
}

/// The text without its closing bracket, if it opens so.
fn inside(text: &[u8], opening: u8) -> &[u8] {
    if text.first() == Some(&opening) { &text[..text.len() - 1] } else { b"" }
}

/// See [`elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        let start = past_blanks(self.text, self.at);
        if start >= self.text.len() {
            return None;
        }
        // One byte at least, so that even nonsense comes to an end.
        self.at = end_of(self.text, start).max(start + 1);
        Some(start..self.at)
    }
}

/// See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Members<'_> {
    type Item = (Range<usize>, Range<usize>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = Elements { text: self.text, at: self.at };
        let member = (rest.next()?, rest.next()?);
        self.at = rest.at;
        Some(member)
    }
}

/// Where in the value the step leads; of equal names to the last.
pub fn get(value: &[u8], step: &Step) -> Option<Range<usize>> {
    match step {
        Step::Key(name) => member(value, name.as_bytes()),
        Step::Index(index) => elements(value).nth(*index as usize),
    }
}

/// The member of that (decoded) name; of equal names the last.
pub fn member(object: &[u8], name: &[u8]) -> Option<Range<usize>> {
    let named = members(object).filter(|(key, _)| key_is(&object[key.clone()], name));
    named.last().map(|(_, member)| member)
}

/// Where in the value the path leads.
pub fn find(value: &[u8], path: &[Step]) -> Option<Range<usize>> {
    path.iter().try_fold(0..value.len(), |range, step| {
        let part = get(&value[range.clone()], step)?;
        Some(range.start + part.start..range.start + part.end)
    })
}

/// Whether this is the name, which may be written with escapes.
fn key_is(key: &[u8], name: &[u8]) -> bool {
    let written = &key[1..key.len().max(2) - 1];
    written == name || written.contains(&b'\\') && decode(key).as_bytes() == name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(array: &str) -> Vec<&str> {
        elements(array.as_bytes()).map(|range| &array[range]).collect()
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        let long = format!(r#"["{}\\\"]", {{"a":[]}}]"#, "x".repeat(70));
        for value in ["1", "-1.5e3", "null", "\"a\\\"b\"", "\"\\\\\"", "{}", "[[],{\"}\":\"]\"}]", &long] {
            for rest in ["", ",1", "]", "}", " ", "\n"] {
                assert_eq!(end_of(format!("  {value}{rest}").as_bytes(), 2), value.len() + 2, "{value}{rest}");
            }
        }
    }

    #[test]
    fn long_containers_end_where_they_end() {
        // Brackets, quotes and escapes at every place of a block, and blocks that end inside strings.
        for pad in 0..140 {
            for inner in [r#""}]""#, r#""\\\"]""#, r#"[{"a":"]"},{}]"#, r#"{"k":["[","]"]}"#, "1"] {
                let value = format!(r#"[{{"{}":{inner}}},{inner},{{"z":[{inner}]}}]"#, "p".repeat(pad));
                for rest in ["", ",1]", "]]]]", "}\""] {
                    let text = format!("{value}{rest}{}", " ".repeat(pad));
                    assert_eq!(end_of(text.as_bytes(), 0), value.len(), "{text}");
                }
            }
        }
    }

    #[test]
    fn elements_and_members_come_in_order() {
        assert_eq!(parts(r#"[ 1 ,"a,]",[2,3], {"b":4},null]"#), ["1", "\"a,]\"", "[2,3]", "{\"b\":4}", "null"]);
        assert!(parts("[ ]").is_empty() && parts("{\"a\":1}").is_empty() && parts("7").is_empty());
        let object = br#"{ "a" : 1,"b":{"c":2} }"#;
        let pairs: Vec<_> = members(object).map(|(name, value)| (&object[name], &object[value])).collect();
        assert_eq!(pairs, [(&b"\"a\""[..], &b"1"[..]), (b"\"b\"", b"{\"c\":2}")]);
        assert_eq!(pair(br#""a" : [1]"#), (0..3, 6..9));
    }

    #[test]
    fn a_path_leads_to_the_last_of_equal_names() {
        let text = br#"{"a":[0,{"b":1}],"\u0061":[0,{"b":2,"b":3}]}"#;
        let path = [Step::Key("a".into()), Step::Index(1), Step::Key("b".into())];
        assert_eq!(&text[find(text, &path).expect("it is there")], b"3");
        assert_eq!(find(text, &[]), Some(0..text.len()));
        assert_eq!(find(text, &[Step::Index(0)]), None);
        assert_eq!(find(text, &[Step::Key("a".into()), Step::Index(2)]), None);
    }

    #[test]
    fn nonsense_is_walked_to_an_end() {
        for text in
            ["", "[", "{", "\"", "[}", "{:", "[\"", "[\"\\", "{\"a", "{\"a\":", "]", "[]]", "[,,", "[}}}", "{{{{"]
        {
            let text = text.as_bytes();
            assert!(end_of(text, 0) <= text.len());
            assert!(elements(text).count() <= text.len());
            assert!(members(text).count() <= text.len());
            assert!(pair(text).1.end == text.len());
            assert_eq!(find(text, &[Step::Key("b".into())]), None);
        }
    }
}
