//! Objects with two fields of one name: legal JSON, of which only the last counts.

use std::collections::HashSet;

use super::value::shown;
use crate::diagnostic::{DUPLICATE_FIELD, Diagnostics, Severity, Site};
use crate::json::tree::{Kind, Node};

/// Warns of each field that a later one hides. States are looked at elsewhere: there it is an error.
pub(super) fn check(root: &Node, diagnostics: &mut Diagnostics) {
    walk(root, &mut Vec::new(), diagnostics);
}

fn walk(node: &Node, path: &mut Vec<String>, diagnostics: &mut Diagnostics) {
    match &node.kind {
        Kind::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                path.push(format!("[{index}]"));
                walk(element, path, diagnostics);
                path.pop();
            }
        }
        Kind::Object(members) => {
            let mut names = HashSet::new();
            let are_states = path.last().is_some_and(|step| step == "/States");
            for member in members {
                if !names.insert(&member.name) && !are_states && diagnostics.dropped == 0 {
                    let site = Site { span: member.name_span, location: place(path) };
                    let message = format!("the field {:?} is there twice; the last one counts", shown(&member.name));
                    diagnostics.note(Severity::Warning, DUPLICATE_FIELD, &site, message);
                }
                path.push(format!("/{}", shown(&member.name)));
                walk(&member.value, path, diagnostics);
                path.pop();
            }
        }
        _ => {}
    }
}

/// AWS calls the machine itself `/`.
fn place(path: &[String]) -> String {
    if path.is_empty() { "/".to_owned() } else { path.concat() }
}
