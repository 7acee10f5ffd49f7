//! The request that a state's parameters and its connection make together.

use super::Job;
use super::connection::{Connection, Connections};
use super::form::{self, ArrayFormat};
use super::value::Value;
use crate::failure::Failure;
use crate::json;
use crate::task::http::{self, Header, Url};
use crate::task::unusable;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The parameters of `http:invoke`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameters<'a> {
    api_endpoint: String,
    method: String,
    authentication: Option<ByConnection>,
    /// The newer name of `authentication`.
    invocation_config: Option<ByConnection>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    query_parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    request_body: Option<&'a RawValue>,
    #[serde(default)]
    transform: Transform,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ByConnection {
    connection_arn: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Transform {
    #[serde(default)]
    request_body_encoding: Encoding,
    #[serde(default)]
    request_encoding_options: EncodingOptions,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Encoding {
    #[default]
    None,
    UrlEncoded,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EncodingOptions {
    #[serde(default)]
    array_format: ArrayFormat,
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

/// Headers that a definition may not set (developer guide, "HTTP Task fields"); a connection may.
const FORBIDDEN: &[&str] = &[
    "a-im",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authorization",
    "referer",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "warning",
];
const FORBIDDEN_PREFIXES: &[&str] = &["x-forwarded-", "x-amz-", "x-amzn-"];

/// Why there is no request: a reason to go into the cause, or a failure of its own.
enum Refusal {
    Reason(String),
    Failure(Failure),
}

impl From<String> for Refusal {
    fn from(reason: String) -> Refusal {
        Refusal::Reason(reason)
    }
}

/// Makes the request.
///
/// # Errors
/// The parameters cannot be used, or name a connection that the bindings file does not have.
pub(super) fn prepare(parameters: &[u8], connections: &Connections) -> Result<Job, Failure> {
    job(parameters, connections).map_err(|refusal| match refusal {
        Refusal::Reason(reason) => unusable(parameters, &reason),
        Refusal::Failure(failure) => failure,
    })
}

fn job(text: &[u8], connections: &Connections) -> Result<Job, Refusal> {
    let parameters: Parameters<'_> =
        serde_json::from_slice(text).map_err(|error| http::without_place(&error.to_string()))?;
    let place = connection(&parameters, connections)?;
    let connection = connections.at(place);
    let method = METHODS.iter().find(|method| **method == parameters.method);
    let method = *method.ok_or_else(|| format!("The value of the field 'Method' should be one of {METHODS:?}"))?;
    let mut url = Url::parse(&parameters.api_endpoint)?;
    url.query = query(url.query.take(), parameters.query_parameters, connection)?;
    let body = body(&parameters, connection)?;
    let public = headers(parameters.headers, !body.is_empty())?;
    let added: Vec<Header> = connection.headers().collect();
    let is_given = |name: &str| added.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let mut headers: Vec<Header> = public.iter().filter(|(name, _)| !is_given(name)).cloned().collect();
    headers.extend(added);
    let request =
        http::Request { method: method.into(), origin: url.origin.clone(), target: url.target(), headers, body };
    Ok(Job { request, url, public, connection: place })
}

/// The place of the connection that the parameters name.
fn connection(parameters: &Parameters<'_>, connections: &Connections) -> Result<usize, Refusal> {
    let given = parameters.invocation_config.as_ref().or(parameters.authentication.as_ref());
    let arn = &given.ok_or_else(|| "The field 'ConnectionArn' is required but was missing".to_owned())?.connection_arn;
    connections.find(arn).ok_or_else(|| {
        let cause = format!("no connection of the bindings file fits '{arn}'");
        let error = Some("Events.ConnectionResource.ResourceNotFound".into());
        Refusal::Failure(Failure { error, cause: Some(cause.into()) })
    })
}

fn invalid(field: &str) -> String {
    format!("The value of the field '{field}' has an invalid format")
}

/// The definition's headers, and those that are always there.
fn headers(given: Option<&RawValue>, has_body: bool) -> Result<Vec<Header>, String> {
    let mut headers: Vec<Header> = Vec::new();
    for (name, value) in members(given, "Headers")? {
        let lower = name.to_ascii_lowercase();
        if FORBIDDEN.contains(&&*lower) || FORBIDDEN_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
            return Err(format!("The header '{name}' is not allowed"));
        }
        for value in scalars(value).ok_or_else(|| invalid("Headers"))? {
            headers.push((name.to_string().into(), value.into_owned().into()));
        }
    }
    let mut add = |name: &'static str, value: &'static str| {
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            headers.push((name.into(), value.into()));
        }
    };
    if has_body {
        add("content-type", "application/json; charset=UTF-8");
    }
    add("range", "bytes=0-262144");
    add("user-agent", http::USER_AGENT);
    Ok(headers)
}

/// What stands in the URL, then the definition's parameters, then the connection's, which win.
fn query(url: Option<String>, given: Option<&RawValue>, connection: &Connection) -> Result<Option<String>, String> {
    let mut query = url.unwrap_or_default();
    if let Some(Value::String(text)) = given.and_then(Value::of) {
        let separator = if query.is_empty() || text.is_empty() { "" } else { "&" };
        query.push_str(separator);
        http::encode(&text, b"%/:@!$'()*+,;=?&", &mut query);
    } else {
        for (name, value) in members(given, "QueryParameters")? {
            if connection.query.contains_key(&*name) {
                continue;
            }
            for value in scalars(value).ok_or_else(|| invalid("QueryParameters"))? {
                form::put_pair(&name, &value, &mut query);
            }
        }
    }
    connection.query.iter().for_each(|(name, value)| form::put_pair(name, &value.0, &mut query));
    Ok((!query.is_empty()).then_some(query))
}

/// The body, with what the connection adds to it; nothing if neither gives any.
fn body(parameters: &Parameters<'_>, connection: &Connection) -> Result<Vec<u8>, String> {
    let given = parameters.request_body;
    let is_form = parameters.transform.request_body_encoding == Encoding::UrlEncoded;
    match given.map(Value::of) {
        // What is not JSON, XML perhaps, is given as a string.
        Some(Some(Value::String(text))) if connection.body.is_empty() => return Ok(text.into_owned().into_bytes()),
        _ if connection.body.is_empty() && !is_form => return Ok(given.map_or("", RawValue::get).as_bytes().to_vec()),
        _ => {}
    }
    let added: Vec<(&str, Box<RawValue>)> =
        connection.body.iter().map(|(name, value)| (name.as_str(), quoted(&value.0))).collect();
    let of_definition = members(given, "RequestBody")?;
    let kept = of_definition.iter().filter(|(name, _)| !connection.body.contains_key(&**name));
    let all = kept.map(|(name, value)| (&**name, *value)).chain(added.iter().map(|(name, value)| (*name, &**value)));
    if !is_form {
        return Ok(object(all));
    }
    let format = parameters.transform.request_encoding_options.array_format;
    form::write(all, format).map(String::into_bytes).ok_or_else(|| invalid("RequestBody"))
}

/// The members of an optional object.
fn members<'a>(given: Option<&'a RawValue>, field: &str) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, String> {
    match given.map(Value::of) {
        None | Some(Some(Value::Null)) => Ok(Vec::new()),
        Some(Some(Value::Object(members))) => Ok(members),
        Some(_) => Err(invalid(field)),
    }
}

/// A value without parts, or several of them.
fn scalars(value: &RawValue) -> Option<Vec<Cow<'_, str>>> {
    match Value::of(value)? {
        Value::Array(items) => items.into_iter().map(|item| Value::of(item)?.scalar()).collect(),
        scalar => Some(vec![scalar.scalar()?]),
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, &'a RawValue)>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (name, value) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        json::quote(name, &mut out);
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
    out
}

fn quoted(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).expect("a string is JSON")
}
