//! How fast whole runs are, on one shard and on one for each core: lines out of memory, outputs into nowhere.
//!
//! Before the time is taken, the outputs of a run are compared with those of the vm by itself.

mod events;
mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::engine::{Page, Sink};
use std::io;
use workloads::streams::{Nowhere, Stream};

/// Enough that threads are started for little of the time; where nothing is optimized, no time is taken.
const BYTES: usize = if cfg!(debug_assertions) { 1 } else { 8 << 20 };

fn benches(criterion: &mut Criterion) {
    for workload in workloads::every() {
        let expected = workload.outputs();
        let mut group = criterion.benchmark_group(format!("engine/{}", workload.name));
        for (name, shards) in [("one shard", 1), ("all cores", 0)] {
            let mut written = Memory(Vec::new());
            Stream::new(&workload, shards, workload.text.len()).run(&mut written);
            assert!(written.0 == expected, "{}, {name}: the outputs are not those of the vm", workload.name);
            let stream = Stream::new(&workload, shards, BYTES);
            group.throughput(Throughput::Elements(stream.lines()));
            group.bench_function(name, |bencher| bencher.iter(|| stream.run(&mut Nowhere)));
        }
    }
}

/// Keeps what is written.
struct Memory(Vec<u8>);

impl Sink for Memory {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        self.0.extend_from_slice(&page.output);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

criterion_group!(engine, benches);
criterion_main!(engine);
