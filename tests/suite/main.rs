//! The language, case by case: each runs on the bare vm in several ways and through the engine, and all must agree.

mod cases;
mod choices;
mod command;
mod driver;
mod properties;
mod random;
mod reference;
mod ways;

use cases::Case;

/// Cases that are known to fail: bugs that are told, not mended. The list only shrinks.
const KNOWN: &[&str] = &[];

#[test]
fn cases_end_as_they_should_whichever_way_they_run() {
    let cases = cases::read();
    let only = std::env::var("CASE").unwrap_or_default(); // Part of a name, to look at one case.
    let chosen = cases.iter().filter(|case| case.name.contains(&only));
    let mistakes: Vec<String> = chosen.flat_map(check).collect();
    assert!(mistakes.is_empty(), "{} mistakes\n\n{}", mistakes.len(), mistakes.join("\n\n"));
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
}

#[test]
fn names_of_cases_are_unique() {
    let mut names: Vec<String> = cases::read().into_iter().map(|case| case.name).collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// What is wrong with a case; a panic is wrong, too.
fn check(case: &Case) -> Vec<String> {
    let checked = std::panic::catch_unwind(|| ways::check(case));
    let mut mistakes = checked.unwrap_or_else(|_| vec!["a panic; see above".into()]);
    if KNOWN.contains(&case.name.as_str()) {
        mistakes = if mistakes.is_empty() { vec!["is mended: take it off the list".into()] } else { Vec::new() };
    }
    let title = |mistake: String| format!("{}: {}\n    {}", case.file, case.name, mistake.replace('\n', "\n    "));
    mistakes.into_iter().map(title).collect()
}
