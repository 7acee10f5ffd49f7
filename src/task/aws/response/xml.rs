//! Results out of XML bodies.

use super::write::{Object, list, scalar};
use crate::task::aws::shape::{Map, Member, Shape, Shapes, Type};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// An element; what it is called without its namespace.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub name: String,
    /// The text directly in it, without what only sets its children apart.
    pub text: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
}

/// Deeper than any answer of AWS's.
const DEPTH_MAX: usize = 64;
/// Tags and texts: a result of the size that a state may have comes of far fewer.
const EVENTS_MAX: usize = 1_000_000;

impl Element {
    /// The child of that name, or else the element itself.
    pub fn into_child(mut self, name: &str) -> Element {
        match self.children.iter().position(|child| child.name == name) {
            Some(place) => self.children.swap_remove(place),
            None => self,
        }
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of that name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads a document. There are no entities but those of XML itself.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    // The elements that are open, below them the document itself.
    let mut open = vec![Element::default()];
    let mut events = 0;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let top = open.last_mut().expect("the document stays open");
        match event {
            Event::Start(tag) => open.push(element(&tag)?),
            Event::Empty(tag) => top.children.push(element(&tag)?),
            Event::End(_) => close(&mut open),
            Event::Text(part) => top.text += &part.xml10_content(),
            Event::CData(part) => top.text += &part.xml10_content(),
            Event::GeneralRef(reference) => top.text.push(character(&reference)?),
            Event::DocType(_) => return Err("a document type is not expected".into()),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        events += 1;
        if open.len() > DEPTH_MAX || events > EVENTS_MAX {
            return Err("it has too many elements, or elements that are nested too deeply".into());
        }
    }
    match open.pop() {
        Some(document) if open.is_empty() => document.children.into_iter().next().ok_or("it has no element".into()),
        _ => Err("it ends before its elements do".into()),
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::default()).map_err(|error| error.to_string())?;
        attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    let name = tag.local_name().into_inner().to_owned();
    Ok(Element { name, text: String::new(), attributes, children: Vec::new() })
}

/// Puts the innermost open element into the one around it; the reader has checked that they are there.
fn close(open: &mut Vec<Element>) {
    let element = open.pop().expect("an end belongs to a beginning");
    open.last_mut().expect("the document stays open").children.push(element);
}

/// What a reference stands for.
fn character(reference: &BytesRef<'_>) -> Result<char, String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character),
        Ok(None) => match &**reference {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            other => Err(format!("there is no entity {}", other.escape_debug())),
        },
        Err(error) => Err(error.to_string()),
    }
}

/// The elements of a member of a structure: one, or all of a flattened list or map.
pub(super) fn find<'a>(member: &Member, structure: &'a Element) -> Vec<&'a Element> {
    let named = structure.children.iter().filter(|child| child.name == member.wire);
    named.take(if member.flattened { usize::MAX } else { 1 }).collect()
}

/// Writes a value that these elements hold: one, or those of a flattened list or map.
pub(super) fn write(shapes: &Shapes, of: Type, elements: &[&Element], flattened: bool, out: &mut Vec<u8>) {
    let first = elements.first().expect("a part of a body has an element");
    let Type::Shape(id) = of else { return scalar(of, &first.text, out) };
    let inside = || if flattened { elements.to_vec() } else { first.children.iter().collect() };
    match &shapes[id] {
        Shape::Structure(known) => structure(shapes, known, first, out),
        Shape::List(of, _) => {
            list(inside().into_iter(), out, |element, out| write(shapes, *of, &[element], false, out));
        }
        Shape::Map(map) => entries(shapes, map, &inside(), out),
    }
}

fn structure(shapes: &Shapes, known: &[Member], element: &Element, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    for member in known {
        if member.attribute {
            if let Some((_, text)) = element.attributes.iter().find(|(name, _)| name == member.wire) {
                scalar(member.of, text, object.name(&member.name));
            }
            continue;
        }
        let found = find(member, element);
        if !found.is_empty() {
            write(shapes, member.of, &found, member.flattened, object.name(&member.name));
        }
    }
    object.close();
}

fn entries(shapes: &Shapes, map: &Map, entries: &[&Element], out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    for entry in entries {
        if let (Some(key), Some(value)) = (entry.text_of(map.key_wire), entry.child(map.value_wire)) {
            write(shapes, map.value, &[value], false, object.name(key));
        }
    }
    object.close();
}
