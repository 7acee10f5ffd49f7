//! The ways a case runs: on the bare vm, packed up in turns, with a history, on one shard and on four.

use crate::cases::{Case, Run};
use crate::command;
use crate::driver::{self, Ended, Reply};
use expressway::engine::{
    self, Block, Control, Engine, Fate, Origin, Page, Report, Scribe, Sink, Source, Subject, Time,
};
use expressway::failure::Failure;
use expressway::program::Program;
use expressway::task::Tasks;
use std::sync::Arc;

/// How often each input stands in the engine's stream.
const TIMES: usize = 3;

/// What is wrong with a case.
pub fn check(case: &Case) -> Vec<String> {
    let (definition, options) = (case.definition(), case.options());
    let program = driver::program(&definition, &options, false);
    if !case.refused.is_empty() {
        return refusal(case, program);
    }
    let program = match program {
        Ok(program) => Arc::new(program),
        Err(found) => return vec![format!("refused: {found}")],
    };
    let told = driver::program(&definition, &options, true).expect("a history changes nothing about what is valid");
    let tasks = |state: &str, _: &str, earlier: u32| case.reply(state, earlier);
    let runs = case.runs();
    assert!(!runs.is_empty(), "a case has a run");
    let first: Vec<Ended> = runs.iter().enumerate().map(|(place, run)| alone(&program, run, &tasks, place)).collect();
    let mut mistakes = Vec::new();
    for (run, ended) in runs.iter().zip(&first) {
        mistakes.extend(run.mistakes(ended).into_iter().map(|mistake| tell(run, ended, &mistake)));
    }
    let inputs: Vec<&str> = runs.iter().map(|run| run.input.as_str()).collect();
    let mut agree = |way: &str, others: Vec<Option<Ended>>| {
        for ((run, one), other) in runs.iter().zip(&first).zip(others) {
            if other.as_ref() != Some(one) {
                mistakes.push(tell(run, one, &format!("{way} it is {other:?}")));
            }
        }
    };
    agree("in turns", driver::run_in_turns(&program, &inputs, &tasks));
    if !case.has_a_budget() {
        let with_history = runs.iter().enumerate().map(|(place, run)| Some(alone(&told, run, &tasks, place)));
        agree("with a history", with_history.collect());
        agree("in turns with a history", driver::run_in_turns(&told, &inputs, &tasks));
    }
    if inputs.iter().all(|input| !input.contains('\n')) {
        agree("on one shard", on_shards(case, &program, &inputs, 1));
        agree("on four shards", on_shards(case, &program, &inputs, 4));
        mistakes.extend(command::mistakes(case, &inputs, &first));
    }
    mistakes
}

fn alone(program: &Program, run: &Run, tasks: &driver::Tasks<'_>, place: usize) -> Ended {
    driver::run(program, &run.input, tasks, place as u64 + 1).expect("inputs of cases are JSON")
}

fn refusal(case: &Case, program: Result<Program, String>) -> Vec<String> {
    match program {
        Ok(_) => vec!["should be refused".into()],
        Err(found) => {
            let missing = case.refused.iter().filter(|part| !found.contains(*part));
            missing.map(|part| format!("should be refused with {part:?}, found {found}")).collect()
        }
    }
}

fn tell(run: &Run, ended: &Ended, mistake: &str) -> String {
    let input = run.input.get(..500).unwrap_or(&run.input);
    format!(
        "{mistake}\nof the input {input}\nit came to {:?}\n{}",
        ended.outcome,
        &ended.output[..ended.output.len().min(500)]
    )
}

/// The same executions by the engine; each input several times, and all of them must end alike.
fn on_shards(case: &Case, program: &Arc<Program>, inputs: &[&str], shards: usize) -> Vec<Option<Ended>> {
    let options = engine::Options { shards, time: Time::Virtual, seed: Some(7), ..engine::Options::default() };
    let mut tasks = Tasks::new();
    let answers = case.answers.clone();
    tasks.function("*", move |request| answer(Case::given(&answers, request.state(), request.earlier)));
    let lines: Vec<String> = (0..TIMES).flat_map(|_| inputs.iter().map(|input| format!("{input}\n"))).collect();
    let count = lines.len();
    let source = Box::new(Lines { lines, next: 0 });
    let control = Control::new();
    let report = Engine::new(options, tasks)
        .run(std::slice::from_ref(program), source, &mut Nowhere, Gather::default, &control)
        .expect("functions answer at once");
    let mut ended = gathered(&report, count);
    for place in inputs.len()..count {
        let (one, again) = (&ended[place % inputs.len()], &ended[place]);
        assert_eq!(name_free(one), name_free(again), "the same input comes to the same");
    }
    ended.truncate(inputs.len());
    ended
}

/// What does not say how the execution is called.
fn name_free(ended: &Option<Ended>) -> Option<(expressway::vm::Status, expressway::usage::Usage)> {
    ended.as_ref().map(|ended| (ended.outcome.status, ended.outcome.usage))
}

fn answer(reply: Reply) -> Result<Vec<u8>, Failure> {
    match reply {
        Reply::Output(text) => Ok(text.into_bytes()),
        Reply::Failed(error, cause) => Err(Failure { error: error.map(Into::into), cause: cause.map(Into::into) }),
        Reply::TimedOut => Err(Failure { error: Some("States.Timeout".into()), cause: None }),
    }
}

fn gathered(report: &Report<Gather>, count: usize) -> Vec<Option<Ended>> {
    let sums = &report.sums;
    assert_eq!(sums.counts.lines(), count as u64, "lines in are outcomes out");
    let entered: u64 = sums.tallies[0].runs.iter().sum();
    assert!(entered > 0 || sums.usage.transitions == 0, "what is entered is counted");
    let mut ended = vec![None; count];
    for (line, one) in report.scribes.iter().flat_map(|scribe| &scribe.ended) {
        ended[*line as usize - 1] = Some(one.clone());
    }
    let transitions: u64 = ended.iter().flatten().map(|one| one.outcome.usage.transitions).sum();
    assert_eq!(transitions, sums.usage.transitions, "sums are sums");
    ended
}

/// One line in each block, so that every shard gets some.
struct Lines {
    lines: Vec<String>,
    next: usize,
}

impl Source for Lines {
    fn fill(&mut self, block: &mut Block) -> std::io::Result<bool> {
        let Some(line) = self.lines.get(self.next) else { return Ok(false) };
        self.next += 1;
        let bytes = [line.as_bytes(), &[b' '; engine::PADDING]].concat();
        *block = Block { bytes, lines: 0..line.len(), first_line: self.next as u64, ..Block::default() };
        Ok(true)
    }
}

/// A sink for text nobody wants.
struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &Page) -> std::io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Gathers what came of each line.
#[derive(Default)]
struct Gather {
    ended: Vec<(u64, Ended)>,
}

impl Scribe for Gather {
    fn tell(&mut self, subject: &Subject<'_>, _: &[u8], fate: Fate<'_>, page: &mut Page, from: usize) {
        let Origin { line, .. } = subject.origin;
        let Fate::Ended(outcome) = fate else { return };
        let output = match outcome.failure {
            None => String::from_utf8_lossy(&page.output[from..]).into_owned(),
            Some(_) => String::new(),
        };
        self.ended.push((line, Ended { outcome: outcome.clone(), output }));
    }
}
