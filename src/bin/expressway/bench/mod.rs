//! `expressway bench`: how fast a workflow is here, where the time goes, and what a million executions cost.

mod cpu;
mod hand;
mod json;
mod measure;
mod rounds;
mod sample;
mod scratch;
mod stages;
mod text;
mod whole;

use crate::definition::Definition;
use crate::run::options::{Executions, Time};
use crate::run::{self, files, tasks};
use crate::{Exit, Trouble, terminal};
use clap::{Args, ValueEnum};
use expressway::engine::{self, Engine};
use expressway::program::Program;
use measure::{Measured, Plan};
use scratch::Scratch;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use whole::Setting;

/// Measure how fast a workflow is here, and where the time goes
#[derive(Args)]
#[command(after_help = "\
Examples:
  expressway bench orders.asl.json orders.ndjson
  expressway bench triage.asl.json findings.ndjson --limit 100000 --seconds 30 --format json
  expressway bench retry.asl.json orders.ndjson --mock mocks.json --test-case busy --time virtual
  expressway bench enrich.asl.json events.ndjson --tasks tasks.toml --output /data/out.ndjson

The file is run again and again, as `run` would do it, on one shard and then on all, and is taken
through the stages of an execution by hand. Of a long file the first lines are measured. Tasks are
really done, in every pass.
Exit status: 0 all executions succeeded, 1 something did not, 2 usage, definition or nothing to
measure, 3 input or output broke.")]
pub struct Arguments {
    /// The file with the definition: JSON, or YAML where the name ends in .yaml or .yml
    #[arg(value_name = "DEFINITION")]
    definition: PathBuf,
    /// The file of inputs, one JSON text per line; no pipe, since it is read several times
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How long to measure, about
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    seconds: f64,
    /// A table for people, or an object for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write outputs to this file, anew in each pass
    #[arg(long, value_name = "FILE", default_value = "/dev/null")]
    output: PathBuf,
    /// Prices in place of those of us-east-1: a TOML file
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    executions: Executions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "should be a number from 0.1 to 86400".into())
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Measures the workflow.
pub fn bench(arguments: &Arguments) -> Result<Exit, Trouble> {
    let prices = files::prices(arguments.prices.as_deref())?;
    let definition = Definition::read(&arguments.definition)?;
    let options = arguments.executions.compiling(&definition, false);
    let Some(program) = run::compiled(&definition, &options, false) else { return Ok(Exit::Wrong) };
    check_file(&arguments.file)?;
    check_output(arguments)?;
    let pace = &arguments.executions.pace;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let plan = Plan {
        seconds: arguments.seconds,
        lines_max: pace.limit,
        shards: pace.shards.map_or_else(cores, |shards| shards as usize),
        waits: pace.time == Time::Real,
    };
    let scratch = Scratch::new()?;
    scratch.heed_signals().map_err(|error| Trouble::Broken(format!("signals cannot be caught: {error}")))?;
    let setting = Setting::new(&program, prices, &arguments.file, &arguments.output);
    let notice = Notice::show(arguments.seconds);
    let engine = |shards, lines_max| engine(arguments, &definition, &program, shards, lines_max);
    let measured = measure::measure(&setting, &plan, &scratch, engine);
    drop(notice);
    let Some(measured) = measured? else { return Ok(Exit::Wrong) };
    let report = match arguments.format {
        Format::Text => text::report(&measured, &setting),
        Format::Json => json::report(&measured, &setting),
    };
    io::stdout().lock().write_all(report.as_bytes())?;
    Ok(ending(&measured))
}

fn ending(measured: &Measured) -> Exit {
    let panics = measured.panics();
    if panics > 0 {
        terminal::complain(&format!("{panics} executions failed because of a mistake in expressway itself"));
    }
    if measured.all_succeeded() { Exit::AllWell } else { Exit::NotAll }
}

/// An engine with so many shards, for so many lines, and with workers of its own. None: nobody answers some task, and the user has been told.
fn engine(
    arguments: &Arguments,
    definition: &Definition,
    program: &Arc<Program>,
    shards: usize,
    lines_max: u64,
) -> Result<Option<Engine>, Trouble> {
    let executions = &arguments.executions;
    // What is under way when reading ends may take as long as it takes.
    let options = engine::Options { shards, lines_max, drain: YEAR, ..executions.running() };
    Ok(tasks::bound(executions, definition, program)?.map(|tasks| Engine::new(options, tasks)))
}

/// Refuses what can be read only once.
fn check_file(path: &Path) -> Result<(), Trouble> {
    let name = path.display();
    if path == Path::new("-") {
        return Err(Trouble::Wrong(
            "standard input can be read only once, and bench reads its input several times: name a file".into(),
        ));
    }
    let file = fs::metadata(path).map_err(|error| Trouble::Broken(format!("{name} cannot be read: {error}")))?;
    match file.is_file() {
        true => Ok(()),
        false => Err(Trouble::Wrong(format!(
            "{name} is no regular file, and bench reads its input several times: save it to a file first"
        ))),
    }
}

/// Sees to it that the output can be written, and is none of the files that are read.
fn check_output(arguments: &Arguments) -> Result<(), Trouble> {
    let run::options::Tasks { tasks, mock, .. } = &arguments.executions.tasks;
    let read =
        [Some(&arguments.definition), Some(&arguments.file), tasks.as_ref(), mock.as_ref(), arguments.prices.as_ref()];
    let mut known = read.into_iter().flatten().filter_map(|path| path.canonicalize().ok()).collect();
    files::create(&arguments.output, &mut known).map(drop)
}

/// Says on a terminal why nothing is seen for a while.
struct Notice;

impl Notice {
    fn show(seconds: f64) -> Option<Notice> {
        io::stderr().is_terminal().then(|| {
            terminal::say(&format!("measuring for about {seconds} s …"));
            Notice
        })
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        terminal::say(terminal::CLEAR);
    }
}
