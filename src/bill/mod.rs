//! What executions cost: counted units become money here, exactly, and nowhere else.

mod apportion;
mod execution;
mod ledger;
mod money;
mod prices;
mod report;
mod states;
mod summary;
mod table;

pub use execution::{ExecutionBill, memory_bytes};
pub use ledger::{Bill, Ledger};
pub use money::Money;
pub use prices::{Error, Prices};
pub use states::{StateCounts, StateRow, StateTable};
pub use summary::{Counts, Latency, Summary};
