//! AWS services as connectors: what their requests and answers look like, and who signs them.

pub mod credentials;
pub mod request;
pub mod service;
pub mod shape;
pub mod sign;
pub mod time;
