//! Evaluates many JSONata expressions at once, for `tests/differential/jsonata/run` to compare with another implementation.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use expressway::json::PADDING;
use expressway::jsonata::{Error, Expression, Given};
use serde_json::{Value, json};

/// One line of cases: `{"expression":…,"input":"…","now_ms":…}`; the input is JSON text, and may be left out.
#[test]
#[ignore = "tests/differential/jsonata/run starts it with cases"]
fn expressions_are_evaluated() {
    let file = |name| std::env::var_os(name).unwrap_or_else(|| panic!("{name} names a file"));
    let cases = BufReader::new(File::open(file("DIFFERENTIAL_CASES")).expect("the cases can be read"));
    let mut answers = BufWriter::new(File::create(file("DIFFERENTIAL_ANSWERS")).expect("answers can be written"));
    for line in cases.lines() {
        let case: Value = serde_json::from_str(&line.expect("cases are lines")).expect("a case is JSON");
        let answer =
            catch_unwind(AssertUnwindSafe(|| answer(&case))).unwrap_or_else(|_| json!({"panic": true}).to_string());
        writeln!(answers, "{answer}").expect("answers can be written");
        // Whoever waits sees by what is there which case the process died of.
        answers.flush().expect("answers can be written");
    }
}

/// In the form of `expressway eval --emit record`.
fn answer(case: &Value) -> String {
    let given = Given { input: case.get("input").is_some(), variables: Vec::new() };
    let text = case["expression"].as_str().expect("an expression is a text");
    let mut expression = match Expression::new(text, &given) {
        Ok(expression) => expression,
        Err(mistake) => return json!({"error": {"code": mistake.fault.code}}).to_string(),
    };
    let mut input = case["input"].as_str().unwrap_or("null").as_bytes().to_vec();
    input.resize(input.len() + PADDING, b' ');
    let now_ms = case["now_ms"].as_u64().expect("a time is a number");
    let mut out = Vec::new();
    match expression.evaluate(&input, now_ms, 0, &mut out) {
        // As it is: values may be nested deeper than readers of tests like. Line breaks in JSON are only white space.
        Ok(true) => format!("{{\"result\":{}}}", String::from_utf8_lossy(&out).replace('\n', " ")),
        Ok(false) => json!({"undefined": true}).to_string(),
        Err(Error::Fault { code, message }) => json!({"error": {"code": code, "message": message}}).to_string(),
        Err(Error::Input(malformed)) => json!({"panic": format!("the document is JSON, but: {malformed}")}).to_string(),
    }
}
