//! A tree on one line.
//!
//! `<a | b>` is a path of two steps, `!` behind it keeps single values in arrays, `~` marks what carries bindings,
//! `^0` a step that `%0` finds, `{pred …}` and `{group …}` what stands behind an expression that is no step.

use crate::query::jsonata::ast::{Group, Kind, Node, Stage, Step};

pub fn sketch(node: &Node) -> String {
    let predicates: String = node.predicates.iter().map(|node| format!("{{pred {}}}", sketch(node))).collect();
    let group = node.group.as_ref().map(|group| format!("{{group {}}}", pairs(group))).unwrap_or_default();
    format!("{}{}{predicates}{group}", mark(node.keep_array, "keep "), kind(&node.kind))
}

fn mark(condition: bool, mark: &str) -> &str {
    if condition { mark } else { "" }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Null => "null".into(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => format!("{text:?}"),
        Kind::Regex { pattern, flags } => format!("/{pattern}/{flags}"),
        Kind::Variable(name) => format!("${name}"),
        Kind::Name(name) => name.to_string(),
        Kind::Wildcard => "*".into(),
        Kind::Descendant => "**".into(),
        Kind::Parent(label) => format!("%{}", label.0),
        Kind::Path(path) => {
            let steps: Vec<String> = path.steps.iter().map(step).collect();
            format!("<{}>{}{}", steps.join(" | "), mark(path.keep_singleton, "!"), mark(path.tuple, "~"))
        }
        Kind::Negate(node) => format!("neg({})", sketch(node)),
        Kind::Array { items, constructed } => format!("{}[{}]", mark(*constructed, "cons "), list(items, ", ")),
        Kind::Object(group) => format!("{{{}}}", pairs(group)),
        Kind::Binary { operator, left, right } => format!("({} {} {})", sketch(left), operator.text(), sketch(right)),
        Kind::Bind { name, value } => format!("let({name}, {})", sketch(value)),
        Kind::Condition { condition, then, otherwise } => {
            format!("if({}, {}{})", sketch(condition), sketch(then), optional(otherwise))
        }
        Kind::Block(expressions) => format!("({})", list(expressions, "; ")),
        Kind::Lambda(lambda) => {
            let signature = mark(lambda.signature.is_some(), "<>");
            format!("function({}){signature}{{{}}}", lambda.parameters.join(", "), sketch(&lambda.body))
        }
        Kind::Call { procedure, arguments } => format!("{}({})", sketch(procedure), list(arguments, ", ")),
        Kind::Partial { procedure, arguments } => format!("partial {}({})", sketch(procedure), list(arguments, ", ")),
        Kind::Placeholder => "?".into(),
        Kind::Apply { left, right } => format!("apply({}, {})", sketch(left), sketch(right)),
        Kind::Transform { pattern, update, delete } => {
            format!("transform({}, {}{})", sketch(pattern), sketch(update), optional(delete))
        }
        Kind::Sort(terms) => {
            let term = |term: &crate::query::jsonata::ast::SortTerm| {
                format!("{}{}", mark(term.descending, "down "), sketch(&term.expression))
            };
            format!("sort({})", terms.iter().map(term).collect::<Vec<_>>().join(", "))
        }
    }
}

fn step(step: &Step) -> String {
    let stage = |stage: &Stage| match stage {
        Stage::Filter(node) => format!("[{}]", sketch(node)),
        Stage::Index(name) => format!("[#{name}]"),
    };
    let bound =
        |sign: &str, name: &Option<Box<str>>| name.as_ref().map_or(String::new(), |name| format!("{sign}{name}"));
    let mut text = format!("{}{}", mark(step.whole, "whole "), sketch(&step.node));
    text += &bound("@", &step.focus);
    text += &bound("#", &step.index);
    text += &step.ancestor.map_or(String::new(), |label| format!("^{}", label.0));
    text += &step.stages.iter().map(stage).collect::<String>();
    text + mark(step.tuple, "~")
}

fn list(nodes: &[Node], separator: &str) -> String {
    nodes.iter().map(sketch).collect::<Vec<_>>().join(separator)
}

fn optional(node: &Option<Box<Node>>) -> String {
    node.as_ref().map_or(String::new(), |node| format!(", {}", sketch(node)))
}

fn pairs(group: &Group) -> String {
    let pair = |(key, value): &(Node, Node)| format!("{}: {}", sketch(key), sketch(value));
    group.pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
}
