//! What happened in an execution, written down as AWS writes it: one line per event, as Express logs hold them.

mod details;
mod level;
mod log;
mod object;

pub use level::Level;
pub use log::{Log, Settings};
