//! How fast definitions become programs. What the programs do is checked before the time is taken.

mod events;
mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::compile::{Options, compile};
use std::fmt::Write;
use std::hint::black_box;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An order's way through a shop: states of every type, in the proportions of published definitions.
const ORDER: &str = include_str!("definitions/order.asl.json");

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for workload in workloads::every() {
        group.throughput(Throughput::Bytes(workload.definition.len() as u64));
        group.bench_function(workload.name, |bencher| bencher.iter(|| black_box(workload.compile())));
    }
    assert_eq!(states(ORDER), 32, "the definition has 31 states, and a part of one that selects a Map's items");
    group.throughput(Throughput::Bytes(ORDER.len() as u64));
    group.bench_function("order", |bencher| bencher.iter(|| black_box(states(black_box(ORDER)))));
    // The time for one state is to be the same.
    for count in [100, 1_000, 5_000] {
        let definition = chain(count);
        assert_eq!(states(&definition), count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("chain of {count}"), |bencher| bencher.iter(|| black_box(states(&definition))));
    }
}

/// How many states the program of a definition has.
fn states(definition: &str) -> usize {
    compile(definition, &Options::default()).expect("the definition has no mistakes").states.len()
}

/// So many states in a row, half of them tests.
fn chain(count: usize) -> String {
    let mut text = r#"{"StartAt": "0", "States": {"#.to_owned();
    for state in 0..count - 1 {
        let next = state + 1;
        let after = (state + 2).min(count - 1);
        let body = match state % 2 {
            0 => format!(
                r#""Type": "Choice", "Choices": [{{"Variable": "$.total", "NumericLessThan": {state}, "Next": "{next}"}}], "Default": "{after}""#
            ),
            _ => format!(r#""Type": "Pass", "Result": {state}, "ResultPath": "$.mark", "Next": "{next}""#),
        };
        writeln!(text, "\"{state}\": {{{body}}},").expect("memory can be written to");
    }
    text + &format!("\"{}\": {{\"Type\": \"Succeed\"}}}}}}", count - 1)
}

criterion_group!(compile_benches, benches);
criterion_main!(compile_benches);
