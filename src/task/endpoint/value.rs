//! JSON values looked into one level at a time; what nobody looks into stays as it was written.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// A value, as far as it has been looked at.
pub(super) enum Value<'a> {
    Null,
    /// The string, without quotes and escapes.
    String(Cow<'a, str>),
    /// A number, `true` or `false`, as written.
    Literal(&'a str),
    Array(Vec<&'a RawValue>),
    Object(Vec<(Cow<'a, str>, &'a RawValue)>),
}

impl<'a> Value<'a> {
    /// Looks at a value. None: a string in it is no Unicode.
    pub fn of(raw: &'a RawValue) -> Option<Value<'a>> {
        let text = raw.get().trim_ascii();
        Some(match text.as_bytes().first()? {
            b'n' => Value::Null,
            b'"' => Value::String(serde_json::from_str::<Text<'_>>(text).ok()?.0),
            b'[' => Value::Array(serde_json::from_str(text).ok()?),
            b'{' => Value::Object(serde_json::from_str::<Members<'_>>(text).ok()?.0),
            _ => Value::Literal(text),
        })
    }

    /// The text of what has no parts; of null, nothing.
    pub fn scalar(self) -> Option<Cow<'a, str>> {
        match self {
            Value::Null => Some("".into()),
            Value::String(text) => Some(text),
            Value::Literal(text) => Some(text.into()),
            Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object in their order; the last of equal names counts, at the place of the first.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'a>, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                let mut places: HashMap<Cow<'de, str>, usize> = HashMap::new();
                while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    match places.get(&name).copied() {
                        Some(place) => members[place].1 = value,
                        None => {
                            places.insert(name.clone(), members.len());
                            members.push((name, value));
                        }
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
