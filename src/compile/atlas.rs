//! Names and paths as numbers: each is written down once, and compared by its number from then on.

use crate::json;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// A name of a member or a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(u32);

/// One step of a path, as [`json::Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Key(Name),
    Index(u32),
}

impl Step {
    /// The name of a member.
    pub fn key(self) -> Option<Name> {
        if let Step::Key(name) = self { Some(name) } else { None }
    }
}

/// Steps from a value to a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path(u32);

impl Path {
    /// No step.
    pub const EMPTY: Path = Path(0);

    pub fn is_empty(self) -> bool {
        self == Path::EMPTY
    }
}

/// Every name and path that a definition speaks of.
#[derive(Debug)]
pub(super) struct Atlas {
    names: Vec<Rc<str>>,
    /// Whoever writes a definition chooses its names, and must not be able to make them collide.
    known_names: HashMap<Rc<str>, Name>,
    paths: Vec<Rc<[Step]>>,
    known_paths: Map<(Path, Step), Path>,
}

impl Default for Atlas {
    fn default() -> Atlas {
        let empty: Rc<[Step]> = Rc::new([]);
        Atlas { names: Vec::new(), known_names: HashMap::new(), paths: vec![empty], known_paths: Map::default() }
    }
}

impl Atlas {
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.known_names.get(text) {
            return *known;
        }
        let (name, text) = (Name(self.names.len() as u32), Rc::<str>::from(text));
        self.names.push(text.clone());
        self.known_names.insert(text, name);
        name
    }

    pub fn text(&self, name: Name) -> &Rc<str> {
        &self.names[name.0 as usize]
    }

    pub fn steps(&self, path: Path) -> &Rc<[Step]> {
        &self.paths[path.0 as usize]
    }

    pub fn path(&mut self, steps: &[Step]) -> Path {
        self.below(Path::EMPTY, steps)
    }

    /// The path that goes on with these steps.
    pub fn below(&mut self, path: Path, steps: &[Step]) -> Path {
        steps.iter().fold(path, |path, step| self.child(path, *step))
    }

    fn child(&mut self, path: Path, step: Step) -> Path {
        if let Some(known) = self.known_paths.get(&(path, step)) {
            return *known;
        }
        let child = Path(self.paths.len() as u32);
        self.paths.push(self.steps(path).iter().copied().chain([step]).collect());
        self.known_paths.insert((path, step), child);
        child
    }

    /// The path in the words of those who read documents.
    pub fn written(&self, path: Path) -> Vec<json::Step> {
        self.steps(path).iter().map(|step| self.written_step(*step)).collect()
    }

    pub fn written_step(&self, step: Step) -> json::Step {
        match step {
            Step::Key(name) => json::Step::Key((&**self.text(name)).into()),
            Step::Index(index) => json::Step::Index(index),
        }
    }

    /// In the order of their words, which is that of slots.
    pub fn compare(&self, left: Path, right: Path) -> Ordering {
        let pairs = self.steps(left).iter().zip(self.steps(right).iter());
        let differ = pairs.map(|(left, right)| self.compare_steps(*left, *right)).find(|order| order.is_ne());
        differ.unwrap_or_else(|| self.steps(left).len().cmp(&self.steps(right).len()))
    }

    fn compare_steps(&self, left: Step, right: Step) -> Ordering {
        match (left, right) {
            (Step::Key(left), Step::Key(right)) if left == right => Ordering::Equal,
            (Step::Key(left), Step::Key(right)) => self.text(left).cmp(self.text(right)),
            (Step::Key(_), Step::Index(_)) => Ordering::Less,
            (Step::Index(_), Step::Key(_)) => Ordering::Greater,
            (Step::Index(left), Step::Index(right)) => left.cmp(&right),
        }
    }
}

/// Maps and sets of numbers that the compiler hands out: nobody else can choose them, and so make them collide.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;
pub(super) type Set<K> = std::collections::HashSet<K, BuildHasherDefault<Mixer>>;

/// A hash of few instructions: each word is mixed in by a multiplication.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        // An odd number without a pattern: 2^64 divided by the golden ratio.
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        // The table looks at the highest and at the lowest bits; a multiplication mixes the highest well.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix((*byte).into()));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.mix(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::{Atlas, Path, Step};

    #[test]
    fn paths_are_in_the_order_of_their_words() {
        let mut atlas = Atlas::default();
        let (b, a) = (Step::Key(atlas.name("b")), Step::Key(atlas.name("a")));
        let words = [vec![], vec![b, a], vec![Step::Index(2)], vec![a], vec![Step::Index(10)], vec![b], vec![a, b]];
        let mut paths: Vec<Path> = words.iter().map(|steps| atlas.path(steps)).collect();
        paths.sort_by(|left, right| atlas.compare(*left, *right));
        let written: Vec<_> = paths.iter().map(|path| atlas.written(*path)).collect();
        let mut sorted = written.clone();
        sorted.sort();
        assert_eq!(written, sorted);
    }

    #[test]
    fn the_same_way_is_the_same_path() {
        let mut atlas = Atlas::default();
        let (a, b) = (Step::Key(atlas.name("a")), Step::Key(atlas.name("b")));
        let whole = atlas.path(&[a, b]);
        let first = atlas.path(&[a]);
        assert_eq!(atlas.below(first, &[b]), whole);
        assert_ne!(atlas.path(&[b, a]), whole);
        assert!(atlas.path(&[]).is_empty());
    }
}
