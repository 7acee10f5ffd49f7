//! Who signs requests to AWS.

use std::fmt;

/// A key pair, with the token that comes with temporary ones.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// What temporary credentials carry besides.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    /// Secrets have no place in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}
