//! Definitions that are nearly right: nothing panics, and what compiles runs to an end. The same mutations every time.
//!
//! The fuzz targets `program` and `execution` look for the same mistakes with more patience.

mod execution;
mod expression;
mod jsonata;
mod mutate;
mod program;

#[path = "../../benches/events/mod.rs"]
mod events;

use events::Kind;
use expressway::vm::Status;
use mutate::{Random, Vocabulary, mutate, trouble, vocabulary, wait_more};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// On a slow machine fewer mutations are tried, not more time is taken.
const LONGEST: Duration = Duration::from_secs(20);

/// What workflows of ours are written in, and what comes in.
struct Seed {
    definition: Value,
    words: Vocabulary,
    lines: Vec<Value>,
}

#[test]
fn the_seeds_themselves_run() {
    let seeds = seeds();
    assert!(seeds.len() > 15, "only {} workflows are left", seeds.len());
    for seed in &seeds {
        let text = seed.definition.to_string();
        program::check(&text);
        for line in &seed.lines {
            execution::check(&text, line.to_string().as_bytes(), &[]).expect("our own workflows and lines are right");
        }
    }
}

#[test]
fn mutated_definitions_compile_or_say_why_not() {
    try_mutations(2_000, |text, _, _| {
        program::check(text);
        true
    });
}

#[test]
fn mutated_definitions_run_to_an_end() {
    let mut ends = [0, 0];
    let tried = try_mutations(4_000, |text, line, plan| {
        let status = execution::check(text, line, plan);
        if let Some(status) = status {
            ends[usize::from(status == Status::Succeeded)] += 1;
        }
        status.is_some()
    });
    assert!(ends.iter().all(|end| *end > tried / 20), "of {tried} executions {ends:?} failed and succeeded");
}

/// Makes so many attempts that are of use, or as many as there is time for; how many.
fn try_mutations(count: usize, mut is_of_use: impl FnMut(&str, &[u8], &[u8]) -> bool) -> usize {
    let (seeds, trouble, begun) = (seeds(), trouble(), Instant::now());
    let everything = vocabulary(seeds.iter().map(|seed| &seed.definition).chain(&trouble));
    let mut random = Random(20_261_122);
    let mut tried = 0;
    while tried < count && begun.elapsed() < LONGEST {
        let attempt = attempt(random.one_of(&seeds), &everything, &mut random);
        tried += usize::from(is_of_use(&attempt.text, &attempt.line, &attempt.plan));
    }
    tried
}

/// What is tried; it says so if that ends in a panic.
struct Attempt {
    text: String,
    line: Vec<u8>,
    plan: Vec<u8>,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}\n{}\n{:?}", self.text, String::from_utf8_lossy(&self.line), self.plan);
        }
    }
}

fn attempt(seed: &Seed, everything: &Vocabulary, random: &mut Random) -> Attempt {
    // Its own words are more likely to fit: names of states.
    let words = if random.below(2) == 0 { everything } else { &seed.words };
    let mut definition = seed.definition.clone();
    if random.below(2) == 0 {
        wait_more(&mut definition, random);
    }
    for _ in 0..1 + random.below(4) {
        mutate(&mut definition, words, random);
    }
    let mut line = random.one_of(&seed.lines).clone();
    for _ in 0..random.below(2) {
        mutate(&mut line, words, random);
    }
    let plan = (0..random.below(8)).map(|_| random.below(256) as u8).collect();
    Attempt { text: definition.to_string(), line: line.to_string().into_bytes(), plan }
}

/// The examples, and the workloads of the benches.
fn seeds() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["examples", "benches/workloads"].map(|folder| fs::read_dir(root.join(folder)));
    let entries = folders.into_iter().flat_map(|folder| folder.expect("the folder is part of the repository"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| seed(path)).collect()
}

/// The definition with a text for each `${…}`, as a run would fill them.
fn filled(definition: &str) -> String {
    let (first, rest) = definition.split_once("${").unwrap_or((definition, ""));
    let rest = rest.split("${").filter_map(|part| part.split_once('}')).map(|(_, behind)| format!("filled{behind}"));
    first.to_owned() + &rest.collect::<String>()
}

fn seed(folder: &Path) -> Option<Seed> {
    let definition = filled(&fs::read_to_string(folder.join("workflow.asl.json")).ok()?);
    // Workloads without lines of their own run made-up ones.
    let made_up = || [Kind::Findings, Kind::Orders].map(|kind| kind.lines(2)).concat();
    let lines = fs::read_to_string(folder.join("events.ndjson")).unwrap_or_else(|_| made_up());
    let definition = serde_json::from_str(&definition).expect("our own definitions are JSON");
    let lines = lines.lines().map(|line| serde_json::from_str(line).expect("our own lines are JSON")).collect();
    Some(Seed { words: vocabulary([&definition]), definition, lines })
}
