//! `$match`, `$contains`, `$split` and `$replace` with functions: matchers of the user's own, replacements worked out.
//!
//! A matcher takes a text and gives `{match, start, end, groups, next}`, or nothing; `next` gives the next match. Regular
//! expressions are such functions, too. Places in texts are counted in UTF-16 units, as in JavaScript.

use super::higher::Progress;
use super::{Evaluator, Scene};
use crate::builtin::jsonata::functions::Higher as Kind;
use crate::builtin::jsonata::{Fault, Flags, Function, Item, ObjectId, Outcome, json_of};

/// A matching function, half done.
#[derive(Debug)]
pub(super) struct Matching {
    kind: Kind,
    text: String,
    replacement: Item,
    limit: f64,
    count: f64,
    /// Up to where the text has been dealt with, in bytes.
    position: usize,
    /// Where the latest match ends, in bytes, and how to find the next one.
    end: usize,
    next: Item,
    /// What `$match` and `$split` have found.
    found: Item,
    /// What `$replace` has written.
    written: String,
    replacing: bool,
}

/// Begins: the first call asks for the first match.
pub(super) fn begin(
    evaluator: &mut Evaluator,
    kind: Kind,
    arguments: &[Item],
    scene: &Scene<'_>,
) -> Outcome<(Matching, Progress)> {
    let limit = if kind == Kind::Replace { arguments[3] } else { arguments[2] };
    let limit = evaluator.heap.number(limit, scene.texts).unwrap_or(f64::INFINITY);
    let text = evaluator.heap.text(arguments[0], scene.texts).into_owned();
    let found = Item::Array(evaluator.heap.array(Flags { sequence: kind == Kind::Match, ..Flags::default() }));
    let matching = Matching {
        kind,
        text,
        replacement: if kind == Kind::Replace { arguments[2] } else { Item::Undefined },
        limit,
        count: 0.0,
        position: 0,
        end: 0,
        next: Item::Undefined,
        found,
        written: String::new(),
        replacing: false,
    };
    if arguments[0].is_undefined() {
        return Ok((matching, Progress::Done(Item::Undefined)));
    }
    if limit < 0.0 {
        let (code, index) = match kind {
            Kind::Match => ("D3040", "3"),
            Kind::Split => ("D3020", "3"),
            _ => ("D3011", "4"),
        };
        return Err(Fault::new(code).with("value", format!("{limit}")).with("index", index));
    }
    let progress = match arguments[1] {
        _ if limit == 0.0 => matching.result(evaluator)?,
        Item::Function(function) => {
            let arguments = [arguments[0], Item::Undefined, Item::Undefined, Item::Undefined];
            Progress::Call { function, arguments, count: 1 }
        }
        pattern => {
            // Only what a regular expression matches can be given to a function.
            let value = json_of(&evaluator.heap, pattern, scene.texts);
            let searched = evaluator.heap.text(pattern, scene.texts);
            match searched.is_empty() {
                true => return Err(Fault::new("D3010").with("value", value).with("index", "2")),
                false if matching.text.contains(&*searched) => return Err(Fault::new("D3012").with("value", value)),
                false => matching.result(evaluator)?,
            }
        }
    };
    Ok((matching, progress))
}

/// Takes a match, or what it is replaced with; what comes next.
pub(super) fn resume(
    evaluator: &mut Evaluator,
    matching: &mut Matching,
    value: Item,
    scene: &Scene<'_>,
) -> Outcome<Progress> {
    evaluator.charge(1)?;
    if matching.replacing {
        matching.replace(evaluator, value, scene)?;
        return matching.find_next(evaluator);
    }
    if value.is_undefined() {
        return matching.result(evaluator);
    }
    if matching.kind == Kind::Contains {
        return Ok(Progress::Done(Item::True));
    }
    let object = checked(evaluator, value, scene)?;
    let part =
        |evaluator: &Evaluator, name: &str| evaluator.heap.get(Item::Object(object), name.as_bytes(), scene.texts);
    let place = |evaluator: &Evaluator, name: &str| {
        let units = evaluator.heap.number(part(evaluator, name), scene.texts).unwrap_or(0.0);
        byte_of(&matching.text, units)
    };
    let (start, end) = (place(evaluator, "start"), place(evaluator, "end"));
    matching.next = part(evaluator, "next");
    matching.end = end.max(start).max(matching.position);
    let start = start.max(matching.position);
    match matching.kind {
        Kind::Match => {
            let found = evaluator.heap.object();
            for (name, from) in [("match", "match"), ("index", "start"), ("groups", "groups")] {
                let name = evaluator.heap.string(name.as_bytes())?;
                let value = part(evaluator, from);
                evaluator.heap.add(found, name, value)?;
            }
            evaluator.push(matching.found, Item::Object(found))?;
        }
        Kind::Split => {
            let before = evaluator.heap.string(&matching.text.as_bytes()[matching.position..start])?;
            evaluator.push(matching.found, before)?;
            matching.position = matching.end;
        }
        _ => {
            matching.written.push_str(&matching.text[matching.position..start]);
            matching.replacing = true;
            if let Item::Function(function) = matching.replacement {
                let arguments = [value, Item::Undefined, Item::Undefined, Item::Undefined];
                return Ok(Progress::Call { function, arguments, count: 1 });
            }
            matching.replace(evaluator, matching.replacement, scene)?;
        }
    }
    matching.find_next(evaluator)
}

impl Matching {
    fn replace(&mut self, evaluator: &Evaluator, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        if !value.is_string() {
            return Err(Fault::new("D3012").with("value", json_of(&evaluator.heap, value, scene.texts)));
        }
        self.written.push_str(&evaluator.heap.text(value, scene.texts));
        self.replacing = false;
        self.position = self.end;
        Ok(())
    }

    fn find_next(&mut self, evaluator: &mut Evaluator) -> Outcome<Progress> {
        self.count += 1.0;
        match self.next {
            Item::Function(function) if self.count < self.limit => {
                Ok(Progress::Call { function, arguments: [Item::Undefined; 4], count: 0 })
            }
            _ => self.result(evaluator),
        }
    }

    fn result(&self, evaluator: &mut Evaluator) -> Outcome<Progress> {
        let rest = &self.text[self.position..];
        let value = match self.kind {
            Kind::Contains => Item::False,
            Kind::Match => self.found,
            Kind::Split => {
                if self.count < self.limit {
                    let rest = evaluator.heap.string(rest.as_bytes())?;
                    evaluator.push(self.found, rest)?;
                }
                self.found
            }
            _ => evaluator.heap.string(format!("{}{rest}", self.written).as_bytes())?,
        };
        Ok(Progress::Done(value))
    }
}

/// A match as a matcher gives it: one of its members at least must be as it should.
fn checked(evaluator: &mut Evaluator, value: Item, scene: &Scene<'_>) -> Outcome<ObjectId> {
    let object = evaluator.heap.unfold(value, scene.texts)?;
    let part = |name: &[u8]| evaluator.heap.get(value, name, scene.texts);
    let sound = part(b"start").is_number()
        || part(b"end").is_number()
        || part(b"groups").is_array()
        || matches!(part(b"next"), Item::Function(_));
    object.filter(|_| sound).ok_or_else(|| Fault::new("T1010"))
}

/// The byte at which so many UTF-16 units are behind.
fn byte_of(text: &str, units: f64) -> usize {
    let mut left = units;
    let mut bytes = 0;
    for character in text.chars().take_while(|_| units > 0.0) {
        if left <= 0.0 {
            break;
        }
        left -= character.len_utf16() as f64;
        bytes += character.len_utf8();
    }
    bytes
}

impl Evaluator {
    /// What a regular expression gives when it is called as a function.
    pub(super) fn match_object(&mut self, scene: &Scene<'_>, function: Function, arguments: &[Item]) -> Outcome<Item> {
        let (regex, span, from, first) = match function {
            Function::Regex(regex) => {
                let text = self.heap.bytes(arguments.first().copied().unwrap_or_default(), scene.texts).into_owned();
                match self.heap.string(&text)? {
                    Item::String(span) => (regex, span, 0, true),
                    _ => return Ok(Item::Undefined),
                }
            }
            Function::NextMatch { regex, text, from } => (regex, text, from, false),
            _ => return Ok(Item::Undefined),
        };
        if !first && from >= span.len() {
            return Ok(Item::Undefined);
        }
        self.charge(u64::from(span.len()) / 16)?;
        let text = String::from_utf8_lossy(self.heap.span(span)).into_owned();
        let pattern = &scene.program.expressions.regexes[regex as usize];
        let Some(found) = pattern.find(&text, from as usize)? else { return Ok(Item::Undefined) };
        if found.range.is_empty() && !first {
            return Err(Fault::new("D1004"));
        }
        let part = |range: &std::ops::Range<usize>| Item::String(span.part(range.clone()));
        let units = |byte: usize| Item::number(text[..byte].chars().map(char::len_utf16).sum::<usize>() as f64);
        let groups: Vec<Item> = found.groups.iter().map(|group| group.as_ref().map_or(Item::Null, part)).collect();
        let groups = self.heap.array_of(&groups, Flags::default())?;
        // An empty match is looked for again behind the place where it was found.
        let behind = found.range.end as u32;
        let next = self.heap.function(Function::NextMatch { regex, text: span, from: behind })?;
        let object = self.heap.object();
        let members = [
            ("match", part(&found.range)),
            ("start", units(found.range.start)),
            ("end", units(found.range.end)),
            ("groups", Item::Array(groups)),
            ("next", next),
        ];
        for (name, value) in members {
            let name = self.heap.string(name.as_bytes())?;
            self.heap.add(object, name, value)?;
        }
        Ok(Item::Object(object))
    }
}
