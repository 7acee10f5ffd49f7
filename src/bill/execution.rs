//! What one execution costs: its counts become AWS's billing units, and those its own price.

use crate::bill::ledger::Ledger;
use crate::bill::money::Money;
use crate::bill::prices::Prices;
use crate::usage::Usage;

/// Express bills time in steps of this many milliseconds, at least one (pricing page, "Express Workflows").
pub(super) const STEP_MS: u64 = 100;
/// Express bills memory in chunks of this many MB.
pub(super) const CHUNK_MB: u64 = 64;
/// A MB of the memory estimate. AWS's example adds 50 KB and 12,800 KB to 50 MB and gets 62.85 MB.
const MB: u64 = 1_000_000;
/// What AWS counts for every execution before any data.
const BASE_MB: u64 = 50;

/// One execution's billing units, and its price at the first tier with nothing free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionBill {
    /// Its duration, rounded up to 100 ms.
    pub billed_ms: u64,
    /// Its memory, rounded up to 64 MB.
    pub billed_mb: u64,
    /// As an Express workflow.
    pub express: Money,
    /// As a Standard workflow.
    pub standard: Money,
}

impl ExecutionBill {
    /// The bill of an execution of a definition of this size.
    pub fn new(usage: &Usage, definition_bytes: u64, prices: &Prices) -> ExecutionBill {
        let alone = Ledger::of(usage, definition_bytes);
        let bill = alone.list_bill(prices);
        let (billed_ms, billed_mb) = (billed_ms(usage), billed_mb(usage, definition_bytes));
        ExecutionBill { billed_ms, billed_mb, express: bill.express, standard: bill.standard }
    }
}

/// The duration Express bills, in milliseconds.
pub(super) fn billed_ms(usage: &Usage) -> u64 {
    usage.duration_us.div_ceil(STEP_MS * 1000).max(1) * STEP_MS
}

/// The memory Express bills, in MB.
pub(super) fn billed_mb(usage: &Usage, definition_bytes: u64) -> u64 {
    memory_bytes(usage, definition_bytes).div_ceil(CHUNK_MB * MB) * CHUNK_MB
}

/// AWS's published estimate: 50 MB + definition size + execution data × number of Parallel or Map steps.
///
/// Data is counted once where there is no such step. To the letter it would not be counted at all, but it is held all
/// the same; with payloads of 256 KiB and definitions of 1 MB both readings bill 64 MB.
pub fn memory_bytes(usage: &Usage, definition_bytes: u64) -> u64 {
    let data = usage.input_bytes.saturating_mul(usage.steps.max(1));
    (BASE_MB * MB).saturating_add(definition_bytes).saturating_add(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(usage: Usage) -> ExecutionBill {
        ExecutionBill::new(&usage, 1_000, &Prices::us_east_1())
    }

    #[test]
    fn time_is_billed_in_steps_of_100_ms_and_at_least_one() {
        let billed = |duration_us| bill(Usage { duration_us, ..Usage::default() }).billed_ms;
        assert_eq!([0, 1, 100_000, 100_001, 200_000, 200_001].map(billed), [100, 100, 100, 200, 200, 300]);
        assert_eq!(billed(u64::MAX) % 100, 0);
    }

    #[test]
    fn memory_is_billed_in_chunks_of_64_mb() {
        let billed = |input_bytes| bill(Usage { input_bytes, ..Usage::default() }).billed_mb;
        let to_the_edge = 14_000_000 - 1_000;
        assert_eq!([0, to_the_edge, to_the_edge + 1, 64_000_000 + to_the_edge].map(billed), [64, 64, 128, 128]);
        assert_eq!(billed(u64::MAX) % 64, 0);
    }

    #[test]
    fn aws_example_of_400_map_steps_comes_to_62_85_mb() {
        let usage = Usage { steps: 400, input_bytes: 32_000, ..Usage::default() };
        assert_eq!(memory_bytes(&usage, 50_000), 62_850_000);
        assert_eq!(ExecutionBill::new(&usage, 50_000, &Prices::us_east_1()).billed_mb, 64);
    }

    #[test]
    fn a_short_execution_costs_its_request_and_one_step() {
        let bill = bill(Usage { transitions: 4, duration_us: 31, ..Usage::default() });
        assert_eq!(bill.express.to_string(), "0.000001104167");
        assert_eq!(bill.standard.to_string(), "0.0001");
    }

    #[test]
    fn standard_bills_a_retry_like_a_transition() {
        let bill = bill(Usage { transitions: 3, retries: 2, tasks: 3, ..Usage::default() });
        assert_eq!(bill.standard.to_string(), "0.000125");
    }
}
