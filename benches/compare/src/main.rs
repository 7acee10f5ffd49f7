//! Expressway beside simd-json, serde_json and the peers of `../shared/speed`, over the same events in one run.
//!
//! ```text
//! cargo run --release --manifest-path benches/compare/Cargo.toml -- BINARY [PART…] [--gigabytes N]
//! cargo run --release --manifest-path benches/compare/Cargo.toml -- events KIND COUNT
//! ```
//!
//! `BINARY` is a release build of the command. Parts are `memory`, `files`, `scale`, `pipe`, `map`, `stream` and `peers`;
//! without any it is all of them. What is told are medians; ratios are of rounds that alternate. Findings are run through
//! `benches/workloads/triage`, orders through `benches/workloads/orders`, findings of 10,000 shapes through the triage too.

#[path = "../../events/mod.rs"]
mod events;
mod files;
mod inputs;
mod map;
mod measure;
mod memory;
mod peers;
mod pipe;
mod scale;
mod simd;
mod stream;
mod table;
#[path = "../../workloads/mod.rs"]
mod workloads;

use events::Kind;
use inputs::Inputs;
use std::io::Write;
use std::path::{Path, PathBuf};
use table::Table;

/// As the command does it, and as simd-json likes it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A part of the comparison: its name, and what takes its measures.
type Part = (&'static str, fn(&Setting, &mut Table));

const PARTS: &[Part] = &[
    ("memory", memory::measure),
    ("files", files::measure),
    ("scale", scale::measure),
    ("pipe", pipe::measure),
    ("map", map::measure),
    ("stream", stream::measure),
    ("peers", peers::measure),
];

/// What all parts are given.
struct Setting {
    binary: PathBuf,
    inputs: Inputs,
    gigabytes: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["events", kind, count] => print_events(kind, count),
        ["rewrite", file] => simd::rewrite(Path::new(file)),
        [] => eprintln!("usage: BINARY [PART…] [--gigabytes N], or events KIND COUNT"),
        [binary, ref rest @ ..] => compare(binary, rest),
    }
}

fn compare(binary: &str, rest: &[&str]) {
    let (names, gigabytes) = match rest {
        [names @ .., "--gigabytes", count] => (names, count.parse().expect("--gigabytes takes a number")),
        names => (names, 10),
    };
    for name in names {
        assert!(PARTS.iter().any(|part| part.0 == *name), "there is no part {name}");
    }
    let binary = Path::new(binary).canonicalize().expect("the binary is there");
    let setting = Setting { binary, inputs: Inputs::default(), gigabytes };
    measure::describe();
    let mut table = Table::default();
    for (name, measure) in PARTS.iter().filter(|part| names.is_empty() || names.contains(&part.0)) {
        eprintln!("{name} …");
        measure(&setting, &mut table);
    }
    print!("{table}");
}

fn print_events(kind: &str, count: &str) {
    let kind = Kind::EVERY.into_iter().find(|one| one.to_string() == kind);
    let kind = kind.unwrap_or_else(|| panic!("kinds are {}", Kind::EVERY.map(|kind| kind.to_string()).join(", ")));
    let lines = kind.lines(count.parse().expect("the count is a number"));
    std::io::stdout().write_all(lines.as_bytes()).expect("the output can be written");
}
