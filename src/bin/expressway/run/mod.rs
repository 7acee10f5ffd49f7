//! `expressway run`: one execution for each line of input.

pub mod ending;
pub mod files;
pub mod options;
mod progress;
mod signals;
pub mod tasks;
pub mod watch;

pub use options::Arguments;

use crate::definition::Definition;
use crate::{Exit, Trouble};
use expressway::compile;
use expressway::engine::{Control, Engine};
use expressway::feed::{self, Input, Lines};
use expressway::history::{Log, Settings};
use expressway::program::Program;
use expressway::vm::Recorder;
use options::{Emit, Tasks};
use std::path::Path;
use std::sync::Arc;
use watch::{Watch, Watched, WatchedLines};

/// Runs the definition over the input.
pub fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let prices = Arc::new(files::prices(arguments.output.prices.as_deref())?);
    let definition = Definition::read(&arguments.definition)?;
    let options = arguments.executions.compiling(&definition, arguments.output.history.is_some());
    let Some(program) = compiled(&definition, &options, arguments.output.quiet) else { return Ok(Exit::Wrong) };
    // Before any file is written over.
    let Some(tasks) = tasks::bound(&arguments.executions, &definition, &program)? else { return Ok(Exit::Wrong) };
    let engine = Engine::new(arguments.running(), tasks);
    let mut sink = files::sink(&arguments.output, &inputs_and_definition(arguments))?;
    let control = Control::new();
    let signals =
        signals::listen(&control).map_err(|error| Trouble::Broken(format!("signals cannot be caught: {error}")))?;
    let watch = Arc::new(Watch::default());
    let progress = progress::start(&watch, &prices, &arguments.output);
    let settings = records(arguments, &program);
    let mut scribe = || Watched::new(settings.clone(), &prices, progress.is_some().then(|| watch.shard()));
    let source = WatchedLines::new(lines(arguments), progress.is_some().then(|| watch.clone()));
    let report = engine.run(std::slice::from_ref(&program), Box::new(source), &mut sink, &mut scribe, &control);
    drop(progress);
    let report = report.map_err(|error| Trouble::Wrong(error.to_string()))?;
    ending::end(report, &program, &prices, &arguments.output, signals.count())
}

/// The program that the definition becomes; what is to be said of it is told, warnings only if not quiet.
pub fn compiled(definition: &Definition, options: &compile::Options, quiet: bool) -> Option<Arc<Program>> {
    let (program, findings) = compile::compile_with_warnings(&definition.text, options);
    if findings.has_errors() || !quiet {
        definition.tell(&findings);
    }
    program.map(Arc::new)
}

fn lines(arguments: &Arguments) -> Lines {
    match arguments.files.is_empty() {
        true => Lines::new(vec![Input::Stdin]),
        false => Lines::new(arguments.files.iter().cloned().map(Input::File).collect()),
    }
}

/// What must not be written over.
fn inputs_and_definition(arguments: &Arguments) -> Vec<&Path> {
    let Tasks { tasks, mock, .. } = &arguments.executions.tasks;
    let tables = [tasks, mock, &arguments.output.prices];
    let files = arguments.files.iter().chain([&arguments.definition]).chain(tables.into_iter().flatten());
    files.map(|path| path.as_path()).collect()
}

/// What is written about each line.
fn records(arguments: &Arguments, program: &Program) -> feed::Settings {
    let output = &arguments.output;
    let settings = Settings {
        level: output.log_level.into(),
        execution_data: !output.no_execution_data,
        role_arn: program.identity.role_arn.clone(),
        region: program.identity.region.clone(),
    };
    let history: Arc<feed::History> = Arc::new(move |arn, event, text| Log::new(&settings, arn, text).record(event));
    feed::Settings {
        records: output.emit == Emit::Record,
        failures: output.emit == Emit::Output || output.failures.is_some(),
        files: arguments.files.iter().map(|path| path.display().to_string()).collect(),
        history: output.history.is_some().then_some(history),
    }
}
