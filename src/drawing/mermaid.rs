//! The machine as a Mermaid flowchart: Markdown viewers and wikis draw it.

use super::{edges, inner_scopes, is_last, labels, members};
use crate::asl::graph::{Graph, Kind, ScopeId, StateId};
use std::fmt::Write;

/// Writes the flowchart. Parallel and Map states are boxes around their branches.
pub fn mermaid(graph: &Graph) -> String {
    let mut chart = Chart { graph, inner: inner_scopes(graph), members: members(graph), out: "flowchart TD\n".into() };
    chart.scope(ScopeId(0), 1);
    for edge in edges::edges(graph) {
        let arrow = if edge.is_catch { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&edge.label)) };
        chart.line(1, &format!("s{} {arrow}{label} s{}", edge.from.0, edge.to.0));
    }
    chart.out
}

struct Chart<'a> {
    graph: &'a Graph,
    inner: Vec<Vec<ScopeId>>,
    members: Vec<Vec<StateId>>,
    out: String,
}

impl Chart<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "    ".repeat(depth)); // Writing to a String cannot fail.
    }

    /// Scopes stand in one another no deeper than definitions may (`asl`, 20).
    fn scope(&mut self, scope: ScopeId, depth: usize) {
        let number = scope.0;
        self.line(depth, &format!("b{number}(( ))"));
        for state in std::mem::take(&mut self.members[scope.0 as usize]) {
            self.state(state, depth);
            if is_last(&self.graph.states[state.0 as usize]) {
                self.line(depth, &format!("s{} --> e{number}((( )))", state.0));
            }
        }
        let start = self.graph.scopes[scope.0 as usize].start;
        self.line(depth, &format!("b{number} --> s{}", start.0));
    }

    fn state(&mut self, id: StateId, depth: usize) {
        let state = &self.graph.states[id.0 as usize];
        let text = format!("\"{}<br/><small>{}</small>\"", escaped(&state.name), escaped(&labels::type_of(state)));
        let (open, close) = match state.kind {
            Kind::Parallel { .. } | Kind::Map(_) => return self.holder(id, &text, depth),
            Kind::Choice { .. } => ("{", "}"),
            Kind::Succeed | Kind::Fail { .. } => ("([", "])"),
            Kind::Task(_) => ("[", "]"),
            Kind::Pass { .. } | Kind::Wait(_) => ("(", ")"),
        };
        self.line(depth, &format!("s{}{open}{text}{close}", id.0));
    }

    fn holder(&mut self, id: StateId, text: &str, depth: usize) {
        self.line(depth, &format!("subgraph s{}[{text}]", id.0));
        let scopes = std::mem::take(&mut self.inner[id.0 as usize]);
        let are_many = scopes.len() > 1;
        for (index, scope) in scopes.into_iter().enumerate() {
            if are_many {
                self.line(depth + 1, &format!("subgraph p{}[\"branch {}\"]", scope.0, index + 1));
            }
            self.scope(scope, depth + 1 + usize::from(are_many));
            if are_many {
                self.line(depth + 1, "end");
            }
        }
        self.line(depth, "end");
    }
}

/// A text inside a Mermaid string: everything with a meaning there, or in HTML, as an entity.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' => {
                let _ = write!(out, "#{};", letter as u32); // Writing to a String cannot fail.
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
