//! Expressway: compiles Amazon States Language into bytecode and runs very many short executions in memory.
//!
//! Six nouns are enough to use it:
//!
//! - a [`Program`](program::Program) is what [`compile`](compile::compile) makes of a definition: immutable, and shared
//!   by all who run it;
//! - [`Tasks`](task::Tasks) say who answers Task states: Rust functions, workers, mocks;
//! - an [`Engine`](engine::Engine) runs executions: one ([`execute`](engine::Engine::execute)), many that are in memory
//!   ([`execute_batch`](engine::Engine::execute_batch)), or a stream ([`run`](engine::Engine::run));
//! - an [`Outcome`](vm::Outcome) is how an execution ended. A failed execution is an outcome, not an `Err`;
//! - [`Usage`](usage::Usage) is what it used, in counted units; [`bill`] makes money of them;
//! - [`Diagnostics`](diagnostic::Diagnostics) are all the mistakes of a definition, each with its place.
//!
//! ```
//! use expressway::compile::{Options, compile};
//! use expressway::engine::{self, Engine};
//! use expressway::task::{Request, Tasks};
//! use std::sync::Arc;
//!
//! let definition = r#"{
//!   "StartAt": "Look up",
//!   "States": {
//!     "Look up": {
//!       "Type": "Task",
//!       "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:Price",
//!       "ResultPath": "$.price",
//!       "End": true
//!     }
//!   }
//! }"#;
//! let program = Arc::new(compile(definition, &Options::default()).expect("the definition has no mistakes"));
//!
//! let mut tasks = Tasks::new();
//! tasks.function("arn:aws:lambda:*:*:function:Price", |request: &Request<'_>| {
//!     assert_eq!(request.parameters, br#"{"item":"lamp"}"#);
//!     Ok(b"30".to_vec())
//! });
//!
//! let engine = Engine::new(engine::Options::default(), tasks);
//! let executed = engine.execute(&program, br#"{"item":"lamp"}"#)?.expect("the input is JSON");
//! assert_eq!(executed.output, br#"{"item":"lamp","price":30}"#);
//! assert_eq!(executed.outcome.usage.transitions, 1);
//! # Ok::<(), engine::Error>(())
//! ```
//!
//! Below the engine is [`vm`], for those who bring their own scheduler: it does nothing to the world by itself. Time
//! comes in, effects go out, answers come back.
//!
//! The house is described in `docs/architecture.md`, the language as it is understood here in `docs/language.md`.
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
pub mod jsonata;
pub mod program;
pub mod query;
pub mod task;
pub mod usage;
pub mod vm;

/// The Rust of the documentation runs, too.
#[cfg(doctest)]
mod documentation {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/tasks/functions.md")]
    struct Functions;
}
