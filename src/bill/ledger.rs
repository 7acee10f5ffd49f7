//! The billing units of many executions, added up; money only when the sum is complete.

use std::ops::AddAssign;

use serde::Serialize;

use crate::bill::execution::{CHUNK_MB, STEP_MS, billed_mb, billed_ms};
use crate::bill::money::{Exact, Money};
use crate::bill::prices::Prices;
use crate::usage::Usage;

/// Steps of 64 MB × 100 ms in a GB-hour of 1,024 MB.
const STEPS_PER_GIGABYTE_HOUR: u64 = 1024 / CHUNK_MB * 3_600_000 / STEP_MS;
/// Request prices are for a million, memory prices for a GB-hour: the least common multiple of both.
const EXPRESS_DENOMINATOR: u128 = 72_000_000;
const PER_REQUEST: u128 = EXPRESS_DENOMINATOR / 1_000_000;
const PER_STEP: u128 = EXPRESS_DENOMINATOR / STEPS_PER_GIGABYTE_HOUR as u128;
const _: () = assert!(PER_STEP * STEPS_PER_GIGABYTE_HOUR as u128 == EXPRESS_DENOMINATOR);

/// Units of any number of executions. Sums stop at the largest number instead of going round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Executions; each is a request to Express.
    pub executions: u64,
    /// States entered.
    pub transitions: u64,
    /// Retries; Standard bills each like a transition.
    pub retries: u64,
    /// Tasks scheduled, retries included.
    pub tasks: u64,
    /// Steps of 64 MB × 100 ms.
    pub memory_steps: u64,
    /// Time as Express bills it, in milliseconds.
    pub billed_ms: u64,
}

/// What the same executions cost as either type of workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// As Express workflows.
    pub express: Money,
    /// As Standard workflows.
    pub standard: Money,
}

impl Ledger {
    /// The units of one execution of a definition of this size.
    pub fn of(usage: &Usage, definition_bytes: u64) -> Ledger {
        let billed_ms = billed_ms(usage);
        Ledger {
            executions: 1,
            transitions: usage.transitions,
            retries: usage.retries,
            tasks: usage.tasks,
            memory_steps: (billed_ms / STEP_MS).saturating_mul(billed_mb(usage, definition_bytes) / CHUNK_MB),
            billed_ms,
        }
    }

    /// What these executions cost if they are all there is in a month: through the tiers, the free units taken off.
    pub fn bill(&self, prices: &Prices) -> Bill {
        let billable = self.standard_units().saturating_sub(prices.free_transitions);
        Bill {
            express: self.express(prices, self.memory(prices)).round(),
            standard: standard(prices, billable).round(),
        }
    }

    /// What they cost at the first tier with nothing free: the price of one more, early in a month.
    pub fn list_bill(&self, prices: &Prices) -> Bill {
        let (express, standard) = self.list(prices);
        Bill { express: express.round(), standard: standard.round() }
    }

    /// What a million executions like these cost on average, at the first tier with nothing free.
    pub fn list_bill_per_million(&self, prices: &Prices) -> Bill {
        let average = |sum: Exact| Exact {
            numerator: sum.numerator.saturating_mul(1_000_000),
            denominator: sum.denominator * u128::from(self.executions.max(1)),
        };
        let (express, standard) = self.list(prices);
        Bill { express: average(express).round(), standard: average(standard).round() }
    }

    /// What Standard bills: states entered and retries.
    pub(super) fn standard_units(&self) -> u64 {
        self.transitions.saturating_add(self.retries)
    }

    /// The part of the Express bill that is for memory and time, through the tiers.
    pub(super) fn memory(&self, prices: &Prices) -> Exact {
        let mut numerator = 0;
        let mut from = 0;
        for tier in &prices.tiers {
            let end = tier.up_to.map_or(u64::MAX, |hours| hours.saturating_mul(STEPS_PER_GIGABYTE_HOUR));
            let steps = self.memory_steps.min(end).saturating_sub(from);
            numerator += pico(tier.gigabyte_hour) * u128::from(steps) * PER_STEP;
            from = end;
        }
        Exact { numerator, denominator: EXPRESS_DENOMINATOR }
    }

    fn list(&self, prices: &Prices) -> (Exact, Exact) {
        let first = prices.tiers.first().map_or(Money::ZERO, |tier| tier.gigabyte_hour);
        let numerator = pico(first) * u128::from(self.memory_steps) * PER_STEP;
        let memory = Exact { numerator, denominator: EXPRESS_DENOMINATOR };
        (self.express(prices, memory), standard(prices, self.standard_units()))
    }

    fn express(&self, prices: &Prices, memory: Exact) -> Exact {
        let requests = pico(prices.million_requests) * u128::from(self.executions) * PER_REQUEST;
        Exact { numerator: requests + memory.numerator, ..memory }
    }
}

/// The price of transitions, before it is rounded.
pub(super) fn standard(prices: &Prices, transitions: u64) -> Exact {
    Exact { numerator: pico(prices.thousand_transitions) * u128::from(transitions), denominator: 1000 }
}

/// Prices are never negative, and below 10⁴ dollars: times any count of 64 bits and 125 parts, 128 bits hold them.
fn pico(price: Money) -> u128 {
    price.pico.unsigned_abs()
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Ledger) {
        self.executions = self.executions.saturating_add(other.executions);
        self.transitions = self.transitions.saturating_add(other.transitions);
        self.retries = self.retries.saturating_add(other.retries);
        self.tasks = self.tasks.saturating_add(other.tasks);
        self.memory_steps = self.memory_steps.saturating_add(other.memory_steps);
        self.billed_ms = self.billed_ms.saturating_add(other.billed_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::prices::Tier;

    #[test]
    fn aws_example_of_100_million_executions_costs_482_97() {
        let usage = Usage { duration_us: 10_000_000, ..Usage::default() };
        let one = Ledger::of(&usage, 0);
        assert_eq!((one.billed_ms, one.memory_steps), (10_000, 100));
        let month = Ledger { executions: 100_000_000, memory_steps: 100 * 100_000_000, ..Ledger::default() };
        let bill = month.bill(&Prices::us_east_1());
        assert_eq!(bill.express.to_digits(2), "482.97");
        assert_eq!(bill.express.to_string(), "482.969444444444", "$100 + $60 + $120 + 12,361.11… GB-hours at $0.01642");
    }

    #[test]
    fn a_tier_begins_where_the_one_before_ends() {
        let cost = |steps| Ledger { memory_steps: steps, ..Ledger::default() }.bill(&Prices::us_east_1()).express;
        let (first, second) = (1_000 * STEPS_PER_GIGABYTE_HOUR, 5_000 * STEPS_PER_GIGABYTE_HOUR);
        assert_eq!(cost(first).to_string(), "60");
        assert_eq!((cost(first + 48) - cost(first)).pico, 48 * 30_000_000_000 / 576_000);
        assert_eq!(cost(second).to_string(), "180");
        assert_eq!((cost(second + 576_000) - cost(second)).to_string(), "0.01642");
    }

    #[test]
    fn the_first_transitions_of_a_month_are_free_in_the_sum_only() {
        let ledger = Ledger { transitions: 4_000, retries: 1_000, ..Ledger::default() };
        let prices = Prices::us_east_1();
        assert_eq!(ledger.bill(&prices).standard.to_string(), "0.025");
        assert_eq!(ledger.list_bill(&prices).standard.to_string(), "0.125");
        assert_eq!(Ledger { transitions: 3_999, ..Ledger::default() }.bill(&prices).standard, Money::ZERO);
    }

    #[test]
    fn a_million_minimal_executions_cost_a_dollar_and_ten_cents() {
        let mut shards = [Ledger::default(); 2];
        let usage = Usage { transitions: 3, duration_us: 20, ..Usage::default() };
        for line in 0..1_001 {
            shards[line % 2] += Ledger::of(&usage, 500);
        }
        let [mut sum, other] = shards;
        sum += other;
        assert_eq!(sum.executions, 1_001);
        let bill = sum.list_bill_per_million(&Prices::us_east_1());
        assert_eq!(bill.express.to_digits(2), "1.10");
        assert_eq!(bill.standard.to_string(), "75");
    }

    #[test]
    fn no_sum_is_too_large() {
        let usage = Usage { transitions: u64::MAX, duration_us: u64::MAX, input_bytes: u64::MAX, ..Usage::default() };
        let mut ledger = Ledger::of(&usage, u64::MAX);
        ledger.executions = u64::MAX;
        ledger += ledger;
        let dear = Prices {
            million_requests: Money::parse("9999").expect("a decimal"),
            thousand_transitions: Money::parse("9999").expect("a decimal"),
            tiers: vec![Tier { up_to: None, gigabyte_hour: Money::parse("9999").expect("a decimal") }],
            ..Prices::us_east_1()
        };
        assert!(ledger.bill(&dear).express > ledger.bill(&Prices::us_east_1()).express);
        assert!(ledger.list_bill_per_million(&dear).standard > Money::ZERO);
    }
}
