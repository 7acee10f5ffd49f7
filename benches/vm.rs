//! How fast executions run, from the line to the output, on one thread. Outcomes are checked before the time is taken.

mod events;
mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::json::Level;
use std::hint::black_box;
use workloads::runner::Runner;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vm");
    for workload in workloads::every() {
        let (program, block) = (workload.compile(), workload.block());
        let mut runner = Runner::new(&program, &block, Level::best());
        group.throughput(Throughput::Elements(workload.lines()));
        group.bench_function(workload.name, |bencher| {
            bencher.iter(|| runner.pass(|outcome, output| _ = black_box((outcome.status, output))));
        });
    }
}

criterion_group!(vm, benches);
criterion_main!(vm);
