//! All parts of an expression, visited once.

use super::ancestry::Ancestry;
use super::ast::{Group, Kind, Node, Stage, Step};

/// Gives each `%` the label of the step it was found at.
pub(super) fn rename(node: &mut Node, ancestry: &Ancestry) {
    if let Kind::Parent(label) = &mut node.kind {
        *label = ancestry.renamed(*label);
    }
    each_part(node, &mut |part| rename(part, ancestry));
}

pub(super) fn each_part(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    node.predicates.iter_mut().for_each(&mut *visit);
    if let Some(group) = &mut node.group {
        each_of_group(group, visit);
    }
    match &mut node.kind {
        Kind::Path(path) => path.steps.iter_mut().for_each(|step| each_of_step(step, visit)),
        Kind::Array { items: nodes, .. } | Kind::Block(nodes) => nodes.iter_mut().for_each(visit),
        Kind::Object(group) => each_of_group(group, visit),
        Kind::Negate(node) | Kind::Bind { value: node, .. } => visit(node),
        Kind::Binary { left, right, .. } | Kind::Apply { left, right } => {
            visit(left);
            visit(right);
        }
        Kind::Condition { condition, then, otherwise } => {
            [condition, then].into_iter().chain(otherwise).for_each(|node| visit(node));
        }
        Kind::Lambda(lambda) => visit(&mut lambda.body),
        Kind::Call { procedure, arguments } | Kind::Partial { procedure, arguments } => {
            visit(procedure);
            arguments.iter_mut().for_each(visit);
        }
        Kind::Transform { pattern, update, delete } => {
            [pattern, update].into_iter().chain(delete).for_each(|node| visit(node));
        }
        Kind::Sort(terms) => terms.iter_mut().for_each(|term| visit(&mut term.expression)),
        Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_)
        | Kind::Regex { .. }
        | Kind::Variable(_)
        | Kind::Name(_)
        | Kind::Wildcard
        | Kind::Descendant
        | Kind::Parent(_)
        | Kind::Placeholder => {}
    }
}

fn each_of_step(step: &mut Step, visit: &mut dyn FnMut(&mut Node)) {
    visit(&mut step.node);
    for stage in &mut step.stages {
        if let Stage::Filter(node) = stage {
            visit(node);
        }
    }
}

fn each_of_group(group: &mut Group, visit: &mut dyn FnMut(&mut Node)) {
    for (key, value) in &mut group.pairs {
        visit(key);
        visit(value);
    }
}
