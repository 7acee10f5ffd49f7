//! On the straight path an execution allocates nothing: what it needs was made for the ones before it.
#![allow(unsafe_code, reason = "a global allocator that counts can only be written with it")]

#[path = "../benches/events/mod.rs"]
mod events;
#[path = "../benches/workloads/mod.rs"]
mod workloads;

use expressway::compile::{Options, compile};
use expressway::json::{Index, Level, Utf8};
use expressway::vm::{Name, Progress, Start, Status, Tally, Vm, World};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use workloads::Workload;
use workloads::runner::Runner;

thread_local! {
    /// Of this thread: tests run side by side.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const DEFINITION: &str = r#"{"StartAt": "Band", "States": {
    "Band": {"Type": "Choice", "Default": "Low", "Choices": [
        {"Variable": "$.detail.severity", "NumericGreaterThanEquals": 7, "Next": "High"},
        {"And": [{"Variable": "$.detail.urgent", "IsPresent": true},
                 {"Variable": "$.detail.urgent", "BooleanEquals": true}], "Next": "High"}]},
    "High": {"Type": "Pass", "Result": {"level": "high"}, "ResultPath": "$.triage.band", "Next": "Route"},
    "Low": {"Type": "Pass", "Result": {"level": "low"}, "ResultPath": "$.triage.band", "Next": "Route"},
    "Route": {"Type": "Choice", "Default": "Whole", "Choices": [
        {"Variable": "$.detail.type", "StringMatches": "Recon:*", "Next": "Shape"},
        {"Variable": "$.detail.type", "StringEquals": "Trojan", "Next": "Shape"}]},
    "Shape": {"Type": "Pass", "End": true, "Parameters": {
        "id.$": "$.id", "band.$": "$.triage.band", "title.$": "$.detail.type"}},
    "Whole": {"Type": "Succeed"}}}"#;

/// Conditions, paths through objects and arrays, filters, objects, sums and functions written in place.
const JSONATA: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Band", "States": {
    "Band": {"Type": "Choice", "Default": "Low", "Choices": [
        {"Condition": "{% $states.input.detail.severity >= 7 or $states.input.detail.urgent %}", "Next": "High"},
        {"Condition": "{% $substringBefore($states.input.detail.type, ':') = 'Recon' %}", "Next": "High"}]},
    "High": {"Type": "Pass", "End": true, "Output": {
        "id": "{% $states.input.id & '-' & $states.input.region %}", "whole": "{% $states.input.detail %}"}},
    "Low": {"Type": "Pass", "End": true, "Output": {
        "names": "{% $states.input.tags[weight > 1].{'name': name, 'twice': weight * 2} %}",
        "sum": "{% $sum($states.input.tags.(weight * 2)) %}",
        "map": "{% $map($states.input.tags, function($tag, $place) { $tag.weight + $place }) %}"}}}}"#;

/// Items and branches, in each other too, with choices, captured values and places.
const BRANCHES: &str = r#"{"StartAt": "Tags", "States": {
    "Tags": {"Type": "Map", "ItemsPath": "$.list", "ResultPath": "$.list", "Next": "Both",
        "ItemSelector": {"tag.$": "$$.Map.Item.Value", "place.$": "$$.Map.Item.Index", "id.$": "$.id"},
        "ItemProcessor": {"StartAt": "Heavy", "States": {
            "Heavy": {"Type": "Choice", "Default": "Light", "Choices": [
                {"Variable": "$.tag.weight", "NumericGreaterThan": 1, "Next": "Shape"}]},
            "Shape": {"Type": "Pass", "End": true, "Parameters": {
                "id.$": "$.id", "name.$": "$.tag.name", "place.$": "$.place"}},
            "Light": {"Type": "Pass", "InputPath": "$.tag", "End": true}}}},
    "Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Names", "States": {"Names": {"Type": "Map", "ItemsPath": "$.list", "End": true,
            "ItemProcessor": {"StartAt": "Name", "States": {
                "Name": {"Type": "Pass", "InputPath": "$.name", "End": true}}}}}},
        {"StartAt": "Region", "States": {
            "Region": {"Type": "Pass", "Parameters": {"region.$": "$.region", "id.$": "$.id"}, "End": true}}}]}}}"#;

const LINES: [&str; 3] = [
    r#"{"id":"a","region":"r","detail":{"severity":8.5,"type":"Recon:EC2/Portscan"},"list":[{"name":"x","weight":3}]}"#,
    r#"{"id":"b","region":"r","detail":{"severity":2,"type":"Trojan","urgent":true},"triage":{"band":1},"list":[]}"#,
    r#"{"id":"c","region":"r","detail":{"severity":2,"type":"Other","urgent":false},"list":[{"name":"x","weight":1},{"name":"y","weight":2}],"tags":[{"name":"x","weight":1},{"name":"y","weight":2},{"name":"z","weight":3}]}"#,
];

#[test]
fn the_straight_path_allocates_nothing() {
    for definition in [DEFINITION, JSONATA, BRANCHES] {
        allocates_nothing(definition, None);
        allocates_nothing(definition, Some(Index::default()));
    }
}

/// Workloads of the benches whose executions do allocate, and how often at most: a list that only shrinks. Shapes of lines
/// that are new (`diverse`) are remembered; failures of tasks (`retry`) are texts.
const ALLOCATING: &[(&str, f64)] =
    &[("map", 108.0), ("parallel", 4.5), ("intrinsics", 60.5), ("retry", 25.0), ("diverse", 0.2)];

#[test]
fn executions_allocate_nothing_once_their_like_have_been_run() {
    for workload in Workload::all() {
        let (program, block, lines) = (workload.compile(), workload.block(), workload.lines());
        for level in [Level::Portable, Level::best()] {
            let mut runner = Runner::new(&program, &block, level);
            (0..2).for_each(|_| runner.pass(|_, _| {}));
            let before = ALLOCATIONS.get();
            runner.pass(|outcome, _| assert_eq!(outcome.status, Status::Succeeded, "{}", workload.name));
            let each = (ALLOCATIONS.get() - before) as f64 / lines as f64;
            let most = ALLOCATING.iter().find(|(name, _)| *name == workload.name).map_or(0.0, |(_, most)| *most);
            assert!(each <= most, "{} by {level:?}: {each} allocations an execution", workload.name);
        }
    }
}

fn allocates_nothing(definition: &str, mut index: Option<Index>) {
    let program = compile(definition, &Options::default()).expect("the definition is right");
    let (mut vm, mut tally) = (Vm::new(&program), Tally::new(&program));
    let (mut out, mut effects) = (Vec::with_capacity(4096), Vec::new());
    let mut block = LINES.join("\n").into_bytes();
    block.extend([0; expressway::json::PADDING]);
    let mut run = |line: usize| {
        let start = LINES[..line].iter().map(|line| line.len() + 1).sum();
        out.clear();
        let (out, effects, tally) = (&mut out, &mut effects, &mut tally);
        let mut world = World { block: &block, now_ms: 1, out, effects, tally, recorder: None };
        let line = start..start + LINES[line].len();
        let utf8 = index.as_mut().map_or(Utf8::Unknown, |index| {
            assert!(index.fill(&block, line.clone()).is_ok() && index.next_line() == Some(line.end));
            Utf8::Indexed(index)
        });
        let start = Start { line, utf8, name: Name { prefix: "line-", number: 1 }, seed: 1 };
        vm.start(&program, start, &mut world).expect("the lines are JSON");
        match vm.advance(&program, &mut world) {
            Progress::Ended(outcome) => assert_eq!(outcome.status, Status::Succeeded),
            Progress::Waiting => panic!("nothing here waits"),
        }
    };
    (0..30).for_each(|turn| run(turn % LINES.len()));
    let before = ALLOCATIONS.get();
    (0..3000).for_each(|turn| run(turn % LINES.len()));
    assert_eq!(ALLOCATIONS.get() - before, 0, "3,000 executions");
}
