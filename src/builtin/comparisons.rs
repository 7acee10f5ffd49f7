//! The operators of Choice rules, as one table.

use std::cmp::Ordering;

use crate::builtin::{timestamp, wildcard};
use crate::json::{self, Kind};

/// One operator: how definitions name it and what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The field's name, `StringEquals`.
    pub name: &'static str,
    /// What it does.
    pub operator: Operator,
    /// What the operand must be.
    pub operand: Operand,
    /// Whether there is a form that takes the operand from a path, `StringEqualsPath`.
    pub has_path_form: bool,
}

/// What the value of an operator's field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// Any string.
    String,
    /// A string that is a timestamp.
    Timestamp,
}

/// What kinds of values an ordering is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// Numbers, by value.
    Numbers,
    /// Strings, by UTF-16 code units, as Java orders them.
    Strings,
    /// Strings that are timestamps, by the moment they mean.
    Timestamps,
}

/// What an operator does with a value and its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `BooleanEquals`
    BooleanEquals,
    /// `…Equals`
    Equals(Ordered),
    /// `…LessThan`
    LessThan(Ordered),
    /// `…GreaterThan`
    GreaterThan(Ordered),
    /// `…LessThanEquals`
    LessThanEquals(Ordered),
    /// `…GreaterThanEquals`
    GreaterThanEquals(Ordered),
    /// `StringMatches`
    StringMatches,
    /// `IsPresent`
    IsPresent,
    /// `IsNull`, `IsString`, `IsNumeric`, `IsBoolean`
    Is(Kind),
    /// `IsTimestamp`
    IsTimestamp,
}

const fn compare(name: &'static str, operator: Operator, operand: Operand) -> Comparison {
    Comparison { name, operator, operand, has_path_form: true }
}

const fn test(name: &'static str, operator: Operator) -> Comparison {
    Comparison { name, operator, operand: Operand::Boolean, has_path_form: false }
}

/// Every operator (States Language, "Data-test expression").
pub const COMPARISONS: &[Comparison] = &[
    compare("BooleanEquals", Operator::BooleanEquals, Operand::Boolean),
    compare("NumericEquals", Operator::Equals(Ordered::Numbers), Operand::Number),
    compare("NumericLessThan", Operator::LessThan(Ordered::Numbers), Operand::Number),
    compare("NumericGreaterThan", Operator::GreaterThan(Ordered::Numbers), Operand::Number),
    compare("NumericLessThanEquals", Operator::LessThanEquals(Ordered::Numbers), Operand::Number),
    compare("NumericGreaterThanEquals", Operator::GreaterThanEquals(Ordered::Numbers), Operand::Number),
    compare("StringEquals", Operator::Equals(Ordered::Strings), Operand::String),
    compare("StringLessThan", Operator::LessThan(Ordered::Strings), Operand::String),
    compare("StringGreaterThan", Operator::GreaterThan(Ordered::Strings), Operand::String),
    compare("StringLessThanEquals", Operator::LessThanEquals(Ordered::Strings), Operand::String),
    compare("StringGreaterThanEquals", Operator::GreaterThanEquals(Ordered::Strings), Operand::String),
    Comparison {
        name: "StringMatches",
        operator: Operator::StringMatches,
        operand: Operand::String,
        has_path_form: false,
    },
    compare("TimestampEquals", Operator::Equals(Ordered::Timestamps), Operand::Timestamp),
    compare("TimestampLessThan", Operator::LessThan(Ordered::Timestamps), Operand::Timestamp),
    compare("TimestampGreaterThan", Operator::GreaterThan(Ordered::Timestamps), Operand::Timestamp),
    compare("TimestampLessThanEquals", Operator::LessThanEquals(Ordered::Timestamps), Operand::Timestamp),
    compare("TimestampGreaterThanEquals", Operator::GreaterThanEquals(Ordered::Timestamps), Operand::Timestamp),
    test("IsPresent", Operator::IsPresent),
    test("IsNull", Operator::Is(Kind::Null)),
    test("IsString", Operator::Is(Kind::String)),
    test("IsNumeric", Operator::Is(Kind::Number)),
    test("IsBoolean", Operator::Is(Kind::Bool)),
    test("IsTimestamp", Operator::IsTimestamp),
];

/// The operator of this name, and whether the name is its `Path` form.
pub fn comparison(name: &str) -> Option<(&'static Comparison, bool)> {
    let named = |name: &str| COMPARISONS.iter().find(|comparison| comparison.name == name);
    named(name).map(|found| (found, false)).or_else(|| {
        let found = named(name.strip_suffix("Path")?)?;
        found.has_path_form.then_some((found, true))
    })
}

/// Whether the comparison holds. Both are JSON texts; an empty value is one that is missing.
///
/// Values of other types than the operator compares do not hold, whichever operator it is; that is no error (recorded).
pub fn holds(operator: Operator, value: &[u8], operand: &[u8]) -> bool {
    match operator {
        Operator::IsPresent => value.is_empty() != (operand == b"true"),
        _ if value.is_empty() => false,
        Operator::BooleanEquals => json::kind(value) == Kind::Bool && value == operand,
        Operator::Equals(Ordered::Strings) => same_strings(value, operand),
        Operator::Equals(ordered) => order(ordered, value, operand) == Some(Ordering::Equal),
        Operator::LessThan(ordered) => order(ordered, value, operand).is_some_and(Ordering::is_lt),
        Operator::GreaterThan(ordered) => order(ordered, value, operand).is_some_and(Ordering::is_gt),
        Operator::LessThanEquals(ordered) => order(ordered, value, operand).is_some_and(Ordering::is_le),
        Operator::GreaterThanEquals(ordered) => order(ordered, value, operand).is_some_and(Ordering::is_ge),
        Operator::StringMatches => {
            are(Kind::String, value, operand) && wildcard::matches(&json::decode(operand), &json::decode(value))
        }
        Operator::Is(kind) => (json::kind(value) == kind) == (operand == b"true"),
        Operator::IsTimestamp => moment(value).is_some() == (operand == b"true"),
    }
}

/// Whether a numeric operator holds for numbers that are parsed already; no other operator holds for any.
#[inline]
pub fn numbers_hold(operator: Operator, value: f64, operand: f64) -> bool {
    match operator {
        Operator::Equals(Ordered::Numbers) => value == operand,
        Operator::LessThan(Ordered::Numbers) => value < operand,
        Operator::GreaterThan(Ordered::Numbers) => value > operand,
        Operator::LessThanEquals(Ordered::Numbers) => value <= operand,
        Operator::GreaterThanEquals(Ordered::Numbers) => value >= operand,
        _ => false,
    }
}

fn are(kind: Kind, left: &[u8], right: &[u8]) -> bool {
    !right.is_empty() && json::kind(left) == kind && json::kind(right) == kind
}

fn same_strings(left: &[u8], right: &[u8]) -> bool {
    let plain = |text| memchr::memchr(b'\\', text).is_none();
    are(Kind::String, left, right)
        && (left == right || !(plain(left) && plain(right)) && json::decode(left) == json::decode(right))
}

/// How two values stand to one another; none when one of them is no such value.
fn order(ordered: Ordered, left: &[u8], right: &[u8]) -> Option<Ordering> {
    match ordered {
        Ordered::Numbers => are(Kind::Number, left, right).then(|| order_numbers(left, right))?,
        Ordered::Strings => are(Kind::String, left, right).then(|| order_strings(left, right)),
        Ordered::Timestamps => Some(moment(left)?.cmp(&moment(right)?)),
    }
}

/// Integers are compared exactly, everything else as Java's `double`.
pub(super) fn order_numbers(left: &[u8], right: &[u8]) -> Option<Ordering> {
    match (json::integer(left), json::integer(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => json::number(left).partial_cmp(&json::number(right)),
    }
}

/// The order of Java's `String.compareTo`: by UTF-16 code units, which differs from that of code points where
/// characters beyond the Basic Multilingual Plane meet those at its end.
pub(super) fn order_strings(left: &[u8], right: &[u8]) -> Ordering {
    json::decode(left).encode_utf16().cmp(json::decode(right).encode_utf16())
}

fn moment(value: &[u8]) -> Option<timestamp::Timestamp> {
    (!value.is_empty() && json::kind(value) == Kind::String)
        .then(|| timestamp::parse(json::decode(value).as_bytes()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{COMPARISONS, comparison, holds};

    /// One row per comparison: name, value, operand, whether it holds.
    const CASES: &[(&str, &str, &str, bool)] = &[
        ("BooleanEquals", "true", "true", true),
        ("BooleanEquals", "false", "true", false),
        ("BooleanEquals", r#""true""#, "true", false),
        ("BooleanEquals", "null", "false", false),
        ("NumericEquals", "1", "1.0", true),
        ("NumericEquals", "0.0", "0", true),
        ("NumericEquals", "-0", "0", true),
        ("NumericEquals", "1e2", "100", true),
        ("NumericEquals", "9007199254740993", "9007199254740992", false),
        ("NumericEquals", r#""1""#, "1", false),
        ("NumericEquals", "true", "1", false),
        ("NumericEquals", "null", "0", false),
        ("NumericLessThan", "-1", "0", true),
        ("NumericLessThan", "0", "0", false),
        ("NumericGreaterThan", "1.5", "1", true),
        ("NumericGreaterThan", "1", "1", false),
        ("NumericLessThanEquals", "1", "1.0", true),
        ("NumericLessThanEquals", "2", "1", false),
        ("NumericGreaterThanEquals", "1", "1", true),
        ("NumericGreaterThanEquals", "0", "1", false),
        ("StringEquals", r#""Hello""#, r#""Hello""#, true),
        ("StringEquals", r#""\u0048ello""#, r#""Hello""#, true),
        ("StringEquals", r#""\t\n""#, r#""\t\r\n""#, false),
        ("StringEquals", "1", r#""1""#, false),
        ("StringLessThan", r#""A""#, r#""AB""#, true),
        ("StringLessThan", r#""""#, r#""""#, false),
        ("StringLessThan", "\"\u{10000}\"", "\"\u{ffff}\"", true),
        ("StringGreaterThan", r#""AB""#, r#""A""#, true),
        ("StringGreaterThan", r#""A""#, r#""A\t""#, false),
        ("StringLessThanEquals", r#""""#, r#""""#, true),
        ("StringLessThanEquals", r#""AB""#, r#""A""#, false),
        ("StringGreaterThanEquals", r#""""#, r#""""#, true),
        ("StringGreaterThanEquals", r#""A""#, r#""AB""#, false),
        ("StringMatches", r#""foo-1.log""#, r#""foo*.log""#, true),
        ("StringMatches", r#""a*b""#, r#""a\\*b""#, true),
        ("StringMatches", r#""aXb""#, r#""a\\*b""#, false),
        ("StringMatches", "1", r#""*""#, false),
        ("TimestampEquals", r#""2012-10-09T19:00:55+01:00""#, r#""2012-10-09T18:00:55Z""#, true),
        ("TimestampEquals", r#""""#, r#""2012-10-09T18:00:55Z""#, false),
        ("TimestampLessThan", r#""2012-10-09T19:00:55Z""#, r#""2012-10-09T19:00:55.1Z""#, true),
        ("TimestampLessThan", r#""2012-10-09T19:00:55Z""#, r#""2012-10-09T19:00:55Z""#, false),
        ("TimestampGreaterThan", r#""2012-10-09T19:00:56Z""#, r#""2012-10-09T19:00:55Z""#, true),
        ("TimestampGreaterThan", r#""2012-10-09T19:00:55Z""#, r#""2012-10-09T19:00:55Z""#, false),
        ("TimestampLessThanEquals", r#""2012-10-09T19:00:55Z""#, r#""2012-10-09T19:00:55Z""#, true),
        ("TimestampLessThanEquals", r#""2012-10-09T19:00:56Z""#, r#""2012-10-09T19:00:55Z""#, false),
        ("TimestampGreaterThanEquals", r#""2012-10-09T19:00:55Z""#, r#""2012-10-09T19:00:55Z""#, true),
        ("TimestampGreaterThanEquals", "1", r#""2012-10-09T19:00:55Z""#, false),
        ("IsPresent", "null", "true", true),
        ("IsPresent", "0", "false", false),
        ("IsPresent", "", "true", false),
        ("IsPresent", "", "false", true),
        ("IsNull", "null", "true", true),
        ("IsNull", "0", "false", true),
        ("IsNull", "null", "false", false),
        ("IsString", r#""""#, "true", true),
        ("IsNumeric", "1", "false", false),
        ("IsString", "[\"\"]", "true", false),
        ("IsNumeric", "0.0", "true", true),
        ("IsNumeric", "null", "false", true),
        ("IsBoolean", "false", "true", true),
        ("IsBoolean", "0", "true", false),
        ("IsTimestamp", r#""2012-10-09T19:00:55Z""#, "true", true),
        ("IsTimestamp", r#""2023-02-24""#, "true", false),
        ("IsTimestamp", "[]", "false", true),
    ];

    #[test]
    fn each_operator_holds_for_its_own_kind_of_values() {
        for &(name, value, operand, expected) in CASES {
            let (comparison, _) = comparison(name).expect("named in the table");
            assert_eq!(
                holds(comparison.operator, value.as_bytes(), operand.as_bytes()),
                expected,
                "{value} {name} {operand}"
            );
        }
    }

    #[test]
    fn each_operator_has_a_case_that_holds_and_one_that_does_not() {
        for comparison in COMPARISONS {
            for expected in [true, false] {
                let told = CASES.iter().any(|case| case.0 == comparison.name && case.3 == expected);
                assert!(told, "no case where {} is {expected}", comparison.name);
            }
        }
    }

    #[test]
    fn the_path_form_is_found_where_there_is_one() {
        assert!(matches!(comparison("StringEqualsPath"), Some((found, true)) if found.name == "StringEquals"));
        assert_eq!(comparison("StringMatchesPath"), None);
        assert_eq!(comparison("IsNullPath"), None);
        assert_eq!(comparison("StringEqual"), None);
    }
}
