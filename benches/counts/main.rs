//! Instructions that an execution takes, counted by callgrind: a loss of speed shows on a machine that is not quiet.
//!
//! `cargo test --bench counts -- BINARY` with a release build. What is counted is the command itself, from file to file,
//! between half of the lines and all of them, so that the start is not in it. `expected.txt` holds what was counted;
//! `UPDATE_EXPECT=1` rewrites it. (Valgrind knows no AVX-512: it is AVX2's way that is counted.)

#[path = "../events/mod.rs"]
mod events;
#[path = "../workloads/mod.rs"]
mod workloads;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::thread;
use workloads::Workload;

/// Workloads, and how often their lines are run: enough that the noise of threads is small beside them.
const COUNTED: &[(&str, usize)] = &[
    ("triage", 4),
    ("triage-jsonata", 2),
    ("orders", 2),
    ("enrichment", 8),
    ("rules", 2),
    ("map", 80),
    ("parallel", 1_000),
    ("chain", 500),
    ("intrinsics", 400),
    ("diverse", 1),
    ("deep", 1),
    ("wide", 2),
];

/// Counts may differ by so much of what is expected. What changes by less is lost in what other changes move about.
const TOLERANCE: f64 = 0.04;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let Some(binary) = argument.map(PathBuf::from) else {
        println!("skipped: no release build is named (cargo test --bench counts -- target/release/expressway)");
        return ExitCode::SUCCESS;
    };
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: there is no valgrind");
        return ExitCode::SUCCESS;
    }
    let counts = count_all(&binary);
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts/expected.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, written(&counts)).expect("the file can be written");
    }
    compare(&counts, &fs::read_to_string(expected).expect("the file is part of the repository"))
}

/// Instructions of an execution of each workload, counted on all cores: load changes nothing.
fn count_all(binary: &Path) -> Vec<(&'static str, u64)> {
    let (todo, done) = (Mutex::new(COUNTED.iter()), Mutex::new(Vec::new()));
    let next = || todo.lock().expect("nobody panics with it").next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(&(name, rounds)) = next() {
                    let count = count(binary, &Workload::named(name), rounds);
                    done.lock().expect("nobody panics with it").push((name, count));
                }
            });
        }
    });
    let mut counts = done.into_inner().expect("nobody panicked with it");
    counts.sort_by_key(|(name, _)| COUNTED.iter().position(|(other, _)| other == name));
    counts
}

/// Instructions of one execution.
fn count(binary: &Path, workload: &Workload, rounds: usize) -> u64 {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts").join(workload.name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join("workflow.asl.json"), &workload.definition).expect("the file can be written");
    fs::write(folder.join("events.ndjson"), workload.text.repeat(rounds)).expect("the file can be written");
    let lines = workload.lines() * rounds as u64;
    let (half, all) = (collect(binary, &folder, lines / 2), collect(binary, &folder, lines));
    let outputs = fs::read(folder.join("outputs.ndjson")).expect("the command wrote it");
    assert!(outputs == workload.outputs().repeat(rounds), "{} gives something else", workload.name);
    (all - half) / (lines - lines / 2)
}

/// Instructions of the whole command over so many lines.
fn collect(binary: &Path, folder: &Path, lines: u64) -> u64 {
    let mut command = Command::new("valgrind");
    // With threads that take turns, the writer hands pages back in time, and no run needs more of them than another.
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--fair-sched=yes"]).arg(binary).arg("run");
    command.arg(folder.join("workflow.asl.json")).arg(folder.join("events.ndjson"));
    command.args(["--quiet", "--shards", "1", "--limit", &lines.to_string()]);
    let output = command.arg("--output").arg(folder.join("outputs.ndjson")).output().expect("valgrind can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    let count = said.lines().find_map(|line| line.split_once("Collected : "));
    count.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or_else(|| panic!("callgrind tells no count: {said}"))
}

/// Fails where a count is not what is expected, for better or worse.
fn compare(counts: &[(&str, u64)], expected: &str) -> ExitCode {
    let is_comparable = expected.lines().next() == Some(&compiler());
    println!("{:<16}{:>14}{:>14}{:>9}", "workload", "instructions", "expected", "change");
    let mut wrong = 0;
    for (name, count) in counts {
        let row = expected.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let expected: u64 = row.and_then(|count| count.trim().parse().ok()).expect("expected.txt has a row for each");
        let change = *count as f64 / expected as f64 - 1.0;
        let verdict = if change.abs() <= TOLERANCE { "" } else { " !" };
        println!("{name:<16}{count:>14}{expected:>14}{:>8.1}%{verdict}", change * 100.0);
        wrong += usize::from(!verdict.is_empty());
    }
    if !is_comparable {
        println!("not compared: expected.txt was written with another compiler ({})", compiler());
    } else if wrong > 0 {
        println!(
            "{wrong} differ by more than {:.0} %; if that is meant, UPDATE_EXPECT=1 rewrites them",
            TOLERANCE * 100.0
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The text of `expected.txt`: the compiler, then a row for each workload.
fn written(counts: &[(&str, u64)]) -> String {
    counts.iter().fold(compiler() + "\n", |mut text, (name, count)| {
        writeln!(text, "{name:<16} {count:>9}").expect("memory can be written to");
        text
    })
}

/// Which compiler is at work, and for which processors: others make other instructions.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    format!("{version}, {}", std::env::consts::ARCH)
}
