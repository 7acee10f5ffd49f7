//! `expressway show`: the program that a definition becomes, or a drawing of its states.

use crate::definition::{Definition, Reading};
use crate::{Exit, Trouble};
use clap::{Args, ValueEnum};
use expressway::asl;
use expressway::asl::graph::Graph;
use expressway::compile::{self, Options};
use expressway::diagnostic::{Diagnostics, Severity};
use expressway::drawing;
use std::io::{self, Write};
use std::path::PathBuf;

/// Show the instructions that a definition is compiled to, or draw its states
#[derive(Args)]
#[command(after_help = "\
Examples:
  expressway show orders.asl.json
  expressway show --graph svg orders.asl.json > orders.svg
  expressway show --graph mermaid orders.asl.yaml")]
pub struct Arguments {
    /// The file with the definition: JSON, or YAML where the name ends in .yaml or .yml
    #[arg(value_name = "DEFINITION")]
    definition: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// Draw the states instead, as Mermaid text or as a picture
    #[arg(long, value_enum, value_name = "FORM")]
    graph: Option<Form>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Mermaid,
    Svg,
}

/// Shows the definition.
pub fn show(arguments: &Arguments) -> Result<Exit, Trouble> {
    let definition = Definition::read(&arguments.definition)?;
    let shown = match arguments.graph {
        None => listing(&definition, arguments),
        Some(form) => graph(&definition, arguments).map(|graph| draw(&graph, form)),
    };
    let Some(text) = shown else { return Ok(Exit::Wrong) };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::AllWell)
}

fn listing(definition: &Definition, arguments: &Arguments) -> Option<String> {
    let options = Options {
        format: definition.format,
        machine_type: arguments.reading.machine_type.into(),
        substitutions: arguments.reading.substitutions.clone(),
        ..Options::default()
    };
    let (program, findings) = compile::compile_with_warnings(&definition.text, &options);
    definition.tell(&findings);
    program.map(|program| program.listing().to_string())
}

/// The states, also of a definition that is right but cannot be run here.
fn graph(definition: &Definition, arguments: &Arguments) -> Option<Graph> {
    let options = asl::Options {
        machine_type: arguments.reading.machine_type.into(),
        substitutions: arguments.reading.substitutions.clone(),
        unfilled: Severity::Warning,
    };
    let mut findings = Diagnostics::default();
    let graph = asl::read(&definition.text, definition.format, &options, &mut findings);
    definition.tell(&findings);
    graph.filter(|_| !findings.has_errors())
}

fn draw(graph: &Graph, form: Form) -> String {
    match form {
        Form::Mermaid => drawing::mermaid(graph),
        Form::Svg => drawing::svg(graph),
    }
}
