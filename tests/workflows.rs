//! Every real definition that is valid reads without errors, every invalid one is refused for its reason.
//!
//! The definitions are other people's and lie outside the repository; without them these tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use expressway::asl::MachineType;
use expressway::compile::{self, Options};
use expressway::diagnostic::Severity;

/// Definitions that their authors hold for valid and AWS would refuse, and the reason we must give.
const REFUSED: &[(&str, &str)] = &[
    // AWS's recorded rule: a JSONata machine has JSONata states only.
    ("valid-map-with-item-batcher-jsonata.json", "'QueryLanguage' can not be 'JSONPath'"),
    // AWS's recorded rule: Credentials need a RoleArn.
    ("valid-task-credentials.json", "The field 'RoleArn' is required but was missing"),
    // A nested state has the name of an outer one, which Floe allows.
    ("floe/examples/everything.asl", "Duplicate State name: PassState"),
    // Floe's own resource schemes, docker:// and floe://.
    ("floe/examples/log.asl", "Value is not a valid resource ARN"),
    ("floe/examples/map.asl", "Value is not a valid resource ARN"),
    ("floe/examples/set-credential.asl", "Value is not a valid resource ARN"),
    // Arguments are of Task and Parallel; a Map has ItemSelector.
    ("step-functions-agent/step-functions/supervisor-with-agentcore.json", "Field 'Arguments' is not supported"),
    // There is no such intrinsic function.
    ("step-functions-agent/step-functions/web-search-agent.json", "no intrinsic function is named `States.Default`"),
    // QueryLanguage stands among the states.
    ("shared-fallback-state-jsonata/statemachine/statemachine.asl.json", "expected an object here, found a string"),
];

/// Definitions made to be refused, and part of the reason. An empty reason: not refused, because deployed machines write
/// it so.
const INVALID: &[(&str, &str)] = &[
    ("invalid-assign.asl.json", "\"top-level\" cannot be the name of a variable"),
    ("invalid-cfn-definition-substitutions.json", "Value is not a valid resource ARN"),
    ("invalid-choice-state-variable.json", "Value is not a valid JSONPath at /States/ChoiceState/Choices[0]/Variable"),
    ("invalid-duplicate-fields-nested.json", "\"type\" and \"type.$\" are the same field"),
    ("invalid-duplicate-fields.json", "\"channel\" and \"channel.$\" are the same field"),
    ("invalid-error-equals-type.json", "expected a string here, found a boolean"),
    ("invalid-error-equals.json", "Field 'Error Equals' is not supported"),
    ("invalid-exercise-ajv.asl.json", "Value is not a valid JSONPath at /States/PassState/InputPath"),
    ("invalid-inexistant-state.json", "Missing 'Next' target: Finished"),
    ("invalid-jsonata-path-fields.asl.json", "field 'OutputPath' is only supported for the 'JSONPath' QueryLanguage"),
    ("invalid-jsonata-surround-syntax-no-close.json", "ends with \"%}\""),
    ("invalid-jsonata-syntax-arithmetic.json", "INVALID_JSONATA_EXPRESSION"),
    ("invalid-jsonata-syntax-jsonpath-in-jsonata-surround.json", "INVALID_JSONATA_EXPRESSION"),
    ("invalid-jsonata-syntax-mismatched-parens.json", "INVALID_JSONATA_EXPRESSION"),
    ("invalid-map-dupe-state.json", "Duplicate State name: Final State"),
    ("invalid-map-items.asl.json", "field 'ItemsPath' is only supported for the 'JSONPath' QueryLanguage"),
    ("invalid-map-ob-link.json", "Missing 'Next' target: Final State"),
    ("invalid-map-tolerated-value.json", "Maximum value is 100.0"),
    ("invalid-map-tolerated.json", "[ToleratedFailureCount, ToleratedFailureCountPath]"),
    ("invalid-missing-terminal-parallel.json", "the state goes nowhere"),
    ("invalid-missing-terminal.json", "Workflow has no terminal state"),
    ("invalid-next-with-end.json", "There should only be one of the following fields: [Next, End]"),
    ("invalid-parallel-missing-branches.json", "These fields are required: [Branches]"),
    ("invalid-parallel-ob-link.json", "Missing 'Next' target: Final State"),
    ("invalid-payload-template.asl.json", "The value for the field 'lorem.$' must be a valid JSONPath"),
    ("invalid-state-name-too-long.json", "this one has 90"),
    ("invalid-task-alias-function.json", "Value is not a valid resource ARN"),
    ("invalid-task-credentials-object.json", "The field 'RoleArn' is required but was missing"),
    ("invalid-unreachable-state.json", "State \"Finished Choice\" is not reachable."),
    ("invalid-variable-result-path.json", "Value is not a Reference Path"),
    ("invalid-wait-duration.json", "There should only be one of the following fields: [Seconds, SecondsPath]"),
    ("invalid-jsonata-surround-syntax-no-spaces.json", ""),
];

#[test]
fn valid_definitions_read_without_errors() {
    let mut wrong = Vec::new();
    for path in definitions() {
        let name = path.to_string_lossy().into_owned();
        if name.contains("/invalid-") {
            continue;
        }
        let errors = errors_of(&path);
        let known = REFUSED.iter().find(|(file, _)| name.ends_with(file));
        match (known, errors.first()) {
            (None, Some(error)) => wrong.push(format!("{name}: {error}")),
            (Some((_, why)), found) if found.is_none_or(|error| !error.contains(why)) => {
                wrong.push(format!("{name}: should be refused with {why:?}, is not: {found:?}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn errors_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the corpus is UTF-8");
    let options = Options { machine_type: MachineType::Standard, ..Options::default() };
    let diagnostics = compile::check(&text, &options);
    let errors = diagnostics.list.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{} {} at {}", finding.code, finding.message, finding.location)).collect()
}

fn definitions() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/workflows");
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            eprintln!("skipped: {} is not there", folder.display());
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => open.push(path),
                Some("json" | "asl") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[test]
fn invalid_definitions_are_refused_for_their_reason() {
    let mut wrong = Vec::new();
    for path in definitions().iter().filter(|path| path.to_string_lossy().contains("/invalid-")) {
        let errors = errors_of(path);
        let reason = INVALID.iter().find(|(file, _)| path.ends_with(file)).map(|(_, reason)| *reason);
        let is_right = match reason {
            Some("") => errors.is_empty(),
            Some(reason) => errors.iter().any(|error| error.contains(reason)),
            None => false,
        };
        if !is_right {
            wrong.push(format!("{}: expected {reason:?}, found {errors:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
