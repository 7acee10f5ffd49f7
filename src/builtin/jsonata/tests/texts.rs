//! The functions over strings, numbers and moments.

use super::{check, constants, described, item, shown};
use crate::builtin::jsonata::{BUILTINS, Call, Function, Heap, Item, Outcome, Regex, Work, builtin};
use crate::builtin::random::Random;

#[test]
fn anything_becomes_a_string() {
    check("string", r#"["a"]"#, r#""a""#);
    check("string", "[5]", r#""5""#);
    check("string", "[0.30000000000000004]", r#""0.3""#);
    check("string", r#"[{"a":[1,"x"]}]"#, r#""{\"a\":[1,\"x\"]}""#);
    check("string", r#"[{"a":1}, true]"#, r#""{\n  \"a\": 1\n}""#);
    check("string", r#"["nothing"]"#, "undefined");
}

#[test]
fn parts_of_strings_are_found() {
    check("substring", r#"["hello", 1.9, 2.9]"#, r#""el""#);
    check("substring", r#"["h\u00e9llo", -4]"#, r#""éllo""#);
    check("substring", r#"["hello", 1, 0]"#, r#""""#);
    check("substring", r#"["nothing", 1]"#, "undefined");
    check("substringBefore", r#"["hello", "l"]"#, r#""he""#);
    check("substringBefore", r#"["hello", "nothing"]"#, r#""hello""#);
    check("substringAfter", r#"["hello", "l"]"#, r#""lo""#);
    check("substringAfter", r#"["hello", "x"]"#, r#""hello""#);
    check("length", r#"["😀\u00e9"]"#, "2");
    check("length", r#"["nothing"]"#, "undefined");
}

#[test]
fn strings_change_their_form() {
    check("lowercase", r#"["AbÉ"]"#, r#""abé""#);
    check("uppercase", r#"["straße"]"#, r#""STRASSE""#);
    check("trim", r#"["  a \n b "]"#, r#""a b""#);
    check("pad", r#"["foo", -5.7, "+"]"#, r#""++foo""#);
    check("pad", r#"["foo", 4]"#, r#""foo ""#);
    check("pad", r#"["foo", 1e300]"#, "U1001");
    check("join", r#"[["a", "b", "c"], "-"]"#, r#""a-b-c""#);
    check("join", r#"[[]]"#, r#""""#);
    check("join", r#"["nothing", "-"]"#, "undefined");
    check("base64encode", r#"["hello"]"#, r#""aGVsbG8=""#);
    check("base64decode", r#"["aGVsbG8="]"#, r#""hello""#);
    check("encodeUrl", r#"["a b/?"]"#, r#""a%20b/?""#);
    check("encodeUrlComponent", r#"["a b/?"]"#, r#""a%20b%2F%3F""#);
    check("decodeUrl", r#"["a%20b"]"#, r#""a b""#);
    check("decodeUrlComponent", r#"["%E0"]"#, r#"D3140 value="%E0" functionName="decodeUrlComponent""#);
    check("hash", r#"["Hello", "MD5"]"#, r#""8b1a9953c4611296a827abf8c47804d7""#);
    check("hash", r#"["Hello"]"#, "undefined");
    check("hash", r#"["Hello", "md5"]"#, "D3137");
}

#[test]
fn joining_does_not_exceed_memory() {
    let long = "x".repeat(1 << 20);
    check("join", &format!("[[{}\"\"], \"{long}\"]", "\"\",".repeat(200)), "U1001");
}

#[test]
fn numbers_are_worked_out() {
    check("number", r#"["-1.5e1"]"#, "-15");
    check("number", "[true]", "1");
    check("number", "[7]", "7");
    check("number", r#"["x"]"#, r#"D3030 value="x" index=1"#);
    check("abs", "[-3]", "3");
    check("floor", "[-1.5]", "-2");
    check("ceil", "[-0.5]", "0");
    check("round", "[2.5]", "2");
    check("round", "[4.525, 2.9]", "4.52");
    check("sqrt", "[16]", "4");
    check("sqrt", "[-1]", "D3060 value=-1 index=1");
    check("power", "[2, 10]", "1024");
    check("power", "[2, 1024]", "D3061 value=2 exp=1024 index=1");
    check("random", "[42]", "0.7275636800328681");
    for name in ["number", "abs", "floor", "ceil", "round", "sqrt", "power"] {
        check(name, r#"["nothing", 1]"#, "undefined");
    }
}

#[test]
fn numbers_are_formatted_and_read() {
    check("formatNumber", r##"[1234.5, "#,##0.00"]"##, r#""1,234.50""#);
    check(
        "formatNumber",
        r##"[1234.5, "#.##0,00", {"decimal-separator":",","grouping-separator":"."}]"##,
        r#""1.234,50""#,
    );
    check("formatNumber", r#"[1, "nothing"]"#, "T0410 value= index=2");
    check("formatBase", "[255, 16]", r#""ff""#);
    check("formatBase", "[255]", r#""255""#);
    check("formatBase", "[255, 1]", "D3100 value=1");
    check("formatInteger", r#"[5, "w"]"#, r#""five""#);
    check("parseInteger", r#"["five", "w"]"#, "5");
    for name in ["formatNumber", "formatBase", "formatInteger", "parseInteger"] {
        check(name, r#"["nothing", "0"]"#, "undefined");
    }
}

#[test]
fn moments_are_written_and_read() {
    check("now", "[]", r#""2017-07-14T02:40:00.000Z""#);
    check("now", r#"["[H01]:[m01] [z]", "+0200"]"#, r#""04:40 GMT+02:00""#);
    check("millis", "[]", "1500000000000");
    check("fromMillis", "[0]", r#""1970-01-01T00:00:00.000Z""#);
    check("fromMillis", r#"["nothing"]"#, "undefined");
    check("toMillis", r#"["1970-01-01T00:00:01Z"]"#, "1000");
    check("toMillis", r#"["2018", "[Y]"]"#, "1514764800000");
    check("toMillis", r#"["x"]"#, r#"D3110 value="x""#);
    check("toMillis", r#"["nothing"]"#, "undefined");
}

#[test]
fn a_uuid_is_a_string() {
    let mut heap = Heap::default();
    let uuid = super::call(&mut heap, "uuid", &[], constants("")).expect("there is room");
    assert_eq!(heap.bytes(uuid, constants("")).len(), 36);
}

#[test]
fn texts_are_looked_for_and_replaced() {
    check("contains", r#"["abc", "b"]"#, "true");
    check("contains", r#"["abc", ""]"#, "true");
    check("contains", r#"["nothing", "b"]"#, "undefined");
    check("contains", r#"["abc", "nothing"]"#, "T0410 value= index=2");
    check("split", r#"["a, b, c", ", ", 2.9]"#, r#"["a","b"]"#);
    check("split", r#"["a\u00e9b", ""]"#, r#"["a","é","b"]"#);
    check("split", r#"["a,b", ",", -1]"#, "D3020 value=-1 index=3");
    check("split", r#"["nothing", ","]"#, "undefined");
    check("replace", r#"["abab", "a", "$0x"]"#, r#""$0xb$0xb""#);
    check("replace", r#"["abab", "a", "x", 1]"#, r#""xbab""#);
    check("replace", r#"["abab", "z", "x"]"#, r#""abab""#);
    check("replace", r#"["abab", "", "x"]"#, r#"D3010 value="" index=2"#);
    check("replace", r#"["abab", "a", "x", -1]"#, "D3011 value=-1 index=4");
    check("replace", r#"["nothing", "a", "x"]"#, "undefined");
}

/// Calls with the regular expression as the second argument.
fn with_regex(heap: &mut Heap, name: &str, text: &str, pattern: &str, rest: &[Item]) -> Outcome<Item> {
    let regexes = [Regex::new(pattern, "").expect("a regular expression")];
    let regex = heap.function(Function::Regex(0)).expect("there is room");
    let row = builtin(name).expect("the function is in the table");
    let Work::Either(work, _) = BUILTINS[row as usize].work else { panic!("{name} knows no functions") };
    let arguments = [&[item(text), regex], rest].concat();
    let mut random = Random::new(1);
    let texts = constants(text);
    work(&mut Call { arguments: &arguments, heap, texts, regexes: &regexes, random: &mut random, now_ms: 0 })
}

#[test]
fn regular_expressions_match() {
    let (number, negative) = (Item::number(1.9), Item::number(-1.0));
    for (name, text, pattern, rest, expected) in [
        ("contains", r#""abc""#, "b+", &[][..], "true"),
        ("contains", r#""abc""#, "x", &[], "false"),
        ("split", r#""a1b22c""#, "[0-9]+", &[], r#"["a","b","c"]"#),
        ("split", r#""a1b22c""#, "[0-9]+", &[number], r#"["a"]"#),
        ("split", r#""a1""#, "x", &[negative], "D3020 value=-1 index=3"),
        (
            "match",
            r#""a\u00e9😀a""#,
            "a(x)?(.)?",
            &[],
            r#"~[{"match":"aé","index":0,"groups":[null,"é"]},{"match":"a","index":4,"groups":[null,null]}]"#,
        ),
        ("match", r#""aaa""#, "a", &[number], r#"~[{"match":"a","index":0,"groups":[]}]"#),
        ("match", r#""aaa""#, "a", &[Item::number(0.5)], "~[]"),
        ("match", r#""aaa""#, "a", &[negative], "D3040 value=-1 index=3"),
        ("match", r#""aaa""#, "x*", &[], r#"D1004 value="x*""#),
    ] {
        let mut heap = Heap::default();
        let result = with_regex(&mut heap, name, text, pattern, rest);
        let result = result.map_or_else(|fault| described(&fault), |result| shown(&heap, result, constants(text)));
        assert_eq!(result, expected, "{name} {text} {pattern}");
    }
}

#[test]
fn what_regular_expressions_match_is_replaced() {
    let mut heap = Heap::default();
    let replacement = heap.string(b"$2, $1").expect("there is room");
    let text = r#""John Smith""#;
    let replaced = with_regex(&mut heap, "replace", text, r"(\w+)\s(\w+)", &[replacement]).expect("it matches");
    assert_eq!(shown(&heap, replaced, constants(text)), r#""Smith, John""#);
    let limit = Item::number(-1.0);
    let fault = with_regex(&mut heap, "replace", text, "o", &[replacement, limit]).expect_err("the limit is negative");
    assert_eq!(described(&fault), "D3011 value=-1 index=4");
}
