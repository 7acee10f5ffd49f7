//! What was measured, for programs.

use super::measure::Measured;
use super::rounds::Rounds;
use super::stages::Part;
use super::whole::Setting;
use crate::run::ending::counts;
use expressway::bill::Counts;
use serde::Serialize;
use std::collections::BTreeMap;

/// The members, in this order. A time is null where the system does not tell it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    file: String,
    is_whole_file: bool,
    input_bytes: u64,
    outcomes: Counts,
    errors: &'a BTreeMap<String, u64>,
    first_cause: &'a Option<String>,
    outcomes_vary: bool,
    runs: Vec<Run>,
    stages: Vec<Stage>,
    waiting_share: Option<f64>,
    latency_ns: Latency,
    prices: Prices<'a>,
    /// Money is text: JSON's numbers would be rounded by those who read them.
    cost_per_million: BTreeMap<String, String>,
    elapsed_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    shards: usize,
    passes: usize,
    executions_per_pass: u64,
    executions_per_second: f64,
    executions_per_cpu_second: Option<f64>,
    cpu_ns_per_execution: Option<f64>,
    bytes_per_second: f64,
    spread: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    name: &'static str,
    ns: f64,
    spread_ns: Option<f64>,
    share: f64,
}

#[derive(Serialize)]
struct Latency {
    p50: u64,
    p99: u64,
}

#[derive(Serialize)]
struct Prices<'a> {
    region: &'a str,
    date: &'a str,
    currency: &'a str,
}

/// One JSON object, with a newline.
pub fn report(measured: &Measured, setting: &Setting<'_>) -> String {
    let (sums, prices) = (&measured.survey.whole.sums, &setting.prices);
    let (p50, p99) = measured.latency_ns();
    let bill = measured.cost_per_million(prices);
    let cost = [("express", bill.express), ("standard", bill.standard)];
    let report = Report {
        file: setting.file.display().to_string(),
        is_whole_file: measured.survey.is_whole,
        input_bytes: sums.input_bytes,
        outcomes: counts(sums),
        errors: &sums.errors,
        first_cause: &measured.survey.first_cause,
        outcomes_vary: measured.varies(),
        runs: measured.rounds.iter().map(run).collect(),
        stages: stages(&measured.parts),
        waiting_share: measured.waiting,
        latency_ns: Latency { p50, p99 },
        prices: Prices { region: prices.region(), date: prices.date(), currency: prices.currency() },
        cost_per_million: cost.map(|(name, amount)| (prices.member(name), amount.to_string())).into(),
        elapsed_seconds: measured.elapsed.as_secs_f64(),
    };
    serde_json::to_string_pretty(&report).expect("every key is text") + "\n"
}

fn run(rounds: &Rounds) -> Run {
    Run {
        shards: rounds.shards,
        passes: rounds.passes.len(),
        executions_per_pass: rounds.executions_each(),
        executions_per_second: rounds.rate(),
        executions_per_cpu_second: rounds.cpu_rate(),
        cpu_ns_per_execution: rounds.cpu_ns(),
        bytes_per_second: rounds.bytes_rate(),
        spread: rounds.spread(),
    }
}

fn stages(parts: &[Part]) -> Vec<Stage> {
    let whole: f64 = parts.iter().map(|part| part.ns).sum();
    let stage = |part: &Part| Stage { name: part.name, ns: part.ns, spread_ns: part.spread_ns, share: part.ns / whole };
    parts.iter().map(stage).collect()
}
