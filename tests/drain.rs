//! Draining: a signal ends a run within its time, and what did not come to an end is told with its input.
#![cfg(unix)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A worker of a shell: answers after as many seconds as the input says.
const DEFINITION: &str = r#"{"StartAt":"Call","States":{
  "Call":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:Slow","End":true}}}"#;
const WORKER: &str = r#"while read -r line; do
  id=$(printf %s "$line" | sed -E 's/^.*"id":([0-9]+),.*$/\1/')
  seconds=$(printf %s "$line" | sed -E 's/^.*"wait":([0-9]+).*$/\1/')
  (sleep "$seconds"; echo "{\"id\":$id,\"output\":$seconds}") &
done; wait"#;

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("drain").join(name);
    let _ = fs::remove_dir_all(&path); // It need not be there.
    fs::create_dir_all(&path).expect("the target folder can be written");
    fs::write(path.join("d.json"), DEFINITION).expect("the folder can be written");
    fs::write(path.join("worker.sh"), WORKER).expect("the folder can be written");
    let tasks = "[[task]]\nresource = \"*\"\ncommand = [\"sh\", \"worker.sh\"]\n";
    fs::write(path.join("tasks.toml"), tasks).expect("the folder can be written");
    path
}

/// A run whose input stays open.
fn start(folder: &Path, drain: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_expressway"));
    command.args(["run", "d.json", "--tasks", "tasks.toml", "--output", "out", "--failures", "failed"]);
    command.args(["--summary", "summary", "--quiet", "--drain", drain]).current_dir(folder);
    command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

fn terminate(child: &Child) {
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("the file is there, and text")
}

#[test]
fn what_ends_in_time_is_written_and_the_rest_is_aborted_with_its_input() {
    let folder = folder("partly");
    let mut child = start(&folder, "4");
    let lines: String =
        (0..12).map(|n| format!("{{\"wait\":{},\"n\":{n}}}\n", if n % 3 == 0 { 100 } else { 2 })).collect();
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(lines.as_bytes()).expect("it reads");
    sleep(Duration::from_millis(500));
    let began = Instant::now();
    terminate(&child);
    // A worker that still sleeps is killed; the run does not wait for it any longer than for a farewell.
    assert_eq!(child.wait().expect("it ends with its input open").code(), Some(3));
    let took = began.elapsed();
    assert!((4..20).contains(&took.as_secs()), "{took:?}");
    assert_eq!(read(&folder, "out"), "2\n".repeat(8));
    let failed = read(&folder, "failed");
    let aborted: BTreeMap<u64, String> = failed
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).expect("a record");
            assert_eq!((&record["status"], &record["input"]["wait"]), (&"ABORTED".into(), &100.into()), "{line}");
            (record["line"].as_u64().expect("a number"), record["input"].to_string())
        })
        .collect();
    assert_eq!(aborted.keys().copied().collect::<Vec<_>>(), [1, 4, 7, 10]);
    let summary: Value = serde_json::from_str(&read(&folder, "summary")).expect("JSON");
    let counts = ["lines", "succeeded", "aborted"].map(|name| find(&summary, name));
    assert_eq!(counts, [12, 8, 4], "{summary}");
}

#[test]
fn a_run_of_which_all_ends_in_time_does_not_wait_for_its_time() {
    let folder = folder("wholly");
    let mut child = start(&folder, "100");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all("{\"wait\":2}\n".repeat(5).as_bytes()).expect("it reads");
    sleep(Duration::from_millis(500));
    let began = Instant::now();
    terminate(&child);
    assert_eq!(child.wait().expect("it ends with its input open").code(), Some(3));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!((read(&folder, "out"), read(&folder, "failed")), ("2\n".repeat(5), String::new()));
}

/// The first number of this name, wherever it stands.
fn find(value: &Value, name: &str) -> u64 {
    let Value::Object(members) = value else { return u64::MAX };
    let here = members.get(name).and_then(Value::as_u64);
    here.unwrap_or_else(|| members.values().map(|value| find(value, name)).min().unwrap_or(u64::MAX))
}
