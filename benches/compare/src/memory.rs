//! In memory, on one thread: lines to outputs, beside simd-json and serde_json that parse and write the same lines.

use crate::Setting;
use crate::inputs::Input;
use crate::measure::{fill, on_one_core, rounds, thread};
use crate::simd::{Simd, rewrite_by_serde};
use crate::table::{Table, Target};
use crate::workloads::runner::Runner;
use expressway::json::Level;
use expressway::vm::Status;
use std::hint::black_box;
use std::time::Duration;

/// How long one round of one side lasts, at least.
const ROUND: Duration = Duration::from_millis(150);

pub fn measure(setting: &Setting, table: &mut Table) {
    let inputs = &setting.inputs;
    on_one_core(|| {
        compare(table, inputs.findings(), 8.0);
        compare(table, inputs.orders(), 5.0);
        compare(table, inputs.diverse(), 3.5);
    });
}

fn compare(table: &mut Table, input: &Input, times: f64) {
    let sample = input.sample();
    let (program, block) = (sample.compile(), sample.block());
    let lines: Vec<&[u8]> = sample.text.lines().map(str::as_bytes).collect();
    let mut runners = [Level::best(), Level::Avx2].map(|level| Runner::new(&program, &block, level));
    let [best, avx2] = &mut runners;
    let (mut simd, count) = (Simd::new(), lines.len());
    let rates = rounds([
        &mut || rate(count, || pass(best)),
        &mut || rate(count, || pass(avx2)),
        &mut || rate(count, || rewrite(&lines, |line, out| simd.rewrite(line, out))),
        &mut || rate(count, || rewrite(&lines, rewrite_by_serde)),
    ]);
    let name = &input.name;
    for (who, rate) in ["here", "here by AVX2", "simd-json", "serde_json"].into_iter().zip(rates) {
        table.add(format!("{name} in memory, {who}"), rate / 1e6, "million a CPU-second", Target::None);
    }
    let [best, avx2, by_simd, by_serde] = rates;
    table.add(format!("{name} in memory, to simd-json"), best / by_simd, "×", Target::AtLeast(times));
    table.add(format!("{name} in memory, to serde_json"), best / by_serde, "×", Target::None);
    let levels = format!("{name} in memory by AVX2, to {:?}", Level::best());
    table.add(levels, avx2 / best * 100.0, "%", Target::AtLeast(60.0));
}

/// Lines a CPU-second, of passes over so many.
fn rate(lines: usize, mut pass: impl FnMut()) -> f64 {
    let mut passes = 0;
    let took = thread(|| passes = fill(ROUND, &mut pass));
    (lines as u64 * passes) as f64 / took.cpu
}

fn pass(runner: &mut Runner<'_>) {
    runner.pass(|outcome, output| {
        assert_eq!(outcome.status, Status::Succeeded);
        black_box(output);
    });
}

fn rewrite(lines: &[&[u8]], mut rewrite: impl FnMut(&[u8], &mut Vec<u8>)) {
    let mut out = Vec::new();
    for line in lines {
        out.clear();
        rewrite(line, &mut out);
        black_box(&out);
    }
}
