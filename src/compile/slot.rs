//! Values and their slots: who reads what, and how a document gets into a slot.

use super::atlas::Path;
use super::document::{Document, Place, Root};
use super::lower::Lowering;
use crate::asl::graph::ScopeId;
use crate::program::{ConstantId, Op, SetId, Slot, TemplateId};

impl Lowering<'_> {
    /// The slot of a place; whoever asks is going to read it.
    pub fn slot(&mut self, place: Place) -> Slot {
        // What has a slot is read, but for the place of an item: that has one in any case.
        if let Some(slot) = self.slots[self.scope.0 as usize].get(&place)
            && !matches!(place.root, Root::Place(_))
        {
            return *slot;
        }
        if let (Root::Captured(scope, capture), false) = (place.root, place.path.is_empty())
            && let Some(outer) = self.facts.captured(scope, capture)
        {
            // What is read in a captured value is captured itself.
            let outer = self.facts.joined(outer, place.path);
            let capture = self.facts.capture(scope, outer);
            return self.slot(Place::of(Root::Captured(scope, capture)));
        }
        self.facts.read(place);
        self.reserve(place)
    }

    /// The slot of a place, whether anybody is going to read it or not.
    pub fn reserve(&mut self, place: Place) -> Slot {
        let count = &mut self.slot_counts[self.scope.0 as usize];
        *self.slots[self.scope.0 as usize].entry(place).or_insert_with(|| {
            *count += 1;
            Slot((*count - 1).min(u32::from(u16::MAX) - 1) as u16)
        })
    }

    /// How many steps a place is away from the value that it is looked up in.
    pub fn depth(&self, place: Place) -> usize {
        let mut depth = self.facts.atlas.steps(place.path).len();
        let mut root = place.root;
        while let Root::Captured(scope, capture) = root {
            let Some(outer) = self.facts.captured(scope, capture) else { break };
            depth += self.facts.atlas.steps(outer.path).len();
            root = outer.root;
        }
        depth
    }

    /// A new value of the current state.
    pub fn temporary(&mut self) -> Root {
        self.temporaries += 1;
        Root::Temporary(self.state, self.temporaries - 1)
    }

    /// The set of paths that are read in a value of this scope.
    pub fn set_of(&mut self, root: Root) -> SetId {
        let reads = self.facts.reads(root);
        let within = reads.iter().filter(|path| !path.is_empty());
        let slots: Vec<(Path, Slot)> = within.map(|path| (*path, self.slot(Place { root, path: *path }))).collect();
        // Only of the input itself: what else is read is written down first, or comes from outside.
        let of_input = root == Root::Input(ScopeId(0));
        self.set(slots, of_input)
    }

    /// A set of these paths, and of the input's arrays.
    pub fn set(&mut self, slots: Vec<(Path, Slot)>, of_input: bool) -> SetId {
        if self.is_learning() {
            return SetId(0);
        }
        let tables = if of_input { &self.facts.tables.read[..] } else { &[] };
        let written = slots.into_iter().map(|(path, slot)| (self.facts.atlas.written(path), slot.0));
        self.builder.set(written.collect(), tables)
    }

    /// A constant; `None` is no value at all.
    pub fn constant(&mut self, text: Option<&[u8]>) -> ConstantId {
        if self.is_learning() { ConstantId(0) } else { self.builder.constant(text) }
    }

    /// After a value has been put into its slot: looks up what is read in it.
    pub fn project(&mut self, root: Root) {
        if self.facts.is_read_within(root) {
            let set = self.set_of(root);
            let from = self.slot(Place::of(root));
            self.builder.emit(Op::Project { from, set });
        }
    }

    /// The document in a slot.
    pub fn materialize(&mut self, document: &Document) -> Place {
        let fixed = self.fix(document.clone());
        if let Document::At(place) = fixed {
            return place;
        }
        let source = self.source(&fixed);
        let made = self.temporary();
        let to = self.slot(Place::of(made));
        self.builder.emit(source.into_slot(to));
        self.facts.widen(made, self.bound(&fixed));
        self.project(made);
        Place::of(made)
    }

    /// How a slot gets the document.
    pub fn source(&mut self, document: &Document) -> Source {
        match document {
            Document::At(place) => Source::Slot(self.slot(*place)),
            Document::Constant(constant) => Source::Constant(self.constant(Some(&constant.text))),
            other => Source::Template(self.template(other)),
        }
    }

    /// The document with fields of the context object looked up.
    pub fn fix(&mut self, document: Document) -> Document {
        match document {
            Document::Context(field) => {
                let made = self.temporary();
                let to = self.slot(Place::of(made));
                self.builder.emit(Op::Context { to, field });
                Document::of(made)
            }
            Document::Object(fields) => {
                Document::object(fields.iter().map(|(name, value)| (*name, self.fix(value.clone()))).collect())
            }
            Document::Array(elements) => {
                Document::array(elements.iter().map(|element| self.fix(element.clone())).collect())
            }
            Document::At(place) => self.localize(Document::At(place)),
            other => other,
        }
    }

    /// A document as this scope sees it: what belongs to a scope outside is captured.
    pub fn localize(&mut self, document: Document) -> Document {
        match document {
            Document::At(place) => Document::At(self.capture(self.scope, place)),
            other => other,
        }
    }

    fn capture(&mut self, scope: ScopeId, place: Place) -> Place {
        if self.scope_of(place.root) == scope {
            return place;
        }
        let Some(parent) = self.graph.scopes[scope.0 as usize].parent else { return place };
        let outer = self.capture(self.graph.states[parent.0 as usize].scope, place);
        Place::of(Root::Captured(scope, self.facts.capture(scope, outer)))
    }

    fn scope_of(&self, root: Root) -> ScopeId {
        match root {
            Root::Input(scope) | Root::Place(scope) | Root::Key(scope) => scope,
            Root::Variable(scope, _) | Root::Captured(scope, _) => scope,
            Root::Hole(state, _) | Root::Result(state) | Root::Effective(state) | Root::Temporary(state, _) => {
                self.graph.states[state.0 as usize].scope
            }
        }
    }
}

/// How a slot gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Slot(Slot),
    Constant(ConstantId),
    Template(TemplateId),
}

impl Source {
    /// The instruction that puts it there.
    pub fn into_slot(self, to: Slot) -> Op {
        match self {
            Source::Slot(from) => Op::Copy { to, from },
            Source::Constant(constant) => Op::Set { to, constant },
            Source::Template(template) => Op::Write { to, template },
        }
    }
}
