//! Texts of the bindings file that had better not stand in it: `{ env = "TOKEN" }` instead of `"…"`.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A text that may be secret: given, or taken from the environment when the file is read.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    /// Secrets have no place in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'a> Deserialize<'a> for Secret {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Secret, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text or { env = \"NAME\" }")]
        enum Said {
            Text(String),
            Variable(Variable),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Variable {
            env: String,
        }
        match Said::deserialize(deserializer)? {
            Said::Text(text) => Ok(Secret(text)),
            Said::Variable(Variable { env }) => {
                let missing = |_| D::Error::custom(format!("the environment has no variable `{env}`"));
                std::env::var(&env).map(Secret).map_err(missing)
            }
        }
    }
}
