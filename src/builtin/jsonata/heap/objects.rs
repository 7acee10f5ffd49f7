//! Objects of the heap: names and values alternate among its items.

use super::{Heap, ObjectHead, ObjectId, Outcome, within};
use crate::builtin::jsonata::item::Item;
use crate::json::{self, Texts, Value};

impl Heap {
    /// A new, empty object.
    pub fn object(&mut self) -> ObjectId {
        let start = self.items.len() as u32;
        self.objects.push(ObjectHead { start, len: 0, capacity: 0, extent: 0, depth: 1, origin: Value::MISSING });
        ObjectId(self.objects.len() as u64 - 1)
    }

    /// A new, empty object with room for so many members.
    pub fn object_with_room(&mut self, members: usize) -> Outcome<ObjectId> {
        let capacity = members as u32 * 2;
        let start = self.room(members * 2)?;
        self.objects.push(ObjectHead { start, len: 0, capacity, extent: 0, depth: 1, origin: Value::MISSING });
        Ok(ObjectId(self.objects.len() as u64 - 1))
    }

    /// Adds a member whose name the object does not have yet.
    #[inline]
    pub fn add(&mut self, object: ObjectId, name: Item, value: Item) -> Outcome<()> {
        let (depth, extent) = self.measure(value)?;
        let (_, name_extent) = self.measure(name)?;
        let head = self.objects[object.0 as usize];
        if head.len + 2 > head.capacity {
            let (start, capacity) = self.grow(head.start, head.len, head.capacity)?;
            let head = &mut self.objects[object.0 as usize];
            (head.start, head.capacity) = (start, capacity);
        }
        let head = &mut self.objects[object.0 as usize];
        head.extent = within(self.value_bytes_max, head.extent, name_extent.saturating_add(extent))?;
        head.depth = head.depth.max(depth + 1);
        head.origin = Value::MISSING;
        let at = (head.start + head.len) as usize;
        head.len += 2;
        self.items[at] = name;
        self.items[at + 1] = value;
        Ok(())
    }

    /// Sets a member, in place of the one of that name if there is one.
    pub fn set(&mut self, object: ObjectId, name: Item, value: Item, texts: Texts<'_>) -> Outcome<()> {
        let wanted = self.bytes(name, texts);
        match self.place(object, &wanted, texts) {
            Some(place) => {
                let (depth, extent) = self.measure(value)?;
                let head = &mut self.objects[object.0 as usize];
                head.extent = within(self.value_bytes_max, head.extent, extent)?;
                head.depth = head.depth.max(depth + 1);
                head.origin = Value::MISSING;
                self.items[(head.start + place * 2 + 1) as usize] = value;
                Ok(())
            }
            None => self.add(object, name, value),
        }
    }

    /// Removes the member of that name, if there is one.
    pub fn remove(&mut self, object: ObjectId, name: &[u8], texts: Texts<'_>) {
        let Some(place) = self.place(object, name, texts) else { return };
        let head = &mut self.objects[object.0 as usize];
        let (at, end) = ((head.start + place * 2) as usize, (head.start + head.len) as usize);
        head.len -= 2;
        head.origin = Value::MISSING;
        self.items.copy_within(at + 2..end, at);
    }

    pub(super) fn place(&self, object: ObjectId, name: &[u8], texts: Texts<'_>) -> Option<u32> {
        let named = |pair: &[Item]| self.is_name(pair[0], name, texts);
        self.members(object).chunks_exact(2).position(named).map(|place| place as u32)
    }

    /// Names and values, alternating.
    #[inline]
    pub fn members(&self, object: ObjectId) -> &[Item] {
        let head = &self.objects[object.0 as usize];
        &self.items[head.start as usize..(head.start + head.len) as usize]
    }

    /// An object of a text or of the heap as one of the heap; each name once. `None` for what is no object.
    pub fn unfold(&mut self, item: Item, texts: Texts<'_>) -> Outcome<Option<ObjectId>> {
        match item {
            Item::Object(object) => Ok(Some(object)),
            Item::Keyed(_) => match self.unfolded(item, texts)? {
                Item::Object(object) => Ok(Some(object)),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Of members with equal names the last stays, where the first stood.
    pub(in crate::builtin::jsonata) fn drop_replaced(&mut self, object: ObjectId, texts: Texts<'_>) {
        let mut kept: Vec<(Item, Item)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for pair in self.members(object).chunks_exact(2) {
            let place = *places.entry(self.bytes(pair[0], texts).into_owned()).or_insert(kept.len());
            match kept.get_mut(place) {
                Some(member) => member.1 = pair[1],
                None => kept.push((pair[0], pair[1])),
            }
        }
        let head = &mut self.objects[object.0 as usize];
        head.len = kept.len() as u32 * 2;
        let start = head.start as usize;
        for (place, (name, value)) in kept.into_iter().enumerate() {
            self.items[start + place * 2] = name;
            self.items[start + place * 2 + 1] = value;
        }
    }

    /// The member of that name; nothing if there is none, or if the value is no object.
    #[inline]
    pub fn get(&self, item: Item, name: &[u8], texts: Texts<'_>) -> Item {
        match item {
            Item::Keyed(value) => {
                let text = texts.text(value);
                match json::member(text, name) {
                    Some(range) => Item::from_text(value.part(range.clone()), &text[range]),
                    None => Item::Undefined,
                }
            }
            Item::Object(object) => {
                let mut pairs = self.members(object).chunks_exact(2);
                pairs.find(|pair| self.is_name(pair[0], name, texts)).map_or(Item::Undefined, |pair| pair[1])
            }
            _ => Item::Undefined,
        }
    }
}
