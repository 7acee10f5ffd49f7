//! Outputs of a plan: constants, joined, and values of the line, one after another.

use crate::json::{Value, append};
use crate::program::Slot;

/// An output to be written.
#[derive(Debug)]
pub(in crate::vm) struct Output {
    /// The values it is made of, and whether each must be there.
    values: Box<[(Slot, bool)]>,
    parts: Box<[Part]>,
    /// Bytes of all texts.
    text_bytes: usize,
}

/// A constant text and a value behind it.
#[derive(Debug)]
struct Part {
    text: [u8; WIDTH],
    /// How much of it there is.
    bytes: u8,
    /// The value; `Slot::NONE` for none.
    slot: Slot,
}

/// So much is copied at once; what is too much is written over.
const WIDTH: usize = 32;
/// Room that is made for an output at once, at most.
const ROOM_MAX: usize = 1024;

impl Output {
    /// Appends the output; None, and nothing is appended, where a part of it is missing.
    #[inline(always)]
    pub fn write(&self, slots: &[Value], line: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut bytes = self.text_bytes;
        for (slot, is_required) in &self.values {
            let value = slots[slot.0 as usize];
            if *is_required && value.is_missing() {
                return None;
            }
            bytes += value.len();
        }
        match bytes <= ROOM_MAX {
            true => self.write_into_room(bytes, slots, line, out),
            false => self.write_at_length(slots, line, out),
        }
        Some(())
    }

    /// Room is made once, so that no copy has to ask for it.
    #[inline(always)]
    fn write_into_room(&self, bytes: usize, slots: &[Value], line: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        out.resize(begin + bytes + WIDTH, 0);
        let mut room = &mut out[begin..];
        for part in &self.parts {
            room[..WIDTH].copy_from_slice(&part.text);
            room = &mut room[usize::from(part.bytes)..];
            if part.slot != Slot::NONE {
                let value = slots[part.slot.0 as usize];
                put(line, value, room);
                room = &mut room[value.len()..];
            }
        }
        out.truncate(begin + bytes);
    }

    #[inline(never)]
    fn write_at_length(&self, slots: &[Value], line: &[u8], out: &mut Vec<u8>) {
        for part in &self.parts {
            append(&part.text, 0..part.bytes.into(), out);
            if part.slot != Slot::NONE && !slots[part.slot.0 as usize].is_missing() {
                append(line, slots[part.slot.0 as usize].range(), out);
            }
        }
    }
}

/// Copies a value to where the room begins.
#[inline(always)]
fn put(line: &[u8], value: Value, room: &mut [u8]) {
    match line.get(value.range().start..).and_then(<[u8]>::first_chunk::<WIDTH>) {
        Some(wide) if value.len() <= WIDTH => room[..WIDTH].copy_from_slice(wide),
        _ if value.is_missing() => {}
        _ => room[..value.len()].copy_from_slice(&line[value.range()]),
    }
}

/// A piece of an output.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known<'p> {
    Text(&'p [u8]),
    Slot(Slot),
}

impl Output {
    /// An output of these pieces; values that are not required may be missing.
    pub(super) fn new(pieces: &[Known<'_>], is_required: impl Fn(Slot) -> bool) -> Output {
        let (mut values, mut parts, mut text, mut text_bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for piece in pieces {
            match piece {
                Known::Text(more) => text.extend_from_slice(more),
                Known::Slot(slot) => {
                    values.push((*slot, is_required(*slot)));
                    text_bytes += text.len();
                    add_parts(&std::mem::take(&mut text), *slot, &mut parts);
                }
            }
        }
        text_bytes += text.len();
        add_parts(&text, Slot::NONE, &mut parts);
        Output { values: values.into(), parts: parts.into(), text_bytes }
    }

    /// How much room it takes itself.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.parts) + size_of_val(&*self.values)
    }
}

/// Makes parts of a text, and of the value behind it.
fn add_parts(text: &[u8], slot: Slot, parts: &mut Vec<Part>) {
    let part = |text: &[u8]| {
        let mut wide = [0; WIDTH];
        wide[..text.len()].copy_from_slice(text);
        Part { text: wide, bytes: text.len() as u8, slot: Slot::NONE }
    };
    parts.extend(text.chunks(WIDTH).map(part));
    if slot != Slot::NONE {
        if text.is_empty() {
            parts.push(part(b""));
        }
        parts.last_mut().expect("there is one for the text").slot = slot;
    }
}
