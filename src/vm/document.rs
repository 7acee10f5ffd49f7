//! Writes documents: constants and values one after another, and values with parts put into them.

use crate::json::{Texts, Value};
use crate::program::{EDITS_MAX, Edit, Piece, Spliced, Template};

/// The value a document is, when it is just one.
pub(super) fn as_value(template: &Template, slots: &[Value]) -> Option<Value> {
    match template.pieces[..] {
        [Piece::Slot(slot)] => Some(slots[slot.0 as usize]),
        [Piece::Text(value)] => Some(value),
        _ => None,
    }
}

/// Appends the document to `out`.
pub(super) fn write(template: &Template, slots: &[Value], texts: Texts<'_>, out: &mut Vec<u8>) {
    write_pieces(&template.pieces, slots, texts, out);
}

fn write_pieces(pieces: &[Piece], slots: &[Value], texts: Texts<'_>, out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            Piece::Text(value) => out.extend_from_slice(&texts.constants[value.range()]),
            Piece::Slot(slot) => out.extend_from_slice(texts.text(slots[slot.0 as usize])),
            Piece::Spliced(spliced) => write_spliced(spliced, slots, texts, out),
        }
    }
}

/// How large the document is when written out.
pub(super) fn size(template: &Template, slots: &[Value]) -> usize {
    size_of_pieces(&template.pieces, slots)
}

fn size_of_pieces(pieces: &[Piece], slots: &[Value]) -> usize {
    pieces.iter().map(|piece| size_of_piece(piece, slots)).sum()
}

fn size_of_piece(piece: &Piece, slots: &[Value]) -> usize {
    match piece {
        Piece::Text(value) => value.len(),
        Piece::Slot(slot) => slots[slot.0 as usize].len(),
        Piece::Spliced(spliced) => {
            let base = slots[spliced.base.0 as usize].len() as isize;
            let grown = |edit: &Edit| -> isize {
                let place = Place::of(edit, slots, Value::MISSING);
                let keys: usize = edit.keys[place.depth..].iter().map(|key| key.len() + 2).sum();
                (size_of_pieces(&edit.value, slots) + keys) as isize - place.removed as isize
            };
            (base + spliced.edits.iter().map(grown).sum::<isize>()).max(0) as usize
        }
    }
}

/// Where in its base an edit goes.
#[derive(Clone, Copy)]
struct Place {
    /// The byte of the text the base lies in.
    start: usize,
    /// How many bytes are replaced.
    removed: usize,
    /// How many keys of the path are there already.
    depth: usize,
    /// The value it is put into.
    container: Value,
}

impl Place {
    /// The deepest value on the path that is there is replaced, or gets a new member before its closing brace.
    fn of(edit: &Edit, slots: &[Value], base: Value) -> Place {
        let values = edit.present.iter().map(|slot| slots[slot.0 as usize]);
        let depth = values.clone().take_while(|value| !value.is_missing()).count();
        if depth == edit.keys.len() {
            let value = slots[edit.present[depth - 1].0 as usize];
            return Place { start: value.range().start, removed: value.len(), depth, container: value };
        }
        let container = if depth == 0 { base } else { slots[edit.present[depth - 1].0 as usize] };
        Place { start: container.range().end.wrapping_sub(1), removed: 0, depth, container }
    }
}

fn write_spliced(spliced: &Spliced, slots: &[Value], texts: Texts<'_>, out: &mut Vec<u8>) {
    let base = slots[spliced.base.0 as usize];
    let count = spliced.edits.len();
    let mut places = [(0usize, Place { start: 0, removed: 0, depth: 0, container: Value::MISSING }); EDITS_MAX];
    for (index, edit) in spliced.edits[..count].iter().enumerate() {
        places[index] = (index, Place::of(edit, slots, base));
    }
    // Stable: members put into the same object keep the order in which they were put.
    places[..count].sort_by_key(|(_, place)| place.start);
    let whole = Value::new(base.source(), 0, 0);
    let text = |start: usize, end: usize| texts.text(whole.part(start..end));
    let mut at = base.range().start;
    let mut added_at = usize::MAX;
    for (index, place) in &places[..count] {
        let edit = &spliced.edits[*index];
        out.extend_from_slice(text(at, place.start));
        let missing = &edit.keys[place.depth..];
        if !missing.is_empty() && (added_at == place.start || !is_empty_object(texts.text(place.container))) {
            out.push(b',');
        }
        for (nth, key) in missing.iter().enumerate() {
            if nth > 0 {
                out.push(b'{');
            }
            out.extend_from_slice(&texts.constants[key.range()]);
        }
        write_pieces(&edit.value, slots, texts, out);
        out.extend(std::iter::repeat_n(b'}', missing.len().saturating_sub(1)));
        if !missing.is_empty() {
            added_at = place.start;
        }
        at = place.start + place.removed;
    }
    out.extend_from_slice(text(at, base.range().end));
}

fn is_empty_object(text: &[u8]) -> bool {
    let inner = &text[..text.len() - 1];
    inner.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
