//! How fast definitions become programs. What the programs do is checked before the time is taken.

mod events;
mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for workload in workloads::every() {
        group.throughput(Throughput::Bytes(workload.definition.len() as u64));
        group.bench_function(workload.name, |bencher| bencher.iter(|| black_box(workload.compile())));
    }
}

criterion_group!(compile, benches);
criterion_main!(compile);
