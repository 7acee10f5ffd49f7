//! Each construct in the least expression that shows it.

use super::{Error, Expression, Given};
use crate::json::tree;

/// What an expression gives over an input: JSON, nothing, or the code of a fault.
fn over(input: &str, text: &str) -> Result<Option<String>, String> {
    let mut expression = Expression::new(text, &Given::input()).map_err(|mistake| mistake.fault.code.to_owned())?;
    evaluate(&mut expression, input)
}

fn evaluate(expression: &mut Expression, input: &str) -> Result<Option<String>, String> {
    let mut out = Vec::new();
    match expression.evaluate(input.as_bytes(), 1_767_225_600_000, 7, &mut out) {
        Ok(has_value) => Ok(has_value.then(|| String::from_utf8(out).expect("JSON is text"))),
        Err(Error::Fault { code, .. }) => Err(code),
        Err(Error::Input(malformed)) => Err(malformed.to_string()),
    }
}

#[track_caller]
fn gives(input: &str, text: &str, value: &str) {
    assert_eq!(over(input, text), Ok(Some(value.to_owned())), "{text} over {input}");
}

#[track_caller]
fn is(text: &str, value: &str) {
    gives("null", text, value);
}

#[track_caller]
fn nothing(input: &str, text: &str) {
    assert_eq!(over(input, text), Ok(None), "{text} over {input}");
}

#[track_caller]
fn fails(text: &str, code: &str) {
    assert_eq!(over(r#"{"a":1}"#, text), Err(code.to_owned()), "{text}");
}

#[test]
fn what_is_only_passed_on_stays_as_it_is_written() {
    gives(r#" {"a": 1.50} "#, "$", r#"{"a": 1.50}"#);
    gives(r#"{"a": {"b": 12345678901234567890, "c": "\u00e9"}}"#, "a.b", "12345678901234567890");
    gives(r#"{"a": {"c": "\u00e9"}}"#, r#"{"x": a.c}"#, r#"{"x":"\u00e9"}"#);
    gives(r#"{"a": 1.50}"#, "a + 0", "1.5");
    gives(r#"{"a": 1, "a": 2}"#, "a", "2");
}

#[test]
fn paths_go_through_arrays_and_flatten() {
    let input = r#"{"a":[{"b":1},{"b":[2,3]},{"c":4},[{"b":5}]]}"#;
    gives(input, "a.b", "[1,2,3,5]");
    gives(input, "a.c", "4");
    nothing(input, "a.d");
    nothing(input, "a.b.c");
    gives(input, "a.{\"n\": b}", r#"[{"n":1},{"n":[2,3]},{},{"n":5}]"#);
    gives(input, "$count(a.[b])", "4");
    gives(input, "a[0].b", "1");
    gives("[{\"a\":1},{\"a\":2}]", "a", "[1,2]");
    gives("[[1],[2]]", "$[0]", "[1]");
}

#[test]
fn one_item_stands_for_itself_unless_it_is_kept() {
    gives(r#"{"a":[{"b":1}]}"#, "a.b", "1");
    gives(r#"{"a":[{"b":1}]}"#, "a.b[]", "[1]");
    gives(r#"{"a":[{"b":1}]}"#, "[a.b]", "[1]");
    gives(r#"{"a":[1]}"#, "a", "[1]");
    is("$map([1], function($x) { $x })", "1");
    is("$filter([1, 2], function($x) { $x = 2 })[]", "[2]");
}

#[test]
fn wildcards_descendants_and_parents() {
    let input = r#"{"a":{"b":1,"c":{"b":2}},"d":[{"e":{"f":3},"g":4}]}"#;
    gives(input, "a.*", r#"[1,{"b":2}]"#);
    gives(input, "**.b", "[1,2]");
    gives(input, "d.e.{\"f\": f, \"g\": %.g}", r#"{"f":3,"g":4}"#);
    fails("%", "S0217");
}

#[test]
fn filters_take_by_condition_and_by_place() {
    let input = r#"{"a":[{"n":1},{"n":2},{"n":3}]}"#;
    gives(input, "a[n > 1].n", "[2,3]");
    gives(input, "a.n[0]", "[1,2,3]");
    gives(input, "(a.n)[0]", "1");
    gives(input, "a[-1].n", "3");
    gives(input, "a[[0, 2]].n", "[1,3]");
    gives(input, "a[1.9].n", "2");
    nothing(input, "a[7]");
    gives(input, "a[n in [1, 3]][1].n", "3");
}

#[test]
fn order_groups_and_bindings() {
    let input = r#"{"a":[{"k":"x","n":2},{"k":"y","n":1},{"k":"x","n":1}]}"#;
    gives(input, "a^(n, >k).(k & n)", r#"["y1","x1","x2"]"#);
    gives(input, "a{k: $sum(n)}", r#"{"x":3,"y":1}"#);
    gives(input, "a#$i[$i > 0].n", "[1,1]");
    gives(input, "a@$l.a@$r[$l.n = $r.n and $l.k < $r.k].($l.k & $r.k)", r#""xy""#);
    fails("[1, 'a']^($)", "T2007");
    fails("[{}, {}]^($)", "T2008");
    fails("a{1: 2}", "T1003");
    fails(r#"{"a": 1, "a": 2}"#, "D1009");
}

#[test]
fn operators_on_numbers_and_texts() {
    is("1 + 2 * 3 - 8 / 4 % 3", "5");
    is("-(3 - 5)", "2");
    is("0.1 + 0.2", "0.30000000000000004");
    is("1e21 & ''", "\"1e+21\"");
    is("1 & true & null & nothing & [1, 2] & {\"a\": 1}", r#""1truenull[1,2]{\"a\":1}""#);
    nothing("null", "1 + nothing");
    fails("1 + 'x'", "T2002");
    fails("'x' - 1", "T2001");
    is("[1 / 0, 0 / 0]", r#"["Infinity","NaN"]"#);
    fails("1e400", "S0102");
}

#[test]
fn comparisons_and_logic() {
    is("1 < 2 and 'a' < 'b'", "true");
    is("{\"a\": [1]} = {\"a\": [1]}", "true");
    is("1 = '1'", "false");
    is("nothing = nothing", "false");
    is("nothing != 1", "false");
    is("2 in [1, 2]", "true");
    is("[0] or ''", "false");
    is("false and $error('not reached')", "false");
    is("true or $error('not reached')", "true");
    is("1 > 2 ? 'a' : 'b'", "\"b\"");
    nothing("null", "1 > 2 ? 'a'");
    nothing("null", "nothing < 1");
    fails("1 < 'a'", "T2009");
    fails("true < false", "T2010");
}

#[test]
fn functions_that_are_called_again_and_again_give_their_registers_up() {
    is("($f := function($x) { $x + 1 }; $sum($map([1..300000], $f)))", "45000450000");
    is("($f := function($x) { $x + 1 }; $g := $f ~> $f; $sum($map([1..150000], $g)))", "11250375000");
    is("$sort([1..20000], function($l, $r) { $l < $r })[0]", "20000");
}

#[test]
fn sums_and_counts_of_paths_are_those_of_their_sequences() {
    let input = r#"{"a":[{"n":1,"m":[1,2],"e":[]},{"n":2.5,"m":3,"e":[]},{"t":"x"}],"b":{"e":[]}}"#;
    for path in ["a.(n)", "a.(n * 2)", "a.(m)", "a.[n].($)", "a.($.n)", "a.(none)", "b.($.e)", "none.(n)", "a.(e)"] {
        for function in ["$sum", "$count"] {
            let apart = format!("($values := {path}; {function}($values))");
            let value = |text: &str| evaluate(&mut Expression::new(text, &Given::input()).expect(text), input);
            assert_eq!(value(&format!("{function}({path})")), value(&apart), "{function} of {path}");
        }
    }
    fails("$sum([1, 2].(['x']))", "T0412");
    fails("$sum([1, 2].($string($)))", "T0412");
}

#[test]
fn arrays_and_ranges() {
    is("[1, [2, 3], nothing, [4..6]]", "[1,[2,3],[4,5,6]]");
    is("[[1..2], [3]]", "[[1,2],[3]]");
    gives(r#"{"b":1}"#, "(function() { b[] })()", "[1]");
    is("[3..1]", "[]");
    fails("[1..2.5]", "T2004");
    fails("['a'..2]", "T2003");
    fails("[1..10000002]", "D2014");
}

#[test]
fn objects_drop_what_is_nothing_and_keep_null() {
    is("{\"a\": nothing, \"b\": null}", r#"{"b":null}"#);
    is("{\"a\" & 1: 2}", r#"{"a1":2}"#);
    gives(r#"{"a":{"x":1}}"#, "{\"b\": a}.b.x", "1");
}

#[test]
fn blocks_have_variables_of_their_own() {
    is("($x := 1; ($x := 2; $x) + $x)", "3");
    is("($x := 1; $y := $x + 1; $y)", "2");
    nothing("null", "(($x := 1); $x)");
    nothing("null", "()");
    nothing("null", "$unknown");
}

#[test]
fn functions_share_what_surrounds_them() {
    is("($x := 1; $f := function($y) { $x + $y }; $f(2))", "3");
    is("($add := function($x) { function($y) { $x + $y } }; $add(1)(2))", "3");
    is("($f := function() { $g() }; $g := function() { 7 }; $f())", "7");
    is("($f := function($x, $y) { $x & $y }; $f(1))", "\"1\"");
    gives(r#"{"a":2}"#, "(function() { a + $.a })()", "4");
    is("λ($x) { $x }(1)", "1");
    is("function($x) { $x }", "\"\"");
    fails("nothing(1)", "T1006");
    fails("sum(1)", "T1005");
}

#[test]
fn a_function_that_uses_the_whole_input_still_knows_its_context() {
    gives(r#"{"b":1}"#, "(function() { [b, $$.b] })()", "[1,1]");
}

#[test]
fn what_a_group_leaves_behind_is_no_context() {
    is("$append(0{b: $sum(1)}, $map(1, $abs))", "[{},1]");
}

#[test]
fn calls_nest_and_end() {
    is("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(1000))", "1000");
    is("($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + 1) }; $f(100000, 0))", "100000");
    fails("($f := function($n) { 1 + $f($n) }; $f(1))", "U1001");
}

#[test]
fn signatures_check_and_take_the_context() {
    is("function($x)<n:n> { $x }(1)", "1");
    fails("function($x)<n:n> { $x }('a')", "T0410");
    gives(r#"{"a":"abc"}"#, "a.$length()", "3");
    gives(r#"{"a":"abc"}"#, "a.(function($x)<s-:s> { $x & '!' }())", "\"abc!\"");
    is("function($x)<a<n>> { $x }(1)", "[1]");
    fails("[1].$length()", "T0411");
    fails("$sum(['a'])", "T0412");
}

#[test]
fn partial_application_and_chains() {
    is("($f := $substring(?, 0, 2); $f('hello'))", "\"he\"");
    is("'hello' ~> $substring(1) ~> $uppercase", "\"ELLO\"");
    is("($f := $trim ~> $uppercase; $f(' a '))", "\"A\"");
    fails("1 ~> 2", "T2006");
    fails("nothing(?)", "T1008");
}

#[test]
fn functions_that_call_functions() {
    is("$map([1, 2], function($v, $i, $a) { $v + $i + $count($a) })", "[3,5]");
    is("$map([1, -2], $abs)", "[1,2]");
    is("$reduce([1, 2, 3], function($l, $r) { $l * $r }, 10)", "60");
    is("$sift({\"a\": 1, \"b\": 2}, function($v) { $v > 1 })", r#"{"b":2}"#);
    is("$each({\"a\": 1}, function($v, $k) { $k & $v })", "\"a1\"");
    is("$sort([3, 1, 2], function($l, $r) { $l < $r })", "[3,2,1]");
    is("$single([1, 2], function($v) { $v = 2 })", "2");
    is("$replace('a1', /\\d/, function($m) { '<' & $m.match & '>' })", "\"a<1>\"");
    fails("$single([1, 1], function($v) { $v = 1 })", "D3138");
    fails("$single([1], function($v) { $v = 2 })", "D3139");
    fails("$reduce([1, 2], function($x) { $x })", "D3050");
    fails("$sift({\"a\": 1})", "T0410");
}

#[test]
fn transforms_copy_and_change() {
    let input = r#"{"a":{"b":1,"c":2},"d":3}"#;
    gives(input, "$ ~> |a|{\"b\": b + 1}, 'c'|", r#"{"a":{"b":2},"d":3}"#);
    gives(input, "($ ~> |a|{\"b\": 9}|).a.b + a.b", "10");
    fails("$ ~> |$|1|", "T2011");
    fails("$ ~> |$|{}, 1|", "T2012");
}

#[test]
fn regular_expressions_match() {
    is("$match('ab12', /([a-z])(\\d)/).groups", r#"["b","1"]"#);
    is("$contains('Abc', /^a/i)", "true");
    is("$split('a, b', /,\\s*/)", r#"["a","b"]"#);
    fails("$match('x', /a*?/) ~> $error", "D1004");
    fails("//", "S0301");
}

#[test]
fn functions_that_step_functions_adds_and_takes_away() {
    is("$partition([1..5], 2)", "[[1,2],[3,4],[5]]");
    is("$range(1, 9, 4)", "[1,5,9]");
    is("$range(1, 9, 9)", "1");
    is("$hash('abc', 'MD5')", "\"900150983cd24fb0d6963f7d28e17f72\"");
    is("$random(7)", "0.7306990420600421");
    is("$parse('{\"a\": [1]}').a", "[1]");
    is("$length($uuid())", "36");
    fails("$eval('1')", "T1006");
    fails("1 ?: 2", "S0211");
    fails("1 ?? 2", "S0211");
}

#[test]
fn the_time_is_given_and_chance_follows_from_the_seed() {
    is("$now()", "\"2026-01-01T00:00:00.000Z\"");
    is("$millis()", "1767225600000");
    is("$random() = $random()", "false");
    assert_eq!(over("null", "[$random(), $uuid()]"), over("null", "[$random(), $uuid()]"));
}

#[test]
fn limits_end_what_would_not() {
    for (text, message) in [
        ("($f := function() { $f() }; $f())", "Expression evaluation timeout"),
        ("$pad('x', 20000000)", "Expression evaluation memory limit exceeded"),
        ("$range(1, 360146, 1)", "Expression evaluation memory limit exceeded"),
        ("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+\\1$/)", "Expression evaluation timeout"),
        (
            "($f := function($n) { 1 + $f($n) }; $f(1))",
            "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive. \
             Depth=20001 max=20000",
        ),
        (
            "$reduce([1..500], function($l, $r) { [[$l]] })",
            "Stack overflow error: values are nested more than 400 deep",
        ),
    ] {
        let mut expression = Expression::new(text, &Given::default()).expect("it is an expression");
        let fault = Error::Fault { code: "U1001".into(), message: message.into() };
        assert_eq!(expression.evaluate(b"null", 0, 0, &mut Vec::new()), Err(fault), "{text}");
    }
}

#[test]
fn variables_are_given_and_an_input_is_not_needed() {
    let variable = |name: &str, json: &str| (name.to_owned(), tree::parse(json).expect("it is JSON"));
    let given =
        Given { input: false, variables: vec![variable("x", r#"{"a":[1,{"b":2}]}"#), variable("sum", "{\"n\": 3}")] };
    let value = |text: &str| evaluate(&mut Expression::new(text, &given).expect("it is an expression"), "null");
    assert_eq!(value("$x.a.b + $sum.n"), Ok(Some("5".into())));
    assert_eq!(value("$map($x.a, function($v) { $type($v) })"), Ok(Some(r#"["number","object"]"#.into())));
    assert_eq!([value("$"), value("$$"), value("a")], [Ok(None), Ok(None), Ok(None)]);
}

#[test]
fn one_expression_serves_many_inputs() {
    let mut expression = Expression::new("$sum(a.b) & ''", &Given::input()).expect("it is an expression");
    for (input, value) in [(r#"{"a":[{"b":1},{"b":2}]}"#, "\"3\""), ("[]", "\"\""), (r#"{"a":{"b":7}}"#, "\"7\"")] {
        assert_eq!(evaluate(&mut expression, input), Ok(Some(value.to_owned())), "{input}");
    }
    assert_eq!(evaluate(&mut expression, r#"{"a":{"b":"x"}}"#), Err("T0412".into()));
    let mut out = b"kept".to_vec();
    assert!(matches!(expression.evaluate(b"{", 0, 0, &mut out), Err(Error::Input(_))));
    assert_eq!(expression.evaluate(br#"{"a":{"b":1}}"#, 0, 0, &mut out), Ok(true));
    assert_eq!(out, b"kept\"1\"");
}
