//! The end of a state: its result put into its input, its output handed to the next.

use super::document::{Document, Place, Root};
use super::lower::{Last, Lowering};
use super::path::{Blame, STEPS_MAX};
use super::slot::Source;
use super::template::below;
use crate::asl::graph::{Expression, Placement, State, StateId};
use crate::json::Step;
use crate::program::{self, Insertion, Label, Lack, LackId, Op, Slot, Transition};
use crate::query::jsonpath;

/// Documents with more edits than this are written out.
const EDITS_MAX: usize = 12;

/// A slot of a state's input, and where it comes from.
struct Move {
    to: Slot,
    from: Source,
}

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

    /// Hands a document to a state and goes there.
    pub fn go(&mut self, target: StateId, document: &Document, last: Last) {
        let moves = self.hand_over(target, document);
        self.emit_moves(moves, target, document);
        self.jump(target, last);
    }

    /// Where to jump to hand a document to a state: the state itself, if nothing has to be moved.
    pub fn way_to(&mut self, target: StateId, document: &Document) -> Option<Label> {
        let moves = self.hand_over(target, document);
        moves.moves.is_empty().then(|| self.state_label(target))
    }

    fn hand_over(&mut self, target: StateId, document: &Document) -> Moves {
        let ways = self.order.ways[target.0 as usize];
        let entry = self.facts.give(target, document, ways);
        let mut moves = Moves::default();
        self.moves(&entry, document, target, &mut moves);
        moves
    }

    /// What the holes of a state's input get.
    fn moves(&mut self, entry: &Document, given: &Document, target: StateId, moves: &mut Moves) {
        match (entry, given) {
            _ if entry == given => {}
            (Document::At(Place { root, path }), _) if path.is_empty() && root.owner() == Some(target) => {
                self.fill(root, given, moves);
            }
            (Document::Object(holes), Document::Object(parts)) => {
                for ((_, hole), (_, part)) in holes.iter().zip(parts) {
                    self.moves(hole, part, target, moves);
                }
            }
            (Document::Spliced(_, holes), Document::Spliced(_, parts)) => {
                for ((_, hole), (_, part)) in holes.iter().zip(parts) {
                    self.moves(hole, part, target, moves);
                }
            }
            _ => {}
        }
    }

    /// A root gets a document: itself, and every path that is read in it as far as that is known here.
    fn fill(&mut self, root: &Root, given: &Document, moves: &mut Moves) {
        use super::document::Found;
        self.facts.widen(root, self.bound(given));
        let alone = self.is_looked_up_alone(root, given);
        let mut project = false;
        for path in self.facts.reads(root) {
            let part = if alone && !path.is_empty() { Found::Unknown } else { given.select(&path) };
            let from = match part {
                Found::Document(Document::At(place)) if self.depth(&place) > STEPS_MAX * 2 => None,
                Found::Document(part) => Some(self.source(&part)),
                Found::Nothing => Some(Source::Constant(self.builder.constant(None))),
                Found::Unknown => None,
            };
            let Some(from) = from else {
                project = true;
                continue;
            };
            let to = self.slot(&Place { root: root.clone(), path });
            moves.moves.push(Move { to, from });
        }
        if project {
            self.slot(&Place::of(root.clone()));
            moves.projects.push(root.clone());
        }
    }

    /// Whether what is read in a root must be looked up in its own value, not taken from where the value comes from.
    fn is_looked_up_alone(&mut self, root: &Root, given: &Document) -> bool {
        match given {
            // A loop that goes deeper each time would have to read ever longer paths.
            Document::At(Place { root: Root::Hole(..), path }) if !path.is_empty() => true,
            Document::At(place) => {
                if self.facts.is_base(root) {
                    self.facts.splice_into(&place.root);
                }
                false
            }
            // Parts of a document put together do not lie in its text.
            _ => self.facts.is_base(root),
        }
    }

    /// Moves happen at once: what is read by one and written by another goes by way of a temporary.
    fn emit_moves(&mut self, moves: Moves, target: StateId, document: &Document) {
        let written: Vec<Slot> = moves.moves.iter().map(|one| one.to).collect();
        let crosses = document.depends_on(target)
            || moves.moves.iter().any(|one| matches!(one.from, Source::Slot(slot) if written.contains(&slot)));
        if !crosses {
            for one in &moves.moves {
                self.builder.emit(one.from.into_slot(one.to));
            }
        } else {
            let made: Vec<Slot> = moves.moves.iter().map(|_| self.temporary_slot()).collect();
            for (one, temporary) in moves.moves.iter().zip(&made) {
                self.builder.emit(one.from.into_slot(*temporary));
            }
            for (one, from) in moves.moves.iter().zip(made) {
                self.builder.emit(Op::Copy { to: one.to, from });
            }
        }
        for root in &moves.projects {
            self.project(root);
        }
    }

    fn temporary_slot(&mut self) -> Slot {
        let temporary = self.temporary();
        self.slot(&Place::of(temporary))
    }

    /// A root of this state gets a document.
    pub fn assign_root(&mut self, root: &Root, document: &Document) {
        let mut moves = Moves::default();
        self.fill(root, document, &mut moves);
        self.emit_moves(moves, self.state, &Document::empty_object());
    }

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
                let written = Document::At(self.materialize(whole));
                let steps: Vec<Step> = keys.into_iter().map(Step::Key).collect();
                return self.insert(&written, &steps, value, text, input);
            }
            self.require_objects(base, &keys, text, input);
            edits.push((keys, value.clone()));
            return Document::Spliced(base.clone(), edits);
        };
        let known = edits[place].0.clone();
        if keys.starts_with(&known) {
            let rest: Vec<Step> = keys[known.len()..].iter().cloned().map(Step::Key).collect();
            let old = edits[place].1.clone();
            edits[place].1 = self.insert(&old, &rest, value, text, input);
        } else if known.starts_with(&keys) {
            edits[place] = (keys, value.clone());
        } else {
            let written = Document::At(self.materialize(whole));
            let steps: Vec<Step> = keys.into_iter().map(Step::Key).collect();
            return self.insert(&written, &steps, value, text, input);
        }
        Document::Spliced(base.clone(), edits)
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

#[derive(Default)]
struct Moves {
    moves: Vec<Move>,
    projects: Vec<Root>,
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

fn object_fields(node: &crate::json::tree::Node) -> Option<Vec<(String, Document)>> {
    match &node.kind {
        crate::json::tree::Kind::Object(members) => {
            Some(members.iter().map(|member| (member.name.clone(), Document::constant(&member.value))).collect())
        }
        _ => None,
    }
}
