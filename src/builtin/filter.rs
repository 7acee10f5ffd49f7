//! Filters of paths: whether a value is one of those asked for.

use std::ops::Range;

use crate::builtin::comparisons::{order_numbers, order_strings};
use crate::builtin::path::{Filter, Matching, Selector, Term};
use crate::builtin::select::{Budget, select_from};
use crate::failure::Failure;
use crate::json::{self, Kind};

/// Whether the filter holds for the value at `value` of the text. Filters nest as deep as the parser lets them.
pub(super) fn holds(filter: &Filter, text: &[u8], value: &Range<usize>, budget: &mut Budget) -> Result<bool, Failure> {
    match filter {
        Filter::Any(filters) => any(filters, true, text, value, budget),
        Filter::All(filters) => any(filters, false, text, value, budget).map(|one_fails| !one_fails),
        Filter::Not(filter) => holds(filter, text, value, budget).map(|holds| !holds),
        Filter::Exists(term) => Ok(find(term, text, value, budget)?.is_some()),
        Filter::Compare { left, matching, right } => {
            let left = find(left, text, value, budget)?;
            let right = find(right, text, value, budget)?;
            Ok(compare(left, *matching, right))
        }
    }
}

/// Whether at least one of the filters comes out as `expected`.
fn any(
    filters: &[Filter],
    expected: bool,
    text: &[u8],
    value: &Range<usize>,
    budget: &mut Budget,
) -> Result<bool, Failure> {
    for filter in filters {
        if holds(filter, text, value, budget)? == expected {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first value that the term means.
fn find<'a>(
    term: &'a Term,
    text: &'a [u8],
    value: &Range<usize>,
    budget: &mut Budget,
) -> Result<Option<&'a [u8]>, Failure> {
    let mut first = |path: &[Selector], start: Range<usize>| {
        let mut found = Vec::new();
        select_from(path, text, start, budget, &mut found)?;
        Ok(found.into_iter().next().map(|range| &text[range]))
    };
    match term {
        Term::Current(path) => first(path, value.clone()),
        Term::Root(path) => first(path, 0..text.len()),
        Term::Literal(literal) => budget.look_at(literal.len()).map(|()| Some(&**literal)),
    }
}

/// How Jayway compares: values of different types, and those that are missing, are only ever unequal.
fn compare(left: Option<&[u8]>, matching: Matching, right: Option<&[u8]>) -> bool {
    let both = left.zip(right);
    let equal = both.is_some_and(|(left, right)| json::equal(left, right));
    let order = || both.and_then(|(left, right)| order(left, right));
    match matching {
        Matching::Equal => equal,
        Matching::NotEqual => !equal,
        Matching::Less => order().is_some_and(|order| order.is_lt()),
        Matching::LessOrEqual => order().is_some_and(|order| order.is_le()),
        Matching::Greater => order().is_some_and(|order| order.is_gt()),
        Matching::GreaterOrEqual => order().is_some_and(|order| order.is_ge()),
    }
}

fn order(left: &[u8], right: &[u8]) -> Option<std::cmp::Ordering> {
    match (json::kind(left), json::kind(right)) {
        (Kind::Number, Kind::Number) => order_numbers(left, right),
        (Kind::String, Kind::String) => Some(order_strings(left, right)),
        _ => None,
    }
}
