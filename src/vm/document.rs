//! Writes documents: constants and values one after another, and values with parts put into them.

use crate::json::{Texts, Value, append};
use crate::program::{EDITS_MAX, Edit, Piece, Spliced, Template};
use std::ops::Range;

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

/// How large the document is when written out.
pub(super) fn size(template: &Template, slots: &[Value], texts: Texts<'_>) -> usize {
    let mut size = Size(0);
    write_pieces(&template.pieces, slots, texts, &mut size);
    size.0
}

/// Takes what is written.
trait Sink {
    /// Part of a text.
    fn put(&mut self, text: &[u8], range: Range<usize>);

    fn put_all(&mut self, text: &[u8]) {
        self.put(text, 0..text.len());
    }

    fn put_value(&mut self, texts: Texts<'_>, value: Value) {
        if !value.is_missing() {
            self.put(texts.of(value.source()), value.range());
        }
    }
}

impl Sink for Vec<u8> {
    #[inline(always)]
    fn put(&mut self, text: &[u8], range: Range<usize>) {
        append(text, range, self);
    }
}

/// A sink that only counts.
struct Size(usize);

impl Sink for Size {
    fn put(&mut self, _text: &[u8], range: Range<usize>) {
        self.0 += range.len();
    }
}

fn write_pieces(pieces: &[Piece], slots: &[Value], texts: Texts<'_>, out: &mut impl Sink) {
    for piece in pieces {
        match piece {
            Piece::Text(value) => out.put(texts.constants, value.range()),
            Piece::Slot(slot) => out.put_value(texts, slots[slot.0 as usize]),
            Piece::Spliced(spliced) => write_spliced(spliced, slots, texts, out),
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

fn write_spliced(spliced: &Spliced, slots: &[Value], texts: Texts<'_>, out: &mut impl Sink) {
    let base = slots[spliced.base.0 as usize];
    if base.is_missing() {
        return write_new(spliced, slots, texts, out);
    }
    let mut places = [(0usize, Place { start: 0, removed: 0, depth: 0, container: Value::MISSING }); EDITS_MAX];
    let mut count = 0;
    for (index, edit) in spliced.edits.iter().enumerate().filter(|(_, edit)| is_put_in(edit, slots)) {
        places[count] = (index, Place::of(edit, slots, base));
        count += 1;
    }
    // Stable: members put into the same object keep the order in which they were put.
    places[..count].sort_by_key(|(_, place)| place.start);
    let text = texts.of(base.source());
    let mut at = base.range().start;
    let mut added_at = usize::MAX;
    for (index, place) in &places[..count] {
        let edit = &spliced.edits[*index];
        out.put(text, at..place.start);
        let missing = &edit.keys[place.depth..];
        if !missing.is_empty() && (added_at == place.start || !is_empty_object(texts.text(place.container))) {
            out.put_all(b",");
        }
        for (nth, key) in missing.iter().enumerate() {
            if nth > 0 {
                out.put_all(b"{");
            }
            out.put(texts.constants, key.range());
        }
        write_pieces(&edit.value, slots, texts, out);
        for _ in 1..missing.len() {
            out.put_all(b"}");
        }
        if !missing.is_empty() {
            added_at = place.start;
        }
        at = place.start + place.removed;
    }
    out.put(text, at..base.range().end);
}

/// Whether the part is there; one that only some ways put in may be missing.
fn is_put_in(edit: &Edit, slots: &[Value]) -> bool {
    !matches!(edit.value[..], [Piece::Slot(slot)] if slots[slot.0 as usize].is_missing())
}

/// Parts put into what is not there make an object.
fn write_new(spliced: &Spliced, slots: &[Value], texts: Texts<'_>, out: &mut impl Sink) {
    let mut before: &[u8] = b"{";
    for edit in spliced.edits.iter().filter(|edit| is_put_in(edit, slots)) {
        out.put_all(before);
        for (nth, key) in edit.keys.iter().enumerate() {
            if nth > 0 {
                out.put_all(b"{");
            }
            out.put(texts.constants, key.range());
        }
        write_pieces(&edit.value, slots, texts, out);
        for _ in 1..edit.keys.len() {
            out.put_all(b"}");
        }
        before = b",";
    }
    out.put_all(if before == b"{" { b"{}" } else { b"}" });
}

fn is_empty_object(text: &[u8]) -> bool {
    let inner = &text[..text.len() - 1];
    inner.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
