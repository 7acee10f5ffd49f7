//! Reads answers: what a service said becomes a result as Step Functions gives it, or what went wrong.

mod error;
mod json;
#[cfg(test)]
mod tests;
mod write;
mod xml;

use crate::json::quote;
use crate::task::aws::service::{Action, Protocol};
use crate::task::aws::shape::{Member, Place, Shape, Shapes, Type};
pub use error::{Error, failure};
use write::scalar;
pub(super) use write::{Object, list, texts};

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

    /// Names and values of the headers whose names begin so; names without what they begin with.
    fn headers_of(&self, prefix: &str) -> Vec<(&'a str, &'a str)> {
        let rest = |name: &'a str| {
            let (start, rest) = name.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix).then_some(rest)
        };
        self.headers.iter().filter_map(|(name, value)| Some((rest(name)?, *value))).collect()
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
    let known = action.members(action.output);
    let body = Body::parse(action, known, answer.body).map_err(Trouble::Unreadable)?;
    if body.is_error(action) {
        return Err(refused());
    }
    let mut out = Vec::new();
    let mut result = Object::open(&mut out);
    for (member, found) in known.iter().zip(body.find(action, known)) {
        if let Some(part) = Part::of_head(member, answer).or(found) {
            part.write(&action.shapes, member, result.name(&member.name));
        }
    }
    result.close();
    Ok(out)
}

/// The body, read.
enum Body<'a> {
    Nothing,
    /// All of it is one member that is neither JSON nor XML.
    Raw(&'a [u8]),
    Json(&'a [u8]),
    Xml(xml::Element),
}

impl<'a> Body<'a> {
    fn parse(action: &Action, known: &[Member], body: &'a [u8]) -> Result<Body<'a>, String> {
        let payload = known.iter().find(|member| member.place == Place::Payload);
        if payload.is_some_and(|payload| !matches!(payload.of, Type::Shape(_))) {
            return Ok(Body::Raw(body));
        }
        if known.is_empty() || body.trim_ascii().is_empty() {
            return Ok(Body::Nothing);
        }
        match action.service.protocol {
            Protocol::Json | Protocol::RestJson => json::check(body).map(Body::Json),
            Protocol::RestXml | Protocol::Ec2 => xml::parse(body).map(Body::Xml),
            // `<PublishResponse><PublishResult>…</PublishResult><ResponseMetadata>…`
            Protocol::Query => {
                xml::parse(body).map(|root| Body::Xml(root.into_child(&format!("{}Result", action.name))))
            }
        }
    }

    /// S3 begins to answer before it knows how an action ends (API Reference, "CopyObject": an error may come with
    /// status 200).
    fn is_error(&self, action: &Action) -> bool {
        matches!(self, Body::Xml(root) if root.name == "Error" && action.service.protocol == Protocol::RestXml)
    }

    /// What the body has of each member.
    fn find(&'a self, action: &Action, known: &[Member]) -> Vec<Option<Part<'a>>> {
        if known.iter().any(|member| member.place == Place::Payload) {
            return known.iter().map(|member| self.whole().filter(|_| member.place == Place::Payload)).collect();
        }
        match self {
            Body::Nothing | Body::Raw(_) => known.iter().map(|_| None).collect(),
            Body::Json(text) => json::find(known, text).into_iter().map(|found| found.map(Part::Json)).collect(),
            // S3's answer to GetBucketLocation is its only member: `<LocationConstraint>eu-west-1</LocationConstraint>`.
            Body::Xml(_) if action.name == "GetBucketLocation" => vec![self.whole()],
            Body::Xml(root) => known.iter().map(|member| Part::of_xml(member, root)).collect(),
        }
    }

    fn whole(&'a self) -> Option<Part<'a>> {
        match self {
            Body::Nothing => None,
            Body::Raw(bytes) => Some(Part::Raw(bytes)),
            Body::Json(text) => Some(Part::Json(text)),
            Body::Xml(root) => Some(Part::Xml(vec![root])),
        }
    }
}

/// Where the value of a member is.
enum Part<'a> {
    Raw(&'a [u8]),
    Json(&'a [u8]),
    /// One element, or those of a flattened list or map.
    Xml(Vec<&'a xml::Element>),
    Header(&'a str),
    /// What follows a prefix in the names of headers, and their values.
    Headers(Vec<(&'a str, &'a str)>),
    Status(u16),
}

impl<'a> Part<'a> {
    /// What stands before the body.
    fn of_head(member: &Member, answer: &Answer<'a>) -> Option<Part<'a>> {
        match member.place {
            Place::Header => answer.header(member.wire).map(Part::Header),
            // Recorded: S3's `Metadata` is there even when it is empty.
            Place::Headers => Some(Part::Headers(answer.headers_of(member.wire))),
            Place::Status => Some(Part::Status(answer.status)),
            Place::Body | Place::Payload | Place::Query | Place::Path => None,
        }
    }

    fn of_xml(member: &Member, root: &'a xml::Element) -> Option<Part<'a>> {
        let elements = xml::find(member, root);
        (member.place == Place::Body && !elements.is_empty()).then_some(Part::Xml(elements))
    }

    fn write(&self, shapes: &Shapes, member: &Member, out: &mut Vec<u8>) {
        match self {
            Part::Raw(bytes) => quote(&String::from_utf8_lossy(bytes), out),
            Part::Json(text) => json::write(shapes, member.of, text, out),
            Part::Xml(elements) => xml::write(shapes, member.of, elements, member.flattened, out),
            Part::Header(text) => header(shapes, member.of, text, out),
            Part::Headers(headers) => texts(headers.iter().copied(), out),
            Part::Status(status) => out.extend_from_slice(status.to_string().as_bytes()),
        }
    }
}

fn header(shapes: &Shapes, of: Type, text: &str, out: &mut Vec<u8>) {
    match of {
        Type::Shape(id) => {
            let Shape::List(of, _) = &shapes[id] else { unreachable!("headers hold lists and single values") };
            list(text.split(',').map(str::trim), out, |element, out| scalar(*of, element, out));
        }
        of => scalar(of, text, out),
    }
}
