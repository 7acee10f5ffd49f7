//! From a definition's text to a program: the whole pipeline.

mod assign;
mod atlas;
mod cases;
mod choice;
mod context;
mod document;
mod expression;
mod facts;
mod fork;
mod jsonata;
mod lower;
mod output;
mod parsed;
mod path;
mod placement;
mod recovery;
mod slot;
mod tables;
mod template;
mod variables;
mod way;
mod work;

pub use jsonata::{Given, expression};

use crate::asl::{self, Format, MachineType};
use crate::diagnostic::{Diagnostics, Severity};
use crate::program::{self, Identity, Program};
use crate::usage::Limits;

/// How a definition is to be compiled.
#[derive(Clone, Debug)]
pub struct Options {
    /// JSON or YAML.
    pub format: Format,
    /// Express or Standard: which rules and limits hold.
    pub machine_type: MachineType,
    /// What stands for `${NAME}` in the definition.
    pub substitutions: Vec<(String, String)>,
    /// Who the machine is, as ARNs and the context object say.
    pub identity: Identity,
    /// Whether executions tell their history.
    pub history: bool,
    /// Instructions before an execution that does not end is stopped.
    pub instructions: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            format: Format::Json,
            machine_type: MachineType::Express,
            substitutions: Vec::new(),
            identity: Identity::default(),
            history: false,
            instructions: Limits::EXPRESS.instructions,
        }
    }
}

/// Compiles a definition.
///
/// # Errors
/// Every mistake, not only the first; among them warnings.
pub fn compile(definition: &str, options: &Options) -> Result<Program, Box<Diagnostics>> {
    let (program, diagnostics) = compile_with_warnings(definition, options);
    program.ok_or_else(|| Box::new(diagnostics))
}

/// Compiles a definition; what is worth a warning comes along.
pub fn compile_with_warnings(definition: &str, options: &Options) -> (Option<Program>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let read = asl::Options {
        machine_type: options.machine_type,
        substitutions: options.substitutions.clone(),
        unfilled: Severity::Error,
    };
    let Some(graph) = asl::read(definition, options.format, &read, &mut diagnostics) else {
        return (None, diagnostics);
    };
    let program = lower::lower(&graph, definition, options, lower::Purpose::Run, &mut diagnostics);
    let program = program.filter(|_| !diagnostics.has_errors());
    if let Some(program) = &program {
        program::verify(program).expect("the compiler makes programs that hold together");
    }
    (program, diagnostics)
}

/// Checks a definition without making it runnable: what this version cannot run yet is no mistake here.
pub fn check(definition: &str, options: &Options) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let read = asl::Options {
        machine_type: options.machine_type,
        substitutions: options.substitutions.clone(),
        unfilled: Severity::Warning,
    };
    if let Some(graph) = asl::read(definition, options.format, &read, &mut diagnostics) {
        lower::lower(&graph, definition, options, lower::Purpose::Check, &mut diagnostics);
    }
    diagnostics
}
