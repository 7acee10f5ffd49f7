//! Reads answers: what a service said becomes a result as Step Functions gives it, or what went wrong.

mod error;
mod json;
#[cfg(test)]
mod tests;
mod xml;

use crate::json::quote;
use crate::task::aws::service::{Action, Protocol};
use crate::task::aws::shape::{Member, Place, Shape, Shapes, Time, Type};
use crate::task::aws::time;
pub use error::{Error, failure};
use std::borrow::Cow;

/// What came back over the wire.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// 200, 404, …
    pub status: u16,
    /// Names and values, in the order they came.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The number that the service gave the request.
    pub fn request_id(&self) -> Option<&'a str> {
        self.header("x-amzn-requestid").or_else(|| self.header("x-amz-request-id"))
    }
}

/// Why an answer is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The service says so.
    Refused(Box<Error>),
    /// It is not what the service's protocol has; for people.
    Unreadable(String),
}

/// Reads the answer to an action: a JSON text, with the names that definitions use.
///
/// # Errors
/// It is no result.
pub fn read(action: &Action, answer: &Answer<'_>) -> Result<Vec<u8>, Trouble> {
    let refused = || Trouble::Refused(Box::new(Error::read(action, answer)));
    if !(200..300).contains(&answer.status) {
        return Err(refused());
    }
    let Some(Type::Shape(id)) = action.output else { return Ok(b"{}".to_vec()) };
    let Shape::Structure(known) = &action.shapes[id] else { unreachable!("an action's output is a structure") };
    let payload = known.iter().find(|member| member.place == Place::Payload);
    let is_raw = payload.is_some_and(|payload| !matches!(payload.of, Type::Shape(_)));
    let mut result = Object::new();
    let body = if is_raw { Body::Nothing } else { Body::parse(action, answer.body)? };
    // S3 begins to answer before it knows how an action ends ("CopyObject": an error may come with status 200).
    if action.service.protocol == Protocol::RestXml && body.is_error() {
        return Err(refused());
    }
    let inside = body.find(action, known);
    for (member, found) in known.iter().zip(inside) {
        let mut value = Vec::new();
        match (member.place, found) {
            (Place::Body, Some(found)) => found.write(&action.shapes, member, &mut value),
            (Place::Payload, _) if is_raw => quote(&String::from_utf8_lossy(answer.body), &mut value),
            (Place::Payload, _) => body.write(&action.shapes, member, &mut value),
            (Place::Header, _) => header(action, member, answer, &mut value),
            (Place::Headers, _) => headers(member, answer, &mut value),
            (Place::Status, _) => value.extend(answer.status.to_string().bytes()),
            _ => {}
        }
        if !value.is_empty() {
            result.push(&member.name, &value);
        }
    }
    Ok(result.finish())
}

/// The body, read.
enum Body<'a> {
    Nothing,
    Json(&'a [u8]),
    Xml(xml::Element),
}

/// A part of a body.
enum Part<'a> {
    Json(&'a [u8]),
    /// One element, or those of a flattened list or map.
    Xml(Vec<&'a xml::Element>),
}

impl<'a> Body<'a> {
    fn parse(action: &Action, body: &'a [u8]) -> Result<Body<'a>, Trouble> {
        if body.trim_ascii().is_empty() {
            return Ok(Body::Nothing);
        }
        let parsed = match action.service.protocol {
            Protocol::Json | Protocol::RestJson => json::check(body).map(Body::Json),
            Protocol::RestXml | Protocol::Ec2 => xml::parse(body).map(Body::Xml),
            // `<PublishResponse><PublishResult>…</PublishResult><ResponseMetadata>…`
            Protocol::Query => {
                xml::parse(body).map(|root| Body::Xml(root.into_child(&format!("{}Result", action.name))))
            }
        };
        parsed.map_err(Trouble::Unreadable)
    }

    fn is_error(&self) -> bool {
        matches!(self, Body::Xml(root) if root.name == "Error")
    }

    /// What the body has of each member.
    fn find(&'a self, action: &Action, known: &[Member]) -> Vec<Option<Part<'a>>> {
        match self {
            Body::Nothing => known.iter().map(|_| None).collect(),
            Body::Json(text) => json::find(known, text).into_iter().map(|found| found.map(Part::Json)).collect(),
            // S3's answer to GetBucketLocation is its only member: `<LocationConstraint>eu-west-1</LocationConstraint>`.
            Body::Xml(root) if action.name == "GetBucketLocation" => vec![Some(Part::Xml(vec![root]))],
            Body::Xml(root) => known.iter().map(|member| Part::of_xml(member, root)).collect(),
        }
    }

    /// Writes the body as a member.
    fn write(&self, shapes: &Shapes, member: &Member, out: &mut Vec<u8>) {
        match self {
            Body::Nothing => {}
            Body::Json(text) => json::write(shapes, member.of, text, out),
            Body::Xml(root) => xml::write(shapes, member.of, &[root], false, out),
        }
    }
}

impl<'a> Part<'a> {
    fn of_xml(member: &Member, root: &'a xml::Element) -> Option<Part<'a>> {
        let elements = xml::find(member, root);
        (!elements.is_empty()).then_some(Part::Xml(elements))
    }

    fn write(&self, shapes: &Shapes, member: &Member, out: &mut Vec<u8>) {
        match self {
            Part::Json(text) => json::write(shapes, member.of, text, out),
            Part::Xml(elements) => xml::write(shapes, member.of, elements, member.flattened, out),
        }
    }
}

fn header(action: &Action, member: &Member, answer: &Answer<'_>, out: &mut Vec<u8>) {
    let Some(text) = answer.header(member.wire) else { return };
    match member.of {
        Type::Shape(id) => {
            let Shape::List(of, _) = &action.shapes[id] else { return };
            list(text.split(',').map(str::trim), out, |element, out| scalar(*of, element, out));
        }
        of => scalar(of, text, out),
    }
}

/// All headers of a prefix as one object, which is there even when it is empty (recorded: `Metadata` of S3).
fn headers(member: &Member, answer: &Answer<'_>, out: &mut Vec<u8>) {
    let mut object = Object::new();
    for (name, text) in &answer.headers {
        let (prefix, rest) = name.split_at_checked(member.wire.len()).unwrap_or(("", name));
        if prefix.eq_ignore_ascii_case(member.wire) {
            object.push_text(rest, text);
        }
    }
    out.extend(object.finish());
}

/// Writes text of XML or of a header as JSON of its type; as a string where it does not fit.
fn scalar(of: Type, text: &str, out: &mut Vec<u8>) {
    let trimmed = text.trim();
    match of {
        Type::Number if is_number(trimmed) => out.extend_from_slice(trimmed.as_bytes()),
        Type::Boolean if matches!(trimmed, "true" | "false") => out.extend_from_slice(trimmed.as_bytes()),
        Type::Timestamp(_) => quote(&timestamp(trimmed), out),
        _ => quote(text, out),
    }
}

/// A point in time as results have it, whatever its form; what is none stays as it is.
fn timestamp(text: &str) -> Cow<'_, str> {
    time::read(text).map_or(text.into(), |time| time::write(time, Time::Iso).into())
}

/// Whether the text is a number of JSON.
fn is_number(text: &str) -> bool {
    json::check(text.as_bytes()).is_ok() && text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// Writes an array.
pub(super) fn list<T>(elements: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, element) in elements.enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b"," });
        write(element, out);
    }
    out.push(b']');
}

/// An object that is being written.
pub(super) struct Object(Vec<u8>);

impl Object {
    pub fn new() -> Object {
        Object(vec![b'{'])
    }

    pub fn push(&mut self, name: &str, value: &[u8]) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        quote(name, &mut self.0);
        self.0.push(b':');
        self.0.extend_from_slice(value);
    }

    pub fn push_text(&mut self, name: &str, text: &str) {
        let mut value = Vec::with_capacity(text.len() + 2);
        quote(text, &mut value);
        self.push(name, &value);
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}
