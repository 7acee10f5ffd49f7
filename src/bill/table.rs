//! Tables for people: columns as wide as their widest cell, the first to the left, the others to the right.

use std::fmt;

/// The longest text a cell shows, in characters; state names are no longer (StateMachine quotas).
const CELL_CHARACTERS_MAX: usize = 80;

/// Writes rows as aligned columns. Rows may be of different length.
pub(super) fn write_table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            line += &if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A cell on one line that no terminal takes for a command: names of states and errors are anybody's text.
fn printable(cell: &str) -> String {
    let shown = cell.chars().map(|character| if character.is_control() { '\u{FFFD}' } else { character });
    match cell.chars().nth(CELL_CHARACTERS_MAX) {
        Some(_) => shown.take(CELL_CHARACTERS_MAX - 1).chain(['…']).collect(),
        None => shown.collect(),
    }
}

/// A count with a comma at each thousand.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in the unit people would say it in.
pub(super) fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_times_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([31, 1_500, 61_000_000].map(time), ["31 µs", "1.5 ms", "61.00 s"]);
    }

    #[test]
    fn cells_are_one_short_line_without_commands() {
        assert_eq!(printable("a\u{1b}[31m\nb"), "a\u{FFFD}[31m\u{FFFD}b");
        assert_eq!(printable(&"ü".repeat(80)), "ü".repeat(80));
        assert_eq!(printable(&"ü".repeat(300)).chars().count(), 80);
    }
}
