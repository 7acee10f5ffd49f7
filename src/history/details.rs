//! The details of each type of event, with the members AWS gives them.

use std::borrow::Cow;

use serde::Deserialize;

use crate::failure::Failure;
use crate::history::log::Settings;
use crate::history::object::Object;
use crate::program::{Resource, ResourceKind};
use crate::vm::event::What;

/// Writes the details of an event. Types without details have an empty object.
pub(super) fn details(what: &What<'_>, settings: &Settings, mut object: Object<'_>) {
    let to = &mut object;
    match *what {
        What::ExecutionStarted { input } => {
            data(to, "input", Some("inputDetails"), input, settings);
            to.text("roleArn", &settings.role_arn);
        }
        What::ExecutionSucceeded { output } => data(to, "output", Some("outputDetails"), output, settings),
        What::ExecutionFailed { failure: why } | What::MapRunFailed { failure: why } => failure(to, why),
        What::StateEntered { name, input, .. } => {
            data(to, "input", Some("inputDetails"), input, settings);
            to.text("name", name);
        }
        What::StateExited { name, output, assigned, .. } => {
            variables(to, assigned, settings);
            to.text("name", name);
            data(to, "output", Some("outputDetails"), output, settings);
        }
        What::EvaluationFailed { name, location, failure: why } => {
            failure(to, why);
            if let Some(field) = location {
                to.text("location", field);
            }
            to.text("state", name);
        }
        What::TaskScheduled { resource, parameters, timeout_seconds, heartbeat_seconds, credentials } => {
            scheduled(to, resource, parameters, settings);
            for (key, seconds) in [("timeoutInSeconds", timeout_seconds), ("heartbeatInSeconds", heartbeat_seconds)] {
                if let Some(seconds) = seconds {
                    to.number(key, seconds);
                }
            }
            if let Some(text) = credentials {
                task_credentials(to, text);
            }
        }
        What::TaskStarted { resource } | What::TaskSubmitted { resource } => service(to, resource),
        What::TaskSucceeded { resource, output } => {
            data(to, "output", Some("outputDetails"), output, settings);
            service(to, resource);
        }
        What::TaskFailed { resource, failure: why } | What::TaskTimedOut { resource, failure: why } => {
            failure(to, why);
            service(to, resource);
        }
        What::MapStateStarted { length } => to.number("length", length),
        What::MapIterationStarted { name, index }
        | What::MapIterationSucceeded { name, index }
        | What::MapIterationFailed { name, index }
        | What::MapIterationAborted { name, index } => {
            to.number("index", index);
            to.text("name", name);
        }
        What::MapRunStarted { arn } => to.text("mapRunArn", arn),
        What::ExecutionTimedOut | What::ExecutionAborted | What::TaskStateAborted | What::WaitStateAborted => {}
        What::MapStateSucceeded | What::MapStateFailed | What::MapStateAborted | What::MapRunSucceeded => {}
        What::ParallelStateStarted | What::ParallelStateSucceeded => {}
        What::ParallelStateFailed | What::ParallelStateAborted => {}
    }
    object.end();
}

/// Execution data is JSON text in a string.
fn data(to: &mut Object<'_>, key: &str, truncation: Option<&str>, json: &[u8], settings: &Settings) {
    if settings.execution_data {
        to.text(key, json);
        if let Some(key) = truncation {
            to.not_truncated(key);
        }
    }
}

/// Each variable's value is JSON text in a string; states that assign none have neither member.
fn variables(to: &mut Object<'_>, assigned: &[(&str, &[u8])], settings: &Settings) {
    if assigned.is_empty() || !settings.execution_data {
        return;
    }
    let mut values = to.object("assignedVariables");
    for (name, value) in assigned {
        values.text(name, value);
    }
    values.end();
    to.not_truncated("assignedVariablesDetails");
}

fn failure(to: &mut Object<'_>, failure: &Failure) {
    for (key, text) in [("cause", &failure.cause), ("error", &failure.error)] {
        if let Some(text) = text {
            to.text(key, text.as_ref());
        }
    }
}

/// Services are given parameters; Lambda functions and activities an input, in the words of their older events.
fn scheduled(to: &mut Object<'_>, resource: &Resource, parameters: &[u8], settings: &Settings) {
    if resource.kind == ResourceKind::Service {
        data(to, "parameters", None, parameters, settings);
        to.text("region", &settings.region);
        return service(to, resource);
    }
    data(to, "input", Some("inputDetails"), parameters, settings);
    to.text("resource", &resource.arn);
}

/// Only events of services repeat whom they are about.
fn service(to: &mut Object<'_>, resource: &Resource) {
    if resource.kind == ResourceKind::Service {
        to.text("resource", &resource.resource);
        to.text("resourceType", &resource.resource_type);
    }
}

/// Definitions say `RoleArn`, events `roleArn`. Credentials without a role that is text have no such member.
fn task_credentials(to: &mut Object<'_>, credentials: &[u8]) {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Credentials<'a> {
        #[serde(borrow)]
        role_arn: Cow<'a, str>,
    }
    if let Ok(Credentials { role_arn }) = serde_json::from_slice(credentials) {
        let mut object = to.object("taskCredentials");
        object.text("roleArn", role_arn.as_ref());
        object.end();
    }
}
