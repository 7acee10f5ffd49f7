//! Objects: made of constants names, or by grouping values under the keys they give.

use super::{Evaluator, Scene};
use crate::builtin::jsonata::{Cursor, Fault, Flags, Item, ObjectId, Outcome, json_of, too_deep};
use crate::program::{Name, Register};
use std::collections::HashMap;

/// Values under the keys they were given, in the order in which the keys came.
#[derive(Debug, Default)]
pub(super) struct Table {
    groups: Vec<Entry>,
    places: HashMap<Box<[u8]>, usize>,
    /// The next group to be given out.
    next: usize,
}

#[derive(Debug)]
struct Entry {
    key: Item,
    values: Item,
    pair: u8,
}

impl Evaluator {
    /// An object with these names and the values from `first` on, but for those that are nothing.
    pub(super) fn object(&mut self, first: Register, names: &[Name]) -> Outcome<Item> {
        let object = self.heap.object_with_room(names.len())?;
        for (place, name) in names.iter().enumerate() {
            let value = self.heap.open(self.at(Register(first.0 + place as u16)));
            if !value.is_undefined() {
                self.heap.add(object, name.quoted, value)?;
            }
        }
        Ok(Item::Object(object))
    }

    /// The context of the values of an object whose names are constants: every item of an array comes under the same
    /// name, so that they make one group.
    pub(super) fn narrow(&mut self, from: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let mut cursor = Default::default();
        let mut group = Item::Undefined;
        while let Some(item) = self.heap.next(from, &mut cursor, scene.texts) {
            group = self.appended(group, item, scene)?;
        }
        Ok(group)
    }

    /// One value and another: together an array; nothing adds nothing.
    pub(super) fn appended(&mut self, left: Item, right: Item, scene: &Scene<'_>) -> Outcome<Item> {
        if left.is_undefined() {
            return Ok(right);
        }
        if right.is_undefined() {
            return Ok(left);
        }
        let array = self.heap.array(Flags::default());
        for value in [left, right] {
            self.append(Item::Array(array), value, scene)?;
        }
        Ok(Item::Array(array))
    }

    /// Adds to an array: the items of an array one by one.
    pub(super) fn append(&mut self, array: Item, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        let Item::Array(array) = array else { return Ok(()) };
        let mut cursor = Default::default();
        while let Some(item) = self.heap.next(value, &mut cursor, scene.texts) {
            self.charge(1)?;
            self.heap.push(array, item)?;
        }
        Ok(())
    }

    /// Adds to an array: an array as one item.
    pub(super) fn push(&mut self, array: Item, value: Item) -> Outcome<()> {
        match array {
            Item::Array(array) if !value.is_undefined() => self.heap.push(array, value),
            _ => Ok(()),
        }
    }

    /// Begins to group. Where there is nothing to be grouped, nothing is, once.
    pub(super) fn group(&mut self, group: Register, over: Register, scene: &Scene<'_>) {
        if self.heap.count(self.at(over), scene.texts) == 0 {
            self.set(over, Item::Undefined);
        }
        self.tables.push(Table::default());
        self.set(group, Item::Cursor(Cursor::new(self.tables.len() as u32 - 1, 0)));
    }

    /// Which table a group has.
    fn table(&self, group: Register) -> Option<usize> {
        match self.at(group) {
            Item::Cursor(cursor) => Some(cursor.index() as usize),
            _ => None,
        }
    }

    /// Adds the value behind the key to the key's group; every group belongs to one pair.
    pub(super) fn classify(&mut self, group: Register, key: Register, pair: u8, scene: &Scene<'_>) -> Outcome<()> {
        let (name, value) = (self.heap.open(self.at(key)), self.at(Register(key.0 + 1)));
        if name.is_undefined() {
            return Ok(());
        }
        let json = |evaluator: &Evaluator| json_of(&evaluator.heap, name, scene.texts);
        if !name.is_string() {
            return Err(Fault::new("T1003").with("value", json(self)));
        }
        let Some(table) = self.table(group) else { return Ok(()) };
        let text = self.heap.bytes(name, scene.texts).into_owned().into_boxed_slice();
        let table = &mut self.tables[table];
        let known = table.places.get(&text).copied();
        let Some(place) = known else {
            table.places.insert(text, table.groups.len());
            table.groups.push(Entry { key: name, values: value, pair });
            return self.charge(1);
        };
        let entry = &mut table.groups[place];
        if entry.pair != pair {
            return Err(Fault::new("D1009").with("value", json(self)));
        }
        let values = std::mem::take(&mut entry.values);
        let more = self.regrouped(values, value, scene)?;
        let Some(table) = self.table(group) else { return Ok(()) };
        self.tables[table].groups[place].values = more;
        Ok(())
    }

    /// The values of a group and one more. An array that grouping made grows; any other is left alone.
    fn regrouped(&mut self, values: Item, value: Item, scene: &Scene<'_>) -> Outcome<Item> {
        if value.is_undefined() {
            return Ok(values);
        }
        if let Item::Array(array) = values
            && self.heap.flags(array).open
        {
            self.append(values, value, scene)?;
            return Ok(values);
        }
        let array = self.heap.array(Flags { open: true, ..Flags::default() });
        for value in [values, value] {
            self.append(Item::Array(array), value, scene)?;
        }
        Ok(Item::Array(array))
    }

    /// Takes the next group; false when there is none.
    pub(super) fn next_group(&mut self, group: Register) -> Outcome<bool> {
        let Some(number) = self.table(group) else { return Ok(false) };
        let table = &mut self.tables[number];
        let Some(Entry { key, values, pair }) = table.groups.get(table.next) else { return Ok(false) };
        let (key, values, pair) = (*key, *values, *pair);
        table.next += 1;
        if let Item::Array(array) = values {
            let flags = self.heap.flags(array);
            self.heap.set_flags(array, Flags { open: false, ..flags });
        }
        self.set(Register(group.0 + 1), key);
        self.set(Register(group.0 + 2), values);
        self.set(Register(group.0 + 3), Item::number(pair.into()));
        Ok(true)
    }

    /// Sets a member of an object, which is made with its first; nothing is no member.
    pub(super) fn member(&mut self, object: Register, name: Item, value: Item) -> Outcome<()> {
        let made = match self.at(object) {
            Item::Object(made) => made,
            _ => {
                let made = self.heap.object();
                self.set(object, Item::Object(made));
                made
            }
        };
        let value = self.heap.open(value);
        if value.is_undefined() || name.is_undefined() {
            return Ok(());
        }
        self.heap.add(made, name, value)
    }

    /// Puts the members of an object into another (`|…|{…}|`).
    pub(super) fn merge(&mut self, object: Item, update: Item, scene: &Scene<'_>) -> Outcome<()> {
        if update.is_undefined() {
            return Ok(());
        }
        let Some(update) = self.heap.unfold(update, scene.texts)? else {
            return Err(Fault::new("T2011").with("value", json_of(&self.heap, update, scene.texts)));
        };
        let Item::Object(object) = object else { return Ok(()) };
        for place in (0..self.heap.members(update).len()).step_by(2) {
            let (name, value) = (self.heap.members(update)[place], self.heap.members(update)[place + 1]);
            self.charge(1)?;
            if self.holds(value, object)? {
                // An object that is part of itself has no end.
                return Err(too_deep());
            }
            self.heap.set(object, name, value, scene.texts)?;
        }
        Ok(())
    }

    /// Whether a value is the object or has it among its parts.
    fn holds(&mut self, value: Item, object: ObjectId) -> Outcome<bool> {
        self.charge(1)?;
        let parts = match value {
            Item::Object(id) if id == object => return Ok(true),
            Item::Object(id) => self.heap.members(id).len(),
            Item::Array(id) => self.heap.len(id),
            _ => 0,
        };
        for place in 0..parts {
            let part = match value {
                Item::Object(id) => self.heap.members(id)[place],
                Item::Array(id) => self.heap.items(id)[place],
                _ => break,
            };
            if self.holds(part, object)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes members from an object (`|…|…, […]|`).
    pub(super) fn delete(&mut self, object: Item, names: Item, scene: &Scene<'_>) -> Outcome<()> {
        if names.is_undefined() {
            return Ok(());
        }
        let list = self.heap.spread(names, scene.texts)?;
        if !self.heap.items(list).iter().all(|name| name.is_string()) {
            return Err(Fault::new("T2012").with("value", json_of(&self.heap, names, scene.texts)));
        }
        let Item::Object(object) = object else { return Ok(()) };
        for place in 0..self.heap.len(list) {
            let name = self.heap.bytes(self.heap.items(list)[place], scene.texts).into_owned();
            self.heap.remove(object, &name, scene.texts);
        }
        Ok(())
    }

    /// A copy of a value all parts of which lie on the heap; no deeper than values may nest.
    pub(super) fn clone_deep(&mut self, value: Item, scene: &Scene<'_>) -> Outcome<Item> {
        self.charge(1)?;
        if value.is_array() {
            let copy = self.heap.array(Flags::default());
            let mut cursor = Default::default();
            while let Some(item) = self.heap.next(value, &mut cursor, scene.texts) {
                let item = self.clone_deep(item, scene)?;
                self.heap.push(copy, item)?;
            }
            return Ok(Item::Array(copy));
        }
        let Some(object) = self.heap.unfold(value, scene.texts)? else { return Ok(value) };
        let copy = self.heap.object();
        for place in (0..self.heap.members(object).len()).step_by(2) {
            let (name, member) = (self.heap.members(object)[place], self.heap.members(object)[place + 1]);
            let member = self.clone_deep(member, scene)?;
            self.heap.add(copy, name, member)?;
        }
        Ok(Item::Object(copy))
    }
}
