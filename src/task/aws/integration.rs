//! What a resource asks for: an action of a service, by way of its SDK or with what an optimized integration adds.

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::json::{Kind, decode, elements, kind, member, members, quote};
use crate::program::{Pattern, Resource};
use crate::task::aws::request::{self, Parts};
use crate::task::aws::response::{self, Answer, Object, Trouble, failure, list, texts};
use crate::task::aws::service::{self, Action, Unknown};
use crate::task::unusable;

/// A resource that can be called.
#[derive(Debug)]
pub struct Integration {
    /// The action.
    pub action: Action,
    optimized: Option<&'static Optimized>,
}

/// Who calls, as far as services are told.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The ARN of the execution.
    pub execution: String,
    /// The ARN of its machine.
    pub machine: String,
    /// Different for every task of every execution, the same for the same one.
    pub token: String,
}

/// An integration that does more than the SDK (Developer Guide, "Optimized integrations").
#[derive(Debug)]
struct Optimized {
    /// As resources name it.
    service: &'static str,
    action: &'static str,
    /// The service's name in `aws-sdk` resources.
    described: &'static str,
    /// A parameter that may be any JSON and is sent as its text.
    text: &'static str,
    /// Whether the result tells about the HTTP answer (recorded: all but `events:putEvents`).
    tells_http: bool,
}

const fn row(
    service: &'static str,
    action: &'static str,
    described: &'static str,
    text: &'static str,
    tells_http: bool,
) -> Optimized {
    Optimized { service, action, described, text, tells_http }
}

const OPTIMIZED: [Optimized; 8] = [
    row("dynamodb", "deleteItem", "dynamodb", "", true),
    row("dynamodb", "getItem", "dynamodb", "", true),
    row("dynamodb", "putItem", "dynamodb", "", true),
    row("dynamodb", "updateItem", "dynamodb", "", true),
    row("events", "putEvents", "eventbridge", "", false),
    row("sns", "publish", "sns", "Message", true),
    row("sqs", "sendMessage", "sqs", "MessageBody", true),
    row("states", "startExecution", "sfn", "Input", true),
];

/// The integration that a resource names.
///
/// # Errors
/// There is none here; the text says why.
pub fn find(resource: &str) -> Result<Integration, String> {
    let parsed = Resource::parse(resource);
    let (service, name) = (&*parsed.resource_type, &*parsed.resource);
    if parsed.pattern != Pattern::RequestResponse {
        return Err(format!("'{name}' waits for more than the service's answer, which no binding to AWS does"));
    }
    if let Some(described) = service.strip_prefix("aws-sdk:") {
        let action = service::action(described, name).map_err(|unknown| why(unknown, described, name))?;
        return Ok(Integration { action, optimized: None });
    }
    let known = OPTIMIZED.iter().find(|known| (known.service, known.action) == (service, name));
    let Some(optimized) = known else {
        return Err(format!("'{resource}' is no integration that a binding to AWS knows"));
    };
    let action = service::action(optimized.described, name).expect("optimized integrations are described");
    Ok(Integration { action, optimized: Some(optimized) })
}

fn why(unknown: Unknown, service: &str, action: &str) -> String {
    match unknown {
        Unknown::Service => {
            format!("the service '{service}' is none of {}", service::names().collect::<Vec<_>>().join(", "))
        }
        Unknown::Action => format!("the service '{service}' has no action '{action}'"),
    }
}

impl Integration {
    /// Writes the request.
    ///
    /// # Errors
    /// The parameters are none of the action. Step Functions says so before it calls the service: the execution itself
    /// is wrong.
    pub fn request(&self, parameters: &[u8], caller: &dyn Fn() -> Caller) -> Result<Parts, Failure> {
        let prepared = match self.optimized {
            Some(known) if known.action == "putEvents" => name_sources(parameters, &caller()),
            Some(known) if !known.text.is_empty() => as_text(parameters, known.text),
            _ => None,
        };
        let sent = prepared.as_deref().unwrap_or(parameters);
        request::write(&self.action, sent, &|| caller().token)
            .map_err(|refusal| unusable(parameters, &refusal.to_string()))
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// The service refused the request, or its answer cannot be read.
    pub fn result(&self, answer: &Answer<'_>) -> Result<Vec<u8>, Failure> {
        let result = response::read(&self.action, answer).map_err(|trouble| match trouble {
            Trouble::Refused(error) if self.optimized.is_some() => error.of_optimized(self.action.service),
            Trouble::Refused(error) => error.of_sdk(self.action.service),
            Trouble::Unreadable(reason) => self.client_failure(&format!("Unable to unmarshall response: {reason}")),
        })?;
        match self.optimized {
            Some(known) if known.tells_http => Ok(with_http(&result, answer)),
            Some(_) if has_failed_entries(&result) => {
                Err(failure("EventBridge.FailedEntry".into(), String::from_utf8_lossy(&result).into_owned()))
            }
            _ => Ok(result),
        }
    }

    /// There was no answer (recorded: `SQS.SdkClientException`, `Unable to execute HTTP request: …`).
    pub fn client_failure(&self, cause: &str) -> Failure {
        let service = self.action.service;
        let prefix = if self.optimized.is_some() { service.optimized.exception } else { service.exception };
        failure(format!("{prefix}.SdkClientException"), cause.to_owned())
    }
}

/// The parameters with one of them as text, if it is none; objects and arrays become text anyway.
fn as_text(parameters: &[u8], name: &str) -> Option<Vec<u8>> {
    let place = member(parameters, name.as_bytes())?;
    if !matches!(kind(&parameters[place.clone()]), Kind::Number | Kind::Bool) {
        return None;
    }
    let mut out = parameters[..place.start].to_vec();
    quote(&String::from_utf8_lossy(&parameters[place.clone()]), &mut out);
    out.extend_from_slice(&parameters[place.end..]);
    Some(out)
}

/// Adds the machine and the execution to the resources of each entry (Developer Guide, "Add EventBridge events with
/// Step Functions").
fn name_sources(parameters: &[u8], caller: &Caller) -> Option<Vec<u8>> {
    let entries = member(parameters, b"Entries")?;
    let mut out = Vec::with_capacity(parameters.len() + 512);
    let mut copied = 0;
    for entry in elements(&parameters[entries.clone()]) {
        let entry = entries.start + entry.start..entries.start + entry.end;
        if kind(&parameters[entry.clone()]) == Kind::Object {
            out.extend_from_slice(&parameters[copied..entry.start]);
            copied = entry.end;
            name_source(&parameters[entry], caller, &mut out);
        }
    }
    out.extend_from_slice(&parameters[copied..]);
    Some(out)
}

fn name_source(entry: &[u8], caller: &Caller, out: &mut Vec<u8>) {
    let mut added = Vec::new();
    quote(&caller.machine, &mut added);
    added.push(b',');
    quote(&caller.execution, &mut added);
    let place = member(entry, b"Resources").filter(|place| kind(&entry[place.clone()]) != Kind::Null);
    let (inside, is_empty) = match &place {
        Some(place) => (place.end - 1, elements(&entry[place.clone()]).next().is_none()),
        None => (entry.len() - 1, members(entry).next().is_none()),
    };
    out.extend_from_slice(&entry[..inside]);
    out.extend_from_slice(if is_empty { b"" } else { b"," });
    match place {
        Some(_) => out.extend_from_slice(&added),
        None => out.extend([&b"\"Resources\":["[..], &added, b"]"].concat()),
    }
    out.extend_from_slice(&entry[inside..]);
}

/// Whether EventBridge did not take all entries.
fn has_failed_entries(result: &[u8]) -> bool {
    member(result, b"FailedEntryCount").is_some_and(|count| &result[count] != b"0")
}

/// The result with what the answer's head said. Names stand in alphabetical order, as recorded.
fn with_http(result: &[u8], answer: &Answer<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(result.len() + 1024);
    let mut whole = Object::open(&mut out);
    let mut is_told = false;
    for (name, value) in members(result) {
        let name = decode(&result[name]);
        if !is_told && *name > *"SdkHttpMetadata" {
            tell_http(answer, &mut whole);
            is_told = true;
        }
        whole.name(&name).extend_from_slice(&result[value]);
    }
    if !is_told {
        tell_http(answer, &mut whole);
    }
    whole.close();
    out
}

fn tell_http(answer: &Answer<'_>, whole: &mut Object<'_>) {
    let is_first =
        |place: usize, name: &str| answer.headers[..place].iter().all(|other| !other.0.eq_ignore_ascii_case(name));
    let headers = answer.headers.iter().enumerate().filter(|(place, (name, _))| is_first(*place, name));
    let headers: Vec<(&str, &str)> = headers.map(|(_, header)| *header).collect();
    let mut http = Object::open(whole.name("SdkHttpMetadata"));
    let mut every = Object::open(http.name("AllHttpHeaders"));
    for (name, _) in &headers {
        let same = answer.headers.iter().filter(|other| other.0.eq_ignore_ascii_case(name));
        list(same.map(|(_, value)| *value), every.name(name), quote);
    }
    every.close();
    texts(headers.into_iter(), http.name("HttpHeaders"));
    http.name("HttpStatusCode").extend_from_slice(answer.status.to_string().as_bytes());
    http.close();
    texts(answer.request_id().map(|id| ("RequestId", id)).into_iter(), whole.name("SdkResponseMetadata"));
}
