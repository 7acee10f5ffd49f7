//! REST: parameters go where each belongs, into path, query, headers and body.

use super::{Given, Parts, Refusal, Writer, checksum, entries, json, list, scalar, text, xml};
use crate::json::{Kind, decode, kind};
use crate::task::aws::service::Protocol;
use crate::task::aws::shape::{Member, Place, Shape, Time, Type};
use crate::task::aws::sign::encode;

/// A request of REST with JSON or XML.
pub(super) fn request(writer: &Writer<'_>, given: &Given<'_>) -> Result<Parts, Refusal> {
    let action = writer.action;
    let (path, query) = action.path.split_once('?').unwrap_or((action.path, ""));
    let mut parts = Parts { method: action.method, query: query.to_owned(), ..Parts::default() };
    parts.path = fill(path, writer.known(), given)?;
    for (member, value) in given {
        match member.place {
            Place::Query => pairs(writer, member, value, &mut parts.query)?,
            Place::Header => header(writer, member, value, &mut parts)?,
            Place::Headers => headers(member, value, &mut parts)?,
            Place::Body | Place::Payload | Place::Path | Place::Status => {}
        }
    }
    body(writer, given, &mut parts)?;
    if action.checksum {
        checksum::add(&mut parts)?;
    }
    Ok(parts)
}

/// The path with its labels filled; a label that ends in `+` keeps its slashes.
fn fill(template: &str, known: &[Member], given: &Given<'_>) -> Result<String, Refusal> {
    let mut path = String::new();
    for piece in template.split('{') {
        let Some((label, rest)) = piece.split_once('}') else {
            path.push_str(piece);
            continue;
        };
        let (wire, kept): (&str, &[u8]) = label.strip_suffix('+').map_or((label, b""), |wire| (wire, b"/"));
        let is_label = |member: &&Member| member.place == Place::Path && member.wire == wire;
        let member = known.iter().find(is_label).expect("a description has a member for every label");
        let value = given.iter().find(|(other, _)| std::ptr::eq(*other, member)).map(|(_, value)| value);
        let text = value.map(|value| scalar(&member.name, member.of, value, Time::Iso)).transpose()?;
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Err(Refusal::Missing(member.name.to_string()));
        };
        // They would lead to something else than what was named; a key of S3 may hold them.
        if kept.is_empty() && matches!(&*text, "." | "..") {
            return Err(Refusal::Malformed(member.name.to_string()));
        }
        path.push_str(&encode(&text, kept));
        path.push_str(rest);
    }
    Ok(path)
}

/// A query parameter: a list is repeated, a map gives one for each of its entries.
fn pairs(writer: &Writer<'_>, member: &Member, value: &[u8], query: &mut String) -> Result<(), Refusal> {
    let mut push = |name: &str, of, value: &[u8]| {
        let text = scalar(&member.name, of, value, Time::Iso)?;
        query.push_str(if query.is_empty() { "" } else { "&" });
        *query += &format!("{}={}", encode(name, b""), encode(&text, b""));
        Ok(())
    };
    let Type::Shape(id) = member.of else { return push(member.wire, member.of, value) };
    match &writer.action.shapes[id] {
        Shape::List(of, _) => list(&member.name, value)?.try_for_each(|element| push(member.wire, *of, element)),
        Shape::Map(map) => {
            entries(&member.name, value)?.try_for_each(|(key, value)| push(&decode(key), map.value, value))
        }
        Shape::Structure(_) => unreachable!("no description puts a structure into a query"),
    }
}

/// A header; a list is one, with commas.
fn header(writer: &Writer<'_>, member: &Member, value: &[u8], parts: &mut Parts) -> Result<(), Refusal> {
    let text = match member.of {
        Type::Shape(id) => {
            let Shape::List(of, _) = &writer.action.shapes[id] else {
                unreachable!("no description puts a structure into a header")
            };
            let elements = list(&member.name, value)?.map(|element| scalar(&member.name, *of, element, Time::Http));
            elements.collect::<Result<Vec<_>, _>>()?.join(",")
        }
        of => scalar(&member.name, of, value, Time::Http)?.into_owned(),
    };
    push_header(&member.name, member.wire.to_ascii_lowercase(), text, parts)
}

/// A header for each entry of a map.
fn headers(member: &Member, value: &[u8], parts: &mut Parts) -> Result<(), Refusal> {
    for (key, value) in entries(&member.name, value)? {
        let name = format!("{}{}", member.wire, decode(key)).to_ascii_lowercase();
        let text = scalar(&member.name, Type::String, value, Time::Http)?.into_owned();
        push_header(&member.name, name, text, parts)?;
    }
    Ok(())
}

/// Nothing that ends a header early (RFC 9110, section 5).
fn push_header(field: &str, name: String, value: String, parts: &mut Parts) -> Result<(), Refusal> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) || value.chars().any(|character| character.is_control() && character != '\t') {
        return Err(Refusal::Malformed(field.to_owned()));
    }
    parts.headers.push((name.into(), value));
    Ok(())
}

fn body(writer: &Writer<'_>, given: &Given<'_>, parts: &mut Parts) -> Result<(), Refusal> {
    let known = writer.known();
    let content_type = if let Some(payload) = known.iter().find(|member| member.place == Place::Payload) {
        match given.iter().find(|(member, _)| std::ptr::eq(*member, payload)) {
            Some((_, value)) => payload_body(writer, payload, value, parts)?,
            // An object that nobody filled is still one (botocore does the same).
            None if is_json_object(writer, payload) => payload_body(writer, payload, b"{}", parts)?,
            None => return Ok(()),
        }
    } else if known.iter().any(|member| member.place == Place::Body) {
        let inside = given.iter().filter(|(member, _)| member.place == Place::Body).cloned().collect();
        json::structure(writer, &inside, &mut parts.body)?;
        "application/json"
    } else {
        return Ok(());
    };
    if !parts.headers.iter().any(|(name, _)| name == "content-type") {
        parts.headers.push(("content-type".into(), content_type.into()));
    }
    Ok(())
}

fn is_json_object(writer: &Writer<'_>, payload: &Member) -> bool {
    matches!(payload.of, Type::Shape(_)) && writer.action.service.protocol == Protocol::RestJson
}

/// Writes the one parameter that is the body; says what it is.
fn payload_body(
    writer: &Writer<'_>,
    payload: &Member,
    value: &[u8],
    parts: &mut Parts,
) -> Result<&'static str, Refusal> {
    Ok(match payload.of {
        // Recorded: what a state puts into S3 is the JSON of `Body`, the quotes of a string included.
        Type::Blob => {
            parts.body = text(value).into_bytes();
            "application/octet-stream"
        }
        Type::String => {
            let is_text = kind(value) == Kind::String;
            parts.body = if is_text { decode(value).into_owned() } else { text(value) }.into_bytes();
            "text/plain"
        }
        _ if writer.action.service.protocol == Protocol::RestXml => {
            parts.body = xml::document(writer, payload, value)?.into_bytes();
            "application/xml"
        }
        of => {
            json::write(writer, &payload.name, of, value, &mut parts.body)?;
            "application/json"
        }
    })
}
