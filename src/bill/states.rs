//! What each state of a workflow costs, so that the parts sum to the bill to the last pico-dollar.

use std::iter::once;
use std::ops::AddAssign;

use crate::bill::apportion::apportion;
use crate::bill::ledger::{Bill, Ledger, standard};
use crate::bill::money::Money;
use crate::bill::prices::Prices;

/// What happened to one state in all executions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// Its name.
    pub name: String,
    /// How often it was entered.
    pub entered: u64,
    /// How often it was tried again.
    pub retried: u64,
    /// How often it failed for good, caught or not.
    pub failed: u64,
    /// How long it worked or waited, in microseconds. Time in which branches ran side by side counts for each.
    pub time_us: u64,
}

/// One state and its share of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// What happened to it.
    pub counts: StateCounts,
    /// Its share.
    pub bill: Bill,
}

/// The bill, divided among the states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTable {
    /// A row for each state, in the order they were given.
    pub rows: Vec<StateRow>,
    /// What belongs to no state. Express: the requests, and the time by which executions were rounded up to 100 ms.
    /// Standard: the free transitions, less than nothing.
    pub rest: Bill,
    /// The whole bill.
    pub total: Bill,
}

impl StateTable {
    /// Divides the bill of these executions. Standard is exact: every transition belongs to a state. Express has no
    /// bill per state, so its memory-time is divided by the time spent in each.
    pub fn new(states: Vec<StateCounts>, ledger: &Ledger, prices: &Prices) -> StateTable {
        let total = ledger.bill(prices);
        let transitions = states.iter().map(|state| state.entered.saturating_add(state.retried)).collect();
        let list_price = standard(prices, ledger.standard_units()).round();
        let standard = shares(list_price, transitions, ledger.standard_units());

        let memory = ledger.memory(prices);
        let memory = Money { pico: (memory.numerator / memory.denominator) as i128 };
        let times = states.iter().map(|state| state.time_us).collect();
        let express = shares(memory, times, ledger.billed_ms.saturating_mul(1000));

        let bills = express.into_iter().zip(standard).map(|(express, standard)| Bill { express, standard });
        let rows: Vec<StateRow> =
            states.into_iter().zip(bills).map(|(counts, bill)| StateRow { counts, bill }).collect();
        let express = rows.iter().map(|row| row.bill.express).sum();
        let standard = rows.iter().map(|row| row.bill.standard).sum();
        let rest = Bill { express: total.express - express, standard: total.standard - standard };
        StateTable { rows, rest, total }
    }
}

/// Each state's share of an amount. Units of the whole that no state accounts for take their share with them.
fn shares(amount: Money, units: Vec<u64>, whole: u64) -> Vec<Money> {
    let known = units.iter().fold(0, |sum: u64, &unit| sum.saturating_add(unit));
    let weights: Vec<u64> = units.into_iter().chain(once(whole.saturating_sub(known))).collect();
    let mut parts = apportion(amount.pico.unsigned_abs(), &weights);
    parts.pop();
    parts.into_iter().map(|pico| Money { pico: pico as i128 }).collect()
}

/// Counts of the same state on another shard.
impl AddAssign<&StateCounts> for StateCounts {
    fn add_assign(&mut self, other: &StateCounts) {
        self.entered = self.entered.saturating_add(other.entered);
        self.retried = self.retried.saturating_add(other.retried);
        self.failed = self.failed.saturating_add(other.failed);
        self.time_us = self.time_us.saturating_add(other.time_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::prices::Tier;

    fn state(name: &str, entered: u64, retried: u64, time_us: u64) -> StateCounts {
        StateCounts { name: name.into(), entered, retried, failed: 0, time_us }
    }

    #[test]
    fn standard_is_exact_for_each_state_and_free_transitions_are_apart() {
        let ledger = Ledger { executions: 3_000, transitions: 6_000, retries: 500, ..Ledger::default() };
        let states = vec![state("Look up", 3_000, 500, 0), state("Store", 3_000, 0, 0)];
        let table = StateTable::new(states, &ledger, &Prices::us_east_1());
        let standard: Vec<String> = table.rows.iter().map(|row| row.bill.standard.to_string()).collect();
        assert_eq!(standard, ["0.0875", "0.075"]);
        assert_eq!(table.rest.standard.to_string(), "-0.1");
        assert_eq!(table.total.standard.to_string(), "0.0625");
    }

    #[test]
    fn express_follows_time_and_rounding_up_belongs_to_no_state() {
        let ledger = Ledger { executions: 1, memory_steps: 2, billed_ms: 200, ..Ledger::default() };
        let states = vec![state("Wait", 1, 0, 100_000), state("Pass", 1, 0, 0)];
        let table = StateTable::new(states, &ledger, &Prices::us_east_1());
        let express: Vec<i128> = table.rows.iter().map(|row| row.bill.express.pico).collect();
        assert_eq!(express, [104_167, 0], "half of 208,333 pico-dollars, and the one left over");
        assert_eq!(table.rest.express.pico, 1_000_000 + 104_166);
    }

    #[test]
    fn branches_side_by_side_share_what_is_billed_once() {
        let ledger = Ledger { executions: 1, memory_steps: 1, billed_ms: 100, ..Ledger::default() };
        let states = vec![state("Left", 1, 0, 100_000), state("Right", 1, 0, 100_000)];
        let table = StateTable::new(states, &ledger, &Prices::us_east_1());
        let express: Vec<i128> = table.rows.iter().map(|row| row.bill.express.pico).collect();
        assert_eq!(express, [52_083, 52_083]);
    }

    /// Numbers of every size, the same in every run (xorshift, Marsaglia 2003).
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 >> (self.0 % 61)
        }

        fn price(&mut self) -> Money {
            Money { pico: (self.next() % 10_u64.pow(16)) as i128 }
        }

        fn prices(&mut self) -> Prices {
            let ends = [self.next() >> 20, self.next() >> 10];
            let tiers = [Some(ends[0] + 1), Some(ends[0] + ends[1] + 2), None];
            Prices {
                thousand_transitions: self.price(),
                free_transitions: self.next(),
                million_requests: self.price(),
                tiers: tiers.map(|up_to| Tier { up_to, gigabyte_hour: self.price() }).to_vec(),
                ..Prices::us_east_1()
            }
        }

        fn ledger(&mut self) -> Ledger {
            let [executions, transitions, retries, tasks, memory_steps, billed_ms] = [(); 6].map(|()| self.next());
            Ledger { executions, transitions, retries, tasks, memory_steps, billed_ms }
        }
    }

    #[test]
    fn the_parts_always_sum_to_the_bill() {
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        for round in 0..5_000 {
            let (prices, ledger) = (numbers.prices(), numbers.ledger());
            let states = 0..numbers.next() % 9;
            let states = states.map(|_| state("", numbers.next(), numbers.next(), numbers.next())).collect();
            let table = StateTable::new(states, &ledger, &prices);
            assert_eq!(table.total, ledger.bill(&prices), "round {round}");
            let express: Money = table.rows.iter().map(|row| row.bill.express).sum();
            let standard: Money = table.rows.iter().map(|row| row.bill.standard).sum();
            assert_eq!(express + table.rest.express, table.total.express, "round {round}");
            assert_eq!(standard + table.rest.standard, table.total.standard, "round {round}");
            assert!(table.rows.iter().all(|row| row.bill.express >= Money::ZERO), "round {round}");
            assert!(table.rest.express >= Money::ZERO, "round {round}: no state is charged what is not on the bill");
        }
    }
}
