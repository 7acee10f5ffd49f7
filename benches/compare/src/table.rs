//! What was measured, beside what was to be reached.

use std::fmt;

/// What a measure should be.
#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// It is told for the sake of the others.
    None,
}

/// The rows as they were measured.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    target: Target,
}

impl Table {
    /// Adds a measure. It is told at once, too, since the whole takes minutes.
    pub fn add(&mut self, what: impl Into<String>, figure: f64, unit: &'static str, target: Target) {
        let row = Row { what: what.into(), figure, unit, target };
        eprint!("{row}");
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | figure | target | |\n| --- | --- | --- | --- |")?;
        self.0.iter().try_for_each(|row| write!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { what, figure, unit, target } = self;
        write!(f, "| {what} | {} {unit} |", number(*figure))?;
        let (sign, aim, is_met) = match target {
            Target::None => return writeln!(f, " | |"),
            Target::AtLeast(aim) => ('≥', aim, figure >= aim),
            Target::AtMost(aim) => ('≤', aim, figure <= aim),
        };
        writeln!(f, " {sign} {} | {} |", number(*aim), if is_met { "reached" } else { "**missed**" })
    }
}

/// Three digits, as far as there are any.
fn number(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}
