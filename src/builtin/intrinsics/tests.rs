use super::{ARGUMENT_BYTES_MAX, Call, INTRINSICS, intrinsic};
use crate::builtin::Random;
use crate::failure::ErrorName;

/// One row per call: function, arguments as one array, result; no result is a failure.
const CASES: &[(&str, &str, Option<&str>)] = &[
    ("States.Array", "[]", Some("[]")),
    ("States.Array", r#"[" ",null,1.1,{"a":[]}]"#, Some(r#"[" ",null,1.1,{"a":[]}]"#)),
    ("States.ArrayPartition", "[[],4]", Some("[]")),
    ("States.ArrayPartition", "[[0,1,2,3],3]", Some("[[0,1,2],[3]]")),
    ("States.ArrayPartition", "[[0,1],5]", Some("[[0,1]]")),
    ("States.ArrayPartition", "[[0,1],0]", None),
    ("States.ArrayPartition", "[[0,1],-1]", None),
    ("States.ArrayPartition", "[{},1]", None),
    ("States.ArrayContains", "[[],[]]", Some("false")),
    ("States.ArrayContains", "[[true,false],true]", Some("true")),
    ("States.ArrayContains", r#"[[{"a":1,"b":[]}],{"b":[],"a":1.0}]"#, Some("true")),
    ("States.ArrayContains", r#"["a","a"]"#, None),
    ("States.ArrayRange", "[0,10,3]", Some("[0,3,6,9]")),
    ("States.ArrayRange", "[1,9,2]", Some("[1,3,5,7,9]")),
    ("States.ArrayRange", "[3,1,-1]", Some("[3,2,1]")),
    ("States.ArrayRange", "[3,1,1]", Some("[]")),
    ("States.ArrayRange", "[2,2,5]", Some("[2]")),
    ("States.ArrayRange", "[1,1,0]", None),
    ("States.ArrayRange", "[1,1001,1]", None),
    ("States.ArrayRange", "[-9223372036854775808,9223372036854775807,1]", None),
    (
        "States.ArrayRange",
        "[-9223372036854775808,9223372036854775807,9223372036854775807]",
        Some("[-9223372036854775808,-1,9223372036854775806]"),
    ),
    ("States.ArrayGetItem", "[[1,2,3],0]", Some("1")),
    ("States.ArrayGetItem", r#"[[1,{"a":2}],1]"#, Some(r#"{"a":2}"#)),
    ("States.ArrayGetItem", "[[1,2,3],3]", None),
    ("States.ArrayGetItem", "[[1,2,3],-1]", None),
    ("States.ArrayLength", "[[1,[2,3],{}]]", Some("3")),
    ("States.ArrayLength", "[1]", None),
    (
        "States.ArrayUnique",
        r#"[[null,null,true,1,1.0,1.1,"a","\u0061",[],[],{"a":1,"b":2},{"b":2,"a":1}]]"#,
        Some(r#"[null,true,1,1.1,"a",[],{"a":1,"b":2}]"#),
    ),
    ("States.ArrayUnique", "[[1,2,1.0,{},3,4,5,6,7,8,9,2,{ },10,9e0]]", Some("[1,2,{},3,4,5,6,7,8,9,10]")),
    ("States.ArrayUnique", "[{}]", None),
    ("States.Base64Encode", r#"["Hello World"]"#, Some(r#""SGVsbG8gV29ybGQ=""#)),
    ("States.Base64Encode", "[1]", None),
    ("States.Base64Decode", r#"[""]"#, Some(r#""""#)),
    ("States.Base64Decode", r#"["RGF0YSB0byBlbmNvZGU="]"#, Some(r#""Data to encode""#)),
    ("States.Base64Decode", r#"["A"]"#, None),
    ("States.Hash", r#"["input data","SHA-1"]"#, Some(r#""aaff4a450a104cd177d28d18d74485e8cae074b7""#)),
    ("States.Hash", r#"["","MD5"]"#, Some(r#""d41d8cd98f00b204e9800998ecf8427e""#)),
    (
        "States.Hash",
        r#"["Hash this string","SHA-256"]"#,
        Some(r#""1cac63f39fd68d8c531f27b807610fb3d50f0fc3f186995767fb6316e7200a3e""#),
    ),
    (
        "States.Hash",
        r#"["input data","SHA-384"]"#,
        Some(r#""d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562""#),
    ),
    (
        "States.Hash",
        r#"["input data","SHA-512"]"#,
        Some(concat!(
            r#""6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce"#,
            r#"2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4""#
        )),
    ),
    ("States.Hash", r#"["x","CRC"]"#, None),
    ("States.JsonMerge", r#"[{"a":{"x":1},"b":2},{"a":{"y":3},"c":4},false]"#, Some(r#"{"a":{"y":3},"b":2,"c":4}"#)),
    ("States.JsonMerge", r#"[{ },{"c":4},false]"#, Some(r#"{"c":4}"#)),
    ("States.JsonMerge", "[{},{},false]", Some("{}")),
    ("States.JsonMerge", "[{},{},true]", None),
    ("States.JsonMerge", "[{},{},0]", None),
    ("States.JsonMerge", "[{},[],false]", None),
    ("States.StringToJson", r#"[" "]"#, Some("null")),
    ("States.StringToJson", r#"["null"]"#, Some("null")),
    ("States.StringToJson", r#"["1.10"]"#, Some("1.10")),
    ("States.StringToJson", r#"[" {\"a\" :\n [1, 2]} "]"#, Some(r#"{"a":[1,2]}"#)),
    ("States.StringToJson", r#"["{"]"#, None),
    ("States.StringToJson", r#"["1 2"]"#, None),
    ("States.StringToJson", "[1]", None),
    ("States.JsonToString", "[1.1]", Some(r#""1.1""#)),
    ("States.JsonToString", r#"["HelloWorld"]"#, Some(r#""\"HelloWorld\"""#)),
    ("States.JsonToString", r#"[{"test": "object"}]"#, Some(r#""{\"test\":\"object\"}""#)),
    ("States.JsonToString", "[]", None),
    ("States.MathRandom", "[5,6]", Some("5")),
    ("States.MathRandom", "[12.5,13.51,3]", Some("13")),
    ("States.MathRandom", "[5,5]", None),
    ("States.MathRandom", r#"["1",5]"#, None),
    ("States.MathAdd", "[-9,3]", Some("-6")),
    ("States.MathAdd", "[-9223372036854775808,0]", Some("-9223372036854775808")),
    ("States.MathAdd", "[9223372036854775806,1]", Some("9223372036854775807")),
    ("States.MathAdd", "[1.49,1.5]", Some("3")),
    ("States.MathAdd", "[1.5,1.51]", Some("4")),
    ("States.MathAdd", "[-1.49,-1.5]", Some("-2")),
    ("States.MathAdd", "[-1.5,-1.51]", Some("-3")),
    ("States.MathAdd", "[-0.5,0.5]", Some("1")),
    ("States.MathAdd", "[-2.5,0]", Some("-2")),
    ("States.MathAdd", "[0.49999999999999994,0]", Some("0")),
    ("States.MathAdd", "[9223372036854775807,1]", None),
    ("States.MathAdd", r#"["1",1]"#, None),
    ("States.StringSplit", r#"[" , ",","]"#, Some(r#"[" "," "]"#)),
    ("States.StringSplit", r#"[",,,,",","]"#, Some("[]")),
    ("States.StringSplit", r#"["This.is+a,test=string",".+,="]"#, Some(r#"["This","is","a","test","string"]"#)),
    ("States.StringSplit", r#"["a\nb","x"]"#, Some(r#"["a\nb"]"#)),
    ("States.StringSplit", r#"["ab",""]"#, Some(r#"["ab"]"#)),
    ("States.StringSplit", r#"[1,","]"#, None),
    ("States.Format", r#"["Hello"]"#, Some(r#""Hello""#)),
    ("States.Format", r#"["{} and {}.","a",null]"#, Some(r#""a and null.""#)),
    ("States.Format", r#"["{}{}",1.1,true]"#, Some(r#""1.1true""#)),
    ("States.Format", r#"["{}",{"Arg1":1,"Arg2":[]}]"#, Some(r#""{Arg1=1, Arg2=[]}""#)),
    ("States.Format", r#"["\\{\"title\": {}\\} \\\\ \\n { }","x"]"#, Some(r#""{\"title\": x} \\ \\n { }""#)),
    ("States.Format", r#"["{}"]"#, None),
    ("States.Format", r#"["{}",1,2]"#, None),
    ("States.Format", "[1]", None),
    ("States.UUID", "[1]", None),
];

fn call(name: &str, arguments: &[&[u8]]) -> Option<String> {
    let mut out = Vec::new();
    let mut call = Call { arguments, random: &mut Random::new(1), out: &mut out };
    match intrinsic(name).expect("named in the table").call(&mut call) {
        Ok(()) => Some(String::from_utf8(out).expect("JSON is UTF-8")),
        Err(failure) => {
            assert!(failure.is(ErrorName::IntrinsicFailure) && failure.cause.is_some_and(|cause| cause.contains(name)));
            None
        }
    }
}

#[test]
fn each_function_gives_what_is_recorded_or_documented() {
    for &(name, arguments, expected) in CASES {
        let text = arguments.as_bytes();
        let arguments: Vec<&[u8]> = crate::json::elements(text).map(|range| &text[range]).collect();
        assert_eq!(call(name, &arguments).as_deref(), expected, "{name} {}", String::from_utf8_lossy(text));
    }
}

#[test]
fn each_function_has_a_case_that_succeeds_and_one_that_fails() {
    for builtin in INTRINSICS {
        let told = |good| CASES.iter().any(|case| case.0 == builtin.name && case.2.is_some() == good);
        assert!(told(true) || builtin.name == "States.UUID", "{}", builtin.name);
        assert!(told(false) || builtin.name == "States.Array", "{}", builtin.name);
    }
}

#[test]
fn a_random_number_lies_between_its_bounds_and_follows_its_seed() {
    let bounds: [&[u8]; 3] = [b"-3", b"3", b"7"];
    let seeded = call("States.MathRandom", &bounds);
    assert_eq!(seeded, call("States.MathRandom", &bounds));
    let mut random = Random::new(1);
    for _ in 0..100 {
        let mut out = Vec::new();
        let mut call = Call { arguments: &bounds[..2], random: &mut random, out: &mut out };
        intrinsic("States.MathRandom").expect("a row").call(&mut call).expect("the bounds are good");
        let number: i64 = String::from_utf8(out).expect("digits").parse().expect("a number");
        assert!((-3..3).contains(&number));
    }
}

#[test]
fn a_uuid_is_a_string_of_36_characters() {
    assert_eq!(call("States.UUID", &[]).map(|uuid| uuid.len()), Some(38));
}

#[test]
fn texts_and_arguments_have_their_limits() {
    let text = |length| format!("\"{}\"", "ä".repeat(length));
    assert!(call("States.Base64Encode", &[text(10_000).as_bytes()]).is_some());
    assert!(call("States.Base64Encode", &[text(10_001).as_bytes()]).is_none());
    assert!(call("States.Hash", &[text(10_001).as_bytes(), b"\"MD5\""]).is_none());
    let large = text(ARGUMENT_BYTES_MAX / 4);
    assert!(call("States.Array", &[large.as_bytes()]).is_some());
    assert!(call("States.Array", &[large.as_bytes(); 3]).is_none());
}
