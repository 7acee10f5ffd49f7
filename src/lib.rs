//! Expressway: compiles Amazon States Language into bytecode and runs very many short executions in memory.
#![warn(missing_docs)]

pub mod asl;
pub mod bill;
pub mod builtin;
pub mod compile;
pub mod diagnostic;
pub mod drawing;
pub mod engine;
pub mod failure;
pub mod feed;
pub mod history;
pub mod json;
pub mod program;
pub mod query;
pub mod task;
pub mod usage;
pub mod vm;
