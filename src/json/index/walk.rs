//! Checks a line token by token, and notes which tokens the paths of a read set lead to.

use super::scalar::is_scalar;
use super::tokens::{Line, SCALAR};
use crate::json::grammar::Open;
use crate::json::read_set::{Columns, Node, NodeId, Tree};
use crate::json::rows::{Cells, Rows};
use crate::json::string::decode;
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
}

/// Where in a line the values lie that are read.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// That of each slot of the read set, in the order of its tree.
    pub spans: Vec<Span>,
    /// Those of arrays that are tables, with the numbers of tokens for places.
    pub rows: Rows,
}

/// Checks the line's tokens, except that nothing is said of its escapes. None: it is no JSON.
pub fn walk(bytes: &[u8], line: &Line<'_>, tree: &Tree, findings: &mut Findings) -> Option<()> {
    findings.keys.clear();
    findings.found.spans.clear();
    findings.found.spans.resize(tree.all_slots().len(), Span::NONE);
    findings.found.rows.clear(tree.tables.len());
    let mut walk = Walk { bytes, line, tree, findings };
    let behind = walk.part(0, 0, 0)?;
    (behind + 1 == line.marks.len()).then_some(())
}

struct Walk<'a> {
    bytes: &'a [u8],
    line: &'a Line<'a>,
    tree: &'a Tree,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    /// Reads the value whose first token this is, which belongs to `node` and lies in `depth` others; answers with the
    /// token behind it.
    ///
    /// Calls itself through [`Self::object`] and [`Self::array`] no deeper than the read set's longest path.
    fn part(&mut self, token: usize, node: NodeId, depth: usize) -> Option<usize> {
        let wanted = &self.tree.nodes[node];
        // An earlier member of this name does not count any more, nor what was found in it.
        self.findings.found.spans[wanted.beneath()].fill(Span::NONE);
        let behind = match self.line.marks[token] {
            b'{' if !wanted.keys.is_empty() => self.object(token, wanted, depth)?,
            b'[' if !wanted.indices.is_empty() => self.array(token, wanted, depth)?,
            b'[' => match wanted.table {
                Some(table) => self.items(token, table, depth)?,
                None => self.pass(token, depth)?,
            },
            _ => self.pass(token, depth)?,
        };
        let span = Span { first: token as u16, behind: behind as u16 };
        self.findings.found.spans[wanted.own()].fill(span);
        Some(behind)
    }

    fn object(&mut self, mut token: usize, wanted: &Node, depth: usize) -> Option<usize> {
        if self.line.marks[token + 1] == b'}' {
            return Some(token + 2);
        }
        loop {
            let key = token + 1;
            let value = self.name(key)?;
            self.findings.keys.push(key as u16);
            token = match self.named(key, |name| wanted.member(name)) {
                None => self.pass(value, depth + 1)?,
                Some(child) => self.part(value, child, depth + 1)?,
            };
            match self.line.marks[token] {
                b',' => {}
                b'}' => return Some(token + 1),
                _ => return None,
            }
        }
    }

    fn array(&mut self, mut token: usize, wanted: &Node, depth: usize) -> Option<usize> {
        if self.line.marks[token + 1] == b']' {
            return Some(token + 2);
        }
        let mut awaited = wanted.indices.iter().copied().peekable();
        for index in 0.. {
            token = match awaited.next_if(|&(next, _)| next == index) {
                None => self.pass(token + 1, depth + 1)?,
                Some((_, child)) => self.part(token + 1, child, depth + 1)?,
            };
            match self.line.marks[token] {
                b',' => {}
                b']' => return Some(token + 1),
                _ => break,
            }
        }
        None
    }

    /// Reads an array that is this table.
    fn items(&mut self, mut token: usize, table: u16, depth: usize) -> Option<usize> {
        let array = self.findings.found.rows.open(table, token);
        let mut count = 0;
        if self.line.marks[token + 1] == b']' {
            token += 1;
        }
        while self.line.marks[token] != b']' {
            token = self.item(token + 1, table, depth + 1)?;
            count += 1;
            if !matches!(self.line.marks[token], b',' | b']') {
                return None;
            }
        }
        self.findings.found.rows.close(array, count);
        Some(token + 1)
    }

    fn item(&mut self, token: usize, table: u16, depth: usize) -> Option<usize> {
        let columns = &self.tree.tables[table as usize];
        let rows = &mut self.findings.found.rows;
        let is_object = self.line.marks[token] == b'{';
        let cells = is_object.then(|| rows.object(table, token, columns.tables.len())).flatten();
        let Some(cells) = cells else {
            let behind = self.pass(token, depth)?;
            self.findings.found.rows.plain(table, token, behind);
            return Some(behind);
        };
        let behind = self.members(token, columns, cells, depth)?;
        self.findings.found.rows.object_ends(cells, behind);
        Some(behind)
    }

    fn members(&mut self, mut token: usize, columns: &Columns, cells: Cells, depth: usize) -> Option<usize> {
        if self.line.marks[token + 1] == b'}' {
            return Some(token + 2);
        }
        loop {
            let key = token + 1;
            let value = self.name(key)?;
            self.findings.keys.push(key as u16);
            let column = self.named(key, |name| columns.column(name));
            token = match column.and_then(|column| columns.tables[column as usize]) {
                Some(table) if self.line.marks[value] == b'[' => self.items(value, table, depth + 1)?,
                _ => self.pass(value, depth + 1)?,
            };
            if let Some(column) = column {
                self.findings.found.rows.set(cells, column, Value::new(Source::Line, value, token));
            }
            match self.line.marks[token] {
                b',' => {}
                b'}' => return Some(token + 1),
                _ => return None,
            }
        }
    }

    /// What `find` finds for the name that is this key.
    #[inline(always)]
    fn named<T>(&self, key: usize, find: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let written = &self.bytes[self.line.position(key)..self.line.end(self.bytes, key + 1)];
        if !self.line.escapes.is_empty() && written.contains(&b'\\') {
            return find(decode(written).as_bytes());
        }
        find(&written[1..written.len() - 1])
    }

    /// Checks that a key and its colon stand here; answers where the value is.
    #[inline(always)]
    fn name(&self, token: usize) -> Option<usize> {
        let marks = &self.line.marks;
        (marks[token] == b'"' && marks[token + 1] == b':').then_some(token + 2)
    }

    /// Checks the value whose first token this is, which lies in `depth` others; answers with the token behind it.
    #[inline(always)]
    fn pass(&self, token: usize, depth: usize) -> Option<usize> {
        match self.line.marks[token] {
            b'"' => Some(token + 1),
            SCALAR => self.scalar(token),
            b'{' | b'[' => self.container(token, depth),
            _ => None,
        }
    }

    #[inline(always)]
    fn scalar(&self, token: usize) -> Option<usize> {
        let (start, end) = (self.line.position(token), self.line.end(self.bytes, token + 1));
        is_scalar(self.bytes, start, end).then_some(token + 1)
    }

    fn container(&self, mut token: usize, depth: usize) -> Option<usize> {
        let mut open = Open::new(depth);
        loop {
            let mark = self.line.marks[token];
            match mark {
                b'"' => token += 1,
                SCALAR => token = self.scalar(token)?,
                b'{' | b'[' => {
                    open.push(mark == b'{')?;
                    token += 1;
                    // In ASCII the closing bracket is two behind the opening one.
                    if self.line.marks[token] != mark + 2 {
                        if mark == b'{' {
                            token = self.name(token)?;
                        }
                        continue;
                    }
                }
                _ => return None,
            }
            // A value ends before this token, and so may what it lies in.
            loop {
                let mark = self.line.marks[token];
                token += 1;
                if mark == b',' {
                    if open.in_object() {
                        token = self.name(token)?;
                    }
                    break;
                }
                if mark != if open.in_object() { b'}' } else { b']' } {
                    return None;
                }
                if open.pop() {
                    return Some(token);
                }
            }
        }
    }
}
