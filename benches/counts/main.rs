//! Instructions that an execution or a check takes, counted by callgrind: a loss of speed shows on a busy machine, too.
//!
//! `cargo test --bench counts -- BINARY` with a release build. What is counted is the command itself, from file to file,
//! between half of the lines and all of them, so that the start is not in it. `expected.txt` holds what was counted;
//! `UPDATE_EXPECT=1` rewrites it. (Valgrind knows no AVX-512: it is AVX2's way that is counted.)

#[path = "../events/mod.rs"]
mod events;
#[path = "../workloads/mod.rs"]
mod workloads;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fs, iter, thread};
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

/// Workloads whose definitions are checked, which is all of compiling but the last step.
const CHECKED: &[&str] = &["triage", "rules", "chain"];

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

/// All counts with their names, taken on all cores: load changes nothing.
fn count_all(binary: &Path) -> Vec<(String, u64)> {
    let runs = COUNTED.iter().map(|(name, rounds)| ((*name).to_owned(), *name, *rounds));
    let checks = CHECKED.iter().map(|name| (format!("check {name}"), *name, 0));
    let jobs: Vec<(String, &str, usize)> = runs.chain(checks).collect();
    let (next, counts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((place, (name, workload, rounds))) = take(&jobs, &next) {
                    let workload = Workload::named(workload);
                    let count = if *rounds > 0 { run(binary, &workload, *rounds) } else { check(binary, &workload) };
                    counts.lock().expect("nobody panics with it").push((place, name.clone(), count));
                }
            });
        }
    });
    let mut counts = counts.into_inner().expect("nobody panicked with it");
    counts.sort();
    counts.into_iter().map(|(_, name, count)| (name, count)).collect()
}

/// The next job, and which it is.
fn take<'a, T>(jobs: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let place = next.fetch_add(1, Relaxed);
    Some((place, jobs.get(place)?))
}

/// Instructions of one execution.
fn run(binary: &Path, workload: &Workload, rounds: usize) -> u64 {
    let folder = folder(workload);
    let (events, outputs) = (folder.join("events.ndjson"), folder.join("outputs.ndjson"));
    fs::write(&events, workload.text.repeat(rounds)).expect("the file can be written");
    let collect = |lines: u64| {
        let mut command = under_callgrind(binary);
        command.arg("run").arg(folder.join(DEFINITION)).arg(&events).arg("--output").arg(&outputs);
        collect(command.args(["--quiet", "--shards", "1", "--limit", &lines.to_string()]))
    };
    let lines = workload.lines() * rounds as u64;
    let (half, all) = (collect(lines / 2), collect(lines));
    let found = fs::read(outputs).expect("the command wrote it");
    assert!(found == workload.outputs().repeat(rounds), "{} gives something else", workload.name);
    (all - half) / (lines - lines / 2)
}

/// Instructions of checking a definition once more.
fn check(binary: &Path, workload: &Workload) -> u64 {
    let definition = folder(workload).join(DEFINITION);
    let collect = |times| collect(under_callgrind(binary).arg("check").args(iter::repeat_n(&definition, times)));
    collect(2) - collect(1)
}

const DEFINITION: &str = "workflow.asl.json";

/// A folder with the workload's definition.
fn folder(workload: &Workload) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts").join(workload.name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join(DEFINITION), &workload.definition).expect("the file can be written");
    folder
}

fn under_callgrind(binary: &Path) -> Command {
    let mut command = Command::new("valgrind");
    // With threads that take turns, the writer hands pages back in time, and no run needs more of them than another.
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--fair-sched=yes"]).arg(binary);
    command
}

/// Instructions of a whole command.
fn collect(command: &mut Command) -> u64 {
    let output = command.output().expect("valgrind can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    let count = said.lines().find_map(|line| line.split_once("Collected : "));
    count.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or_else(|| panic!("callgrind tells no count: {said}"))
}

/// Fails where a count is not what is expected, for better or worse.
fn compare(counts: &[(String, u64)], expected: &str) -> ExitCode {
    let is_comparable = expected.lines().next() == Some(&compiler());
    println!("{:<16}{:>14}{:>14}{:>9}", "workload", "instructions", "expected", "change");
    let mut wrong = 0;
    for (name, count) in counts {
        let row = expected.lines().find_map(|line| line.strip_prefix(name.as_str())?.strip_prefix(' '));
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
fn written(counts: &[(String, u64)]) -> String {
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
