//! Why there is no response.

use std::fmt;

/// Why there is no response. The texts say what happened, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing was sent: the request is no HTTP.
    Unsendable(String),
    /// Nothing was sent: the server's name has no address.
    Unresolved(String),
    /// Nothing was sent: the server takes no connections.
    Unconnected(String),
    /// Nothing was sent: there is no agreement on TLS, or no trust.
    Tls(String),
    /// The connection ended before the response did. Whether the request was acted on is not known.
    Broken(String),
    /// What came is no HTTP response, or one of a kind that was not asked for.
    Garbled(String),
    /// The response has more than this many bytes.
    TooLarge(usize),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Unsendable(what) => write!(f, "the request cannot be sent: {what}"),
            Trouble::Unresolved(what) => write!(f, "cannot find the server: {what}"),
            Trouble::Unconnected(what) => write!(f, "cannot connect: {what}"),
            Trouble::Tls(what) => write!(f, "cannot agree on TLS: {what}"),
            Trouble::Broken(what) => write!(f, "the connection broke: {what}"),
            Trouble::Garbled(what) => write!(f, "the answer is no HTTP response: {what}"),
            Trouble::TooLarge(bytes) => write!(f, "the response has more than {bytes} bytes"),
        }
    }
}

impl std::error::Error for Trouble {}
