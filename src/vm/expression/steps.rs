//! Steps of paths: what they find, how their results are gathered, what filters let through.

use super::{Evaluator, Scene};
use crate::builtin::jsonata::limit::out_of_time;
use crate::builtin::jsonata::{ArrayId, Flags, Item, Outcome, boolean};
use crate::json::Source;
use crate::program::{Name, Noted, Reach, Register};

const OPEN: Flags = Flags { sequence: true, open: true, keep_singleton: false, constructed: false, tuples: false };

impl Evaluator {
    /// What the names lead to from the item, as a path of them would say.
    pub(super) fn follow(&mut self, from: Item, names: &[Name], scene: &Scene<'_>) -> Outcome<Item> {
        let mut at = from;
        // As long as there are only objects, there is nothing to gather.
        for (place, name) in names.iter().enumerate() {
            match at {
                Item::Keyed(_) | Item::Object(_) => at = self.of_object(at, name, scene),
                Item::Listed(_) | Item::Array(_) => return self.follow_all(at, &names[place..], scene),
                _ => return Ok(Item::Undefined),
            }
        }
        Ok(at)
    }

    /// The same for the names of a [`Reach`].
    pub(super) fn reach(&mut self, scene: &Scene<'_>, reach: &Reach) -> Outcome<Item> {
        let present = reach.through.iter().rposition(|slot| !scene.slots[slot.0 as usize].is_missing());
        let Some(place) = present else { return Ok(Item::Undefined) };
        let from = Item::of(scene.slots[reach.through[place].0 as usize], scene.texts);
        // An object was looked into when it was read.
        if !from.is_array() {
            return Ok(Item::Undefined);
        }
        let names = &reach.names[place..];
        if reach.wrapped && place == 0 {
            let found = self.look_up(from, &names[0], scene)?;
            return self.follow(found, &names[1..], scene);
        }
        self.follow_all(from, names, scene)
    }

    fn follow_all(&mut self, from: Item, names: &[Name], scene: &Scene<'_>) -> Outcome<Item> {
        let mut found = Item::Undefined;
        self.follow_each(from, names, &mut found, scene)?;
        Ok(self.finished(found))
    }

    /// Adds what the names lead to from every item. Calls itself once for each name at most.
    fn follow_each(&mut self, from: Item, names: &[Name], found: &mut Item, scene: &Scene<'_>) -> Outcome<()> {
        let Some((name, rest)) = names.split_first() else { return self.gather_into(found, from, scene) };
        let from = self.unfolded(from, scene)?;
        let mut cursor = Default::default();
        let single = matches!(from, Item::Array(array) if self.heap.flags(array).constructed);
        while let Some(item) = if single { Some(from) } else { self.heap.next(from, &mut cursor, scene.texts) } {
            self.charge(1)?;
            let value = self.look_up(item, name, scene)?;
            if !value.is_undefined() {
                self.follow_each(value, rest, found, scene)?;
            }
            if single {
                break;
            }
        }
        Ok(())
    }

    /// The member of an object: where the reader noted it, else it is looked for.
    #[inline]
    fn of_object(&self, object: Item, name: &Name, scene: &Scene<'_>) -> Item {
        let Noted { column, slots } = name.noted;
        let Item::Keyed(value) = object else { return self.heap.get(object, &name.text, scene.texts) };
        if let Some(member) = scene.rows.member(value, column) {
            return Item::of(member, scene.texts);
        }
        match slots {
            // Once an execution has waited, what is not read any more is not in its slot.
            Some((outer, inner)) if value.source() == Source::Line && scene.slots[outer.0 as usize] == value => {
                Item::of(scene.slots[inner.0 as usize], scene.texts)
            }
            _ => self.heap.get(object, &name.text, scene.texts),
        }
    }

    /// An array as one of the heap, of the items that the reader noted, if it did; anything else as it is.
    #[inline]
    pub(super) fn unfolded(&mut self, item: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let Item::Listed(value) = item else { return Ok(item) };
        match scene.rows.items(value) {
            Some(rows) => self.heap.listed(value, rows, scene.texts),
            None => self.heap.unfolded(item, scene.texts),
        }
    }

    /// Work that takes longer than an instruction.
    pub(super) fn charge(&mut self, steps: u64) -> Outcome<()> {
        self.budget = self.budget.checked_sub(steps).ok_or_else(out_of_time)?;
        Ok(())
    }

    /// The member of an object, or those of all objects in an array.
    fn look_up(&mut self, item: Item, name: &Name, scene: &Scene<'_>) -> Outcome<Item> {
        if !item.is_array() {
            return Ok(self.of_object(item, name, scene));
        }
        let found = Item::Array(self.heap.array(OPEN));
        let item = self.unfolded(item, scene)?;
        let mut cursor = Default::default();
        while let Some(item) = self.heap.next(item, &mut cursor, scene.texts) {
            self.charge(1)?;
            // Arrays in arrays are no deeper than what a text or the heap may nest.
            let value = self.look_up(item, name, scene)?;
            self.gather_into(&mut { found }, value, scene)?;
        }
        Ok(self.finished(found))
    }

    /// Adds a step's result to those before it: the items of an array one by one.
    pub(super) fn gather(&mut self, to: Register, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        let mut gathered = self.at(to);
        self.gather_into(&mut gathered, value, scene)?;
        self.set(to, gathered);
        Ok(())
    }

    /// The first result is kept as it is: if no other follows, an array stays what it is.
    fn gather_into(&mut self, gathered: &mut Item, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        if value.is_undefined() {
            return Ok(());
        }
        let array = match *gathered {
            Item::Undefined => {
                *gathered = value;
                return Ok(());
            }
            Item::Array(array) if self.heap.flags(array).open => array,
            first => {
                let array = self.heap.array(OPEN);
                self.flatten(array, first, scene)?;
                *gathered = Item::Array(array);
                array
            }
        };
        self.flatten(array, value, scene)
    }

    /// Appends a value, or the items of an array.
    fn flatten(&mut self, array: ArrayId, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        match value {
            Item::Array(items) if !self.heap.flags(items).constructed => {
                for place in 0..self.heap.len(items) {
                    let item = self.heap.items(items)[place];
                    self.heap.push(array, item)?;
                }
                Ok(())
            }
            Item::Listed(_) => {
                let unfolded = self.unfolded(value, scene)?;
                self.flatten(array, unfolded, scene)
            }
            single => self.heap.push(array, single),
        }
    }

    /// Adds what a filter lets through: an array as one item.
    pub(super) fn keep(&mut self, to: Register, value: Item) -> Outcome<()> {
        let array = match self.at(to) {
            Item::Array(array) if self.heap.flags(array).open => array,
            _ => {
                let array = self.heap.array(OPEN);
                self.set(to, Item::Array(array));
                array
            }
        };
        self.heap.push(array, value)
    }

    /// Lets an item through whose predicate is true, or names its place.
    pub(super) fn admit(
        &mut self,
        to: Register,
        iterator: Register,
        predicate: Register,
        scene: &Scene<'_>,
    ) -> Outcome<()> {
        let item = self.at(Register(iterator.0 + 2));
        let predicate = self.heap.open(self.at(predicate));
        let Some(places) = self.places(predicate, scene)? else {
            return if boolean(&self.heap, predicate, scene.texts) { self.keep(to, item) } else { Ok(()) };
        };
        let Item::Cursor(cursor) = self.at(Register(iterator.0 + 1)) else { return Ok(()) };
        let count = self.heap.count(self.at(iterator), scene.texts) as f64;
        self.charge(places.len() as u64)?;
        for place in places {
            let place = if place.floor() < 0.0 { count + place.floor() } else { place.floor() };
            if place == f64::from(cursor.index() - 1) {
                self.keep(to, item)?;
            }
        }
        Ok(())
    }

    /// The places that a predicate names: a number, or an array of numbers.
    fn places(&mut self, predicate: Item, scene: &Scene<'_>) -> Outcome<Option<Vec<f64>>> {
        if let Some(place) = self.heap.number(predicate, scene.texts) {
            return Ok(Some(vec![place]));
        }
        if !predicate.is_array() {
            return Ok(None);
        }
        let array = self.heap.spread(predicate, scene.texts)?;
        let numbers = self.heap.items(array).iter().map(|item| self.heap.number(*item, scene.texts));
        Ok(numbers.collect())
    }

    /// A path is complete.
    pub(super) fn finish(&mut self, register: Register) {
        let item = self.finished(self.at(register));
        self.set(register, item);
    }

    /// One item of a sequence stands for itself, none for nothing; an array that is no sequence stays.
    pub(super) fn finished(&mut self, item: Item) -> Item {
        let Item::Array(array) = item else { return item };
        let flags = self.heap.flags(array);
        if !flags.sequence {
            return item;
        }
        match self.heap.items(array) {
            [] => Item::Undefined,
            [single] if !flags.keep_singleton => *single,
            [_] => item,
            _ => {
                self.heap.set_flags(array, Flags { open: false, keep_singleton: false, ..flags });
                item
            }
        }
    }

    /// A path with `[]` is complete: one item stays in an array.
    pub(super) fn finish_keeping(&mut self, register: Register) -> Outcome<()> {
        let item = self.at(register);
        let kept = match item {
            Item::Undefined => item,
            Item::Listed(_) => item,
            Item::Array(array) => {
                let flags = self.heap.flags(array);
                match flags {
                    Flags { sequence: true, .. } if self.heap.len(array) == 0 => Item::Undefined,
                    Flags { sequence: true, .. } => {
                        self.heap.set_flags(array, Flags { open: false, keep_singleton: true, ..flags });
                        item
                    }
                    Flags { constructed: true, .. } => self.kept(item)?,
                    _ => item,
                }
            }
            single => self.kept(single)?,
        };
        self.set(register, kept);
        Ok(())
    }

    fn kept(&mut self, item: Item) -> Outcome<Item> {
        let flags = Flags { sequence: true, keep_singleton: true, ..Flags::default() };
        Ok(Item::Array(self.heap.array_of(&[item], flags)?))
    }

    /// A sequence with `[]` is complete: one item stays in its array.
    pub(super) fn keep_single(&mut self, register: Register) {
        let Item::Array(array) = self.at(register) else { return };
        let flags = self.heap.flags(array);
        if flags.sequence && self.heap.len(array) == 0 {
            self.set(register, Item::Undefined);
        } else if flags.sequence {
            self.heap.set_flags(array, Flags { open: false, keep_singleton: true, ..flags });
        }
    }

    /// A sequence of one item.
    pub(super) fn sequence_of(&mut self, item: Item) -> Outcome<Item> {
        let flags = Flags { sequence: true, ..Flags::default() };
        Ok(Item::Array(self.heap.array_of(&[item], flags)?))
    }

    /// What steps gave, as what the next one goes through: a constructed array is one item, and no items are nothing.
    pub(super) fn items(&mut self, value: Register, scene: &Scene<'_>) -> Outcome<()> {
        let item = self.at(value);
        let flags = match item {
            Item::Array(array) => self.heap.flags(array),
            Item::Listed(_) => Flags::default(),
            _ => return Ok(()),
        };
        let items = match self.heap.count(item, scene.texts) {
            _ if flags.tuples => return Ok(()),
            _ if flags.constructed => self.sequence_of(item)?,
            0 => Item::Undefined,
            1 => self.sequence_of(self.heap.nth(item, 0, scene.texts).unwrap_or_default())?,
            _ => return Ok(()),
        };
        self.set(value, items);
        Ok(())
    }

    /// A filter is complete; its result goes on as a sequence, even of one.
    pub(super) fn close(&mut self, register: Register) {
        if let Item::Array(array) = self.at(register) {
            let flags = self.heap.flags(array);
            self.heap.set_flags(array, Flags { open: false, ..flags });
        }
    }

    /// The item at a place; a value that is no array is the only item.
    pub(super) fn pick(&mut self, from: Item, place: Item, scene: &Scene<'_>) -> Item {
        let place = self.heap.number(place, scene.texts).unwrap_or(0.0).floor();
        let place = if place < 0.0 { self.heap.count(from, scene.texts) as f64 + place } else { place };
        if place < 0.0 || place > f64::from(u32::MAX) {
            return Item::Undefined;
        }
        if let Item::Listed(value) = from
            && let Some(rows) = scene.rows.items(value)
        {
            return rows.get(place as usize).map_or(Item::Undefined, |row| Item::of(row.item(), scene.texts));
        }
        self.heap.nth(from, place as usize, scene.texts).unwrap_or_default()
    }

    /// `*`: the members of an object or the items of an array, arrays among them flattened.
    pub(super) fn wildcard(&mut self, from: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let found = self.heap.array(Flags { sequence: true, ..Flags::default() });
        let from = match from {
            // The input as a whole, wrapped.
            Item::Array(array) if self.is_wrapped(array) => self.heap.items(array)[0],
            other => other,
        };
        let mut any_array = false;
        if from.is_array() {
            let mut cursor = Default::default();
            while let Some(item) = self.heap.next(from, &mut cursor, scene.texts) {
                any_array |= item.is_array();
                self.flatten_deep(found, item, scene)?;
            }
        } else if let Some(object) = self.heap.unfold(from, scene.texts)? {
            for place in (1..self.heap.members(object).len()).step_by(2) {
                let member = self.heap.members(object)[place];
                any_array |= member.is_array();
                self.flatten_deep(found, member, scene)?;
            }
        }
        // What arrays were appended to is no sequence any more, in the reference: it stays an array, even of one item.
        let flags = Flags { sequence: !any_array, ..Flags::default() };
        self.heap.set_flags(found, flags);
        Ok(self.finished(Item::Array(found)))
    }

    /// Whether this is what [`Op::Wrap`](crate::program::Op::Wrap) makes of an array.
    pub(super) fn is_wrapped(&self, array: ArrayId) -> bool {
        let flags = self.heap.flags(array);
        flags.sequence && !flags.keep_singleton && self.heap.len(array) == 1
    }

    /// Appends a value, or all that is in an array and in arrays in it; no deeper than values may nest.
    fn flatten_deep(&mut self, array: ArrayId, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        if !value.is_array() {
            return self.heap.push(array, value);
        }
        let mut cursor = Default::default();
        while let Some(item) = self.heap.next(value, &mut cursor, scene.texts) {
            self.charge(1)?;
            self.flatten_deep(array, item, scene)?;
        }
        Ok(())
    }

    /// `**`: the value and all that is in it, but for arrays themselves.
    pub(super) fn descend(&mut self, from: Item, scene: &Scene<'_>) -> Outcome<Item> {
        if from.is_undefined() {
            return Ok(from);
        }
        let found = self.heap.array(Flags { sequence: true, ..Flags::default() });
        self.descend_into(found, from, scene)?;
        Ok(self.finished(Item::Array(found)))
    }

    fn descend_into(&mut self, found: ArrayId, from: Item, scene: &Scene<'_>) -> Outcome<()> {
        self.charge(1)?;
        if from.is_array() {
            let mut cursor = Default::default();
            while let Some(item) = self.heap.next(from, &mut cursor, scene.texts) {
                self.descend_into(found, item, scene)?;
            }
            return Ok(());
        }
        self.heap.push(found, from)?;
        if let Some(object) = self.heap.unfold(from, scene.texts)? {
            for place in (1..self.heap.members(object).len()).step_by(2) {
                let member = self.heap.members(object)[place];
                self.descend_into(found, member, scene)?;
            }
        }
        Ok(())
    }
}
