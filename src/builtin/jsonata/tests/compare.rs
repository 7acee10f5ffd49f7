//! Truth, equality and order.

use super::{constants, item, made};
use crate::builtin::jsonata::{Function, Heap, Item, boolean, equal, order};
use std::cmp::Ordering;

#[test]
fn what_is_empty_or_0_counts_as_false() {
    for (text, truth) in [
        ("true", true),
        ("false", false),
        ("null", false),
        ("0", false),
        ("-0.0", false),
        ("0.1", true),
        ("\"\"", false),
        ("\"0\"", true),
        ("{ }", false),
        (r#"{"a":null}"#, true),
        ("[ ]", false),
        ("[0]", false),
        ("[[0],[[]]]", false),
        ("[0,[1]]", true),
    ] {
        let mut heap = Heap::default();
        assert_eq!(boolean(&heap, item(text), constants(text)), truth, "{text}");
        let made = made(&mut heap, text);
        assert_eq!(boolean(&heap, made, constants("")), truth, "{text}");
    }
    assert!(!boolean(&Heap::default(), Item::Undefined, constants("")));
    assert!(!boolean(&Heap::default(), Item::number(f64::NAN), constants("")));
}

/// The values of an array's items as they stand, and made anew.
fn both_ways(heap: &mut Heap, text: &str) -> [[Item; 2]; 2] {
    let texts = constants(text);
    let pair = |heap: &Heap, item| [0, 1].map(|place| heap.nth(item, place, texts).expect("there are two"));
    let made = made(heap, text);
    [pair(heap, item(text)), pair(heap, made)]
}

#[test]
fn values_are_equal_wherever_they_lie() {
    for (text, expected) in [
        ("[1, 1.0]", true),
        ("[9007199254740992, 9007199254740993]", true),
        ("[0, -0]", true),
        (r#"["a\"", "\u0061\u0022"]"#, true),
        (r#"["\\u0061", "a"]"#, false),
        (r#"[[1,{"a":[]}], [1.0,{"\u0061":[ ]}]]"#, true),
        (r#"[{"a":1,"b":{"c":2}}, {"b":{"c":2},"a":1}]"#, true),
        (r#"[{"a":1,"a":2}, {"a":2}]"#, true),
        (r#"[{"a":1}, {"a":1,"b":1}]"#, false),
        (r#"[{"a":1}, {"b":1}]"#, false),
        ("[[1,2], [2,1]]", false),
        ("[[1], [1,1]]", false),
        ("[[1,1], [1]]", false),
        ("[[], {}]", false),
        ("[1, \"1\"]", false),
        ("[true, false]", false),
        ("[true, true]", true),
        ("[null, null]", true),
        ("[null, false]", false),
    ] {
        let mut heap = Heap::default();
        let [texts, values] = both_ways(&mut heap, text);
        for (left, right) in
            [(texts[0], texts[1]), (values[0], values[1]), (texts[0], values[1]), (values[1], texts[0])]
        {
            assert_eq!(equal(&heap, left, right, constants(text)), expected, "{text}");
        }
    }
}

#[test]
fn functions_are_equal_to_themselves() {
    let mut heap = Heap::default();
    let mut function = |row| heap.function(Function::Builtin(row)).expect("there is room");
    let (first, again, other) = (function(1), function(1), function(2));
    assert!(equal(&heap, first, again, constants("")));
    assert!(!equal(&heap, first, other, constants("")));
}

#[test]
fn strings_come_in_the_order_of_their_utf_16_units() {
    let strings =
        ["", "A", "Z", "a", "aa", "ab", "é", "\u{d7ff}", "\u{10000}", "😀", "\u{10ffff}", "\u{e000}", "\u{ffff}"];
    for (place, left) in strings.iter().enumerate() {
        for (other, right) in strings.iter().enumerate() {
            assert_eq!(order(left.as_bytes(), right.as_bytes()), place.cmp(&other), "{left} {right}");
            let units = left.encode_utf16().cmp(right.encode_utf16());
            assert_eq!(units, place.cmp(&other), "{left} {right}");
        }
    }
    assert_eq!(order(b"x", b"x"), Ordering::Equal);
}
