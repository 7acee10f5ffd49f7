//! NDJSON in and out: lines from files and pipes, records and outputs to others.

mod record;
mod sink;
mod source;
#[cfg(unix)]
mod stretch;

pub use record::{History, Meter, Price, Records, Settings};
pub use sink::Files;
pub use source::{Input, Lines};
