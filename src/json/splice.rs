//! Puts a value into another at a path, as ResultPath does.

use super::Step;
use super::string::quote;
use super::walk::{Kind, get, kind, members};
use std::fmt;
use std::ops::Range;

/// A step of the path that does not fit the value it is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpliceError {
    /// Which step of the path, from 0.
    pub step: usize,
    /// Why it does not fit.
    pub misfit: Misfit,
}

/// Why a step does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A name is looked for in something else than an object.
    NotAnObject(Kind),
    /// An element is looked for in something else than an array.
    NotAnArray(Kind),
    /// The array ends before.
    NoElement,
    /// An element is looked for where nothing is: only objects are made.
    Nothing,
}

impl fmt::Display for SpliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |kind| match kind {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        };
        match self.misfit {
            Misfit::NotAnObject(kind) => write!(f, "expected an object at step {}, found {}", self.step, name(kind)),
            Misfit::NotAnArray(kind) => write!(f, "expected an array at step {}, found {}", self.step, name(kind)),
            Misfit::NoElement => write!(f, "no such element at step {}", self.step),
            Misfit::Nothing => write!(f, "expected an array at step {}, found nothing", self.step),
        }
    }
}

impl std::error::Error for SpliceError {}

/// Appends `base` with `value` at `path`: in place of what is there, or in new objects where nothing is.
///
/// All other bytes are copied as they are, so the order of keys stays and a new member comes last. Nothing is appended
/// after an error. What the path means: States Language, "Reference Paths".
pub fn splice(base: &[u8], path: &[Step], value: &[u8], out: &mut Vec<u8>) -> Result<(), SpliceError> {
    let mut hole = 0..base.len();
    for (place, step) in path.iter().enumerate() {
        let parent = &base[hole.clone()];
        fits(step, parent).map_err(|misfit| SpliceError { step: place, misfit })?;
        let Some(part) = get(parent, step) else {
            let (start, end) = (hole.start, hole.end - 1);
            let made = made(&base[start..=end], &path[place..], value);
            let made = made.map_err(|(step, misfit)| SpliceError { step: place + step, misfit })?;
            replace(base, end..end, &made, out);
            return Ok(());
        };
        hole = hole.start + part.start..hole.start + part.end;
    }
    replace(base, hole, value, out);
    Ok(())
}

fn fits(step: &Step, parent: &[u8]) -> Result<(), Misfit> {
    match (step, kind(parent)) {
        (Step::Key(_), Kind::Object) | (Step::Index(_), Kind::Array) => Ok(()),
        (Step::Key(_), other) => Err(Misfit::NotAnObject(other)),
        (Step::Index(_), other) => Err(Misfit::NotAnArray(other)),
    }
}

/// What is to be added at the end of `parent`, where the first of these steps finds nothing.
fn made(parent: &[u8], steps: &[Step], value: &[u8]) -> Result<Vec<u8>, (usize, Misfit)> {
    let mut text = Vec::new();
    if members(parent).next().is_some() {
        text.push(b',');
    }
    for (place, step) in steps.iter().enumerate() {
        match step {
            Step::Key(name) => {
                text.extend_from_slice(if place == 0 { b"" } else { b"{" });
                quote(name, &mut text);
                text.push(b':');
            }
            Step::Index(_) if place == 0 => return Err((place, Misfit::NoElement)),
            Step::Index(_) => return Err((place, Misfit::Nothing)),
        }
    }
    text.extend_from_slice(value);
    text.resize(text.len() + steps.len() - 1, b'}');
    Ok(text)
}

fn replace(base: &[u8], hole: Range<usize>, with: &[u8], out: &mut Vec<u8>) {
    out.reserve(base.len() - hole.len() + with.len());
    out.extend_from_slice(&base[..hole.start]);
    out.extend_from_slice(with);
    out.extend_from_slice(&base[hole.end..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.0.b` as steps.
    fn path(path: &str) -> Vec<Step> {
        let step = |step: &str| step.parse().map_or_else(|_| Step::Key(step.into()), Step::Index);
        path.split('.').filter(|step| !step.is_empty()).map(step).collect()
    }

    #[test]
    fn a_value_is_put_at_its_path_and_nothing_else_changes() {
        for (base, to, expected) in [
            ("{\"a\":1}", "", "7"),
            ("{ \"a\" : 1.10 }", "a", "{ \"a\" : 7 }"),
            ("{ \"a\" : 1.10 }", "b", "{ \"a\" : 1.10 ,\"b\":7}"),
            ("{}", "a.b.c", "{\"a\":{\"b\":{\"c\":7}}}"),
            ("{ }", "a", "{ \"a\":7}"),
            ("{\"a\":{\"b\":[1,{\"c\":2}]}}", "a.b.1.c", "{\"a\":{\"b\":[1,{\"c\":7}]}}"),
            ("{\"a\":{\"b\":[1,{\"c\":2}]}}", "a.b.1.d", "{\"a\":{\"b\":[1,{\"c\":2,\"d\":7}]}}"),
            ("{\"a\":1,\"a\":2}", "a", "{\"a\":1,\"a\":7}"),
            ("{\"a\":1}", "q\"", "{\"a\":1,\"q\\\"\":7}"),
        ] {
            let mut out = b"<".to_vec();
            splice(base.as_bytes(), &path(to), b"7", &mut out).expect(to);
            assert_eq!(String::from_utf8(out).expect("text"), format!("<{expected}"));
        }
    }

    #[test]
    fn a_step_must_fit() {
        let base = b"{\"a\":[1],\"b\":null,\"c\":\"x\"}";
        for (to, step, misfit) in [
            ("b.x", 1, Misfit::NotAnObject(Kind::Null)),
            ("c.x", 1, Misfit::NotAnObject(Kind::String)),
            ("a.x", 1, Misfit::NotAnObject(Kind::Array)),
            ("0", 0, Misfit::NotAnArray(Kind::Object)),
            ("a.1", 1, Misfit::NoElement),
            ("d.e.0", 2, Misfit::Nothing),
        ] {
            let mut out = Vec::new();
            assert_eq!(splice(base, &path(to), b"7", &mut out), Err(SpliceError { step, misfit }), "{to}");
            assert!(out.is_empty());
        }
        let error = SpliceError { step: 1, misfit: Misfit::NotAnObject(Kind::Null) };
        assert_eq!(error.to_string(), "expected an object at step 1, found null");
    }
}
