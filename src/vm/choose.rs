//! What a Choice decides by: tables, and comparisons one by one.

use super::run::at;
use crate::builtin::comparisons::{self, Operator};
use crate::json::{self, Kind, Texts, Value};
use crate::program::{Cases, Comparison, Label, Operand};

/// The rules of a Choice over one variable, all at once.
pub(super) fn switch(cases: &Cases, text: &[u8]) -> Label {
    match json::kind(text) {
        Kind::Number => cases.of_number(json::number(text)),
        Kind::String => {
            let inner = &text[1..text.len() - 1];
            match memchr::memchr(b'\\', inner) {
                None => cases.of_text(inner),
                Some(_) => cases.of_text(json::decode(text).as_bytes()),
            }
        }
        other => cases.of_kind(other, json::is_true(text)),
    }
}

pub(super) fn compare(comparison: &Comparison, left: Value, slots: &[Value], texts: Texts<'_>) -> bool {
    let value = texts.text(left);
    match &comparison.operand {
        _ if comparison.operator == Operator::IsPresent => {
            let wanted = matches!(&comparison.operand, Operand::Constant(operand) if texts.text(*operand) == b"true");
            left.is_missing() != wanted
        }
        Operand::Number(number) => {
            matches!(value.first(), Some(b'-' | b'0'..=b'9'))
                && comparisons::numbers_hold(comparison.operator, json::number(value), *number)
        }
        Operand::Constant(operand) => comparisons::holds(comparison.operator, value, texts.text(*operand)),
        Operand::Slot(slot) => comparisons::holds(comparison.operator, value, texts.text(at(slots, *slot))),
    }
}
