//! Where in the input the values in registers come from, as far as that is known: the reader is to note what is read there.
//!
//! A register may hold something else by the time it is read; then nothing is found where it was noted, and it is looked for.

use super::emit::Emitter;
use crate::asl::graph::ScopeId;
use crate::compile::atlas::Step;
use crate::compile::document::{Place, Root};
use crate::compile::lower::Lowering;
use crate::compile::tables::PathId;
use crate::program::{Noted, Op, Register, Slot};

impl Lowering<'_> {
    /// The path of a place in the input.
    pub fn input_path(&mut self, place: Place) -> Option<PathId> {
        if place.root != Root::Input(ScopeId(0)) {
            return None;
        }
        let atlas = &self.facts.atlas;
        let name = |step: &Step| match step {
            Step::Key(name) => Some((&**atlas.text(*name)).into()),
            Step::Index(_) => None,
        };
        let names = atlas.steps(place.path).iter().map(name).collect::<Option<_>>()?;
        self.facts.tables.path(names)
    }

    /// Where members are noted that these names lead to, one in the other, and the path they lead to.
    pub fn noted<'n>(
        &mut self,
        mut path: Option<PathId>,
        names: &[&'n str],
    ) -> (Vec<(&'n str, Noted)>, Option<PathId>) {
        let mut noted = |name: &&'n str| {
            let Some(outer) = path else { return (*name, Noted::NOWHERE) };
            path = self.facts.tables.below(outer, name);
            let column = self.facts.tables.column(outer, name);
            let slots = path.map(|path| (self.slot_of(outer), self.slot_of(path)));
            (*name, Noted { column, slots })
        };
        let noted = names.iter().map(&mut noted).collect();
        (noted, path)
    }

    fn slot_of(&mut self, path: PathId) -> Slot {
        let (tables, atlas) = (&self.facts.tables, &mut self.facts.atlas);
        let steps: Vec<Step> = tables.names(path).iter().map(|name| Step::Key(atlas.name(name))).collect();
        let place = Place::of(Root::Input(ScopeId(0))).below(&steps, atlas);
        self.slot(place)
    }
}

impl Emitter<'_, '_> {
    /// `to =` what the names lead to.
    pub fn follow(&mut self, to: Register, from: Register, names: &[&str]) {
        let (noted, path) = self.lowering.noted(self.frame.origin(from), names);
        let names = self.lowering.builder.names(noted);
        self.emit(Op::Follow { to, from, names });
        self.frame.set_origin(to, path);
    }

    /// Notes what an instruction says of where values come from.
    pub fn trace(&mut self, op: Op) {
        let (to, from) = match op {
            Op::Iterate { iterator, over } | Op::IterateStep { iterator, over } => {
                self.note_items(over);
                (Register(iterator.0.saturating_add(2)), over)
            }
            Op::IterateContext { iterator, over } | Op::Single { iterator, over } => {
                (Register(iterator.0.saturating_add(2)), over)
            }
            Op::Pick { to, from, .. } => {
                self.note_items(from);
                (to, from)
            }
            Op::Move { to, from }
            | Op::Gather { to, from }
            | Op::Keep { to, from }
            | Op::Narrow { to, from }
            | Op::Append { array: to, from } => (to, from),
            _ => return,
        };
        if let Some(origin) = self.frame.origin(from) {
            self.frame.set_origin(to, Some(origin));
        }
    }

    /// The items of an array are gone through.
    fn note_items(&mut self, array: Register) {
        if let Some(path) = self.frame.origin(array) {
            self.lowering.facts.tables.table(path);
        }
    }
}
