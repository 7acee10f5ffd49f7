//! The summary's JSON, member by member.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::bill::ledger::{Bill, Ledger};
use crate::bill::prices::Prices;
use crate::bill::states::StateRow;
use crate::bill::summary::{Counts, Latency, Summary};

/// What the summary file holds, in this order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a> {
    #[serde(flatten)]
    counts: Counts,
    unaccounted: u64,
    elapsed_ms: f64,
    latency_ms: Option<LatencyReport>,
    usage: Ledger,
    prices: PricesReport<'a>,
    cost: Cost<'a>,
    cost_per_million: Cost<'a>,
    cheaper: Cheaper,
    states: Vec<StateReport<'a>>,
    requests_and_remainder: Cost<'a>,
    errors: Vec<ErrorReport<'a>>,
}

/// The type of workflow that costs less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Cheaper {
    /// Express does.
    Express,
    /// Standard does.
    Standard,
    /// They cost the same.
    Neither,
}

#[derive(Serialize)]
struct LatencyReport {
    p50: f64,
    p99: f64,
}

#[derive(Serialize)]
struct PricesReport<'a> {
    region: &'a str,
    date: &'a str,
    currency: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateReport<'a> {
    name: &'a str,
    entered: u64,
    retried: u64,
    failed: u64,
    time_ms: f64,
    #[serde(flatten)]
    cost: Cost<'a>,
}

#[derive(Serialize)]
struct ErrorReport<'a> {
    error: &'a str,
    count: u64,
}

/// Both prices, in members named after the currency: `expressUsd`, `standardUsd`.
struct Cost<'a> {
    bill: Bill,
    prices: &'a Prices,
}

impl<'a> Report<'a> {
    pub(super) fn new(summary: &'a Summary) -> Report<'a> {
        let Summary { counts, elapsed_us, ledger, errors, prices, .. } = summary;
        let table = summary.state_table();
        let cost = |bill| Cost { bill, prices };
        let latency = |latency: Latency| LatencyReport { p50: ms(latency.p50_us), p99: ms(latency.p99_us) };
        Report {
            counts: *counts,
            unaccounted: counts.unaccounted(),
            elapsed_ms: ms(*elapsed_us),
            latency_ms: summary.latency.map(latency),
            usage: *ledger,
            prices: PricesReport { region: &prices.region, date: &prices.date, currency: &prices.currency },
            cost: cost(table.total),
            cost_per_million: cost(summary.per_million()),
            cheaper: Cheaper::of(summary.per_million()),
            states: table
                .rows
                .iter()
                .zip(&summary.states)
                .map(|(row, state)| state_report(row, &state.name, prices))
                .collect(),
            requests_and_remainder: cost(table.rest),
            errors: errors.iter().map(|(error, count)| ErrorReport { error, count: *count }).collect(),
        }
    }
}

impl Cheaper {
    pub(super) fn of(bill: Bill) -> Cheaper {
        match bill.express.cmp(&bill.standard) {
            std::cmp::Ordering::Less => Cheaper::Express,
            std::cmp::Ordering::Equal => Cheaper::Neither,
            std::cmp::Ordering::Greater => Cheaper::Standard,
        }
    }
}

fn state_report<'a>(row: &StateRow, name: &'a str, prices: &'a Prices) -> StateReport<'a> {
    let counts = &row.counts;
    StateReport {
        name,
        entered: counts.entered,
        retried: counts.retried,
        failed: counts.failed,
        time_ms: ms(counts.time_us),
        cost: Cost { bill: row.bill, prices },
    }
}

fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

/// Money is text: JSON's numbers would be rounded by those who read them.
impl Serialize for Cost<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(&self.prices.member("express"), &self.bill.express)?;
        map.serialize_entry(&self.prices.member("standard"), &self.bill.standard)?;
        map.end()
    }
}
