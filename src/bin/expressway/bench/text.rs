//! What was measured, for people.

use super::measure::Measured;
use super::rounds::Rounds;
use super::stages::Part;
use super::whole::Setting;
use crate::terminal::plain;
use expressway::engine::Sums;
use std::fmt::Write;

/// Characters of a cause that are shown.
const CAUSE_CHARACTERS: usize = 160;

/// A page of text.
pub fn report(measured: &Measured, setting: &Setting<'_>) -> String {
    let parts = [
        heading(measured, setting),
        speeds(&measured.rounds),
        stages(measured),
        latency(measured),
        cost(measured, setting),
        method(measured),
    ];
    parts.concat()
}

fn heading(measured: &Measured, setting: &Setting<'_>) -> String {
    let sums = &measured.survey.whole.sums;
    let lines = sums.counts.lines();
    let which = if measured.survey.is_whole { "" } else { "the first " };
    let (name, bytes) = (setting.file.display(), sums.input_bytes / lines.max(1));
    let counted = format!("{} {}", grouped(lines), if lines == 1 { "line" } else { "lines" });
    let mut text = format!("{name}: {which}{counted} of {bytes} bytes\n{counted} = {}\n", outcomes(sums));
    if let Some(cause) = &measured.survey.first_cause {
        let shown: String = plain(cause).chars().take(CAUSE_CHARACTERS).collect();
        writeln!(text, "not succeeded, for example: {shown}").expect("text can be written to");
    }
    if measured.varies() {
        text += "the same lines did not come to the same in every pass\n";
    }
    text
}

fn outcomes(sums: &Sums) -> String {
    let counts = &sums.counts;
    let parts = [
        (counts.succeeded, "succeeded"),
        (counts.failed, "failed"),
        (counts.timed_out, "timed out"),
        (counts.aborted, "aborted"),
        (counts.rejected, "rejected"),
    ];
    let shown = parts.into_iter().filter(|(count, what)| *count > 0 || *what == "succeeded");
    let shown: Vec<String> = shown.map(|(count, what)| format!("{} {what}", grouped(count))).collect();
    let blank =
        if counts.blank > 0 { format!("; {} blank lines skipped", grouped(counts.blank)) } else { String::new() };
    shown.join(" + ") + &blank
}

/// A column for each number of shards.
fn speeds(rounds: &[Rounds]) -> String {
    let row = |name: &str, cell: &dyn Fn(&Rounds) -> Option<String>| -> Option<Vec<String>> {
        let cells: Option<Vec<String>> = rounds.iter().map(cell).collect();
        Some([vec![name.to_owned()], cells?].concat())
    };
    let shards = |rounds: &Rounds| format!("{} {}", rounds.shards, if rounds.shards == 1 { "shard" } else { "shards" });
    let rows = [
        row("", &|rounds| Some(shards(rounds))),
        row("executions a second", &|rounds| Some(rate(rounds.rate()))),
        row("  for each second of CPU", &|rounds| rounds.cpu_rate().map(rate)),
        row("CPU time of an execution", &|rounds| rounds.cpu_ns().map(time)),
        row("megabytes of input a second", &|rounds| Some(format!("{:.1}", rounds.bytes_rate() / 1e6))),
        row("half of the passes within", &|rounds| Some(format!("± {:.1} %", rounds.spread() * 100.0))),
    ];
    format!("\n{}", table(&rows.into_iter().flatten().collect::<Vec<_>>(), 1 + rounds.len()))
}

fn stages(measured: &Measured) -> String {
    let whole: f64 = measured.parts.iter().map(|part| part.ns).sum();
    let row = |part: &Part| {
        let spread = part.spread_ns.map_or(String::new(), |spread| format!("± {}", time(spread)));
        let share = format!("{:.0} %", part.ns / whole * 100.0);
        vec![part.name.to_owned(), time(part.ns), spread, share, part.about.clone()]
    };
    let mut rows: Vec<Vec<String>> = measured.parts.iter().map(row).collect();
    let sum = if measured.rounds[0].cpu_ns().is_some() { "whole" } else { "together" };
    rows.push([sum, &time(whole), "", "100 %"].map(str::to_owned).to_vec());
    let mut text = format!("\nCPU time of an execution on one shard, by stages\n{}", table(&rows, 4));
    if let Some(waiting) = measured.waiting {
        let percent = waiting * 100.0;
        writeln!(text, "no thread worked in {percent:.0} % of the time: tasks, times or a free core were waited for")
            .expect("text can be written to");
    }
    text
}

fn latency(measured: &Measured) -> String {
    let (half, most) = measured.latency_ns();
    format!("\nan execution took {} (p50), {} (p99)\n", time(half as f64), time(most as f64))
}

fn cost(measured: &Measured, setting: &Setting<'_>) -> String {
    let (prices, bill) = (&setting.prices, measured.cost_per_million(&setting.prices));
    let (currency, region, date) = (prices.currency(), prices.region(), prices.date());
    let (express, standard) = (bill.express.to_digits(2), bill.standard.to_digits(2));
    format!(
        "a million cost {express} {currency} as Express, {standard} {currency} as Standard ({region}, {date}, first tier, nothing free)\n"
    )
}

fn method(measured: &Measured) -> String {
    let passes = |rounds: &Rounds| format!("{} on {}", rounds.passes.len(), rounds.shards);
    let passes: Vec<String> = measured.rounds.iter().map(passes).collect();
    let (executions, seconds) = (measured.rounds[0].executions_each(), measured.elapsed.as_secs_f64());
    format!("measured in {seconds:.1} s: passes of {} executions, {}\n", grouped(executions), passes.join(", "))
}

/// Aligned columns: numbers to the right; texts, which are the first and those from `texts` on, to the left.
fn table(rows: &[Vec<String>], texts: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_text = column == 0 || column >= texts;
            line += &if is_text { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// How many a second.
fn rate(rate: f64) -> String {
    if rate < 100.0 { format!("{rate:.1}") } else { grouped(rate as u64) }
}

/// A count with a comma at each thousand.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

/// A time in the unit people would say it in.
fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e4 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.4, 277.4, 12_340.0, 2.5e6, 3.2e9].map(time), ["0 ns", "277 ns", "12.3 µs", "2.5 ms", "3.20 s"]);
        assert_eq!([0.5, 12_345.6].map(rate), ["0.5", "12,345"]);
    }
}
