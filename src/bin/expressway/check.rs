//! `expressway check`: every mistake in definitions at once.

use crate::definition::{Definition, Reading};
use crate::{Exit, Trouble, terminal};
use clap::{Args, ValueEnum};
use expressway::compile::{self, Options};
use std::io::{self, Write};
use std::path::PathBuf;

/// Find every mistake in definitions at once
#[derive(Args)]
#[command(after_help = "\
Examples:
  expressway check orders.asl.json
  expressway check --type standard --substitute TableName=orders template/*.asl.yaml
  expressway check --format json orders.asl.json | jq .result")]
pub struct Arguments {
    /// Files with definitions: JSON, or YAML where the name ends in .yaml or .yml
    #[arg(required = true, value_name = "DEFINITION")]
    definitions: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Text for people, or the reply of AWS's ValidateStateMachineDefinition, one line for each file
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Checks the definitions, one after another.
pub fn check(arguments: &Arguments) -> Result<Exit, Trouble> {
    let mut exit = Exit::AllWell;
    for path in &arguments.definitions {
        let definition = Definition::read(path)?;
        let options = Options {
            format: definition.format,
            machine_type: arguments.reading.machine_type.into(),
            substitutions: arguments.reading.substitutions.clone(),
            ..Options::default()
        };
        let findings = compile::check(&definition.text, &options);
        let text = match arguments.format {
            Format::Json => findings.to_reply_json() + "\n",
            Format::Text if findings.list.is_empty() => format!("{}: no mistakes found\n", definition.name),
            Format::Text => findings.render(&definition.text, &definition.name, terminal::color(&io::stdout())),
        };
        io::stdout().lock().write_all(text.as_bytes())?;
        if findings.has_errors() {
            exit = Exit::Wrong;
        }
    }
    Ok(exit)
}
