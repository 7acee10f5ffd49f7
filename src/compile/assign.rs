//! `Assign`: every expression is evaluated first, then all variables are assigned (developer guide, "Evaluation order").

use super::atlas::Name;
use super::document::{Document, Place, Root};
use super::jsonata::Bindings;
use super::lower::Lowering;
use crate::asl::graph::Template;
use crate::json::tree;
use crate::program::{Expected, Op, Slot};

/// Variables and their new values, in slots of their own.
pub(super) struct Assignment {
    values: Vec<(Name, Slot)>,
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
        for (name, value) in values.map(|values| self.members(values)).unwrap_or_default() {
            let place = self.materialize(&value);
            held.push((name, self.slot(place)));
        }
        Assignment { values: held }
    }

    /// Assigns the variables; what each got, for the history.
    pub fn assign(&mut self, assignment: Assignment) -> Vec<(Box<str>, Slot)> {
        for (name, from) in &assignment.values {
            let root = Root::Variable(self.scope, *name);
            let to = self.slot(Place::of(root));
            self.builder.emit(Op::Assign { to, from: *from });
            self.project(root);
        }
        let atlas = &self.facts.atlas;
        assignment.values.into_iter().map(|(name, slot)| ((&**atlas.text(name)).into(), slot)).collect()
    }

    /// The members of an object, put together or written down.
    fn members(&mut self, document: Document) -> Vec<(Name, Document)> {
        match document {
            Document::Object(fields) => fields.to_vec(),
            Document::Constant(constant) => self.constant_members(&constant.node),
            _ => Vec::new(),
        }
    }

    /// The members of an object that is written down.
    pub fn constant_members(&mut self, node: &tree::Node) -> Vec<(Name, Document)> {
        let members = node.as_object().unwrap_or_default().iter();
        members.map(|member| (self.facts.atlas.name(&member.name), Document::constant(member.value.clone()))).collect()
    }
}
