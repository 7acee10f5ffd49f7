//! The last way a case runs: through the command line, in virtual time, with a mock file for its tasks.

use crate::cases::{Case, Given};
use crate::driver::Ended;
use expressway::asl::MachineType;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What the command's records say otherwise than the vm did.
pub fn mistakes(case: &Case, inputs: &[&str], ended: &[Ended]) -> Vec<String> {
    let Some(mocks) = mocks(case) else { return Vec::new() };
    let file = std::thread::current().name().unwrap_or("main").replace("::", "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    fs::create_dir_all(&folder).expect("there is room for files");
    fs::write(folder.join("definition.json"), case.definition()).expect("a file can be written");
    fs::write(folder.join("mocks.json"), mocks.to_string()).expect("a file can be written");
    let output = run(case, &folder, &format!("{}\n", inputs.join("\n")));
    let text = String::from_utf8_lossy(&output.stdout);
    let records: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if records.len() != inputs.len() {
        return vec![format!("the command says {text}{}", String::from_utf8_lossy(&output.stderr))];
    }
    let want: Vec<Value> = ended.iter().map(record).collect();
    let pairs = want.into_iter().zip(records.iter().map(essence)).filter(|(want, got)| want != got);
    pairs.map(|(want, got)| format!("the command's record is\n{got}\ninstead of\n{want}")).collect()
}

fn run(case: &Case, folder: &Path, input: &str) -> Output {
    let options = case.options();
    let machine_type = if options.machine_type == MachineType::Express { "express" } else { "standard" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_expressway"))
        .args(["run", "definition.json", "--mock", "mocks.json", "--time", "virtual", "--seed", "7", "--quiet"])
        .args(["--emit", "record", "--failures", "failures.ndjson", "--type", machine_type, "--shards", "1"])
        .args(["--name-prefix", "line-", "--state-machine-name", "StateMachine"])
        .args(["--max-instructions", &options.instructions.to_string()])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command is built");
    let written = command.stdin.take().expect("it is piped").write_all(input.as_bytes());
    written.expect("the command reads its input");
    command.wait_with_output().expect("the command ends")
}

/// The answers as a mock file; none when an answer cannot be said in one.
fn mocks(case: &Case) -> Option<Value> {
    let (mut states, mut responses) = (Map::new(), Map::new());
    for (state, answers) in &case.answers {
        let answers = answers.iter().enumerate().map(|(place, given)| Some((place.to_string(), mock(given)?)));
        responses.insert(state.clone(), Value::Object(answers.collect::<Option<_>>()?));
        states.insert(state.clone(), json!(state));
    }
    Some(json!({"StateMachines": {"StateMachine": {"TestCases": {"Only": states}}}, "MockedResponses": responses}))
}

fn mock(given: &Given) -> Option<Value> {
    if let Some(output) = &given.output {
        return Some(json!({"Return": serde_json::from_str::<Value>(output).ok()?}));
    }
    let mut thrown = Map::new();
    let error = if given.timeout { Some("States.Timeout".to_owned()) } else { given.error.clone() };
    thrown.extend(error.map(|error| ("Error".to_owned(), json!(error))));
    thrown.extend(given.cause.as_ref().map(|cause| ("Cause".to_owned(), json!(cause))));
    Some(json!({"Throw": thrown}))
}

/// What a record must say of an execution.
fn record(ended: &Ended) -> Value {
    let (usage, failure) = (&ended.outcome.usage, ended.outcome.failure.clone().unwrap_or_default());
    let output = serde_json::from_str::<Value>(&ended.output).ok();
    json!({
        "status": ended.outcome.status.text(),
        "error": failure.error,
        "cause": failure.cause,
        "output": output,
        "usage": [usage.transitions, usage.retries, usage.tasks],
    })
}

/// The same of a record.
fn essence(record: &Value) -> Value {
    let usage = &record["usage"];
    json!({
        "status": record["status"],
        "error": record["error"],
        "cause": record["cause"],
        "output": record["output"],
        "usage": [usage["transitions"], usage["retries"], usage["tasks"]],
    })
}
