//! How long executions take on the bare vm, tasks answered at once. Outputs are checked before the time is taken.

mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::compile::{Options, compile};
use expressway::json::{PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{Answer, Effect, Name, Progress, Start, Status, Tally, Vm, World};
use std::hint::black_box;
use std::ops::Range;
use workloads::Workload;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vm");
    for workload in workloads::workloads() {
        let program = compile(&workload.definition, &Options::default()).expect("workloads are valid");
        let mut bench = Bench::new(&program, &workload);
        bench.check(&workload);
        group.throughput(Throughput::Elements(workload.lines.len() as u64));
        group.bench_function(workload.name, |bencher| {
            bencher.iter(|| (0..bench.lines.len()).for_each(|place| bench.execute(black_box(place))));
        });
    }
}

/// A vm, and a block of lines as a feed would hand it over.
struct Bench<'a> {
    program: &'a Program,
    vm: Vm,
    block: Vec<u8>,
    lines: Vec<Range<usize>>,
    answer: &'a [u8],
    tally: Tally,
    out: Vec<u8>,
    effects: Vec<Effect>,
}

impl<'a> Bench<'a> {
    fn new(program: &'a Program, workload: &'a Workload) -> Bench<'a> {
        let (mut block, mut lines) = (Vec::new(), Vec::new());
        for line in &workload.lines {
            lines.push(block.len()..block.len() + line.len());
            block.extend_from_slice(line.as_bytes());
            block.push(b'\n');
        }
        block.extend([b'\n'; PADDING]);
        let (vm, tally) = (Vm::new(program), Tally::new(program));
        Bench { program, vm, block, lines, answer: workload.answer.as_bytes(), tally, out: Vec::new(), effects: Vec::new() }
    }

    /// Runs one execution; its output is in `out`.
    fn execute(&mut self, place: usize) {
        let Bench { program, vm, block, lines, answer, tally, out, effects } = self;
        out.clear();
        let mut world = World { block, now_ms: 1_767_225_600_000, out, effects, tally, recorder: None };
        let name = Name { prefix: "line-", number: place as u64 };
        let start = Start { line: lines[place].clone(), utf8: Utf8::Unknown, name, seed: 1 };
        vm.start(program, start, &mut world).expect("lines are JSON");
        loop {
            match vm.advance(program, &mut world) {
                Progress::Ended(outcome) => return assert_eq!(outcome.status, Status::Succeeded),
                Progress::Waiting => {
                    let Some(Effect::Task(request)) = world.effects.pop() else { panic!("only tasks are asked for") };
                    vm.answer(program, request.ticket, Answer::Output(answer), &mut world);
                }
            }
        }
    }

    fn check(&mut self, workload: &Workload) {
        for (place, want) in workload.outputs.iter().enumerate() {
            self.execute(place);
            let got: serde_json::Value = serde_json::from_slice(&self.out).expect("outputs are JSON");
            assert_eq!(got, *want, "{}, line {place}", workload.name);
        }
    }
}

criterion_group!(vm_benches, benches);
criterion_main!(vm_benches);
