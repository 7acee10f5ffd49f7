//! How fast executions run, from the line to the output, on one thread. Outcomes are checked before the time is taken.

mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vm");
    for workload in workloads::every() {
        let program = workload.compile();
        let mut runner = workloads::Runner::new(&workload, &program);
        group.throughput(Throughput::Elements(workload.lines.len() as u64));
        group.bench_function(workload.name, |bencher| {
            bencher.iter(|| {
                for line in &workload.lines {
                    black_box(runner.run(line));
                }
            });
        });
    }
}

criterion_group!(vm, benches);
criterion_main!(vm);
