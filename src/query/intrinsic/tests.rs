use super::{Expression, parse};

/// What was understood, in a form that shows everything.
fn shown(expression: &Expression) -> String {
    match expression {
        Expression::Call { builtin, arguments, .. } => {
            let arguments: Vec<String> = arguments.iter().map(shown).collect();
            format!("{}({})", builtin.name.trim_start_matches("States."), arguments.join(" "))
        }
        Expression::Path { path, .. } => path.to_string(),
        Expression::Literal { text, .. } => String::from_utf8_lossy(text).into_owned(),
    }
}

#[test]
fn calls_are_understood_with_all_kinds_of_arguments() {
    for (text, expected) in [
        ("States.UUID()", "UUID()"),
        (" States.UUID( ) ", "UUID()"),
        ("States.Array('Foo', 2020, $.someJson, null)", r#"Array("Foo" 2020 $['someJson'] null)"#),
        ("States.Array(true,false,-1.5e3,$$,$v.a[0])", "Array(true false -1.5e3 $$ $v['a'][0])"),
        ("States.ArrayGetItem(States.StringSplit($.a, '/'),0)", r#"ArrayGetItem(StringSplit($['a'] "/") 0)"#),
        ("States.Format('{}\n{}', $.a, $.b[?(@.c == 'x, y')].d)", r#"Format("{}\n{}" $['a'] $['b'][?]['d'])"#),
        (r"States.Format('it\'s \{\} \\ \n')", r#"Format("it's \\{\\} \\\\ \\n")"#),
        (r"States.Array('it\'s \{\} \\ \n')", r#"Array("it's {} \\ \\n")"#),
        (r#"States.StringToJson('{"a":"\"b\""}')"#, r#"StringToJson("{\"a\":\"\\\"b\\\"\"}")"#),
        ("States.JsonMerge($j1, $j2, false)", "JsonMerge($j1 $j2 false)"),
    ] {
        let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&expression), expected);
    }
}

#[test]
fn what_is_no_call_is_refused_where_it_goes_wrong() {
    for (text, offset, message, help) in [
        ("ipsum", 0, "`ipsum` is neither a path nor a call of a function", "a path begins with"),
        ("States.UUID", 0, "`States.UUID` is neither a path nor a call of a function", "a path begins with"),
        ("", 0, "expected a function, a path, or a value, found the end", ""),
        ("States.Formt('')", 0, "no intrinsic function is named `States.Formt`", "did you mean `States.Format`?"),
        ("States.uuid()", 0, "no intrinsic function is named `States.uuid`", "did you mean `States.UUID`?"),
        ("States.Default($.a, 1)", 0, "no intrinsic function is named `States.Default`", ""),
        ("States.Array(nulls())", 13, "no intrinsic function is named `nulls`", ""),
        ("States.UUID(1)", 0, "`States.UUID` takes no arguments, but here are 1", ""),
        ("States.MathRandom(1)", 0, "`States.MathRandom` takes 2 to 3 arguments, but here are 1", ""),
        ("States.Format()", 0, "`States.Format` takes at least 1 argument, but here are 0", ""),
        ("States.Array(1", 14, "expected `,` or `)`, found the end", ""),
        ("States.Array(1 2)", 15, "expected `,` or `)`, found `2`", ""),
        ("States.Array(1,)", 15, "expected a function, a path, or a value, found `)`", ""),
        ("States.Array(01)", 13, "`01` is no number", ""),
        ("States.Array('a)", 13, "the quote `'` is not closed", "a quote in a text is written as"),
        (r"States.Array('a\')", 13, "the quote `'` is not closed", "a quote in a text is written as"),
        ("States.Array(\"a\")", 13, "expected an argument, found `\"`", "texts stand in single quotes"),
        ("States.Array($.)", 15, "expected a name after the dot, found `)`", ""),
        ("States.Array(1)[0]", 15, "expected the end, found `[`", "a function's result has no path"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
        assert!(error.help.as_deref().unwrap_or_default().starts_with(help), "{text}: {:?}", error.help);
        assert_eq!(error.help.is_some(), !help.is_empty(), "{text}: {:?}", error.help);
    }
}

#[test]
fn calls_nest_ten_deep() {
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(10)).is_ok());
    assert_eq!(parse(&nested(11)).expect_err("too deep").message, "functions nest at most 10 deep");
    assert!(parse(&nested(100_000)).is_err());
}

#[test]
fn each_part_knows_where_it_stands() {
    let text = " States.Format('{}', $.a , States.UUID())";
    let Ok(Expression::Call { arguments, span, .. }) = parse(text) else { panic!("a call") };
    assert_eq!(&text[span], text.trim());
    let parts: Vec<&str> = arguments.iter().map(|argument| &text[argument.span()]).collect();
    assert_eq!(parts, ["'{}'", "$.a", "States.UUID()"]);
}
