//! The graph says what the definition means: names resolved, defaults filled in, expressions with their places.

use expressway::asl::graph::{Amount, Condition, Filter, Graph, Kind, Operand, Placement, QueryLanguage, State, Text};
use expressway::asl::{self, Format, MachineType, Options};
use expressway::diagnostic::Diagnostics;
use expressway::json::tree;

fn read(text: &str) -> Graph {
    read_with(text, Options { machine_type: MachineType::Standard, ..Options::default() })
}

fn read_with(text: &str, options: Options) -> Graph {
    let mut diagnostics = Diagnostics::default();
    let graph = asl::read(text, Format::Json, &options, &mut diagnostics);
    assert_eq!(diagnostics.list, [], "{text}");
    graph.expect("a valid definition")
}

fn state<'a>(graph: &'a Graph, name: &str) -> &'a State {
    graph.states.iter().find(|state| state.name == name).expect("the state is there")
}

#[test]
fn defaults_are_filled_in() {
    let text = r#"{"StartAt":"A","TimeoutSeconds":9,"States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage",
        "Retry":[{"ErrorEquals":["Busy"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"Next":"B"},"B":{"Type":"Succeed"}}}"#;
    let graph = read(text);
    assert_eq!((graph.timeout_seconds, graph.definition_bytes), (Some(9), text.len()));
    let task = state(&graph, "A");
    let retrier = &task.retriers[0];
    assert_eq!((retrier.interval_seconds, retrier.max_attempts, retrier.backoff_rate), (1, 3, 2.0));
    assert_eq!((retrier.max_delay_seconds, retrier.full_jitter), (None, false));
    assert_eq!((&task.input_path, &task.result_path), (&Filter::Whole, &Placement::Replace));
    assert_eq!(graph.states[task.catchers[0].next.0 as usize].name, "B");
    assert_eq!(task.next, Some(task.catchers[0].next));
}

#[test]
fn an_expression_knows_its_place_without_quotes() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.a","OutputPath":null,"ResultPath":null,"End":true}}}"#;
    let graph = read(text);
    let pass = state(&graph, "A");
    let Filter::Path(path) = &pass.input_path else { panic!("a path") };
    assert_eq!(&text[path.site.span.start as usize..path.site.span.end as usize], "$.a");
    assert_eq!(path.site.location, "/States/A/InputPath");
    assert_eq!((&pass.output_path, &pass.result_path), (&Filter::Nothing, &Placement::Discard));
}

#[test]
fn a_computed_number_keeps_its_marks_and_its_place() {
    let text = r#"{"QueryLanguage":"JSONata","StartAt":"A","States":{
        "A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","TimeoutSeconds":"{% $t %}","Next":"F"},
        "F":{"Type":"Fail","Error":"{% $e %}","Cause":"because"}}}"#;
    let graph = read(text);
    let Kind::Task(task) = &state(&graph, "A").kind else { panic!("a Task") };
    let Some(Amount::Computed(timeout)) = &task.timeout else { panic!("computed") };
    assert_eq!(timeout.node.as_str(), Some("{% $t %}"));
    assert_eq!(&text[timeout.site.span.start as usize..timeout.site.span.end as usize], "\"{% $t %}\"");
    let Kind::Fail { error, cause } = &state(&graph, "F").kind else { panic!("a Fail") };
    assert!(matches!(error, Some(Text::Computed(expression)) if expression.node.as_str() == Some("{% $e %}")));
    assert_eq!(cause, &Some(Text::Fixed("because".into())));
}

#[test]
fn rules_keep_their_shape_and_operators_lose_their_path_ending() {
    let graph = read(
        r#"{"StartAt":"C","States":{"C":{"Type":"Choice","Default":"D","Choices":[{"Comment":"kept out","Next":"D",
        "And":[{"Not":{"Variable":"$.a","IsPresent":false}},{"Variable":"$.a","NumericLessThanPath":"$.b"}]}]},
        "D":{"Type":"Succeed"}}}"#,
    );
    let Kind::Choice { rules, default } = &state(&graph, "C").kind else { panic!("a Choice") };
    assert_eq!(*default, Some(rules[0].next));
    let Condition::And(parts) = &rules[0].condition else { panic!("And") };
    assert!(matches!(&parts[0], Condition::Not(_)));
    let Condition::Test { operator, operand: Operand::Path(path), .. } = &parts[1] else { panic!("a test by path") };
    assert_eq!((*operator, path.text.as_str()), ("NumericLessThan", "$.b"));
}

#[test]
fn nested_states_speak_the_language_of_the_machine_not_of_their_map() {
    let graph = read(
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","QueryLanguage":"JSONata","Items":[1],"End":true,
        "ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}"#,
    );
    assert_eq!(state(&graph, "M").language, QueryLanguage::Jsonata);
    assert_eq!(state(&graph, "P").language, QueryLanguage::JsonPath);
    let Kind::Map(map) = &state(&graph, "M").kind else { panic!("a Map") };
    let scope = &graph.scopes[map.processor.0 as usize];
    assert_eq!(graph.states[scope.start.0 as usize].name, "P");
    assert_eq!(graph.states[scope.parent.expect("nested").0 as usize].name, "M");
}

#[test]
fn substitutions_fill_strings_and_names() {
    let options = Options {
        substitutions: vec![("Arn".into(), "arn:aws:states:::sqs:sendMessage".into()), ("Q".into(), "q".into())],
        ..Options::default()
    };
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Arn}","Parameters":{"${Q}":"x${Q}${Q}$"},"End":true}}}"#;
    let graph = read_with(text, options);
    let Kind::Task(task) = &state(&graph, "A").kind else { panic!("a Task") };
    assert_eq!(task.resource.text, "arn:aws:states:::sqs:sendMessage");
    let mut parameters = Vec::new();
    tree::write(&state(&graph, "A").parameters.as_ref().expect("there").node, &mut parameters);
    assert_eq!(String::from_utf8_lossy(&parameters), r#"{"q":"xqq$"}"#);
}

#[test]
fn json_is_read_strictly_and_numbers_keep_their_text() {
    let text = r#"{"a":[1.50,-0,1E+2,"\u00fc\ud83d\ude00\n\/"],"b":{"c":null,"c":true}}"#;
    let mut written = Vec::new();
    let root = tree::parse(text).expect("valid");
    tree::write(&root, &mut written);
    assert_eq!(String::from_utf8_lossy(&written), "{\"a\":[1.50,-0,1E+2,\"ü😀\\n/\"],\"b\":{\"c\":null,\"c\":true}}");
    assert_eq!(root.get("b").and_then(|b| b.get("c")).map(|c| &c.kind), Some(&tree::Kind::Bool(true)));
    for wrong in [
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":'b'}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":[1,]}",
        "{\"a\" 1}",
        "{,}",
        "{} {}",
        "{\"a\":\"",
        "{\"a\":tru}",
    ] {
        assert_eq!(tree::parse(wrong).expect_err(wrong).code, "INVALID_JSON_DESCRIPTION", "{wrong}");
    }
    for no_object in ["", "  ", "[]", "1"] {
        assert_eq!(tree::parse(no_object).expect_err(no_object).message, "Definition must be a valid JSON object");
    }
}
