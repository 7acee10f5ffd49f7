//! Who answers the Task states of a run, and the Task states that nobody answers.

use super::files;
use super::options::{Executions, Tasks as Options, Time};
use crate::definition::{Definition, Reading};
use crate::{Trouble, terminal};
use expressway::asl::{self, graph::Kind};
use expressway::diagnostic::{Diagnostics, Severity, Site};
use expressway::engine;
use expressway::program::Program;
use expressway::task::{Mocks, Tasks, bindings, command::Log};
use std::sync::Arc;

/// Who answers the tasks of this program. None: somebody is missing, and the user has been told.
pub fn bound(executions: &Executions, definition: &Definition, program: &Program) -> Result<Option<Tasks>, Trouble> {
    let Executions { reading, tasks: options, pace, identity } = executions;
    let tasks = tasks(options, identity.state_machine_name.as_deref())?;
    if !options.allow_unbound && tell_unbound(&tasks, program, definition, reading) {
        return Ok(None);
    }
    match pace.time == Time::Virtual && !tasks.are_instant() {
        true => Err(Trouble::Wrong(engine::Error::TasksTakeTime.to_string())),
        false => Ok(Some(tasks)),
    }
}

/// Reads the files, starts the workers and the thread that talks to services.
fn tasks(options: &Options, machine: Option<&str>) -> Result<Tasks, Trouble> {
    let mut tasks = Tasks::new();
    if let Some(path) = &options.mock {
        let mocks = Mocks::read(&files::text(path)?, machine, options.test_case.as_deref());
        tasks.mock(mocks.map_err(|error| Trouble::Wrong(format!("{}: {error}", path.display())))?);
    }
    if let Some(path) = &options.tasks {
        let wrong = |error: &dyn std::fmt::Display| Trouble::Wrong(format!("{}: {error}", path.display()));
        let bindings = bindings::parse(&files::text(path)?).map_err(|error| wrong(&error))?;
        let log: Log = Arc::new(|note| terminal::say(&format!("{}\n", terminal::plain(note))));
        for (pattern, connector) in bindings::connect(bindings, log).map_err(|error| wrong(&error))? {
            tasks.connect(pattern, connector);
        }
    }
    Ok(tasks)
}

/// Shows the tasks that nobody answers where the definition has them. False: there are none.
fn tell_unbound(tasks: &Tasks, program: &Program, definition: &Definition, reading: &Reading) -> bool {
    let unbound = tasks.unbound(program).into_iter().map(|task| (task, None));
    let refused = tasks.refused(program).into_iter().map(|(task, reason)| (task, Some(reason)));
    let unanswered: Vec<_> = unbound.chain(refused).collect();
    if unanswered.is_empty() {
        return false;
    }
    let sites = sites(definition, reading);
    let mut findings = Diagnostics::default();
    for (task, reason) in unanswered {
        let task = &program.tasks[task.0 as usize];
        let name = &*program.states[task.state.0 as usize].name;
        let site = sites.iter().find(|(state, _)| state == name).map(|(_, site)| site.clone()).unwrap_or_default();
        let arn = &task.resource.arn;
        let message = match reason {
            Some(reason) => format!("the binding of {arn} cannot answer it: {reason}"),
            None => format!("nobody answers {arn}"),
        };
        let finding = findings.note(Severity::Error, "UNBOUND_TASK", &site, message);
        finding.help =
            Some("bind it with --tasks FILE, mock it with --mock FILE, or let it fail with --allow-unbound".into());
    }
    definition.tell(&findings);
    true
}

/// The names of all Task states and where their resources stand. The definition is known to be right.
fn sites(definition: &Definition, reading: &Reading) -> Vec<(String, Site)> {
    let options = asl::Options {
        machine_type: reading.machine_type.into(),
        substitutions: reading.substitutions.clone(),
        unfilled: Severity::Warning,
    };
    let graph = asl::read(&definition.text, definition.format, &options, &mut Diagnostics::default());
    let states = graph.into_iter().flat_map(|graph| graph.states);
    let resource = |state: asl::graph::State| match state.kind {
        Kind::Task(task) => Some((state.name, task.resource.site)),
        _ => None,
    };
    states.filter_map(resource).collect()
}
