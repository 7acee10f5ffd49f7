//! What the README and the guide show on a console is what happens.
//!
//! In a block marked `console`, a line that begins with `$ ` is a command and the lines below it are its output. `…` in
//! an output stands for any text on its line; a line of nothing but `…` for any number of lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn consoles_show_what_happens() {
    // Commands that write, write there.
    fs::create_dir_all(root().join("target")).expect("the repository can be written");
    let mut commands = 0;
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("documentation is text");
        for shown in consoles(&text) {
            commands += 1;
            let said = run(&shown.command);
            if !agrees(&shown.output, &said.lines().collect::<Vec<_>>()) {
                let (file, command, output) = (file.display(), &shown.command, shown.output.join("\n"));
                wrong.push(format!("{file}: $ {command}\nshown:\n{output}\nsaid:\n{said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(commands >= 10, "only {commands} commands were found");
}

#[test]
fn links_lead_somewhere() {
    for file in files() {
        let text = fs::read_to_string(&file).expect("documentation is text");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_ours = !target.is_empty() && !target.contains("://");
            let path = file.parent().expect("a file is in a folder").join(target);
            assert!(!is_ours || path.exists(), "{}: {target}", file.display());
        }
    }
}

#[test]
fn every_option_is_described() {
    let described = fs::read_to_string(root().join("docs/commands.md")).expect("it is there");
    let help = run("expressway --help");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for command in commands.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help") {
        assert!(described.contains(&format!("## `expressway {command} ")), "{command}");
        let help = run(&format!("expressway {command} --help"));
        let options = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
        let options: Vec<&str> = options.filter_map(|option| option.split_whitespace().next()).collect();
        assert!(options.len() > 1, "{command}: {help}");
        for option in options {
            assert!(described.contains(&format!("`--{option}")), "{command} --{option}");
        }
    }
}

#[test]
fn the_rules_of_comparison_hold() {
    let agree = |shown: &str, said: &str| agrees(&lines(shown), &lines(said));
    assert!(agree("a\nb", "a\nb") && !agree("a\nb", "a\nc") && !agree("a", "a\nb") && !agree("a\nb", "a"));
    assert!(agree("a…c", "abc") && agree("…c", "abc") && !agree("a…c", "abd") && !agree("…b…b…", "b"));
    assert!(agree("a\n…\nd", "a\nb\nc\nd") && agree("…\nd", "d") && agree("a\n…", "a") && !agree("a\n…\nd", "a\nb"));
}

/// A command and the output that is shown for it.
struct Shown<'a> {
    command: String,
    output: Vec<&'a str>,
}

fn consoles(text: &str) -> Vec<Shown<'_>> {
    let mut found: Vec<Shown<'_>> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("a split has a first part");
        let first = found.len();
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => found.push(Shown { command: command.to_owned(), output: Vec::new() }),
                None if found.len() > first => found[first..].last_mut().expect("there is one").output.push(line),
                None => panic!("a console begins with a command, not with: {line}"),
            }
        }
    }
    found
}

/// What a command says, first on standard output, then on standard error.
fn run(command: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_expressway");
    let command = command.replace("cargo run --release --", "expressway");
    let folder = Path::new(binary).parent().expect("the binary is in a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let done = Command::new("sh").args(["-c", &command]).current_dir(root()).env("PATH", path).output();
    let done = done.expect("there is a shell");
    let text = [done.stdout, done.stderr].concat();
    String::from_utf8(text).expect("what is said is text")
}

fn agrees(shown: &[impl AsRef<str>], said: &[impl AsRef<str>]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return said.is_empty() };
    if first.as_ref() == "…" {
        return (0..=said.len()).any(|skipped| agrees(rest, &said[skipped..]));
    }
    said.split_first().is_some_and(|(line, below)| line_agrees(first.as_ref(), line.as_ref()) && agrees(rest, below))
}

fn line_agrees(shown: &str, said: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').collect();
    let [first, .., last] = parts[..] else { return shown == said };
    let Some(said) = said.strip_prefix(first).and_then(|said| said.strip_suffix(last)) else { return false };
    let mut left = Some(said);
    for part in &parts[1..parts.len() - 1] {
        left = left.and_then(|left| left.split_once(part)).map(|(_, left)| left);
    }
    left.is_some()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn files() -> Vec<PathBuf> {
    let docs = ["docs", "docs/tasks"].map(|folder| fs::read_dir(root().join(folder)).expect("there is documentation"));
    let docs = docs.into_iter().flatten().map(|entry| entry.expect("a readable folder").path());
    let mut files: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    files.push(root().join("README.md"));
    files.sort();
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
