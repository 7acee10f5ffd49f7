//! The house keeps its floors: who may use whom, how long files get, what does not belong in the library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room with its floor and the rooms it uses. To let a room use another, change its row, on purpose.
const ROOMS: &[(u8, &str, &[&str])] = &[
    (0, "diagnostic", &[]),
    (0, "failure", &[]),
    (0, "usage", &[]),
    (1, "json", &["diagnostic"]),
    (1, "builtin", &["failure", "json"]),
    (2, "program", &["usage", "json", "builtin"]),
    (3, "asl", &["diagnostic", "failure", "json"]),
    (3, "query", &["failure", "json", "builtin"]),
    (3, "vm", &["failure", "usage", "json", "builtin", "program"]),
    (4, "compile", &["diagnostic", "usage", "json", "builtin", "program", "asl", "query"]),
    (4, "drawing", &["json", "asl"]),
    (4, "task", &["failure", "json", "builtin", "program", "vm"]),
    (5, "engine", &["failure", "usage", "json", "program", "vm", "task"]),
    (5, "bill", &["usage"]),
    (5, "jsonata", &["json", "program", "query", "compile", "vm"]),
    (5, "history", &["failure", "program", "vm"]),
    (6, "feed", &["failure", "usage", "json", "builtin", "program", "vm", "engine"]),
];

/// A file with more lines is two files.
const LINES_MAX: usize = 700;

/// What has no place in the library, and why.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "what is not done is not there"),
    ("unimplemented!(", "what is not done is not there"),
    ("dbg!(", "the library does not print"),
    ("println!(", "the library does not print"),
    ("eprintln!(", "the library does not print"),
    ("print!(", "the library does not print"),
];

/// The rooms that live in real time; all others are told what time it is.
const TIMED: &[&str] = &["engine", "task"];

#[test]
fn rooms_use_only_what_their_row_names() {
    let mut wrong = Vec::new();
    for (file, text) in library() {
        let room = room_of(&file);
        let Some((_, _, uses)) = row(&room) else {
            wrong.push(format!("{}: the room {room} has no row", file.display()));
            continue;
        };
        for (number, used) in imports(&text) {
            if used != room && !uses.contains(&used.as_str()) {
                wrong.push(format!("{}:{number}: {room} uses {used}, which its row does not name", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_names_lower_rooms_that_it_uses() {
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in library() {
        used.entry(room_of(&file)).or_default().extend(imports(&text).into_iter().map(|(_, used)| used));
    }
    let mut wrong = Vec::new();
    for (floor, room, uses) in ROOMS {
        for name in *uses {
            match row(name) {
                Some((below, _, _)) if below <= floor => {}
                _ => wrong.push(format!("{room} on floor {floor} may not use {name}")),
            }
            if !used.get(*room).is_some_and(|used| used.iter().any(|used| used == name)) {
                wrong.push(format!("{room} does not use {name}: take it off the row"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rooms_use_each_other_in_a_circle() {
    fn reaches(from: &str, to: &str, depth: usize) -> bool {
        let uses = row(from).map_or(&[][..], |(_, _, uses)| uses);
        depth > 0 && uses.iter().any(|used| *used == to || reaches(used, to, depth - 1))
    }
    let circular: Vec<_> = ROOMS.iter().filter(|(_, room, _)| reaches(room, room, ROOMS.len())).collect();
    assert!(circular.is_empty(), "{circular:?}");
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines, at most {LINES_MAX}", file.display()));
        }
        if !is_test(&file) && !text.starts_with("//! ") {
            wrong.push(format!("{}: the first line says what the file is for", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_is_part_of_the_house() {
    let files = sources();
    let dead: Vec<_> = files.iter().filter(|(file, _)| !is_root(file) && !is_declared(file, &files)).collect();
    assert!(dead.is_empty(), "nothing declares {:?}", dead.iter().map(|(file, _)| file).collect::<Vec<_>>());
}

#[test]
fn what_has_no_place_in_the_library_is_not_there() {
    let mut wrong = Vec::new();
    for (file, text) in library() {
        for (number, line) in code(&text) {
            let banned = BANNED.iter().find(|(word, _)| is_word(line, word));
            wrong.extend(banned.map(|(word, why)| format!("{}:{number}: {word}): {why}", file.display())));
            let clock = line.contains("Instant::now(") || line.contains("SystemTime::now(");
            if clock && !TIMED.contains(&room_of(&file).as_str()) {
                wrong.push(format!("{}:{number}: time comes from outside", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn row(room: &str) -> Option<&'static (u8, &'static str, &'static [&'static str])> {
    ROOMS.iter().find(|(_, name, _)| *name == room)
}

/// Every source file, by its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("folders of the source can be read") {
            let path = entry.expect("entries of the source can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the source is UTF-8");
                found.push((path.strip_prefix(&root).expect("it is below").to_owned(), text));
            }
        }
    }
    assert!(found.len() > 50, "only {} files were found", found.len());
    found
}

/// The files of the library's rooms; tests may use whom they like.
fn library() -> Vec<(PathBuf, String)> {
    let mut files = sources();
    files.retain(|(file, _)| !file.starts_with("bin") && !file.ends_with("lib.rs") && !is_test(file));
    files
}

fn is_test(file: &Path) -> bool {
    file.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// The room a file belongs to: its first folder, or its own name.
fn room_of(file: &Path) -> String {
    let first = file.iter().next().expect("a file has a path");
    Path::new(first).with_extension("").to_string_lossy().into_owned()
}

/// The lines of code with their numbers, up to the tests, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    lines.map(|(place, line)| (place + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every `crate::room` in the code.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code(text) {
        for part in line.split("crate::").skip(1) {
            let end = part.find(|one: char| !one.is_ascii_lowercase() && one != '_').unwrap_or(part.len());
            assert!(end > 0, "line {number}: one `use crate::room::…` for each room, please: {line}");
            found.push((number, part[..end].to_owned()));
        }
    }
    found
}

/// Whether the macro is called; `println!` is not `eprintln!`.
fn is_word(line: &str, word: &str) -> bool {
    let begins = |place: usize| !line[..place].ends_with(|one: char| one.is_alphanumeric() || one == '_');
    line.match_indices(word).any(|(place, _)| begins(place))
}

fn is_root(file: &Path) -> bool {
    file == Path::new("lib.rs") || file.ends_with("main.rs")
}

/// Whether the file of the module around it has a `mod` line for it.
fn is_declared(file: &Path, files: &[(PathBuf, String)]) -> bool {
    let is_door = file.file_name().is_some_and(|name| name == "mod.rs");
    let module = if is_door { file.parent().expect("a room has a folder").to_owned() } else { file.with_extension("") };
    let name = module.file_name().expect("a module has a name").to_string_lossy().into_owned();
    let around = module.parent().expect("a path below src has a parent");
    let doors = [around.join("mod.rs"), around.with_extension("rs"), around.join("main.rs"), around.join("lib.rs")];
    let line = format!("mod {name};");
    files
        .iter()
        .filter(|(file, _)| doors.contains(file))
        .any(|(_, text)| text.lines().any(|found| found.trim().ends_with(&line)))
}
