//! AWS services over the wire, and many requests and answers at once for `tests/differential/aws/run`.

use expressway::task::aws::request;
use expressway::task::aws::response::{self, Answer};
use expressway::task::aws::service;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

/// One line of cases: `{"service":…,"action":…}` with `parameters`, or with `status`, `headers` and `body` of an answer.
#[test]
#[ignore = "tests/differential/aws/run starts it with cases"]
fn requests_and_answers_are_written_down() {
    let file = |name| std::env::var_os(name).unwrap_or_else(|| panic!("{name} names a file"));
    let cases = BufReader::new(File::open(file("DIFFERENTIAL_CASES")).expect("the cases can be read"));
    let mut answers = BufWriter::new(File::create(file("DIFFERENTIAL_ANSWERS")).expect("answers can be written"));
    for line in cases.lines() {
        let case: Value = serde_json::from_str(&line.expect("cases are lines")).expect("a case is JSON");
        writeln!(answers, "{}", made(&case)).expect("answers can be written");
    }
}

fn made(case: &Value) -> Value {
    let text = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("`{name}` is a text"));
    let action = service::action(text("service"), text("action")).expect("it is described");
    let Some(headers) = case.get("headers") else {
        return match request::write(&action, text("parameters").as_bytes(), &String::new) {
            Ok(parts) => json!({"parts": {
                "method": parts.method, "path": parts.path, "query": parts.query, "headers": parts.headers,
                "body": String::from_utf8(parts.body).expect("all that is sent is text"),
            }}),
            Err(refusal) => json!({"refusal": refusal.to_string()}),
        };
    };
    let headers: Vec<(String, String)> = serde_json::from_value(headers.clone()).expect("headers are pairs");
    let answer = Answer {
        status: case["status"].as_u64().expect("a number") as u16,
        headers: headers.iter().map(|(name, value)| (&**name, &**value)).collect(),
        body: text("body").as_bytes(),
    };
    match response::read(&action, &answer) {
        Ok(result) => json!({"result": String::from_utf8(result).expect("a result is text")}),
        Err(trouble) => json!({"trouble": format!("{trouble:?}")}),
    }
}
