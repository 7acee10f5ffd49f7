//! Outputs with parts put into values: as the program says, but with what the slots hold there.

use super::state::{Held, State};
use crate::program::{Edit, Piece, Program, Slot, Spliced, Template};

/// Parts that are themselves values with parts put into them, at most.
const DEPTH_MAX: usize = 16;

/// The document in terms of what was read; None where parts are put into something else.
pub(super) fn here(program: &Program, state: &State, template: &Template) -> Option<Box<Template>> {
    let pieces = pieces(program, state, &template.pieces, DEPTH_MAX)?;
    Some(Box::new(Template { pieces, ..*template }))
}

fn pieces(program: &Program, state: &State, pieces: &[Piece], depth: usize) -> Option<Vec<Piece>> {
    let is_something = |piece: &&Piece| !matches!(piece, Piece::Slot(slot) if state.held(*slot) == Held::Nothing);
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Some(Piece::Text(*text)),
        Piece::Slot(slot) => match state.held(*slot) {
            Held::Read(slot) => Some(Piece::Slot(slot)),
            Held::Constant(constant) => Some(Piece::Text(program.constants[constant.0 as usize])),
            Held::Nothing => None,
        },
        Piece::Spliced(one) => Some(Piece::Spliced(Box::new(spliced(program, state, one, depth.checked_sub(1)?)?))),
    };
    pieces.iter().filter(is_something).map(piece).collect()
}

fn spliced(program: &Program, state: &State, spliced: &Spliced, depth: usize) -> Option<Spliced> {
    let edit = |edit: &Edit| {
        let present = edit.present.iter().map(|slot| read(state, *slot)).collect::<Option<Vec<Slot>>>()?;
        Some(Edit { present, keys: edit.keys.clone(), value: pieces(program, state, &edit.value, depth)? })
    };
    // A part that is nothing is not put in.
    let is_nothing = |edit: &&Edit| matches!(edit.value[..], [Piece::Slot(slot)] if state.held(slot) == Held::Nothing);
    let edits = spliced.edits.iter().filter(|edit| !is_nothing(edit)).map(edit).collect::<Option<Vec<Edit>>>()?;
    Some(Spliced { base: read(state, spliced.base)?, edits })
}

fn read(state: &State, slot: Slot) -> Option<Slot> {
    match state.held(slot) {
        Held::Read(slot) => Some(slot),
        Held::Constant(_) | Held::Nothing => None,
    }
}
