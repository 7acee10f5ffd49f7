//! XML bodies: the parameters as elements under their wire names.

use super::{Refusal, Writer, entries, list, scalar};
use crate::json::decode;
use crate::task::aws::shape::{Member, Shape, Time, Type};

/// The namespace of S3's documents.
const NAMESPACE: &str = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
/// What attributes called `xsi:type` need.
const INSTANCE: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

/// Writes a member that is the whole body.
pub(super) fn document(writer: &Writer<'_>, member: &Member, value: &[u8]) -> Result<String, Refusal> {
    let mut xml = Xml { writer, out: String::new() };
    xml.value(member.wire, member, member.of, value, NAMESPACE)?;
    Ok(xml.out)
}

struct Xml<'a> {
    writer: &'a Writer<'a>,
    out: String,
}

impl Xml<'_> {
    /// Writes a value as an element of this name; a flattened list as many.
    fn value(&mut self, name: &str, member: &Member, of: Type, value: &[u8], more: &str) -> Result<(), Refusal> {
        let Type::Shape(id) = of else {
            let text = scalar(&member.name, of, value, Time::Iso)?;
            self.leaf(name, more, &text);
            return Ok(());
        };
        match &self.writer.action.shapes[id] {
            Shape::Structure(known) => self.structure(name, member, known, value, more),
            Shape::List(of, _) if member.flattened => {
                list(&member.name, value)?.try_for_each(|element| self.value(name, member, *of, element, ""))
            }
            Shape::List(of, wire) => {
                let mut elements = list(&member.name, value)?;
                let wire = wire.unwrap_or("member");
                self.element(name, more, |xml| {
                    elements.try_for_each(|element| xml.value(wire, member, *of, element, ""))
                })
            }
            Shape::Map(map) => {
                let mut entries = entries(&member.name, value)?;
                self.element(name, more, |xml| {
                    entries.try_for_each(|(key, value)| {
                        xml.element("entry", "", |xml| {
                            xml.leaf(map.key_wire, "", &decode(key));
                            xml.value(map.value_wire, member, map.value, value, "")
                        })
                    })
                })
            }
        }
    }

    fn structure(
        &mut self,
        name: &str,
        member: &Member,
        known: &[Member],
        value: &[u8],
        more: &str,
    ) -> Result<(), Refusal> {
        let given = self.writer.given(known, &member.name, value)?;
        let mut attributes = more.to_owned();
        for (member, value) in given.iter().filter(|(member, _)| member.attribute) {
            let text = escaped(&scalar(&member.name, member.of, value, Time::Iso)?);
            let space = if member.wire.starts_with("xsi:") { INSTANCE } else { "" };
            attributes += &format!("{space} {}=\"{text}\"", member.wire);
        }
        self.element(name, &attributes, |xml| {
            let mut elements = given.iter().filter(|(member, _)| !member.attribute);
            elements.try_for_each(|(member, value)| xml.value(member.wire, member, member.of, value, ""))
        })
    }

    fn element(
        &mut self,
        name: &str,
        attributes: &str,
        inside: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.out += &format!("<{name}{attributes}>");
        inside(self)?;
        self.out += &format!("</{name}>");
        Ok(())
    }

    fn leaf(&mut self, name: &str, attributes: &str, text: &str) {
        self.out += &format!("<{name}{attributes}>{}</{name}>", escaped(text));
    }
}

/// Carriage returns would be read as line feeds (XML 1.0, section 2.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out
}
