//! What a plan does is what the program does: outcome, usage, output and tallies, over definitions and lines made up by dice.

#[path = "../../../benches/events/mod.rs"]
mod events;

use crate::builtin::random::Random;
use crate::compile::{Options, compile};
use crate::json::{Index, Level, PADDING, Utf8};
use crate::program::Program;
use crate::vm::{Name, Outcome, Progress, Start, Status, Tally, Vm, World};
use events::Kind;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Never reached by a sprint, so that it shows whether there was one.
const MARK: u64 = 1 << 40;

struct Runner<'p> {
    program: &'p Program,
    vm: Vm,
    tally: Tally,
    out: Vec<u8>,
}

impl<'p> Runner<'p> {
    fn new(program: &'p Program) -> Runner<'p> {
        Runner { program, vm: Vm::new(program), tally: Tally::new(program), out: Vec::new() }
    }

    /// What comes of a line, read in one way or the other; None if it is no JSON.
    fn run(&mut self, line: &str, index: Option<&mut Index>) -> Option<Outcome> {
        let block = [line.as_bytes(), &[0; PADDING]].concat();
        let (out, effects, tally) = (&mut self.out, &mut Vec::new(), &mut self.tally);
        let mut world = World { block: &block, now_ms: 1, out, effects, tally, recorder: None };
        let utf8 = index.map_or(Utf8::Known, |index| {
            index.clear();
            let is_indexed = index.fill(&block, 0..line.len()).is_ok() && index.next_line() == Some(line.len());
            if is_indexed { Utf8::Indexed(index) } else { Utf8::Known }
        });
        let start = Start { line: 0..line.len(), utf8, name: Name { prefix: "line-", number: 1 }, seed: 1 };
        self.vm.instructions = MARK;
        match self.vm.dash(self.program, start, &mut world).ok()? {
            Progress::Ended(outcome) => Some(outcome),
            Progress::Waiting => panic!("nothing here waits"),
        }
    }
}

/// How many executions succeeded, and how many of them in a sprint.
#[derive(Default)]
struct Counts {
    succeeded: usize,
    sprints: usize,
}

/// Runs the lines with and without the plan; None where some state is not reached.
fn compare(definition: &str, lines: &[String], counts: &mut Counts) -> Option<()> {
    let options = Options { instructions: 10_000, ..Options::default() };
    let program = compile(definition, &options).ok()?;
    let (mut planned, mut ordinary) = (Runner::new(&program), Runner::new(&program));
    ordinary.vm.plan = None;
    let mut index = Index::new(Level::best());
    for (place, line) in lines.iter().enumerate() {
        let found = planned.run(line, Some(&mut index).filter(|_| place % 2 == 0));
        let sprinted = planned.vm.instructions == MARK;
        assert_eq!(found, ordinary.run(line, None), "{line}\n{definition}");
        assert_eq!(planned.out, ordinary.out, "{line}\n{definition}");
        let succeeded = found.is_some_and(|outcome| outcome.status == Status::Succeeded);
        counts.succeeded += usize::from(succeeded);
        counts.sprints += usize::from(succeeded && sprinted);
    }
    assert_eq!(planned.tally, ordinary.tally, "{definition}");
    Some(())
}

/// Makes up definitions and lines.
struct Dice(Random);

const PATHS: [&str; 8] = ["$.a", "$.b", "$.c", "$.a.b", "$.a.c", "$.t", "$.p.q", "$"];
const CONSTANTS: [&str; 8] = ["7", "\"x\"", "true", "null", "{\"b\":7,\"c\":\"y\"}", "[1,2]", "\"é\\\"\"", "{}"];
const VALUES: [&str; 22] = [
    "7",
    "7.0",
    "6.5",
    "-3",
    "1e2",
    "9007199254740993",
    "\"x\"",
    "\"xy\"",
    "\"\\u0078\"",
    "\"\"",
    "\"CryptoCurrency:x\"",
    "true",
    "false",
    "null",
    "[]",
    "[1,{\"b\":2}]",
    "{}",
    "{ }",
    "{\"b\":7}",
    "{\"b\":\"x\",\"c\":true}",
    "{\"b\":1,\"b\":8}",
    "\"a text that is longer than thirty-two bytes, \\\\ and more\"",
];

impl Dice {
    fn one(&mut self, of: &[&str]) -> String {
        of[self.0.below(of.len() as u64) as usize].to_owned()
    }

    /// Whether one of so many times.
    fn rolls(&mut self, times: u64) -> bool {
        self.0.below(times) == 0
    }

    fn definition(&mut self) -> String {
        let states = 2 + self.0.below(7) as usize;
        let mut text = r#"{"StartAt": "S0", "States": {"#.to_owned();
        for state in 0..states {
            let body = match self.0.below(2) {
                _ if state + 1 == states => r#""Type": "Succeed""#.to_owned(),
                0 => self.choice(state, states),
                _ => self.pass(state, states),
            };
            let comma = if state == 0 { "" } else { "," };
            write!(text, "{comma}\n\"S{state}\": {{{body}}}").expect("memory can be written to");
        }
        text + "}}"
    }

    /// Mostly the next state, or one that comes later.
    fn next(&mut self, state: usize, states: usize) -> String {
        let next = if self.rolls(16) { 0 } else { state + 1 };
        let others = if self.rolls(3) { states - next } else { 1 };
        format!("\"S{}\"", next + self.0.below(others as u64) as usize)
    }

    fn choice(&mut self, state: usize, states: usize) -> String {
        let rules = 1 + self.0.below(4);
        let rules: Vec<String> =
            (0..rules).map(|_| format!("{{{}, \"Next\": {}}}", self.condition(2), self.next(state, states))).collect();
        let default =
            if self.rolls(8) { String::new() } else { format!(", \"Default\": {}", self.next(state, states)) };
        format!(r#""Type": "Choice", "Choices": [{}]{default}"#, rules.join(", "))
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth > 0 && self.rolls(3) {
            let parts = [self.condition(depth - 1), self.condition(depth - 1)];
            return match self.0.below(3) {
                0 => format!(r#""Not": {{{}}}"#, parts[0]),
                1 => format!(r#""And": [{{{}}}, {{{}}}]"#, parts[0], parts[1]),
                _ => format!(r#""Or": [{{{}}}, {{{}}}]"#, parts[0], parts[1]),
            };
        }
        let test = match self.0.below(9) {
            0 | 1 => {
                let operator = self.one(&["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"]);
                format!("\"Numeric{operator}\": {}", self.one(&["7", "6.5", "0", "50", "1e400", "9007199254740993"]))
            }
            2 => format!("\"StringEquals\": {}", self.one(&["\"x\"", "\"xy\"", "\"\"", "\"\\\\\""])),
            3 => format!("\"StringMatches\": {}", self.one(&["\"x*\"", "\"CryptoCurrency:*\"", "\"*y\""])),
            4 => format!("\"BooleanEquals\": {}", self.one(&["true", "false"])),
            5 => format!("\"IsPresent\": {}", self.one(&["true", "false"])),
            6 => {
                let kind = self.one(&["Null", "Numeric", "String", "Boolean", "Timestamp"]);
                format!("\"Is{kind}\": {}", self.one(&["true", "false"]))
            }
            7 => format!("\"NumericLessThanPath\": \"{}\"", self.one(&PATHS)),
            _ => format!("\"StringEqualsPath\": \"{}\"", self.one(&PATHS)),
        };
        format!("\"Variable\": \"{}\", {test}", self.one(&PATHS[..7]))
    }

    fn pass(&mut self, state: usize, states: usize) -> String {
        let mut text = r#""Type": "Pass""#.to_owned();
        let mut add = |field: String| write!(text, ", {field}").expect("memory can be written to");
        if self.rolls(4) {
            add(format!("\"InputPath\": \"{}\"", self.one(&PATHS)));
        }
        if self.rolls(2) {
            add(format!("\"Result\": {}", self.one(&CONSTANTS)));
        } else if self.rolls(2) {
            let (one, other) = (self.one(&PATHS), self.one(&PATHS));
            add(format!(r#""Parameters": {{"a.$": "{one}", "b": {}, "t.$": "{other}"}}"#, self.one(&CONSTANTS)));
        }
        if self.rolls(2) {
            add(format!("\"ResultPath\": \"{}\"", self.one(&PATHS)));
        }
        if self.rolls(5) {
            add(format!("\"OutputPath\": \"{}\"", self.one(&PATHS)));
        }
        let next = format!("\"Next\": {}", self.next(state, states));
        add(if self.rolls(16) { "\"End\": true".to_owned() } else { next });
        text
    }

    fn line(&mut self) -> String {
        if self.rolls(16) {
            return self.one(&VALUES);
        }
        let mut members = Vec::new();
        for name in ["a", "b", "c", "t", "p", "b"] {
            let value = match name {
                "a" if !self.rolls(4) => format!("{{\"b\": {}, \"c\": {}}}", self.one(&VALUES), self.one(&VALUES)),
                "p" if !self.rolls(4) => format!("{{\"q\":{}}}", self.one(&VALUES)),
                _ => self.one(&VALUES),
            };
            if !self.rolls(12) {
                members.push(format!("\"{name}\":{value}"));
            }
        }
        format!("{{{}}}", members.join(","))
    }

    /// The line with some of its bytes gone, or there twice, or others.
    fn changed(&mut self, line: &str) -> String {
        let mut text: Vec<char> = line.chars().collect();
        for _ in 0..1 + self.0.below(2) {
            let (place, other) = (self.0.below(text.len() as u64) as usize, self.0.below(text.len() as u64) as usize);
            match self.0.below(3) {
                0 => drop(text.remove(place)),
                1 => text[place] = text[other],
                _ => text.insert(place, text[other]),
            }
        }
        text.into_iter().collect()
    }

    /// About as long as documents may be, or as half of them, or a third.
    fn long_line(&mut self) -> String {
        let bytes = 262_144 / (1 + self.0.below(3) as usize) - self.0.below(80) as usize;
        let line = self.line();
        format!(r#"{{"t": "{}", "a": {line}, "b": 7}}"#, "z".repeat(bytes - line.len().min(bytes) - 24))
    }
}

#[test]
fn a_plan_does_what_the_program_does() {
    let mut dice = Dice(Random::new(20_261_123));
    let mut counts = Counts::default();
    for turn in 0..500 {
        let definition = dice.definition();
        let mut lines: Vec<String> = (0..12).map(|_| dice.line()).collect();
        if turn % 10 == 0 {
            lines.extend((0..2).map(|_| dice.long_line()));
        }
        compare(&definition, &lines, &mut counts);
    }
    let Counts { succeeded, sprints } = counts;
    assert!(succeeded > 1_000 && sprints > succeeded * 4 / 5, "{sprints} of {succeeded} were sprints");
}

/// The benches' workflows that are plain, with events for each.
const WORKLOADS: [(&str, Kind); 6] = [
    ("triage", Kind::Findings),
    ("triage", Kind::Diverse),
    ("orders", Kind::Orders),
    ("enrichment", Kind::Findings),
    ("deep", Kind::Deep),
    ("wide", Kind::Wide),
];

#[test]
fn the_workloads_of_the_benches_run_by_plan() {
    let mut dice = Dice(Random::new(7));
    for (name, kind) in WORKLOADS {
        let workflow = format!("benches/workloads/{name}/workflow.asl.json");
        let definition = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(workflow)).expect("it is there");
        let events = kind.lines(30);
        let lines: Vec<String> = events.lines().flat_map(|line| [line.to_owned(), dice.changed(line)]).collect();
        let mut counts = Counts::default();
        compare(&definition, &lines, &mut counts).expect("the workflow compiles");
        assert!(counts.sprints >= 30, "{name}: {} of {}", counts.sprints, counts.succeeded);
    }
}

#[test]
fn a_chain_of_thirty_states_runs_by_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workloads/chain");
    let [definition, events] = ["workflow.asl.json", "events.ndjson"]
        .map(|file| fs::read_to_string(folder.join(file)).expect("the file is part of the repository"));
    let lines: Vec<String> = events.lines().map(str::to_owned).collect();
    let mut counts = Counts::default();
    compare(&definition, &lines, &mut counts).expect("the workflow compiles");
    assert_eq!(counts.sprints, lines.len());
}

#[test]
fn a_choice_of_a_thousand_rules_runs_by_plan() {
    let rule = |rule| format!(r#"{{"Variable": "$.a", "StringEquals": "c-{rule:07}", "Next": "S{}"}}"#, rule % 4);
    let rules: Vec<String> = (0..1_000).map(rule).collect();
    let state = |state| format!(r#""S{state}": {{"Type": "Pass", "Result": "{state}", "End": true}}"#);
    let states: Vec<String> = (0..4).map(state).collect();
    let (rules, states) = (rules.join(",\n"), states.join(",\n"));
    let choice = format!(r#""C": {{"Type": "Choice", "Default": "S3", "Choices": [{rules}]}}"#);
    let definition = format!(r#"{{"StartAt": "C", "States": {{{choice}, {states}}}}}"#);
    let lines: Vec<String> = (0..1_100).map(|rule| format!(r#"{{"a": "c-{rule:07}"}}"#)).collect();
    let mut counts = Counts::default();
    compare(&definition, &lines, &mut counts).expect("the definition is right");
    assert_eq!(counts.sprints, lines.len());
}

#[test]
fn diamonds_that_lie_behind_each_other_have_a_plan() {
    for diamonds in [1, 3, 12] {
        let mut definition = r#"{"StartAt": "C0", "States": {"#.to_owned();
        for place in 0..diamonds {
            let next = format!("\"Next\": \"C{}\"", place + 1);
            let test = format!("\"Variable\": \"$.a[{place}]\", \"NumericLessThan\": 7");
            write!(
                definition,
                r#""C{place}": {{"Type": "Choice", "Choices": [{{{test}, {next}}}], "Default": "P{place}"}},
                "P{place}": {{"Type": "Pass", "Result": {place}, "ResultPath": "$.b", {next}}},"#
            )
            .expect("memory can be written to");
        }
        write!(definition, r#""C{diamonds}": {{"Type": "Succeed"}}}}}}"#).expect("memory can be written to");
        let list = |line: u32| (0..diamonds).map(|place| (5 + (line >> place & 3)).to_string()).collect::<Vec<_>>();
        let lines: Vec<String> = (0..64).map(|line| format!(r#"{{"a": [{}]}}"#, list(line * 77).join(","))).collect();
        let mut counts = Counts::default();
        compare(&definition, &lines, &mut counts).expect("the definition is right");
        assert_eq!(counts.succeeded, 64);
        assert_eq!(counts.sprints, 64, "{diamonds}");
    }
}

#[test]
fn branches_may_have_more_slots_than_what_is_around_them() {
    let parameters: Vec<String> = (0..200).map(|place| format!(r#""p{place}.$": "$.a{place}.b""#)).collect();
    let definition = format!(
        r#"{{"StartAt": "Many", "States": {{
            "Many": {{"Type": "Choice", "Choices": [{{"Variable": "$.many", "BooleanEquals": true, "Next": "Map"}}], "Default": "End"}},
            "Map": {{"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {{"StartAt": "Item", "States": {{
                "Item": {{"Type": "Pass", "Parameters": {{{}}}, "End": true}}}}}}}},
            "End": {{"Type": "Succeed"}}}}}}"#,
        parameters.join(", ")
    );
    let mut counts = Counts::default();
    let lines = [r#"{"many":false}"#, r#"{"many":true,"items":[]}"#].map(String::from);
    compare(&definition, &lines, &mut counts).expect("all states are reached");
    assert_eq!((counts.succeeded, counts.sprints), (2, 1));
}
