//! Workflows inside a program of one's own: compile once, let Rust functions do the tasks, run one or many inputs.
//!
//! `cargo run --example embed`

use expressway::compile::{Options, compile};
use expressway::engine::{self, Engine};
use expressway::failure::Failure;
use expressway::task::{Request, Tasks};
use std::error::Error;
use std::sync::Arc;

const DEFINITION: &str = r#"{
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:Price",
      "Catch": [{"ErrorEquals": ["Price.Unknown"], "ResultPath": "$.problem", "Next": "Ask"}],
      "ResultPath": "$.price",
      "Next": "Offer"
    },
    "Offer": {
      "Type": "Pass",
      "Parameters": {"offer.$": "States.Format('{} for {}', $.item, $.price)"},
      "End": true
    },
    "Ask": {"Type": "Pass", "Parameters": {"ask.$": "$.problem.Cause"}, "End": true}
  }
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let program = compile(DEFINITION, &Options::default()).map_err(|findings| format!("{findings:?}"))?;
    let program = Arc::new(program);

    let mut tasks = Tasks::new();
    tasks.function("arn:aws:lambda:*:*:function:Price", price);
    let engine = Engine::new(engine::Options::default(), tasks);

    let one = engine.execute(&program, br#"{"item":"lamp"}"#)??;
    println!("{} after {} transitions", String::from_utf8(one.output)?, one.outcome.usage.transitions);

    let inputs: [&[u8]; 3] = [br#"{"item":"bulb"}"#, br#"{"item":"unicorn"}"#, b"no JSON"];
    for result in engine.execute_batch(&program, &inputs)? {
        match result {
            Ok(executed) => println!("{}: {}", executed.outcome.status.text(), String::from_utf8(executed.output)?),
            Err(malformed) => println!("rejected: {malformed}"),
        }
    }
    Ok(())
}

/// A task: its request is JSON text, and so is its result.
fn price(request: &Request<'_>) -> Result<Vec<u8>, Failure> {
    let input: serde_json::Value = serde_json::from_slice(request.parameters).expect("the engine hands out JSON");
    match input["item"].as_str() {
        Some("lamp") => Ok(b"30".to_vec()),
        Some("bulb") => Ok(b"4.50".to_vec()),
        _ => Err(Failure { error: Some("Price.Unknown".into()), cause: Some("nobody sells that".into()) }),
    }
}
