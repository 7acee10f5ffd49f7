//! The summary of a run: what became of every line, how long it took, and what it would have cost.

use std::fmt;

use serde::Serialize;

use crate::bill::ledger::{Bill, Ledger};
use crate::bill::money::Money;
use crate::bill::prices::Prices;
use crate::bill::report::{Cheaper, Report};
use crate::bill::states::{StateCounts, StateRow, StateTable};
use crate::bill::table::{grouped, time, write_table};

/// How many error names the table shows; the JSON has all.
const ERRORS_SHOWN: usize = 10;

/// What is known at the end of a run. [`Display`](fmt::Display) is a table for people.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What became of the lines.
    pub counts: Counts,
    /// From the first byte to the last, in microseconds.
    pub elapsed_us: u64,
    /// How long executions took; `None` where there was none.
    pub latency: Option<Latency>,
    /// What they used.
    pub ledger: Ledger,
    /// What happened in each state.
    pub states: Vec<StateCounts>,
    /// How often executions ended with each error name, the most frequent first.
    pub errors: Vec<(String, u64)>,
    /// What units cost.
    pub prices: Prices,
}

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Lines read, without blank ones.
    pub lines: u64,
    /// Executions that succeeded.
    pub succeeded: u64,
    /// Executions that failed.
    pub failed: u64,
    /// Executions that took too long.
    pub timed_out: u64,
    /// Executions that were stopped.
    pub aborted: u64,
    /// Lines that started none: no JSON, or too large.
    pub rejected: u64,
    /// Blank lines.
    pub blank: u64,
}

/// How long executions took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_us: u64,
    /// 99 of a hundred took no longer.
    pub p99_us: u64,
}

impl Counts {
    /// Lines of which nothing is known; 0 unless a run was cut off.
    pub fn unaccounted(&self) -> u64 {
        let known = [self.succeeded, self.failed, self.timed_out, self.aborted, self.rejected];
        self.lines.saturating_sub(known.into_iter().fold(0, u64::saturating_add))
    }
}

impl Summary {
    /// The summary as JSON, for other programs.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&Report::new(self)).expect("every key is text and no number is infinite")
    }

    /// The bill, divided among the states.
    pub fn state_table(&self) -> StateTable {
        StateTable::new(self.states.clone(), &self.ledger, &self.prices)
    }

    /// What a million executions like these cost, at the first tier with nothing free.
    pub fn per_million(&self) -> Bill {
        self.ledger.list_bill_per_million(&self.prices)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_counts(f)?;
        self.write_errors(f)?;
        let table = self.state_table();
        self.write_states(f, &table)?;
        self.write_bill(f, table.total)
    }
}

impl Summary {
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { lines, succeeded, failed, timed_out, aborted, rejected, blank } = self.counts;
        let rate = (lines as f64 * 1e6 / self.elapsed_us.max(1) as f64) as u64;
        write!(f, "{} lines in {}, {} a second", grouped(lines), time(self.elapsed_us), grouped(rate))?;
        if let Some(Latency { p50_us, p99_us }) = self.latency {
            write!(f, "; an execution took {} (p50), {} (p99)", time(p50_us), time(p99_us))?;
        }
        writeln!(f)?;
        let parts = [(succeeded, "succeeded"), (failed, "failed"), (timed_out, "timed out"), (aborted, "aborted")];
        let parts = parts.into_iter().chain([(rejected, "rejected"), (self.counts.unaccounted(), "unaccounted for")]);
        let shown: Vec<String> = parts
            .filter(|&(count, what)| count > 0 || what == "succeeded")
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        write!(f, "{} lines = {}", grouped(lines), shown.join(" + "))?;
        if blank > 0 {
            write!(f, "; {} blank lines skipped", grouped(blank))?;
        }
        writeln!(f)
    }

    fn write_errors(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut rows = vec![row(["Error", "Executions"])];
        rows.extend(self.errors.iter().take(ERRORS_SHOWN).map(|(name, count)| vec![name.clone(), grouped(*count)]));
        if let Some(others) = self.errors.get(ERRORS_SHOWN..).filter(|others| !others.is_empty()) {
            let sum = others.iter().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
            rows.push(vec![format!("and {} other errors", others.len()), grouped(sum)]);
        }
        writeln!(f)?;
        write_table(f, &rows)
    }

    fn write_states(&self, f: &mut fmt::Formatter<'_>, table: &StateTable) -> fmt::Result {
        let currency = &self.prices.currency;
        let mut rows = vec![row(["State", "Entered", "Retried", "Failed", "Time"])];
        rows[0].extend(["Express", "Standard"].map(|kind| format!("{kind} {currency}")));
        rows.extend(table.rows.iter().map(state_cells));
        for (name, bill) in [("requests and remainder", table.rest), ("total", table.total)] {
            let mut cells = row([name, "", "", "", ""]);
            cells.extend(all_digits(bill));
            rows.push(cells);
        }
        writeln!(f)?;
        write_table(f, &rows)
    }

    fn write_bill(&self, f: &mut fmt::Formatter<'_>, total: Bill) -> fmt::Result {
        let Prices { region, date, currency, .. } = &self.prices;
        let (million, verdict) = (self.per_million(), Cheaper::of(self.per_million()));
        let line = |name: &str, kind, total: Money, million: Money| {
            let note = if verdict == kind { "cheaper" } else { "" };
            vec![name.to_owned(), total.to_digits(6), million.to_digits(6), note.to_owned()]
        };
        let header =
            ["As", &format!("this run, {currency}"), &format!("per million, {currency}"), ""].map(str::to_owned);
        writeln!(f)?;
        write_table(
            f,
            &[
                header.to_vec(),
                line("Express", Cheaper::Express, total.express, million.express),
                line("Standard", Cheaper::Standard, total.standard, million.standard),
            ],
        )?;
        writeln!(f, "Prices of {region}, {date}. This run: as if it were all there is in a month.")?;
        writeln!(f, "Per million: average, first tier, nothing free.")
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn state_cells(row: &StateRow) -> Vec<String> {
    let StateCounts { name, entered, retried, failed, time_us } = &row.counts;
    let mut cells = vec![name.clone(), grouped(*entered), grouped(*retried), grouped(*failed), time(*time_us)];
    cells.extend(all_digits(row.bill));
    cells
}

/// All digits, so that the column can be added up by hand.
fn all_digits(bill: Bill) -> [String; 2] {
    [bill.express, bill.standard].map(|amount| amount.to_digits(12))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let state = |name: &str, entered, retried, failed, time_us| StateCounts {
            name: name.into(),
            entered,
            retried,
            failed,
            time_us,
        };
        Summary {
            counts: Counts { lines: 5_000, succeeded: 4_980, failed: 17, rejected: 3, blank: 2, ..Counts::default() },
            elapsed_us: 1_250_000,
            latency: Some(Latency { p50_us: 31, p99_us: 101_500 }),
            ledger: Ledger {
                executions: 4_997,
                transitions: 9_977,
                retries: 23,
                tasks: 5_003,
                memory_steps: 5_097,
                billed_ms: 509_700,
            },
            states: vec![state("Look up", 4_997, 23, 17, 90_000_000), state("Store", 4_980, 0, 0, 155_000)],
            errors: vec![("States.TaskFailed".into(), 11), ("Table\nMissing".into(), 6)],
            prices: Prices::us_east_1(),
        }
    }

    #[test]
    fn people_read_a_table() {
        let expected = "\
5,000 lines in 1.25 s, 4,000 a second; an execution took 31 µs (p50), 101.5 ms (p99)
5,000 lines = 4,980 succeeded + 17 failed + 3 rejected; 2 blank lines skipped

Error              Executions
States.TaskFailed          11
Table\u{FFFD}Missing               6

State                   Entered  Retried  Failed      Time     Express USD     Standard USD
Look up                   4,997       23      17   90.00 s  0.000093750000   0.125500000000
Store                     4,980        0       0  155.0 ms  0.000000161458   0.124500000000
requests and remainder                                      0.005434026042  -0.100000000000
total                                                       0.005527937500   0.150000000000

As        this run, USD  per million, USD
Express        0.005528          1.106251  cheaper
Standard       0.150000         50.030018
Prices of us-east-1, 2026-11. This run: as if it were all there is in a month.
Per million: average, first tier, nothing free.
";
        assert_eq!(summary().to_string(), expected);
    }

    #[test]
    fn programs_read_json() {
        let json: serde_json::Value = serde_json::from_str(&summary().to_json()).expect("it is JSON");
        assert_eq!(json["lines"], 5_000);
        assert_eq!(json["unaccounted"], 0);
        assert_eq!(json["elapsedMs"], 1250.0);
        assert_eq!(json["latencyMs"], serde_json::json!({ "p50": 0.031, "p99": 101.5 }));
        assert_eq!(json["usage"]["memorySteps"], 5_097);
        assert_eq!(json["cost"]["expressUsd"], "0.0055279375");
        assert_eq!(json["cost"]["standardUsd"], "0.15");
        assert_eq!(json["cheaper"], "express");
        assert_eq!(json["states"][0]["name"], "Look up");
        assert_eq!(json["states"][0]["standardUsd"], "0.1255");
        assert_eq!(json["requestsAndRemainder"]["standardUsd"], "-0.1");
        assert_eq!(json["errors"][1], serde_json::json!({ "error": "Table\nMissing", "count": 6 }));
    }

    #[test]
    fn lines_that_are_missing_are_named() {
        let counts = Counts { lines: 10, succeeded: 4, aborted: 1, ..Counts::default() };
        let text = Summary { counts, ..summary() }.to_string();
        assert!(text.contains("10 lines = 4 succeeded + 1 aborted + 5 unaccounted for\n"), "{text}");
    }

    #[test]
    fn rare_errors_are_gathered() {
        let errors = (0..13).map(|number| (format!("E{number}"), 20 - number)).collect();
        let text = Summary { errors, ..summary() }.to_string();
        assert!(text.contains("E9 ") && !text.contains("E10"), "{text}");
        assert!(text.contains("and 3 other errors          27\n"), "{text}");
    }

    #[test]
    fn a_run_without_executions_has_a_summary_too() {
        let empty = Summary {
            counts: Counts::default(),
            elapsed_us: 0,
            latency: None,
            ledger: Ledger::default(),
            states: Vec::new(),
            errors: Vec::new(),
            ..summary()
        };
        assert!(empty.to_string().starts_with("0 lines in 0 µs, 0 a second\n0 lines = 0 succeeded\n"), "{empty}");
        assert!(empty.to_json().contains(r#""cheaper": "neither""#), "{}", empty.to_json());
    }
}
