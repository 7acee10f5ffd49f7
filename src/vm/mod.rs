//! Runs a program over one input and yields effects; does nothing to the world itself.

pub mod event;
