//! The processors' ways to find tokens agree, with each other and with what a token is; known shapes are recognised.

use super::shapes::{Known, Shapes};
use super::tokens::{LINE_END, SCALAR, WRONG};
use super::*;
use crate::json::{PADDING, ReadSet, Rows, Source, Step, Value};

const LEVELS: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

/// Positions, marks, line ends and escapes, as each level finds them.
fn tokens(level: Level, text: &[u8]) -> (Vec<u16>, Vec<u8>, Vec<u16>, Vec<u16>) {
    let mut tokens = Tokens::default();
    assert!(level.scan(text, &mut tokens));
    let Tokens { positions, marks, count, ends, lines, escapes, is_ascii } = tokens;
    assert_eq!(is_ascii, text.is_ascii());
    (positions[..count].to_vec(), marks[..count].to_vec(), ends[..lines].to_vec(), escapes)
}

/// The same, told from what a token is, a byte at a time.
fn expected(text: &[u8]) -> (Vec<u16>, Vec<u8>, Vec<u16>, Vec<u16>) {
    let (mut found, mut ends, mut escapes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut inside, mut in_scalar, mut is_escaped) = (false, false, false);
    let missing_end = if text.last() == Some(&b'\n') { &b""[..] } else { b"\n" };
    for (at, &byte) in text.iter().chain(missing_end).enumerate() {
        let was_escaped = std::mem::take(&mut is_escaped);
        let was_scalar = std::mem::take(&mut in_scalar);
        if byte == b'\\' && !was_escaped {
            escapes.push(at as u16);
            is_escaped = true;
        }
        let mark = match byte {
            b'\n' => {
                ends.push(found.len() as u16);
                if std::mem::take(&mut inside) { WRONG } else { LINE_END }
            }
            b'"' if was_escaped => continue,
            b'"' => {
                inside = !inside;
                if !inside {
                    continue;
                }
                byte
            }
            b'\t' | b'\r' | b' ' if !inside => continue,
            0..0x20 => WRONG,
            _ if inside => continue,
            b'{' | b'}' | b'[' | b']' | b':' | b',' => byte,
            _ => {
                in_scalar = true;
                if was_scalar {
                    continue;
                }
                SCALAR
            }
        };
        found.push((at as u16, mark));
    }
    let (positions, marks) = found.into_iter().unzip();
    (positions, marks, ends, escapes)
}

/// A small generator of numbers (xorshift64): the same texts every time.
fn roll(state: &mut u64, sides: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % sides as u64) as usize
}

#[test]
fn every_level_finds_the_tokens_of_anything() {
    const LIKELY: &[u8] = b"{}[]:,\"\\\n \t\r\"\\0a\x01\x0c\x1a\x7f\x80\xac\xba\xdb\xff";
    let mut state = 0x2026_1122;
    for round in 0..4_000 {
        // From dense nonsense to long stretches of the same.
        let run = 1 + round % 40;
        let mut text = Vec::new();
        while text.len() < round % 700 {
            let byte = LIKELY[roll(&mut state, LIKELY.len())];
            text.resize(text.len() + 1 + roll(&mut state, run), byte);
        }
        let expected = expected(&text);
        for level in LEVELS.into_iter().filter(|level| level.is_there()) {
            assert_eq!(tokens(level, &text), expected, "{level:?} {:?}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn every_level_sees_every_byte_in_every_place() {
    for byte in 0..=u8::MAX {
        for around in [b'a', b' ', b'"', b'{', 0x80] {
            for place in [0, 1, 31, 32, 62, 63, 64, 65] {
                let mut text = vec![around; 140];
                text[place] = byte;
                for level in LEVELS.into_iter().filter(|level| level.is_there()) {
                    assert_eq!(tokens(level, &text), expected(&text), "{level:?} {byte:#x} at {place}");
                }
            }
        }
    }
}

fn path(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step::Key(name.into())).collect()
}

/// What one finder makes of these lines, one after the other: the value at `$.a.b`.
fn find<'a>(finder: &mut Finder, lines: &[&'a str]) -> Vec<Option<&'a str>> {
    let set = ReadSet::new([(path("a.b"), 0)]);
    let mut index = Index::default();
    let mut find = |line: &&'a str| {
        index.fill(line.as_bytes(), 0..line.len()).expect("the text is short, and UTF-8");
        index.next_line();
        let mut slots = [Value::MISSING];
        finder.find(line.as_bytes(), &index.line(), set.tree(), Source::Line, (&mut slots, &mut Rows::default()))?;
        Some(if slots[0].is_missing() { "" } else { &line[slots[0].range()] })
    };
    lines.iter().map(&mut find).collect()
}

#[test]
fn what_is_json_is_found_without_help_and_what_is_none_is_not() {
    let mut finder = Finder::default();
    for _ in 0..4 {
        let good =
            ["{\"a\":{\"b\":1}}", "{\"a\":{\"b\" : [ 1 ] } }", "{\"a\":3,\"\\u0061\":{\"b\":\"\\n\"}}", " 7", "\"é\""];
        assert_eq!(find(&mut finder, &good), [Some("1"), Some("[ 1 ]"), Some("\"\\n\""), Some(""), Some("")]);
        let bad =
            ["", " ", "{\"a\":{\"b\":01}}", "{\"a\":{\"b\":\"\\x\"}}", "{\"a\":{\"b\":1}", "\"", "\"\\uD800\"", "1\\"];
        assert_eq!(find(&mut finder, &bad), [None; 8]);
    }
}

#[test]
fn a_shape_is_remembered_when_it_comes_the_second_time() {
    let (mut shapes, mut finder) = (Shapes::default(), Finder::default());
    let set = ReadSet::new([(path("a.b"), 0)]);
    let mut index = Index::default();
    let mut is_known = |text: &str| {
        let block = [text.as_bytes(), &[b'\n'; PADDING]].concat();
        index.fill(&block, 0..text.len()).expect("the text is short, and UTF-8");
        index.next_line();
        let (bytes, line) = (&block[..], index.line());
        let stranger = match shapes.look_up(bytes, &line) {
            Known::Found(_) => return Some(true),
            Known::Malformed => return None,
            Known::Stranger(stranger) => stranger,
        };
        assert!(walk::walk(bytes, &line, set.tree(), &mut finder.findings), "it is JSON");
        shapes.meet(stranger, bytes, &line, &finder.findings);
        Some(false)
    };
    assert_eq!([(); 4].map(|()| is_known(r#"{"a":{"b":1}}"#)), [Some(false), Some(false), Some(true), Some(true)]);
    assert_eq!(is_known(r#" { "a" : { "b" : -1.5e3 } }"#), Some(true), "white space is no part of a shape");
    assert_eq!(is_known(r#"{"a":{"b":1,"c":"unread"}}"#), Some(false));
    assert_eq!(is_known(r#"{"a":{"b":tru}}"#), None);
    assert_eq!(
        [(); 4].map(|()| is_known(r#"{"a":{"\u0062":1}}"#)),
        [Some(false); 4],
        "escaped keys are not remembered"
    );
}

#[test]
fn shapes_take_no_more_memory_however_many_come() {
    let set = ReadSet::new([(path("a"), 0)]);
    let mut finder = Finder::default();
    let mut index = Index::default();
    for number in 0..30_000_u64 {
        // Twice each, so that all are taken in.
        let text = format!(
            "{{\"a\":[{}]}}",
            "1,[],{},".repeat(1 + number as usize / 2 % 90) + &"[0],".repeat(number as usize / 180) + "2"
        );
        read(&mut finder, &mut index, &set, &text);
    }
    assert!(finder.shapes.count() > 500 && finder.shapes.bytes() < 12 << 20, "{} bytes", finder.shapes.bytes());
}

/// Has the finder read a text once.
fn read(finder: &mut Finder, index: &mut Index, set: &ReadSet, text: &str) {
    index.fill(text.as_bytes(), 0..text.len()).expect("the text is short, and UTF-8");
    index.next_line();
    let (slots, rows) = (&mut [Value::MISSING], &mut Rows::default());
    finder.find(text.as_bytes(), &index.line(), set.tree(), Source::Line, (slots, rows)).expect("it is JSON");
}

#[test]
fn few_large_shapes_are_remembered_and_seldom_another() {
    let set = ReadSet::new([(path("a"), 0)]);
    let (mut finder, mut index) = (Finder::default(), Index::default());
    let wide = |members: usize| format!("{{\"a\":1,{}\"z\":0}}", "\"z\":0,".repeat(members));
    (0..2).for_each(|_| read(&mut finder, &mut index, &set, &wide(1_000)));
    assert_eq!(finder.shapes.count(), 1, "the second time it is no stranger");
    for round in 0..100 {
        (0..20).for_each(|_| read(&mut finder, &mut index, &set, &wide(1_000 + 25 * round)));
    }
    assert_eq!(finder.shapes.count(), 8);
    assert!(finder.shapes.bytes() < 2 << 20, "{} bytes", finder.shapes.bytes());
    (0..200).for_each(|_| read(&mut finder, &mut index, &set, &wide(5_000)));
    assert_eq!(finder.shapes.count(), 8, "the largest are not remembered");
}
