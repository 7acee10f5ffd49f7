//! What parameters and results are made of, as a service's description says it.

use crate::task::aws::service::Service;
use std::borrow::Cow;
use std::collections::HashMap;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A number of any kind.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Bytes; in definitions and results their base64, or their text where they are a whole body.
    Blob,
    /// A point in time, and how it is written if not as the protocol does everywhere.
    Timestamp(Option<Time>),
    /// Any JSON.
    Any,
    /// A structure, a list or a map.
    Shape(ShapeId),
}

/// How a point in time is written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// `1440938160`, with a fraction where there is one.
    Seconds,
    /// `2015-08-30T12:36:00Z`
    Iso,
    /// `Sun, 30 Aug 2015 12:36:00 GMT`
    Http,
}

/// Which shape of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeId(u32);

/// A structure, a list or a map.
#[derive(Debug)]
pub enum Shape {
    /// Members with names.
    Structure(Vec<Member>),
    /// Elements of one type, and what each is called in XML and forms.
    List(Type, Option<&'static str>),
    /// Values of one type.
    Map(Map),
}

/// Values of one type under names.
#[derive(Debug)]
pub struct Map {
    /// What the values are.
    pub value: Type,
    /// What a name is called in XML and forms.
    pub key_wire: &'static str,
    /// What a value is called there.
    pub value_wire: &'static str,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in definitions and results: `StateMachineArn`.
    pub name: Cow<'static, str>,
    /// Its name on the wire: `stateMachineArn`.
    pub wire: &'static str,
    /// Its name in ec2 requests, where it has one for these.
    pub ec2: Option<&'static str>,
    /// What it is.
    pub of: Type,
    /// Where it goes, in REST.
    pub place: Place,
    /// The elements of this list or map stand directly in the structure.
    pub flattened: bool,
    /// It is an attribute of the structure's element in XML.
    pub attribute: bool,
    /// It makes the request idempotent; one is made where the definition has none.
    pub token: bool,
}

/// Where a member goes in REST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the body, as one of many.
    Body,
    /// It is the body.
    Payload,
    /// Into a header, under the wire name.
    Header,
    /// Each entry of a map into a header whose name begins with the wire name.
    Headers,
    /// Into the query string.
    Query,
    /// Into the path.
    Path,
    /// The status code of the answer.
    Status,
}

/// The shapes of an action.
#[derive(Debug)]
pub struct Shapes(Vec<Shape>);

impl std::ops::Index<ShapeId> for Shapes {
    type Output = Shape;

    fn index(&self, id: ShapeId) -> &Shape {
        &self.0[id.0 as usize]
    }
}

impl Shapes {
    /// The shapes of an action's two ends, and what these are themselves; `-` is none.
    pub(super) fn read(service: &Service, ends: [&'static str; 2]) -> (Shapes, [Option<Type>; 2]) {
        let mut reading = Reading::default();
        let ends = ends.map(|word| (word != "-").then(|| reading.type_of(word)));
        let mut shapes = Vec::new();
        while let Some(word) = reading.order.get(shapes.len()) {
            let place = usize::from_str_radix(word, 36).expect("shapes are numbered in base 36");
            shapes.push(reading.shape(service.shape(place)));
        }
        (Shapes(shapes), ends)
    }
}

/// Reads each shape once; they may hold themselves.
#[derive(Default)]
struct Reading {
    known: HashMap<&'static str, ShapeId>,
    order: Vec<&'static str>,
}

impl Reading {
    fn type_of(&mut self, word: &'static str) -> Type {
        match word {
            "s" => Type::String,
            "n" => Type::Number,
            "b" => Type::Boolean,
            "x" => Type::Blob,
            "j" => Type::Any,
            "t" => Type::Timestamp(None),
            "te" => Type::Timestamp(Some(Time::Seconds)),
            "ti" => Type::Timestamp(Some(Time::Iso)),
            "th" => Type::Timestamp(Some(Time::Http)),
            number => Type::Shape(*self.known.entry(number).or_insert_with(|| {
                self.order.push(number);
                ShapeId(self.order.len() as u32 - 1)
            })),
        }
    }

    fn shape(&mut self, line: &'static str) -> Shape {
        let (kind, rest) = line.split_at(1);
        match kind {
            "{" => Shape::Structure(
                rest.split(' ').filter(|word| !word.is_empty()).map(|word| self.member(word)).collect(),
            ),
            "[" => {
                let (of, wire) = self.part(rest);
                Shape::List(of, wire)
            }
            _ => {
                let (key, value) = rest.split_once(' ').expect("a map has keys and values");
                let ((_, key_wire), (value, value_wire)) = (self.part(key), self.part(value));
                Shape::Map(Map {
                    value,
                    key_wire: key_wire.unwrap_or("key"),
                    value_wire: value_wire.unwrap_or("value"),
                })
            }
        }
    }

    /// `s,wName`: a type, and a wire name.
    fn part(&mut self, word: &'static str) -> (Type, Option<&'static str>) {
        let (of, wire) = word.split_once(',').map_or((word, None), |(of, wire)| (of, Some(&wire[1..])));
        (self.type_of(of), wire)
    }

    /// `stateMachineArn,s`, with attributes behind further commas.
    fn member(&mut self, word: &'static str) -> Member {
        let mut words = word.split(',');
        let model = words.next().expect("a member has a name");
        let of = self.type_of(words.next().expect("a member has a type"));
        let mut member = Member::new(model, of);
        for attribute in words {
            let (letter, rest) = attribute.split_at(1);
            match letter {
                "=" => member.name = Cow::Borrowed(rest),
                "w" => member.wire = rest,
                "Q" => member.ec2 = Some(rest),
                "F" => member.flattened = true,
                "A" => member.attribute = true,
                "I" => member.token = true,
                "P" => member.place = Place::Payload,
                "c" => member.place = Place::Status,
                "h" => (member.place, member.wire) = (Place::Header, rest),
                "p" => (member.place, member.wire) = (Place::Headers, rest),
                "q" => (member.place, member.wire) = (Place::Query, rest),
                "u" => (member.place, member.wire) = (Place::Path, rest),
                _ => panic!("no member of a description has the attribute {attribute}"),
            }
        }
        member
    }
}

impl Member {
    fn new(model: &'static str, of: Type) -> Member {
        Member {
            name: capitalized(model),
            wire: model,
            ec2: None,
            of,
            place: Place::Body,
            flattened: false,
            attribute: false,
            token: false,
        }
    }
}

/// With its first letter in upper case.
pub(super) fn capitalized(word: &'static str) -> Cow<'static, str> {
    match word.as_bytes().first() {
        Some(first) if first.is_ascii_lowercase() => {
            format!("{}{}", first.to_ascii_uppercase() as char, &word[1..]).into()
        }
        _ => word.into(),
    }
}
