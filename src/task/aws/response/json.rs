//! Results out of JSON bodies.

use super::write::{Object, list, timestamp};
use crate::json::{Kind, ReadSet, Reader, Source, Utf8, decode, elements, kind, members, quote};
use crate::task::aws::shape::{Member, Place, Shape, Shapes, Type};

/// The text without white space around it, if it is JSON.
pub(super) fn check(text: &[u8]) -> Result<&[u8], String> {
    let mut reader = Reader::new(&ReadSet::new([]));
    let checked = reader.read(text, 0..text.len(), Utf8::Unknown, Source::Arena, &mut []);
    checked.map(|value| &text[value.range()]).map_err(|malformed| malformed.to_string())
}

/// What an object has of each member.
pub(super) fn find<'a>(known: &[Member], object: &'a [u8]) -> Vec<Option<&'a [u8]>> {
    let mut found = vec![None; known.len()];
    for (name, value) in members(object) {
        let name = decode(&object[name]);
        let place = known.iter().position(|member| member.place == Place::Body && member.wire == name);
        if let Some(place) = place {
            // An explicit null is none.
            found[place] = Some(&object[value]).filter(|value| kind(value) != Kind::Null);
        }
    }
    found
}

/// Writes a value under the names that definitions use; what does not have its type stays as it is.
pub(super) fn write(shapes: &Shapes, of: Type, value: &[u8], out: &mut Vec<u8>) {
    match (of, kind(value)) {
        (Type::Shape(id), Kind::Object | Kind::Array) => match (&shapes[id], kind(value)) {
            (Shape::Structure(known), Kind::Object) => structure(shapes, known, value, out),
            (Shape::List(of, _), Kind::Array) => {
                list(elements(value), out, |range, out| write(shapes, *of, &value[range], out));
            }
            (Shape::Map(map), Kind::Object) => {
                let mut object = Object::open(out);
                for (name, entry) in members(value) {
                    write(shapes, map.value, &value[entry], object.name(&decode(&value[name])));
                }
                object.close();
            }
            _ => out.extend_from_slice(value),
        },
        (Type::Timestamp(_), Kind::Number) => quote(&timestamp(&String::from_utf8_lossy(value)), out),
        (Type::Timestamp(_), Kind::String) => quote(&timestamp(&decode(value)), out),
        _ => out.extend_from_slice(value),
    }
}

fn structure(shapes: &Shapes, known: &[Member], value: &[u8], out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    for (member, found) in known.iter().zip(find(known, value)) {
        if let Some(found) = found {
            write(shapes, member.of, found, object.name(&member.name));
        }
    }
    object.close();
}
