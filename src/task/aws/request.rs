//! Writes requests: parameters as definitions spell them become what goes over the wire.

mod checksum;
mod form;
mod json;
mod rest;
#[cfg(test)]
mod tests;
mod xml;

use crate::builtin::base64;
use crate::json::{Kind, compact, decode, elements, kind, members, quote};
use crate::task::aws::service::{Action, Protocol};
use crate::task::aws::shape::{Member, Time, Type, capitalized};
use crate::task::aws::time;
use std::borrow::Cow;
use std::fmt;

/// A request without its host and its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// `POST`
    pub method: &'static str,
    /// The path, percent-encoded.
    pub path: String,
    /// What follows the `?`, percent-encoded; may be empty.
    pub query: String,
    /// Headers, but for those that the signature, the host and the length need.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why parameters cannot be sent; the texts are Step Functions'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The action has no such parameter.
    Unsupported(String),
    /// A parameter of another type is wanted.
    Wanted(String, &'static str),
    /// Text that cannot stand where it should.
    Malformed(String),
    /// What the path needs is not there.
    Missing(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unsupported(field) => write!(f, "The field '{field}' is not supported by Step Functions"),
            Refusal::Wanted(field, wanted) => write!(f, "The value for the field '{field}' must be {wanted}"),
            Refusal::Malformed(field) => write!(f, "The value of the field '{field}' has an invalid format"),
            Refusal::Missing(field) => write!(f, "The field '{field}' is required but was missing"),
        }
    }
}

/// Writes the request for an action. The parameters are a JSON text; `token` makes what stands where the
/// action takes a token that makes it idempotent, and the parameters have none.
///
/// # Errors
/// The parameters are none of this action.
pub fn write(action: &Action, parameters: &[u8], token: &dyn Fn() -> String) -> Result<Parts, Refusal> {
    let writer = Writer { action, token };
    let given = writer.given(writer.known(), "Parameters", parameters)?;
    match action.service.protocol {
        Protocol::Json => json::request(&writer, &given),
        Protocol::Query | Protocol::Ec2 => form::request(&writer, &given),
        Protocol::RestJson | Protocol::RestXml => rest::request(&writer, &given),
    }
}

/// Parameters that were given, each with what is known about it.
type Given<'a> = Vec<(&'a Member, Cow<'a, [u8]>)>;

/// What all the ways of writing share.
struct Writer<'a> {
    action: &'a Action,
    token: &'a dyn Fn() -> String,
}

impl<'a> Writer<'a> {
    /// What the action takes.
    fn known(&self) -> &'a [Member] {
        self.action.members(self.action.input)
    }

    /// The members of an object that are known and not null; of equal names the last.
    fn given(&self, known: &'a [Member], field: &str, object: &'a [u8]) -> Result<Given<'a>, Refusal> {
        if !matches!(kind(object), Kind::Object | Kind::Null) {
            return Err(Refusal::Wanted(field.to_owned(), "an OBJECT"));
        }
        let mut given: Given<'a> = Vec::new();
        for (name, value) in members(object) {
            let name = decode(&object[name]);
            let unsupported = || Refusal::Unsupported(name.clone().into_owned());
            let member = known.iter().find(|member| member.name == name).ok_or_else(unsupported)?;
            given.retain(|(other, _)| !std::ptr::eq(*other, member));
            if kind(&object[value.clone()]) != Kind::Null {
                given.push((member, Cow::Borrowed(&object[value])));
            }
        }
        let tokens = known.iter().filter(|member| member.token);
        for member in tokens {
            if !given.iter().any(|(other, _)| std::ptr::eq(*other, member)) {
                given.push((member, Cow::Owned(quoted(&(self.token)()))));
            }
        }
        Ok(given)
    }
}

/// A value that is no structure, list or map, as text.
fn scalar<'a>(member: &str, of: Type, value: &'a [u8], form: Time) -> Result<Cow<'a, str>, Refusal> {
    let wanted = |wanted| Err(Refusal::Wanted(member.to_owned(), wanted));
    Ok(match (of, kind(value)) {
        (Type::String, Kind::String) | (Type::Blob, Kind::String) => decode(value),
        (Type::String, Kind::Object | Kind::Array) | (Type::Any, _) => text(value).into(),
        (Type::String, _) => return wanted("a STRING"),
        // What is not base64 already is data to be sent.
        (Type::Blob, _) => base64::encode(text(value).as_bytes()).into(),
        (Type::Number, Kind::Number) | (Type::Boolean, Kind::Bool) => String::from_utf8_lossy(value),
        (Type::Number, _) => return wanted("a NUMBER"),
        (Type::Boolean, _) => return wanted("a BOOLEAN"),
        (Type::Timestamp(own), Kind::String | Kind::Number) => {
            let text = if kind(value) == Kind::String { decode(value) } else { String::from_utf8_lossy(value) };
            let time = time::read(&text).ok_or_else(|| Refusal::Malformed(member.to_owned()))?;
            time::write(time, own.unwrap_or(form)).into()
        }
        (Type::Timestamp(_), _) => return wanted("a TIMESTAMP"),
        (Type::Shape(_), _) => unreachable!("shapes are written part by part"),
    })
}

/// The elements of a list.
fn list<'a>(member: &str, value: &'a [u8]) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Refusal> {
    match kind(value) {
        Kind::Array => Ok(elements(value).map(|range| &value[range])),
        _ => Err(Refusal::Wanted(member.to_owned(), "an ARRAY")),
    }
}

/// The entries of a map.
fn entries<'a>(member: &str, value: &'a [u8]) -> Result<impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a>, Refusal> {
    match kind(value) {
        Kind::Object => Ok(members(value).map(|(key, entry)| (&value[key], &value[entry]))),
        _ => Err(Refusal::Wanted(member.to_owned(), "an OBJECT")),
    }
}

/// Any JSON as text, without white space.
fn text(value: &[u8]) -> String {
    let mut out = Vec::new();
    compact(value, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    quote(text, &mut out);
    out
}
