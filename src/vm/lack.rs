//! What failures of the language say, word for word as Step Functions says it where that is recorded.

use super::{Vm, World, document};
use crate::builtin;
use crate::failure::{ErrorName, Failure};
use crate::json::Value;
use crate::program::{Lack, LackId, Program, TemplateId};

impl Vm {
    /// The failure of an instruction that lacks what it needs.
    #[cold]
    pub(super) fn lack(
        &self,
        program: &Program,
        index: u32,
        lack: LackId,
        slots: &[Value],
        pc: usize,
        world: &World<'_>,
    ) -> Box<Failure> {
        let written = |template: TemplateId| {
            let mut out = Vec::new();
            let template = &program.templates[template.0 as usize];
            document::write(template, slots, self.texts(program, world.block), &mut out);
            out
        };
        let failure = match &program.lacks[lack.0 as usize] {
            Lack::Field { path, field, input } => {
                let input = written(*input);
                let input = String::from_utf8_lossy(&input);
                let cause = format!(
                    "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
                );
                Failure::new(ErrorName::Runtime, cause)
            }
            Lack::Path { path, selectors, input } => {
                let detail = builtin::why_missing(selectors, &written(*input));
                Failure::new(ErrorName::Runtime, format!("Invalid path '{path}' : {detail}"))
            }
            Lack::Choice { path } => {
                let cause =
                    format!("Invalid path '{path}': The choice state's condition path references an invalid value.");
                Failure::new(ErrorName::Runtime, cause)
            }
            Lack::Variable { name, path } => {
                let cause = format!("The variable '{name}' in '{path}' has no value: it was never assigned");
                Failure::new(ErrorName::Runtime, cause)
            }
            Lack::Reference { field, path } => {
                let cause = format!("The {field} parameter does not reference an input value: {path}");
                Failure::new(ErrorName::Runtime, cause)
            }
            Lack::Placement { path, input } => placement(path, &written(*input)),
            Lack::NoChoice => Failure::new(
                ErrorName::NoChoiceMatched,
                "Failed to transition out of the state. The state did not match any Choices rule and has no Default",
            ),
        };
        self.located(program, index, pc, failure)
    }

    /// The failure with the state's name and entry in front of its cause.
    #[cold]
    pub(super) fn located(&self, program: &Program, index: u32, pc: usize, mut failure: Failure) -> Box<Failure> {
        let (state, event) = self.entry(program, index, pc);
        let name = &program.states[state.0 as usize].name;
        let cause = failure.cause.unwrap_or_default();
        let text =
            format!("An error occurred while executing the state '{name}' (entered at the event id #{event}). {cause}");
        failure.cause = Some(text.into());
        Box::new(failure)
    }

    /// A payload over the limit.
    #[cold]
    pub(super) fn too_large(&self, program: &Program, _index: u32, pc: usize) -> Box<Failure> {
        let name = &program.states[program.sites[pc - 1].0 as usize].name;
        Box::new(too_large(name))
    }
}

/// A payload of this state or task is over the limit.
pub(super) fn too_large(name: &str) -> Failure {
    let cause = format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Failure::new(ErrorName::DataLimitExceeded, cause)
}

/// `ResultPath` cannot be applied to this input.
pub(super) fn placement(path: &str, input: &[u8]) -> Failure {
    let input = String::from_utf8_lossy(input);
    let cause = format!("Unable to apply step \"{path}\" to input {input}");
    Failure::new(ErrorName::ResultPathMatchFailure, cause)
}
