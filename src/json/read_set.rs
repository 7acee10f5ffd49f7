//! Which paths a program reads, as a tree, and the slot that each goes to.

use super::{Step, Table};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// How many steps a path may have: the reader calls itself once for each.
const STEPS_MAX: usize = 64;

/// Which paths a program reads, and the slot that each goes to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadSet {
    tree: Arc<Tree>,
}

impl ReadSet {
    /// The set of these paths.
    ///
    /// An empty path reads the whole value; one path may begin another, and may come twice with different slots.
    /// Panics where a path has more than 64 steps: the compiler has to cut those.
    pub fn new(paths: impl IntoIterator<Item = (Vec<Step>, u16)>) -> ReadSet {
        ReadSet::with_tables(paths, &[])
    }

    /// The same, and of the arrays at the tables' paths the items are noted; a table is known by its place.
    ///
    /// Panics where a path has more than 64 steps.
    pub fn with_tables(paths: impl IntoIterator<Item = (Vec<Step>, u16)>, tables: &[Table]) -> ReadSet {
        let mut root = Sketch::default();
        for (path, slot) in paths {
            assert!(path.len() <= STEPS_MAX, "a path of the read set has {} steps", path.len());
            root.add(&path, slot);
        }
        for (place, table) in (0..).zip(tables) {
            assert!(table.path.len() <= STEPS_MAX, "the path of a table has {} steps", table.path.len());
            root.add_table(&table.path, place);
        }
        let mut tree = Tree { tables: Columns::of(tables), ..Tree::default() };
        tree.put(root);
        ReadSet { tree: Arc::new(tree) }
    }

    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.tree.slots.is_empty() && self.tree.tables.is_empty()
    }

    /// Every path, in its usual spelling, and its slot; for listings.
    pub fn paths(&self) -> Vec<(String, u16)> {
        let mut paths = Vec::new();
        let mut nodes = vec![(0, String::from("$"))];
        while let Some((id, path)) = nodes.pop() {
            let node = &self.tree.nodes[id];
            paths.extend(self.tree.own_slots(node).iter().map(|slot| (path.clone(), *slot)));
            nodes.extend(node.keys.iter().map(|(key, child)| (*child, format!("{path}.{key}"))));
            nodes.extend(node.indices.iter().map(|(index, child)| (*child, format!("{path}[{index}]"))));
        }
        paths.sort_by_key(|(_, slot)| *slot);
        paths
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// The paths while they are gathered.
#[derive(Default)]
struct Sketch {
    slots: Vec<u16>,
    table: Option<u16>,
    steps: BTreeMap<Step, Sketch>,
}

impl Sketch {
    fn add(&mut self, path: &[Step], slot: u16) {
        match path {
            [] => self.slots.push(slot),
            [step, rest @ ..] => self.steps.entry(step.clone()).or_default().add(rest, slot),
        }
    }

    fn add_table(&mut self, path: &[Box<str>], table: u16) {
        match path {
            [] => self.table = Some(table),
            [name, rest @ ..] => self.steps.entry(Step::Key(name.clone())).or_default().add_table(rest, table),
        }
    }
}

/// A node of the tree, by its place; the root is the first.
pub(super) type NodeId = usize;

/// What is read of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Nothing.
    Nothing,
    /// The value itself, for one slot, and nothing of what it holds.
    Slot(u16),
    /// What this node says. Of an item of a table: the value itself, for this column; if it is an array, it is a table.
    Node(u32),
}

/// All paths, each a way from the root, which is node 0.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub tables: Vec<Columns>,
    /// The slots of all nodes: a node's own, then those beneath it.
    slots: Vec<u16>,
}

/// What is read of a value, and of what it holds.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The members that matter, by name in the order of its bytes.
    pub keys: Vec<(Box<str>, NodeId)>,
    /// How their names begin.
    heads: Vec<u64>,
    /// The elements that matter, in order.
    pub indices: Vec<(u32, NodeId)>,
    /// If the value is an array, which table it is.
    pub table: Option<u16>,
    /// The traits that the names have: most other names need no search.
    traits: u64,
    own: Range<usize>,
    beneath: Range<usize>,
}

impl Tree {
    fn put(&mut self, sketch: Sketch) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { table: sketch.table, ..Node::default() });
        let own = self.slots.len()..self.slots.len() + sketch.slots.len();
        self.slots.extend(sketch.slots);
        // A map gives its keys in order, and `str` orders as its bytes do.
        for (step, child) in sketch.steps {
            let child = self.put(child);
            match step {
                Step::Key(name) => {
                    self.nodes[id].traits |= trait_of(name.as_bytes());
                    self.nodes[id].heads.push(head_of(name.as_bytes()));
                    self.nodes[id].keys.push((name, child));
                }
                Step::Index(index) => self.nodes[id].indices.push((index, child)),
            }
        }
        let beneath = own.end..self.slots.len();
        self.nodes[id] = Node { own, beneath, ..std::mem::take(&mut self.nodes[id]) };
        id
    }

    /// What is read of the value that this node, if any, stands for.
    pub fn want(&self, node: Option<NodeId>) -> Want {
        let Some(id) = node else { return Want::Nothing };
        let node = &self.nodes[id];
        match self.own_slots(node) {
            [slot] if node.beneath.is_empty() && node.table.is_none() => Want::Slot(*slot),
            _ => Want::Node(u32::try_from(id).expect("paths are shorter than 65 steps, and slots fewer than 65,537")),
        }
    }

    /// The slots of every path.
    pub fn all_slots(&self) -> &[u16] {
        &self.slots
    }

    /// The slots that the node's value itself goes to.
    #[inline(always)]
    pub fn own_slots(&self, node: &Node) -> &[u16] {
        &self.slots[node.own.clone()]
    }

    /// The slots that parts of the node's value go to.
    #[inline(always)]
    pub fn slots_beneath(&self, node: &Node) -> &[u16] {
        &self.slots[node.beneath.clone()]
    }
}

/// Which members are noted of the items of a table.
#[derive(Debug)]
pub(super) struct Columns {
    /// The column of each, by name in the order of its bytes.
    names: Vec<(Box<str>, u16)>,
    /// For each column, which table it is if it is an array.
    pub tables: Vec<Option<u16>>,
}

impl Columns {
    fn of(tables: &[Table]) -> Vec<Columns> {
        let is_part = |inner: &Table, outer: &Table, name: &str| {
            inner.path.split_last().is_some_and(|(last, path)| **last == *name && path == outer.path)
        };
        let place = |outer: &Table, name: &str| tables.iter().position(|inner| is_part(inner, outer, name));
        let columns = |table: &Table| {
            let inner = table.columns.iter().map(|name| place(table, name).map(|place| place as u16));
            let mut names: Vec<(Box<str>, u16)> = table.columns.iter().cloned().zip(0..).collect();
            names.sort();
            Columns { names, tables: inner.collect() }
        };
        tables.iter().map(columns).collect()
    }

    /// The column of the member with this decoded name.
    pub fn column(&self, name: &[u8]) -> Option<u16> {
        let place = self.names.binary_search_by(|(key, _)| key.as_bytes().cmp(name)).ok()?;
        Some(self.names[place].1)
    }

    /// What is noted of that member.
    pub fn want(&self, name: &[u8]) -> Want {
        match self.column(name) {
            None => Want::Nothing,
            Some(column) if self.tables[column as usize].is_none() => Want::Slot(column),
            Some(column) => Want::Node(column.into()),
        }
    }
}

impl Node {
    /// The places among all slots of those that the value itself goes to.
    pub fn own(&self) -> Range<usize> {
        self.own.clone()
    }

    /// The places of those that parts of it go to.
    pub fn beneath(&self) -> Range<usize> {
        self.beneath.clone()
    }

    /// The node of the member with this decoded name.
    pub fn member(&self, name: &[u8]) -> Option<NodeId> {
        self.member_by_head(head_of(name), name)
    }

    /// The same, where the head of the name is known.
    #[inline(always)]
    pub fn member_by_head(&self, head: Head, name: &[u8]) -> Option<NodeId> {
        if self.traits & trait_of(name) == 0 {
            return None;
        }
        if self.keys.len() > FEW {
            let place = self.keys.binary_search_by(|(key, _)| key.as_bytes().cmp(name)).ok()?;
            return Some(self.keys[place].1);
        }
        let is_it = |key: &[u8]| key.len() == name.len() && (name.len() <= HEAD || key[HEAD..] == name[HEAD..]);
        let mut keys = self.heads.iter().zip(&self.keys);
        keys.find(|(known, (key, _))| **known == head && is_it(key.as_bytes())).map(|(_, (_, node))| *node)
    }
}

/// The first bytes of a name, and zeros where it is shorter.
pub(super) type Head = u64;

/// So many bytes.
const HEAD: usize = size_of::<Head>();

/// What of eight bytes belongs to a name of this length.
#[inline(always)]
pub(super) fn head_within(bytes: Head, length: usize) -> Head {
    match length {
        HEAD.. => bytes,
        _ => bytes & !(Head::MAX << (8 * length)),
    }
}

/// The head of a name.
pub(super) fn head_of(name: &[u8]) -> Head {
    name.iter().take(HEAD).rev().fold(0, |head, byte| head << 8 | Head::from(*byte))
}

/// So many names are compared one after another.
const FEW: usize = 8;

/// One bit of 64, by the length of a name, its first byte and its last.
#[inline(always)]
fn trait_of(name: &[u8]) -> u64 {
    let [first, last] = [name.first(), name.last()].map(|byte| usize::from(byte.copied().unwrap_or(0)));
    1 << ((name.len() + 5 * first + 3 * last) % u64::BITS as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_knows_its_own_slots_and_those_beneath() {
        let key = |name: &str| Step::Key(name.into());
        let set = ReadSet::new([(vec![key("a"), key("b")], 1), (vec![], 0), (vec![key("a")], 2), (vec![key("a")], 3)]);
        let tree = set.tree();
        let a = &tree.nodes[tree.nodes[0].member(b"a").expect("it was put there")];
        assert_eq!((tree.own_slots(a), tree.slots_beneath(a)), (&[2, 3][..], &[1][..]));
        assert_eq!(tree.own_slots(&tree.nodes[0]), [0]);
        assert!(!set.is_empty() && ReadSet::new([]).is_empty());
    }

    #[test]
    #[should_panic(expected = "65 steps")]
    fn too_long_a_path_is_the_compilers_mistake() {
        ReadSet::new([(vec![Step::Index(0); 65], 0)]);
    }
}
