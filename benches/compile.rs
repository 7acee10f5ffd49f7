//! How long definitions take to become programs. What is compiled must be valid, and its listing the same each time.

mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::compile::{Options, compile};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for workload in workloads::workloads() {
        let definition = workload.definition.as_str();
        check(definition);
        group.throughput(Throughput::Bytes(definition.len() as u64));
        group.bench_function(workload.name, |bencher| {
            bencher.iter(|| black_box(compile(black_box(definition), &Options::default())).is_ok());
        });
    }
}

fn check(definition: &str) {
    let listing = || {
        let program = compile(definition, &Options::default()).expect("workloads are valid");
        program.listing().to_string()
    };
    assert_eq!(listing(), listing());
}

criterion_group!(compile_benches, benches);
criterion_main!(compile_benches);
