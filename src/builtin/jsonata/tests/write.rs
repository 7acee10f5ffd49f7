//! Values as JSON and as strings.

use super::{constants, described, item, made};
use crate::builtin::jsonata::{Function, Heap, Item, prettified, string, write};

#[track_caller]
fn check(text: &str, exact: &str, expected: &str) {
    let (mut heap, texts) = (Heap::default(), constants(text));
    let made = made(&mut heap, text);
    let mut out = Vec::new();
    write(&heap, made, texts, &mut out);
    assert_eq!(String::from_utf8_lossy(&out), exact, "the value {text}");
    for item in [item(text), made] {
        let mut out = b"before ".to_vec();
        assert_eq!(string(&heap, item, texts, &mut out), Ok(()));
        assert_eq!(String::from_utf8_lossy(&out), format!("before {expected}"), "{item:?} of {text}");
    }
}

#[test]
fn strings_are_compact_and_their_numbers_rounded() {
    for (text, exact, expected) in [
        ("\"a\\n\\u0041\"", "\"a\\nA\"", "a\nA"),
        ("true", "true", "true"),
        ("null", "null", "null"),
        ("1.10", "1.1", "1.1"),
        ("-0", "0", "0"),
        ("0.30000000000000004", "0.30000000000000004", "0.3"),
        ("123456789012345680000", "123456789012345680000", "123456789012346000000"),
        ("1e21", "1e+21", "1e+21"),
        ("[ 1 , 2.50, -0, 1E2, 0.0000001, 0.000001 ]", "[1,2.5,0,100,1e-7,0.000001]", "[1,2.5,0,100,1e-7,0.000001]"),
        (
            r#"{ "\u0061/\/" : [ { } , [ ] ], "b":"\u00e9\t\b\u001f\u007f\"\\" }"#,
            "{\"a//\":[{},[]],\"b\":\"é\\t\\b\\u001f\u{7f}\\\"\\\\\"}",
            "{\"a//\":[{},[]],\"b\":\"é\\t\\b\\u001f\u{7f}\\\"\\\\\"}",
        ),
        (r#"["\\/","\\u0041"]"#, r#"["\\/","\\u0041"]"#, r#"["\\/","\\u0041"]"#),
    ] {
        check(text, exact, expected);
    }
}

#[test]
fn numbers_in_texts_are_as_numbers_that_were_made() {
    let mut numbers = vec!["0.1234567890123", "1234567890.12345", "123456789012345", "1234567890123456", "0.00000012"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for whole in ["0", "7", "10", "999999", "123456789012345"] {
        for fraction in ["", ".0", ".5", ".25", ".000001", ".0000001", ".10", ".123456789", ".999999999999999"] {
            for exponent in ["", "e0", "E5", "e-9", "e+20"] {
                numbers.extend(["", "-"].map(|sign| format!("{sign}{whole}{fraction}{exponent}")));
            }
        }
    }
    for number in numbers {
        let (heap, texts) = (Heap::default(), constants(&number));
        let (mut from_text, mut from_value) = (Vec::new(), Vec::new());
        let value = Item::number(number.parse().expect("a number"));
        assert!(string(&heap, item(&number), texts, &mut from_text).is_ok());
        assert!(string(&heap, value, texts, &mut from_value).is_ok());
        assert_eq!(String::from_utf8_lossy(&from_text), String::from_utf8_lossy(&from_value), "{number}");
    }
}

#[test]
fn texts_are_written_as_they_stand() {
    let text = r#"{ "a" : 1.10, "\u0061": [ ] }"#;
    let mut out = Vec::new();
    write(&Heap::default(), item(text), constants(text), &mut out);
    assert_eq!(out, text.as_bytes());
}

#[test]
fn many_lines_are_indented_by_two() {
    let text = r#"{"a":[1.0,{}],"b":[],"c":{"d":"x"}}"#;
    let pretty = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": {\n    \"d\": \"x\"\n  }\n}";
    let mut heap = Heap::default();
    for item in [item(text), made(&mut heap, text)] {
        let mut out = Vec::new();
        assert_eq!(prettified(&heap, item, constants(text), &mut out), Ok(()));
        assert_eq!(String::from_utf8_lossy(&out), pretty);
    }
}

#[test]
fn functions_are_empty_and_members_without_value_absent() {
    let mut heap = Heap::default();
    let function = heap.function(Function::Builtin(0)).expect("there is room");
    let (name, other) = (heap.string(b"a").expect("there is room"), heap.string(b"b").expect("there is room"));
    let object = heap.object();
    heap.add(object, name, Item::Undefined).expect("there is room");
    heap.add(object, other, function).expect("there is room");
    let array = heap.array_of(&[Item::Object(object), Item::Undefined], Default::default()).expect("there is room");
    for (item, expected) in [(Item::Array(array), r#"[{"b":""},null]"#), (function, ""), (Item::Undefined, "")] {
        let mut out = Vec::new();
        assert_eq!(string(&heap, item, constants(""), &mut out), Ok(()));
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}

#[test]
fn what_is_no_json_number_is_a_fault() {
    let mut heap = Heap::default();
    let infinite = Item::number(f64::INFINITY);
    let array = Item::Array(heap.array_of(&[infinite], Default::default()).expect("there is room"));
    for (item, text, code) in [
        (infinite, "", "D3001 value=null"),
        (Item::number(f64::NAN), "", "D3001 value=null"),
        (array, "", "D1001 value=null"),
        (item("[1e999]"), "[1e999]", "D1001 value=null"),
    ] {
        let fault = string(&heap, item, constants(text), &mut Vec::new()).expect_err("it cannot be written");
        assert_eq!(described(&fault), code);
    }
    let mut out = Vec::new();
    write(&heap, array, constants(""), &mut out);
    assert_eq!(out, b"[\"Infinity\"]");
}
