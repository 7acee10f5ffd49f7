//! What only the whole machine shows: states that nothing reaches, loops without end, variables of inner scopes.

use std::collections::{HashMap, HashSet};

use super::ast::{Definition, Scope};
use super::graph::{ScopeId, StateId};
use super::parse::{Draft, find_target};
use crate::diagnostic::{Diagnostics, MISSING_END_STATE, MISSING_TRANSITION_TARGET, Severity, Site};

/// Checks every scope.
pub(super) fn graph(definition: &Definition<'_>, drafts: &[Draft], diagnostics: &mut Diagnostics) {
    for index in 0..definition.scopes.len() {
        scope(definition, ScopeId(index as u32), drafts, diagnostics);
    }
    variables(definition, drafts, diagnostics);
}

fn scope(definition: &Definition<'_>, id: ScopeId, drafts: &[Draft], diagnostics: &mut Diagnostics) {
    let scope = definition.scope(id);
    let start = start(definition, id, diagnostics);
    let ends = scope.members.iter().any(|state| drafts[state.0 as usize].ends);
    if !ends && !scope.members.is_empty() {
        // AWS tells no place for the machine itself, and then looks no further.
        let location = scope.fields.location.spelled();
        let site = Site { location, ..scope.fields.site() };
        diagnostics.note(Severity::Error, MISSING_END_STATE, &site, "Workflow has no terminal state").help =
            Some("let one state have \"End\": true, or add a Succeed or Fail state".to_owned());
    } else if let Some(start) = start {
        unreachable(definition, scope, start, drafts, diagnostics);
    }
}

fn start(definition: &Definition<'_>, id: ScopeId, diagnostics: &mut Diagnostics) -> Option<StateId> {
    let scope = definition.scope(id);
    let field = scope.fields.get("StartAt")?;
    let wanted = field.text(diagnostics)?;
    if scope.members.is_empty() {
        return None;
    }
    find_target(definition, id, wanted, &field, diagnostics)
}

fn unreachable(
    definition: &Definition<'_>,
    scope: &Scope<'_>,
    start: StateId,
    drafts: &[Draft],
    diagnostics: &mut Diagnostics,
) {
    let mut reached = HashSet::from([start]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        open.extend(drafts[state.0 as usize].targets.iter().copied().filter(|&target| reached.insert(target)));
    }
    for id in scope.members.iter().filter(|id| !reached.contains(id)) {
        let state = &definition.states[id.0 as usize];
        // A state that another of its name hides is told of already.
        if scope.names.get(state.name) != Some(id) {
            continue;
        }
        let message = format!("State \"{}\" is not reachable.", state.name);
        diagnostics.note(Severity::Error, MISSING_TRANSITION_TARGET, &state.fields.site(), message).help =
            Some("let another state lead to it, or remove it".to_owned());
    }
}

/// An inner scope reads the variables outside and may not reuse their names (Developer Guide, "Variable scope").
///
/// What the states around it assign does not count: that happens after the inner scope has ended, and AWS accepts it.
fn variables(definition: &Definition<'_>, drafts: &[Draft], diagnostics: &mut Diagnostics) {
    let mut assigning: HashMap<(&str, ScopeId), Vec<StateId>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for (name, _) in &draft.assigned {
            let states = assigning.entry((name, draft.state.scope)).or_default();
            // Two states tell whether one is not the parent; a list of all would be long to search.
            if states.len() < 2 && states.last() != Some(&StateId(index as u32)) {
                states.push(StateId(index as u32));
            }
        }
    }
    for draft in drafts {
        let around = around(definition, draft.state.scope);
        let hides = |name: &str| {
            around.iter().any(|(scope, parent)| {
                assigning.get(&(name, *scope)).is_some_and(|states| states.iter().any(|state| state != parent))
            })
        };
        for (name, site) in draft.assigned.iter().filter(|(name, _)| hides(name)) {
            let message = format!("the variable {name:?} is assigned outside too; an inner scope cannot assign it");
            diagnostics.error(site, message).help = Some("give one of them another name".to_owned());
        }
    }
}

/// The scopes around this one whose variables it sees, each with the state in it that leads here.
fn around(definition: &Definition<'_>, inner: ScopeId) -> Vec<(ScopeId, StateId)> {
    let mut found = Vec::new();
    let mut scope = definition.scope(inner);
    while let Some(parent) = scope.parent.filter(|_| scope.sees_outside) {
        let outer = definition.states[parent.0 as usize].scope;
        found.push((outer, parent));
        scope = definition.scope(outer);
    }
    found
}
