//! Each trap that a fast reader has been seen to fall into, by name.

use crate::reference::Subject;
use expressway::json::{DEPTH_MAX, Malformed, PADDING, ReadSet, Reader, Reason, Source, Step, Utf8, Value};

fn key(name: &str) -> Step {
    Step::Key(name.into())
}

fn reader(paths: &[&[&str]]) -> Reader {
    Reader::new(&ReadSet::new(paths.iter().map(|path| path.iter().map(|name| key(name)).collect()).zip(0..)))
}

/// Reads the text, with padding, and shows what each slot holds.
fn slots<'a>(reader: &mut Reader, text: &'a str, count: usize) -> Vec<Option<&'a str>> {
    let block = [text.as_bytes(), &[b'\n'; PADDING]].concat();
    let mut slots = vec![Value::MISSING; count];
    reader.read(&block, 0..text.len(), Utf8::Known, Source::Line, &mut slots).expect(text);
    slots.iter().map(|slot| (!slot.is_missing()).then(|| &text[slot.range()])).collect()
}

fn refused(text: &[u8]) -> Malformed {
    let block = [text, &[b'\n'; PADDING]].concat();
    let read = reader(&[]).read(&block, 0..text.len(), Utf8::Unknown, Source::Line, &mut []);
    let bare = reader(&[]).read(text, 0..text.len(), Utf8::Unknown, Source::Line, &mut []);
    assert_eq!(read, bare, "padding changes nothing");
    read.expect_err(&String::from_utf8_lossy(text))
}

#[test]
fn an_unfinished_line_does_not_swallow_the_next() {
    let block = b"{\"a\":\"x\n\"}\n[1,\n2]\n{\"a\":\n1}\n\"\\\n\"\n{\"a\n\":1}";
    let mut subject = Subject::new(vec![vec![key("a")], vec![Step::Index(1)]]);
    let mut start = 0;
    for line in block.split(|&byte| byte == b'\n') {
        subject.check(block, start, start + line.len());
        start += line.len() + 1;
    }
}

#[test]
fn what_follows_a_good_line_does_not_matter() {
    let mut subject = Subject::new(vec![vec![key("a")]]);
    for text in ["{\"a\":1}", "1", "-0.5e1", "\"x\"", "true", "[null]"] {
        for after in ["\\", "\"", "\u{1}", "0", "e5", ".5", "]}", "e", "\u{fffd}"] {
            let block = [text.as_bytes(), after.as_bytes(), b"\xFF\xFE", &[0; PADDING]].concat();
            subject.check(&block, 0, text.len());
        }
    }
}

#[test]
fn a_key_begun_in_the_line_and_ended_behind_it_is_not_recognised() {
    let mut reader = reader(&[&["a"]]);
    slots(&mut reader, "{\"a\":1}", 1);
    for cut in 1..6 {
        let block = [&b"{\"a\":1}"[..], &[b' '; PADDING]].concat();
        let read = reader.read(&block, 0..cut, Utf8::Known, Source::Line, &mut [Value::MISSING]);
        assert_eq!(read.expect_err("it is cut").offset, cut);
    }
}

#[test]
fn the_utf8_of_a_line_is_checked_before_an_escaped_key_is_decoded() {
    assert_eq!(refused(b"{\"\\u0061\xFF\":1}").reason, Reason::Utf8);
    assert_eq!(refused(b"{\"a\":1,\"\\u0061\xC3\":1}").offset, 14);
}

#[test]
fn the_last_of_equal_names_counts_whether_the_order_was_seen_before_or_not() {
    let mut reader = reader(&[&["a"], &["b"]]);
    for _ in 0..3 {
        assert_eq!(slots(&mut reader, r#"{"a":1,"b":2,"a":3}"#, 2), [Some("3"), Some("2")]);
        assert_eq!(slots(&mut reader, r#"{"a":1,"\u0061":2}"#, 2), [Some("2"), None]);
        assert_eq!(slots(&mut reader, r#"{"b":1,"a":2}"#, 2), [Some("2"), Some("1")]);
        assert_eq!(slots(&mut reader, r#"{"a" :1, "b": 2}"#, 2), [Some("1"), Some("2")]);
    }
}

#[test]
fn a_later_parent_of_the_same_name_clears_what_was_found_in_the_earlier() {
    let mut reader = reader(&[&["a"], &["a", "b"], &["a", "b", "c"]]);
    for _ in 0..2 {
        let found = slots(&mut reader, r#"{"a":{"b":{"c":1}},"a":{"d":2}}"#, 3);
        assert_eq!(found, [Some(r#"{"d":2}"#), None, None]);
        assert_eq!(slots(&mut reader, r#"{"a":{"b":{"c":1}},"a":5}"#, 3), [Some("5"), None, None]);
        let found = slots(&mut reader, r#"{"a":{"b":{"c":1},"b":[]}}"#, 3);
        assert_eq!(found, [Some(r#"{"b":{"c":1},"b":[]}"#), Some("[]"), None]);
    }
}

#[test]
fn what_one_line_held_is_not_found_in_the_next() {
    let mut reader = reader(&[&["a"]]);
    assert_eq!(slots(&mut reader, r#"{"a":1}"#, 1), [Some("1")]);
    assert_eq!(slots(&mut reader, "{}", 1), [None]);
    assert_eq!(slots(&mut reader, "7", 1), [None]);
}

#[test]
fn values_are_spans_of_what_was_written() {
    let mut reader = reader(&[&["a"], &["b"], &["c"], &["d"]]);
    let found = slots(&mut reader, r#"{"a":-0,"b": 1e400 ,"c":1.10,"d":"\u0061"}"#, 4);
    assert_eq!(found, [Some("-0"), Some("1e400"), Some("1.10"), Some(r#""\u0061""#)]);
}

#[test]
fn depth_is_limited_and_never_recursion() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let objects = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
    let mut subject = Subject::new(vec![vec![key("a"), key("a")], vec![Step::Index(0), Step::Index(0)]]);
    for depth in [63, 64, 65, 127, 128, 129, DEPTH_MAX - 1, DEPTH_MAX] {
        subject.check_everywhere(nested(depth).as_bytes());
        subject.check_everywhere(objects(depth).as_bytes());
        subject.check_everywhere(nested(depth).replacen("[]", "[}", 1).as_bytes());
        subject.check_everywhere(format!("[{},{}", objects(depth - 1), objects(depth - 1)).as_bytes());
    }
    for text in [nested(DEPTH_MAX + 1), objects(DEPTH_MAX + 1), nested(1_000_000), "[".repeat(1_000_000)] {
        let malformed = refused(text.as_bytes());
        assert_eq!(malformed.reason, Reason::Depth);
        assert_eq!(malformed.to_string(), format!("nested more than {DEPTH_MAX} levels deep"));
    }
}

#[test]
fn depth_is_counted_through_what_is_read_and_what_is_skipped() {
    let paths = [vec![key("a"); 60], vec![Step::Index(0); 60]];
    for depth in [DEPTH_MAX, DEPTH_MAX + 1] {
        for text in ["[".repeat(depth) + &"]".repeat(depth), "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)] {
            let mut reader = Reader::new(&ReadSet::new(paths.iter().cloned().zip(0..)));
            let read = reader.read(text.as_bytes(), 0..text.len(), Utf8::Known, Source::Line, &mut [Value::MISSING; 2]);
            assert_eq!(read.is_ok(), depth == DEPTH_MAX);
        }
    }
}

#[test]
fn a_path_may_lead_to_the_whole_to_a_prefix_and_twice_to_the_same() {
    let paths = [vec![], vec![key("a")], vec![key("a"), Step::Index(1)], vec![key("a")], vec![Step::Index(0)]];
    let mut reader = Reader::new(&ReadSet::new(paths.into_iter().zip(0..)));
    let text = r#" {"a":[1,{"b":2}]} "#;
    let found = slots(&mut reader, text, 5);
    assert_eq!(found, [Some(text.trim()), Some(r#"[1,{"b":2}]"#), Some(r#"{"b":2}"#), Some(r#"[1,{"b":2}]"#), None]);
}

#[test]
fn every_refusal_says_what_would_do_and_where() {
    for (text, offset, message) in [
        (&b""[..], 0, "expected a value, found the end"),
        (b"  ", 2, "expected a value, found the end"),
        (b"{", 1, "expected a name in double quotes, found the end"),
        (b"{\"a\":1,}", 7, "expected a name in double quotes, found `}`"),
        (b"{\"a\" 1}", 5, "expected `:`, found `1`"),
        (b"{\"a\":1 \"b\":2}", 7, "expected `,` or `}`, found `\"`"),
        (b"[1 2]", 3, "expected `,` or `]`, found `2`"),
        (b"[1}", 2, "expected `,` or `]`, found `}`"),
        (b"[1,]", 3, "expected a value, found `]`"),
        (b"[1", 2, "expected `,` or `]`, found the end"),
        (b"1 2", 2, "expected nothing after the value, found `2`"),
        (b"01", 1, "expected nothing after the value, found `1`"),
        (b"-", 1, "expected a digit, found the end"),
        (b"1.e", 2, "expected a digit, found `e`"),
        (b"nul", 0, "expected a value, found `n`"),
        (b"\xEF\xBB\xBF1", 0, "expected a value, found byte 0xEF"),
        (b"\"a", 2, "expected `\"` to close the string, found the end"),
        (b"\"a\tb\"", 2, "expected control characters in strings to be escaped, found byte 0x09"),
        (b"\"\\x\"", 2, "expected one of `\"\\/bfnrt` or `u` and four hexadecimal digits after `\\`, found `x`"),
        (b"\"\\u12G4\"", 5, "expected one of `\"\\/bfnrt` or `u` and four hexadecimal digits after `\\`, found `G`"),
        (b"\"\\uD800\"", 1, "half of a surrogate pair without the other half"),
        (b"\"\\uDC00\"", 1, "half of a surrogate pair without the other half"),
        (b"\"\xC3\"", 1, "not valid UTF-8"),
    ] {
        let malformed = refused(text);
        assert_eq!((malformed.offset, &*malformed.to_string()), (offset, message), "{}", String::from_utf8_lossy(text));
    }
}
