//! What JSONata expressions call and are made of.

mod aggregates;
mod arrays;
pub mod base64;
mod calendar;
mod characters;
mod compare;
mod conditions;
mod date_parse;
pub mod date_picture;
mod dates;
pub mod datetime;
pub mod extra;
mod fault;
pub mod functions;
mod heap;
pub mod integer;
mod iso_8601;
mod item;
pub mod limit;
pub mod matching;
pub mod number;
mod numbers;
mod objects;
mod patterns;
pub mod picture;
pub mod regex;
mod roman;
pub mod signature;
mod sub_picture;
pub mod surrogate;
pub mod text;
mod texts;
pub mod url;
mod words;
mod write;

pub use compare::{boolean, equal, order};
pub use fault::Fault;
pub use functions::{BUILTINS, Builtin, Call, Higher, Work, builtin};
pub use heap::{ArrayId, Flags, Function, FunctionId, Heap, ObjectId, Outcome, out_of_memory, too_deep};
pub use item::{Cursor, Item, Number, Span, Type};
pub use regex::Regex;
pub use signature::Signature;
pub use write::{json_of, prettified, string, write};

#[cfg(test)]
mod tests;
