//! The JSONPath dialect once more, written straight from the specification over plain trees, to compare programs with.
//!
//! No documents kept in parts, no slots, no events: a state takes a value and gives a value. It knows what the random
//! definitions use; where a result depends on what the specification leaves open it says [`Stop::Open`].

mod functions;
mod path;
mod sight;

use path::place;
use serde_json::{Value, json};
use sight::Sight;
use std::collections::HashMap;

/// Why a state, or all of it, comes to no output.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It fails with an error name and a cause, as far as they are given; what the engine says itself is "".
    Failed(Option<String>, Option<String>),
    /// What happens here is not for this reference to say.
    Open(&'static str),
}

type Outcome<T = Value> = Result<T, Stop>;
type Variables = Vec<HashMap<String, Value>>;

/// What is answered to a task's parameters.
pub type Tasks = fn(&Value) -> Result<Value, (String, String)>;

/// One execution.
pub struct Reference<'a> {
    tasks: Tasks,
    execution_input: &'a Value,
    pub transitions: u64,
    pub retries: u64,
    pub tasks_asked: u64,
    /// A branch failed: how far its siblings got is not known here.
    pub branch_failed: bool,
}

/// More transitions than a test is to make.
const TRANSITIONS_MAX: u64 = 400;
/// Values larger than this may reach a limit that is not kept here.
const BYTES_MAX: usize = 30_000;

/// Runs a definition.
pub fn run<'a>(definition: &Value, input: &'a Value, tasks: Tasks) -> (Outcome, Reference<'a>) {
    let mut reference =
        Reference { tasks, execution_input: input, transitions: 0, retries: 0, tasks_asked: 0, branch_failed: false };
    let outcome = reference.scope(definition, input.clone(), &mut vec![HashMap::new()], None);
    (outcome, reference)
}

impl Reference<'_> {
    fn scope(
        &mut self,
        scope: &Value,
        input: Value,
        variables: &mut Variables,
        item: Option<(usize, &Value)>,
    ) -> Outcome {
        let (mut name, mut document) = (text(&scope["StartAt"]).to_owned(), input);
        loop {
            self.transitions += 1;
            if self.transitions > TRANSITIONS_MAX || document.to_string().len() > BYTES_MAX {
                return Err(Stop::Open("too much of it"));
            }
            let state = &scope["States"][&name];
            let (next, output) = self.state(&name, state, &document, variables, item)?;
            document = output;
            match next {
                Some(next) => name = next,
                None => return Ok(document),
            }
        }
    }

    /// The state's output and what follows it.
    fn state(
        &mut self,
        name: &str,
        state: &Value,
        raw: &Value,
        variables: &mut Variables,
        item: Option<(usize, &Value)>,
    ) -> Outcome<(Option<String>, Value)> {
        let mut attempts = vec![0; list(&state["Retry"]).len()];
        loop {
            match self.attempt(name, state, raw, variables, item) {
                Err(Stop::Failed(error, cause)) => {
                    if retry(state, &mut attempts, error.as_deref()) {
                        self.retries += 1;
                        continue;
                    }
                    let catcher =
                        list(&state["Catch"]).iter().find(|one| matches(&one["ErrorEquals"], error.as_deref()));
                    let Some(catcher) = catcher else { return Err(Stop::Failed(error, cause)) };
                    let caught = json!({"Error": error, "Cause": cause});
                    let sight =
                        Sight { state: name, item, execution_input: self.execution_input, variables: &*variables };
                    let assigned = sight.assign(&catcher["Assign"], &caught)?;
                    let output = place(catcher.get("ResultPath"), raw, caught)?;
                    variables.last_mut().expect("the scope has one").extend(assigned);
                    return Ok((Some(text(&catcher["Next"]).to_owned()), output));
                }
                done => return done,
            }
        }
    }

    fn attempt(
        &mut self,
        name: &str,
        state: &Value,
        raw: &Value,
        variables: &mut Variables,
        item: Option<(usize, &Value)>,
    ) -> Outcome<(Option<String>, Value)> {
        let execution_input = self.execution_input;
        let sight = Sight { state: name, item, execution_input, variables: &*variables };
        let input = sight.filter(state.get("InputPath"), raw)?;
        let kind = text(&state["Type"]);
        let result = match kind {
            "Choice" => return self.choice(name, state, &input, variables, item),
            "Succeed" => return Ok((None, sight.filter(state.get("OutputPath"), &input)?)),
            "Fail" => return Err(sight.failure(state, raw)?),
            "Wait" => {
                if let Some(path) = state["SecondsPath"].as_str() {
                    let seconds = sight.path(path, &input)?.ok_or_else(runtime)?;
                    seconds.as_u64().filter(|seconds| *seconds <= 99_999_999).ok_or_else(runtime)?;
                    return Err(Stop::Open("how long it takes"));
                }
                input.clone()
            }
            "Pass" if state.get("Result").is_some() => state["Result"].clone(),
            _ => match state.get("Parameters") {
                Some(template) if kind != "Map" => sight.template(template, &input)?,
                _ => input.clone(),
            },
        };
        let result = match kind {
            "Task" => {
                self.tasks_asked += 1;
                (self.tasks)(&result).map_err(|(error, cause)| Stop::Failed(Some(error), Some(cause)))?
            }
            "Parallel" => self.parallel(state, &result, variables, item)?,
            "Map" => self.map(name, state, &result, variables, item)?,
            _ => result,
        };
        let sight = Sight { state: name, item, execution_input, variables: &*variables };
        let assigned = sight.assign(&state["Assign"], &result)?;
        let selected = match state.get("ResultSelector") {
            Some(template) => sight.template(template, &result)?,
            None => result,
        };
        let placed = if kind == "Wait" { selected } else { place(state.get("ResultPath"), raw, selected)? };
        let output = sight.filter(state.get("OutputPath"), &placed)?;
        variables.last_mut().expect("the scope has one").extend(assigned);
        Ok((state["Next"].as_str().map(str::to_owned), output))
    }

    fn choice(
        &mut self,
        name: &str,
        state: &Value,
        input: &Value,
        variables: &mut Variables,
        item: Option<(usize, &Value)>,
    ) -> Outcome<(Option<String>, Value)> {
        let sight = Sight { state: name, item, execution_input: self.execution_input, variables: &*variables };
        let output = sight.filter(state.get("OutputPath"), input)?;
        let mut way = None;
        for rule in list(&state["Choices"]) {
            if sight.holds(rule, input)? {
                way = Some((&rule["Next"], &rule["Assign"]));
                break;
            }
        }
        let way = way.or_else(|| state.get("Default").map(|default| (default, &state["Assign"])));
        let (next, assign) = way.ok_or_else(|| failed("States.NoChoiceMatched"))?;
        let assigned = sight.assign(assign, input)?;
        variables.last_mut().expect("the scope has one").extend(assigned);
        Ok((Some(text(next).to_owned()), output))
    }

    fn parallel(&mut self, state: &Value, input: &Value, outer: &Variables, item: Option<(usize, &Value)>) -> Outcome {
        let branches = list(&state["Branches"]);
        let mut outcomes = Vec::new();
        for branch in branches {
            outcomes.push(self.scope(branch, input.clone(), &mut inner(outer), item));
        }
        self.together(outcomes)
    }

    fn map(
        &mut self,
        name: &str,
        state: &Value,
        input: &Value,
        outer: &Variables,
        item: Option<(usize, &Value)>,
    ) -> Outcome {
        let execution_input = self.execution_input;
        let sight = Sight { state: name, item, execution_input, variables: outer };
        let items = match state["ItemsPath"].as_str() {
            Some(path) => sight.path(path, input)?.ok_or_else(runtime)?,
            None => input.clone(),
        };
        let items = items.as_array().ok_or_else(runtime)?;
        let mut outcomes = Vec::new();
        for (index, value) in items.iter().enumerate() {
            let here = Sight { state: name, item: Some((index, value)), execution_input, variables: outer };
            let given = match state.get("ItemSelector") {
                Some(template) => here.template(template, input),
                None => Ok(value.clone()),
            };
            let outcome = given
                .and_then(|given| self.scope(&state["ItemProcessor"], given, &mut inner(outer), Some((index, value))));
            outcomes.push(outcome);
        }
        self.together(outcomes)
    }

    /// The array of the outputs, or the failure. Which of several failures comes first is a question of time.
    fn together(&mut self, outcomes: Vec<Outcome>) -> Outcome {
        let failures: Vec<&Stop> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        let Some(first) = failures.first() else { return outcomes.into_iter().collect() };
        self.branch_failed = true;
        match failures.iter().all(|failure| failure == first) {
            true => Err((*first).clone()),
            false => Err(Stop::Open("which branch fails first")),
        }
    }
}

fn inner(outer: &Variables) -> Variables {
    let mut variables = outer.clone();
    variables.push(HashMap::new());
    variables
}

/// Whether there is another attempt.
fn retry(state: &Value, attempts: &mut [u64], error: Option<&str>) -> bool {
    let retriers = list(&state["Retry"]);
    let Some(place) = retriers.iter().position(|one| matches(&one["ErrorEquals"], error)) else { return false };
    attempts[place] += 1;
    attempts[place] <= retriers[place]["MaxAttempts"].as_u64().unwrap_or(3)
}

fn matches(names: &Value, error: Option<&str>) -> bool {
    let named = |name: &Value| match text(name) {
        "States.ALL" => true,
        "States.TaskFailed" => error != Some("States.Timeout"),
        name => error == Some(name),
    };
    error != Some("States.Runtime") && list(names).iter().any(named)
}

fn failed(error: &str) -> Stop {
    Stop::Failed(Some(error.to_owned()), Some(String::new()))
}

fn runtime() -> Stop {
    failed("States.Runtime")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
