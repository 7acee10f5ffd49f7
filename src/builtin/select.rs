//! Paths at work: which parts of a JSON text they lead to.
//!
//! Selectors are applied one after the other, each to everything found before it. So nothing here calls itself, except
//! that a filter looks along the paths it holds.

use std::ops::Range;

use crate::builtin::distinct;
use crate::builtin::filter;
use crate::builtin::path::{Filter, Path, Selector, is_definite};
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Kind};

/// How many bytes one path may look at, counted again for each selector that looks, beside eight times those of the text.
const WORK_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How many bytes the values may have that one path finds, beside eight times those of the text.
const FOUND_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What each value counts that was found, beside its own bytes.
const FOUND_BYTES_EACH: usize = 8;

/// Appends where in `text` the values lie to which the path leads, in Jayway's order.
///
/// A definite path finds at most one. A final [`Selector::Keys`] finds the objects it takes its members from; [`read`]
/// does the taking. Fails with `States.Runtime` only if there is too much to do: repeated `..` multiply the work.
pub fn select(path: &[Selector], text: &[u8], found: &mut Vec<Range<usize>>) -> Result<(), Failure> {
    let (before, mut budget) = (found.len(), Budget::of(text));
    select_from(path, text, 0..text.len(), &mut budget, found)?;
    budget.find(found[before..].iter().map(|range| range.len()).sum())
}

/// Appends the value to which the path leads, or the array of all if it is indefinite. Whether there is one: an
/// indefinite path always has its array, if empty; recorded also for `$.items[*]` where there are no `items`.
pub fn read(path: &[Selector], text: &[u8], out: &mut Vec<u8>) -> Result<bool, Failure> {
    let mut found = Vec::new();
    select(path, text, &mut found)?;
    let picked = match path.last() {
        Some(Selector::Keys(names)) => Some(&names[..]),
        _ => None,
    };
    if is_definite(path) {
        found.first().inspect(|range| write(&text[range.start..range.end], picked, out));
        return Ok(!found.is_empty());
    }
    out.push(b'[');
    for (count, range) in found.into_iter().enumerate() {
        out.extend_from_slice(if count == 0 { b"" } else { b"," });
        write(&text[range], picked, out);
    }
    out.push(b']');
    Ok(true)
}

/// Why a definite path finds nothing, in the words that follow `Invalid path '…' : ` in Step Functions' causes
/// (both sentences are recorded).
pub fn why_missing(path: &[Selector], text: &[u8]) -> String {
    let mut value = 0..text.len();
    for (place, selector) in path.iter().enumerate() {
        let (last, so_far) = (place + 1 == path.len(), Path { selectors: path[..=place].to_vec() });
        let Some(part) = single(selector, text, &value) else {
            let property = matches!(selector, Selector::Key(_)) && json::kind(&text[value]) == Kind::Object;
            if property && !last {
                return format!("Missing property in path {so_far}");
            }
            break;
        };
        value = part;
    }
    format!("No results for path: {}", Path { selectors: path.to_vec() })
}

/// What a path may still cost.
pub(super) struct Budget {
    work: usize,
    found: usize,
}

impl Budget {
    fn of(text: &[u8]) -> Budget {
        let text = text.len().saturating_mul(8);
        Budget { work: WORK_BYTES_MAX.saturating_add(text), found: FOUND_BYTES_MAX.saturating_add(text) }
    }

    pub(super) fn look_at(&mut self, bytes: usize) -> Result<(), Failure> {
        self.work = self.work.checked_sub(bytes.saturating_add(1)).ok_or_else(too_much)?;
        Ok(())
    }

    fn find(&mut self, bytes: usize) -> Result<(), Failure> {
        self.found = self.found.checked_sub(bytes).ok_or_else(too_much)?;
        Ok(())
    }
}

fn too_much() -> Failure {
    Failure::new(ErrorName::Runtime, "The path finds too many values, or looks at too many to find them.")
}

/// As [`select`], below the value at `start` of the text.
pub(super) fn select_from(
    path: &[Selector],
    text: &[u8],
    start: Range<usize>,
    budget: &mut Budget,
    found: &mut Vec<Range<usize>>,
) -> Result<(), Failure> {
    if is_definite(path) {
        budget.look_at(start.len())?;
        found.extend(path.iter().try_fold(start, |value, selector| single(selector, text, &value)));
        return Ok(());
    }
    let mut current = vec![start];
    let mut deep = false;
    for (place, selector) in path.iter().enumerate() {
        if matches!(selector, Selector::Keys(_)) && place + 1 == path.len() {
            current.retain(|value| json::kind(&text[value.clone()]) == Kind::Object);
            break;
        }
        let mut search = Search { text, budget: &mut *budget, found: Vec::new() };
        for value in current {
            search.apply(selector, value, deep)?;
        }
        current = search.found;
        deep = matches!(selector, Selector::Descend);
    }
    found.append(&mut current);
    Ok(())
}

/// One selector's search through the text.
struct Search<'a> {
    text: &'a [u8],
    budget: &'a mut Budget,
    found: Vec<Range<usize>>,
}

impl Search<'_> {
    /// `deep`: the selector follows `..`, which offers every element by itself, too.
    fn apply(&mut self, selector: &Selector, value: Range<usize>, deep: bool) -> Result<(), Failure> {
        self.budget.look_at(value.len())?;
        let part = &self.text[value.clone()];
        match selector {
            Selector::Key(_) | Selector::Index(_) => {
                single(selector, self.text, &value).map_or(Ok(()), |found| self.add(found))
            }
            Selector::Keys(names) => {
                self.budget.look_at(value.len().saturating_mul(names.len()))?;
                self.add_all(&value, names.iter().filter_map(|name| member(part, name)))
            }
            Selector::Union(indices) => {
                let elements: Vec<_> = json::elements(part).collect();
                let places = indices.iter().filter_map(|&index| from_either_end(index, elements.len()));
                self.add_all(&value, places.map(|place| elements[place].clone()))
            }
            Selector::Slice { start, end, step } => {
                let bounds = slice(*start, *end, json::elements(part).count());
                let elements = json::elements(part).skip(bounds.start).take(bounds.len()).step_by(*step as usize);
                self.add_all(&value, elements)
            }
            Selector::Wildcard if json::kind(part) == Kind::Object => {
                self.add_all(&value, distinct::members(part).into_iter().map(|(_, member)| member))
            }
            Selector::Wildcard => self.add_all(&value, json::elements(part)),
            Selector::Descend => self.descend(value),
            Selector::Filter(filter) => self.filter(filter, value, deep),
        }
    }

    fn filter(&mut self, filter: &Filter, value: Range<usize>, deep: bool) -> Result<(), Failure> {
        let part = &self.text[value.clone()];
        match json::kind(part) {
            Kind::Array if deep => Ok(()),
            Kind::Array => json::elements(part)
                .try_for_each(|element| self.add_if(filter, value.start + element.start..value.start + element.end)),
            Kind::Object => self.add_if(filter, value),
            _ => Ok(()),
        }
    }

    /// Adds parts of the value, given as ranges of its own bytes.
    fn add_all(&mut self, value: &Range<usize>, parts: impl IntoIterator<Item = Range<usize>>) -> Result<(), Failure> {
        parts.into_iter().try_for_each(|part| self.add(value.start + part.start..value.start + part.end))
    }

    fn add(&mut self, value: Range<usize>) -> Result<(), Failure> {
        self.budget.find(FOUND_BYTES_EACH)?;
        self.found.push(value);
        Ok(())
    }

    fn add_if(&mut self, filter: &Filter, value: Range<usize>) -> Result<(), Failure> {
        if filter::holds(filter, self.text, &value, self.budget)? { self.add(value) } else { Ok(()) }
    }

    /// The value and all arrays and objects in it, each before its parts. Those still to visit wait on a stack.
    fn descend(&mut self, value: Range<usize>) -> Result<(), Failure> {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            self.budget.look_at(value.len())?;
            let part = &self.text[value.clone()];
            let inner: Vec<_> = match json::kind(part) {
                Kind::Array => json::elements(part).collect(),
                Kind::Object => distinct::members(part).into_iter().map(|(_, member)| member).collect(),
                _ => continue,
            };
            // What waits needs no budget of its own: it is no more than the bytes just looked at.
            let inner = inner.into_iter().rev().map(|part| value.start + part.start..value.start + part.end);
            waiting.extend(inner.filter(|part| matches!(self.text[part.start], b'[' | b'{')));
            self.add(value)?;
        }
        Ok(())
    }
}

/// Where a selector leads that finds at most one part of a value; a final [`Selector::Keys`] stays where it is.
fn single(selector: &Selector, text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    let part = &text[value.clone()];
    let found = match selector {
        Selector::Key(name) => member(part, name)?,
        Selector::Index(index) if *index < 0 => {
            let place = from_either_end(*index, json::elements(part).count())?;
            json::elements(part).nth(place)?
        }
        Selector::Index(index) => json::elements(part).nth(usize::try_from(*index).ok()?)?,
        Selector::Keys(_) if json::kind(part) == Kind::Object => 0..part.len(),
        _ => return None,
    };
    Some(value.start + found.start..value.start + found.end)
}

/// The member of an object, of equal names the last.
fn member(object: &[u8], name: &str) -> Option<Range<usize>> {
    let is_it = |key: &[u8]| match &key[1..key.len() - 1] {
        written if written.contains(&b'\\') => json::decode(key) == name,
        written => written == name.as_bytes(),
    };
    json::members(object).filter(|(key, _)| is_it(&object[key.clone()])).last().map(|(_, value)| value)
}

fn from_either_end(index: i64, length: usize) -> Option<usize> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let place = if index < 0 { length.checked_sub(distance)? } else { distance };
    (place < length).then_some(place)
}

/// The places of a slice, as Python counts them.
fn slice(start: Option<i64>, end: Option<i64>, length: usize) -> Range<usize> {
    let bound = |bound: i64| match usize::try_from(bound.unsigned_abs()).unwrap_or(usize::MAX) {
        back if bound < 0 => length.saturating_sub(back),
        place => place.min(length),
    };
    let (start, end) = (start.map_or(0, bound), end.map_or(length, bound));
    start..end.max(start)
}

/// Writes a value, or of an object only the members picked, in the order they were asked for.
fn write(value: &[u8], picked: Option<&[Box<str>]>, out: &mut Vec<u8>) {
    let Some(names) = picked else { return out.extend_from_slice(value) };
    let before = out.len();
    for name in names {
        let Some(member) = member(value, name) else { continue };
        out.push(if out.len() == before { b'{' } else { b',' });
        json::quote(name, out);
        out.push(b':');
        out.extend_from_slice(&value[member]);
    }
    out.extend_from_slice(if out.len() == before { b"{}" } else { b"}" });
}

#[cfg(test)]
mod tests;
