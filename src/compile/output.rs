//! The ends of a state: entered, told about, and left with its output.

use super::document::Document;
use super::lower::{Last, Lowering};
use crate::asl::graph::State;
use crate::program::{self, Op, Slot, Transition};

impl Lowering<'_> {
    /// Begins the state: charged, and told to who listens.
    pub fn enter(&mut self, input: &Document) {
        self.charge_entry();
        if self.options.history {
            let document = self.template(input);
            let transition = Transition { state: self.program_state(), document, assigned: Vec::new() };
            let transition = self.builder.transition(transition);
            self.builder.emit(Op::Entered { transition });
        }
    }

    pub fn program_state(&self) -> program::StateId {
        program::StateId(self.state.0 as u16)
    }

    /// Tells that the state is left with this output.
    pub fn tell_exit(&mut self, output: &Document, assigned: Vec<(Box<str>, Slot)>) {
        if self.options.history {
            let document = self.template(output);
            let transition = Transition { state: self.program_state(), document, assigned };
            let transition = self.builder.transition(transition);
            self.builder.emit(Op::Exited { transition });
        }
    }

    /// A payload that the state made must not be too large.
    pub fn limit(&mut self, output: &Document, input: &Document) {
        if output != input && !matches!(output, Document::Constant(_)) {
            let template = self.template(output);
            self.builder.emit(Op::Limit { template });
        }
    }

    /// Goes where the state goes next, or ends its scope.
    pub fn leave(&mut self, state: &State, output: &Document, last: Last) {
        match state.next {
            Some(next) => self.go(next, output, last),
            None => self.succeed(output),
        }
    }

    /// Ends the scope.
    pub fn succeed(&mut self, output: &Document) {
        let template = self.template(output);
        self.builder.emit(Op::Succeed { template });
        self.break_run();
    }
}
