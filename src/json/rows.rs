//! What a reader notes of arrays whose items a program looks into: where the items lie, and those members that are read.
//!
//! Whoever goes through an array would have to go over its text a second time to find its items, and over each item for
//! each member. The reader passes there anyway.

use super::value::{Source, Value};
use std::cell::Cell;

/// An array of which each item is noted, with some of its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The names that lead to it; arrays that are tables themselves may be on the way.
    pub path: Vec<Box<str>>,
    /// The (decoded) names of the members that are noted of items that are objects.
    pub columns: Vec<Box<str>>,
}

/// A member of the items of a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Which table of the read set.
    pub table: u16,
    /// Which of its columns.
    pub place: u16,
}

impl Column {
    /// Of no table.
    pub const NONE: Column = Column { table: u16::MAX, place: u16::MAX };
}

/// What was noted in one text. Room for it is kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// In the order of the text.
    arrays: Vec<Array>,
    tables: Vec<Items>,
    /// The array that was looked for last: the next one is mostly the next.
    latest: Cell<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Array {
    start: u32,
    table: u16,
    first: u32,
    count: u32,
}

/// The items of all arrays of one table, in the order of the text.
#[derive(Clone, Debug, Default)]
struct Items {
    rows: Vec<Row>,
    cells: Vec<Value>,
    latest: Cell<usize>,
}

/// An item.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    item: Value,
    /// Where its members are, if it is an object.
    cells: u32,
}

/// Where the items of an array are.
#[derive(Clone, Copy, Debug)]
pub struct ItemRange {
    table: u16,
    first: u32,
    count: u32,
}

/// An array that is being read.
#[derive(Clone, Copy)]
pub(super) struct Opened(usize);

/// Where the members of an object go.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    table: u16,
    row: usize,
    first: usize,
}

/// What is noted of one text at most; the items of the arrays behind have to be looked for.
const CELLS_MAX: usize = 1 << 16;
/// No members are noted.
const NO_CELLS: u32 = u32::MAX;

impl Row {
    /// The item.
    #[inline]
    pub fn item(self) -> Value {
        self.item
    }

    /// Whether it is an object.
    #[inline]
    pub fn is_object(self) -> bool {
        self.cells != NO_CELLS
    }
}

impl Rows {
    /// The items of an array, if they were noted.
    #[inline]
    pub fn items(&self, array: Value) -> Option<&[Row]> {
        if array.source() != Source::Line {
            return None;
        }
        let found = find(&self.arrays, &self.latest, array, |array| array.start)?;
        let Array { table, first, count, .. } = self.arrays[found];
        self.tables[table as usize].rows.get(first as usize..(first + count) as usize)
    }

    /// Where the items of an array are, if they were noted: for whoever goes through them one by one.
    pub fn range(&self, array: Value) -> Option<ItemRange> {
        self.items(array)?;
        let Array { table, first, count, .. } = self.arrays[self.latest.get()];
        Some(ItemRange { table, first, count })
    }

    /// One of them.
    #[inline(always)]
    pub fn row(&self, noted: ItemRange, place: usize) -> Option<Row> {
        let is_there = place < noted.count as usize;
        is_there.then(|| self.tables[noted.table as usize].rows[noted.first as usize + place])
    }

    /// The member of an item, of whose table this column is; missing where it has none.
    #[inline(always)]
    pub fn cell(&self, row: Row, column: Column) -> Value {
        if !row.is_object() {
            return Value::MISSING;
        }
        self.tables[column.table as usize].cells[row.cells as usize + column.place as usize]
    }

    /// The member of an object, if it was noted whether there is one; a missing value says that there is none.
    #[inline]
    pub fn member(&self, object: Value, column: Column) -> Option<Value> {
        let items = self.tables.get(column.table as usize)?;
        if object.source() != Source::Line {
            return None;
        }
        let found = find(&items.rows, &items.latest, object, |row| row.item.range().start as u32)?;
        items.cells.get(items.rows[found].cells as usize + column.place as usize).copied()
    }

    /// Forgets all, for a text in which so many tables are looked for.
    pub(super) fn clear(&mut self, tables: usize) {
        self.tables.resize(tables, Items::default());
        self.arrays.clear();
        for items in &mut self.tables {
            items.rows.clear();
            items.cells.clear();
        }
    }

    /// Becomes what another says in tokens instead of bytes.
    #[inline]
    pub(super) fn fill(&mut self, tokens: &Rows, place: impl Fn(usize) -> usize, value: impl Fn(Value) -> Value) {
        self.clear(tokens.tables.len());
        let start = |array: &Array| Array { start: place(array.start as usize) as u32, ..*array };
        self.arrays.extend(tokens.arrays.iter().map(start));
        for (items, tokens) in self.tables.iter_mut().zip(&tokens.tables) {
            items.rows.extend(tokens.rows.iter().map(|row| Row { item: value(row.item), ..*row }));
            items.cells.extend(tokens.cells.iter().map(|cell| value(*cell)));
        }
    }

    /// How many arrays, items and members are noted.
    pub(super) fn size(&self) -> usize {
        let sizes = self.tables.iter().map(|items| items.rows.len() + items.cells.len());
        self.arrays.len() + sizes.sum::<usize>()
    }

    /// Begins an array.
    pub(super) fn open(&mut self, table: u16, start: usize) -> Opened {
        let opened = Opened(self.arrays.len());
        if self.arrays.len() < CELLS_MAX {
            let first = self.tables[table as usize].rows.len() as u32;
            self.arrays.push(Array { start: start as u32, table, first, count: 0 });
        }
        opened
    }

    /// Ends it. One of which not all items were noted finds none of them.
    pub(super) fn close(&mut self, opened: Opened, count: u32) {
        let Some(array) = self.arrays.get_mut(opened.0) else { return };
        let noted = self.tables[array.table as usize].rows.len() as u32 - array.first;
        array.count = count;
        if noted != count {
            array.first = u32::MAX - count;
        }
    }

    /// An item that begins here, an object; so many of its members are noted. None: there is no room.
    pub(super) fn object(&mut self, table: u16, start: usize, columns: usize) -> Option<Cells> {
        let items = &mut self.tables[table as usize];
        let first = items.cells.len();
        if items.rows.len() + first >= CELLS_MAX {
            return None;
        }
        items.cells.resize(first + columns, Value::MISSING);
        items.rows.push(Row { item: Value::new(Source::Line, start, start), cells: first as u32 });
        Some(Cells { table, row: items.rows.len() - 1, first })
    }

    /// Its end.
    pub(super) fn object_ends(&mut self, object: Cells, end: usize) {
        let item = &mut self.tables[object.table as usize].rows[object.row].item;
        *item = Value::new(Source::Line, item.range().start, end);
    }

    /// One of its members.
    #[inline(always)]
    pub(super) fn set(&mut self, object: Cells, column: u16, value: Value) {
        self.tables[object.table as usize].cells[object.first + column as usize] = value;
    }

    /// An item that is no object.
    pub(super) fn plain(&mut self, table: u16, start: usize, end: usize) {
        let items = &mut self.tables[table as usize];
        if items.rows.len() + items.cells.len() < CELLS_MAX {
            items.rows.push(Row { item: Value::new(Source::Line, start, end), cells: NO_CELLS });
        }
    }
}

/// Which of these, sorted by where they begin, begins where the value does. Mostly it is the latest or the one behind it.
#[inline]
fn find<T>(sorted: &[T], latest: &Cell<usize>, value: Value, start: impl Fn(&T) -> u32) -> Option<usize> {
    let wanted = value.range().start as u32;
    let from = latest.get();
    let near =
        [from, from + 1].into_iter().find(|place| sorted.get(*place).is_some_and(|known| start(known) == wanted));
    let found = near.or_else(|| sorted.binary_search_by_key(&wanted, start).ok())?;
    latest.set(found);
    Some(found)
}
