//! The functions over arrays and objects.

use super::{NOTHING, call, check, constants, described, made, shown};
use crate::builtin::jsonata::{Function, Heap, Item};

#[test]
fn numbers_are_added_up() {
    check("sum", "[[1, 2.5, 3]]", "6.5");
    check("sum", "[[]]", "0");
    check("sum", r#"["nothing"]"#, "undefined");
    check("average", "[[1, 2]]", "1.5");
    check("average", "[[]]", "undefined");
    check("average", r#"["nothing"]"#, "undefined");
    check("max", "[[1, 3e0, 2]]", "3");
    check("max", "[[]]", "undefined");
    check("min", "[[1, -3, 2]]", "-3");
    check("min", r#"["nothing"]"#, "undefined");
    check("count", "[[1, [2, 3], {}]]", "3");
    check("count", r#"["nothing"]"#, "0");
}

#[test]
fn arrays_are_joined_and_single_values_with_them() {
    check("append", "[[1, 2], [3]]", "[1,2,3]");
    check("append", "[1, 2]", "[1,2]");
    check("append", "[[], 1]", "[1]");
    check("append", "[[[1]], []]", "[[1]]");
    check("append", r#"[[1], "nothing"]"#, "[1]");
    check("append", r#"["nothing", 1]"#, "1");
    check("append", r#"["nothing", "nothing"]"#, "undefined");
}

#[test]
fn what_is_appended_to_stays_as_it_is() {
    let (mut heap, texts) = (Heap::default(), constants(""));
    let first = made(&mut heap, "[1, 2]");
    let mut longer = first;
    for number in 3..10 {
        longer = call(&mut heap, "append", &[longer, Item::number(f64::from(number))], texts).expect("there is room");
    }
    let other = call(&mut heap, "append", &[first, Item::Null], texts).expect("there is room");
    assert_eq!(shown(&heap, first, texts), "[1,2]");
    assert_eq!(shown(&heap, longer, texts), "[1,2,3,4,5,6,7,8,9]");
    assert_eq!(shown(&heap, other, texts), "[1,2,null]");
}

#[test]
fn appending_one_by_one_takes_linear_room() {
    let (mut heap, texts) = (Heap::default(), constants(""));
    let mut array = Item::Undefined;
    for number in 0..100_000 {
        array = call(&mut heap, "append", &[array, Item::number(f64::from(number))], texts).expect("there is room");
    }
    assert_eq!(heap.count(array, texts), 100_000);
}

#[test]
fn arrays_are_turned_and_mixed() {
    check("reverse", "[[1, 2, [3,4]]]", "[[3,4],2,1]");
    check("reverse", "[[1]]", "[1]");
    check("reverse", r#"["nothing"]"#, "undefined");
    check("shuffle", "[[1]]", "[1]");
    check("shuffle", "[[1, 1, 1]]", "[1,1,1]");
    check("shuffle", r#"["nothing"]"#, "undefined");
    let (mut heap, texts) = (Heap::default(), constants(""));
    let array = made(&mut heap, "[1, 2, 3, 4, 5, 6, 7, 8, 9]");
    let shuffled = call(&mut heap, "shuffle", &[array], texts).expect("there is room");
    let sum = call(&mut heap, "sum", &[shuffled], texts);
    assert_eq!(sum, Ok(Item::number(45.0)));
    assert_ne!(shown(&heap, shuffled, texts), shown(&heap, array, texts));
}

#[test]
fn rows_are_made_of_columns() {
    check("zip", "[[1, 2, 3], [4, 5], [7, 8, 9]]", "[[1,4,7],[2,5,8]]");
    check("zip", "[[1]]", "[[1]]");
    check("zip", r#"[[1], [{"a":1}]]"#, r#"[[1,{"a":1}]]"#);
    check("zip", r#"["nothing", [1]]"#, "[]");
}

#[test]
fn each_value_stays_once() {
    check("distinct", r#"[[1, "1", 1.0, true, null, null, "\u0031"]]"#, r#"[1,"1",true,null]"#);
    check("distinct", r#"[[{"a":1,"b":2},{"b":2,"a":1},[1],[1e0],[]]]"#, r#"[{"a":1,"b":2},[1],[]]"#);
    check("distinct", "[[1]]", "[1]");
    check("distinct", r#"["x"]"#, r#""x""#);
    check("distinct", r#"["nothing"]"#, "undefined");
    let (mut heap, texts) = (Heap::default(), constants(""));
    let values = heap.sequence();
    for number in [1.0, 2.0, 1.0, -0.0, 0.0] {
        heap.push(values, Item::number(number)).expect("there is room");
    }
    let distinct = call(&mut heap, "distinct", &[Item::Array(values)], texts).expect("there is room");
    assert_eq!(shown(&heap, distinct, texts), "~[1,2,0]");
}

#[test]
fn arrays_are_cut_into_pieces() {
    check("partition", "[[1, 2, 3, 4], 3]", "[[1,2,3],[4]]");
    check("partition", "[[0], 5]", "[[0]]");
    check("partition", "[[1, 2], 1.9]", "[[1],[2]]");
    check("partition", "[[1,2]]", "[[1,2]]");
    check("partition", r#"[[], "nothing"]"#, "[[]]");
    check("partition", "[[], 5]", "undefined");
    check("partition", "[[1], 0]", "undefined");
    check("partition", "[[1], -0.5]", "undefined");
    check("partition", r#"["nothing", 5]"#, "undefined");
    check("partition", "[[1], -1]", "D3137");
    check("partition", "[3, 5]", "T0412 value=3 index=1");
}

#[test]
fn ranges_do_not_go_beyond_their_end() {
    check("range", "[1, 9, 2]", "~[1,3,5,7,9]");
    check("range", "[1, 9, 9]", "~[1]");
    check("range", "[5, 1, -1.5]", "~[5,4,3,2,1]");
    check("range", "[1, 3, -1]", "~[]");
    check("range", "[-1.7, 2.9, 1]", "~[-1,0,1,2]");
    check("range", "[1, 2, 0.49]", "undefined");
    check("range", "[1, 1, 0]", "undefined");
    check("range", "[1, 2]", "undefined");
    check("range", "[1, 360146, 1]", "U1001");
    check("range", "[1, 1e999, 1]", "U1001");
    check("range", r#"[1, "nothing", 1]"#, "undefined");
}

#[test]
fn names_come_in_order_and_once() {
    check("keys", r#"[{"b":1,"a":2}]"#, r#"~["b","a"]"#);
    check("keys", r#"[[{"a":1},[{"b":2,"\u0061":3}],4]]"#, r#"~["a","b"]"#);
    check("keys", r#"[{"a":1,"a":2}]"#, r#"~["a"]"#);
    check("keys", "[{}]", "~[]");
    check("keys", r#"["abc"]"#, "~[]");
    check("keys", r#"["nothing"]"#, "~[]");
}

#[test]
fn members_are_looked_up() {
    check("lookup", r#"[{"a":[1],"b":null}, "a"]"#, "[1]");
    check("lookup", r#"[{"a":[1],"b":null}, "b"]"#, "null");
    check("lookup", r#"[{"a":1}, "x"]"#, "undefined");
    check("lookup", r#"[[{"a":[1,2]},[{"a":[[3]]}],{"b":4},5], "a"]"#, "~[1,2,[3]]");
    check("lookup", r#"[[{"b":4}], "a"]"#, "~[]");
    check("lookup", r#"["text", "length"]"#, "undefined");
    check("lookup", r#"["nothing", "a"]"#, "undefined");
    check("lookup", r#"[{"a":1}, "nothing"]"#, "undefined");
}

#[test]
fn objects_are_spread() {
    check("spread", r#"[{"a":1,"b":[2]}]"#, r#"~[{"a":1},{"b":[2]}]"#);
    check("spread", r#"[[{"a":1,"b":2},3,[{"c":4}]]]"#, r#"[{"a":1},{"b":2},3,{"c":4}]"#);
    check("spread", "[[]]", "~[]");
    check("spread", "[[[]]]", "[]");
    check("spread", "[{}]", "~[]");
    check("spread", r#"["x"]"#, r#""x""#);
    check("spread", "[null]", "null");
    check("spread", r#"["nothing"]"#, "undefined");
}

#[test]
fn objects_are_merged_and_the_last_of_equal_names_counts() {
    check("merge", r#"[[{"a":1},{"b":2},{"\u0061":3}]]"#, r#"{"a":3,"b":2}"#);
    check("merge", "[[]]", "{}");
    check("merge", r#"["nothing"]"#, "undefined");
    let many: Vec<String> = (0..1000).map(|number| format!("{{\"k{}\":{number}}}", number % 300)).collect();
    let merged: Vec<String> =
        (0..300).map(|number| format!("\"k{number}\":{}", number + if number < 100 { 900 } else { 600 })).collect();
    check("merge", &format!("[[{}]]", many.join(",")), &format!("{{{}}}", merged.join(",")));
}

#[test]
fn clones_are_rounded() {
    check("clone", r#"[{"a":[1.0000000000000001, "x", {}]}]"#, r#"{"a":[1,"x",{}]}"#);
    check("clone", r#"[{"a":0.10000000000000001,"a":2}]"#, r#"{"a":2}"#);
    check("clone", "[[1,2]]", "[1,2]");
    check("clone", r#"["nothing"]"#, "undefined");
}

#[test]
fn texts_are_parsed() {
    check(
        "parse",
        r#"[" {\"a\": [1, -0, true, null, \"\\u0041\"], \"b\":1e2} "]"#,
        r#"{"a":[1,0,true,null,"A"],"b":100}"#,
    );
    check("parse", r#"["1.1"]"#, "1.1");
    check("parse", r#"["nothing"]"#, "undefined");
    for text in ["", " ", "{", "1 2", "{\\\"a\\\":1,\\\"a\\\":2}", "1e400"] {
        check("parse", &format!("[\"{text}\"]"), "D3137");
    }
    let deep = format!("\"{}{}\"", "[".repeat(450), "]".repeat(450));
    check("parse", &format!("[{deep}]"), "U1001");
}

#[test]
fn types_have_names() {
    for (value, name) in
        [("null", "null"), ("1", "number"), ("true", "boolean"), ("\"\"", "string"), ("[]", "array"), ("{}", "object")]
    {
        check("type", &format!("[{value}]"), &format!("\"{name}\""));
    }
    check("type", &format!("[{NOTHING}]"), "undefined");
    check("exists", "[null]", "true");
    check("exists", &format!("[{NOTHING}]"), "false");
}

#[test]
fn a_function_counts_as_false_only_as_an_argument() {
    let (mut heap, texts) = (Heap::default(), constants(""));
    let function = heap.function(Function::Builtin(0)).expect("there is room");
    assert_eq!(call(&mut heap, "boolean", &[function], texts), Ok(Item::False));
    assert_eq!(call(&mut heap, "not", &[function], texts), Ok(Item::True));
    let array = heap.array_of(&[function], Default::default()).expect("there is room");
    assert_eq!(call(&mut heap, "boolean", &[Item::Array(array)], texts), Ok(Item::True));
    assert_eq!(call(&mut heap, "boolean", &[Item::Undefined], texts), Ok(Item::Undefined));
    assert_eq!(call(&mut heap, "not", &[Item::Null], texts), Ok(Item::True));
    let kind = call(&mut heap, "type", &[function], texts).expect("there is room");
    assert_eq!(shown(&heap, kind, texts), "\"function\"");
    assert_eq!(call(&mut heap, "spread", &[function], texts), Ok(function));
}

#[test]
fn complaints_bring_their_own_text() {
    let (mut heap, texts) = (Heap::default(), constants(""));
    let text = heap.string(b"too late").expect("there is room");
    let empty = heap.string(b"").expect("there is room");
    for (name, arguments, code, message) in [
        ("error", &[text][..], "D3137", "too late"),
        ("error", &[empty], "D3137", "$error() function evaluated"),
        ("error", &[], "D3137", "$error() function evaluated"),
        ("assert", &[Item::False, text], "D3141", "too late"),
        ("assert", &[Item::Undefined], "D3141", "$assert() statement failed"),
    ] {
        let fault = call(&mut heap, name, arguments, texts).expect_err("it complains");
        assert_eq!((described(&fault).as_str(), &*fault.message()), (code, message));
    }
    assert_eq!(call(&mut heap, "assert", &[Item::True, text], texts), Ok(Item::Undefined));
}

#[test]
fn what_shares_its_parts_cannot_grow_without_end() {
    let (mut heap, texts) = (Heap::default(), constants(""));
    let mut value = made(&mut heap, "[\"some text\"]");
    let fault = loop {
        match heap.array_of(&[value, value], Default::default()) {
            Ok(array) => value = Item::Array(array),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.message(), "Expression evaluation memory limit exceeded");
    let other = call(&mut heap, "reverse", &[value], texts).expect("there is room");
    assert!(crate::builtin::jsonata::equal(&heap, value, other, texts));
}
