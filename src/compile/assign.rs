//! `Assign`: every expression is evaluated first, then all variables are assigned (developer guide, "Evaluation order").

use super::document::{Document, Place, Root};
use super::lower::Lowering;
use crate::asl::graph::Template;
use crate::json::tree;
use crate::program::{Op, Slot};

/// Variables and their new values, in slots of their own.
pub(super) struct Assignment {
    values: Vec<(Box<str>, Slot)>,
}

impl Lowering<'_> {
    /// Evaluates an `Assign`; `document` is what `$` means.
    pub fn evaluate_assign(&mut self, assign: Option<&Template>, document: &Document) -> Assignment {
        let Some(template) = assign else { return Assignment { values: Vec::new() } };
        let Document::Object(fields) = self.assign_fields(template, document) else {
            return Assignment { values: Vec::new() };
        };
        let mut values = Vec::new();
        for (name, value) in fields {
            let place = self.materialize(&value);
            values.push((Box::from(name), self.slot(&place)));
        }
        Assignment { values }
    }

    fn assign_fields(&mut self, template: &Template, document: &Document) -> Document {
        match self.payload(&template.node, &template.site, document) {
            Document::Constant(node) => match &node.kind {
                tree::Kind::Object(members) => {
                    let field = |member: &tree::Member| (member.name.clone(), Document::constant(&member.value));
                    Document::Object(members.iter().map(field).collect())
                }
                _ => Document::Constant(node),
            },
            other => other,
        }
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
