//! What the benches run: folders with a definition and what comes of it, over lines from a file beside it or made up.
//!
//! `expected.ndjson` holds the outcomes of the first lines and the totals of all. `UPDATE_EXPECT=1` rewrites it.
#![allow(dead_code, reason = "every bench uses its part of it")]

pub mod runner;
pub mod streams;

use super::events::Kind;
use expressway::compile::{Options, compile};
use expressway::json::{Level, PADDING};
use expressway::program::Program;
use expressway::vm::Status;
use runner::Runner;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A workload's name, the folder of its definition, and its lines: some that were made up, or those of a file.
type Row = (&'static str, &'static str, Option<(Kind, usize)>);

/// Each has some megabytes of lines, or few that fit into the cache.
const WORKLOADS: &[Row] = &[
    ("triage", "triage", Some((Kind::Findings, 1_000))),
    ("triage-jsonata", "triage-jsonata", Some((Kind::Findings, 1_000))),
    ("orders", "orders", Some((Kind::Orders, 8_000))),
    ("enrichment", "enrichment", Some((Kind::Findings, 1_000))),
    ("rules", "rules", Some((Kind::Orders, 8_000))),
    ("map", "map", None),
    ("parallel", "parallel", None),
    ("retry", "retry", None),
    ("chain", "chain", None),
    ("intrinsics", "intrinsics", None),
    // More than a reader remembers shapes of.
    ("diverse", "triage", Some((Kind::Diverse, 5_000))),
    ("deep", "deep", Some((Kind::Deep, 200))),
    ("wide", "wide", Some((Kind::Wide, 50))),
];

/// Of so many lines the outcomes are written down one by one.
const SHOWN: usize = 8;

/// A definition, and lines, each with its newline.
pub struct Workload {
    pub name: &'static str,
    pub definition: String,
    pub text: String,
}

/// All of them; each has given the outcomes it is expected to give.
pub fn every() -> Vec<Workload> {
    let workloads = Workload::all();
    workloads.iter().for_each(Workload::check);
    workloads
}

impl Workload {
    /// All of them; nobody has looked at their outcomes yet.
    pub fn all() -> Vec<Workload> {
        WORKLOADS.iter().map(Workload::read).collect()
    }

    /// One of them, as well.
    pub fn named(name: &str) -> Workload {
        Workload::read(WORKLOADS.iter().find(|row| row.0 == name).expect("a workload has this name"))
    }

    fn read(&(name, folder, lines): &Row) -> Workload {
        // A thousand rules are not worth a file.
        let definition = if name == "rules" { rules(1_000) } else { read(folder, "workflow.asl.json") };
        let text = lines.map_or_else(|| read(folder, "events.ndjson"), |(kind, count)| kind.lines(count));
        Workload { name, definition, text }
    }

    pub fn compile(&self) -> Program {
        compile(&self.definition, &Options::default()).expect("a workload's definition has no mistakes")
    }

    /// The lines as a feed would hand them over.
    pub fn block(&self) -> Vec<u8> {
        [self.text.as_bytes(), &[0; PADDING]].concat()
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.text.lines().count() as u64
    }

    /// What the vm makes of the lines, one after another.
    pub fn outputs(&self) -> Vec<u8> {
        let (program, block) = (self.compile(), self.block());
        let mut outputs = Vec::new();
        Runner::new(&program, &block, Level::best()).pass(|_, output| {
            outputs.extend_from_slice(output);
            outputs.push(b'\n');
        });
        outputs
    }

    /// Compares the outcomes with what was written down.
    fn check(&self) {
        let found = self.outcomes();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(path(self.name, "expected.ndjson"), &found).expect("the file can be written");
        }
        assert!(found == read(self.name, "expected.ndjson"), "{} gives something else:\n{found}", self.name);
    }

    fn outcomes(&self) -> String {
        let (program, block) = (self.compile(), self.block());
        let (mut text, mut lines, mut transitions, mut bytes) = (String::new(), 0, 0, 0);
        Runner::new(&program, &block, Level::best()).pass(|outcome, output| {
            assert_eq!(outcome.status, Status::Succeeded, "{}: {:?}", self.name, outcome.failure);
            let usage = outcome.usage;
            if lines < SHOWN {
                let counts = format!(r#""transitions":{},"retries":{}"#, usage.transitions, usage.retries);
                writeln!(text, "{{{counts},\"output\":{}}}", String::from_utf8_lossy(output)).expect("memory holds it");
            }
            lines += 1;
            transitions += usage.transitions;
            bytes += output.len();
        });
        text + &format!("{{\"lines\":{lines},\"transitions\":{transitions},\"outputBytes\":{bytes}}}\n")
    }
}

/// A Choice of so many rules, each for one customer; every fourth leads to the same state.
fn rules(count: usize) -> String {
    let mut text =
        r#"{"StartAt": "Rules", "States": {"Rules": {"Type": "Choice", "Default": "D", "Choices": ["#.to_owned();
    for rule in 0..count {
        let (comma, next) = (if rule == 0 { "" } else { "," }, ["A", "B", "C", "D"][rule % 4]);
        let test = format!(r#""Variable": "$.detail.customer", "StringEquals": "c-{rule:07}""#);
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

/// A workload's file. The crate that is built is the repository, or a folder in it.
fn path(name: &str, file: &str) -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let benches = folders.find_map(|folder| Some(folder.join("benches/workloads")).filter(|folder| folder.is_dir()));
    benches.expect("the workloads are part of the repository").join(name).join(file)
}
