//! What expressions are made of: intrinsic functions, Choice operators, paths, timestamps. Tables, no state.

mod array;
pub mod base64;
pub mod comparisons;
mod data;
mod distinct;
mod filter;
mod hash;
pub mod intrinsics;
mod java;
pub mod jsonata;
mod math;
pub mod path;
pub mod random;
mod select;
mod text;
pub mod timestamp;
mod wildcard;

pub use comparisons::{COMPARISONS, Comparison, Operand, Operator, comparison, holds};
pub use intrinsics::{Arity, Builtin, Call, INTRINSICS, intrinsic};
pub use path::{Filter, Matching, Path, Selector, Term};
pub use random::Random;
pub use select::{read, select, why_missing};
pub use timestamp::Timestamp;
