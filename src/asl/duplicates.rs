//! Objects with two fields of one name: legal JSON, of which only the last counts.

use std::collections::HashSet;

use super::value::shown;
use crate::diagnostic::{DUPLICATE_FIELD, Diagnostics, Severity, Site};
use crate::json::tree::{Kind, Member, Node};

/// Objects with fewer fields are looked through; larger ones have their names put into a set.
pub(super) const FIELDS_FEW: usize = 16;

/// One step on the way to a node. What it is called is worked out when somebody must be told.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Element(usize),
}

impl Step<'_> {
    pub fn spelled(&self) -> String {
        match self {
            Step::Field(name) => format!("/{}", shown(name)),
            Step::Element(index) => format!("[{index}]"),
        }
    }
}

/// Warns of each field that a later one hides. States are looked at elsewhere: there it is an error.
pub(super) fn check(root: &Node, diagnostics: &mut Diagnostics) {
    walk(root, &mut Vec::new(), diagnostics);
}

fn walk<'a>(node: &'a Node, path: &mut Vec<Step<'a>>, diagnostics: &mut Diagnostics) {
    match &node.kind {
        Kind::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                path.push(Step::Element(index));
                walk(element, path, diagnostics);
                path.pop();
            }
        }
        Kind::Object(members) => {
            if !matches!(path.last(), Some(Step::Field("States"))) {
                note(members, path, diagnostics);
            }
            for member in members {
                path.push(Step::Field(&member.name));
                walk(&member.value, path, diagnostics);
                path.pop();
            }
        }
        _ => {}
    }
}

fn note(members: &[Member], path: &[Step<'_>], diagnostics: &mut Diagnostics) {
    let mut names = HashSet::new();
    for (place, member) in members.iter().enumerate() {
        let is_second = match members.len() < FIELDS_FEW {
            true => members[..place].iter().any(|earlier| earlier.name == member.name),
            false => !names.insert(&member.name),
        };
        if is_second && diagnostics.dropped == 0 {
            let site = Site { span: member.name_span, location: location(path) };
            let message = format!("the field {:?} is there twice; the last one counts", shown(&member.name));
            diagnostics.note(Severity::Warning, DUPLICATE_FIELD, &site, message);
        }
    }
}

/// AWS calls the machine itself `/`.
fn location(path: &[Step<'_>]) -> String {
    if path.is_empty() { "/".to_owned() } else { path.iter().map(Step::spelled).collect() }
}
