//! The examples say what they are expected to say, and hold out against real security events.
//!
//! `UPDATE_EXPECT=1` rewrites the expected outputs; the diff is the review.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One run of an example.
struct Run {
    /// The example's folder.
    example: &'static str,
    /// Options, as a user would give them; files are named from the repository's root.
    options: &'static str,
    /// What goes to standard output, in the example's folder.
    expected: &'static str,
    /// The exit status: 1 where something is meant to fail.
    exit: i32,
}

const fn plain(example: &'static str, exit: i32) -> Run {
    Run { example, options: "", expected: "expected.ndjson", exit }
}

const fn payment(test_case: &'static str, expected: &'static str, exit: i32) -> Run {
    Run { example: "retry", options: test_case, expected, exit }
}

/// The same workflow, answered by one worker or another.
const fn worker(tasks: &'static str) -> Run {
    Run { example: "worker", options: tasks, expected: "expected.ndjson", exit: 0 }
}

/// The incident response with mocked tasks; `examples/incident-response/run` has it answered by services.
const fn incident(options: &'static str, expected: &'static str, exit: i32) -> Run {
    Run { example: "incident-response", options, expected, exit }
}

const RUNS: &[Run] = &[
    plain("triage", 0),
    plain("orders", 1),
    plain("cloudtrail", 0),
    plain("asff", 0),
    plain("securityhub", 0),
    plain("guardduty", 1),
    plain("config", 1),
    plain("eventbridge", 0),
    plain("fanout", 0),
    plain("digest", 1),
    // A record for every line; with a seed, dates and names are the same every time.
    Run {
        example: "orders",
        options: "--emit record --time virtual --seed 1",
        expected: "expected-records.ndjson",
        exit: 1,
    },
    Run { example: "wait", options: "--time virtual --seed 1", expected: "expected.ndjson", exit: 0 },
    worker("--tasks examples/worker/tasks.toml"),
    worker("--tasks examples/worker/batch.toml"),
    worker("--tasks examples/worker/at_once.toml"),
    worker("--tasks examples/worker/shell.toml"),
    payment(
        "--mock examples/retry/mocks.json --test-case busy --time virtual --seed 1 --emit record",
        "expected-busy.ndjson",
        0,
    ),
    payment("--mock examples/retry/mocks.json --test-case declined --time virtual", "expected-declined.ndjson", 0),
    payment(
        "--mock examples/retry/mocks.json --test-case down --time virtual --seed 1 --emit record",
        "expected-down.ndjson",
        1,
    ),
    incident(
        "--mock examples/incident-response/mocks.json --test-case contained --time virtual --seed 1 \
         --substitute Region=us-east-1 --substitute Account=123456789012 --substitute QuarantineGroup=sg-0 \
         --substitute Topic=arn:aws:sns:us-east-1:123456789012:incidents --emit record",
        "expected-contained.ndjson",
        0,
    ),
    incident(
        "--mock examples/incident-response/mocks.json --test-case gone --time virtual \
         --substitute Region=us-east-1 --substitute Account=123456789012 --substitute QuarantineGroup=sg-0 \
         --substitute Topic=arn:aws:sns:us-east-1:123456789012:incidents",
        "expected-gone.ndjson",
        0,
    ),
    incident(
        "--mock examples/incident-response/mocks.json --test-case refused --time virtual --emit record --limit 1 --seed 1 \
         --substitute Region=us-east-1 --substitute Account=123456789012 --substitute QuarantineGroup=sg-0 \
         --substitute Topic=arn:aws:sns:us-east-1:123456789012:incidents",
        "expected-refused.ndjson",
        1,
    ),
];

#[test]
fn every_example_says_what_it_should() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    for run in RUNS {
        let folder = Path::new("examples").join(run.example);
        let done = expressway(&folder, &folder.join("events.ndjson"), run.options);
        let said = String::from_utf8(done.stdout).expect("outputs are text");
        let complaints = String::from_utf8_lossy(&done.stderr);
        let expected = root().join(&folder).join(run.expected);
        if update {
            fs::write(&expected, &said).expect("the repository can be written");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(said, expected, "{} {}\n{complaints}", run.example, run.options);
        assert_eq!(done.status.code(), Some(run.exit), "{} {}\n{complaints}", run.example, run.options);
    }
}

/// Examples that bring a server of their own: their script starts it and runs the command.
const SCRIPTS: &[&str] = &["http", "lambda"];

#[test]
fn every_script_says_what_it_should() {
    for example in SCRIPTS {
        let folder = root().join("examples").join(example);
        let done = Command::new(folder.join("run")).arg(env!("CARGO_BIN_EXE_expressway")).output();
        let done = done.expect("the script can be run");
        let said = String::from_utf8(done.stdout).expect("outputs are text");
        let expected = fs::read_to_string(folder.join("expected.ndjson")).expect("it is there");
        assert_eq!(said, expected, "{example}\n{}", String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{example}: {}", done.status);
    }
}

#[test]
fn every_folder_is_run() {
    let folders = fs::read_dir(root().join("examples")).expect("the examples are there");
    for entry in folders.map(|entry| entry.expect("a readable folder")).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name();
        let is_run = RUNS.iter().any(|run| name == run.example) || SCRIPTS.iter().any(|example| name == *example);
        assert!(is_run, "no run for the example {name:?}");
    }
}

/// Which example takes which of the published events, outside the repository.
const REAL: &[(&str, &str)] = &[
    ("cloudtrail", "cloudtrail-attack-simulation.ndjson"),
    ("cloudtrail", "cloudtrail-stratus-detonations.ndjson"),
    ("cloudtrail", "cloudtrail-detection-cases.ndjson"),
    ("asff", "securityhub-findings-asff.ndjson"),
    ("securityhub", "securityhub-events.ndjson"),
    ("guardduty", "guardduty-findings.ndjson"),
    ("config", "config-rule-events.ndjson"),
    ("eventbridge", "eventbridge-mixed.ndjson"),
    // Most of these are no findings: they fail, and say why.
    ("triage", "eventbridge-mixed.ndjson"),
];

#[test]
fn real_events_end_well_or_say_why_not() {
    let events = root().join("../shared/events");
    if !events.is_dir() {
        eprintln!("skipped: no events at {}", events.display());
        return;
    }
    for (example, file) in REAL {
        let file = events.join(file);
        let done = expressway(&Path::new("examples").join(example), &file, "--emit record");
        let text = String::from_utf8(done.stdout).expect("records are text");
        let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
        let lines = fs::read_to_string(&file).expect("events are text").lines().count();
        assert_eq!(records.len(), lines, "{example} over {}", file.display());
        let must_succeed = *example != "triage";
        for record in records {
            match record["status"].as_str() {
                Some("SUCCEEDED") => assert!(record["output"].is_object() || record["output"].is_array(), "{record}"),
                Some("FAILED") if !must_succeed => {
                    assert_eq!(record["error"], "States.Runtime", "{record}");
                    let cause = record["cause"].as_str().expect("a failure has a cause");
                    assert!(cause.contains("$.detail.severity"), "{record}");
                }
                _ => panic!("{example} over {}: {record}", file.display()),
            }
        }
    }
}

fn expressway(folder: &Path, events: &Path, options: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_expressway"))
        .current_dir(root())
        .arg("run")
        .args([&folder.join("workflow.asl.json"), events])
        .args(options.split_whitespace())
        .arg("--quiet")
        .output()
        .expect("the binary was built for this test")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
