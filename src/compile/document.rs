//! What the compiler knows of a document: where its parts come from, without it being built.
//!
//! States hand documents on; the program need not. A path into a document made of parts is followed here, at compile
//! time, and only what leaves the execution is ever written.

use super::atlas::{Atlas, Name, Path, Step};
use crate::asl::graph::{ScopeId, StateId};
use crate::json::tree::{self, Kind, Node};
use crate::program::ContextField;
use std::rc::Rc;

/// A value that only the execution knows: what a slot is for. Its slot is assigned by the state, or scope, it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Root {
    /// The input of the machine, a branch or an item.
    Input(ScopeId),
    /// The place of an item in its array.
    Place(ScopeId),
    /// The name of an item in its object.
    Key(ScopeId),
    /// A part of a state's input that differs with the way to it.
    Hole(StateId, u32),
    /// The result of a Task, Parallel or Map.
    Result(StateId),
    /// The effective input of a Map, for its item selector.
    Effective(StateId),
    /// Something made in a state.
    Temporary(StateId, u32),
    /// A variable of a scope.
    Variable(ScopeId, Name),
    /// Something of the scope outside.
    Captured(ScopeId, u32),
}

impl Root {
    /// The state that assigns it, if it is one.
    pub fn owner(&self) -> Option<StateId> {
        match self {
            Root::Hole(state, _) | Root::Result(state) | Root::Effective(state) | Root::Temporary(state, _) => {
                Some(*state)
            }
            _ => None,
        }
    }
}

/// A place in a value that only the execution knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub root: Root,
    pub path: Path,
}

impl Place {
    pub fn of(root: Root) -> Place {
        Place { root, path: Path::EMPTY }
    }

    /// Whether it is what differs with the way to a state.
    pub fn is_hole(&self) -> bool {
        matches!(self.root, Root::Hole(..)) && self.path.is_empty()
    }

    /// Whether it is what differs with the way to this state.
    pub fn is_hole_of(&self, state: StateId) -> bool {
        matches!(self.root, Root::Hole(owner, _) if owner == state) && self.path.is_empty()
    }

    /// Where these steps lead to from here.
    pub fn below(self, steps: &[Step], atlas: &mut Atlas) -> Place {
        Place { path: atlas.below(self.path, steps), ..self }
    }
}

/// A document; clones share its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// What is at a place.
    At(Place),
    /// The same every time.
    Constant(Rc<Constant>),
    /// An object put together.
    Object(Rc<Vec<(Name, Document)>>),
    /// An array put together.
    Array(Rc<Vec<Document>>),
    /// What is at a place, with parts put into it at paths of keys; no two begin with the same key. A part that is a hole
    /// may be missing: it is not put in then.
    Spliced(Place, Rc<Vec<Edit>>),
    /// A field of the context object, not looked up yet.
    Context(ContextField),
}

/// A part put into a value, and the path of keys it is put at.
pub(super) type Edit = (Path, Document);

/// A value that the definition says, and its text. Equal texts are equal values.
#[derive(Debug)]
pub(super) struct Constant {
    pub node: Node,
    pub text: Vec<u8>,
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        self.text == other.text
    }
}

impl Eq for Constant {}

/// What following steps through a document comes to.
pub(super) enum Found {
    Document(Document),
    /// There is nothing, whatever the execution.
    Nothing,
    /// The document must be written out first.
    Unknown,
}

impl Document {
    pub fn of(root: Root) -> Document {
        Document::At(Place::of(root))
    }

    pub fn constant(node: Node) -> Document {
        let mut text = Vec::new();
        tree::write(&node, &mut text);
        Document::Constant(Rc::new(Constant { node, text }))
    }

    pub fn object(fields: Vec<(Name, Document)>) -> Document {
        Document::Object(Rc::new(fields))
    }

    pub fn array(elements: Vec<Document>) -> Document {
        Document::Array(Rc::new(elements))
    }

    pub fn empty_object() -> Document {
        Document::constant(Node { kind: Kind::Object(Vec::new()), span: Default::default() })
    }

    pub fn string(text: &str) -> Document {
        Document::constant(Node { kind: Kind::String(text.into()), span: Default::default() })
    }

    /// A value and the parts put into it, if it is no more than that.
    pub fn as_spliced(&self) -> Option<(&Place, &[Edit])> {
        match self {
            Document::At(place) => Some((place, &[])),
            Document::Spliced(base, edits) => Some((base, edits)),
            _ => None,
        }
    }

    /// Whether it is known at a glance to be the same.
    pub fn is_same(&self, other: &Document) -> bool {
        match (self, other) {
            (Document::At(place), Document::At(other)) => place == other,
            (Document::Constant(constant), Document::Constant(other)) => Rc::ptr_eq(constant, other),
            (Document::Object(fields), Document::Object(other)) => Rc::ptr_eq(fields, other),
            (Document::Array(elements), Document::Array(other)) => Rc::ptr_eq(elements, other),
            (Document::Spliced(base, edits), Document::Spliced(other_base, other)) => {
                base == other_base && Rc::ptr_eq(edits, other)
            }
            _ => false,
        }
    }

    /// Whether a field of the context object is to be looked up in it.
    pub fn has_context(&self) -> bool {
        match self {
            Document::At(_) | Document::Constant(_) => false,
            Document::Context(_) => true,
            Document::Object(fields) => fields.iter().any(|(_, value)| value.has_context()),
            Document::Array(elements) => elements.iter().any(Document::has_context),
            Document::Spliced(_, edits) => edits.iter().any(|(_, value)| value.has_context()),
        }
    }

    /// Follows steps.
    pub fn select(&self, steps: &[Step], atlas: &mut Atlas) -> Found {
        let Some((first, rest)) = steps.split_first() else { return Found::Document(self.clone()) };
        match (self, first) {
            (Document::At(place), _) => Found::Document(Document::At(place.below(steps, atlas))),
            (Document::Constant(constant), _) => select_constant(constant, steps, atlas),
            (Document::Object(fields), Step::Key(key)) => {
                let field = fields.iter().rev().find(|(name, _)| name == key);
                field.map_or(Found::Nothing, |(_, value)| value.select(rest, atlas))
            }
            (Document::Array(elements), Step::Index(index)) => {
                elements.get(*index as usize).map_or(Found::Nothing, |element| element.select(rest, atlas))
            }
            (Document::Spliced(base, edits), _) => select_spliced(*base, edits, steps, atlas),
            _ => Found::Nothing,
        }
    }

    /// Whether any part is assigned by this state.
    pub fn depends_on(&self, state: StateId) -> bool {
        self.any_place(&mut |place| place.root.owner() == Some(state))
    }

    /// Whether any part stands at a place for which this holds.
    pub fn any_place(&self, holds: &mut dyn FnMut(&Place) -> bool) -> bool {
        match self {
            Document::At(place) => holds(place),
            Document::Constant(_) | Document::Context(_) => false,
            Document::Object(fields) => fields.iter().any(|(_, value)| value.any_place(holds)),
            Document::Array(elements) => elements.iter().any(|element| element.any_place(holds)),
            Document::Spliced(base, edits) => holds(base) || edits.iter().any(|(_, value)| value.any_place(holds)),
        }
    }

    /// How many parts it has.
    pub fn parts(&self) -> usize {
        1 + match self {
            Document::Object(fields) => fields.iter().map(|(_, value)| value.parts()).sum(),
            Document::Array(elements) => elements.iter().map(Document::parts).sum(),
            Document::Spliced(_, edits) => edits.iter().map(|(_, value)| value.parts()).sum(),
            _ => 0,
        }
    }
}

fn select_constant(constant: &Constant, steps: &[Step], atlas: &Atlas) -> Found {
    let mut at = &constant.node;
    for step in steps {
        let next = match (&at.kind, step) {
            (Kind::Object(members), Step::Key(key)) => {
                members.iter().rev().find(|member| *member.name == **atlas.text(*key)).map(|member| &member.value)
            }
            (Kind::Array(elements), Step::Index(index)) => elements.get(*index as usize),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return Found::Nothing,
        }
    }
    Found::Document(Document::constant(at.clone()))
}

fn select_spliced(base: Place, edits: &[Edit], steps: &[Step], atlas: &mut Atlas) -> Found {
    let Some((keys, value)) = edits.iter().find(|(keys, _)| atlas.steps(*keys)[0] == steps[0]) else {
        return Found::Document(Document::At(base.below(steps, atlas)));
    };
    let keys = atlas.steps(*keys);
    let shared = keys.iter().zip(steps).take_while(|(key, step)| key == step).count();
    if shared == keys.len() {
        value.select(&steps[shared..], atlas)
    } else if shared == steps.len() {
        Found::Unknown
    } else {
        Found::Document(Document::At(base.below(steps, atlas)))
    }
}
