//! What AWS judged: recorded verdicts with code, place and words, and recorded definitions that AWS accepted.
//!
//! The recordings are other people's and lie outside the repository; without them these tests say so and pass.

use std::fs;
use std::path::Path;

use expressway::asl::{self, Format, MachineType, Options};
use expressway::diagnostic::{Diagnostics, Severity};
use expressway::json::tree::{self, Kind, Node};

#[test]
fn verdict_code_place_and_words_are_those_of_aws() {
    let mut judged = 0;
    for case in recording("validation.ndjson") {
        let (Some(definition), Some(expected)) =
            (definition(member(&case, "request")), expected(member(&case, "expect")))
        else {
            continue;
        };
        judged += 1;
        let reply = check(&definition, machine_type(member(&case, "request"))).to_reply_json();
        let reply = tree::parse(&reply).expect("a reply is JSON");
        assert_eq!(verdict(&reply), expected, "{}", text(&case, "id"));
    }
    assert!(judged == 0 || judged == 11, "{judged} recorded verdicts");
}

#[test]
fn definitions_that_aws_ran_read_without_errors() {
    let mut wrong = Vec::new();
    for case in recording("executions.ndjson") {
        let definition = definition(&case).expect("a recorded execution has a definition");
        let diagnostics = check(&definition, machine_type(&case));
        if let Some(error) = diagnostics.list.iter().find(|finding| finding.severity == Severity::Error) {
            wrong.push(format!("{}: {} at {}", text(&case, "id"), error.message, error.location));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(definition: &str, machine_type: MachineType) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let options = Options { machine_type, unfilled: Severity::Warning, ..Options::default() };
    asl::read(definition, Format::Json, &options, &mut diagnostics);
    diagnostics
}

/// Result, code, location and message of the first finding.
type Verdict = [String; 4];

fn verdict(reply: &Node) -> Verdict {
    let first = member(reply, "diagnostics").as_array().and_then(<[Node]>::first);
    let part = |name| first.map_or(String::new(), |first| text(first, name));
    [text(reply, "result"), part("code"), part("location"), part("message")]
}

/// The verdict in a recording: a reply, or an error that wraps one.
fn expected(expect: &Node) -> Option<Verdict> {
    if expect.get("result").is_some() {
        return Some(verdict(expect));
    }
    let message = text(expect.get("exception")?.get("Error")?, "Message");
    let inner = message.strip_prefix("Invalid State Machine Definition: '")?.strip_suffix('\'')?;
    let (code, rest) = inner.split_once(": ")?;
    let (words, location) = rest.rsplit_once(" at ")?;
    Some(["FAIL", code, location, words].map(str::to_owned))
}

fn definition(holder: &Node) -> Option<String> {
    let definition = holder.get("definition")?;
    match &definition.kind {
        Kind::String(text) => Some(text.clone()),
        Kind::Object(_) => {
            let mut out = Vec::new();
            tree::write(definition, &mut out);
            Some(String::from_utf8(out).expect("written from text"))
        }
        _ => None,
    }
}

fn machine_type(holder: &Node) -> MachineType {
    if text(holder, "type") == "EXPRESS" { MachineType::Express } else { MachineType::Standard }
}

fn member<'a>(node: &'a Node, name: &str) -> &'a Node {
    node.get(name).unwrap_or_else(|| panic!("a recording has {name:?}"))
}

fn text(node: &Node, name: &str) -> String {
    node.get(name).and_then(Node::as_str).unwrap_or_default().to_owned()
}

fn recording(name: &str) -> Vec<Node> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance").join(name);
    let Ok(lines) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return Vec::new();
    };
    lines.lines().map(|line| tree::parse(line).expect("a recording is JSON")).collect()
}
