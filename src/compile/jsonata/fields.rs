//! The fields of a state that may hold expressions, and what `$states` holds in each.

use crate::asl::graph::{Amount, Condition, Kind, Pause, Rule, State, Template, Text};
use crate::query::jsonata::Part;

/// What `$states` holds in a field, beside the state's input and the context object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Nothing,
    /// `$states.result`
    Result,
    /// `$states.errorOutput`
    ErrorOutput,
}

impl Given {
    /// What to say when `$states` does not hold the part.
    pub fn lacks(self, part: Part<'_>) -> Option<String> {
        let Part::Field(name) = part else { return None };
        match (name, self) {
            ("input" | "context", _) | ("result", Given::Result) | ("errorOutput", Given::ErrorOutput) => None,
            ("result", _) => Some("only \"Output\" and \"Assign\" of a Task, Parallel or Map have it".into()),
            ("errorOutput", _) => Some("only \"Output\" and \"Assign\" of a catcher have it".into()),
            _ => Some("$states has input, context, result and errorOutput".into()),
        }
    }
}

/// Every field of the state that may hold expressions.
pub(super) fn fields(state: &State) -> Vec<(&Template, Given)> {
    let given = match state.kind {
        Kind::Task(_) | Kind::Parallel { .. } | Kind::Map(_) => Given::Result,
        _ => Given::Nothing,
    };
    let before = state.parameters.iter().chain(of_kind(&state.kind)).map(|field| (field, Given::Nothing));
    let after = state.output.iter().chain(&state.assign).map(|field| (field, given));
    let catchers = state.catchers.iter().flat_map(|catcher| catcher.output.iter().chain(&catcher.assign));
    before.chain(after).chain(catchers.map(|field| (field, Given::ErrorOutput))).collect()
}

/// Those that only one type of state has.
fn of_kind(kind: &Kind) -> Vec<&Template> {
    match kind {
        Kind::Task(task) => {
            let amounts = [&task.timeout, &task.heartbeat].into_iter().flatten().filter_map(of_amount);
            task.credentials.iter().chain(amounts).collect()
        }
        Kind::Choice { rules, .. } => rules.iter().flat_map(of_rule).collect(),
        Kind::Wait(Pause::Seconds(seconds)) => of_amount(seconds).into_iter().collect(),
        Kind::Wait(Pause::Until(moment)) => of_text(moment).into_iter().collect(),
        Kind::Fail { error, cause } => [error, cause].into_iter().flatten().filter_map(of_text).collect(),
        Kind::Map(map) => {
            let tolerated = [&map.tolerated_failures.0, &map.tolerated_failures.1];
            let amounts = [&map.concurrency].into_iter().chain(tolerated).flatten().filter_map(of_amount);
            map.items_template.iter().chain(&map.selector).chain(&map.distribution).chain(amounts).collect()
        }
        Kind::Pass { .. } | Kind::Succeed | Kind::Parallel { .. } => Vec::new(),
    }
}

fn of_amount(amount: &Amount) -> Option<&Template> {
    if let Amount::Computed(template) = amount { Some(template) } else { None }
}

fn of_text(text: &Text) -> Option<&Template> {
    if let Text::Computed(template) = text { Some(template) } else { None }
}

fn of_rule(rule: &Rule) -> impl Iterator<Item = &Template> {
    let condition = match &rule.condition {
        Condition::Computed(template) => Some(template),
        _ => None,
    };
    condition.into_iter().chain(&rule.output).chain(&rule.assign)
}
