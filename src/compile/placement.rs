//! `ResultPath`: a result put into the state's input, where that is known at compile time without building either.

use super::document::{Document, Place};
use super::lower::Lowering;
use super::path::{Blame, STEPS_MAX};
use super::template::below;
use crate::asl::graph::{Expression, Placement};
use crate::json::Step;
use crate::json::tree::{Kind, Node};
use crate::program::{EDITS_MAX, Insertion, Lack, LackId, Op, Slot};
use crate::query::jsonpath;

impl Lowering<'_> {
    /// `ResultPath`, applied.
    pub fn place(&mut self, placement: &Placement, input: &Document, result: &Document) -> Document {
        match placement {
            Placement::Replace => result.clone(),
            Placement::Discard => input.clone(),
            Placement::At(path) => match reference_steps(path) {
                Ok(steps) if steps.is_empty() => result.clone(),
                Ok(steps) => self.insert(input, &steps, result, &path.text, input),
                Err(message) => {
                    self.diagnostics.error(&path.site, message);
                    result.clone()
                }
            },
        }
    }

    fn insert(&mut self, into: &Document, steps: &[Step], value: &Document, text: &str, input: &Document) -> Document {
        let keys: Option<Vec<Box<str>>> = steps.iter().map(key_of).collect();
        match (into, keys) {
            (_, Some(keys)) if keys.is_empty() => value.clone(),
            (Document::At(base), Some(keys)) if self.depth(base) + keys.len() <= STEPS_MAX => {
                self.require_objects(base, &keys, text, input);
                Document::Spliced(base.clone(), vec![(keys, value.clone())])
            }
            (Document::Spliced(base, edits), Some(keys)) => {
                self.insert_spliced(into, base, edits, keys, value, text, input)
            }
            (Document::Object(fields), Some(keys)) => {
                let mut fields = fields.clone();
                match fields.iter().rposition(|(name, _)| **name == *keys[0]) {
                    Some(place) => {
                        fields[place].1 = self.insert(&fields[place].1.clone(), &steps[1..], value, text, input)
                    }
                    None => fields.push((keys[0].to_string(), nested(&keys[1..], value))),
                }
                Document::Object(fields)
            }
            (Document::Constant(node), Some(_)) => match object_fields(node) {
                Some(fields) => self.insert(&Document::Object(fields), steps, value, text, input),
                None => self.misplaced(value, text, input),
            },
            (Document::Array(_), Some(_)) => self.misplaced(value, text, input),
            _ => self.insert_at_place(into, steps, value, text),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a splice and what to say when it fails")]
    fn insert_spliced(
        &mut self,
        whole: &Document,
        base: &Place,
        edits: &[(Vec<Box<str>>, Document)],
        keys: Vec<Box<str>>,
        value: &Document,
        text: &str,
        input: &Document,
    ) -> Document {
        let mut edits = edits.to_vec();
        let Some(place) = edits.iter().position(|(known, _)| known[0] == keys[0]) else {
            if edits.len() >= EDITS_MAX || self.depth(base) + keys.len() > STEPS_MAX {
                return self.insert_written(whole, keys, value, text, input);
            }
            self.require_objects(base, &keys, text, input);
            edits.push((keys, value.clone()));
            return Document::Spliced(base.clone(), edits);
        };
        let known = edits[place].0.clone();
        let may_be_missing = matches!(&edits[place].1, Document::At(part) if part.is_hole());
        if may_be_missing {
            // It would come behind those that were put in after it.
            if place + 1 < edits.len() {
                return self.insert_written(whole, keys, value, text, input);
            }
            self.require_objects(base, &keys[..keys.len().min(known.len())], text, input);
        }
        if keys.starts_with(&known) {
            let rest: Vec<Step> = keys[known.len()..].iter().cloned().map(Step::Key).collect();
            let old = edits[place].1.clone();
            edits[place].1 = self.insert(&old, &rest, value, text, input);
        } else if known.starts_with(&keys) {
            edits[place] = (keys, value.clone());
        } else {
            return self.insert_written(whole, keys, value, text, input);
        }
        Document::Spliced(base.clone(), edits)
    }

    /// Writes the document out first.
    fn insert_written(
        &mut self,
        whole: &Document,
        keys: Vec<Box<str>>,
        value: &Document,
        text: &str,
        input: &Document,
    ) -> Document {
        let written = Document::At(self.materialize(whole));
        let steps: Vec<Step> = keys.into_iter().map(Step::Key).collect();
        self.insert(&written, &steps, value, text, input)
    }

    /// Everything on the way that is there must be an object.
    fn require_objects(&mut self, base: &Place, keys: &[Box<str>], text: &str, input: &Document) {
        let lack = self.placement_lack(text, input);
        for depth in 0..keys.len() {
            let slot = self.slot(&below(base, &keys[..depth]));
            self.builder.emit(Op::RequireObject { slot, lack });
        }
        self.slot(&below(base, keys));
    }

    fn placement_lack(&mut self, text: &str, input: &Document) -> LackId {
        let input = self.template(input);
        self.builder.lack(Lack::Placement { path: text.into(), input })
    }

    fn misplaced(&mut self, value: &Document, text: &str, input: &Document) -> Document {
        let lack = self.placement_lack(text, input);
        self.builder.emit(Op::Raise { lack });
        value.clone()
    }

    /// A path with places of arrays in it: the document is written out, and then again with the value in it.
    fn insert_at_place(&mut self, into: &Document, steps: &[Step], value: &Document, text: &str) -> Document {
        let (base, value) = (self.materialize(into), self.materialize(value));
        let (base, value) = (self.slot(&base), self.slot(&value));
        let insertion = Insertion { base, path: steps.to_vec(), value, text: text.into() };
        let insertion = self.builder.insertion(insertion);
        let made = self.temporary();
        let to = self.slot(&Place::of(made.clone()));
        self.builder.emit(Op::Insert { to, insertion });
        self.project(&made);
        Document::of(made)
    }

    /// A number that a path leads to, in a slot.
    pub fn reference(&mut self, path: &Expression, document: &Document, field: &'static str) -> Slot {
        let found = self.path(path, document, &Blame::Reference(field));
        let place = self.materialize(&found);
        self.slot(&place)
    }
}

/// The steps of a reference path (States Language, "Reference Paths").
fn reference_steps(path: &Expression) -> Result<Vec<Step>, String> {
    let parsed = jsonpath::parse(&path.text).map_err(|error| error.message)?;
    if !matches!(parsed.root, jsonpath::Root::Input) {
        return Err("a ResultPath must begin with `$.`: it is a place in the state's input".into());
    }
    parsed.steps().ok_or_else(|| "a ResultPath must lead to one place: only names and places, like `$.a.b[0]`".into())
}

fn key_of(step: &Step) -> Option<Box<str>> {
    match step {
        Step::Key(key) => Some(key.clone()),
        Step::Index(_) => None,
    }
}

/// The value inside objects of these keys.
fn nested(keys: &[Box<str>], value: &Document) -> Document {
    keys.iter().rev().fold(value.clone(), |inner, key| Document::Object(vec![(key.to_string(), inner)]))
}

fn object_fields(node: &Node) -> Option<Vec<(String, Document)>> {
    match &node.kind {
        Kind::Object(members) => {
            Some(members.iter().map(|member| (member.name.clone(), Document::constant(&member.value))).collect())
        }
        _ => None,
    }
}
