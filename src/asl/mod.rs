//! A definition as it was written (`ast`) and as it is meant (`graph`).

mod ast;
mod check;
mod choice;
mod duplicates;
mod expression;
mod fields;
pub mod graph;
mod location;
mod nearest;
mod parse;
mod recovery;
mod resource;
mod substitute;
mod template;
mod timestamp;
mod value;
mod work;

use crate::diagnostic::{Diagnostics, Severity, Site};
use crate::json::tree;
use graph::Graph;

/// The longest definition, in bytes (Step Functions quotas).
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;

/// Which kind of workflow the definition is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineType {
    /// Short and many; no `.sync`, no task tokens, no activities, no distributed Map.
    #[default]
    Express,
    /// Everything.
    Standard,
}

/// How the definition is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON, as AWS takes it.
    #[default]
    Json,
    /// YAML, as SAM takes it.
    Yaml,
}

/// How to read a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which rules apply.
    pub machine_type: MachineType,
    /// Fills `${Name}`: name and value.
    pub substitutions: Vec<(String, String)>,
    /// How bad a `${Name}` is that nothing fills.
    pub unfilled: Severity,
}

impl Default for Options {
    fn default() -> Options {
        Options { machine_type: MachineType::Express, substitutions: Vec::new(), unfilled: Severity::Error }
    }
}

/// Reads a definition and reports every mistake, not only the first.
///
/// The graph is whole even when errors are noted, so that expressions can be checked too; it must not be run then.
/// `None` only when nothing sensible can follow.
pub fn read(text: &str, format: Format, options: &Options, diagnostics: &mut Diagnostics) -> Option<Graph> {
    if text.len() > DEFINITION_BYTES_MAX {
        let found = format!("the definition has {} bytes, at most {DEFINITION_BYTES_MAX} are allowed", text.len());
        diagnostics.error(&Site::default(), found);
        return None;
    }
    let parsed = match format {
        Format::Json => tree::parse(text),
        Format::Yaml => tree::parse_yaml(text),
    };
    let mut root = match parsed {
        Ok(root) => root,
        Err(mistake) => {
            diagnostics.push(mistake);
            return None;
        }
    };
    duplicates::check(&root, diagnostics);
    if substitute::may_hold_placeholders(text) {
        substitute::fill(&mut root, options, diagnostics);
    }
    let definition = ast::outline(&root, options.machine_type, diagnostics)?;
    let states = parse::states(&definition, text, diagnostics);
    check::graph(&definition, &states, diagnostics);
    Some(parse::assemble(&definition, states, text))
}
