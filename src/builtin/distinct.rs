//! Which values are the same: members of equal names, and a fingerprint that equal values share.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::json::{self, Kind};

/// The members of an object, each name once: at its first place, with its last value, as Java's maps have it.
pub(super) fn members(object: &[u8]) -> Vec<(Cow<'_, str>, Range<usize>)> {
    if json::members(object).nth(FEW).is_none() {
        return few_members(object);
    }
    let mut members: Vec<(Cow<'_, str>, Range<usize>)> = Vec::new();
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (name, value) in json::members(object) {
        let name = json::decode(&object[name]);
        match places.get(&name) {
            Some(&place) => members[place].1 = value,
            None => {
                places.insert(name.clone(), members.len());
                members.push((name, value));
            }
        }
    }
    members
}

/// Objects of no more members are searched sooner than names are hashed.
const FEW: usize = 8;

fn few_members(object: &[u8]) -> Vec<(Cow<'_, str>, Range<usize>)> {
    let mut members: Vec<(Cow<'_, str>, Range<usize>)> = Vec::with_capacity(FEW);
    for (name, value) in json::members(object) {
        let name = json::decode(&object[name]);
        match members.iter_mut().find(|(known, _)| *known == name) {
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    members
}

/// A number that equal values share, and others rarely do. Not the same from call to call of a program.
pub(super) fn fingerprint(value: &[u8]) -> u64 {
    thread_local!(static STATE: RandomState = RandomState::new());
    STATE.with(|state| Fingerprint { state }.of(value, 0))
}

/// What lies deeper than this counts as the same; it only makes the fingerprint less telling.
const FINGERPRINT_DEPTH: usize = 16;

struct Fingerprint<'a> {
    state: &'a RandomState,
}

impl Fingerprint<'_> {
    fn of(&self, value: &[u8], depth: usize) -> u64 {
        let kind = json::kind(value);
        match kind {
            Kind::Null | Kind::Bool => self.state.hash_one(value),
            // Adding zero makes -0 and 0 one.
            Kind::Number => self.state.hash_one((json::number(value) + 0.0).to_bits()),
            Kind::String => self.state.hash_one(json::decode(value)),
            Kind::Array | Kind::Object if depth == FINGERPRINT_DEPTH => 0,
            Kind::Array => json::elements(value)
                .fold(1, |hash, item| self.state.hash_one((hash, self.of(&value[item], depth + 1)))),
            // The order of members does not matter, so they are added up.
            Kind::Object => members(value).into_iter().fold(2, |sum: u64, (name, member)| {
                sum.wrapping_add(self.state.hash_one((name, self.of(&value[member], depth + 1))))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, members};

    #[test]
    fn the_last_of_equal_names_counts_at_the_place_of_the_first() {
        let object = br#"{"a":1,"b":2,"\u0061":3}"#;
        let many: String = (0..20).map(|name| format!(",\"{name}\":0")).collect();
        for more in ["", &many] {
            let object = [&object[..object.len() - 1], more.as_bytes(), b"}"].concat();
            let found: Vec<_> = members(&object).into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
            assert_eq!(found[..2], [("a".to_owned(), 22..23), ("b".to_owned(), 11..12)]);
            assert_eq!(found.len(), if more.is_empty() { 2 } else { 22 });
        }
    }

    #[test]
    fn equal_values_share_a_fingerprint() {
        for (left, right) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            (r#""a""#, r#""\u0061""#),
            (r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1e0 }"#),
            (r#"{"a":0,"a":1}"#, r#"{"a":1}"#),
        ] {
            assert_eq!(fingerprint(left.as_bytes()), fingerprint(right.as_bytes()), "{left} {right}");
        }
        assert_ne!(fingerprint(b"[1,2]"), fingerprint(b"[2,1]"));
        assert_ne!(fingerprint(br#"{"a":1}"#), fingerprint(br#"{"a":2}"#));
        let (deep, deeper) = (format!("{}{}", "[".repeat(99), "]".repeat(99)), "[".repeat(50) + &"]".repeat(50));
        assert_eq!(fingerprint(deep.as_bytes()), fingerprint(deeper.as_bytes()));
    }
}
