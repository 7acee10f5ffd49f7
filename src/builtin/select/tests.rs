use std::slice::from_ref;

use super::{Budget, FOUND_BYTES_EACH, FOUND_BYTES_MAX, read, select_from, why_missing};
use crate::builtin::path::{Filter, Matching, Selector, Term};

const STORE: &str = r#"{"store":{"book":[{"title":"A","price":8},{"title":"B","price":12},{"title":"C"}],
    "bike":{"price":19}},"price":1}"#;

fn key(name: &str) -> Selector {
    Selector::Key(name.into())
}

fn slice(start: Option<i64>, end: Option<i64>, step: u32) -> Selector {
    Selector::Slice { start, end, step }
}

fn found(path: &[Selector], text: &str) -> String {
    let mut out = Vec::new();
    match read(path, text.as_bytes(), &mut out).expect("little to do") {
        true => String::from_utf8(out).expect("parts of a string"),
        false => "nothing".to_owned(),
    }
}

#[test]
fn a_definite_path_finds_the_value_or_nothing() {
    assert_eq!(found(&[], "7"), "7");
    assert_eq!(found(&[key("store"), key("bike")], STORE), r#"{"price":19}"#);
    assert_eq!(found(&[key("store"), key("book"), Selector::Index(0), key("title")], STORE), r#""A""#);
    assert_eq!(found(&[key("store"), key("book"), Selector::Index(-1)], STORE), r#"{"title":"C"}"#);
    assert_eq!(found(&[key("store"), key("book"), Selector::Index(3)], STORE), "nothing");
    assert_eq!(found(&[key("store"), key("book"), Selector::Index(-4)], STORE), "nothing");
    assert_eq!(found(&[key("store"), Selector::Index(0)], STORE), "nothing");
    assert_eq!(found(&[key("price"), key("price")], STORE), "nothing");
    assert_eq!(found(&[Selector::Index(i64::MIN)], "[1]"), "nothing");
}

#[test]
fn names_are_compared_decoded_and_the_last_counts() {
    assert_eq!(found(&[key("ä")], r#"{"\u00e4":1}"#), "1");
    assert_eq!(found(&[key("a")], r#"{"a":1,"b":2,"a":3}"#), "3");
    assert_eq!(found(&[Selector::Wildcard], r#"{"a":1,"b":2,"a":3}"#), "[3,2]");
}

#[test]
fn an_indefinite_path_finds_an_array() {
    assert_eq!(found(&[key("items"), Selector::Wildcard], "{}"), "[]");
    let book = [key("store"), key("book")];
    let after = |selectors: &[Selector]| [&book[..], selectors].concat();
    assert_eq!(found(&after(&[Selector::Wildcard, key("price")]), STORE), "[8,12]");
    assert_eq!(found(&after(&[Selector::Union(vec![2, 0, 9]), key("title")]), STORE), r#"["C","A"]"#);
    assert_eq!(found(&[Selector::Wildcard], "[1,[2]]"), "[1,[2]]");
    assert_eq!(found(&[Selector::Wildcard], "1"), "[]");
}

#[test]
fn a_slice_counts_from_both_ends() {
    let numbers = "[0,1,2,3,4]";
    for (selector, expected) in [
        (slice(Some(1), None, 1), "[1,2,3,4]"),
        (slice(None, Some(2), 1), "[0,1]"),
        (slice(Some(1), Some(3), 1), "[1,2]"),
        (slice(Some(-2), None, 1), "[3,4]"),
        (slice(Some(0), Some(-1), 1), "[0,1,2,3]"),
        (slice(None, None, 2), "[0,2,4]"),
        (slice(Some(1), Some(99), 3), "[1,4]"),
        (slice(Some(3), Some(1), 1), "[]"),
        (slice(Some(i64::MIN), Some(i64::MAX), u32::MAX), "[0]"),
    ] {
        assert_eq!(found(from_ref(&selector), numbers), expected, "{selector}");
    }
}

#[test]
fn a_descent_finds_each_value_before_its_parts() {
    assert_eq!(found(&[Selector::Descend, key("price")], STORE), "[1,8,12,19]");
    assert_eq!(found(&[Selector::Descend, Selector::Wildcard], r#"{"a":[1,{"b":2}]}"#), r#"[[1,{"b":2}],1,{"b":2},2]"#);
    assert_eq!(found(&[Selector::Descend, Selector::Index(0)], "[[1,2],[3]]"), "[[1,2],1,3]");
}

#[test]
fn names_at_the_end_pick_members_into_an_object() {
    let pick = Selector::Keys(vec!["b".into(), "x".into(), "a".into()]);
    assert_eq!(found(from_ref(&pick), r#"{"a":1,"b":2,"c":3}"#), r#"{"b":2,"a":1}"#);
    assert_eq!(found(from_ref(&pick), r#"{"c":3}"#), "{}");
    assert_eq!(found(from_ref(&pick), "[]"), "nothing");
    assert_eq!(found(&[Selector::Wildcard, pick.clone()], r#"[{"a":1},2,{"b":3}]"#), r#"[{"a":1},{"b":3}]"#);
    assert_eq!(found(&[pick, key("c")], r#"{"a":{"c":1},"b":{"c":2}}"#), "[2,1]");
}

fn price(matching: Matching, literal: &str) -> Filter {
    let right = Term::Literal(literal.as_bytes().into());
    Filter::Compare { left: Term::Current(vec![key("price")]), matching, right }
}

fn titles(filter: Filter) -> String {
    found(&[key("store"), key("book"), Selector::Filter(filter), key("title")], STORE)
}

#[test]
fn a_filter_compares_values_of_one_type() {
    use Matching::*;
    for (matching, literal, expected) in [
        (Equal, "8.0", r#"["A"]"#),
        (NotEqual, "8", r#"["B","C"]"#),
        (Less, "12", r#"["A"]"#),
        (LessOrEqual, "12", r#"["A","B"]"#),
        (Greater, "8", r#"["B"]"#),
        (GreaterOrEqual, "8", r#"["A","B"]"#),
        (Equal, r#""8""#, "[]"),
        (Less, r#""9""#, "[]"),
    ] {
        assert_eq!(titles(price(matching, literal)), expected, "{matching:?} {literal}");
    }
}

#[test]
fn filters_are_joined_negated_and_look_at_the_root() {
    let exists = || Filter::Exists(Term::Current(vec![key("price")]));
    assert_eq!(titles(exists()), r#"["A","B"]"#);
    assert_eq!(titles(Filter::Not(Box::new(exists()))), r#"["C"]"#);
    assert_eq!(titles(Filter::All(vec![exists(), price(Matching::Greater, "8")])), r#"["B"]"#);
    let any = Filter::Any(vec![Filter::Not(Box::new(exists())), price(Matching::Equal, "8")]);
    assert_eq!(titles(any), r#"["A","C"]"#);
    let bike = Term::Root(vec![key("store"), key("bike"), key("price")]);
    let cheaper = Filter::Compare { left: Term::Current(vec![key("price")]), matching: Matching::Less, right: bike };
    assert_eq!(titles(cheaper), r#"["A","B"]"#);
}

#[test]
fn a_filter_tests_an_object_itself() {
    let filter = || Selector::Filter(price(Matching::Greater, "10"));
    assert_eq!(found(&[key("store"), key("bike"), filter()], STORE), r#"[{"price":19}]"#);
    assert_eq!(found(&[Selector::Descend, filter(), key("price")], STORE), "[12,19]");
    let whole = Filter::Compare {
        left: Term::Current(vec![]),
        matching: Matching::Greater,
        right: Term::Literal((*b"1").into()),
    };
    assert_eq!(found(&[Selector::Filter(whole)], "[1,2,3]"), "[2,3]");
}

#[test]
fn why_a_path_finds_nothing_is_said_as_recorded() {
    let path = [key("no"), key("such"), key("path")];
    assert_eq!(why_missing(&path, b"{}"), "Missing property in path $['no']");
    assert_eq!(why_missing(&path, br#"{"no":{}}"#), "Missing property in path $['no']['such']");
    assert_eq!(why_missing(&path, br#"{"no":{"such":{}}}"#), "No results for path: $['no']['such']['path']");
    assert_eq!(why_missing(&path, br#"{"no":1}"#), "No results for path: $['no']['such']['path']");
    assert_eq!(why_missing(&[Selector::Index(2)], b"[]"), "No results for path: $[2]");
}

/// Whether the path can be followed through fifty nested arrays with no more than this work and these findings.
fn is_followed(path: &[Selector], work: usize, found: usize) -> bool {
    let text = format!("{}{}", "[".repeat(50), "]".repeat(50)).into_bytes();
    let mut budget = Budget { work, found };
    select_from(path, &text, 0..text.len(), &mut budget, &mut Vec::new()).is_ok()
}

#[test]
fn what_a_path_finds_is_bounded() {
    let twice = |times| vec![Selector::Union(vec![0, 0]); times];
    let found = FOUND_BYTES_EACH * (2 + 4 + 8 + 16);
    assert!(is_followed(&twice(4), usize::MAX, found));
    assert!(!is_followed(&twice(4), usize::MAX, found - 1));
    assert!(!is_followed(&twice(40), usize::MAX, FOUND_BYTES_MAX / 100));
}

#[test]
fn what_a_path_looks_at_is_bounded() {
    // 100 + 98 + … + 2 bytes, and one for each of 50 arrays; the value itself is looked at before.
    let descent = 50 * 51 + 50 + 101;
    assert!(is_followed(&[Selector::Descend], descent, usize::MAX));
    assert!(!is_followed(&[Selector::Descend], descent - 1, usize::MAX));
    assert!(!is_followed(&[Selector::Descend, Selector::Wildcard, Selector::Descend], 10 * descent, usize::MAX));
    let root = Filter::Exists(Term::Root(vec![Selector::Index(0)]));
    assert!(!is_followed(&[Selector::Filter(root)], 200, usize::MAX));
}
