//! `^(…)`

use super::emit::Emitter;
use super::scopes::behind;
use super::tuples::Names;
use crate::builtin::jsonata::Item;
use crate::program::{Op, Register};
use crate::query::jsonata::ast::SortTerm;

impl<'e> Emitter<'e, '_> {
    /// Sorts the items in the register; they may be tuples, which bind these names.
    pub fn sort(&mut self, terms: &'e [SortTerm], value: Register, names: Option<&Names>) {
        let mark = self.frame.mark();
        // The directions are the bits of a word.
        self.frame.is_full |= terms.len() > 32;
        let sorted = self.lowering.builder.label();
        self.emit(Op::Items { value });
        self.emit(Op::Several { value, otherwise: sorted });
        let ranked = self.registers(2);
        let ranks = Register(ranked.0 + 1);
        self.emit(Op::Array { to: ranks });
        let looped = self.open_loop(|iterator| Op::Iterate { iterator, over: value });
        let context = self.open_item(looped.item(), names);
        let first = self.registers(terms.len());
        for (place, term) in terms.iter().enumerate() {
            let to = behind(first, place);
            self.set(to, Item::Undefined);
            self.into(&term.expression, context, to);
        }
        let count = self.byte(terms.len());
        self.emit(Op::Rank { ranks, first, count });
        self.close_item(names);
        self.close_loop(&looped);
        let falls = |(place, term): (usize, &SortTerm)| u32::from(term.descending) << place.min(31);
        let descending = terms.iter().enumerate().map(falls).fold(0, |all, one| all | one);
        self.emit(Op::Move { to: ranked, from: value });
        self.emit(Op::Sort { ranked, descending });
        self.emit(Op::Move { to: value, from: ranked });
        self.bind_label(sorted);
        self.frame.release(mark);
    }
}
