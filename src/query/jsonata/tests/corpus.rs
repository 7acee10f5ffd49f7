//! The expressions of the reference implementation's test suite, which lie beside the repository.

use crate::query::jsonata::parse;
use serde_json::Value;
use std::path::Path;

/// Faults of parsing in the cases of operators that this version of the language lacks.
const LATER: [&str; 2] = ["coalescing-operator", "default-operator"];

#[test]
fn expressions_of_the_reference_parse_or_fail_as_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/jsonata/cases.ndjson");
    let Ok(cases) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return;
    };
    let mut tried = 0;
    for line in cases.lines() {
        // Half a surrogate pair is in some texts; serde_json does not read it, and Rust's texts cannot hold it.
        let Ok(case) = serde_json::from_str::<Value>(line) else {
            assert!(line.contains("\\ud800"), "{line}");
            continue;
        };
        let (expression, id) = (case["expr"].as_str().expect("a case has a text"), &case["id"]);
        let found = parse(expression).map_err(|mistake| mistake.fault.code);
        if LATER.iter().any(|group| case["group"] == *group) && (expression.contains("??") || expression.contains("?:"))
        {
            assert_eq!(found.err(), Some("S0211"), "{id}");
            continue;
        }
        match case["expect"]["error"].as_str().filter(|code| code.starts_with('S')) {
            Some(code) => assert_eq!(found.err(), Some(code), "{id}"),
            None => assert!(found.is_ok(), "{id}: {found:?}"),
        }
        tried += 1;
    }
    assert!(tried > 1_000, "the suite has more than a thousand cases");
}
