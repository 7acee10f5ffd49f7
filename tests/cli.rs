//! The command line as people use it: the real binary, its output, its exit status.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// Doubles nothing, but fails on request and waits on request.
const SORT: &str = r#"{"StartAt":"Sort","States":{
  "Sort":{"Type":"Choice","Choices":[
    {"Variable":"$.fail","IsPresent":true,"Next":"Refuse"},
    {"Variable":"$.wait","IsPresent":true,"Next":"Wait"}],"Default":"Done"},
  "Refuse":{"Type":"Fail","Error":"Refused","Cause":"it was asked for"},
  "Wait":{"Type":"Wait","SecondsPath":"$.wait","Next":"Done"},
  "Done":{"Type":"Pass","Parameters":{"id.$":"$.id"},"End":true}}}"#;

const CALL: &str = r#"{"StartAt":"Call","States":{
  "Call":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:Price",
    "Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":60,"MaxAttempts":2}],"End":true}}}"#;

const MOCKS: &str = r#"{"StateMachines":{"Shop":{"TestCases":{
    "Happy":{"Call":"Seven"},"Busy":{"Call":"BusyThenSeven"}}}},
  "MockedResponses":{"Seven":{"0":{"Return":{"price":7}}},
    "BusyThenSeven":{"0-1":{"Throw":{"Error":"Busy","Cause":"later"}},"2":{"Return":{"price":7}}}}}"#;

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&path); // It need not be there.
        fs::create_dir_all(&path).expect("the target folder can be written");
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the folder can be written");
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file is there, and text")
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_expressway"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = command(arguments).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.as_ref().to_vec();
    // The command may end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it only writes");
    output
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, stdout: &str) {
    assert_eq!(
        (output.status.code(), &*text(&output.stdout)),
        (Some(code), stdout),
        "stderr: {}",
        text(&output.stderr)
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what is written is text")
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    text(bytes).lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

#[test]
fn outputs_come_in_the_order_of_their_lines() {
    let folder = Folder::new("order");
    let definition = folder.write("d.json", SORT);
    let lines: String = (0..20_000).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    assert_ends(&run(&["run", &definition, "--quiet", "--shards", "4"], &lines), 0, &lines);
    let late_first = "{\"id\":0,\"wait\":1}\n{\"id\":1}\n";
    assert_ends(&run(&["run", &definition, "--quiet"], late_first), 0, "{\"id\":0}\n{\"id\":1}\n");
    assert_ends(&run(&["run", &definition, "--quiet", "--unordered"], late_first), 0, "{\"id\":1}\n{\"id\":0}\n");
}

#[test]
fn a_record_tells_what_became_of_each_line() {
    let folder = Folder::new("record");
    let definition = folder.write("d.json", SORT);
    let input = "{\"id\":1}\n{\"id\":2,\"fail\":true}\n{\"id\" 3}\n\n{\"id\":5}";
    let output = run(&["run", &definition, "--emit", "record", "--quiet", "--account", "123456789012"], input);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    let records = json_lines(&output.stdout);
    let told: Vec<(u64, &str)> = records
        .iter()
        .map(|r| (r["line"].as_u64().expect("a number"), r["status"].as_str().expect("a text")))
        .collect();
    assert_eq!(told, [(1, "SUCCEEDED"), (2, "FAILED"), (3, "REJECTED"), (5, "SUCCEEDED")]);
    assert_eq!(records[0]["output"]["id"], 1);
    assert_eq!(records[0]["usage"]["transitions"], 2);
    assert_eq!(records[0]["cost"]["standardUsd"], "0.00005");
    assert_eq!(records[0]["billingDetails"]["billedDurationInMilliseconds"], 100);
    let arn = records[0]["executionArn"].as_str().expect("a text");
    assert!(arn.starts_with("arn:aws:states:us-east-1:123456789012:express:d:line-1:"), "{arn}");
    assert_eq!((&records[1]["error"], &records[1]["cause"]), (&"Refused".into(), &"it was asked for".into()));
    assert_eq!(records[1]["input"]["id"], 2);
    assert_eq!(records[2]["error"], "InvalidExecutionInput");
    assert_eq!(records[2]["cause"], "line 3, column 7: expected `:`, found `3`");
    assert_eq!((&records[2]["input"], &records[2]["offset"]), (&"{\"id\" 3}".into(), &30.into()));
}

#[test]
fn a_line_that_is_no_text_spoils_no_other() {
    let folder = Folder::new("no-text");
    let sort = folder.write("sort.asl.json", SORT);
    let lines = b"{\"id\":1}\n{\"id\":\"\xff\"}\n{\"id\":\"\xc3\n\xa9\"}\n{\"id\":\"\xc3\xa9\"}\n";
    assert_ends(&run(&["run", &sort, "--quiet"], lines), 1, "{\"id\":1}\n{\"id\":\"\u{e9}\"}\n");
}

#[test]
fn failures_can_be_fed_in_again() {
    let folder = Folder::new("again");
    let definition = folder.write("d.json", SORT);
    let failures = folder.path("failures.ndjson");
    let input = "{\"id\":1}\n{\"id\":2,\"fail\":true}\nnot json\n";
    let output = run(&["run", &definition, "--failures", &failures, "--quiet"], input);
    assert_ends(&output, 1, "{\"id\":1}\n");
    let again = run(&["eval", "$.input", &failures], "");
    assert_ends(&again, 0, "{\"id\":2,\"fail\":true}\n\"not json\"\n");
    let repaired = text(&again.stdout).replace(",\"fail\":true", "").replace("\"not json\"\n", "");
    assert_ends(&run(&["run", &definition, "--quiet"], repaired), 0, "{\"id\":2}\n");
    let beside = run(&["run", &definition, "--quiet"], input);
    assert_eq!(json_lines(&beside.stderr).len(), 2, "without a file, failures are told on stderr");
}

#[test]
fn nothing_vanishes_from_the_summary() {
    let folder = Folder::new("summary");
    let definition = folder.write("d.json", SORT);
    let summary = folder.path("summary.json");
    let input = "{\"id\":1}\n{\"id\":2,\"fail\":true}\n]\n\n{\"id\":5}\n";
    let output = run(&["run", &definition, "--summary", &summary, "--failures", &folder.path("f")], input);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stderr);
    assert!(shown.contains("4 lines = 2 succeeded + 1 failed + 1 rejected"), "{shown}");
    let told: Value = serde_json::from_str(&folder.read("summary.json")).expect("the summary is JSON");
    let count = |name: &str| told[name].as_u64().expect("a number");
    let counts = ["lines", "succeeded", "failed", "rejected", "blank", "unaccounted"].map(count);
    assert_eq!(counts, [4, 2, 1, 1, 1, 0]);
    assert_eq!(told["errors"][0], serde_json::json!({"error": "Refused", "count": 1}));
    assert_eq!((&told["states"][0]["name"], &told["states"][0]["entered"]), (&"Sort".into(), &3.into()));
}

#[test]
fn a_run_stops_where_it_is_told_to() {
    let folder = Folder::new("stop");
    let definition = folder.write("d.json", SORT);
    let lines: String = (0..100).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    let limited = run(&["run", &definition, "--quiet", "--limit", "3"], &lines);
    assert_ends(&limited, 0, "{\"id\":0}\n{\"id\":1}\n{\"id\":2}\n");
    let failing = format!("{{\"id\":-1,\"fail\":1}}\n{}", lines.repeat(5000));
    let output = run(&["run", &definition, "--fail-fast", "--failures", &folder.path("f")], failing);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json_lines(folder.read("f").as_bytes()).len(), 1);
    let told = text(&output.stdout).lines().count();
    assert!(told < 500_000, "{told} lines went on after the first failure");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new("pipe");
    let definition = folder.write("d.json", SORT);
    let input = folder.write("in.ndjson", "{\"id\":1}\n".repeat(500_000));
    for arguments in [&["run", &definition, &input][..], &["eval", "$.id", &input]] {
        let mut child = command(arguments).spawn().expect("the binary starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line comes");
        drop(stdout);
        let status = child.wait().expect("it ends");
        let mut complaints = String::new();
        child.stderr.take().expect("it is piped").read_to_string(&mut complaints).expect("text");
        assert_eq!((status.code(), &*complaints), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn placeholders_are_filled_or_refused() {
    let folder = Folder::new("substitute");
    let definition = folder
        .write("d.json", r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"${Stage}-${Stage}","End":true}}}"#);
    let run_with = |more: &[&str]| run(&[&["run", &definition, "--quiet"], more].concat(), "{}\n");
    assert_ends(&run_with(&["--substitute", "Stage=test"]), 0, "\"test-test\"\n");
    let unfilled = run_with(&[]);
    assert_ends(&unfilled, 2, "");
    assert!(text(&unfilled.stderr).contains("--substitute Stage=VALUE"), "{}", text(&unfilled.stderr));
    assert_eq!(run(&["check", &definition], "").status.code(), Some(0), "a warning only");
    assert_eq!(run_with(&["--substitute", "Stage"]).status.code(), Some(2));
}

#[test]
fn mocks_answer_attempt_by_attempt_while_virtual_time_flies() {
    let folder = Folder::new("mocks");
    let (definition, mocks) = (folder.write("d.json", CALL), folder.write("mocks.json", MOCKS));
    let history = folder.path("history.ndjson");
    let play = |case: &str| {
        let play = ["run", &definition, "--mock", &mocks, "--test-case", case, "--time", "virtual", "--seed", "1"];
        run(&[&play[..], &["--emit", "record", "--quiet", "--history", &history]].concat(), "{}\n")
    };
    let happy = play("Happy");
    assert_eq!(json_lines(&happy.stdout)[0]["output"]["price"], 7);
    let busy = play("Busy");
    let record = &json_lines(&busy.stdout)[0];
    assert_eq!((busy.status.code(), &record["status"]), (Some(0), &"SUCCEEDED".into()));
    assert_eq!((&record["usage"]["retries"], &record["usage"]["durationMs"]), (&2.into(), &180_000.into()));
    assert_eq!(record["startDate"], "2026-01-01T00:00:00.000Z");
    let types: Vec<Value> =
        json_lines(folder.read("history.ndjson").as_bytes()).iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types.iter().filter(|kind| **kind == "LambdaFunctionFailed").count(), 2, "{types:?}");
    let first = folder.read("history.ndjson");
    assert_eq!(play("Busy").stdout, busy.stdout, "a seed makes virtual time repeatable");
    assert_eq!(folder.read("history.ndjson"), first);
    let unknown = play("Sad");
    assert_ends(&unknown, 2, "");
    assert!(text(&unknown.stderr).contains("no test case 'Sad', only: Busy, Happy"), "{}", text(&unknown.stderr));
}

#[test]
fn a_log_level_says_which_events_are_written() {
    let folder = Folder::new("level");
    let definition = folder.write("d.json", SORT);
    let history = folder.path("h.ndjson");
    let types = |more: &[&str]| {
        let arguments = ["run", &definition, "--emit", "record", "--quiet", "--history", &history];
        let output = run(&[&arguments[..], more].concat(), "{\"secret\":1,\"fail\":1}\n");
        assert_eq!(output.status.code(), Some(1));
        let events = json_lines(folder.read("h.ndjson").as_bytes());
        events.iter().map(|event| event["type"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    let all = ["ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited", "FailStateEntered", "ExecutionFailed"];
    assert_eq!(types(&[]), all);
    assert!(folder.read("h.ndjson").contains("secret"));
    assert_eq!(types(&["--no-execution-data"]), all);
    assert!(!folder.read("h.ndjson").contains("secret"));
    assert_eq!(types(&["--log-level", "error"]), ["FailStateEntered", "ExecutionFailed"]);
    assert_eq!(types(&["--log-level", "fatal"]), ["ExecutionFailed"]);
    assert_eq!(types(&["--log-level", "off"]), [""; 0]);
}

#[test]
fn a_task_that_nobody_answers_is_found_before_the_run() {
    let folder = Folder::new("unbound");
    let definition = folder.write("d.json", CALL);
    let refused = run(&["run", &definition], "{}\n");
    assert_ends(&refused, 2, "");
    let shown = text(&refused.stderr);
    assert!(shown.contains("d.json:2:37 (/States/Call/Resource)") && shown.contains("--allow-unbound"), "{shown}");
    let allowed = run(&["run", &definition, "--allow-unbound", "--emit", "record", "--quiet"], "{}\n");
    assert_eq!(allowed.status.code(), Some(1));
    assert_eq!(json_lines(&allowed.stdout)[0]["error"], "States.TaskFailed");
}

#[cfg(unix)]
#[test]
fn workers_answer_tasks() {
    let folder = Folder::new("workers");
    let definition = folder.write("d.json", CALL);
    let worker = r#"sed -u 's/.*"id":\([0-9]*\).*/{"id":\1,"output":{"price":9}}/'"#;
    let bindings =
        format!("[[task]]\nresource = \"arn:aws:lambda:*:*:function:*\"\ncommand = [\"sh\", \"-c\", '''{worker}''']\n");
    let tasks = folder.write("tasks.toml", bindings);
    let output = run(&["run", &definition, "--tasks", &tasks, "--quiet"], "{}\n{}\n");
    assert_ends(&output, 0, "{\"price\":9}\n{\"price\":9}\n");
    let refused = run(&["run", &definition, "--tasks", &tasks, "--time", "virtual"], "{}\n");
    assert_ends(&refused, 2, "");
    let wrong = folder.write("wrong.toml", "[[task]]\nresource = \"a\"\ncomand = [\"b\"]\n");
    let refused = run(&["run", &definition, "--tasks", &wrong], "");
    assert_ends(&refused, 2, "");
    assert!(text(&refused.stderr).contains("unknown field `comand`"), "{}", text(&refused.stderr));
}

#[test]
fn a_loop_without_end_is_stopped() {
    let folder = Folder::new("loop");
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$","IsString":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}"#;
    let definition = folder.write("d.json", definition);
    let output = run(&["run", &definition, "--emit", "record", "--quiet", "--max-instructions", "1000"], "{}\n\"x\"\n");
    let records = json_lines(&output.stdout);
    assert_eq!((&records[0]["error"], &records[1]["status"]), (&"States.Runtime".into(), &"SUCCEEDED".into()));
}

#[test]
fn no_file_is_written_over_that_the_run_needs() {
    let folder = Folder::new("over");
    let definition = folder.write("d.json", SORT);
    let input = folder.write("in.ndjson", "{\"id\":1}\n");
    for option in ["--output", "--failures", "--history", "--summary"] {
        for target in [&input, &definition] {
            let output = run(&["run", &definition, &input, option, target], "");
            assert_ends(&output, 2, "");
        }
    }
    let both = folder.path("both");
    assert_ends(&run(&["run", &definition, &input, "--output", &both, "--failures", &both], ""), 2, "");
    assert_eq!((folder.read("in.ndjson"), folder.read("d.json")), ("{\"id\":1}\n".into(), SORT.into()));
}

#[test]
fn trouble_has_an_exit_status_of_its_own() {
    let folder = Folder::new("trouble");
    let definition = folder.write("d.json", SORT);
    let missing = folder.path("missing.ndjson");
    let output = run(&["run", &definition, &missing, "--quiet"], "");
    assert_ends(&output, 3, "");
    assert!(text(&output.stderr).contains("missing.ndjson"), "{}", text(&output.stderr));
    assert_eq!(run(&["run", &missing], "").status.code(), Some(2), "no definition");
    assert_eq!(run(&["run", &definition, "--no-such-option"], "").status.code(), Some(2));
    assert_eq!(run(&["eval", "$.a", &missing], "").status.code(), Some(3));
    for option in [["--account", "12"], ["--name-prefix", "a b"], ["--limit", "0"], ["--shards", "0"], ["--type", "x"]]
    {
        assert_eq!(run(&[&["run", &definition], &option[..]].concat(), "").status.code(), Some(2), "{option:?}");
    }
}

/// A run that has told of a first line and is now waiting in a second one.
#[cfg(unix)]
fn waiting_run(folder: &Folder, wait_seconds: u32) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let definition = folder.write("d.json", SORT);
    let mut child = command(&["run", &definition, "--emit", "record", "--quiet"]).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"{\"id\":1}\n").expect("it reads");
    let mut told = BufReader::new(child.stdout.take().expect("it is piped"));
    told.read_line(&mut String::new()).expect("the first record comes while the input is open");
    let line = format!("{{\"id\":2,\"wait\":{wait_seconds}}}\n");
    stdin.write_all(line.as_bytes()).expect("it reads");
    pause();
    (child, stdin, told)
}

#[cfg(unix)]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(300));
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
}

#[cfg(unix)]
#[test]
fn a_first_signal_lets_a_run_finish_what_it_has_read() {
    let (mut child, _stdin, mut told) = waiting_run(&Folder::new("drain"), 2);
    terminate(&child);
    let mut line = String::new();
    told.read_line(&mut line).expect("text");
    assert!(line.contains("SUCCEEDED"), "{line}");
    assert_eq!(child.wait().expect("it ends with its input open").code(), Some(3));
}

#[cfg(unix)]
#[test]
fn a_second_signal_aborts_what_is_in_flight() {
    let (mut child, _stdin, mut told) = waiting_run(&Folder::new("abort"), 200);
    terminate(&child);
    pause();
    terminate(&child);
    let mut line = String::new();
    told.read_line(&mut line).expect("text");
    let record: Value = serde_json::from_str(&line).expect("a record comes for what was aborted");
    assert_eq!((&record["status"], &record["input"]["id"]), (&"ABORTED".into(), &2.into()));
    assert_eq!(child.wait().expect("it ends with its input open").code(), Some(3));
}

#[test]
fn check_shows_every_mistake_with_its_place() {
    let folder = Folder::new("check");
    let good = folder.write("good.json", SORT);
    let bad = folder.write("bad.json", "{\"StartAt\":\"A\",\n \"States\":{\"A\":{\"Type\":\"Pass\",\n  \"Next\":\"Bee\"},\"Be\":{\"Type\":\"Succed\"}}}");
    let yaml = folder.write("good.yaml", "StartAt: A\nStates:\n  A:\n    Type: Succeed\n");
    assert_ends(
        &run(&["check", &good, &yaml], ""),
        0,
        &format!("{good}: no mistakes found\n{yaml}: no mistakes found\n"),
    );
    let output = run(&["check", &good, &bad], "");
    assert_eq!(output.status.code(), Some(2));
    let shown = text(&output.stdout);
    for part in ["bad.json:3:", "^^^^^", "did you mean", "/States/A/Next", "Succed", "3 errors"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let output = run(&["check", "--format", "json", &good, &bad], "");
    let replies = json_lines(&output.stdout);
    assert_eq!((&replies[0]["result"], &replies[1]["result"]), (&"OK".into(), &"FAIL".into()));
    assert_eq!(replies[1]["diagnostics"].as_array().map(Vec::len), Some(3));
    assert_eq!(run(&["check", &folder.path("none.json")], "").status.code(), Some(2));
    assert_eq!(run(&["check", &folder.write("latin.json", b"\"\xe9\"")], "").status.code(), Some(2));
}

#[test]
fn check_knows_the_types_of_machines() {
    let folder = Folder::new("types");
    let sync =
        CALL.replace("arn:aws:lambda:us-east-1:000000000000:function:Price", "arn:aws:states:::glue:startJobRun.sync");
    let definition = folder.write("d.json", sync);
    let express = run(&["check", &definition], "");
    assert_eq!(express.status.code(), Some(2));
    assert!(text(&express.stdout).contains("does not support '.sync'"), "{}", text(&express.stdout));
    assert_eq!(run(&["check", "--type", "standard", &definition], "").status.code(), Some(0));
}

#[test]
fn show_lists_and_draws() {
    let folder = Folder::new("show");
    let definition = folder.write("d.json", SORT);
    let listing = run(&["show", &definition], "");
    assert!(text(&listing.stdout).contains("Refuse (Fail)"), "{}", text(&listing.stdout));
    let mermaid = text(&run(&["show", "--graph", "mermaid", &definition], "").stdout);
    assert!(mermaid.starts_with("flowchart TD\n") && mermaid.contains("s0 -->|\"otherwise\"| s3"), "{mermaid}");
    let svg = text(&run(&["show", "--graph", "svg", &definition], "").stdout);
    assert!(svg.starts_with("<svg ") && svg.contains(">Refuse</text>") && svg.ends_with("</svg>\n"), "{svg}");
    let wrong = folder.write("wrong.json", "{}");
    for arguments in [&["show", &wrong][..], &["show", "--graph", "svg", &wrong]] {
        assert_ends(&run(arguments, ""), 2, "");
    }
}

#[test]
fn eval_goes_on_after_lines_that_cannot_be_evaluated() {
    let input = "\u{feff}{\"a\":[1,2]}\r\n\n{\"a\" 1}\n{\"b\":1}\n{\"a\":\n";
    let output = run(&["eval", "$.a"], input);
    assert_ends(&output, 1, "[1,2]\n");
    let told: Vec<String> = text(&output.stderr).lines().map(str::to_owned).collect();
    assert!(told[0].starts_with("error: line 3: InvalidExecutionInput: column 6: expected `:`"), "{told:?}");
    assert!(told[1].starts_with("error: line 4: States.ParameterPathFailure: "), "{told:?}");
    assert!(told[2].starts_with("error: line 5: InvalidExecutionInput: column 6: "), "{told:?}");
    let records = json_lines(&run(&["eval", "$.a", "--emit", "record"], input).stdout);
    assert_eq!(records.len(), 4);
    assert_eq!(records[0], serde_json::json!({"result": [1, 2]}));
    assert_eq!(records[2]["error"]["code"], "States.ParameterPathFailure");
}

#[test]
fn eval_answers_a_line_before_the_next_one_comes() {
    let mut child = command(&["eval", "$.a"]).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut told = BufReader::new(child.stdout.take().expect("it is piped"));
    for number in ["1\n", "2\n"] {
        stdin.write_all(format!("{{\"a\":{number}").replace('\n', "}\n").as_bytes()).expect("it reads");
        let mut line = String::new();
        told.read_line(&mut line).expect("text");
        assert_eq!(line, number);
    }
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn eval_knows_functions_and_variables() {
    let bound = ["eval", "--no-input", "--bind", r#"{"n":[1,2,3]}"#, "States.ArrayLength($n)"];
    assert_ends(&run(&bound, ""), 0, "3\n");
    assert_ends(&run(&["eval", "States.Format('{}!', $.a)"], "{\"a\":\"x\"}\n{\"a\":2}"), 0, "\"x!\"\n\"2!\"\n");
    for wrong in
        [&["eval", "States.Nothing()"][..], &["eval", "$", "--bind", "[]"], &["eval", "--language", "jsonata", "a["]]
    {
        assert_ends(&run(wrong, "{}\n"), 2, "");
    }
    let shown = text(&run(&["eval", "States.Nothing()"], "").stderr);
    assert!(shown.contains("States.Nothing()\n  ^"), "{shown}");
}

#[test]
fn eval_speaks_jsonata_line_by_line() {
    let input = "{\"a\":[1,2]}\r\n\n{\"a\" 1}\n{\"b\":1}\n{\"a\":\"x\"}\n{\"a\":4}";
    let jsonata = |more: &[&str]| run(&[&["eval", "--language", "jsonata"], more].concat(), input);
    let output = jsonata(&["$sum(a)"]);
    // What has no value writes nothing, and is no failure.
    assert_ends(&output, 1, "3\n4\n");
    let told: Vec<String> = text(&output.stderr).lines().map(str::to_owned).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("error: line 3: InvalidExecutionInput: column 6: expected `:`"), "{told:?}");
    assert!(told[1].starts_with("error: line 5: T0412: Argument 1 of function \"sum\""), "{told:?}");
    assert_ends(&jsonata(&["$type(a) = 'nothing'"]), 1, "false\nfalse\nfalse\nfalse\n");

    let output = jsonata(&["--emit", "record", "$sum(a)"]);
    assert_eq!((output.status.code(), &*text(&output.stderr)), (Some(1), ""));
    let records = json_lines(&output.stdout);
    let codes: Vec<&str> = records.iter().filter_map(|record| record["error"]["code"].as_str()).collect();
    assert_eq!(codes, ["InvalidExecutionInput", "T0412"]);
    assert_eq!((records.len(), &records[2]), (5, &serde_json::json!({"undefined": true})));
    assert_eq!(records[4], serde_json::json!({"result": 4}));
}

#[test]
fn eval_of_jsonata_names_the_file_and_the_line() {
    let folder = Folder::new("eval-jsonata");
    let (good, bad) = (folder.write("good.ndjson", "{\"a\":1}\n"), folder.write("bad.ndjson", "{}\n{\"a\":true}\n"));
    let output = run(&["eval", "--language", "jsonata", "a * 2", &good, &bad], "");
    assert_ends(&output, 1, "2\n");
    assert!(text(&output.stderr).starts_with(&format!("error: {bad}, line 2: T2001: ")), "{}", text(&output.stderr));
    let missing = folder.path("none.ndjson");
    assert_ends(&run(&["eval", "--language", "jsonata", "a", &missing], ""), 3, "");
}

#[test]
fn eval_of_jsonata_points_into_a_wrong_expression() {
    let output = run(&["eval", "--language", "jsonata", "a.(b + )"], "{}\n");
    assert_ends(&output, 2, "");
    let said = text(&output.stderr);
    assert!(said.starts_with("error: S0211: ") && said.contains("\n  a.(b + )\n         ^"), "{said}");
    let output = run(&["eval", "--language", "jsonata", "--emit", "record", "a["], "{}\n");
    assert_eq!(json_lines(&output.stdout)[0]["error"]["code"], "S0203");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn eval_of_jsonata_knows_variables_and_needs_no_input() {
    let bound = ["eval", "--language", "jsonata", "--no-input", "--bind", r#"{"n":3,"o":{"p":[1,"x"]}}"#];
    let evaluate = |expression: &str| run(&[&bound[..], &[expression]].concat(), "");
    assert_ends(&evaluate("[1..$n]"), 0, "[1,2,3]\n");
    assert_ends(&evaluate("$o.p[1] & $n"), 0, "\"x3\"\n");
    assert_ends(&evaluate("$"), 0, "");
    assert_ends(&evaluate("$unknown"), 0, "");
    assert_ends(&run(&["eval", "--language", "jsonata", "--bind", "[]", "1"], "{}"), 2, "");
    assert_ends(&run(&["eval", "--language", "jsonata", "--no-input", "--", "-1"], ""), 0, "-1\n");
}

#[test]
fn every_command_shows_an_example() {
    for command in ["run", "check", "show", "eval", "bench"] {
        let output = run(&[command, "--help"], "");
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains(&format!("  expressway {command} ")), "{help}");
    }
}
