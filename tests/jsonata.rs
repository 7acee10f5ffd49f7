//! JSONata does what the reference implementation's own test suite says it does.
//!
//! The cases lie beside the repository, in `../shared/conformance/jsonata`. Where they are absent the test says so.

use expressway::json::tree;
use expressway::jsonata::{Error, Expression, Given};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;

/// Cases that end otherwise here, on purpose, and why. The list only shrinks.
const OTHERWISE: &[(&str, &str)] = &[
    // The case's own limit is a depth of 302; an expression by itself has a depth of 20,000 here.
    ("tail-recursion/case002", "a recursion of 100 calls is not too deep here"),
];

/// How many cases in a thousand must be right.
const RIGHT_MIN: usize = 995;

/// A case or the data sets, each value as it is written: the order of members counts.
type Members<'a> = BTreeMap<String, &'a RawValue>;

#[test]
fn cases_of_the_reference_end_as_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/jsonata");
    let Ok(cases) = std::fs::read_to_string(folder.join("cases.ndjson")) else {
        return eprintln!("skipped: there are no cases in {}", folder.display());
    };
    // Half a surrogate pair is no text; written as JSONata's own escape, the expression means the same.
    let cases = cases.replace("\\ud800", "\\\\ud800");
    let datasets = std::fs::read_to_string(folder.join("datasets.json")).expect("cases have data sets");
    let datasets: Members<'_> = serde_json::from_str(&datasets).expect("data sets are an object");
    let (mut tried, mut right, mut wrong) = (0, 0, Vec::new());
    for line in cases.lines() {
        let case: Members<'_> = serde_json::from_str(line).expect("a case is an object");
        let id: String = read(case["id"]);
        let found = evaluate(&case, &datasets);
        let is_right = is_right(&case, &found);
        let why = OTHERWISE.iter().find(|(known, _)| *known == id).map(|(_, why)| why);
        tried += 1;
        right += usize::from(is_right);
        if is_right == why.is_some() {
            wrong.push(format!("{id}: {}\n  expected {}\n  found {found:?}", case["expr"], case["expect"]));
        }
    }
    assert!(tried > 1_000, "the suite has more than a thousand cases");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right * 1_000 >= tried * RIGHT_MIN, "{right} of {tried} cases are right");
}

/// What an expression gave: a value or nothing, or the code of a fault.
type Found = Result<Option<Value>, String>;

fn evaluate(case: &Members<'_>, datasets: &Members<'_>) -> Found {
    let expression: String = read(case["expr"]);
    let input = case.get("data").copied().or_else(|| case.get("dataset").map(|name| datasets[&read::<String>(name)]));
    let given = Given { input: input.is_some(), variables: case.get("bindings").map_or(Vec::new(), |raw| bound(raw)) };
    let mut expression = Expression::new(&expression, &given).map_err(|mistake| mistake.fault.code.to_owned())?;
    let mut value = Vec::new();
    match expression.evaluate(input.map_or("null", RawValue::get).as_bytes(), 1_700_000_000_000, 7, &mut value) {
        Ok(false) => Ok(None),
        Ok(true) => Ok(Some(serde_json::from_slice(&value).expect("a value is JSON"))),
        Err(Error::Fault { code, .. }) => Err(code),
        Err(Error::Input(malformed)) => panic!("{malformed:?}: {input:?}"),
    }
}

/// The variables of a case.
fn bound(bindings: &RawValue) -> Vec<(String, tree::Node)> {
    match tree::parse(bindings.get()).expect("bindings are JSON").kind {
        tree::Kind::Object(members) => members.into_iter().map(|member| (member.name, member.value)).collect(),
        other => panic!("bindings are an object, not {other:?}"),
    }
}

fn is_right(case: &Members<'_>, found: &Found) -> bool {
    let expression: String = read(case["expr"]);
    let group: String = read(case["group"]);
    // Operators of later versions, and the function that AWS took away.
    let is_later = ["coalescing-operator", "default-operator"].contains(&&*group)
        && (expression.contains("??") || expression.contains("?:"));
    if is_later || expression.contains("$eval(") {
        return found.is_err();
    }
    let expect: Value = read(case["expect"]);
    match (found, &expect["error"], &expect["undefined"]) {
        (Err(code), Value::String(expected), _) => code == expected,
        (Ok(None), _, Value::Bool(true)) => true,
        (Ok(Some(value)), Value::Null, Value::Null) => {
            same(value, &expect["result"], expect["unordered"] == Value::Bool(true))
        }
        _ => false,
    }
}

/// Whether two values are the same: numbers are doubles, and members have no order.
fn same(left: &Value, right: &Value, unordered: bool) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => (left - right).abs() <= 1e-13 * right.abs(),
            _ => false,
        },
        (Value::Array(left), Value::Array(right)) if unordered => {
            let sorted = |items: &[Value]| {
                let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
                texts.sort();
                texts
            };
            sorted(left) == sorted(right)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right, false))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other, false)))
        }
        _ => left == right,
    }
}

fn read<T: serde::de::DeserializeOwned>(raw: &RawValue) -> T {
    serde_json::from_str(raw.get()).expect("cases have the form that their README describes")
}
