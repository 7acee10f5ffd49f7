//! The functions that take objects apart, put them together, and read them from texts.

use super::fault::Fault;
use super::functions::Call;
use super::heap::{ArrayId, Flags, Heap, ObjectId, Outcome};
use super::item::{Cursor, Item};
use super::write::{rounds_nothing, string};
use crate::json::{self, Kind, ReadSet, Reader, Source, Texts, Utf8};
use std::collections::HashSet;

/// `$keys(object)`: the names of its members; of an array, those of all objects in it, each once.
pub(super) fn keys(call: &mut Call<'_>) -> Outcome<Item> {
    let (heap, texts) = (&*call.heap, call.texts);
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    each_name(heap, call.argument(0), texts, &mut |name| {
        if known.insert(heap.bytes(name, texts)) {
            names.push(name);
        }
    });
    drop(known);
    call.heap.array_of(&names, Flags { sequence: true, ..Flags::default() }).map(Item::Array)
}

/// Calls itself for items of arrays, no deeper than the heap and texts nest values.
fn each_name(heap: &Heap, item: Item, texts: Texts<'_>, visit: &mut impl FnMut(Item)) {
    match item {
        Item::Object(object) => heap.members(object).iter().step_by(2).for_each(|name| visit(*name)),
        Item::Keyed(value) => {
            json::members(texts.text(value)).for_each(|(name, _)| visit(Item::Quoted(value.part(name))));
        }
        Item::Array(_) | Item::Listed(_) => {
            let mut cursor = Cursor::default();
            while let Some(item) = heap.next(item, &mut cursor, texts) {
                each_name(heap, item, texts, visit);
            }
        }
        _ => {}
    }
}

/// `$lookup(object, name)`: the member's value; of an array, those of all objects in it.
pub(super) fn lookup(call: &mut Call<'_>) -> Outcome<Item> {
    let (input, name) = (call.argument(0), call.argument(1));
    if name.is_undefined() || !input.is_array() {
        let found = || call.heap.get(input, &call.heap.bytes(name, call.texts), call.texts);
        return Ok(if name.is_undefined() { Item::Undefined } else { found() });
    }
    let name = call.heap.bytes(name, call.texts).into_owned();
    let found = call.heap.sequence();
    gather_values(call.heap, input, &name, call.texts, found)?;
    Ok(Item::Array(found))
}

/// Calls itself for items of arrays, no deeper than the heap and texts nest values.
fn gather_values(heap: &mut Heap, array: Item, name: &[u8], texts: Texts<'_>, found: ArrayId) -> Outcome<()> {
    let mut cursor = Cursor::default();
    while let Some(item) = heap.next(array, &mut cursor, texts) {
        if item.is_array() {
            gather_values(heap, item, name, texts, found)?;
            continue;
        }
        let value = heap.get(item, name, texts);
        let mut parts = Cursor::default();
        while let Some(part) = heap.next(value, &mut parts, texts) {
            heap.push(found, part)?;
        }
    }
    Ok(())
}

/// `$spread(object)`: objects of one member each; of an array, those of all objects in it, and its other items.
pub(super) fn spread(call: &mut Call<'_>) -> Outcome<Item> {
    let value = call.argument(0);
    if !value.is_array() && !value.is_object() {
        return Ok(value);
    }
    // What is joined to a sequence is none any more.
    let sequence = value.is_object() || call.heap.nth(value, 0, call.texts).is_none();
    let spread = call.heap.array(Flags { sequence, ..Flags::default() });
    spread_into(call.heap, value, call.texts, spread)?;
    Ok(Item::Array(spread))
}

/// Calls itself for items of arrays, no deeper than the heap and texts nest values.
fn spread_into(heap: &mut Heap, value: Item, texts: Texts<'_>, spread: ArrayId) -> Outcome<()> {
    if value.is_array() {
        let mut cursor = Cursor::default();
        while let Some(item) = heap.next(value, &mut cursor, texts) {
            spread_into(heap, item, texts, spread)?;
        }
        return Ok(());
    }
    let Some(object) = heap.unfold(value, texts)? else { return heap.push(spread, value) };
    for place in (0..heap.members(object).len()).step_by(2) {
        let members = heap.members(object);
        let (name, member) = (members[place], members[place + 1]);
        let single = heap.object();
        heap.add(single, name, member)?;
        heap.push(spread, Item::Object(single))?;
    }
    Ok(())
}

/// `$merge(objects)`: their members in one object; of equal names the last.
pub(super) fn merge(call: &mut Call<'_>) -> Outcome<Item> {
    let objects = call.argument(0);
    if objects.is_undefined() {
        return Ok(objects);
    }
    let mut merged = Gathering::new(call.heap);
    let mut cursor = Cursor::default();
    while let Some(object) = call.heap.next(objects, &mut cursor, call.texts) {
        match object {
            Item::Object(object) => merged.put_all(call.heap, object, call.texts)?,
            Item::Keyed(value) => {
                let text = call.texts.text(value);
                for (name, member) in json::members(text) {
                    let member = Item::from_text(value.part(member.clone()), &text[member]);
                    merged.put(call.heap, Item::Quoted(value.part(name)), member, call.texts)?;
                }
            }
            _ => {}
        }
    }
    Ok(Item::Object(merged.done(call.heap, call.texts)))
}

/// `$clone(value)`: the value as it would be after being written and read: without functions, its numbers rounded.
pub(super) fn clone(call: &mut Call<'_>) -> Outcome<Item> {
    match call.argument(0) {
        undefined if undefined.is_undefined() => Ok(undefined),
        item @ (Item::Keyed(value) | Item::Listed(value)) if rounds_nothing(call.texts.text(value)) => Ok(item),
        item => {
            let mut text = Vec::new();
            string(call.heap, item, call.texts, &mut text)?;
            read(call.heap, &text, call.texts, Reading::Lenient)
        }
    }
}

/// `$parse(text)`: the value of a JSON text (developer guide, "JSONata functions provided by Step Functions").
///
/// # Errors
/// D3137 for what is no JSON; as was measured, a name given twice and a number too large for a double are none.
pub(super) fn parse(call: &mut Call<'_>) -> Outcome<Item> {
    if call.argument(0).is_undefined() {
        return Ok(Item::Undefined);
    }
    let text = call.text(0).into_owned().into_bytes();
    let checked = Reader::new(&ReadSet::new([])).read(&text, 0..text.len(), Utf8::Known, Source::Line, &mut []);
    let value = checked.map_err(|_| invalid())?;
    read(call.heap, &text[value.range()], call.texts, Reading::Strict)
}

#[cold]
fn invalid() -> Box<Fault> {
    Fault::told("D3137", "Invalid JSON")
}

/// What becomes of names given twice, and of numbers too large for a double.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The last value counts; the number is infinite.
    Lenient,
    /// They are faults.
    Strict,
}

/// Makes a value of a text that is known to be JSON. Calls itself for the parts, no deeper than such a text nests them.
pub(super) fn read(heap: &mut Heap, text: &[u8], texts: Texts<'_>, reading: Reading) -> Outcome<Item> {
    Ok(match json::kind(text) {
        Kind::Null => Item::Null,
        Kind::Bool => Item::bool(json::is_true(text)),
        Kind::Number => match json::number(text) {
            number if number.is_infinite() && reading == Reading::Strict => return Err(invalid()),
            number => Item::number(number),
        },
        Kind::String => heap.string(json::decode(text).as_bytes())?,
        Kind::Array => {
            let array = heap.array(Flags::default());
            for item in json::elements(text) {
                let item = read(heap, &text[item], texts, reading)?;
                heap.push(array, item)?;
            }
            Item::Array(array)
        }
        Kind::Object => {
            let mut object = Gathering::new(heap);
            for (name, member) in json::members(text) {
                let name = read(heap, &text[name], texts, reading)?;
                let member = read(heap, &text[member], texts, reading)?;
                object.put(heap, name, member, texts)?;
            }
            let once = object.count;
            let object = object.done(heap, texts);
            if reading == Reading::Strict && heap.members(object).len() < once * 2 {
                return Err(invalid());
            }
            Item::Object(object)
        }
    })
}

/// An object whose members come one by one; of equal names the last counts.
struct Gathering {
    object: ObjectId,
    /// How many have come.
    count: usize,
    unsettled: bool,
}

impl Gathering {
    /// Few members are compared with one another; many are sorted out in the end.
    const COMPARED_MAX: usize = 64;

    fn new(heap: &mut Heap) -> Gathering {
        Gathering { object: heap.object(), count: 0, unsettled: false }
    }

    fn put(&mut self, heap: &mut Heap, name: Item, value: Item, texts: Texts<'_>) -> Outcome<()> {
        self.count += 1;
        if heap.members(self.object).len() < Self::COMPARED_MAX * 2 {
            return heap.set(self.object, name, value, texts);
        }
        self.unsettled = true;
        heap.add(self.object, name, value)
    }

    fn put_all(&mut self, heap: &mut Heap, object: ObjectId, texts: Texts<'_>) -> Outcome<()> {
        for place in (0..heap.members(object).len()).step_by(2) {
            let members = heap.members(object);
            let (name, value) = (members[place], members[place + 1]);
            self.put(heap, name, value, texts)?;
        }
        Ok(())
    }

    fn done(self, heap: &mut Heap, texts: Texts<'_>) -> ObjectId {
        if self.unsettled {
            heap.drop_replaced(self.object, texts);
        }
        self.object
    }
}
