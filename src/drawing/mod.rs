//! Pictures of state machines: as Mermaid text, or laid out in layers as SVG. Equal machines give equal pictures.

mod edges;
mod labels;
mod lanes;
mod layers;
mod mermaid;
mod place;
mod svg;
#[cfg(test)]
mod tests;

pub use mermaid::mermaid;
pub use svg::svg;

use crate::asl::graph::{Graph, Kind, ScopeId, State, StateId};

/// For each state the scopes it holds, in order.
fn inner_scopes(graph: &Graph) -> Vec<Vec<ScopeId>> {
    let mut inner = vec![Vec::new(); graph.states.len()];
    for (index, scope) in graph.scopes.iter().enumerate() {
        if let Some(parent) = scope.parent {
            inner[parent.0 as usize].push(ScopeId(index as u32));
        }
    }
    inner
}

/// For each scope the states in it, in order.
fn members(graph: &Graph) -> Vec<Vec<StateId>> {
    let mut members = vec![Vec::new(); graph.scopes.len()];
    for (index, state) in graph.states.iter().enumerate() {
        members[state.scope.0 as usize].push(StateId(index as u32));
    }
    members
}

/// Whether its scope ends with it.
fn is_last(state: &State) -> bool {
    state.next.is_none() && !matches!(state.kind, Kind::Choice { .. })
}
