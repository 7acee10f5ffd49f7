//! Checks a line that is built like none before, and notes which tokens the paths of a read set lead to.

use super::scalar::is_scalar;
use super::structure::Structure;
use super::tokens::Line;
use crate::json::read_set::{Columns, Head, Node, NodeId, Tree, head_of, head_within};
use crate::json::rows::{Cells, Rows};
use crate::json::string::decode;
use crate::json::vector::chunk;
use crate::json::{Source, Value};

/// Where a value lies: its first token, and the one behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: u16,
    pub behind: u16,
}

impl Span {
    /// No value. No line has so many tokens.
    pub const NONE: Span = Span { first: u16::MAX, behind: u16::MAX };
}

/// What is found in a line.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub found: Found,
    /// The tokens of all keys that were looked at.
    pub keys: Vec<u16>,
    structure: Structure,
}

/// Where in a line the values lie that are read.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// That of each slot of the read set, in the order of its tree.
    pub spans: Vec<Span>,
    /// Those of arrays that are tables, with the numbers of tokens for places.
    pub rows: Rows,
}

/// Checks the line, except that nothing is said of its escapes. False: it is no JSON.
pub fn walk(bytes: &[u8], line: &Line<'_>, tree: &Tree, findings: &mut Findings) -> bool {
    let Findings { found, keys, structure } = findings;
    let is_good = |token| is_scalar(bytes, line.position(token), line.end(bytes, token + 1));
    if !line.level.check(structure, line.marks) || !structure.scalars_are(is_good) {
        return false;
    }
    keys.clear();
    found.spans.clear();
    found.spans.resize(tree.all_slots().len(), Span::NONE);
    found.rows.clear(tree.tables.len());
    Walk { bytes, line, tree, structure, found, keys }.part(0, 0);
    true
}

/// One walk through a line that is known to be JSON.
struct Walk<'a> {
    bytes: &'a [u8],
    line: &'a Line<'a>,
    tree: &'a Tree,
    structure: &'a Structure,
    found: &'a mut Found,
    keys: &'a mut Vec<u16>,
}

impl Walk<'_> {
    /// Goes through the value whose first token this is, which belongs to `node`.
    ///
    /// Calls itself through [`Self::object`] and [`Self::array`] no deeper than the read set's longest path.
    fn part(&mut self, token: usize, node: NodeId) {
        let wanted = &self.tree.nodes[node];
        // An earlier member of this name does not count any more, nor what was found in it.
        self.found.spans[wanted.beneath()].fill(Span::NONE);
        match self.line.marks[token] {
            b'{' if !wanted.keys.is_empty() => self.object(token, wanted),
            b'[' if !wanted.indices.is_empty() => self.array(token, wanted),
            b'[' => {
                if let Some(table) = wanted.table {
                    self.items(token, table);
                }
            }
            _ => {}
        }
        let span = Span { first: token as u16, behind: self.structure.behind(token) as u16 };
        self.found.spans[wanted.own()].fill(span);
    }

    fn object(&mut self, mut token: usize, wanted: &Node) {
        let (line, structure) = (*self.line, self.structure);
        if line.marks[token + 1] == b'}' {
            return;
        }
        while line.marks[token] != b'}' {
            let (key, value) = (token + 1, token + 3);
            self.keys.push(key as u16);
            if let Some(child) = named(self.bytes, &line, key, |head, name| wanted.member_by_head(head, name)) {
                self.part(value, child);
            }
            token = structure.behind(value);
        }
    }

    fn array(&mut self, mut token: usize, wanted: &Node) {
        if self.line.marks[token + 1] == b']' {
            return;
        }
        for index in 0..=wanted.indices.last().map_or(0, |last| last.0) {
            if let Ok(place) = wanted.indices.binary_search_by_key(&index, |wanted| wanted.0) {
                self.part(token + 1, wanted.indices[place].1);
            }
            token = self.structure.behind(token + 1);
            if self.line.marks[token] == b']' {
                return;
            }
        }
    }

    /// Goes through an array that is this table.
    fn items(&mut self, mut token: usize, table: u16) {
        let array = self.found.rows.open(table, token);
        let mut count = 0;
        if self.line.marks[token + 1] == b']' {
            token += 1;
        }
        while self.line.marks[token] != b']' {
            self.item(token + 1, table);
            count += 1;
            token = self.structure.behind(token + 1);
        }
        self.found.rows.close(array, count);
    }

    fn item(&mut self, token: usize, table: u16) {
        let columns = &self.tree.tables[table as usize];
        let (rows, behind) = (&mut self.found.rows, self.structure.behind(token));
        let is_object = self.line.marks[token] == b'{';
        let Some(cells) = is_object.then(|| rows.object(table, token, columns.tables.len())).flatten() else {
            return rows.plain(table, token, behind);
        };
        self.members(token, columns, cells);
        self.found.rows.object_ends(cells, behind);
    }

    fn members(&mut self, mut token: usize, columns: &Columns, cells: Cells) {
        if self.line.marks[token + 1] == b'}' {
            return;
        }
        while self.line.marks[token] != b'}' {
            let (key, value) = (token + 1, token + 3);
            self.keys.push(key as u16);
            token = self.structure.behind(value);
            let Some(column) = named(self.bytes, self.line, key, |_, name| columns.column(name)) else { continue };
            if let Some(table) = columns.tables[column as usize]
                && self.line.marks[value] == b'['
            {
                self.items(value, table);
            }
            self.found.rows.set(cells, column, Value::new(Source::Line, value, token));
        }
    }
}

/// What `find` finds for the name that is this key, by its head and all of it.
#[inline(always)]
fn named<T>(bytes: &[u8], line: &Line<'_>, key: usize, find: impl Fn(Head, &[u8]) -> Option<T>) -> Option<T> {
    let (start, end) = (line.position(key) + 1, line.end(bytes, key + 1) - 1);
    let name = &bytes[start..end];
    if !line.escapes.is_empty() && name.contains(&b'\\') {
        return named_with_escapes(&bytes[start - 1..end + 1], find);
    }
    let Some(head) = chunk(bytes, start) else { return find(head_of(name), name) };
    find(head_within(Head::from_le_bytes(*head), name.len()), name)
}

#[cold]
#[inline(never)]
fn named_with_escapes<T>(written: &[u8], find: impl Fn(Head, &[u8]) -> Option<T>) -> Option<T> {
    let name = decode(written);
    find(head_of(name.as_bytes()), name.as_bytes())
}
