//! The peers that `../shared/speed/peers.sh` installs and runs, where it lies beside the repository.

use crate::Setting;
use crate::table::{Table, Target};
use std::path::Path;
use std::process::{Command, Stdio};

/// The names of peers, and how often the CPU time of an execution goes into what they take for an event.
const PEERS: &[(&str, f64)] = &[("duckdb-typed", 5.0), ("vrl", 12.0), ("jq", 45.0), ("aws-local-stepfunctions", 350.0)];

pub fn measure(setting: &Setting, table: &mut Table) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/speed/peers.sh");
    if !script.exists() {
        println!("The peers are left out: there is no ../shared/speed/peers.sh.\n");
        return;
    }
    let mut command = Command::new(script);
    command.arg(&setting.binary).env("PEERS", "duckdb vrl jq asl-node").stderr(Stdio::inherit());
    let output = command.output().expect("it can be started");
    assert!(output.status.success(), "{command:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("```text\n{}\n```\n", said.trim());
    for (name, times) in PEERS {
        match ratio(&said, name) {
            Some(ratio) => table.add(format!("CPU of an event, {name} to here"), ratio, "×", Target::AtLeast(*times)),
            None => println!("{name} was left out.\n"),
        }
    }
}

/// The last column of a peer's row: how often the first one's CPU time goes into its own.
fn ratio(table: &str, name: &str) -> Option<f64> {
    let row = table.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    row.split_whitespace().last()?.strip_suffix('x')?.parse().ok()
}
