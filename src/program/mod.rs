//! A compiled state machine: immutable, shared by everything that runs it.

mod resource;

pub use resource::{Pattern, Resource, ResourceKind};
