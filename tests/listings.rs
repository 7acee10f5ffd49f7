//! What the compiler makes of small definitions: each `tests/listings/*.asl.json` has its golden `.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test --test listings` rewrites the golden files; the difference is the review.

use expressway::compile::{Options, compile};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn programs_are_listed_as_in_the_golden_files() {
    let mut wrong = Vec::new();
    for path in definitions() {
        let golden = PathBuf::from(path.to_string_lossy().replace(".asl.json", ".txt"));
        let text = fs::read_to_string(&path).expect("the definition is UTF-8");
        let program = compile(&text, &Options::default()).expect("the definition has no mistakes");
        let found = program.listing().to_string();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&golden, &found).expect("the golden file can be written");
        }
        if fs::read_to_string(&golden).ok().as_deref() != Some(&found) {
            wrong.push(format!("{} differs; now it is:\n{found}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn definitions() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let entries = fs::read_dir(folder).expect("the folder is part of the repository");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    found.sort();
    assert!(found.len() > 5);
    found
}
