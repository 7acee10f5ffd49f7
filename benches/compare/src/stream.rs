//! Memory while many gigabytes stream through.

use crate::table::{Table, Target};
use crate::{Setting, pipe};
use std::fs;

pub fn measure(setting: &Setting, table: &mut Table) {
    let input = setting.inputs.findings();
    let times = (setting.gigabytes * 1_000_000_000).div_ceil(input.workload.text.len() as u64);
    let mut peak = f64::NAN;
    pipe::feed(setting, input, times as usize, |child| peak = peak_mebibytes(child.id()));
    let what = format!("memory at its peak, {} GB of findings from a pipe, all cores", setting.gigabytes);
    table.add(what, peak, "MiB", Target::AtMost(64.0));
}

/// The most that the process has had resident so far.
fn peak_mebibytes(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system tells it");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("it is a number") / 1024.0
}
