//! What one pass over the states learns and the next one builds on: which paths are read, and what states are given.
//!
//! Lowering is repeated until a pass learns nothing new. Everything here only grows, so that comes to an end.

use super::atlas::{Atlas, Map, Name, Path, Set, Step};
use super::choice::Division;
use super::document::{Document, Edit, Place, Root};
use super::parsed::Parsed;
use super::tables::Tables;
use super::template::Bound;
use crate::asl::graph::{ScopeId, StateId};
use crate::program::EDITS_MAX;
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The names and paths of the definition.
    pub atlas: Atlas,
    /// What its expressions say.
    pub parsed: Parsed,
    /// What rules make of the value they look at: by where they stand in memory, and how many copies they may make.
    pub divisions: Map<(usize, usize, usize), Rc<Division>>,
    /// The places that are read.
    read: Set<Place>,
    /// The paths read in each value, in the order of their words.
    reads: Map<Root, Rc<Vec<Path>>>,
    /// What each state is given.
    entries: Map<StateId, Document>,
    /// How many holes each state's input has.
    holes: Map<StateId, u32>,
    /// How large values can get, and how often that had to be corrected.
    bounds: Map<Root, (Bound, u32)>,
    /// Values that parts are put into: what is read in them must lie in their own text.
    bases: Set<Root>,
    /// What each scope takes from the one around it.
    captures: Map<ScopeId, Vec<Place>>,
    /// The input's arrays.
    pub tables: Tables,
    /// Whether this pass learned anything.
    pub learned: bool,
    /// Whether states that several ways lead to are given one unknown value, to come to an end sooner.
    pub hurried: bool,
}

/// Documents with more parts than this are written out where ways meet.
const PARTS_MAX: usize = 64;
/// Bounds that had to be corrected so often belong to values that grow in a loop.
const CORRECTIONS_MAX: u32 = 4;

impl Facts {
    /// Notes that the path is read.
    pub fn read(&mut self, place: Place) {
        if !self.read.insert(place) {
            return;
        }
        self.learned = true;
        let paths = self.reads.entry(place.root).or_default();
        let behind = paths.partition_point(|known| self.atlas.compare(*known, place.path).is_lt());
        Rc::make_mut(paths).insert(behind, place.path);
    }

    /// The paths read in a value, as far as is known.
    pub fn reads(&self, root: Root) -> Rc<Vec<Path>> {
        self.reads.get(&root).cloned().unwrap_or_default()
    }

    /// Whether anything but the value as a whole is read in it.
    pub fn is_read_within(&self, root: Root) -> bool {
        self.reads.get(&root).is_some_and(|paths| paths.last().is_some_and(|path| !path.is_empty()))
    }

    /// What the state is given; a state nobody goes to is given something unknown.
    pub fn entry(&mut self, state: StateId) -> Document {
        self.entries.get(&state).cloned().unwrap_or_else(|| Document::of(Root::Hole(state, 0)))
    }

    /// Notes that the state is given this document too, by one of `ways`; what it is given in all.
    pub fn give(&mut self, state: StateId, document: &Document, ways: u32) -> Document {
        let known = self.entries.get(&state).cloned();
        let entry = match &known {
            Some(known) if ways > 1 => self.meet(state, known, document),
            _ if ways > 1 && self.hurried => self.hole(state),
            _ => self.admit(state, document),
        };
        if known.as_ref() != Some(&entry) {
            self.learned = true;
            self.entries.insert(state, entry.clone());
        }
        entry
    }

    /// The first document a state is given; what the state itself assigns must be moved out of the way.
    fn admit(&mut self, state: StateId, document: &Document) -> Document {
        let mut holes = 0;
        let admitted = match document.parts() > PARTS_MAX {
            true => {
                holes = 1;
                Document::of(Root::Hole(state, 0))
            }
            false => self.admit_part(state, document, &mut holes),
        };
        self.holes.insert(state, holes);
        admitted
    }

    fn admit_part(&mut self, state: StateId, document: &Document, next: &mut u32) -> Document {
        if !document.depends_on(state) {
            return document.clone();
        }
        match document {
            Document::Object(fields) => {
                let field = |(name, value): &(Name, Document)| (*name, self.admit_part(state, value, next));
                Document::object(fields.iter().map(field).collect())
            }
            _ => {
                *next += 1;
                Document::of(Root::Hole(state, *next - 1))
            }
        }
    }

    /// What two ways have in common; where they differ there is a hole.
    fn meet(&mut self, state: StateId, known: &Document, other: &Document) -> Document {
        match (known, other) {
            (Document::At(Place { root: Root::Hole(owner, _), path }), _) if *owner == state && path.is_empty() => {
                known.clone()
            }
            _ if self.hurried => self.hole(state),
            _ if is_settled(state, known, other) => known.clone(),
            (Document::Object(left), Document::Object(right)) if same_keys(left, right) => {
                let pairs = left.iter().zip(right.iter());
                let fields = pairs.map(|((name, a), (_, b))| (*name, self.meet(state, a, b)));
                Document::object(fields.collect())
            }
            (Document::Spliced(base, left), Document::Spliced(other_base, right))
                if base == other_base && same_keys(left, right) && base.root.owner() != Some(state) =>
            {
                let pairs = left.iter().zip(right.iter());
                let edits = pairs.map(|((keys, a), (_, b))| (*keys, self.meet(state, a, b)));
                Document::Spliced(*base, Rc::new(edits.collect()))
            }
            _ => self.meet_spliced(state, known, other).unwrap_or_else(|| self.hole(state)),
        }
    }

    /// Two ways that put different parts into the same value. On a way that does not put a part in, what stands there
    /// already is put in its own place; if nothing does, the part is missing, and nothing is put in.
    fn meet_spliced(&mut self, state: StateId, known: &Document, other: &Document) -> Option<Document> {
        let ((base, left), (other_base, right)) = (known.as_spliced()?, other.as_spliced()?);
        if base != other_base || base.root.owner() == Some(state) {
            return None;
        }
        let keys = self.merged_keys(left, right).filter(|keys| keys.len() <= EDITS_MAX)?;
        let edit = |keys: Path| {
            let (part, other) = (self.edited(*base, left, keys), self.edited(*base, right, keys));
            let is_hole = matches!(&part, Document::At(place) if place.is_hole_of(state));
            let is_same = part == other && !other.depends_on(state);
            let part = if is_hole || is_same { part } else { self.hole(state) };
            if let Document::At(hole) = part {
                self.read(hole); // Whoever writes the value will: to know that now saves a pass.
            }
            (keys, part)
        };
        Some(Document::Spliced(*base, Rc::new(keys.into_iter().map(edit).collect())))
    }

    /// What a document made of a value has at these keys, as far as its edits say.
    pub fn edited(&mut self, base: Place, edits: &[Edit], keys: Path) -> Document {
        let edit = edits.iter().find(|(known, _)| *known == keys);
        edit.map_or_else(|| Document::At(self.joined(base, keys)), |(_, part)| part.clone())
    }

    /// The place that a path leads to from another place.
    pub fn joined(&mut self, base: Place, path: Path) -> Place {
        let steps = self.atlas.steps(path).clone();
        base.below(&steps, &mut self.atlas)
    }

    /// The keys of both, each once, in an order that is that of both; none if there is no such order, or one edit lies in
    /// another.
    fn merged_keys(&self, left: &[Edit], right: &[Edit]) -> Option<Vec<Path>> {
        let mut merged: Vec<Path> = Vec::new();
        let mut rest = right;
        for (keys, _) in left {
            if let Some(place) = rest.iter().position(|(other, _)| other == keys) {
                merged.extend(rest[..place].iter().map(|(other, _)| *other));
                rest = &rest[place + 1..];
            }
            merged.push(*keys);
        }
        merged.extend(rest.iter().map(|(other, _)| *other));
        let first: Set<Step> = merged.iter().map(|keys| self.atlas.steps(*keys)[0]).collect();
        (first.len() == merged.len()).then_some(merged)
    }

    fn hole(&mut self, state: StateId) -> Document {
        let count = self.holes.entry(state).or_default();
        *count += 1;
        Document::of(Root::Hole(state, *count - 1))
    }

    /// Notes that parts are put into a value.
    pub fn splice_into(&mut self, root: Root) {
        if self.bases.insert(root) {
            self.learned = true;
        }
    }

    /// Whether parts are put into a value.
    pub fn is_base(&self, root: Root) -> bool {
        self.bases.contains(&root)
    }

    /// What a captured value is outside its scope.
    pub fn captured(&self, scope: ScopeId, capture: u32) -> Option<Place> {
        self.captures.get(&scope)?.get(capture as usize).copied()
    }

    /// How large a value can get, as far as is known.
    pub fn bound(&self, root: Root) -> Bound {
        self.bounds.get(&root).and_then(|(bound, _)| *bound)
    }

    /// Notes that a value can be as large as this; one that keeps growing is not known any more.
    pub fn widen(&mut self, root: Root, bound: Bound) {
        let Some((known, corrections)) = self.bounds.get_mut(&root) else {
            self.learned = true;
            self.bounds.insert(root, (bound, 0));
            return;
        };
        let wider = known.zip(bound).map(|(known, other)| (known.0.max(other.0), known.1.max(other.1)));
        if wider != *known {
            self.learned = true;
            *corrections += 1;
            *known = wider.filter(|_| *corrections < CORRECTIONS_MAX);
        }
    }

    /// Which of the captures of `scope` this place outside is.
    pub fn capture(&mut self, scope: ScopeId, place: Place) -> u32 {
        let captures = self.captures.entry(scope).or_default();
        let known = captures.iter().position(|known| *known == place);
        known.unwrap_or_else(|| {
            self.learned = true;
            captures.push(place);
            captures.len() - 1
        }) as u32
    }

    /// What a scope takes from the one around it, as far as is known.
    pub fn captures(&self, scope: ScopeId) -> Vec<Place> {
        self.captures.get(&scope).cloned().unwrap_or_default()
    }
}

/// Whether the other way brings nothing new.
fn is_settled(state: StateId, known: &Document, other: &Document) -> bool {
    match (known, other) {
        (Document::At(place), _) if place.is_hole_of(state) => true,
        (Document::Object(left), Document::Object(right)) => {
            same_keys(left, right) && pairs(left, right).all(|(known, other)| is_settled(state, known, other))
        }
        (Document::Spliced(base, left), Document::Spliced(other_base, right)) => {
            base == other_base
                && base.root.owner() != Some(state)
                && same_keys(left, right)
                && pairs(left, right).all(|(known, other)| is_settled(state, known, other))
        }
        _ => known == other && !other.depends_on(state),
    }
}

fn pairs<'d, K>(
    left: &'d [(K, Document)],
    right: &'d [(K, Document)],
) -> impl Iterator<Item = (&'d Document, &'d Document)> {
    left.iter().zip(right).map(|((_, left), (_, right))| (left, right))
}

fn same_keys<K: PartialEq>(left: &[(K, Document)], right: &[(K, Document)]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|((a, _), (b, _))| a == b)
}
