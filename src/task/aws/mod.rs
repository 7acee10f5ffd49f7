//! AWS services as connectors.
//!
//! A resource names an [`integration`]: an action of a described [`service`]. Parameters become a [`request`], which is
//! signed with [`credentials`]; its [`response`] becomes a result.

mod connector;
pub mod credentials;
pub mod integration;
pub mod request;
pub mod response;
pub mod service;
pub mod shape;
pub mod sign;
pub mod time;

pub use connector::Settings;
