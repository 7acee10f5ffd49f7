//! Every history that AWS recorded, told to a log again event by event, must be written as AWS wrote it.
//!
//! The recordings lie outside the repository (`../shared/conformance`); without them the test says so and passes.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use expressway::failure::Failure;
use expressway::history::{Level, Log, Settings};
use expressway::program::Resource;
use expressway::vm::event::{Event, Recorder, What};
use serde_json::{Map, Value, json};

/// Fewer events than these mean that the recordings were not read as they should be.
const EVENTS_AT_LEAST: usize = 2_600;

#[test]
fn recorded_histories_are_written_as_recorded() {
    let Some(cases) = cases() else { return };
    let mut events = 0;
    for case in &cases {
        for event in list(case, "history") {
            let lines = written(&settings(Level::All, true), std::slice::from_ref(event));
            assert_eq!(lines.len(), 1, "{event}");
            assert_same(event, &lines[0], case);
            events += 1;
        }
    }
    assert!(events >= EVENTS_AT_LEAST, "only {events} events were compared");
}

#[test]
fn recorded_log_levels_are_kept() {
    let Some(cases) = cases() else { return };
    let mut logs = 0;
    for case in cases.iter().filter(|case| !list(case, "log_events").is_empty()) {
        let id = case["id"].as_str().expect("cases have ids");
        let level = match () {
            () if id.contains("_ERROR_") => Level::Error,
            () if id.contains("_FATAL_") => Level::Fatal,
            () => Level::All,
        };
        let lines = written(&settings(level, id.contains("_True]")), &whole_history(case));
        let recorded = list(case, "log_events");
        assert_eq!(lines.len(), recorded.len(), "{id}: {lines:#?}");
        for (want, got) in recorded.iter().zip(&lines) {
            assert_same(want, got, case);
            assert_eq!(keys(want), keys(got), "{id}");
        }
        logs += 1;
    }
    assert!(logs >= 10, "only {logs} logs were compared");
}

fn cases() -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/executions.ndjson");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: no recordings at {}", path.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).expect("cases are JSON")).collect())
}

fn settings(level: Level, execution_data: bool) -> Settings {
    Settings { level, execution_data, role_arn: "snf_role_arn".into(), region: "us-east-1".into() }
}

fn list<'a>(case: &'a Value, key: &str) -> &'a [Value] {
    case[key].as_array().map_or(&[], |events| events)
}

/// The history of a case in order; a log that holds everything is a history too.
fn whole_history(case: &Value) -> Vec<Value> {
    let mut events = list(case, "history").to_vec();
    events.sort_by_key(|event| number(&event["id"]));
    events
}

/// Tells recorded events to a log and reads back what it wrote.
fn written(settings: &Settings, events: &[Value]) -> Vec<Value> {
    let mut text = Vec::new();
    for event in events {
        tell(event, &mut Log::new(settings, "arn:execution", &mut text));
    }
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a line is JSON")).collect()
}

/// Turns a recorded event into what the vm would have told.
fn tell(event: &Value, log: &mut Log<'_>) {
    let kind = event["type"].as_str().expect("events have types");
    let details = Details(details(event));
    let resource = details.resource(kind);
    let (input, output) = (details.text("input"), details.text("output"));
    let (name, failure) = (details.text("name"), details.failure());
    let (variables, index) = (details.variables(), details.number("index").unwrap_or(0));
    let assigned: Vec<(&str, &[u8])> = variables.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let (arn, state, location) = (details.text("mapRunArn"), details.text("state"), details.text("location"));
    let credentials = details.credentials();
    let parameters = if details.0.contains_key("parameters") { details.text("parameters") } else { input.clone() };
    let what = match kind.split_at(kind.find("State").unwrap_or(kind.len())) {
        (kind, "StateEntered") => What::StateEntered { kind, name: &name, input: input.as_bytes() },
        (kind, "StateExited") => {
            What::StateExited { kind, name: &name, output: output.as_bytes(), assigned: &assigned }
        }
        ("Task", "StateAborted") => What::TaskStateAborted,
        ("Wait", "StateAborted") => What::WaitStateAborted,
        ("Map", "StateStarted") => What::MapStateStarted { length: details.number("length").expect("recorded") },
        ("Map", "StateSucceeded") => What::MapStateSucceeded,
        ("Map", "StateFailed") => What::MapStateFailed,
        ("Map", "StateAborted") => What::MapStateAborted,
        ("Parallel", "StateStarted") => What::ParallelStateStarted,
        ("Parallel", "StateSucceeded") => What::ParallelStateSucceeded,
        ("Parallel", "StateFailed") => What::ParallelStateFailed,
        ("Parallel", "StateAborted") => What::ParallelStateAborted,
        ("ExecutionStarted", _) => What::ExecutionStarted { input: input.as_bytes() },
        ("ExecutionSucceeded", _) => What::ExecutionSucceeded { output: output.as_bytes() },
        ("ExecutionFailed", _) => What::ExecutionFailed { failure: &failure },
        ("ExecutionTimedOut", _) => What::ExecutionTimedOut,
        ("ExecutionAborted", _) => What::ExecutionAborted,
        ("EvaluationFailed", _) => What::EvaluationFailed {
            name: &state,
            location: (!location.is_empty()).then_some(&*location),
            failure: &failure,
        },
        ("MapIterationStarted", _) => What::MapIterationStarted { name: &name, index },
        ("MapIterationSucceeded", _) => What::MapIterationSucceeded { name: &name, index },
        ("MapIterationFailed", _) => What::MapIterationFailed { name: &name, index },
        ("MapIterationAborted", _) => What::MapIterationAborted { name: &name, index },
        ("MapRunStarted", _) => What::MapRunStarted { arn: &arn },
        ("MapRunSucceeded", _) => What::MapRunSucceeded,
        ("MapRunFailed", _) => What::MapRunFailed { failure: &failure },
        (task, _) if task.ends_with("Scheduled") => What::TaskScheduled {
            resource: &resource,
            parameters: parameters.as_bytes(),
            timeout_seconds: details.number("timeoutInSeconds"),
            heartbeat_seconds: details.number("heartbeatInSeconds"),
            credentials: credentials.as_deref().map(str::as_bytes),
        },
        (task, _) if task.ends_with("Started") => What::TaskStarted { resource: &resource },
        (task, _) if task.ends_with("Submitted") => What::TaskSubmitted { resource: &resource },
        (task, _) if task.ends_with("Succeeded") => {
            What::TaskSucceeded { resource: &resource, output: output.as_bytes() }
        }
        (task, _) if task.ends_with("Failed") => What::TaskFailed { resource: &resource, failure: &failure },
        (task, _) if task.ends_with("TimedOut") => What::TaskTimedOut { resource: &resource, failure: &failure },
        other => panic!("a type of event nobody tells: {other:?}"),
    };
    log.record(Event { id: number(&event["id"]), previous: number(previous(event)), at_ms: 0, what });
}

/// The details of a recorded event, whose texts may have been parsed when they were recorded.
struct Details(Map<String, Value>);

impl Details {
    fn text(&self, key: &str) -> String {
        self.0.get(key).map_or(String::new(), unparsed)
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key).map(number)
    }

    fn failure(&self) -> Failure {
        let part = |key| self.0.get(key).map(|text| Cow::Owned(unparsed(text)));
        Failure { error: part("error"), cause: part("cause") }
    }

    fn variables(&self) -> Vec<(String, String)> {
        let variables = self.0.get("assignedVariables").and_then(Value::as_object);
        variables.into_iter().flatten().map(|(name, value)| (name.clone(), unparsed(value))).collect()
    }

    fn credentials(&self) -> Option<String> {
        self.0.get("taskCredentials").map(|credentials| json!({"RoleArn": credentials["roleArn"]}).to_string())
    }

    /// Events of functions and activities do not always say whom they are about; their type does.
    fn resource(&self, kind: &str) -> Resource {
        let (service, action) = (self.text("resourceType"), self.text("resource"));
        match () {
            () if !service.is_empty() => Resource::parse(&format!("arn:aws:states:::{service}:{action}")),
            () if kind.starts_with("Activity") => Resource::parse("activity_arn"),
            () if action.is_empty() => Resource::parse("arn:aws:lambda:us-east-1:111111111111:function:f"),
            () => Resource::parse(&action),
        }
    }
}

/// The details in either recorded shape, without what a log cannot know.
fn details(event: &Value) -> Map<String, Value> {
    let members = event.as_object().expect("events are objects");
    let own = members.iter().find(|(key, _)| *key == "details" || key.ends_with("EventDetails"));
    let mut details = own.and_then(|(_, details)| details.as_object()).cloned().unwrap_or_default();
    for unknowable in ["workerName", "roleArn"] {
        details.remove(unknowable);
    }
    if event["type"] == "TaskSubmitted" {
        // The reply to the request never reaches the vm.
        details.remove("output");
        details.remove("outputDetails");
    }
    details
}

#[track_caller]
fn assert_same(want: &Value, got: &Value, case: &Value) {
    let id = &case["id"];
    assert_eq!(want["type"], got["type"], "{id}");
    assert_eq!(number(&want["id"]), number(&got["id"]), "{id}");
    assert_eq!(number(previous(want)), number(previous(got)), "{id}");
    let (want, got) = (details(want), details(got));
    assert_eq!(deep_parsed(&want), deep_parsed(&got), "{id}");
}

fn deep_parsed(details: &Map<String, Value>) -> Value {
    let mut details = details.clone();
    if let Some(Value::Object(variables)) = details.get_mut("assignedVariables") {
        variables.values_mut().for_each(|value| *value = parsed(value));
    }
    details.values_mut().for_each(|value| *value = parsed(value));
    Value::Object(details)
}

/// A JSON text in a string stands for the JSON it holds; AWS's recordings kept some of them parsed.
fn parsed(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}

fn unparsed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Ids are numbers in histories and texts in logs; where the recording lost the order they are `[0]`.
fn number(value: &Value) -> u64 {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.or_else(|| value[0].as_u64()).unwrap_or_else(|| panic!("no number: {value}"))
}

fn previous(event: &Value) -> &Value {
    event.get("previousEventId").unwrap_or_else(|| &event["previous_event_id"])
}

fn keys(event: &Value) -> Vec<&String> {
    event.as_object().expect("events are objects").keys().collect()
}
