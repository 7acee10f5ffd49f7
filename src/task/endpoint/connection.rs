//! EventBridge connections: what the bindings file adds to requests, and definitions must not contain.

use super::token::Authority;
use crate::builtin::base64;
use crate::task::glob;
use crate::task::http::Header;
use crate::task::secret::Secret;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// What one connection adds to requests (EventBridge API reference, "CreateConnection").
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    basic: Option<Basic>,
    api_key: Option<ApiKey>,
    pub oauth: Option<Authority>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
    /// Names and values; they win over those of the definition, as do `headers` and `body`.
    #[serde(default)]
    pub query: BTreeMap<String, Secret>,
    #[serde(default)]
    pub body: BTreeMap<String, Secret>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Basic {
    username: Secret,
    password: Secret,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct ApiKey {
    /// The header's name.
    name: String,
    value: Secret,
}

impl Connection {
    /// The headers it adds.
    pub fn headers(&self) -> impl Iterator<Item = Header> {
        let basic = self.basic.as_ref().map(|Basic { username, password }| {
            let pair = base64::encode(format!("{}:{}", username.0, password.0).as_bytes());
            ("authorization".into(), format!("Basic {pair}").into())
        });
        let key = self.api_key.as_ref().map(|key| (key.name.clone().into(), key.value.0.clone().into()));
        let others = self.headers.iter().map(|(name, value)| (name.clone().into(), value.0.clone().into()));
        others.chain(key).chain(basic)
    }
}

/// Connections by patterns of their ARNs, in the order of the file; the first that fits counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Connections(Vec<(String, Connection)>);

impl Connections {
    /// The place of the one that fits.
    pub fn find(&self, arn: &str) -> Option<usize> {
        self.0.iter().position(|(pattern, _)| glob::matches(pattern, arn))
    }

    pub fn at(&self, place: usize) -> &Connection {
        &self.0[place].1
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Deserialize<'a> for Connections {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Connections, D::Error> {
        struct Table;
        impl<'a> Visitor<'a> for Table {
            type Value = Connections;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of connections by patterns of their ARNs")
            }

            fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Connections, M::Error> {
                let mut found: Vec<(Spanned<String>, Connection)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    found.push(entry);
                }
                // A table gives its keys in any order.
                found.sort_by_key(|(pattern, _)| pattern.span().start);
                let plain = |(pattern, connection): (Spanned<String>, _)| (pattern.into_inner(), connection);
                Ok(Connections(found.into_iter().map(plain).collect()))
            }
        }
        deserializer.deserialize_map(Table)
    }
}
