//! Tests of one value that take a glance: at its first byte, or at what the number is worth.

use crate::builtin::comparisons::{Operator, Ordered};
use crate::json::{self, Source, Texts, Value};
use crate::program::{Comparison, Operand};
use crate::vm::choose::compare;

/// The first bytes of values for which a test holds, as bits; 0 stands for no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vm) struct Kinds(u128);

/// The numbers for which a test holds, its ends among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::vm) struct Interval {
    low: f64,
    high: f64,
}

/// A value of each kind, and what those of that kind begin with.
const EXAMPLES: &[(&[u8], &[u8])] = &[
    (b"\"\"", b"\""),
    (b"{}", b"{"),
    (b"[]", b"["),
    (b"true", b"t"),
    (b"false", b"f"),
    (b"null", b"n"),
    (b"0", b"-0123456789"),
];

impl Kinds {
    /// The kinds that the comparison asks for, if that is all it asks for.
    pub fn of(comparison: &Comparison, constants: &[u8]) -> Option<Kinds> {
        let asks_for_kind =
            matches!(comparison.operator, Operator::BooleanEquals | Operator::IsPresent | Operator::Is(_));
        if !asks_for_kind || matches!(comparison.operand, Operand::Slot(_)) {
            return None;
        }
        let holds = |value: Value, line| compare(comparison, value, &[], Texts { line, arena: &[], constants });
        let mut kinds = u128::from(holds(Value::MISSING, b""));
        for (example, firsts) in EXAMPLES {
            if holds(Value::new(Source::Line, 0, example.len()), example) {
                firsts.iter().for_each(|first| kinds |= 1 << first);
            }
        }
        Some(Kinds(kinds))
    }

    /// Whether it holds for a value that begins so.
    #[inline(always)]
    pub fn hold(self, first: u8) -> bool {
        self.0 >> (first & 0x7f) & 1 == 1
    }
}

impl Interval {
    /// The interval that the comparison asks for, if it asks for one.
    pub fn of(comparison: &Comparison) -> Option<Interval> {
        let Operand::Number(bound) = comparison.operand else { return None };
        let (low, high) = match comparison.operator {
            _ if !bound.is_finite() => return None,
            Operator::Equals(Ordered::Numbers) => (bound, bound),
            Operator::LessThan(Ordered::Numbers) => (f64::NEG_INFINITY, bound.next_down()),
            Operator::LessThanEquals(Ordered::Numbers) => (f64::NEG_INFINITY, bound),
            Operator::GreaterThan(Ordered::Numbers) => (bound.next_up(), f64::INFINITY),
            Operator::GreaterThanEquals(Ordered::Numbers) => (bound, f64::INFINITY),
            _ => return None,
        };
        Some(Interval { low, high })
    }

    /// Whether the value is a number in the interval.
    #[inline(always)]
    pub fn holds(self, value: &[u8]) -> bool {
        matches!(value.first(), Some(b'-' | b'0'..=b'9')) && self.has(json::number(value))
    }

    #[inline(always)]
    fn has(self, number: f64) -> bool {
        (self.low <= number) & (number <= self.high)
    }

    /// What is known of a value in, or not in, the other interval.
    pub fn given(self, other: Interval, holds: bool) -> Option<bool> {
        let is_within = |inner: Interval, outer: Interval| outer.low <= inner.low && inner.high <= outer.high;
        match holds {
            true if is_within(other, self) => Some(true),
            true if other.high < self.low || self.high < other.low => Some(false),
            false if is_within(self, other) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::comparisons::{COMPARISONS, holds};

    const VALUES: &[&str] = &[
        "",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "7",
        "7.0",
        "6.999999999999999",
        "7.000000000000001",
        "1e400",
        "-1e400",
        "9",
        "\"\"",
        "\"true\"",
        "\"7\"",
        "{}",
        "{\"a\":1}",
        "[]",
        "[7]",
    ];

    fn comparison(operator: Operator, operand: Operand) -> Comparison {
        Comparison { operator, operand, lack: None, branch: None }
    }

    #[test]
    fn a_glance_says_what_a_comparison_does() {
        let mut glances = 0;
        for row in COMPARISONS {
            for operand in ["true", "false"] {
                let constant = Operand::Constant(Value::new(Source::Constant, 0, operand.len()));
                let Some(kinds) = Kinds::of(&comparison(row.operator, constant), operand.as_bytes()) else { continue };
                for value in VALUES {
                    let first = value.as_bytes().first().copied().unwrap_or(0);
                    let expected = holds(row.operator, value.as_bytes(), operand.as_bytes());
                    assert_eq!(kinds.hold(first), expected, "{value} {} {operand}", row.name);
                    glances += 1;
                }
            }
            for bound in ["7", "0", "-0", "1e300"] {
                let number = Operand::Number(json::number(bound.as_bytes()));
                let Some(interval) = Interval::of(&comparison(row.operator, number)) else { continue };
                for value in VALUES {
                    let expected = holds(row.operator, value.as_bytes(), bound.as_bytes());
                    assert_eq!(interval.holds(value.as_bytes()), expected, "{value} {} {bound}", row.name);
                    glances += 1;
                }
            }
        }
        assert_eq!(glances, (6 * 2 + 5 * 4) * VALUES.len(), "all of these operators were asked");
    }

    #[test]
    fn what_follows_from_an_interval_is_so() {
        let of = |operator, bound| {
            Interval::of(&comparison(operator, Operand::Number(bound))).expect("a numeric comparison")
        };
        let mut intervals = Vec::new();
        for bound in [-1.0, 7.0, 9.0] {
            let is_numeric = |row: &&crate::builtin::comparisons::Comparison| row.name.starts_with("Numeric");
            intervals.extend(COMPARISONS.iter().filter(is_numeric).map(|row| of(row.operator, bound)));
        }
        let mut followed = 0;
        for (one, other) in intervals.iter().flat_map(|one| intervals.iter().map(move |other| (*one, *other))) {
            for value in VALUES.iter().map(|value| value.as_bytes()) {
                if let Some(follows) = one.given(other, other.holds(value)) {
                    assert_eq!(one.holds(value), follows, "{one:?} {other:?} {value:?}");
                    followed += 1;
                }
            }
        }
        assert!(followed > 1_000, "{followed}");
    }
}
