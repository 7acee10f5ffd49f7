//! Which variables belong to which part of an expression: blocks and functions have a frame each.

use super::ast::{Kind, Node, Stage};
use super::free::parts;
use std::collections::HashSet;

/// The variables that are bound in the frame this expression stands in; blocks and functions in it have their own.
pub fn bindings<'a>(node: &'a Node, bound: &mut HashSet<&'a str>) {
    if let Kind::Bind { name, .. } = &node.kind {
        bound.insert(name);
    }
    parts(node, &mut |part, _| {
        if !matches!(part.kind, Kind::Block(_) | Kind::Lambda(_)) {
            bindings(part, bound);
        }
    });
}

/// What functions in the expression use that may not be their own: variables, and parents (`%`) by their labels.
pub fn shared(node: &Node, names: &mut HashSet<String>) {
    if matches!(node.kind, Kind::Lambda(_) | Kind::Transform { .. }) {
        used(node, names);
        return;
    }
    parts(node, &mut |part, _| shared(part, names));
}

fn used(node: &Node, names: &mut HashSet<String>) {
    match &node.kind {
        Kind::Variable(name) => drop(names.insert(name.to_string())),
        Kind::Parent(label) => drop(names.insert(parent_name(label.0))),
        _ => {}
    }
    parts(node, &mut |part, _| used(part, names));
}

/// The variables of a function's body that are not its parameters, each once.
pub fn outer(body: &Node, parameters: &[Box<str>]) -> Vec<String> {
    let mut names = HashSet::new();
    used(body, &mut names);
    let mut names: Vec<String> =
        names.into_iter().filter(|name| !parameters.iter().any(|own| **own == **name)).collect();
    names.sort();
    names
}

/// The names that the tuples of a path bind, those of paths in it among them.
pub fn tuple_names(node: &Node, names: &mut Vec<String>) {
    if let Kind::Path(path) = &node.kind {
        for step in &path.steps {
            names.extend(step.focus.iter().chain(&step.index).map(|name| name.to_string()));
            names.extend(step.ancestor.iter().map(|label| parent_name(label.0)));
            names.extend(step.stages.iter().filter_map(|stage| match stage {
                Stage::Index(name) => Some(name.to_string()),
                Stage::Filter(_) => None,
            }));
        }
    }
    parts(node, &mut |part, _| tuple_names(part, names));
}

/// The variable that a `%` reads; no other can be called so.
pub fn parent_name(label: u32) -> String {
    format!("%{label}")
}
