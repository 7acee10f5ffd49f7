//! Lines read by their index are what the plain reader makes of them: the same values, the same refusals.

use crate::generate::{Dice, damage, json, paths};
use expressway::json::{DEPTH_MAX, Index, Level, Malformed, PADDING, ReadSet, Reader, Source, Step, Utf8, Value};
use std::ops::Range;

type Read = Result<(Value, Vec<Value>), Malformed>;

/// A reader for each level of this processor, all with the same paths, which remember the lines that they have met.
struct Readers {
    slots: usize,
    plain: Reader,
    indexed: Vec<(Index, Reader)>,
}

impl Readers {
    fn new(paths: &[Vec<Step>]) -> Readers {
        let set = ReadSet::new(paths.iter().cloned().zip(0..));
        let levels = [Level::Portable, Level::Avx2, Level::Avx512].into_iter().filter(|level| level.is_there());
        let indexed = levels.map(|level| (Index::new(level), Reader::new(&set))).collect();
        Readers { slots: paths.len(), plain: Reader::new(&set), indexed }
    }

    /// Checks that all read these lines alike; answers how many are JSON.
    fn check(&mut self, lines: &[u8], after: &[u8]) -> usize {
        let block = [lines, after].concat();
        let slots = &mut vec![Value::MISSING; self.slots];
        let mut read = |reader: &mut Reader, line: Range<usize>, utf8: Utf8<'_>| -> Read {
            slots.fill(Value::new(Source::Constant, 0, 1));
            reader.read(&block, line, utf8, Source::Line, slots).map(|value| (value, slots.clone()))
        };
        let ranges = ranges(lines);
        let expected: Vec<Read> = ranges.iter().map(|line| read(&mut self.plain, line.clone(), Utf8::Known)).collect();
        for (index, reader) in &mut self.indexed {
            index.clear();
            for (line, expected) in ranges.iter().zip(&expected) {
                let end = index.next_line().or_else(|| {
                    index.fill(&block, line.start..lines.len()).expect("no line here is too long");
                    index.next_line()
                });
                assert_eq!(end, Some(line.end));
                let shown = String::from_utf8_lossy(&block[line.clone()]);
                assert_eq!(read(reader, line.clone(), Utf8::Indexed(index)), *expected, "{index:?} {shown}");
            }
            assert_eq!(index.next_line(), None);
        }
        expected.iter().filter(|read| read.is_ok()).count()
    }

    /// As [`Self::check`], often enough for every shape to be known.
    fn check_again(&mut self, lines: &[u8]) -> usize {
        for after in [&[b'\n'; PADDING][..], b"", b"\"}]\\", &[b'"'; PADDING], &[b'\\'; PADDING], &[1; PADDING]] {
            self.check(lines, after);
        }
        self.check(lines, &[b' '; PADDING])
    }
}

fn ranges(lines: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let whole = lines.strip_suffix(b"\n").unwrap_or(lines);
    let lines = whole.split(|byte| *byte == b'\n').map(|line| {
        start += line.len() + 1;
        start - line.len() - 1..start - 1
    });
    lines.collect()
}

fn key(name: &str) -> Step {
    Step::Key(name.into())
}

fn keys(paths: &[&str]) -> Readers {
    let steps = |path: &&str| path.split('.').map(key).collect();
    Readers::new(&paths.iter().map(steps).collect::<Vec<Vec<Step>>>())
}

/// A text on one line.
fn line(dice: &mut Dice, depth: usize) -> Vec<u8> {
    let mut text = Vec::new();
    json(dice, depth, &mut text);
    text.retain(|byte| *byte != b'\n');
    text
}

#[test]
fn lines_of_all_kinds_are_read_as_without_an_index() {
    for seed in 0..60 {
        let mut dice = Dice::new(20 << 32 | seed);
        let mut readers = Readers::new(&paths(&mut dice));
        let texts: Vec<Vec<u8>> = (0..40).map(|_| line(&mut dice, 4)).collect();
        let good = readers.check_again(&texts.join(&b'\n'));
        assert_eq!(good, texts.len(), "the generator makes JSON");
    }
}

#[test]
fn mutated_lines_among_those_they_were_made_of_are_read_as_without_an_index() {
    let (mut good, mut bad) = (0, 0);
    for seed in 0..150 {
        let mut dice = Dice::new(21 << 32 | seed);
        let mut readers = Readers::new(&paths(&mut dice));
        let seeds: Vec<Vec<u8>> = (0..4).map(|_| line(&mut dice, 3)).collect();
        let mut texts = Vec::new();
        for _ in 0..100 {
            let text = dice.pick(&seeds.iter().collect::<Vec<_>>()).clone();
            let mut mutated = text.clone();
            damage(&mut dice, &mut mutated);
            let mutated = String::from_utf8_lossy(&mutated).into_owned().into_bytes();
            texts.extend([text, mutated]);
        }
        let lines = texts.join(&b'\n');
        let total = ranges(&lines).len();
        let read = readers.check_again(&lines);
        (good, bad) = (good + read, bad + total - read);
    }
    assert!(good > 10_000 && bad > 10_000, "{good} lines were good, {bad} bad");
}

#[test]
fn events_whose_values_change_are_read_as_without_an_index() {
    let mut readers = keys(&["id", "detail.total", "detail.express", "detail.items", "detail"]);
    let event = br#"{"version":"0","id":"0ff9","detail-type":"OrderPlaced","items":[],"detail":{"a long name that fills more than one piece":"x","total":75.14,"items":[4,{"n":-1e5}],"express":false}}"#;
    let mut dice = Dice::new(22);
    let mut lines = Vec::new();
    for _ in 0..3_000 {
        let at = lines.len();
        lines.extend_from_slice(event);
        for _ in 0..dice.roll(3) {
            let place = at + dice.roll(event.len());
            const BYTES: &[u8] = b"0123456789-+.eEtrufalsn\"\\{}[]:, ax\x01\t\x7f";
            lines[place] = BYTES[dice.roll(BYTES.len())];
        }
        lines.push(b'\n');
    }
    assert!(readers.check(&lines, &[b'\n'; PADDING]) > 500);
}

#[test]
fn a_line_may_end_anywhere_in_a_block() {
    let mut readers = keys(&["a", "b"]);
    for length in 0..200 {
        let text = format!("{{\"a\":\"{}\",\"b\":{length}}}", "x".repeat(length));
        let lines = [&text[..], "", "1", "{}", "\r", " ", "[1", "\"", &text].join("\n");
        readers.check_again(lines.as_bytes());
        readers.check_again(format!("{lines}\n").as_bytes());
    }
}

#[test]
fn a_string_that_does_not_end_does_not_swallow_the_next_line() {
    let mut readers = keys(&["a"]);
    for length in 0..130 {
        let pad = "x".repeat(length);
        for broken in ["{\"a\":\"", "{\"a\":\"\\", "\"", "{\"a\":\"\\u00e9", "{\"a\":1}\"", "{\"a\":\"\\\\"] {
            let lines = format!("{broken}{pad}\n{{\"a\":\"b\\\"c\"}}\n{pad}{broken}\n[\"\\n\\\\\"]\n{{\"a\":7}}");
            readers.check_again(lines.as_bytes());
        }
    }
}

#[test]
fn backslashes_behind_a_broken_line_belong_to_their_own_line() {
    let mut readers = keys(&["a"]);
    let good = readers.check_again(b"\"x\n[\"\\\\\",\"\\\"\",\"\\u0041\"]\n\\\n{\"a\":\"\\t\"}\n\"\\\n\"\\\\\"");
    assert_eq!(good, 3);
}

#[test]
fn the_last_of_equal_names_counts_in_shapes_too() {
    let mut readers = keys(&["a", "b", "a.c", "a.c.d"]);
    let lines = [
        r#"{"a":{"c":{"d":1}},"a":{"e":2},"b":3}"#,
        r#"{"a":{"c":{"d":1}},"b":{"e":2},"b":3}"#,
        r#"{"a":{"c":{"d":1}},"x":{"e":2},"b":3}"#,
        r#"{"a":{"c":{"d":1}},"a":{"c":2},"b":3}"#,
        r#"{"x":{"c":{"d":1}},"a":{"c":2},"b":3}"#,
        r#"{"x":{"c":{"d":1}},"a":{"c":2},"a":3}"#,
        r#"{"x":{"c":{"d":1}},"a":{"c":2},"\u0061":3}"#,
        r#"{"x":{"c":{"d":1}},"a":{"c":2},"\u0062":3}"#,
        r#"{"a" :{"c":{"d":1}},"a":{"c": 2} , "b":3 }"#,
    ];
    let good = readers.check_again([lines, lines, lines].concat().join("\n").as_bytes());
    assert_eq!(good, 3 * lines.len());
}

#[test]
fn a_shape_is_known_by_every_byte_of_its_keys() {
    let mut readers = keys(&["an-unread-name-of-thirty-three-byte", "a"]);
    let names = ["an-unread-name-of-thirty-three-bytes", "an-unread-name-of-thirty-three-byte", "a", "b", "", "aa"];
    let mut lines = Vec::new();
    for first in names {
        for second in names {
            lines.push(format!("{{\"{first}\":1,\"{second}\":2}}"));
        }
    }
    assert_eq!(readers.check_again(lines.join("\n").as_bytes()), lines.len());
}

#[test]
fn numbers_and_literals_are_checked_in_lines_of_a_known_shape() {
    let mut readers = keys(&["a"]);
    let values = [
        "1",
        "01",
        "-1",
        "-",
        "1.5",
        "1.",
        ".5",
        "1e5",
        "1e",
        "12345678",
        "123456789",
        "00000000",
        "true",
        "tru",
        "truex",
        "null",
        "nul",
        "false",
        "falsy",
        "1_0",
        "0x1",
        "+1",
        "-0.0e-0",
        "1..2",
        "1 2",
        "nan",
    ];
    let lines: Vec<String> = values.iter().map(|value| format!("{{\"a\":{value},\"b\":[{value}]}}")).collect();
    let good = readers.check_again(lines.join("\n").as_bytes());
    assert_eq!(good, 10);
}

#[test]
fn control_characters_are_refused_where_they_are_no_white_space() {
    let mut readers = keys(&["a"]);
    let lines: Vec<u8> = (0..0x20_u8)
        .filter(|byte| *byte != b'\n')
        .flat_map(|byte| {
            let inside = [&b"{\"a\":\"x"[..], &[byte], b"y\"}\n"].concat();
            let outside = [&b"{\"a\""[..], &[byte], b":1}\n"].concat();
            [inside, outside, [&[byte][..], b"1\n"].concat(), [&b"1"[..], &[byte], b"\n"].concat()].concat()
        })
        .collect();
    // Tab and carriage return, as white space.
    assert_eq!(readers.check_again(&lines), 6);
}

#[test]
fn depth_is_limited_by_the_index_as_without_it() {
    let nested =
        |depth: usize| ["[".repeat(depth) + &"]".repeat(depth), "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)];
    let depths = [1, 63, 64, 65, 128, DEPTH_MAX - 1, DEPTH_MAX, DEPTH_MAX + 1, 5_000];
    let lines: Vec<String> = depths.into_iter().flat_map(nested).collect();
    for paths in [&["a.a.a"][..], &["b"]] {
        assert_eq!(keys(paths).check_again(lines.join("\n").as_bytes()), 14);
    }
}

#[test]
fn a_line_too_long_for_an_index_has_none() {
    for length in [30_000, 65_000, 65_408, 70_000, 1 << 20] {
        let block = [vec![b'"'; 1], vec![b'x'; length], b"\"\n1\n".to_vec()].concat();
        let mut index = Index::default();
        let expected = if length < 65_400 { Ok(()) } else { Err(length + 3) };
        assert_eq!(index.fill(&block, 0..block.len()), expected, "{length}");
        assert_eq!(index.next_line(), (length < 65_400).then_some(length + 2));
    }
}
