//! The ways between states: where each leads, and when it is taken.

use super::labels;
use crate::asl::graph::{Graph, Kind, State, StateId};
use std::collections::HashMap;

/// All ways from one state to another that are of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub from: StateId,
    pub to: StateId,
    /// Taken after a failure.
    pub is_catch: bool,
    /// When it is taken; empty for a plain `Next`.
    pub label: String,
}

/// The longest label, in characters: several rules may lead to the same state.
const LABEL_MAX: usize = 120;

/// Every way of the machine, in the order of the definition.
pub(super) fn edges(graph: &Graph) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    let mut known: HashMap<(StateId, StateId, bool), usize> = HashMap::new();
    for (index, state) in graph.states.iter().enumerate() {
        let from = StateId(index as u32);
        for (to, is_catch, label) in ways(state) {
            let place = *known.entry((from, to, is_catch)).or_insert(edges.len());
            match edges.get_mut(place) {
                Some(edge) => join(&mut edge.label, &label),
                None => edges.push(Edge { from, to, is_catch, label }),
            }
        }
    }
    edges
}

fn join(label: &mut String, other: &str) {
    if label.chars().count() < LABEL_MAX {
        *label = labels::cut(&format!("{label} or {other}"), LABEL_MAX);
    }
}

/// Where a state leads to: the target, whether after a failure, and when.
fn ways(state: &State) -> Vec<(StateId, bool, String)> {
    let mut ways = Vec::new();
    if let Kind::Choice { rules, default } = &state.kind {
        ways.extend(rules.iter().map(|rule| (rule.next, false, labels::condition(&rule.condition))));
        ways.extend(default.map(|next| (next, false, "otherwise".to_owned())));
    }
    ways.extend(state.next.map(|next| (next, false, String::new())));
    let errors = |errors: &[String]| labels::cut(&errors.join(", "), LABEL_MAX);
    ways.extend(state.catchers.iter().map(|catcher| (catcher.next, true, errors(&catcher.errors))));
    ways
}
