//! What is written on states and on the ways between them: types, resources, conditions, errors.

use crate::asl::graph::{Condition, Kind, Operand, State};
use crate::json::tree;

/// The longest condition, in characters; what follows is cut.
const CONDITION_MAX: usize = 60;

/// The state's type, for a Task with what it calls: `Task · sns:publish`.
pub(super) fn type_of(state: &State) -> String {
    let name = match &state.kind {
        Kind::Task(task) => return format!("Task · {}", short_resource(&task.resource.text)),
        Kind::Pass { .. } => "Pass",
        Kind::Choice { .. } => "Choice",
        Kind::Wait(_) => "Wait",
        Kind::Succeed => "Succeed",
        Kind::Fail { .. } => "Fail",
        Kind::Parallel { .. } => "Parallel",
        Kind::Map(map) if map.distributed => "Distributed Map",
        Kind::Map(_) => "Map",
    };
    name.to_owned()
}

/// The part of an ARN that tells tasks apart: `sns:publish`, or a function's name.
fn short_resource(arn: &str) -> &str {
    let after = |mark: &str| arn.rsplit_once(mark).map(|(_, rest)| rest);
    after(":::").or_else(|| after(":function:")).or_else(|| after(":activity:")).unwrap_or(arn)
}

/// A rule's condition, about as long as fits in a picture: `$.type = "a" and $.n > 5`.
pub(super) fn condition(condition: &Condition) -> String {
    let mut text = String::new();
    write_condition(condition, &mut text);
    cut(&text, CONDITION_MAX)
}

/// The text, or its beginning and `…` where it has more characters than this.
pub(super) fn cut(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some(_) => text.chars().take(characters_max - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Conditions stand no deeper in one another than the definition's text may be nested.
fn write_condition(condition: &Condition, out: &mut String) {
    match condition {
        // What comes later would be cut away.
        _ if out.len() > 4 * CONDITION_MAX => {}
        Condition::And(parts) => write_joined(parts, " and ", out),
        Condition::Or(parts) => write_joined(parts, " or ", out),
        Condition::Not(inner) => {
            out.push_str("not ");
            write_joined(std::slice::from_ref(inner), "", out);
        }
        Condition::Computed(template) => out.push_str(&constant(&template.node)),
        Condition::Test { variable, operator, operand } => {
            out.push_str(&variable.text);
            write_test(operator, operand, out);
        }
    }
}

/// Parts that are made of parts stand in parentheses.
fn write_joined(parts: &[impl AsRef<Condition>], between: &str, out: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        let part = part.as_ref();
        out.push_str(if index > 0 { between } else { "" });
        let is_made_of_parts = matches!(part, Condition::And(_) | Condition::Or(_));
        out.push_str(if is_made_of_parts { "(" } else { "" });
        write_condition(part, out);
        out.push_str(if is_made_of_parts { ")" } else { "" });
    }
}

impl AsRef<Condition> for Condition {
    fn as_ref(&self) -> &Condition {
        self
    }
}

fn write_test(operator: &str, operand: &Operand, out: &mut String) {
    let operand = match operand {
        Operand::Constant(node) => constant(node),
        Operand::Path(path) => path.text.clone(),
    };
    if let Some(what) = operator.strip_prefix("Is") {
        let is = if operand == "false" { "is not" } else { "is" };
        *out += &format!(" {is} {}", what.to_lowercase());
        return;
    }
    let sign = match operator.trim_start_matches("String").trim_start_matches("Numeric") {
        "Matches" => "like",
        name if name.ends_with("LessThanEquals") => "≤",
        name if name.ends_with("GreaterThanEquals") => "≥",
        name if name.ends_with("LessThan") => "<",
        name if name.ends_with("GreaterThan") => ">",
        _ => "=",
    };
    *out += &format!(" {sign} {operand}");
}

/// A value as JSON; an expression, or any other text that is no operand, as it is.
fn constant(node: &tree::Node) -> String {
    if let Some(text) = node.as_str().filter(|text| text.starts_with("{%")) {
        return text.trim_start_matches("{%").trim_end_matches("%}").trim().to_owned();
    }
    let mut text = Vec::new();
    tree::write(node, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
