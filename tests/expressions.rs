//! Every path and intrinsic call of published definitions is accepted; those that are wrong on purpose are not.
//!
//! The definitions lie beside the repository, in `../shared/workflows`. Where they are absent the test says so.

use std::path::{Path, PathBuf};

use expressway::builtin::comparison;
use expressway::query::{jsonpath, parse_expression, template};
use serde_json::Value;

/// Texts that are refused though published: the function does not exist.
const REFUSED: &[&str] = &["States.Default("];

/// The files whose one mistake is an expression, and that expression.
const WRONG: &[(&str, &str)] = &[
    ("invalid-exercise-ajv.asl.json", "bug$.library.movies"),
    ("invalid-payload-template.asl.json", "ipsum"),
    ("invalid-task-credentials-object.json", "not a path"),
    ("invalid-choice-state-variable.json", "States.ArrayContains($.clients.unique, 'null')"),
    ("invalid-variable-result-path.json", "$foo"),
];

#[test]
fn expressions_of_published_definitions_are_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/workflows");
    let mut files = Vec::new();
    gather(&folder, &mut files);
    if files.is_empty() {
        return eprintln!("skipped: there are no definitions in {}", folder.display());
    }
    let mut expressions = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a listed file can be read");
        let Ok(definition) = serde_json::from_str(&text) else { continue };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        walk(&definition, "", &mut |key, text| {
            expressions += 1;
            let expected = !WRONG.contains(&(&name, text)) && !REFUSED.iter().any(|start| text.contains(start));
            assert_eq!(is_understood(key, text), expected, "{name}: {key}: {text}");
        });
    }
    assert!(expressions > 1500, "only {expressions} expressions were found");
}

/// Every file below the folder that may be a definition.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => gather(&path, files),
            path if path.extension().is_some_and(|extension| extension == "json") => files.push(path),
            _ => {}
        }
    }
}

/// Shows every text that the language takes for a path or a call, with its field's name.
fn walk(value: &Value, key: &str, show: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| walk(value, key, show)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, key, show)),
        Value::String(text) if is_expression(key) && !text.starts_with("{%") => show(key, text),
        _ => {}
    }
}

fn is_expression(key: &str) -> bool {
    let path_field = matches!(key, "InputPath" | "OutputPath" | "ResultPath" | "ItemsPath" | "ErrorPath" | "CausePath")
        || matches!(key, "Variable" | "SecondsPath" | "TimestampPath" | "TimeoutSecondsPath" | "MaxConcurrencyPath");
    let operand = comparison(key).is_some_and(|(_, is_path)| is_path);
    path_field || operand || template::expression_key(key).is_some()
}

fn is_understood(key: &str, text: &str) -> bool {
    match key {
        "ResultPath" => jsonpath::parse(text).is_ok_and(|path| path.is_reference_path()),
        "ErrorPath" | "CausePath" => parse_expression(text).is_ok(),
        _ if template::expression_key(key).is_some() => parse_expression(text).is_ok(),
        _ => jsonpath::parse(text).is_ok(),
    }
}
