//! JSONata expressions that `tests/differential/jsonata/run` once found wrong, each in its least form.

use expressway::jsonata::{Error, Expression, Given};

/// Expression, input, and the value, nothing, or the code of a fault: the reference's, but for circles of objects, for `$sift`
/// without a function and for words of what is no number, where it crashes.
const CASES: &[(&str, &str, &str)] = &[
    // The input as a whole, also where it is an array.
    ("a", r#"[{"a":[4]}]"#, "4"),
    ("$.a", r#"[{"a":[4]}]"#, "[4]"),
    ("m", r#"[{"m":[]}]"#, ""),
    ("(λ(){$$}; [$])", "0", "[0]"),
    // Arrays that are constructed in front of a path, and in it.
    ("[].a", "1", "[]"),
    ("[a].n", "{}", "[]"),
    ("[$].m", r#"{"m":[]}"#, "[]"),
    ("[[1, 4][[0..2]]]", "0", "[[1,4]]"),
    ("$.[a, a].l.%.s", r#"{"a":{"s":"12","l":"abc"}}"#, r#"["12","12","12","12"]"#),
    ("a.[{\"b\": s}, 1]^($)", r#"{"a":1}"#, r#"[{},1]"#),
    // `[]` keeps what a number picks in an array.
    ("$$[1][]", "[1,5]", "[5]"),
    ("*[1][]", r#"{"c":"true","n":1}"#, "[1]"),
    ("*", r#"{"o":1,"m":[]}"#, "[1]"),
    // Sorting.
    ("[1]^(1)", "3", "1"),
    ("[3, 1]^($).$", "0", "[1,3]"),
    ("l^(n)", r#"{"l":[]}"#, ""),
    ("o^(3 - $)", r#"{"o":null}"#, "null"),
    (
        "**^(s, a)",
        r#"{"b":true,"c":{"a":0,"n":2,"o":{"a":{"b":3,"s":"abc","o":1,"m":0},"b":"A","l":"12"},"m":[[false,2],[null,null]]},"n":1,"o":0}"#,
        "T2008",
    ),
    ("**^(s, <$)", r#"{"c":null,"o":{"a":"u","b":5},"s":[1,"a",true,{}]}"#, "T2008"),
    // What is not finite is a value, but no operand.
    ("1 / 0", "0", "\"Infinity\""),
    ("1 / (1 / 0)", "0", "D1001"),
    ("0 / 0 + 1", "0", "T2001"),
    ("$formatInteger(0 / 0, \"w\")", "0", "D1001"),
    ("$power(1, missing)", "0", "D3061"),
    // The caller's context stands in for arguments, also of functions in variables; in chains there is none.
    ("($f := $boolean; $f())", "5", "true"),
    ("1 ~> $power", "0", "T0411"),
    ("missing ~> ($formatNumber ~> $string)", "5", "T0411"),
    ("($g := ($count ~> λ($p){$p + $p}); $g())", "1", "0"),
    // Functions that are missing, or not called.
    ("$sift({\"a\": 1})", "0", "T0410"),
    ("$replace(\"ab\", \"x\", $string)", "0", "\"ab\""),
    ("$replace(\"ab\", \"\", $string)", "0", "D3010"),
    ("$replace(\"c\", /x/, \"y\", -0.5)", "0", "D3011"),
    // An object does not become part of itself.
    ("$ ~> |$|{\"s\": $}|", "{}", "U1001"),
    ("$ ~> |$|{\"s\": [{\"t\": $}]}|", "{}", "U1001"),
];

#[test]
fn expressions_end_as_they_should() {
    let mut wrong = Vec::new();
    for (expression, input, expected) in CASES {
        let given = evaluate(expression, input);
        if given != *expected {
            wrong.push(format!("{expression} over {input}: expected {expected}, got {given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_too_many_for_an_instruction_is_refused() {
    let many = |before: &str, item: &str, after: &str| format!("{before}{}{after}", vec![item; 300].join(","));
    let expressions =
        [many("a^(", "b", ")"), many("$f(", "1", ")"), many("$append(", "1", ")"), many("$sum(", "?", ")")];
    for expression in expressions {
        assert!(Expression::new(&expression, &Given::input()).is_err(), "{expression}");
    }
    let all = many("[", "1", "]");
    assert_eq!(evaluate(&format!("$count({all})"), "0"), "300");
}

/// The value as text, or the code of the fault.
fn evaluate(expression: &str, input: &str) -> String {
    let mut expression = match Expression::new(expression, &Given::input()) {
        Ok(expression) => expression,
        Err(mistake) => return mistake.fault.code.to_owned(),
    };
    let mut out = Vec::new();
    match expression.evaluate(input.as_bytes(), 0, 0, &mut out) {
        Ok(_) => String::from_utf8(out).expect("values are UTF-8"),
        Err(Error::Fault { code, .. }) => code,
        Err(Error::Input(malformed)) => malformed.to_string(),
    }
}
