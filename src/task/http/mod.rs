//! HTTP for connectors: requests and responses, over connections that are kept, on one thread for all services.
//!
//! A service is a [`Service`]: what it makes of a task on the shard, and what it does about it on the I/O thread, with a
//! [`Client`]. [`connect`] makes a connector of it, with the limits of its binding.

mod client;
mod exchange;
mod limits;
mod queue;
mod response;
mod service;
mod stream;
#[cfg(test)]
mod tests;
mod thread;
mod tls;
mod trouble;
mod url;

pub use client::Client;
pub use limits::Limits;
pub use response::Response;
pub use service::{Service, connect};
use std::borrow::Cow;
use std::sync::Arc;
#[cfg(test)]
pub(in crate::task) use tests::scripted;
pub use thread::Thread;
pub use tls::Trust;
pub use trouble::Trouble;
pub use url::{Origin, Url, encode, read_optional_url, read_url};

/// How requests say who asks.
pub const USER_AGENT: &str = concat!("expressway/", env!("CARGO_PKG_VERSION"));

/// What is asked of a server.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: Cow<'static, str>,
    /// The server.
    pub origin: Arc<Origin>,
    /// Path and query, percent-encoded.
    pub target: String,
    /// Names and values, without `host`, `content-length` and `connection`: the client writes those.
    pub headers: Vec<Header>,
    /// Nothing, if it is empty.
    pub body: Vec<u8>,
}

/// A header's name and value.
pub type Header = (Cow<'static, str>, Cow<'static, str>);

/// What a parser says, without the place in a text that nobody wrote by hand.
pub fn without_place(said: &str) -> String {
    said.split(" at line ").next().unwrap_or(said).to_owned()
}
