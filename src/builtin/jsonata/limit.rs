//! How much one function may make or try; beyond it an expression fails with the texts that AWS uses.

use super::Fault;

/// A text that a function makes is at most this long, in bytes; forty times what a state may hand on.
pub const TEXT_BYTES_MAX: usize = 10 << 20;

/// The most digits that a picture may ask for; JavaScript's `toFixed` goes as far.
pub const DIGITS_MAX: usize = 100;

/// The fault of an expression that tries for too long.
#[cold]
pub fn out_of_time() -> Box<Fault> {
    told("Expression evaluation timeout")
}

/// The fault of an expression that makes too much.
#[cold]
pub fn out_of_memory() -> Box<Fault> {
    told("Expression evaluation memory limit exceeded")
}

fn told(message: &str) -> Box<Fault> {
    Fault::saying("U1001", message)
}
