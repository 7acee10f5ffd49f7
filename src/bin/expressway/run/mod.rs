//! `expressway run`: one execution for each line of input.

mod ending;
mod files;
mod options;
mod progress;
mod signals;
mod tasks;
mod watch;

pub use options::Arguments;

use crate::definition::Definition;
use crate::{Exit, Trouble};
use expressway::compile;
use expressway::engine::{self, Control, Engine};
use expressway::feed::{self, Input, Lines};
use expressway::history::{Log, Settings};
use expressway::program::Program;
use expressway::vm::Recorder;
use options::{Emit, Time};
use std::path::Path;
use std::sync::Arc;
use watch::{Watch, Watched, WatchedLines};

/// Runs the definition over the input.
pub fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let prices = Arc::new(files::prices(arguments.output.prices.as_deref())?);
    let definition = Definition::read(&arguments.definition)?;
    let Some(program) = compiled(&definition, arguments) else { return Ok(Exit::Wrong) };
    let tasks = tasks::tasks(&arguments.tasks, arguments.identity.state_machine_name.as_deref())?;
    if !arguments.tasks.allow_unbound && tasks::tell_unbound(&tasks, &program, &definition, arguments) {
        return Ok(Exit::Wrong);
    }
    // Before any file is written over.
    if arguments.pace.time == Time::Virtual && !tasks.are_instant() {
        return Err(Trouble::Wrong(engine::Error::TasksTakeTime.to_string()));
    }
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

fn compiled(definition: &Definition, arguments: &Arguments) -> Option<Arc<Program>> {
    let options = arguments.compiling(definition.format);
    let (program, findings) = compile::compile_with_warnings(&definition.text, &options);
    if findings.has_errors() || !arguments.output.quiet {
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
    let tables = [&arguments.tasks.tasks, &arguments.tasks.mock, &arguments.output.prices];
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
