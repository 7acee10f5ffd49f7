//! Paths, followed and put results at.

use super::{Outcome, Stop, failed, text};
use serde_json::{Map, Value, json};

/// A part of a path.
#[derive(Clone, Debug)]
enum Part {
    Key(String),
    Index(i64),
    All,
    Slice(Option<i64>, Option<i64>),
}

fn parts(path: &str) -> Vec<Part> {
    let (mut found, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            found.push(Part::Key(after[..end].to_owned()));
            rest = &after[end..];
            continue;
        }
        let end = rest.find(']').expect("brackets close");
        let inner = &rest[1..end];
        found.push(match (inner, inner.split_once(':')) {
            ("*", _) => Part::All,
            (_, Some((from, to))) => Part::Slice(from.parse().ok(), to.parse().ok()),
            (key, None) if key.starts_with('\'') => Part::Key(key.trim_matches('\'').to_owned()),
            (index, None) => Part::Index(index.parse().expect("an index is a number")),
        });
        rest = &rest[end + 1..];
    }
    found
}

/// One value, or the array of all where the path is for many.
pub(super) fn follow(document: &Value, path: &str) -> Outcome<Option<Value>> {
    let parts = parts(path);
    let mut at = vec![document];
    for part in &parts {
        let members = at.iter().filter_map(|value| value.as_object()).map(Map::len).max();
        if matches!(part, Part::All) && members > Some(1) {
            return Err(Stop::Open("the order of members"));
        }
        at = at.into_iter().flat_map(|value| step(value, part)).collect();
    }
    let many = parts.iter().any(|part| matches!(part, Part::All | Part::Slice(..)));
    Ok(if many { Some(json!(at)) } else { at.first().map(|value| (*value).clone()) })
}

fn step<'v>(value: &'v Value, part: &Part) -> Vec<&'v Value> {
    let array = value.as_array().map_or(&[][..], Vec::as_slice);
    let count = array.len() as i64;
    let place = |index: i64| if index < 0 { (count + index).max(0) } else { index.min(count) };
    match part {
        Part::Key(key) => value.as_object().and_then(|object| object.get(key)).into_iter().collect(),
        Part::Index(index) if *index < 0 && count + index < 0 => Vec::new(),
        Part::Index(index) => array.get(place(*index) as usize).into_iter().collect(),
        Part::All => array.iter().chain(value.as_object().into_iter().flat_map(Map::values)).collect(),
        Part::Slice(from, to) => {
            let (from, to) = (place(from.unwrap_or(0)), to.map_or(count, place));
            array.get(from as usize..to.max(from) as usize).unwrap_or_default().iter().collect()
        }
    }
}

/// `ResultPath`.
pub(super) fn place(path: Option<&Value>, input: &Value, result: Value) -> Outcome {
    match path {
        None => Ok(result),
        Some(Value::Null) => Ok(input.clone()),
        Some(path) => {
            let mut placed = input.clone();
            put(&mut placed, &parts(&text(path)[1..]), result)
                .ok_or_else(|| failed("States.ResultPathMatchFailure"))?;
            Ok(placed)
        }
    }
}

fn put(into: &mut Value, path: &[Part], value: Value) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        *into = value;
        return Some(());
    };
    match first {
        Part::Key(key) => {
            let object = into.as_object_mut()?;
            let missing = || if rest.is_empty() { Value::Null } else { json!({}) };
            put(object.entry(key.clone()).or_insert_with(missing), rest, value)
        }
        Part::Index(index) => put(into.as_array_mut()?.get_mut(*index as usize)?, rest, value),
        _ => None,
    }
}
