//! Definitions as the commands take them: a file, the machine's type, and what stands for `${NAME}`.

use crate::{Trouble, terminal};
use clap::{Args, ValueEnum};
use expressway::asl::{DEFINITION_BYTES_MAX, Format, MachineType};
use expressway::diagnostic::Diagnostics;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How a definition is to be read.
#[derive(Args)]
pub struct Reading {
    /// Which rules and limits hold: Express ends after 5 minutes and has no .sync, no task tokens and no activities
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = Type::Express)]
    pub machine_type: Type,
    /// Fills ${NAME} in the definition, as SAM's DefinitionSubstitutions do; may be given again
    #[arg(long = "substitute", value_name = "NAME=VALUE", value_parser = substitution)]
    pub substitutions: Vec<(String, String)>,
}

/// The types of state machines.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Type {
    Express,
    Standard,
}

impl From<Type> for MachineType {
    fn from(machine_type: Type) -> MachineType {
        match machine_type {
            Type::Express => MachineType::Express,
            Type::Standard => MachineType::Standard,
        }
    }
}

fn substitution(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("should be NAME=VALUE".to_owned()),
    }
}

/// A definition's file.
pub struct Definition {
    /// The file's name, as the user gave it.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// YAML where the name ends in `.yaml` or `.yml`.
    pub format: Format,
}

impl Definition {
    /// Reads the file. Of a text that is too long only so much as shows that it is.
    pub fn read(path: &Path) -> Result<Definition, Trouble> {
        let name = path.display().to_string();
        let wrong = |error: io::Error| Trouble::Wrong(format!("the definition {name} cannot be read: {error}"));
        let mut bytes = Vec::new();
        let enough = DEFINITION_BYTES_MAX as u64 + 1;
        File::open(path).and_then(|file| file.take(enough).read_to_end(&mut bytes)).map_err(wrong)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            // A text that is too long may be cut within a character.
            Err(error) if error.as_bytes().len() > DEFINITION_BYTES_MAX => " ".repeat(DEFINITION_BYTES_MAX + 1),
            Err(error) => return Err(Trouble::Wrong(not_utf8(&name, error.utf8_error().valid_up_to()))),
        };
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        Ok(Definition { name, text, format: if is_yaml { Format::Yaml } else { Format::Json } })
    }

    /// Shows on stderr what was found about it.
    pub fn tell(&self, findings: &Diagnostics) {
        terminal::say(&findings.render(&self.text, &self.name, terminal::color(&io::stderr())));
    }
}

fn not_utf8(name: &str, at: usize) -> String {
    format!("the definition {name} is not UTF-8: byte {at} does not fit")
}
