//! What a Choice decides by: tables, and comparisons one by one.

use super::run::at;
use crate::builtin::comparisons::{self, Operator};
use crate::json::{self, Texts, Value};
use crate::program::{Case, Cases, Comparison, Label, Operand};
use std::borrow::Cow;

/// The rules of a Choice over one variable, all at once.
pub(super) fn switch(cases: &Cases, text: &[u8]) -> Label {
    match cases {
        Cases::Number { bounds, targets, other } => {
            if !matches!(text.first(), Some(b'-' | b'0'..=b'9')) {
                return *other;
            }
            let number = json::number(text);
            let below = bounds.partition_point(|bound| *bound < number);
            let on = bounds.get(below).is_some_and(|bound| *bound == number);
            targets[2 * below + usize::from(on)]
        }
        Cases::Text { cases, sorted, other } => {
            if text.first() != Some(&b'"') {
                return *other;
            }
            let inner = &text[1..text.len() - 1];
            let decoded = match memchr::memchr(b'\\', inner) {
                None => Cow::Borrowed(inner),
                Some(_) => Cow::Owned(json::decode(text).into_owned().into_bytes()),
            };
            let found = if *sorted {
                cases.binary_search_by(|case| (*case.text).cmp(&decoded)).ok()
            } else {
                let fits =
                    |case: &Case| (case.prefix || decoded.len() == case.text.len()) && decoded.starts_with(&case.text);
                cases.iter().position(fits)
            };
            found.map_or(*other, |case| cases[case].target)
        }
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
