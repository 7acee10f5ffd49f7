//! The events of the comparison: what runs them, and a file of them.

use crate::events::Kind;
use crate::workloads::Workload;
use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

/// Lines and what runs them.
pub struct Input {
    pub name: String,
    pub workload: Workload,
    /// How often the lines stand in the file.
    pub rounds: usize,
    folder: PathBuf,
}

/// All inputs, each made when it is asked for.
#[derive(Default)]
pub struct Inputs {
    findings: OnceCell<Input>,
    orders: OnceCell<Input>,
    diverse: OnceCell<Input>,
    map: OnceCell<Input>,
}

impl Inputs {
    /// 200,000 findings, 400 MB.
    pub fn findings(&self) -> &Input {
        self.findings.get_or_init(|| Input::made(Kind::Findings, 20_000, 10, "triage"))
    }

    /// A million orders, 280 MB.
    pub fn orders(&self) -> &Input {
        self.orders.get_or_init(|| Input::made(Kind::Orders, 100_000, 10, "orders"))
    }

    /// Findings of 10,000 shapes, ten times, 170 MB.
    pub fn diverse(&self) -> &Input {
        self.diverse.get_or_init(|| Input::made(Kind::Diverse, 10_000, 10, "triage"))
    }

    /// Orders of a hundred items, 20,000 of them.
    pub fn map(&self) -> &Input {
        self.map.get_or_init(|| Input::new("map".into(), Workload::named("map"), 10_000))
    }
}

impl Input {
    fn made(kind: Kind, lines: usize, rounds: usize, workflow: &str) -> Input {
        Input::new(kind.to_string(), Workload { text: kind.lines(lines), ..Workload::named(workflow) }, rounds)
    }

    fn new(name: String, workload: Workload, rounds: usize) -> Input {
        let folder = std::env::temp_dir().join(format!("expressway-compare-{}-{name}", std::process::id()));
        let input = Input { name, workload, rounds, folder };
        fs::create_dir_all(&input.folder).expect("a folder can be made");
        fs::write(input.definition(), &input.workload.definition).expect("a file can be written");
        let mut file = File::create(input.file("events")).expect("a file can be written");
        (0..rounds).for_each(|_| file.write_all(input.workload.text.as_bytes()).expect("there is room for it"));
        input
    }

    pub fn definition(&self) -> PathBuf {
        self.folder.join("workflow.asl.json")
    }

    /// `events` is there; others can be written beside it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("ndjson")
    }

    /// Lines in the file.
    pub fn events(&self) -> f64 {
        self.workload.lines() as f64 * self.rounds as f64
    }

    /// The first ten thousand lines.
    pub fn sample(&self) -> Workload {
        let text = &self.workload.text;
        let end = text.match_indices('\n').nth(9_999).expect("there are so many").0 + 1;
        let Workload { name, definition, .. } = &self.workload;
        Workload { name, definition: definition.clone(), text: text[..end].to_owned() }
    }
}

/// Half a gigabyte is not left behind.
impl Drop for Input {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder); // It lies where such things are cleared away.
    }
}
