//! Forms: every scalar of the parameters as a pair, its name the way that leads to it (`Tag.1.Key=…`).

use super::{Given, Parts, Refusal, Writer, entries, list, scalar};
use crate::json::decode;
use crate::task::aws::service::Protocol;
use crate::task::aws::shape::{Member, Shape, Time, Type};
use crate::task::aws::sign::encode;
use std::borrow::Cow;

/// A request of the protocols query and ec2.
pub(super) fn request(writer: &Writer<'_>, given: &Given<'_>) -> Result<Parts, Refusal> {
    let action = writer.action;
    let body = format!("Action={}&Version={}", action.name, action.service.version);
    let mut form = Form { writer, body };
    form.structure("", given)?;
    Ok(Parts {
        method: action.method,
        path: action.path.to_owned(),
        query: String::new(),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded; charset=utf-8".into())],
        body: form.body.into_bytes(),
    })
}

struct Form<'a> {
    writer: &'a Writer<'a>,
    body: String,
}

impl Form<'_> {
    fn is_ec2(&self) -> bool {
        self.writer.action.service.protocol == Protocol::Ec2
    }

    fn structure(&mut self, prefix: &str, given: &Given<'_>) -> Result<(), Refusal> {
        for (member, value) in given {
            let wire = self.wire(member);
            let name = if prefix.is_empty() { wire.into_owned() } else { format!("{prefix}.{wire}") };
            self.value(&name, member, member.of, value)?;
        }
        Ok(())
    }

    /// In ec2 the first letter is upper case (botocore's `EC2Serializer` names the same).
    fn wire(&self, member: &Member) -> Cow<'static, str> {
        match member.ec2 {
            Some(name) => name.into(),
            None if self.is_ec2() => super::capitalized(member.wire),
            None => member.wire.into(),
        }
    }

    fn value(&mut self, name: &str, member: &Member, of: Type, value: &[u8]) -> Result<(), Refusal> {
        let Type::Shape(id) = of else {
            let text = scalar(&member.name, of, value, Time::Iso)?;
            self.pair(name, &text);
            return Ok(());
        };
        match &self.writer.action.shapes[id] {
            Shape::Structure(known) => {
                let given = self.writer.given(known, &member.name, value)?;
                self.structure(name, &given)
            }
            Shape::List(of, wire) => self.list(name, member, (*of, *wire), value),
            Shape::Map(map) => {
                let entry = if member.flattened { name.to_owned() } else { format!("{name}.entry") };
                for (number, (key, value)) in (1..).zip(entries(&member.name, value)?) {
                    self.pair(&format!("{entry}.{number}.{}", map.key_wire), &decode(key));
                    self.value(&format!("{entry}.{number}.{}", map.value_wire), member, map.value, value)?;
                }
                Ok(())
            }
        }
    }

    fn list(
        &mut self,
        name: &str,
        member: &Member,
        (of, wire): (Type, Option<&str>),
        value: &[u8],
    ) -> Result<(), Refusal> {
        let direct = self.is_ec2() || member.flattened;
        let prefix = if direct { name.to_owned() } else { format!("{name}.{}", wire.unwrap_or("member")) };
        let mut count = 0;
        for element in list(&member.name, value)? {
            count += 1;
            self.value(&format!("{prefix}.{count}"), member, of, element)?;
        }
        if count == 0 && !self.is_ec2() {
            self.pair(name, ""); // An empty list is something else than none.
        }
        Ok(())
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.body.push('&');
        self.body.push_str(&encode(name, b""));
        self.body.push('=');
        self.body.push_str(&encode(value, b""));
    }
}
