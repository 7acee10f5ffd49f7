//! The reader of JSON against serde_json, and every trap it could fall into.

mod differential;
mod generate;
mod lines;
mod reference;
mod rows;
mod traps;
