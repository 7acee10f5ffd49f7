//! What the benches run: folders with a definition, input lines and the outcome of each; `UPDATE_EXPECT=1` rewrites those.

use expressway::compile::{Options, compile};
use expressway::failure::Failure;
use expressway::json::{PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{Answer, Effect, Name, Outcome, Progress, Start, Status, Tally, Vm, World};
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

const NAMES: [&str; 8] = ["triage", "enrichment", "rules", "map", "parallel", "retry", "chain", "intrinsics"];

/// A definition, and a block of lines as a feed would hand it over.
pub struct Workload {
    pub name: &'static str,
    pub definition: String,
    pub lines: Vec<Range<usize>>,
    block: Vec<u8>,
}

/// All of them; each has given the outcomes it is expected to give.
pub fn every() -> Vec<Workload> {
    let workloads: Vec<Workload> = NAMES.into_iter().map(Workload::read).collect();
    workloads.iter().for_each(Workload::check);
    workloads
}

impl Workload {
    fn read(name: &'static str) -> Workload {
        // A thousand rules are not worth a file.
        let definition = if name == "rules" { rules(1_000) } else { read(name, "workflow.asl.json") };
        let text = read(name, "events.ndjson");
        let start = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
        let lines = text.lines().map(|line| start(line)..start(line) + line.len()).collect();
        Workload { name, definition, lines, block: [text.as_bytes(), &[0; PADDING]].concat() }
    }

    pub fn compile(&self) -> Program {
        compile(&self.definition, &Options::default()).expect("a workload's definition has no mistakes")
    }

    fn check(&self) {
        let program = self.compile();
        let mut runner = Runner::new(self, &program);
        let mut found = String::new();
        for line in &self.lines {
            let outcome = runner.run(line);
            assert_eq!(outcome.status, Status::Succeeded, "{}: {:?}", self.name, outcome.failure);
            let (usage, output) = (outcome.usage, String::from_utf8_lossy(&runner.out));
            let counts = format!(r#""transitions":{},"retries":{}"#, usage.transitions, usage.retries);
            writeln!(found, "{{{counts},\"output\":{output}}}").expect("memory can be written to");
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(path(self.name, "expected.ndjson"), &found).expect("the file can be written");
        }
        assert!(found == read(self.name, "expected.ndjson"), "{} gives something else:\n{found}", self.name);
    }
}

/// Runs a workload's lines as a shard would, with tasks that fail at once and waits that take no time.
pub struct Runner<'a> {
    workload: &'a Workload,
    program: &'a Program,
    vm: Vm,
    out: Vec<u8>,
    effects: Vec<Effect>,
    asked: Vec<Effect>,
    tally: Tally,
}

impl<'a> Runner<'a> {
    pub fn new(workload: &'a Workload, program: &'a Program) -> Runner<'a> {
        let (vm, tally) = (Vm::new(program), Tally::new(program));
        Runner { workload, program, vm, out: Vec::new(), effects: Vec::new(), asked: Vec::new(), tally }
    }

    pub fn run(&mut self, line: &Range<usize>) -> Outcome {
        self.out.clear();
        let (out, effects, tally) = (&mut self.out, &mut self.effects, &mut self.tally);
        let mut world = World { block: &self.workload.block, now_ms: 0, out, effects, tally, recorder: None };
        let name = Name { prefix: "line-", number: 1 };
        let start = Start { line: line.clone(), utf8: Utf8::Unknown, name, seed: 1 };
        self.vm.start(self.program, start, &mut world).expect("a workload's lines are JSON");
        loop {
            if let Progress::Ended(outcome) = self.vm.advance(self.program, &mut world) {
                return outcome;
            }
            std::mem::swap(world.effects, &mut self.asked);
            for effect in self.asked.drain(..) {
                answer(&mut self.vm, self.program, &effect, &mut world);
            }
        }
    }
}

fn answer(vm: &mut Vm, program: &Program, effect: &Effect, world: &mut World<'_>) {
    let (ticket, answer) = match effect {
        Effect::Task(request) => {
            let (error, cause) = (Some("Bank.Busy".into()), Some("too many customers".into()));
            (request.ticket, Answer::Failed(Failure { error, cause }))
        }
        Effect::Wait { ticket, until_ms } => {
            world.now_ms = world.now_ms.max(*until_ms);
            (*ticket, Answer::Elapsed)
        }
        Effect::Cancel { .. } => return,
    };
    assert!(vm.answer(program, ticket, answer, world), "what was asked for is waited for");
}

/// A Choice of so many rules, each for one customer; every fourth leads to the same state.
fn rules(count: usize) -> String {
    let mut text =
        r#"{"StartAt": "Rules", "States": {"Rules": {"Type": "Choice", "Default": "D", "Choices": ["#.to_owned();
    for rule in 0..count {
        let (comma, next) = (if rule == 0 { "" } else { "," }, ["A", "B", "C", "D"][rule % 4]);
        let test = format!(r#""Variable": "$.detail.customer", "StringEquals": "customer-{rule:04}""#);
        write!(text, "{comma}\n  {{{test}, \"Next\": \"{next}\"}}").expect("memory can be written to");
    }
    text.push_str("]}");
    for state in ["A", "B", "C", "D"] {
        let shape = format!(r#"{{"id.$": "$.id", "to": "{state}"}}"#);
        write!(text, ",\n\"{state}\": {{\"Type\": \"Pass\", \"Parameters\": {shape}, \"End\": true}}")
            .expect("memory can be written to");
    }
    text + "}}"
}

fn read(name: &str, file: &str) -> String {
    fs::read_to_string(path(name, file)).expect("the file is part of the repository")
}

fn path(name: &str, file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "benches", "workloads", name, file].iter().collect()
}
