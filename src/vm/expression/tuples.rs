//! Tuples: values that carry the bindings they were found under, for `@`, `#` and `%`.
//!
//! A tuple is an array: its value, then one place for each name that the expression binds so.

use super::{Evaluator, Scene};
use crate::builtin::jsonata::{ArrayId, Flags, Item, Outcome};
use crate::program::Register;

/// How many bindings a tuple may have.
const BINDINGS: usize = 1;
/// The flags of an array of tuples.
const STREAM: Flags = Flags { sequence: true, tuples: true, keep_singleton: false, constructed: false, open: true };

impl Evaluator {
    fn copied(&mut self, from: Item) -> Outcome<ArrayId> {
        let copy = self.heap.array(Flags::default());
        let count = match from {
            Item::Tuple(tuple) => self.heap.len(tuple),
            _ => BINDINGS,
        };
        for place in 0..count {
            let value = match from {
                Item::Tuple(tuple) => self.heap.items(tuple)[place],
                _ => Item::Unbound,
            };
            self.heap.push(copy, value)?;
        }
        Ok(copy)
    }

    /// Sets a binding; a tuple grows to hold it.
    fn set_binding(&mut self, tuple: Item, binding: u8, value: Item) -> Outcome<()> {
        let Item::Tuple(tuple) = tuple else { return Ok(()) };
        while self.heap.len(tuple) <= binding.into() {
            self.heap.push(tuple, Item::Unbound)?;
        }
        self.heap.items_mut(tuple)[usize::from(binding)] = value;
        Ok(())
    }

    /// A binding; 0 is the value.
    pub(super) fn binding(&self, tuple: Item, binding: u8) -> Item {
        match tuple {
            Item::Tuple(tuple) => self.heap.items(tuple).get(usize::from(binding)).copied().unwrap_or(Item::Unbound),
            // What is no tuple is its own value.
            other if binding == 0 => other,
            _ => Item::Unbound,
        }
    }

    /// `to =` the tuples of a step's value: one for each item, with the bindings of `tuple`, and, if the items are tuples
    /// themselves, with theirs.
    pub(super) fn widen(&mut self, to: Register, tuple: Item, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        let widened = self.heap.array(STREAM);
        let mut cursor = Default::default();
        while let Some(item) = self.heap.next(value, &mut cursor, scene.texts) {
            self.charge(1)?;
            let copy = self.copied(tuple)?;
            match item {
                Item::Tuple(own) => {
                    for place in 0..self.heap.len(own) {
                        let bound = self.heap.items(own)[place];
                        if bound != Item::Unbound {
                            self.set_binding(Item::Tuple(copy), place as u8, bound)?;
                        }
                    }
                }
                value => self.heap.items_mut(copy)[0] = value,
            }
            self.heap.push(widened, Item::Tuple(copy))?;
        }
        self.set(to, Item::Array(widened));
        Ok(())
    }

    /// Sets a binding of every tuple to the value.
    pub(super) fn bind_all(&mut self, tuples: Item, binding: u8, value: Item) -> Outcome<()> {
        let Item::Array(tuples) = tuples else { return Ok(()) };
        for place in 0..self.heap.len(tuples) {
            let tuple = self.heap.items(tuples)[place];
            self.set_binding(tuple, binding, value)?;
        }
        Ok(())
    }

    /// Sets a binding of every tuple to its value, and its value to this one.
    pub(super) fn focus(&mut self, tuples: Item, binding: u8, value: Item) -> Outcome<()> {
        let Item::Array(tuples) = tuples else { return Ok(()) };
        for place in 0..self.heap.len(tuples) {
            let tuple = self.heap.items(tuples)[place];
            self.set_binding(tuple, binding, self.binding(tuple, 0))?;
            self.set_binding(tuple, 0, value)?;
        }
        Ok(())
    }

    /// Sets a binding of every tuple to its place.
    pub(super) fn number(&mut self, tuples: Item, binding: u8) -> Outcome<()> {
        let Item::Array(tuples) = tuples else { return Ok(()) };
        for place in 0..self.heap.len(tuples) {
            let tuple = self.heap.items(tuples)[place];
            self.set_binding(tuple, binding, Item::number(place as f64))?;
        }
        Ok(())
    }

    /// The values of tuples, as a sequence.
    pub(super) fn values(&mut self, tuples: Item) -> Outcome<Item> {
        let values = self.heap.sequence();
        if let Item::Array(tuples) = tuples {
            for place in 0..self.heap.len(tuples) {
                let value = self.binding(self.heap.items(tuples)[place], 0);
                self.heap.push(values, value)?;
            }
        }
        Ok(Item::Array(values))
    }

    /// One tuple of many: their values and bindings appended to one another.
    pub(super) fn reduce(&mut self, from: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let Item::Array(tuples) = from else { return Ok(from) };
        let first = self.heap.items(tuples).first().copied().unwrap_or_default();
        let reduced = self.copied(first)?;
        for place in 1..self.heap.len(tuples) {
            let tuple = self.heap.items(tuples)[place];
            let Item::Tuple(bindings) = tuple else { continue };
            for binding in 0..self.heap.len(bindings) {
                let value = self.heap.items(bindings)[binding];
                if value == Item::Unbound {
                    continue;
                }
                let before = self.binding(Item::Tuple(reduced), binding as u8);
                let both = self.appended(before, value, scene)?;
                self.set_binding(Item::Tuple(reduced), binding as u8, both)?;
            }
        }
        Ok(Item::Tuple(reduced))
    }
}
