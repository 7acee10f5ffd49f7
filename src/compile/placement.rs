//! `ResultPath`: a result put into the state's input, where that is known at compile time without building either.

use super::atlas::{Name, Step};
use super::document::{Document, Edit, Place};
use super::lower::Lowering;
use super::parsed::step;
use super::path::{Blame, STEPS_MAX};
use crate::asl::graph::{Expression, Placement};
use crate::program::{EDITS_MAX, Insertion, Lack, LackId, Op, Slot};
use crate::query::jsonpath;
use std::rc::Rc;

/// Where a result goes: the path as the definition spells it, and the state's input, for the failure when it cannot.
#[derive(Clone, Copy)]
struct Target<'a> {
    text: &'a str,
    input: &'a Document,
}

impl Lowering<'_> {
    /// `ResultPath`, applied.
    pub fn place(&mut self, placement: &Placement, input: &Document, result: &Document) -> Document {
        match placement {
            Placement::Replace => result.clone(),
            Placement::Discard => input.clone(),
            Placement::At(path) => match self.reference_steps(path) {
                Ok(steps) if steps.is_empty() => result.clone(),
                Ok(steps) => self.insert(input, &steps, result, Target { text: &path.text, input }),
                Err(message) => {
                    self.diagnostics.error(&path.site, message);
                    result.clone()
                }
            },
        }
    }

    /// The steps of a reference path (States Language, "Reference Paths").
    fn reference_steps(&mut self, path: &Expression) -> Result<Vec<Step>, String> {
        let route = self.route(&path.text).map_err(|error| error.message)?;
        if !matches!(route.path.root, jsonpath::Root::Input) {
            return Err("a ResultPath must begin with `$.`: it is a place in the state's input".into());
        }
        let steps = route.path.selectors.iter().map(|selector| step(selector, &mut self.facts.atlas));
        steps
            .collect::<Option<_>>()
            .ok_or_else(|| "a ResultPath must lead to one place: only names and places, like `$.a.b[0]`".into())
    }

    fn insert(&mut self, into: &Document, steps: &[Step], value: &Document, target: Target<'_>) -> Document {
        if steps.is_empty() {
            return value.clone();
        }
        let Some(keys) = steps.iter().map(|step| step.key()).collect::<Option<Vec<Name>>>() else {
            return self.insert_at_place(into, steps, value, target.text);
        };
        match into {
            Document::At(base) if self.depth(*base) + steps.len() <= STEPS_MAX => {
                self.require_objects(*base, steps, target);
                Document::Spliced(*base, Rc::new(vec![(self.facts.atlas.path(steps), value.clone())]))
            }
            Document::Spliced(base, edits) => self.insert_spliced(into, *base, edits, steps, value, target),
            Document::Object(fields) => {
                let mut fields = fields.to_vec();
                match fields.iter().rposition(|(name, _)| *name == keys[0]) {
                    Some(place) => {
                        fields[place].1 = self.insert(&fields[place].1.clone(), &steps[1..], value, target);
                    }
                    None => fields.push((keys[0], nested(&keys[1..], value))),
                }
                Document::object(fields)
            }
            Document::Constant(constant) if constant.node.as_object().is_some() => {
                let fields = self.constant_members(&constant.node);
                self.insert(&Document::object(fields), steps, value, target)
            }
            Document::Constant(_) | Document::Array(_) => self.misplaced(value, target),
            Document::At(_) | Document::Context(_) => self.insert_at_place(into, steps, value, target.text),
        }
    }

    fn insert_spliced(
        &mut self,
        whole: &Document,
        base: Place,
        edits: &Rc<Vec<Edit>>,
        keys: &[Step],
        value: &Document,
        target: Target<'_>,
    ) -> Document {
        let mut edits = edits.to_vec();
        let Some(place) = edits.iter().position(|(known, _)| self.facts.atlas.steps(*known)[0] == keys[0]) else {
            if edits.len() >= EDITS_MAX || self.depth(base) + keys.len() > STEPS_MAX {
                return self.insert_written(whole, keys, value, target);
            }
            self.require_objects(base, keys, target);
            edits.push((self.facts.atlas.path(keys), value.clone()));
            return Document::Spliced(base, Rc::new(edits));
        };
        let known = self.facts.atlas.steps(edits[place].0).clone();
        let may_be_missing = matches!(&edits[place].1, Document::At(part) if part.is_hole());
        if may_be_missing {
            // It would come behind those that were put in after it.
            if place + 1 < edits.len() {
                return self.insert_written(whole, keys, value, target);
            }
            self.require_objects(base, &keys[..keys.len().min(known.len())], target);
        }
        if keys.starts_with(&known) {
            let old = edits[place].1.clone();
            edits[place].1 = self.insert(&old, &keys[known.len()..], value, target);
        } else if known.starts_with(keys) {
            edits[place] = (self.facts.atlas.path(keys), value.clone());
        } else {
            return self.insert_written(whole, keys, value, target);
        }
        Document::Spliced(base, Rc::new(edits))
    }

    /// Writes the document out first.
    fn insert_written(&mut self, whole: &Document, keys: &[Step], value: &Document, target: Target<'_>) -> Document {
        let written = Document::At(self.materialize(whole));
        self.insert(&written, keys, value, target)
    }

    /// Everything on the way that is there must be an object.
    fn require_objects(&mut self, base: Place, keys: &[Step], target: Target<'_>) {
        let lack = self.placement_lack(target);
        let mut place = base;
        for key in keys {
            let slot = self.slot(place);
            self.builder.emit(Op::RequireObject { slot, lack });
            place = place.below(&[*key], &mut self.facts.atlas);
        }
        self.slot(place);
    }

    fn placement_lack(&mut self, target: Target<'_>) -> LackId {
        let input = self.template(target.input);
        self.builder.lack(Lack::Placement { path: target.text.into(), input })
    }

    fn misplaced(&mut self, value: &Document, target: Target<'_>) -> Document {
        let lack = self.placement_lack(target);
        self.builder.emit(Op::Raise { lack });
        value.clone()
    }

    /// A path with places of arrays in it: the document is written out, and then again with the value in it.
    fn insert_at_place(&mut self, into: &Document, steps: &[Step], value: &Document, text: &str) -> Document {
        let (base, value) = (self.materialize(into), self.materialize(value));
        let (base, value) = (self.slot(base), self.slot(value));
        let insertion = Insertion {
            base,
            path: steps.iter().map(|step| self.facts.atlas.written_step(*step)).collect(),
            value,
            text: text.into(),
        };
        let insertion = self.builder.insertion(insertion);
        let made = self.temporary();
        let to = self.slot(Place::of(made));
        self.builder.emit(Op::Insert { to, insertion });
        self.project(made);
        Document::of(made)
    }

    /// A number that a path leads to, in a slot.
    pub fn reference(&mut self, path: &Expression, document: &Document, field: &'static str) -> Slot {
        let found = self.path(path, document, Blame::Reference(field));
        let place = self.materialize(&found);
        self.slot(place)
    }
}

/// The value inside objects of these keys.
fn nested(keys: &[Name], value: &Document) -> Document {
    keys.iter().rev().fold(value.clone(), |inner, key| Document::object(vec![(*key, inner)]))
}
