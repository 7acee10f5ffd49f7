//! Cases as data: `*.toml` beside this file, each with a definition, inputs, and what must come of them.

use crate::driver::{Ended, Reply};
use expressway::asl::MachineType;
use expressway::compile::Options;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// One definition and what it must do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, as a sentence.
    pub name: String,
    /// The file it stands in; filled in by [`read`].
    #[serde(skip)]
    pub file: String,
    /// The whole machine,
    definition: Option<String>,
    /// or its states; it starts at `A`,
    states: Option<String>,
    /// or its only state.
    state: Option<String>,
    /// The machine's `QueryLanguage`, where only states are given.
    language: Option<String>,
    /// `express` where absent.
    #[serde(default, rename = "type")]
    machine_type: Kind,
    /// The instruction budget, where it is not the usual one.
    instructions: Option<u64>,
    /// What tasks answer, by state: the n-th answer to the n-th scheduling.
    #[serde(default)]
    pub answers: HashMap<String, Vec<Given>>,
    /// Parts of messages the definition must be refused with, with their places; then it is not run.
    #[serde(default)]
    pub refused: Vec<String>,
    /// The only run, written at the case itself,
    #[serde(flatten)]
    run: Option<Run>,
    /// or several.
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Express,
    Standard,
}

/// An answer of a task. With neither output nor error nor time-out it fails without saying why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub output: Option<String>,
    pub error: Option<String>,
    pub cause: Option<String>,
    #[serde(default)]
    pub timeout: bool,
}

/// An input and what must come of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// `{}` where absent; `<9>` in it stands for nine letters.
    #[serde(default = "empty")]
    pub input: String,
    /// Compared as JSON, numbers by their text.
    output: Option<String>,
    /// Compared byte for byte.
    exactly: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    /// A part of the cause.
    cause_has: Option<String>,
    /// `TIMED_OUT`, where it is neither success nor failure.
    status: Option<String>,
    /// How long it took, where that is of interest.
    seconds: Option<f64>,
    output_bytes: Option<u64>,
    transitions: Option<u64>,
    retries: Option<u64>,
    tasks: Option<u64>,
    steps: Option<u64>,
}

fn empty() -> String {
    "{}".into()
}

/// Every case of every file.
pub fn read() -> Vec<Case> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        case: Vec<Case>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let entries = std::fs::read_dir(folder).expect("the folder of this file is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let cases = files.iter().flat_map(|file| {
        let text = std::fs::read_to_string(file).expect("cases are UTF-8");
        let read: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        read.case.into_iter().map(move |case| Case { file: name.clone(), ..case })
    });
    cases.collect()
}

impl Case {
    /// The definition's text; `"@"` in it stands for a function's ARN.
    pub fn definition(&self) -> String {
        self.written().replace("\"@\"", "\"arn:aws:lambda:us-east-1:123456789012:function:f\"")
    }

    fn written(&self) -> String {
        let language = self.language.as_ref().map_or(String::new(), |name| format!(r#""QueryLanguage":"{name}","#));
        match (&self.definition, &self.states, &self.state) {
            (Some(definition), None, None) => definition.clone(),
            (None, Some(states), None) => format!(r#"{{{language}"StartAt":"A","States":{states}}}"#),
            (None, None, Some(state)) => format!(r#"{{{language}"StartAt":"A","States":{{"A":{state}}}}}"#),
            _ => panic!("{}: give one of definition, states, state", self.name),
        }
    }

    /// How it is to be compiled.
    pub fn options(&self) -> Options {
        let machine_type = match self.machine_type {
            Kind::Express => MachineType::Express,
            Kind::Standard => MachineType::Standard,
        };
        let instructions = self.instructions.unwrap_or(Options::default().instructions);
        let mut options = Options { machine_type, instructions, ..Options::default() };
        options.identity.express = matches!(self.machine_type, Kind::Express);
        options
    }

    /// Whether it counts instructions; with a history there are more of them.
    pub fn has_a_budget(&self) -> bool {
        self.instructions.is_some()
    }

    /// Its runs.
    pub fn runs(&self) -> Vec<Run> {
        let runs = if self.runs.is_empty() { self.run.iter().cloned().collect() } else { self.runs.clone() };
        runs.into_iter().map(|run| Run { input: with_letters(&run.input), ..run }).collect()
    }

    /// What the task of a state answers.
    pub fn reply(&self, state: &str, earlier: u32) -> Reply {
        Case::given(&self.answers, state, earlier)
    }

    /// What one of these answers is.
    pub fn given(answers: &HashMap<String, Vec<Given>>, state: &str, earlier: u32) -> Reply {
        match answers.get(state).and_then(|answers| answers.get(earlier as usize)) {
            Some(Given { output: Some(output), .. }) => Reply::Output(output.clone()),
            Some(Given { timeout: true, .. }) => Reply::TimedOut,
            Some(given) => Reply::Failed(given.error.clone(), given.cause.clone()),
            None => Reply::Failed(Some("States.TaskFailed".into()), Some(format!("{state} has no answer {earlier}"))),
        }
    }
}

impl Run {
    /// What is wrong with what came of it.
    pub fn mistakes(&self, ended: &Ended) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut expect = |what: &str, holds: bool, want: &dyn std::fmt::Debug| {
            if !holds {
                mistakes.push(format!("{what} should be {want:?}"));
            }
        };
        let (outcome, failure) = (&ended.outcome, ended.outcome.failure.clone().unwrap_or_default());
        let success = self.output.is_some() || self.exactly.is_some();
        let usual = if success { "SUCCEEDED" } else { "FAILED" };
        let status = self.status.as_deref().unwrap_or(usual);
        expect("status", outcome.status.text() == status, &status);
        if let Some(output) = &self.output {
            expect("output", json(&ended.output) == json(output), output);
        }
        if let Some(exactly) = &self.exactly {
            expect("output", ended.output == *exactly, exactly);
        }
        if status == "FAILED" {
            expect("error", failure.error.as_deref() == self.error.as_deref(), &self.error);
        }
        if let Some(cause) = &self.cause {
            expect("cause", failure.cause.as_deref() == Some(cause), cause);
        }
        if let Some(part) = &self.cause_has {
            expect("part of the cause", failure.cause.as_deref().unwrap_or("").contains(part), part);
        }
        let usage = &outcome.usage;
        let counts = [
            ("transitions", self.transitions, usage.transitions),
            ("retries", self.retries, usage.retries),
            ("tasks", self.tasks, usage.tasks),
            ("steps", self.steps, usage.steps),
            ("bytes of output", self.output_bytes, ended.output.len() as u64),
            ("microseconds", self.seconds.map(|seconds| (seconds * 1e6) as u64), usage.duration_us),
        ];
        for (what, want, got) in counts {
            expect(what, want.is_none_or(|want| want == got), &want);
        }
        mistakes
    }
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// Puts letters where a number stands in angle brackets.
fn with_letters(text: &str) -> String {
    let Some((before, rest)) = text.split_once("\"<") else { return text.to_owned() };
    let (count, after) = rest.split_once(">\"").unwrap_or((rest, ""));
    match count.parse() {
        Ok(count) => format!("{before}\"{}\"{after}", "x".repeat(count)),
        Err(_) => text.to_owned(),
    }
}
