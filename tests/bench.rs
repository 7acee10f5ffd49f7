//! `expressway bench` as people use it: what it says of outcomes, money and stages, and what it refuses.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Refuses what has no name, else greets it.
const GREET: &str = r#"{"StartAt":"Look","States":{
  "Look":{"Type":"Choice","Choices":[{"Variable":"$.name","IsPresent":true,"Next":"Greet"}],"Default":"Refuse"},
  "Refuse":{"Type":"Fail","Error":"Nobody","Cause":"there is no name"},
  "Greet":{"Type":"Pass","Parameters":{"hello.$":"$.name"},"End":true}}}"#;

/// Two retries, after 60 and 120 seconds.
const CALL: &str = r#"{"StartAt":"Call","States":{
  "Call":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:Price",
    "Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":60,"MaxAttempts":2}],"End":true}}}"#;
const MOCKS: &str = r#"{"StateMachines":{"Shop":{"TestCases":{"Busy":{"Call":"BusyThenSeven"}}}},
  "MockedResponses":{"BusyThenSeven":{"0-1":{"Throw":{"Error":"Busy","Cause":"later"}},"2":{"Return":{"price":7}}}}}"#;
const WORKER: &str = r#"while read -r line; do
  id=$(printf %s "$line" | sed -E 's/^.*"id":([0-9]+),.*$/\1/')
  sleep 0.2
  echo "{\"id\":$id,\"output\":7}"
done"#;

/// Two executions that succeed, one that fails, one line that is none, a blank one.
const MIXED: &str = "\u{feff}{\"name\":\"Ada\"}\r\n{}\n\n{\"name\" 1}\n{\"name\":\"Grace\"}";

/// A folder of its own for one test, with the definition `d.json`.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, definition: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
        let _ = fs::remove_dir_all(&path); // It need not be there.
        fs::create_dir_all(&path).expect("the target folder can be written");
        let folder = Folder(path);
        folder.write("d.json", definition);
        folder
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).expect("the folder can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file is there, and text")
    }

    fn command(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_expressway"));
        command.current_dir(&self.0).arg(verb).arg("d.json").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn bench(&self, arguments: &[&str]) -> Output {
        self.command("bench", arguments).args(["--seconds", "0.1"]).output().expect("the binary starts")
    }

    /// What the command says for programs.
    #[track_caller]
    fn measured(&self, status: i32, arguments: &[&str]) -> Value {
        let output = self.bench(&[arguments, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what is written is text")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn names(measured: &Value) -> Vec<&str> {
    let stages = measured["stages"].as_array().expect("there are stages");
    stages.iter().map(|stage| stage["name"].as_str().expect("a name")).collect()
}

#[test]
fn outcomes_are_told_and_every_pass_sees_all_lines() {
    let folder = Folder::new("outcomes", GREET);
    folder.write("in.ndjson", MIXED);
    let measured = folder.measured(1, &["in.ndjson", "--shards", "3"]);
    let outcomes = &measured["outcomes"];
    let counts = ["lines", "succeeded", "failed", "rejected", "blank"].map(|name| number(&outcomes[name]));
    assert_eq!(counts, [4.0, 2.0, 1.0, 1.0, 1.0]);
    assert_eq!((&measured["errors"]["Nobody"], &measured["outcomesVary"]), (&1.into(), &false.into()));
    assert_eq!(measured["firstCause"], "line 2: Nobody: there is no name");
    assert_eq!(measured["runs"].as_array().map(Vec::len), Some(2));
    for (run, shards) in measured["runs"].as_array().expect("runs").iter().zip([1, 3]) {
        assert_eq!(run["shards"], shards);
        let executions = run["executionsPerPass"].as_u64().expect("a count");
        assert!(executions > 0 && executions.is_multiple_of(3), "{executions} in one pass");
        assert!(number(&run["executionsPerSecond"]) > 0.0 && number(&run["bytesPerSecond"]) > 0.0);
    }
}

#[test]
fn stages_add_up_to_the_whole() {
    let folder = Folder::new("stages", GREET);
    folder.write("in.ndjson", "{\"name\":\"Ada\"}\n");
    let measured = folder.measured(0, &["in.ndjson", "--shards", "1"]);
    assert_eq!(measured["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(names(&measured)[..5], ["read", "index", "check", "run", "write"]);
    let stages = measured["stages"].as_array().expect("there are stages");
    let sum = |member: &str| stages.iter().map(|stage| number(&stage[member])).sum::<f64>();
    assert!((sum("share") - 1.0).abs() < 1e-9, "{stages:?}");
    // It is not told everywhere, nor on a machine so busy that there was too little of it.
    let whole = measured["runs"][0]["cpuNsPerExecution"].as_f64();
    assert_eq!(names(&measured).last() == Some(&"engine"), whole.is_some(), "{measured}");
    if let Some(whole) = whole {
        assert!((sum("ns") - whole).abs() < whole * 1e-9, "{whole} ns: {stages:?}");
    }
    let run = stages.iter().find(|stage| stage["name"] == "run").expect("it is there");
    assert!(number(&run["ns"]) > 0.0, "{run}");
}

#[test]
fn what_is_run_by_hand_is_what_a_run_gives() {
    let folder = Folder::new("by-hand", GREET);
    folder.write("in.ndjson", MIXED);
    let run = folder.command("run", &["in.ndjson", "--quiet"]).output().expect("the binary starts");
    let outputs = text(&run.stdout);
    assert_eq!(outputs.lines().count(), 2);
    // The last pass is by hand on one shard, and one of the engine's on two.
    for shards in ["1", "2"] {
        let measured = folder.measured(1, &["in.ndjson", "--shards", shards, "--output", "out"]);
        let executions = measured["runs"][0]["executionsPerPass"].as_u64().expect("a count");
        assert!(folder.read("out") == outputs.repeat(executions as usize / 3), "{shards} shards");
    }
}

#[test]
fn a_limit_leaves_the_first_lines() {
    let folder = Folder::new("limit", GREET);
    folder.write("in.ndjson", MIXED);
    let measured = folder.measured(0, &["in.ndjson", "--limit", "1"]);
    assert_eq!((&measured["isWholeFile"], &measured["outcomes"]["lines"]), (&false.into(), &1.into()));
    assert_eq!(measured["inputBytes"], 16);
    assert_eq!(folder.measured(1, &["in.ndjson"])["isWholeFile"], true);
}

#[test]
fn mocks_answer_and_virtual_time_is_paid_for_as_in_a_run() {
    let folder = Folder::new("mocks", CALL);
    folder.write("in.ndjson", "{\"item\":\"lamp\"}\n");
    folder.write("mocks.json", MOCKS);
    let options = ["in.ndjson", "--mock", "mocks.json", "--time", "virtual"];
    let measured = folder.measured(0, &options);
    assert_eq!(names(&measured)[..3], ["read", "index", "check"]);
    assert!(!names(&measured).contains(&"write"), "{measured}");
    assert_eq!(measured["waitingShare"], Value::Null);
    assert!((number(&measured["latencyNs"]["p50"]) / 180e9 - 1.0).abs() < 0.01, "{}", measured["latencyNs"]);
    let quiet = ["--quiet", "--summary", "summary.json"];
    let run = folder.command("run", &[&options[..], &quiet].concat()).output().expect("the binary starts");
    assert!(run.status.success(), "{}", text(&run.stderr));
    let summary: Value = serde_json::from_str(&folder.read("summary.json")).expect("it is JSON");
    assert_eq!(measured["costPerMillion"], summary["costPerMillion"]);
    assert_eq!(measured["costPerMillion"]["standardUsd"], "75");
}

#[test]
fn prices_of_a_file_are_those_of_the_bill() {
    let folder = Folder::new("prices", GREET);
    folder.write("in.ndjson", "{\"name\":\"Ada\"}\n");
    let built_in = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bill/us-east-1.toml"));
    folder.write("prices.toml", built_in.expect("it is part of the repository").replace("USD", "EUR"));
    let measured = folder.measured(0, &["in.ndjson", "--prices", "prices.toml"]);
    assert_eq!(measured["costPerMillion"]["standardEur"], "50");
    let table = text(&folder.bench(&["in.ndjson", "--prices", "prices.toml"]).stdout);
    assert!(table.contains("a million cost 1.10 EUR as Express, 50.00 EUR as Standard"), "{table}");
}

#[cfg(unix)]
#[test]
fn waiting_for_workers_is_no_work() {
    let folder = Folder::new("workers", CALL);
    folder.write("in.ndjson", "{}\n");
    folder.write("worker.sh", WORKER);
    folder.write("tasks.toml", "[[task]]\nresource = \"*\"\ncommand = [\"sh\", \"worker.sh\"]\n");
    let measured = folder.measured(0, &["in.ndjson", "--tasks", "tasks.toml"]);
    assert!(number(&measured["latencyNs"]["p50"]) >= 0.2e9, "{}", measured["latencyNs"]);
    assert!(number(&measured["runs"][0]["executionsPerSecond"]) < 5.0, "{}", measured["runs"]);
    if cfg!(target_os = "linux") {
        assert!(number(&measured["waitingShare"]) > 0.5, "{measured}");
    }
    assert_eq!(folder.bench(&["in.ndjson"]).status.code(), Some(2), "nobody answers");
    assert_eq!(folder.measured(1, &["in.ndjson", "--allow-unbound"])["outcomes"]["failed"], 1);
}

#[test]
fn what_cannot_be_measured_is_refused_with_a_reason() {
    let folder = Folder::new("refused", GREET);
    folder.write("empty", "");
    folder.write("blank", "\n \n");
    folder.write("malformed", "x\n{]\n");
    folder.write("one", "{}");
    let refused = [
        (vec!["-"], 2, "standard input can be read only once"),
        (vec!["/dev/null"], 2, "/dev/null is no regular file"),
        (vec!["missing"], 3, "missing cannot be read"),
        (vec!["empty"], 2, "empty has no lines"),
        (vec!["blank"], 2, "blank has no lines"),
        (
            vec!["malformed"],
            2,
            "no line of malformed starts an execution, all 2 are rejected; line 1, column 1: expected",
        ),
        (vec!["one", "--output", "one"], 2, "one is used for something else"),
        (vec!["one", "--output", "no/such/place"], 2, "no/such/place cannot be written"),
        (vec!["one", "--limit", "0"], 2, "--limit"),
        (vec!["one", "--seconds", "0"], 2, "should be a number from 0.1 to 86400"),
        (vec!["one", "--fail-fast"], 2, "--fail-fast"),
        (vec![], 2, "<FILE>"),
    ];
    for (arguments, status, reason) in refused {
        let output = folder.command("bench", &arguments).output().expect("the binary starts");
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(status), String::new()), "{said}");
        assert!(said.contains(reason), "{said}");
    }
    assert_eq!(folder.read("one"), "{}");
}

#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    let folder = Folder::new("changes", GREET);
    let line = format!("{{\"name\":\"{}\"}}\n", "x".repeat(100_000));
    folder.write("in.ndjson", line.repeat(60));
    let bench =
        folder.command("bench", &["in.ndjson", "--seconds", "6", "--limit", "61"]).spawn().expect("the binary starts");
    sleep(Duration::from_secs(2));
    folder.write("in.ndjson", line.repeat(30)); // In place: whoever has it open sees it.
    let output = bench.wait_with_output().expect("it ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("in.ndjson has changed while it was measured"), "{said}");
}

#[test]
fn the_table_fits_on_a_screen() {
    let folder = Folder::new("table", GREET);
    folder.write("in.ndjson", MIXED);
    let output = folder.bench(&["in.ndjson", "--shards", "2"]);
    let table = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    assert!(table.lines().count() <= 25 && table.lines().all(|line| line.chars().count() <= 120), "{table}");
    assert!(table.starts_with("in.ndjson: 4 lines of 11 bytes\n"), "{table}");
    assert!(table.contains("\n4 lines = 2 succeeded + 1 failed + 1 rejected; 1 blank lines skipped\n"), "{table}");
    assert!(table.contains("\nnot succeeded, for example: line 2: Nobody: there is no name\n"), "{table}");
    for row in ["executions a second ", "megabytes of input a second ", "check ", "write ", "an execution took "] {
        assert!(table.contains(&format!("\n{row}")), "{row}: {table}");
    }
}

#[cfg(unix)]
#[test]
fn no_temporary_file_is_left_behind() {
    let folder = Folder::new("temporary", GREET);
    folder.write("in.ndjson", "{\"name\":\"Ada\"}\n");
    let temporary = folder.0.join("temporary");
    fs::create_dir(&temporary).expect("the folder can be written");
    let entries = || fs::read_dir(&temporary).expect("it is there");
    let left = || entries().count();
    let mut command = folder.command("bench", &["in.ndjson", "--seconds"]);
    command.env("TMPDIR", &temporary);
    let mut bench = command.arg("600").spawn().expect("the binary starts");
    // Signals are heeded before the first lines are copied.
    while !entries().any(|folder| folder.is_ok_and(|folder| folder.path().join("lines.ndjson").exists())) {
        sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill").arg(bench.id().to_string()).status().expect("there is a kill");
    assert!(killed.success());
    bench.wait().expect("it ends");
    assert_eq!(left(), 0, "after a signal");
    let mut command = folder.command("bench", &["in.ndjson", "--seconds", "0.1"]);
    assert!(command.env("TMPDIR", &temporary).output().expect("the binary starts").status.success());
    assert_eq!(left(), 0, "after the end");
}
