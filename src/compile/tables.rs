//! Which arrays of the input expressions go through, and which members of their items they read.
//!
//! The reader notes these on its one pass. That is all it is: where an array or a member was not noted, because there were
//! too many or because a value is not where it was thought to be, it is found in the text.

use crate::json::{Column, Table};

/// What is known of the input's arrays.
#[derive(Debug, Default)]
pub(super) struct Tables {
    paths: Vec<Path>,
    /// Those that are gone through.
    pub read: Vec<Table>,
}

/// A path of names in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PathId(u16);

#[derive(Debug)]
struct Path {
    names: Vec<Box<str>>,
    table: Option<u16>,
}

/// How many paths, tables, and columns of one table there may be; and names of a path, each of which is a call when read.
const PATHS_MAX: usize = 512;
const TABLES_MAX: usize = 64;
const COLUMNS_MAX: usize = 16;
const NAMES_MAX: usize = 24;

impl Tables {
    /// The path of these names.
    pub fn path(&mut self, names: Vec<Box<str>>) -> Option<PathId> {
        let known = self.paths.iter().position(|path| path.names == names);
        let place = known.or_else(|| {
            let has_room = self.paths.len() < PATHS_MAX && names.len() <= NAMES_MAX;
            has_room.then(|| {
                self.paths.push(Path { names, table: None });
                self.paths.len() - 1
            })
        })?;
        Some(PathId(place as u16))
    }

    /// Its names.
    pub fn names(&self, path: PathId) -> &[Box<str>] {
        &self.paths[path.0 as usize].names
    }

    /// The path with one name more.
    pub fn below(&mut self, path: PathId, name: &str) -> Option<PathId> {
        let names = &self.paths[path.0 as usize].names;
        self.path(names.iter().map(|name| &**name).chain([name]).map(Box::from).collect())
    }

    /// Notes that the items of an array at this path are gone through; which table it is.
    pub fn table(&mut self, path: PathId) -> Option<u16> {
        let Path { names, table } = &mut self.paths[path.0 as usize];
        if table.is_none() && self.read.len() < TABLES_MAX {
            *table = Some(self.read.len() as u16);
            self.read.push(Table { path: names.clone(), columns: Vec::new() });
        }
        *table
    }

    /// Notes that this member of the items is read; where it will be found.
    pub fn column(&mut self, path: PathId, name: &str) -> Column {
        let Some(table) = self.table(path) else { return Column::NONE };
        let columns = &mut self.read[table as usize].columns;
        let known = columns.iter().position(|column| **column == *name);
        let place = known.unwrap_or(columns.len());
        if place == COLUMNS_MAX {
            return Column::NONE;
        }
        if known.is_none() {
            columns.push(name.into());
        }
        Column { table, place: place as u16 }
    }
}
