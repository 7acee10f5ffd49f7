//! No definition, however broken or large, makes the reader panic, hang or fill the memory.

use std::time::{Duration, Instant};

use expressway::asl::{self, Format, MachineType, Options};
use expressway::compile;
use expressway::diagnostic::{Color, Diagnostics};

const MUTATIONS: u64 = 20_000;
/// Generous: these tests also run unoptimized on busy machines.
const LONGEST: Duration = Duration::from_secs(20);

const SEEDS: &[&str] = &[
    include_str!("diagnostics/choice_rules.asl.json"),
    include_str!("diagnostics/every_mistake_is_told_at_once.asl.json"),
    include_str!("diagnostics/express_cannot_wait_for_others.asl.json"),
    include_str!("diagnostics/jsonata_and_jsonpath_do_not_mix.asl.json"),
    include_str!("diagnostics/payload_templates.asl.json"),
    include_str!("diagnostics/placeholders_and_duplicates.asl.json"),
    include_str!("diagnostics/variables_of_inner_scopes.asl.json"),
    include_str!("diagnostics/yaml_has_places_too.asl.yaml"),
];

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    "\\",
    "\\u12",
    "\\ud800",
    "ü",
    "\u{feff}",
    "\n",
    "\"States\"",
    "\"Next\"",
    "\"Type\": \"Map\"",
    "\"ItemProcessor\": {}",
    "${",
    "}",
    "{%",
    "%}",
    "{% $ü & \"\\u00fc ",
    "$$",
    "- ",
    "&a ",
    "*a",
    "? ",
    "| ",
    "!!x ",
];

#[test]
fn mutated_definitions_never_panic() {
    let mut random = Random(20_261_122);
    for _ in 0..MUTATIONS {
        let mut text: Vec<char> = SEEDS[random.below(SEEDS.len())].chars().collect();
        for _ in 0..1 + random.below(6) {
            mutate(&mut text, &mut random);
        }
        let text: String = text.into_iter().collect();
        let format = if random.below(2) == 0 { Format::Json } else { Format::Yaml };
        read(&text, format);
    }
}

#[test]
fn mutated_expressions_never_panic() {
    let mut random = Random(20_261_123);
    let seed = include_str!("diagnostics/jsonata_expressions.asl.json");
    for _ in 0..MUTATIONS / 10 {
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..1 + random.below(4) {
            mutate(&mut text, &mut random);
        }
        let text: String = text.into_iter().collect();
        let format = if random.below(2) == 0 { Format::Json } else { Format::Yaml };
        let found = compile::check(&text, &compile::Options { format, ..compile::Options::default() });
        for finding in &found.list {
            let written = text.get(finding.span.start as usize..finding.span.end as usize);
            assert!(written.is_some(), "{finding:?} in {text}");
        }
        assert!(!found.render(&text, "a.json", Color::Never).is_empty() || found.list.is_empty());
    }
}

fn mutate(text: &mut Vec<char>, random: &mut Random) {
    let at = random.below(text.len() + 1);
    let end = (at + random.below(20)).min(text.len());
    match random.below(4) {
        0 => drop(text.drain(at..end)),
        1 => {
            let copy = text[at..end].to_vec();
            let target = random.below(text.len() + 1);
            text.splice(target..target, copy);
        }
        2 => text.truncate(at.max(text.len() / 2)),
        _ => {
            let piece = PIECES[random.below(PIECES.len())];
            text.splice(at..at, piece.chars());
        }
    }
}

#[test]
fn a_megabyte_of_rubbish_ends_quickly() {
    let machine =
        |states: String| format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass",{states}"End":true}}}}}}"#);
    let many = |piece: &str, size: usize| piece.repeat(size / piece.len());
    let size = 900_000;
    let nested = r#"{"StartAt":"A","States":{"A":{"Type":"Parallel","End":true,"Branches":["#;
    let cases = [
        ("brackets", many("[", size)),
        ("braces", many("{\"a\":", size)),
        ("quotes", many("\"", size)),
        ("nested machines", many(nested, 15_000)),
        ("unknown fields", machine(many(r#""a":1,"#, size))),
        ("distinct fields", machine((0..80_000).map(|name| format!("\"{name}\":1,")).collect())),
        ("one long name", machine(format!("\"{}\":1,", many("x", size)))),
        ("bad templates", machine(format!(r#""Parameters":[{}0],"#, many(r#"{"a.$":1},"#, size)))),
        (
            "deep bad templates",
            machine(format!(r#""Parameters":{}1{},"#, many(r#"{"a.$":1,"b":"#, 2_600), many("}", 200))),
        ),
        ("placeholders", machine(format!(r#""Comment":"{}","#, many("${a}${", size)))),
        ("variables", machine(format!(r#""Assign":{{{}"z":1}},"#, many(r#""states":1,"#, size)))),
        ("states", states(12_000)),
        ("yaml aliases", aliases()),
        ("yaml brackets", many("[", size)),
        ("yaml dashes", many("- ", size)),
        ("yaml keys", many("a: b\n", size)),
        ("yaml question marks", many("? ", 100_000)),
    ];
    for (name, text) in cases {
        let begun = Instant::now();
        read(&text, if name.starts_with("yaml") { Format::Yaml } else { Format::Json });
        assert!(begun.elapsed() < LONGEST, "{name} took {:?}", begun.elapsed());
    }
}

/// Many states, each of which goes to a state that is not there.
fn states(count: usize) -> String {
    let state = |id: usize| format!(r#""state number {id}":{{"Type":"Pass","Next":"state numbr {id}"}}"#);
    let states: Vec<String> = (0..count).map(state).collect();
    format!(r#"{{"StartAt":"state number 0","States":{{{}}}}}"#, states.join(","))
}

/// Each line doubles what the line before holds.
fn aliases() -> String {
    let line = |id: usize| format!("a{id}: &a{id} [*a{0}, *a{0}]\n", id - 1);
    format!("a0: &a0 [x, x]\n{}", (1..60).map(line).collect::<String>())
}

#[test]
fn the_nearest_yaml_bomb_is_refused_and_honest_aliases_are_not() {
    let mut diagnostics = Diagnostics::default();
    assert!(asl::read(&aliases(), Format::Yaml, &Options::default(), &mut diagnostics).is_none());
    assert!(diagnostics.list[0].message.contains("unfold into too much"), "{:?}", diagnostics.list[0]);
    let text = "StartAt: A\nStates:\n  A: &pass\n    Type: Pass\n    Result: &r {n: 0x10, f: .5, s: \"1\"}\n    Next: B\n  B:\n    Type: Pass\n    Result: *r\n    End: true\n";
    let mut diagnostics = Diagnostics::default();
    let graph = asl::read(text, Format::Yaml, &Options::default(), &mut diagnostics).expect("valid");
    assert_eq!(diagnostics.list, []);
    let asl::graph::Kind::Pass { result: Some(result) } = &graph.states[1].kind else { panic!("B is a Pass") };
    let mut json = Vec::new();
    expressway::json::tree::write(result, &mut json);
    assert_eq!(String::from_utf8_lossy(&json), r#"{"n":16,"f":0.5,"s":"1"}"#);
}

#[test]
fn a_definition_of_more_than_a_megabyte_is_refused() {
    let text = format!(r#"{{"Comment":"{}"}}"#, "x".repeat(1_048_576));
    let mut diagnostics = Diagnostics::default();
    assert!(asl::read(&text, Format::Json, &Options::default(), &mut diagnostics).is_none());
    assert!(diagnostics.list[0].message.contains("at most 1048576"));
}

/// Reads and says all there is to say.
fn read(text: &str, format: Format) {
    for machine_type in [MachineType::Express, MachineType::Standard] {
        let mut diagnostics = Diagnostics::default();
        let options = Options { machine_type, substitutions: vec![("a".into(), "b".into())], ..Options::default() };
        let graph = asl::read(text, format, &options, &mut diagnostics);
        assert!(graph.is_some() || diagnostics.has_errors());
        for scope in graph.iter().flat_map(|graph| &graph.scopes) {
            let states = graph.as_ref().map_or(0, |graph| graph.states.len());
            assert!((scope.start.0 as usize) < states);
        }
        assert!(!diagnostics.render(text, "a.json", Color::Never).is_empty() || diagnostics.list.is_empty());
        assert!(diagnostics.to_reply_json().starts_with("{\"result\""));
    }
}

/// A xorshift generator: the same mutations every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
