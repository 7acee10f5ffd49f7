//! Which variables each scope assigns.

use crate::asl::graph::{Graph, Kind, ScopeId, State, Template};
use crate::json::tree;
use std::collections::HashSet;
use std::rc::Rc;

/// The names assigned in each scope.
#[derive(Debug)]
pub(super) struct Variables {
    scopes: Vec<HashSet<Rc<str>>>,
}

impl Variables {
    pub fn of(graph: &Graph) -> Variables {
        let mut scopes = vec![HashSet::new(); graph.scopes.len()];
        for state in &graph.states {
            let names = assigns(state).flat_map(|template| names(&template.node));
            scopes[state.scope.0 as usize].extend(names.map(Rc::from));
        }
        Variables { scopes }
    }

    /// The innermost scope around `scope` that assigns the variable.
    pub fn scope_of(&self, graph: &Graph, mut scope: ScopeId, name: &str) -> Option<ScopeId> {
        loop {
            if self.scopes[scope.0 as usize].contains(name) {
                return Some(scope);
            }
            let parent = graph.scopes[scope.0 as usize].parent?;
            scope = graph.states[parent.0 as usize].scope;
        }
    }

    /// Every name that is known in `scope`.
    pub fn known(&self, graph: &Graph, mut scope: ScopeId) -> Vec<Rc<str>> {
        let mut known = Vec::new();
        loop {
            known.extend(self.scopes[scope.0 as usize].iter().cloned());
            match graph.scopes[scope.0 as usize].parent {
                Some(parent) => scope = graph.states[parent.0 as usize].scope,
                None => break,
            }
        }
        known.sort();
        known
    }
}

/// Every `Assign` of a state, its rules and its catchers.
fn assigns(state: &State) -> impl Iterator<Item = &Template> {
    let rules = match &state.kind {
        Kind::Choice { rules, .. } => rules.as_slice(),
        _ => &[],
    };
    let of_rules = rules.iter().filter_map(|rule| rule.assign.as_ref());
    let of_catchers = state.catchers.iter().filter_map(|catcher| catcher.assign.as_ref());
    state.assign.iter().chain(of_rules).chain(of_catchers)
}

/// The names an `Assign` assigns.
fn names(node: &tree::Node) -> impl Iterator<Item = &str> {
    let members = match &node.kind {
        tree::Kind::Object(members) => members.as_slice(),
        _ => &[],
    };
    members.iter().map(|member| member.name.strip_suffix(".$").unwrap_or(&member.name))
}
