use super::{Scope, evaluate};
use crate::builtin::{INTRINSICS, Random};
use crate::query::parse_expression;

const SCOPE: Scope<'_> = Scope {
    input: br#"{"a":{"b":[1,2,3]},"text":"x/y","n":1.49}"#,
    context: br#"{"Execution":{"Name":"one"}}"#,
    variables: br#"{"list":[1,1,"a"],"name":"John"}"#,
};

/// The value, or the failure's error name and cause.
fn value(text: &str) -> String {
    let expression = parse_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut out = Vec::new();
    match evaluate(&expression, &SCOPE, &mut Random::new(1), &mut out) {
        Ok(()) => String::from_utf8(out).expect("JSON is UTF-8"),
        Err(failure) => format!("{}: {}", failure.error.unwrap_or_default(), failure.cause.unwrap_or_default()),
    }
}

#[test]
fn paths_and_functions_have_values() {
    for (text, expected) in [
        ("$.a.b[1]", "2"),
        ("$.a.b[1:]", "[2,3]"),
        ("$..no", "[]"),
        ("$$.Execution.Name", "\"one\""),
        ("$list[2]", "\"a\""),
        ("States.ArrayUnique($list)", r#"[1,"a"]"#),
        ("States.Format('{} {}', $name, States.MathAdd($.n, $.a.b[2]))", "\"John 4\""),
        ("States.ArrayGetItem(States.StringSplit($.text, '/'), 1)", "\"y\""),
        ("States.Array()", "[]"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_found_or_done_is_said() {
    for (text, expected) in [
        ("$.no", "States.ParameterPathFailure: The path $['no'] finds nothing. No results for path: $['no']"),
        ("$no.a", "States.ParameterPathFailure: There is no variable $no."),
        (
            "States.ArrayGetItem($list, 9)",
            "States.IntrinsicFailure: The function 'States.ArrayGetItem' failed: \
             there is no item 9 in an array of 3, counted from 0.",
        ),
        (
            "States.StringSplit($list, ',')",
            "States.IntrinsicFailure: The function 'States.StringSplit' failed: \
             argument 1 must be a string, but is an array.",
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn nested_calls_cannot_build_anything_large() {
    let twice = |depth: usize| (0..depth).fold("$".to_owned(), |inner, _| format!("States.Array({inner},{inner})"));
    assert!(value(&twice(9)).len() < 100_000);
    let quoted = (0..9).fold("$".to_owned(), |inner, _| format!("States.JsonToString({inner})"));
    let wide = format!("States.Array({})", vec![quoted; 1000].join(","));
    assert!(value(&wide).starts_with("States.IntrinsicFailure"));
}

#[test]
fn no_arguments_make_a_function_panic() {
    const ARGUMENTS: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1e400",
        "-1e400",
        "9223372036854775807",
        "-9223372036854775808",
        "0.5",
        "''",
        "'{}'",
        "'MD5'",
        r"'a\\\'b'",
        "'ä{}'",
        "$",
        "$.a",
        "$.a.b",
        "$list",
        "$name",
        "$..*",
        "States.UUID()",
    ];
    let mut random = Random::new(5);
    let mut values = 0;
    for round in 0..20_000 {
        let builtin = &INTRINSICS[round % INTRINSICS.len()];
        let count = builtin.arity.least + random.below(2) as usize;
        let arguments: Vec<&str> =
            (0..count).map(|_| ARGUMENTS[random.below(ARGUMENTS.len() as u64) as usize]).collect();
        let text = format!("{}({})", builtin.name, arguments.join(","));
        let Ok(expression) = parse_expression(&text) else { continue };
        let mut out = Vec::new();
        if evaluate(&expression, &SCOPE, &mut random, &mut out).is_ok() {
            values += 1;
            let result = std::str::from_utf8(&out).expect("JSON is UTF-8");
            serde_json::from_str::<serde_json::Value>(result).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
    assert!(values > 1000, "{values}");
}
