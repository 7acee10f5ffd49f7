//! Whether two values are equal as JSON, however they are written.

use super::grammar::DEPTH_MAX;
use super::number::same;
use super::string::decode;
use super::walk::{Kind, elements, kind, members};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Whether the values are equal: numbers by what they are worth, exactly; strings decoded; objects in any order, of equal
/// names the last.
///
/// Values nested deeper than a text may be ([`DEPTH_MAX`](super::DEPTH_MAX)) are equal down there only where their texts are.
/// Each byte is looked at once for each level that it lies in, at most.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    equal_at(left, right, 0)
}

fn equal_at(left: &[u8], right: &[u8], depth: usize) -> bool {
    if left == right {
        return true;
    }
    match (kind(left), kind(right)) {
        (Kind::Number, Kind::Number) => same(left, right),
        (Kind::String, Kind::String) => decode(left) == decode(right),
        _ if depth == DEPTH_MAX => false,
        (Kind::Array, Kind::Array) => {
            let mut rights = elements(right);
            let mut pair = |a| rights.next().is_some_and(|b| equal_at(&left[a], &right[b], depth + 1));
            elements(left).all(&mut pair) && rights.next().is_none()
        }
        (Kind::Object, Kind::Object) => {
            let (left, right) = (by_name(left), by_name(right));
            let mut pairs = left.iter().zip(&right);
            left.len() == right.len() && pairs.all(|(a, b)| a.0 == b.0 && equal_at(a.1, b.1, depth + 1))
        }
        // `true` and `false` have but one text each.
        _ => false,
    }
}

/// The members in the order of their names; of equal names the last.
fn by_name(object: &[u8]) -> BTreeMap<Cow<'_, str>, &[u8]> {
    members(object).map(|(name, value)| (decode(&object[name]), &object[value])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equal_however_they_are_written() {
        for (left, right) in [
            (r#"{"a":1,"b":[true,null]}"#, r#"{ "b" : [ true , null ], "\u0061": 1.0 }"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#""A\/""#, r#""\u0041/""#),
            ("[]", "[ ]"),
            ("{}", "{ }"),
        ] {
            assert!(equal(left.as_bytes(), right.as_bytes()), "{left} {right}");
        }
    }

    #[test]
    fn values_that_differ_anywhere_are_not_equal() {
        for (left, right) in [
            ("1", "\"1\""),
            ("true", "false"),
            ("null", "0"),
            ("[1,2]", "[2,1]"),
            ("[1]", "[1,1]"),
            ("[1,1]", "[1]"),
            ("[]", "{}"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":1}"#),
        ] {
            assert!(!equal(left.as_bytes(), right.as_bytes()), "{left} {right}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize, inner: &str| "[".repeat(depth) + inner + &"]".repeat(depth);
        assert!(equal(nested(DEPTH_MAX, "1").as_bytes(), nested(DEPTH_MAX, "1.0").as_bytes()));
        for depth in [DEPTH_MAX, 1_000] {
            assert!(!equal(nested(depth, "[]").as_bytes(), nested(depth, "[ ]").as_bytes()));
        }
    }
}
