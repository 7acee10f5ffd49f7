//! One expression, lowered: to a place in a document where it is no more than a path, else to instructions.

mod calls;
mod emit;
mod groups;
mod loops;
mod operands;
mod origins;
mod paths;
mod scopes;
mod sorts;
mod tuples;

use super::Bindings;
use crate::builtin::jsonata::number::write_number;
use crate::builtin::jsonata::surrogate::is_stand_in;
use crate::compile::atlas::Step;
use crate::compile::document::{Document, Found, Place, Root};
use crate::compile::lower::Lowering;
use crate::compile::path::STEPS_MAX;
use crate::json::tree;
use crate::program::{Label, Op, Reach, ReachId, Slot, WantedId};
use crate::query::jsonata::ast::{self, Kind, Node, Path};
use emit::Emitter;

impl Lowering<'_> {
    /// The value of an expression. What gives nothing, fails or gives a function fails the state as `wanted` says.
    pub fn jsonata(&mut self, node: &Node, wanted: WantedId, bindings: &Bindings) -> Document {
        if let Some(constant) = constant(node) {
            return Document::constant(constant);
        }
        if let Some(found) = self.plain_path(node, bindings) {
            return self.certain(found, wanted);
        }
        let made = self.temporary();
        let to = self.slot(Place::of(made));
        let mut emitter = Emitter::new(self, bindings, node, wanted);
        let value = emitter.expression(node);
        emitter.finish(Op::Yield { to, from: value });
        self.project(made);
        Document::of(made)
    }

    /// Goes on if the condition is true, to `otherwise` if it is false.
    pub fn jsonata_condition(&mut self, node: &Node, wanted: WantedId, bindings: &Bindings, otherwise: Label) {
        let mut emitter = Emitter::new(self, bindings, node, wanted);
        let from = emitter.expression(node);
        emitter.finish(Op::Decide { from, otherwise });
    }

    /// The document a path of names leads to, where that is known before the program runs.
    fn plain_path(&mut self, node: &Node, bindings: &Bindings) -> Option<Located> {
        let is_plain = node.predicates.is_empty() && node.group.is_none() && !node.keep_array;
        match &node.kind {
            Kind::Variable(_) if is_plain => self.root(node, bindings).map(Located::at),
            Kind::Path(path) if is_plain && !path.keep_singleton && !path.tuple => {
                let (located, used) = self.locate(path, bindings)?;
                (used == path.steps.len()).then_some(located)
            }
            _ => None,
        }
    }

    /// The longest part of a path that leads to a known document, and how many steps it takes.
    fn locate(&mut self, path: &Path, bindings: &Bindings) -> Option<(Located, usize)> {
        let first = path.steps.first().filter(|step| is_bare(step))?;
        let names = |from: usize| {
            path.steps[from..].iter().map_while(|step| match &step.node.kind {
                Kind::Name(name) if is_bare(step) => Some(&**name),
                _ => None,
            })
        };
        match &first.node.kind {
            Kind::Variable(name) if &**name == "states" && !bindings.alone => {
                let part = names(1).next()?;
                let document = match part {
                    "input" => bindings.input.clone(),
                    "context" => self.context(),
                    "result" => bindings.result.clone()?,
                    "errorOutput" => bindings.error_output.clone()?,
                    _ => return None,
                };
                let rest: Vec<&str> = names(2).take(STEPS_MAX).collect();
                Some((self.walk(document, &rest, false), rest.len() + 2))
            }
            Kind::Variable(_) => {
                let document = self.root(&first.node, bindings)?;
                let rest: Vec<&str> = names(1).take(STEPS_MAX).collect();
                Some((self.walk(document, &rest, false), rest.len() + 1))
            }
            Kind::Name(_) => {
                let document = bindings.top.clone()?;
                let rest: Vec<&str> = names(0).take(STEPS_MAX).collect();
                Some((self.walk(document, &rest, true), rest.len()))
            }
            _ => None,
        }
    }

    /// What a variable of the workflow stands for.
    fn root(&mut self, node: &Node, bindings: &Bindings) -> Option<Document> {
        let Kind::Variable(name) = &node.kind else { return None };
        match &**name {
            "states" if !bindings.alone => Some(self.states(bindings)),
            "" | "$" => bindings.top.clone(),
            name => match bindings.given.iter().find(|(given, _)| given == name) {
                Some((_, document)) => Some(document.clone()),
                None => {
                    let scope = self.variables.scope_of(self.graph, self.scope, name)?;
                    let variable = self.variable_of(scope, name);
                    Some(self.localize(Document::At(variable)))
                }
            },
        }
    }

    /// `$states` as a whole.
    fn states(&mut self, bindings: &Bindings) -> Document {
        let mut fields = vec![("input", bindings.input.clone()), ("context", self.context())];
        fields.extend(bindings.result.iter().map(|result| ("result", result.clone())));
        fields.extend(bindings.error_output.iter().map(|error| ("errorOutput", error.clone())));
        self.object(fields)
    }

    /// Follows names through a document. Arrays on the way are found only when the program runs.
    fn walk(&mut self, document: Document, names: &[&str], wrapped: bool) -> Located {
        let mut document = document;
        for (place, name) in names.iter().enumerate() {
            let step = Step::Key(self.facts.atlas.name(name));
            document = match (&document, document.select(&[step], &mut self.facts.atlas)) {
                (Document::At(base), _) => {
                    return self.walk_place(*base, &names[place..], wrapped && place == 0);
                }
                (other, _) if is_array(other) => {
                    let base = self.materialize(&document);
                    return self.walk_place(base, &names[place..], wrapped && place == 0);
                }
                (_, Found::Document(found)) => found,
                (_, Found::Nothing) => return Located { missing: true, ..Located::at(self.nothing()) },
                (_, Found::Unknown) => {
                    let base = self.materialize(&document);
                    return self.walk_place(base, &names[place..], wrapped && place == 0);
                }
            };
        }
        Located::at(self.fix(document))
    }

    /// The place that names lead to from a place; what they lead through is kept, to be looked at when there is nothing.
    fn walk_place(&mut self, base: Place, names: &[&str], wrapped: bool) -> Located {
        let mut base = self.local_place(base);
        let steps: Vec<Step> = names.iter().map(|name| Step::Key(self.facts.atlas.name(name))).collect();
        let end = base.below(&steps, &mut self.facts.atlas);
        if self.depth(end) > STEPS_MAX {
            base = self.moved(base);
        }
        let place_at = |count: usize| base.below(&steps[..count], &mut self.facts.atlas);
        let places: Vec<Place> = (0..=names.len()).map(place_at).collect();
        let (end, through) = places.split_last().expect("one place more than there are names");
        let through: Vec<Slot> = through.iter().map(|place| self.slot(*place)).collect();
        let origin = self.input_path(base);
        let (noted, _) = self.noted(origin, names);
        let names = self.builder.quoted_names(noted);
        let reach = (!through.is_empty()).then(|| self.builder.reach(Reach { through, names, wrapped }));
        Located { reach, ..Located::at(Document::At(*end)) }
    }

    fn local_place(&mut self, place: Place) -> Place {
        match self.localize(Document::At(place)) {
            Document::At(local) => local,
            _ => place,
        }
    }

    /// The value at a place in a slot of its own.
    fn moved(&mut self, place: Place) -> Place {
        let (made, from) = (self.temporary(), self.slot(place));
        let to = self.slot(Place::of(made));
        self.builder.emit(Op::Copy { to, from });
        self.project(made);
        Place::of(made)
    }

    /// A document that is known to be there from here on.
    fn certain(&mut self, located: Located, wanted: WantedId) -> Document {
        let Document::At(place) = located.document else { return located.document };
        let slot = self.slot(place);
        if let Some(reach) = located.reach {
            self.builder.emit(Op::Reach { to: slot, reach });
        }
        let may_change = matches!(place.root, Root::Captured(..) | Root::Variable(..));
        let is_certain = place.path.is_empty() && !place.is_hole() && !may_change && !located.missing;
        if !is_certain && (self.present.insert(slot) || may_change) {
            self.builder.emit(Op::Expect { slot, wanted });
        }
        // A variable may be assigned again while documents still hold this value.
        Document::At(if may_change { self.moved(place) } else { place })
    }
}

/// A document that a path leads to.
struct Located {
    document: Document,
    /// How to look for it through arrays when it is not there.
    reach: Option<ReachId>,
    /// Whether nothing is there, whatever the execution.
    missing: bool,
}

impl Located {
    fn at(document: Document) -> Located {
        Located { document, reach: None, missing: false }
    }
}

/// Whether a step does no more than its expression.
fn is_bare(step: &ast::Step) -> bool {
    step.stages.is_empty()
        && step.focus.is_none()
        && step.index.is_none()
        && step.ancestor.is_none()
        && !step.tuple
        && step.node.predicates.is_empty()
        && step.node.group.is_none()
        && !step.node.keep_array
}

fn is_array(document: &Document) -> bool {
    match document {
        Document::Array(_) => true,
        Document::Constant(constant) => matches!(constant.node.kind, tree::Kind::Array(_)),
        _ => false,
    }
}

/// The value of an expression that is the same every time: numbers, strings, arrays and objects of such.
fn constant(node: &Node) -> Option<tree::Node> {
    if !node.predicates.is_empty() || node.group.is_some() || node.keep_array {
        return None;
    }
    let kind = match &node.kind {
        Kind::Null => tree::Kind::Null,
        Kind::Bool(value) => tree::Kind::Bool(*value),
        Kind::String(text) if !text.chars().any(is_stand_in) => tree::Kind::String(text.to_string()),
        Kind::Number(number) => {
            let mut text = Vec::new();
            write_number(*number, &mut text);
            tree::Kind::Number(String::from_utf8(text).ok()?)
        }
        Kind::Array { items, constructed: false } => {
            // Arrays written inside stay arrays; nothing else constant could be flattened.
            tree::Kind::Array(items.iter().map(constant).collect::<Option<_>>()?)
        }
        Kind::Object(group) => tree::Kind::Object(constant_members(&group.pairs)?),
        _ => return None,
    };
    Some(tree::Node { kind, span: Default::default() })
}

fn constant_members(pairs: &[(Node, Node)]) -> Option<Vec<tree::Member>> {
    let mut members: Vec<tree::Member> = Vec::new();
    for (name, value) in pairs {
        let (Kind::String(name), true) = (&name.kind, name.predicates.is_empty()) else { return None };
        if members.iter().any(|member| *member.name == **name) || name.chars().any(is_stand_in) {
            return None;
        }
        members.push(tree::Member { name: name.to_string(), name_span: Default::default(), value: constant(value)? });
    }
    Some(members)
}
