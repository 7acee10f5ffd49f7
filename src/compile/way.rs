//! Ways from state to state: what differs between the ways to a state is moved into the holes of its input.

use super::atlas::{Path, Set};
use super::document::{Document, Found, Place, Root};
use super::lower::{Last, Lowering};
use super::path::STEPS_MAX;
use super::slot::Source;
use crate::asl::graph::StateId;
use crate::program::{Label, Op, Slot};

/// A slot of a state's input, and where it comes from.
struct Move {
    to: Slot,
    from: Source,
}

/// Fewer moves are compared one by one.
const MOVES_FEW: usize = 16;

/// All that has to be moved on one way.
#[derive(Default)]
struct Moves {
    moves: Vec<Move>,
    /// Values in which what is read is looked up after they have been moved.
    projects: Vec<Root>,
}

impl Moves {
    /// Whether what is read by one is written by another.
    fn cross(&self) -> bool {
        let mut read =
            self.moves.iter().filter_map(|one| if let Source::Slot(slot) = one.from { Some(slot) } else { None });
        if self.moves.len() < MOVES_FEW {
            return read.any(|slot| self.moves.iter().any(|one| one.to == slot));
        }
        let written: Set<Slot> = self.moves.iter().map(|one| one.to).collect();
        read.any(|slot| written.contains(&slot))
    }
}

impl Lowering<'_> {
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
                self.fill(*root, given, moves);
            }
            (Document::Object(holes), Document::Object(parts)) => {
                for ((_, hole), (_, part)) in holes.iter().zip(parts.iter()) {
                    self.moves(hole, part, target, moves);
                }
            }
            (Document::Spliced(base, holes), _) => {
                let parts = given.as_spliced().map_or(&[][..], |(_, parts)| parts);
                for (keys, hole) in holes.iter() {
                    let part = self.facts.edited(*base, parts, *keys);
                    self.moves(hole, &part, target, moves);
                }
            }
            _ => {}
        }
    }

    /// A root gets a document: itself, and every path that is read in it as far as that is known here.
    fn fill(&mut self, root: Root, given: &Document, moves: &mut Moves) {
        self.facts.widen(root, self.bound(given));
        let mut project = false;
        let alone = self.is_looked_up_alone(root, given);
        for path in self.facts.reads(root).iter() {
            let from = match self.part_at(given, *path, alone) {
                Found::Document(part) => self.source(&part),
                Found::Nothing => Source::Constant(self.constant(None)),
                Found::Unknown => {
                    project = true;
                    continue;
                }
            };
            let to = self.slot(Place { root, path: *path });
            moves.moves.push(Move { to, from });
        }
        if project {
            self.slot(Place::of(root));
            moves.projects.push(root);
        }
    }

    /// Every path that is read in a root that gets a document, and what it leads to; unknown is what must be looked up in
    /// the root's own value.
    pub fn parts(&mut self, root: Root, given: &Document) -> Vec<(Path, Found)> {
        let alone = self.is_looked_up_alone(root, given);
        let reads = self.facts.reads(root);
        reads.iter().map(|path| (*path, self.part_at(given, *path, alone))).collect()
    }

    fn part_at(&mut self, given: &Document, path: Path, alone: bool) -> Found {
        let found = if alone && !path.is_empty() { Found::Unknown } else { self.select(given, path) };
        let is_far = matches!(&found, Found::Document(Document::At(place)) if self.depth(*place) > STEPS_MAX * 2);
        if is_far { Found::Unknown } else { found }
    }

    /// What a path leads to in a document.
    fn select(&mut self, document: &Document, path: Path) -> Found {
        let steps = self.facts.atlas.steps(path).clone();
        document.select(&steps, &mut self.facts.atlas)
    }

    /// Whether what is read in a root must be looked up in its own value, not taken from where the value comes from.
    fn is_looked_up_alone(&mut self, root: Root, given: &Document) -> bool {
        match given {
            // A loop that goes deeper each time would have to read ever longer paths.
            Document::At(Place { root: Root::Hole(..), path }) if !path.is_empty() => true,
            Document::At(place) => {
                if self.facts.is_base(root) {
                    self.facts.splice_into(place.root);
                }
                false
            }
            // Parts of a document put together do not lie in its text.
            _ => self.facts.is_base(root),
        }
    }

    /// Moves happen at once: what is read by one and written by another goes by way of a temporary.
    fn emit_moves(&mut self, moves: Moves, target: StateId, document: &Document) {
        let crosses = !moves.moves.is_empty() && (document.depends_on(target) || moves.cross());
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
        for root in moves.projects {
            self.project(root);
        }
    }

    fn temporary_slot(&mut self) -> Slot {
        let temporary = self.temporary();
        self.slot(Place::of(temporary))
    }

    /// A root of this state gets a document.
    pub fn assign_root(&mut self, root: Root, document: &Document) {
        let mut moves = Moves::default();
        self.fill(root, document, &mut moves);
        self.emit_moves(moves, self.state, &Document::empty_object());
    }
}
