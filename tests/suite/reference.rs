//! The JSONPath dialect once more, written straight from the specification over plain trees, to compare programs with.
//!
//! No documents kept in parts, no slots, no events: a state takes a value and gives a value. It knows what the random
//! definitions use; where a result depends on what the specification leaves open it says [`Stop::Open`].

use serde_json::{Map, Value, json};
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

/// What the expressions of a state may look at beside its input.
struct Sight<'a> {
    state: &'a str,
    item: Option<(usize, &'a Value)>,
    execution_input: &'a Value,
    variables: &'a Variables,
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
        let (execution_input, sight_of) = (self.execution_input, |item| (name, item));
        let (state_name, around) = sight_of(item);
        let sight = Sight { state: state_name, item: around, execution_input, variables: outer };
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

impl Sight<'_> {
    /// `InputPath` or `OutputPath`.
    fn filter(&self, path: Option<&Value>, document: &Value) -> Outcome {
        match path {
            None => Ok(document.clone()),
            Some(Value::Null) => Ok(json!({})),
            Some(path) => self.path(text(path), document)?.ok_or_else(runtime),
        }
    }

    fn failure(&self, state: &Value, input: &Value) -> Outcome<Stop> {
        let part = |fixed: &str, path: &str| match (state[fixed].as_str(), state[path].as_str()) {
            (None, Some(path)) => match self.expression(path, input)? {
                Value::String(text) => Ok(Some(text)),
                _ => Err(Stop::Open("an error that is no text")),
            },
            (fixed, _) => Ok(fixed.map(str::to_owned)),
        };
        Ok(Stop::Failed(part("Error", "ErrorPath")?, part("Cause", "CausePath")?))
    }

    fn assign(&self, template: &Value, document: &Value) -> Outcome<Map<String, Value>> {
        match template {
            Value::Null => Ok(Map::new()),
            _ => match self.template(template, document)? {
                Value::Object(assigned) => Ok(assigned),
                _ => Err(Stop::Open("an Assign that is no object")),
            },
        }
    }

    fn template(&self, template: &Value, document: &Value) -> Outcome {
        match template {
            Value::Object(members) => {
                let mut filled = Map::new();
                for (key, value) in members {
                    let (key, value) = match (key.strip_suffix(".$"), value) {
                        (Some(key), Value::String(text)) => (key, self.expression(text, document)?),
                        _ => (key.as_str(), self.template(value, document)?),
                    };
                    filled.insert(key.to_owned(), value);
                }
                Ok(Value::Object(filled))
            }
            Value::Array(elements) => elements.iter().map(|element| self.template(element, document)).collect(),
            other => Ok(other.clone()),
        }
    }

    /// A path, a literal, or a call.
    fn expression(&self, source: &str, document: &Value) -> Outcome {
        let source = source.trim();
        let Some((name, arguments)) = source.strip_suffix(')').and_then(|source| source.split_once('(')) else {
            return match source.chars().next() {
                Some('$') => self.path(source, document)?.ok_or_else(runtime),
                Some('\'') => Ok(Value::String(source.trim_matches('\'').to_owned())),
                _ => serde_json::from_str(source).map_err(|_| Stop::Open("a literal")),
            };
        };
        let arguments: Vec<Value> =
            split(arguments).into_iter().map(|argument| self.expression(argument, document)).collect::<Outcome<_>>()?;
        call(name, &arguments)
    }

    /// What a path leads to.
    fn path(&self, path: &str, document: &Value) -> Outcome<Option<Value>> {
        if let Some(rest) = path.strip_prefix("$$") {
            return follow(&self.context(), rest);
        }
        let rest = &path[1..];
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end == 0 {
            return follow(document, rest);
        }
        let variable = self.variables.iter().rev().find_map(|scope| scope.get(&rest[..end]));
        variable.map_or(Ok(None), |variable| follow(variable, &rest[end..]))
    }

    fn context(&self) -> Value {
        let mut context = json!({"Execution": {"Input": self.execution_input}, "State": {"Name": self.state}});
        if let Some((index, value)) = self.item {
            context["Map"] = json!({"Item": {"Index": index, "Value": value, "Source": "STATE_DATA"}});
        }
        context
    }

    fn holds(&self, rule: &Value, input: &Value) -> Outcome<bool> {
        for (key, is_and) in [("And", true), ("Or", false)] {
            if let Some(parts) = rule[key].as_array() {
                for part in parts {
                    if self.holds(part, input)? != is_and {
                        return Ok(!is_and);
                    }
                }
                return Ok(is_and);
            }
        }
        if let Some(part) = rule.get("Not") {
            return Ok(!self.holds(part, input)?);
        }
        let found = self.path(text(&rule["Variable"]), input)?;
        let members = rule.as_object().expect("a rule is an object");
        let fields = ["Variable", "Next", "Assign"];
        let (operator, operand) = members.iter().find(|(key, _)| !fields.contains(&key.as_str())).expect("an operator");
        if operator == "IsPresent" {
            return Ok(found.is_some() == (*operand == json!(true)));
        }
        let value = found.ok_or_else(runtime)?;
        let (operator, operand) = match operator.strip_suffix("Path") {
            Some(operator) => (operator, self.path(text(operand), input)?.ok_or_else(runtime)?),
            None => (operator.as_str(), operand.clone()),
        };
        test(operator, &value, &operand)
    }
}

fn test(operator: &str, value: &Value, operand: &Value) -> Outcome<bool> {
    let is = |holds: bool| Ok(holds == (*operand == json!(true)));
    let of = |prefix: &str| operator.strip_prefix(prefix);
    match operator {
        "IsNull" => return is(value.is_null()),
        "IsString" => return is(value.is_string()),
        "IsNumeric" => return is(value.is_number()),
        "IsBoolean" => return is(value.is_boolean()),
        "BooleanEquals" => return Ok(value.is_boolean() && value == operand),
        _ => {}
    }
    let order = match (of("Numeric"), of("String")) {
        (Some(_), _) => value.as_f64().zip(operand.as_f64()).and_then(|(one, other)| one.partial_cmp(&other)),
        (_, Some(_)) => {
            value.as_str().zip(operand.as_str()).map(|(one, other)| one.encode_utf16().cmp(other.encode_utf16()))
        }
        _ => return Err(Stop::Open("an operator")),
    };
    let relation = of("Numeric").or(of("String")).unwrap_or_default();
    Ok(order.is_some_and(|order| match relation {
        "Equals" => order.is_eq(),
        "LessThan" => order.is_lt(),
        "LessThanEquals" => order.is_le(),
        "GreaterThan" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn call(name: &str, arguments: &[Value]) -> Outcome {
    let wrong = || failed("States.IntrinsicFailure");
    match (name, arguments) {
        ("States.Array", _) => Ok(json!(arguments)),
        ("States.ArrayLength", [Value::Array(array)]) => Ok(json!(array.len())),
        ("States.ArrayGetItem", [Value::Array(array), index]) => {
            let index = index.as_u64().ok_or(Stop::Open("an index"))?;
            array.get(index as usize).cloned().ok_or_else(wrong)
        }
        ("States.MathAdd", [one, other]) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Ok(json!(one + other)),
            _ if one.is_number() && other.is_number() => Err(Stop::Open("how numbers are rounded")),
            _ => Err(wrong()),
        },
        ("States.JsonMerge", [Value::Object(one), Value::Object(other), _]) => {
            let mut merged = one.clone();
            merged.extend(other.clone());
            Ok(Value::Object(merged))
        }
        ("States.Format", [Value::String(format), rest @ ..]) => {
            let mut formatted = format.clone();
            for argument in rest {
                let shown = match argument {
                    Value::String(text) if !text.contains(['{', '}']) => text.clone(),
                    Value::Bool(_) => argument.to_string(),
                    _ => return Err(Stop::Open("how values are shown")),
                };
                formatted = formatted.replacen("{}", &shown, 1);
            }
            Ok(Value::String(formatted))
        }
        ("States.ArrayLength" | "States.ArrayGetItem" | "States.JsonMerge", _) => Err(wrong()),
        _ => Err(Stop::Open("a function")),
    }
}

/// Arguments of a call: apart at commas outside of calls and texts.
fn split(arguments: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0, false, 0);
    for (place, character) in arguments.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(&arguments[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    if !arguments.trim().is_empty() {
        parts.push(&arguments[start..]);
    }
    parts
}

/// A part of a path.
#[derive(Clone, Debug)]
enum Part {
    Key(String),
    Index(i64),
    All,
    Slice(Option<i64>, Option<i64>),
}

fn parts(path: &str) -> Vec<Part> {
    let (mut found, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            found.push(Part::Key(after[..end].to_owned()));
            rest = &after[end..];
            continue;
        }
        let end = rest.find(']').expect("brackets close");
        let inner = &rest[1..end];
        found.push(match (inner, inner.split_once(':')) {
            ("*", _) => Part::All,
            (_, Some((from, to))) => Part::Slice(from.parse().ok(), to.parse().ok()),
            (key, None) if key.starts_with('\'') => Part::Key(key.trim_matches('\'').to_owned()),
            (index, None) => Part::Index(index.parse().expect("an index is a number")),
        });
        rest = &rest[end + 1..];
    }
    found
}

/// One value, or the array of all where the path is for many.
fn follow(document: &Value, path: &str) -> Outcome<Option<Value>> {
    let parts = parts(path);
    let mut at = vec![document];
    for part in &parts {
        let members = at.iter().filter_map(|value| value.as_object()).map(Map::len).max();
        if matches!(part, Part::All) && members > Some(1) {
            return Err(Stop::Open("the order of members"));
        }
        at = at.into_iter().flat_map(|value| step(value, part)).collect();
    }
    let many = parts.iter().any(|part| matches!(part, Part::All | Part::Slice(..)));
    Ok(if many { Some(json!(at)) } else { at.first().map(|value| (*value).clone()) })
}

fn step<'v>(value: &'v Value, part: &Part) -> Vec<&'v Value> {
    let array = value.as_array().map_or(&[][..], Vec::as_slice);
    let count = array.len() as i64;
    let place = |index: i64| if index < 0 { (count + index).max(0) } else { index.min(count) };
    match part {
        Part::Key(key) => value.as_object().and_then(|object| object.get(key)).into_iter().collect(),
        Part::Index(index) if *index < 0 && count + index < 0 => Vec::new(),
        Part::Index(index) => array.get(place(*index) as usize).into_iter().collect(),
        Part::All => array.iter().chain(value.as_object().into_iter().flat_map(Map::values)).collect(),
        Part::Slice(from, to) => {
            let (from, to) = (place(from.unwrap_or(0)), to.map_or(count, place));
            array.get(from as usize..to.max(from) as usize).unwrap_or_default().iter().collect()
        }
    }
}

/// `ResultPath`.
fn place(path: Option<&Value>, input: &Value, result: Value) -> Outcome {
    match path {
        None => Ok(result),
        Some(Value::Null) => Ok(input.clone()),
        Some(path) => {
            let mut placed = input.clone();
            put(&mut placed, &parts(&text(path)[1..]), result)
                .ok_or_else(|| failed("States.ResultPathMatchFailure"))?;
            Ok(placed)
        }
    }
}

fn put(into: &mut Value, path: &[Part], value: Value) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        *into = value;
        return Some(());
    };
    match first {
        Part::Key(key) => {
            let object = into.as_object_mut()?;
            let missing = || if rest.is_empty() { Value::Null } else { json!({}) };
            put(object.entry(key.clone()).or_insert_with(missing), rest, value)
        }
        Part::Index(index) => put(into.as_array_mut()?.get_mut(*index as usize)?, rest, value),
        _ => None,
    }
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
