//! Reads a text in one pass: checks all of it, and notes where the parts lie that a program reads.
//!
//! The tree of the read set is walked along with the text. What no path leads to is checked and skipped.

mod items;

use super::grammar::{DEPTH_MAX, Text, unclosed};
use super::index::{Finder, Index};
use super::learned::{Before, Keys};
use super::malformed::{Fault, Malformed, Reason};
use super::read_set::{Columns, Node, NodeId, ReadSet, Tree, Want};
use super::rows::{Cells, Rows};
use super::string::decode;
use super::walk::{elements, members};
use super::{Source, Value};
use std::ops::Range;

/// Whether a text is known to be UTF-8; a whole block is checked faster than line by line.
#[derive(Clone, Copy, Debug)]
pub enum Utf8<'a> {
    /// Somebody has checked it.
    Known,
    /// Somebody has checked it, and made an index in which it is the line at hand.
    Indexed(&'a Index),
    /// Nobody has.
    Unknown,
}

/// Reads for one [`ReadSet`], and learns in what order keys come. One for each thread.
#[derive(Clone, Debug)]
pub struct Reader {
    set: ReadSet,
    learned: Vec<Keys>,
    /// The same for the items of each table.
    learned_items: Vec<Keys>,
    finder: Finder,
    rows: Rows,
}

impl Reader {
    /// A reader that has learned nothing yet.
    pub fn new(set: &ReadSet) -> Reader {
        let Tree { nodes, tables, .. } = set.tree();
        Reader {
            set: set.clone(),
            learned: vec![Keys::default(); nodes.len()],
            learned_items: vec![Keys::default(); tables.len()],
            finder: Finder::default(),
            rows: Rows::default(),
        }
    }

    /// What was noted of arrays in the line that was read last.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Checks that `text[range]` is one JSON value with white space around it, fills every slot of the set, and returns the value.
    ///
    /// A slot whose path finds nothing is set to [`Value::MISSING`]; after an error the slots of the set hold anything. Of members with equal names the last counts. What follows the range may be anything; with
    /// [`PADDING`](super::PADDING) bytes of it there is no slow path at the end.
    ///
    /// Panics where `range` is not within `text`, or `slots` is too short for the set.
    pub fn read(
        &mut self,
        text: &[u8],
        range: Range<usize>,
        utf8: Utf8<'_>,
        source: Source,
        slots: &mut [Value],
    ) -> Result<Value, Malformed> {
        if let Utf8::Indexed(index) = utf8
            && let Some(value) = self.finder.find(text, &index.line(), self.set.tree(), source, (slots, &mut self.rows))
        {
            return Ok(value);
        }
        let end = range.end;
        self.check(text, range, utf8, source, slots).map_err(|fault| fault.explain(text, end))
    }

    /// Fills every slot of the set from a value that is known to be valid JSON.
    pub fn project(&mut self, text: &[u8], value: Value, slots: &mut [Value]) {
        forget(self.set.tree().all_slots(), slots);
        if !value.is_missing() && !self.set.is_empty() {
            project(self.set.tree(), 0, text, value, slots);
        }
    }

    #[inline(never)]
    fn check(
        &mut self,
        text: &[u8],
        range: Range<usize>,
        utf8: Utf8<'_>,
        source: Source,
        slots: &mut [Value],
    ) -> Result<Value, Fault> {
        // Before anything is compared or decoded.
        if matches!(utf8, Utf8::Unknown) {
            check_utf8(text, range.clone())?;
        }
        if range.len() > Value::LENGTH_MAX || range.end >= u32::MAX as usize {
            return Err(Fault::new(range.start, Reason::Length));
        }
        let text = Text::new(text, range.end);
        let start = text.blank(range.start);
        let Reader { set, learned, learned_items, rows, .. } = self;
        rows.clear(set.tree().tables.len());
        let mut pass = Pass { text, tree: set.tree(), learned, learned_items, rows, source, slots };
        let end = pass.part(start, 0, 0)?;
        let rest = text.blank(end);
        if rest != text.end() {
            return Err(Fault::new(rest, Reason::End));
        }
        Ok(Value::new(source, start, end))
    }
}

fn check_utf8(text: &[u8], range: Range<usize>) -> Result<(), Fault> {
    let Err(_) = simdutf8::basic::from_utf8(&text[range.clone()]) else { return Ok(()) };
    // Once more, to say where.
    let valid = simdutf8::compat::from_utf8(&text[range.clone()]).map_or_else(|error| error.valid_up_to(), str::len);
    Err(Fault::new(range.start + valid, Reason::Utf8))
}

#[inline(always)]
fn forget(which: &[u16], slots: &mut [Value]) {
    for &slot in which {
        slots[slot as usize] = Value::MISSING;
    }
}

/// What comes next in an object.
enum Next {
    /// A member: where its value begins, what is read of it, and what to expect behind it.
    Member { value: usize, want: Want, before: Before },
    /// The end, which is here.
    End(usize),
}

/// One reading of one text.
struct Pass<'a> {
    text: Text<'a>,
    tree: &'a Tree,
    learned: &'a mut [Keys],
    learned_items: &'a mut [Keys],
    rows: &'a mut Rows,
    source: Source,
    slots: &'a mut [Value],
}

impl Pass<'_> {
    /// Reads the value at `at`, which belongs to `node` and lies in `depth` others; answers where it ends.
    ///
    /// Calls itself through [`Self::object`] and [`Self::array`] no deeper than the read set's longest path.
    fn part(&mut self, at: usize, node: NodeId, depth: usize) -> Result<usize, Fault> {
        let tree = self.tree;
        let wanted = &tree.nodes[node];
        // An earlier member of this name does not count any more, nor what was found in it.
        forget(tree.slots_beneath(wanted), self.slots);
        let end = match self.text.at(at) {
            b'{' if !wanted.keys.is_empty() => self.object(at, node, wanted, depth)?,
            b'[' if !wanted.indices.is_empty() => self.array(at, wanted, depth)?,
            b'[' => match wanted.table {
                Some(table) if self.source == Source::Line => self.items(at, table, depth)?,
                _ => self.text.value(at, depth)?,
            },
            _ => self.text.value(at, depth)?,
        };
        for &slot in tree.own_slots(wanted) {
            self.slots[slot as usize] = Value::new(self.source, at, end);
        }
        Ok(end)
    }

    fn object(&mut self, at: usize, node: NodeId, wanted: &Node, depth: usize) -> Result<usize, Fault> {
        let tree = self.tree;
        let mut keys = std::mem::take(&mut self.learned[node]);
        let find = |name: &[u8]| tree.want(wanted.member(name));
        let end = self.members(at, &mut keys, &find, |pass, text, at, want| pass.member(text, at, want, depth + 1));
        self.learned[node] = keys;
        end
    }

    /// Reads the object that opens at `at`; `find` says what is read of a member, `take` reads its value. A key that comes
    /// after the same one as last time costs one comparison.
    #[inline(always)]
    fn members(
        &mut self,
        mut at: usize,
        keys: &mut Keys,
        find: &dyn Fn(&[u8]) -> Want,
        take: impl Fn(&mut Self, &Text<'_>, usize, Want) -> Result<usize, Fault>,
    ) -> Result<usize, Fault> {
        let text = self.text;
        let mut before = Before::NOTHING;
        loop {
            at = match keys.guess(before, text, at) {
                Some((key, behind)) => {
                    before = behind;
                    take(self, &text, text.blank(at + key.length()), key.want)?
                }
                None if text.at(at) == b'}' => return Ok(at + 1),
                None => match self.new_key(at, keys, find, before)? {
                    Next::Member { value, want, before: now } => {
                        before = now;
                        take(self, &text, value, want)?
                    }
                    Next::End(end) => return Ok(end),
                },
            };
        }
    }

    /// Reads the value at `at`, of which so much is wanted.
    #[inline(always)]
    fn member(&mut self, text: &Text<'_>, at: usize, want: Want, depth: usize) -> Result<usize, Fault> {
        let slot = match want {
            Want::Node(node) => return self.part(at, node as NodeId, depth),
            Want::Nothing => return text.value(at, depth),
            Want::Slot(slot) => slot,
        };
        let end = text.value(at, depth)?;
        self.slots[slot as usize] = Value::new(self.source, at, end);
        Ok(end)
    }

    /// Reads what stands between the value that ends at `at`, or the brace there, and the next value.
    #[inline(never)]
    fn new_key(
        &self,
        from: usize,
        keys: &mut Keys,
        find: &dyn Fn(&[u8]) -> Want,
        before: Before,
    ) -> Result<Next, Fault> {
        let text = self.text;
        let is_first = before.is_nothing();
        let mut at = if is_first { text.blank(from + 1) } else { text.blank(from) };
        match text.at(at) {
            b'}' => return Ok(Next::End(at + 1)),
            b',' if !is_first => at = text.blank(at + 1),
            _ if !is_first => return Err(Fault::new(at, unclosed(true))),
            _ => {}
        }
        if text.at(at) != b'"' {
            return Err(Fault::new(at, Reason::Key));
        }
        let (end, escaped) = text.string(at)?;
        let value = text.colon(end)?;
        if escaped {
            let want = find(decode(&text.bytes[at..end]).as_bytes());
            return Ok(Next::Member { value, want, before: Before::UNKNOWN });
        }
        let want = find(&text.bytes[at + 1..end - 1]);
        let before = keys.learn(before, &text.bytes[from..value], want);
        Ok(Next::Member { value, want, before })
    }

    /// Reads the array at `at`, which is this table: notes where its items lie.
    fn items(&mut self, at: usize, table: u16, depth: usize) -> Result<usize, Fault> {
        let (text, array) = (self.text, self.rows.open(table, at));
        let mut at = text.blank(at + 1);
        let mut count = 0;
        if text.at(at) != b']' {
            loop {
                let end = self.item(at, table, depth + 1)?;
                count += 1;
                at = text.blank(end);
                match text.at(at) {
                    b',' => at = text.blank(at + 1),
                    b']' => break,
                    _ => return Err(Fault::new(at, unclosed(false))),
                }
            }
        }
        self.rows.close(array, count);
        Ok(at + 1)
    }

    fn item(&mut self, at: usize, table: u16, depth: usize) -> Result<usize, Fault> {
        let columns = &self.tree.tables[table as usize];
        let is_object = self.text.at(at) == b'{';
        let cells = is_object.then(|| self.rows.object(table, at, columns.tables.len())).flatten();
        let Some(cells) = cells else {
            let end = self.text.value(at, depth)?;
            self.rows.plain(table, at, end);
            return Ok(end);
        };
        let mut keys = std::mem::take(&mut self.learned_items[table as usize]);
        let find = |name: &[u8]| columns.want(name);
        let take = |pass: &mut Self, text: &Text<'_>, at, want| pass.cell(text, at, want, (columns, cells), depth + 1);
        let end = self.members(at, &mut keys, &find, take);
        self.learned_items[table as usize] = keys;
        self.rows.object_ends(cells, end?);
        end
    }

    /// Reads a member of an item.
    #[inline(always)]
    fn cell(
        &mut self,
        text: &Text<'_>,
        at: usize,
        want: Want,
        (columns, cells): (&Columns, Cells),
        depth: usize,
    ) -> Result<usize, Fault> {
        let (column, table) = match want {
            Want::Nothing => return text.value(at, depth),
            Want::Slot(column) => (column, None),
            Want::Node(column) => (column as u16, columns.tables[column as usize]),
        };
        let end = match table {
            Some(table) if text.at(at) == b'[' => self.items(at, table, depth)?,
            _ => text.value(at, depth)?,
        };
        self.rows.set(cells, column, Value::new(self.source, at, end));
        Ok(end)
    }

    fn array(&mut self, at: usize, wanted: &Node, depth: usize) -> Result<usize, Fault> {
        let text = self.text;
        let mut at = text.blank(at + 1);
        if text.at(at) == b']' {
            return Ok(at + 1);
        }
        let mut awaited = wanted.indices.iter().copied().peekable();
        for index in 0.. {
            let end = match awaited.next_if(|&(next, _)| next == index) {
                None => text.value(at, depth + 1)?,
                Some((_, child)) => self.part(at, child, depth + 1)?,
            };
            at = text.blank(end);
            match text.at(at) {
                b',' => at = text.blank(at + 1),
                b']' => return Ok(at + 1),
                _ => break,
            }
        }
        Err(Fault::new(at, unclosed(false)))
    }
}

const _: () = assert!(DEPTH_MAX > 64, "a path of the read set leads less deep than a text may be");

/// As [`Pass::part`], where nothing needs to be checked.
fn project(tree: &Tree, node: NodeId, text: &[u8], value: Value, slots: &mut [Value]) {
    let wanted = &tree.nodes[node];
    forget(tree.slots_beneath(wanted), slots);
    for &slot in tree.own_slots(wanted) {
        slots[slot as usize] = value;
    }
    let bytes = &text[value.range()];
    if !wanted.keys.is_empty() {
        for (name, member) in members(bytes) {
            if let Some(child) = wanted.member(decode(&bytes[name]).as_bytes()) {
                project(tree, child, text, value.part(member), slots);
            }
        }
    }
    let mut awaited = wanted.indices.iter().copied().peekable();
    for (index, element) in (0..).zip(elements(bytes)) {
        let Some(&(next, child)) = awaited.peek() else { break };
        if next == index {
            awaited.next();
            project(tree, child, text, value.part(element), slots);
        }
    }
}
