//! New expressions made of finished ones.

use super::ast::{Kind, Label, Node};
use super::draft::Draft;
use std::ops::Range;

/// What a new expression is made of: nodes are put into it, and the `%`s that they leave open become its own.
#[derive(Default)]
pub(super) struct Parts {
    /// How deep the deepest part is.
    pub height: usize,
    seeking: Vec<Label>,
}

impl Parts {
    /// Takes a part.
    pub fn take(&mut self, mut draft: Draft) -> Node {
        self.seeking.append(&mut draft.seekers());
        self.take_closed(draft)
    }

    /// Takes a part whose open `%`s nothing around it can answer.
    pub fn take_closed(&mut self, draft: Draft) -> Node {
        self.height = self.height.max(draft.height);
        draft.step.node
    }

    /// The expression made of the parts.
    pub fn make(self, kind: Kind, span: Range<usize>) -> Draft {
        Draft { seeking: self.seeking, height: self.height + 1, ..Draft::leaf(kind, span) }
    }
}
