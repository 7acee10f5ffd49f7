//! Every real definition that is valid reads without errors, every invalid one is refused for its reason.
//!
//! The definitions are other people's and lie outside the repository; without them these tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use expressway::asl::{self, Format, MachineType, Options};
use expressway::diagnostic::{Diagnostics, Severity};

/// Definitions that AWS would refuse as well, and why.
const REFUSED: &[(&str, &str)] = &[];

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
    let mut diagnostics = Diagnostics::default();
    let options = Options { machine_type: MachineType::Standard, unfilled: Severity::Warning, ..Options::default() };
    let graph = asl::read(&text, Format::Json, &options, &mut diagnostics);
    assert!(graph.is_some() || diagnostics.has_errors(), "{}: no graph and no error", path.display());
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
fn list_invalid() {
    for path in definitions() {
        if path.to_string_lossy().contains("/invalid-") {
            eprintln!("{:?}: {:?}", path.file_name().unwrap(), errors_of(&path));
        }
    }
}
