//! What expressions see: paths, templates and rules, evaluated in a state.

use super::functions::{call, split, test};
use super::path::follow;
use super::{Outcome, Stop, Variables, runtime, text};
use serde_json::{Map, Value, json};

/// What the expressions of a state may look at beside its input.
pub(super) struct Sight<'a> {
    pub state: &'a str,
    pub item: Option<(usize, &'a Value)>,
    pub execution_input: &'a Value,
    pub variables: &'a Variables,
}

impl Sight<'_> {
    /// `InputPath` or `OutputPath`.
    pub fn filter(&self, path: Option<&Value>, document: &Value) -> Outcome {
        match path {
            None => Ok(document.clone()),
            Some(Value::Null) => Ok(json!({})),
            Some(path) => self.path(text(path), document)?.ok_or_else(runtime),
        }
    }

    pub fn failure(&self, state: &Value, input: &Value) -> Outcome<Stop> {
        let part = |fixed: &str, path: &str| match (state[fixed].as_str(), state[path].as_str()) {
            (None, Some(path)) => match self.expression(path, input)? {
                Value::String(text) => Ok(Some(text)),
                _ => Err(Stop::Open("an error that is no text")),
            },
            (fixed, _) => Ok(fixed.map(str::to_owned)),
        };
        Ok(Stop::Failed(part("Error", "ErrorPath")?, part("Cause", "CausePath")?))
    }

    pub fn assign(&self, template: &Value, document: &Value) -> Outcome<Map<String, Value>> {
        match template {
            Value::Null => Ok(Map::new()),
            _ => match self.template(template, document)? {
                Value::Object(assigned) => Ok(assigned),
                _ => Err(Stop::Open("an Assign that is no object")),
            },
        }
    }

    pub fn template(&self, template: &Value, document: &Value) -> Outcome {
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
    pub fn path(&self, path: &str, document: &Value) -> Outcome<Option<Value>> {
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

    pub fn holds(&self, rule: &Value, input: &Value) -> Outcome<bool> {
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
