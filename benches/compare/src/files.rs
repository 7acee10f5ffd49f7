//! Whole processes on one core, from a file to nowhere, beside one that parses and writes the same events by simd-json.

use crate::Setting;
use crate::inputs::Input;
use crate::measure::{children, on_one_core, rounds};
use crate::simd::Simd;
use crate::table::{Table, Target};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub fn measure(setting: &Setting, table: &mut Table) {
    let inputs = &setting.inputs;
    on_one_core(|| {
        compare(setting, table, inputs.findings(), Target::AtLeast(1.0), 5.0);
        compare(setting, table, inputs.orders(), Target::AtLeast(4.0), 3.5);
        compare(setting, table, inputs.diverse(), Target::None, 3.5);
    });
}

fn compare(setting: &Setting, table: &mut Table, input: &Input, millions: Target, times: f64) {
    check(setting, input);
    let per_second = |command: Command| input.events() / children(|| finish(command)).cpu;
    let here = || run(setting, input, "/dev/null");
    let [here, there] = rounds([&mut || per_second(here()), &mut || per_second(rewrite(input))]);
    let name = &input.name;
    table.add(format!("{name} from a file, here"), here / 1e6, "million a CPU-second", millions);
    table.add(format!("{name} from a file, simd-json"), there / 1e6, "million a CPU-second", Target::None);
    table.add(format!("{name} from a file, to simd-json"), here / there, "×", Target::AtLeast(times));
}

/// The command over the input's file.
pub fn run(setting: &Setting, input: &Input, output: impl AsRef<Path>) -> Command {
    let mut command = Command::new(&setting.binary);
    command.arg("run").arg(input.definition()).arg(input.file("events"));
    command.arg("--quiet").arg("--output").arg(output.as_ref());
    command
}

/// This program over the input's file, by simd-json.
fn rewrite(input: &Input) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a file"));
    command.arg("rewrite").arg(input.file("events")).stdout(Stdio::null());
    command
}

/// Waits for a process, which must succeed.
pub fn finish(mut command: Command) {
    assert!(command.status().expect("it can be started").success(), "{command:?}");
}

/// The command must give what the vm gives, and simd-json what was there.
fn check(setting: &Setting, input: &Input) {
    let (sample, outputs) = (input.sample(), input.file("outputs"));
    let mut command = run(setting, input, &outputs);
    command.args(["--limit", &sample.lines().to_string()]);
    finish(command);
    let found = fs::read(outputs).expect("the command wrote it");
    assert!(found == sample.outputs(), "{}: the command gives something else than the vm", input.name);
    let (mut simd, mut out) = (Simd::new(), Vec::new());
    for line in sample.text.lines() {
        out.clear();
        simd.rewrite(line.as_bytes(), &mut out);
        let parsed = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).expect("it is JSON");
        assert_eq!(parsed(&out), parsed(line.as_bytes()), "simd-json writes something else");
    }
}
