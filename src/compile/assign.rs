//! `Assign`: every expression is evaluated first, then all variables are assigned (developer guide, "Evaluation order").

use super::document::{Document, Place, Root};
use super::jsonata::Bindings;
use super::lower::Lowering;
use crate::asl::graph::Template;
use crate::json::tree;
use crate::program::{Expected, Op, Slot};

/// Variables and their new values, in slots of their own.
pub(super) struct Assignment {
    values: Vec<(Box<str>, Slot)>,
}

impl Lowering<'_> {
    /// Evaluates an `Assign` in JSONPath; `document` is what `$` means.
    pub fn evaluate_assign(&mut self, assign: Option<&Template>, document: &Document) -> Assignment {
        let values = assign.map(|template| self.payload(&template.node, &template.site, document));
        self.hold(values)
    }

    /// Evaluates an `Assign` in JSONata.
    pub fn evaluate_jsonata_assign(&mut self, assign: Option<&Template>, bindings: &Bindings) -> Assignment {
        let values = assign.map(|template| self.evaluate_template(template, Expected::Any, bindings));
        self.hold(values)
    }

    /// The members of an object, each in a slot.
    fn hold(&mut self, values: Option<Document>) -> Assignment {
        let mut held = Vec::new();
        for (name, value) in values.map(fields).unwrap_or_default() {
            let place = self.materialize(&value);
            held.push((Box::from(name), self.slot(&place)));
        }
        Assignment { values: held }
    }

    /// Assigns the variables; what each got, for the history.
    pub fn assign(&mut self, assignment: Assignment) -> Vec<(Box<str>, Slot)> {
        for (name, from) in &assignment.values {
            let root = Root::Variable(self.scope, (&**name).into());
            let to = self.slot(&Place::of(root.clone()));
            self.builder.emit(Op::Assign { to, from: *from });
            self.project(&root);
        }
        assignment.values
    }
}

/// The members of an object, put together or written down.
fn fields(document: Document) -> Vec<(String, Document)> {
    match document {
        Document::Object(fields) => fields,
        Document::Constant(node) => {
            let member = |member: &tree::Member| (member.name.clone(), Document::constant(&member.value));
            node.as_object().unwrap_or_default().iter().map(member).collect()
        }
        _ => Vec::new(),
    }
}
