//! JSONata expressions put together at random: by the grammar, and then with mistakes.

use crate::execution;
use crate::expression::{self, takes_long};
use crate::mutate::{Random, mutate, vocabulary};
use expressway::builtin::jsonata::BUILTINS;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// On a slow machine fewer expressions are tried, not more time is taken.
const LONGEST: Duration = Duration::from_secs(20);

/// What stands by itself.
const LEAVES: &[&str] = &[
    "a",
    "b",
    "c",
    "`d e`",
    "$",
    "$$",
    "*",
    "**",
    "%",
    "$x",
    "$y",
    "$f",
    "a.b",
    "a.b.c",
    "c.a.b",
    "$.a",
    "1",
    "0",
    "-1",
    "2.5",
    "1e300",
    "3",
    "\"x\"",
    "\"\"",
    "'a b'",
    "\"2026-01-02T03:04:05Z\"",
    "\"\\u00e9\\ud83d\\ude00\"",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "/b+/",
    "/(a)|(x?)/i",
    "[1..4]",
    "nothing",
    "\"#,##0.00\"",
    "\"[Y0001]-[M01]\"",
];

/// What is put together, with a hole for each part.
const FORMS: &[&str] = &[
    "_ + _",
    "_ - _",
    "_ * _",
    "_ / _",
    "_ % _",
    "_ & _",
    "_ = _",
    "_ != _",
    "_ < _",
    "_ >= _",
    "_ in _",
    "_ and _",
    "_ or _",
    "-_",
    "_._",
    "_.(_)",
    "_[_]",
    "_[_][_]",
    "_[]",
    "_.a[_].b",
    "(_)[_]",
    "(_)",
    "[_]",
    "[_, _]",
    "[_.._]",
    "{\"k\": _}",
    "{\"k\": _, \"l\": _}",
    "_{_: _}",
    "_{b: $sum(_)}",
    "_^(_)",
    "_^(>_, <_)",
    "_ ? _ : _",
    "_ ? _",
    "($x := _; _)",
    "($x := _; $y := _; _)",
    "_@$x._",
    "_@$x[_]._",
    "_#$y._",
    "_#$y[_]",
    "_.%",
    "_.b.%.b",
    "_ ~> _",
    "_ ~> $f",
    "_ ~> |_|_|",
    "_ ~> |_|_, _|",
    "function($x) { _ }",
    "λ($x, $y)<nn:n> { _ }",
    "($f := function($x) { _ }; $f(_))",
    "($f := function($x) { $x > 0 ? $f($x - 1) : _ }; $f(_))",
    "($f := function($x, $y) { _ }; $g := $f(_, ?); $g(_))",
    "$map(_, function($x, $y) { _ })",
    "$map(_, $f)",
    "$filter(_, function($x) { _ })",
    "$reduce(_, function($x, $y) { _ })",
    "$reduce(_, function($x, $y) { _ }, _)",
    "$sort(_, function($x, $y) { _ })",
    "$each(_, function($x, $y) { _ })",
    "$sift(_, function($x) { _ })",
    "$single(_, function($x) { _ })",
    "$replace(_, _, function($x) { _ })",
    "$match(_, _)",
    "_ /* why */ ",
];

/// What expressions are evaluated over.
fn documents() -> Vec<Value> {
    vec![
        json!({"a": [{"b": 1, "c": [1, 2]}, {"b": "x", "c": {"a": 3}}, {"b": [4, null]}], "b": 2.5, "c": {"a": {"b": [[5]]}}}),
        json!({"a": {"b": {"c": "\u{e9}\u{1f600} b"}}, "b": [], "c": [], "d e": true}),
        json!([{"a": 1, "b": 2}, {"a": 1, "b": 3}, [{"a": 2}]]),
        json!({"b": [3, 1, 2], "a": ["z", "y", "y"], "c": [[1, 2], [3]]}),
        json!("a b"),
        json!(null),
    ]
}

#[test]
fn expressions_by_the_grammar_end() {
    let (mut values, mut nothing, mut faults) = (0, 0, 0);
    let tried = attempts(3_000, 1, |text, document, _| match expression::check(text, document) {
        Some(Ok(Some(_))) => values += 1,
        Some(Ok(None)) => nothing += 1,
        Some(Err(_)) => faults += 1,
        None => {}
    });
    let parsed = values + nothing + faults;
    assert!(parsed > tried / 2, "only {parsed} of {tried} are expressions");
    assert!(
        [values, nothing, faults].iter().all(|ends| *ends > parsed / 50),
        "{values} {nothing} {faults} of {parsed}"
    );
}

#[test]
fn expressions_with_mistakes_end() {
    attempts(6_000, 2, |text, document, random| {
        let mut mistaken: Vec<char> = text.chars().collect();
        for _ in 0..1 + random.below(3) {
            let (place, from) = (random.below(mistaken.len() + 1), random.below(mistaken.len().max(1)));
            match random.below(3) {
                0 if !mistaken.is_empty() => drop(mistaken.remove(from)),
                1 if !mistaken.is_empty() => mistaken.insert(place, mistaken[from]),
                _ => drop(mistaken.splice(place..place, leaf(random).chars()).collect::<Vec<_>>()),
            }
        }
        expression::check(&mistaken.into_iter().collect::<String>(), document);
    });
}

#[test]
fn a_function_called_at_once_gives_what_its_body_gives() {
    let mut compared = 0;
    attempts(1_500, 3, |text, document, _| {
        // An array as the whole input is wrapped for the expression, not for its functions; and what `[]` keeps an array
        // of need not stay one through a call.
        if document[0] == b'[' || text.contains("[]") {
            return;
        }
        let Some(plain) = expression::check(text, document) else { return };
        let Some(called) = expression::check(&format!("(function() {{ {text} }})()"), document) else { return };
        if !takes_long(&plain) && !takes_long(&called) {
            assert_eq!(told(&plain), told(&called));
            compared += 1;
        }
    });
    assert!(compared > 100, "only {compared} were compared");
}

#[test]
fn states_with_expressions_end() {
    let mut ran = 0;
    attempts(1_500, 4, |text, document, random| {
        // What has no meaning in a state gets one, mostly.
        let text = match random.below(4) {
            0 => text.to_owned(),
            1 => format!("$states.input.({text})"),
            2 => format!("$merge([$states.input, {{\"a\": {text}}}])"),
            _ => format!("$x.({text})"),
        };
        let code = format!("{{% {text} %}}");
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Pass", "Assign": {"x": "{% $states.input %}"}, "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Condition": format!("{{% $exists({text}) %}}"), "Next": "C"}], "Default": "D"},
            "C": {"Type": "Map", "Items": "{% [$states.input.a] %}", "End": true,
                "ItemProcessor": {"StartAt": "E", "States": {"E": {"Type": "Pass", "Output": {"o": code}, "End": true}}}},
            "D": {"Type": "Succeed", "Output": [code, 1]}}});
        ran += usize::from(execution::check(&definition.to_string(), document, &[]).is_some());
    });
    assert!(ran > 100, "only {ran} ran");
}

/// The end, by the code if it is a fault: texts may name the function.
fn told(end: &expression::End) -> Result<Option<String>, String> {
    match end {
        Ok(value) => Ok(value.as_ref().map(|value| String::from_utf8_lossy(value).into_owned())),
        Err(expressway::jsonata::Error::Fault { code, .. }) => Err(code.clone()),
        Err(expressway::jsonata::Error::Input(malformed)) => Err(malformed.to_string()),
    }
}

/// Makes so many attempts, or as many as there is time for; how many. The same ones for the same seed.
fn attempts(count: usize, seed: u64, mut attempt: impl FnMut(&str, &[u8], &mut Random)) -> usize {
    let (documents, begun, mut random) = (documents(), Instant::now(), Random(20_261_122 * seed));
    let words = vocabulary(&documents);
    for tried in 0..count {
        if begun.elapsed() > LONGEST {
            return tried;
        }
        let text = expression(&mut random, 4);
        let mut document = random.one_of(&documents).clone();
        for _ in 0..random.below(3) {
            mutate(&mut document, &words, &mut random);
        }
        let shown = Shown(&text, document.to_string());
        attempt(&text, shown.1.as_bytes(), &mut random);
    }
    count
}

/// What is tried; it says so if that ends in a panic.
struct Shown<'a>(&'a str, String);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}\n{}", self.0, self.1);
        }
    }
}

/// An expression with so many levels at most.
fn expression(random: &mut Random, levels: usize) -> String {
    if levels == 0 || random.below(5) == 0 {
        return leaf(random).to_owned();
    }
    let form = match random.below(3) {
        0 => call(random),
        _ => (*random.one_of(FORMS)).to_owned(),
    };
    let mut text = String::new();
    for part in form.split_inclusive('_') {
        match part.strip_suffix('_') {
            Some(before) => text.extend([before, &expression(random, levels - 1)]),
            None => text += part,
        }
    }
    text
}

/// A call of any function, with about as many arguments as it wants.
fn call(random: &mut Random) -> String {
    let name = random.one_of(BUILTINS).name;
    let holes = ["", "_", "_, _", "_, _, _"];
    format!("${name}({})", holes[(1 + random.below(3)).min(random.below(8))])
}

fn leaf(random: &mut Random) -> &'static str {
    LEAVES[random.below(LEAVES.len())]
}
