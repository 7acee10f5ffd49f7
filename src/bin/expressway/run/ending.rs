//! The end of a run: the summary, what went wrong, and the exit status.

use super::options::Output;
use super::watch::Watched;
use crate::{Exit, Trouble, terminal};
use expressway::bill::{Counts, Latency, Ledger, Prices, StateCounts, Summary};
use expressway::engine::{Report, Sums, Trouble as RunTrouble};
use expressway::program::Program;
use std::fs;
use std::path::Path;

/// Tells how the run went.
pub fn end(
    report: Report<Watched>,
    program: &Program,
    prices: &Prices,
    output: &Output,
    signals: usize,
) -> Result<Exit, Trouble> {
    let summary = summary(&report, program, prices);
    if let Some(path) = &output.summary {
        write_summary(path, &summary)?;
    }
    let all_succeeded = report.sums.counts.all_succeeded();
    // Cut short by nobody here: whoever read the output has gone, and wants to hear no more.
    let reader_is_gone = report.cut_short && report.trouble.is_none() && signals == 0 && all_succeeded;
    if !output.quiet && !reader_is_gone {
        terminal::say(&summary.to_string());
    }
    if report.sums.panics > 0 {
        terminal::complain(&format!(
            "{} executions failed because of a mistake in expressway itself",
            report.sums.panics
        ));
    }
    match report.trouble {
        Some(RunTrouble::Input { error, after_line }) => {
            Err(Trouble::Broken(format!("the input broke after line {after_line}: {error}")))
        }
        Some(RunTrouble::Output { error, after_line }) => {
            Err(Trouble::Broken(format!("the output broke after line {after_line}: {error}")))
        }
        None if report.cut_short && signals > 0 => {
            let lines = report.sums.counts.lines() + report.sums.counts.blank;
            Err(Trouble::Broken(format!("stopped by a signal after {lines} lines, before the end of the input")))
        }
        None if all_succeeded => Ok(Exit::AllWell),
        None => Ok(Exit::NotAll),
    }
}

fn write_summary(path: &Path, summary: &Summary) -> Result<(), Trouble> {
    let text = summary.to_json() + "\n";
    fs::write(path, text).map_err(|error| Trouble::Broken(format!("{} cannot be written: {error}", path.display())))
}

fn summary(report: &Report<Watched>, program: &Program, prices: &Prices) -> Summary {
    let sums = &report.sums;
    let mut ledger = Ledger::default();
    report.scribes.iter().for_each(|scribe| ledger += scribe.ledger());
    let at = |part| sums.latency_ns.value_at_quantile(part) / 1000;
    let latency = Latency { p50_us: at(0.5), p99_us: at(0.99) };
    let mut errors: Vec<(String, u64)> = sums.errors.iter().map(|(name, count)| (name.clone(), *count)).collect();
    errors.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Summary {
        counts: counts(sums),
        elapsed_us: report.elapsed.as_micros() as u64,
        latency: (!sums.latency_ns.is_empty()).then_some(latency),
        ledger,
        states: states(sums, program),
        errors,
        prices: prices.clone(),
    }
}

/// What became of the lines, as the summary counts them.
pub fn counts(sums: &Sums) -> Counts {
    let counts = &sums.counts;
    Counts {
        lines: counts.lines() + sums.unstarted,
        succeeded: counts.succeeded,
        failed: counts.failed,
        timed_out: counts.timed_out,
        aborted: counts.aborted,
        rejected: counts.rejected,
        blank: counts.blank,
    }
}

/// A state with a part of its own in the program, such as a Map's item selector, is counted once.
fn states(sums: &Sums, program: &Program) -> Vec<StateCounts> {
    let Some(tally) = sums.tallies.first() else { return Vec::new() };
    let entered = tally.entered(program);
    let count = |(index, state): (usize, &expressway::program::StateInfo)| StateCounts {
        name: state.name.to_string(),
        entered: entered[index],
        retried: tally.retried[index],
        failed: tally.failed[index],
        time_us: tally.waited_ms[index] * 1000,
    };
    let states = program.states.iter().enumerate().filter(|(_, state)| state.part_of.is_none());
    states.map(count).collect()
}
