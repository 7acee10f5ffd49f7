//! JSON bodies: the parameters under their wire names.

use super::{Given, Parts, Refusal, Writer, entries, list, quoted, scalar};
use crate::json::{Kind, compact, kind};
use crate::task::aws::shape::{Shape, Time, Type};

/// A request of AWS JSON 1.0 or 1.1.
pub(super) fn request(writer: &Writer<'_>, given: &Given<'_>) -> Result<Parts, Refusal> {
    let service = writer.action.service;
    let mut body = Vec::new();
    structure(writer, given, &mut body)?;
    let mut headers = vec![
        ("content-type".into(), format!("application/x-amz-json-{}", service.json_version)),
        ("x-amz-target".into(), format!("{}.{}", service.target, writer.action.name)),
    ];
    if service.spoke_query {
        headers.push(("x-amzn-query-mode".into(), "true".into()));
    }
    let (method, path) = (writer.action.method, writer.action.path.to_owned());
    Ok(Parts { method, path, query: String::new(), headers, body })
}

/// Writes an object.
pub(super) fn structure(writer: &Writer<'_>, given: &Given<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
    for (place, (member, value)) in given.iter().enumerate() {
        out.push(if place == 0 { b'{' } else { b',' });
        out.extend(quoted(member.wire));
        out.push(b':');
        write(writer, &member.name, member.of, value, out)?;
    }
    out.extend_from_slice(if given.is_empty() { b"{}" } else { b"}" });
    Ok(())
}

/// Writes a value.
pub(super) fn write(writer: &Writer<'_>, name: &str, of: Type, value: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Type::Shape(id) = of else { return write_scalar(name, of, value, out) };
    match &writer.action.shapes[id] {
        Shape::Structure(known) => structure(writer, &writer.given(known, name, value)?, out)?,
        Shape::List(of, _) => {
            out.push(b'[');
            for (place, element) in list(name, value)?.enumerate() {
                out.extend_from_slice(if place == 0 { b"" } else { b"," });
                write(writer, name, *of, element, out)?;
            }
            out.push(b']');
        }
        Shape::Map(map) => {
            out.push(b'{');
            for (place, (key, entry)) in entries(name, value)?.enumerate() {
                out.extend_from_slice(if place == 0 { b"" } else { b"," });
                out.extend_from_slice(key);
                out.push(b':');
                write(writer, name, map.value, entry, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_scalar(name: &str, of: Type, value: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    match (of, kind(value)) {
        // As they stand: most of what is sent.
        (Type::String | Type::Blob, Kind::String) | (Type::Any, _) => compact(value, out),
        // Members that are null are left out; an element must stay, or the others would move.
        (_, Kind::Null) => out.extend_from_slice(b"null"),
        (Type::Number | Type::Boolean, _) | (Type::Timestamp(None | Some(Time::Seconds)), _) => {
            out.extend_from_slice(scalar(name, of, value, Time::Seconds)?.as_bytes());
        }
        _ => out.extend(quoted(&scalar(name, of, value, Time::Seconds)?)),
    }
    Ok(())
}
