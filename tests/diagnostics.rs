//! What people read about a wrong definition: each `tests/diagnostics/*.asl.*` has its golden `.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test --test diagnostics` rewrites the golden files; the difference is the review.

use std::fs;
use std::path::{Path, PathBuf};

use expressway::asl::{self, Format, Options};
use expressway::compile;
use expressway::diagnostic::{Color, Diagnostics};
use expressway::json::tree;

#[test]
fn wrong_definitions_are_explained_as_in_the_golden_files() {
    let mut wrong = Vec::new();
    for path in definitions() {
        let golden = PathBuf::from(path.to_string_lossy().replace(".asl.json", ".txt").replace(".asl.yaml", ".txt"));
        let found = explain(&path);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&golden, &found).expect("the golden file can be written");
        }
        if fs::read_to_string(&golden).ok().as_deref() != Some(&found) {
            wrong.push(format!("{} differs; now it is:\n{found}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn explain(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the definition is UTF-8");
    let yaml = path.extension().is_some_and(|extension| extension == "yaml");
    let format = if yaml { Format::Yaml } else { Format::Json };
    let diagnostics = compile::check(&text, &compile::Options { format, ..compile::Options::default() });
    assert!(!diagnostics.list.is_empty(), "{} is not wrong", path.display());
    let name = path.file_name().expect("a file").to_string_lossy();
    diagnostics.render(&text, &name, Color::Never)
}

fn definitions() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let entries = fs::read_dir(folder).expect("the folder is part of the repository");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    found.sort();
    assert!(found.len() > 10);
    found
}

#[test]
fn colours_change_nothing_but_colours() {
    let text = "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pas\",\"End\":true}}}";
    let mut diagnostics = Diagnostics::default();
    asl::read(text, Format::Json, &Options::default(), &mut diagnostics);
    let plain = diagnostics.render(text, "a.json", Color::Never);
    let painted = diagnostics.render(text, "a.json", Color::Always);
    let stripped: String =
        painted.split("\x1b[").map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
    assert!(painted.contains("\x1b[1;31merror"));
    assert_eq!(stripped, plain);
}

#[test]
fn a_valid_definition_gives_an_empty_reply_and_warnings_stay_out_of_it() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a.$":"$.b"},"End":true}}}"#;
    let mut diagnostics = Diagnostics::default();
    assert!(asl::read(text, Format::Json, &Options::default(), &mut diagnostics).is_some());
    assert_eq!(diagnostics.list.len(), 1);
    assert_eq!(diagnostics.to_reply_json(), r#"{"result":"OK","diagnostics":[],"truncated":false}"#);
}

#[test]
fn a_reply_holds_a_hundred_findings_and_says_that_there_are_more() {
    let fields: Vec<String> = (0..150).map(|number| format!("\"field{number}\":\"\\u0001\\\"\"")).collect();
    let text = format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","End":true,{}}}}}}}"#, fields.join(","));
    let mut diagnostics = Diagnostics::default();
    asl::read(&text, Format::Json, &Options::default(), &mut diagnostics);
    let reply = tree::parse(&diagnostics.to_reply_json()).expect("a reply is JSON");
    assert_eq!(reply.get("diagnostics").and_then(tree::Node::as_array).map(<[_]>::len), Some(100));
    assert_eq!(reply.get("truncated").map(|node| &node.kind), Some(&tree::Kind::Bool(true)));
}
