//! For which values of one variable a rule holds, as intervals among all that the rules tell apart.
//!
//! The values are put in a row: null, false, true, arrays, objects, then numbers and then strings, each below, on and
//! between the bounds that the rules name, in the order of numbers and of bytes. So a test is an interval, a
//! pattern with a star at its end too; and what `And`, `Or` and `Not` make of tests are intervals again.

use crate::asl::graph::{Condition, Expression, Operand};
use crate::builtin::comparisons::{self, Operator, Ordered};
use crate::json::{self, Kind, tree};
use crate::program::{KINDS, place_of};
use std::ops::Range;

/// Places in the row, rising and apart.
pub(super) type Set = Vec<Range<usize>>;

/// The bounds that rules of one variable name.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub numbers: Vec<f64>,
    pub texts: Vec<Box<[u8]>>,
}

/// A test that a table can decide.
struct Test<'a> {
    operator: Operator,
    operand: &'a tree::Node,
}

/// The variable of a condition's first test.
pub(super) fn variable(condition: &Condition) -> Option<&Expression> {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => variable(parts.first()?),
        Condition::Not(part) => variable(part),
        Condition::Test { variable, .. } => Some(variable),
        Condition::Computed(_) => None,
    }
}

/// Whether all of the condition is about this variable, and a table can decide it.
pub(super) fn is_about(condition: &Condition, variable: &str) -> bool {
    all_tests(condition, &mut |of, test| of.text == variable && test.is_some_and(|test| is_simple(&test)))
}

/// Whether the condition asks if there is a value at all.
pub(super) fn asks_for_presence(condition: &Condition) -> bool {
    !all_tests(condition, &mut |_, test| test.is_none_or(|test| test.operator != Operator::IsPresent))
}

/// What the condition is without a value; None where that is a failure. `And` and `Or` stop as soon as they know.
pub(super) fn without_value(condition: &Condition) -> Option<bool> {
    match condition {
        Condition::And(parts) => {
            parts.iter().map(without_value).find(|holds| *holds != Some(true)).unwrap_or(Some(true))
        }
        Condition::Or(parts) => {
            parts.iter().map(without_value).find(|holds| *holds != Some(false)).unwrap_or(Some(false))
        }
        Condition::Not(part) => without_value(part).map(|holds| !holds),
        _ => {
            test_of(condition).filter(|test| test.operator == Operator::IsPresent).map(|test| !is_wanted(test.operand))
        }
    }
}

fn all_tests(condition: &Condition, holds: &mut dyn FnMut(&Expression, Option<Test<'_>>) -> bool) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().all(|part| all_tests(part, holds)),
        Condition::Not(part) => all_tests(part, holds),
        Condition::Test { variable, .. } => holds(variable, test_of(condition)),
        Condition::Computed(_) => false,
    }
}

fn test_of(condition: &Condition) -> Option<Test<'_>> {
    match condition {
        Condition::Test { operator, operand: Operand::Constant(operand), .. } => {
            comparisons::comparison(operator).map(|(known, _)| Test { operator: known.operator, operand })
        }
        _ => None,
    }
}

fn is_simple(test: &Test<'_>) -> bool {
    match (test.operator, &test.operand.kind) {
        (operator, tree::Kind::Number(_)) => is_numeric(operator) && is_exact(&written(test.operand)),
        (Operator::Equals(Ordered::Strings), tree::Kind::String(_)) => true,
        (Operator::StringMatches, tree::Kind::String(text)) => beginning(text).is_some(),
        (Operator::BooleanEquals | Operator::IsPresent | Operator::Is(_), tree::Kind::Bool(_)) => true,
        _ => false,
    }
}

pub(super) fn is_numeric(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Equals(Ordered::Numbers)
            | Operator::LessThan(Ordered::Numbers)
            | Operator::GreaterThan(Ordered::Numbers)
            | Operator::LessThanEquals(Ordered::Numbers)
            | Operator::GreaterThanEquals(Ordered::Numbers)
    )
}

/// Whether comparing with this number as a `double` is comparing exactly: integers beyond are compared as integers.
pub(super) fn is_exact(number: &[u8]) -> bool {
    json::number(number).abs() < 9_007_199_254_740_992.0
}

/// The text of a pattern without a star, or with one at its end, and whether it has one.
fn beginning(pattern: &str) -> Option<(&str, bool)> {
    if pattern.contains('\\') {
        return None;
    }
    match pattern.find('*') {
        None => Some((pattern, false)),
        Some(star) if star + 1 == pattern.len() => Some((&pattern[..star], true)),
        Some(_) => None,
    }
}

pub(super) fn written(node: &tree::Node) -> Vec<u8> {
    let mut text = Vec::new();
    tree::write(node, &mut text);
    text
}

fn is_wanted(operand: &tree::Node) -> bool {
    matches!(operand.kind, tree::Kind::Bool(true))
}

/// The first text that comes behind all that begin so; None where none does.
fn behind(text: &str) -> Option<Box<[u8]>> {
    let mut text = text.as_bytes().to_vec();
    // No byte of a text is 255.
    *text.last_mut()? += 1;
    Some(text.into())
}

impl Row {
    /// The row of these conditions, which are all about one variable.
    pub fn of<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Row {
        let mut row = Row::default();
        for condition in conditions {
            all_tests(condition, &mut |_, test| test.is_some_and(|test| row.add(&test)));
        }
        row.numbers.sort_by(f64::total_cmp);
        row.numbers.dedup();
        row.texts.sort();
        row.texts.dedup();
        row
    }

    fn add(&mut self, test: &Test<'_>) -> bool {
        match (&test.operand.kind, test.operator) {
            (tree::Kind::Number(_), _) => self.numbers.push(json::number(&written(test.operand))),
            (tree::Kind::String(text), Operator::StringMatches) => {
                let Some((text, has_star)) = beginning(text) else { return false };
                self.texts.push(text.as_bytes().into());
                self.texts.extend(behind(text).filter(|_| has_star));
            }
            (tree::Kind::String(text), _) => self.texts.push(text.as_bytes().into()),
            _ => {}
        }
        true
    }

    /// How many places it has.
    pub fn len(&self) -> usize {
        self.first_text() + 2 * self.texts.len() + 1
    }

    /// Where the numbers begin, and where the texts do.
    pub fn first_number(&self) -> usize {
        KINDS
    }

    pub fn first_text(&self) -> usize {
        KINDS + 2 * self.numbers.len() + 1
    }

    /// The places at which the condition holds.
    pub fn set(&self, condition: &Condition) -> Set {
        match condition {
            Condition::And(parts) => self.all(parts),
            Condition::Or(parts) => union(parts.iter().map(|part| self.set(part))),
            Condition::Not(part) => self.others(&self.set(part)),
            _ => test_of(condition).map_or(Set::new(), |test| self.of_test(&test)),
        }
    }

    /// The places at which all of the conditions hold: those at which none fails to.
    pub fn all(&self, parts: &[Condition]) -> Set {
        self.others(&union(parts.iter().map(|part| self.others(&self.set(part)))))
    }

    fn of_test(&self, test: &Test<'_>) -> Set {
        let is_wanted = is_wanted(test.operand);
        match test.operator {
            Operator::IsPresent if is_wanted => one(0..self.len()),
            Operator::IsPresent => Set::new(),
            Operator::Is(kind) if is_wanted => self.of_kind(kind),
            Operator::Is(kind) => self.others(&self.of_kind(kind)),
            Operator::BooleanEquals => {
                let place = place_of(Kind::Bool, is_wanted);
                one(place..place + 1)
            }
            operator if is_numeric(operator) => self.of_number(operator, json::number(&written(test.operand))),
            operator => match &test.operand.kind {
                tree::Kind::String(text) => self.of_text(operator, text),
                _ => Set::new(),
            },
        }
    }

    fn of_kind(&self, kind: Kind) -> Set {
        match kind {
            Kind::Number => one(self.first_number()..self.first_text()),
            Kind::String => one(self.first_text()..self.len()),
            Kind::Bool => one(place_of(kind, false)..place_of(kind, true) + 1),
            Kind::Null | Kind::Array | Kind::Object => one(place_of(kind, false)..place_of(kind, false) + 1),
        }
    }

    fn of_number(&self, operator: Operator, number: f64) -> Set {
        let on = self.first_number() + 2 * self.numbers.partition_point(|bound| *bound < number) + 1;
        let range = match operator {
            Operator::Equals(_) => on..on + 1,
            Operator::LessThan(_) => self.first_number()..on,
            Operator::LessThanEquals(_) => self.first_number()..on + 1,
            Operator::GreaterThan(_) => on + 1..self.first_text(),
            _ => on..self.first_text(),
        };
        one(range)
    }

    fn of_text(&self, operator: Operator, text: &str) -> Set {
        let on = |text: &[u8]| self.first_text() + 2 * self.texts.partition_point(|bound| **bound < *text) + 1;
        let (text, has_star) = match operator {
            Operator::StringMatches => beginning(text).unwrap_or((text, false)),
            _ => (text, false),
        };
        let start = on(text.as_bytes());
        one(match behind(text) {
            _ if !has_star => start..start + 1,
            Some(behind) => start..on(&behind),
            None => self.first_text()..self.len(),
        })
    }

    /// All other places.
    fn others(&self, set: &Set) -> Set {
        let starts = std::iter::once(0).chain(set.iter().map(|range| range.end));
        let ends = set.iter().map(|range| range.start).chain([self.len()]);
        starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
    }
}

fn one(range: Range<usize>) -> Set {
    vec![range]
}

fn union(sets: impl Iterator<Item = Set>) -> Set {
    let mut all: Set = sets.flatten().collect();
    all.sort_by_key(|range| range.start);
    all.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    all
}
