//! What a history says when an expression fails: which events there are, and which event each follows.

use expressway::compile::{Options, compile};
use expressway::json::Utf8;
use expressway::vm::{Event, Name, Progress, Recorder, Start, Tally, Vm, What, World};

/// The events of an execution of `{}`, each with its id and the one that it follows.
fn events(states: &str) -> Vec<String> {
    let definition = format!(r#"{{"QueryLanguage":"JSONata","StartAt":"A","States":{states}}}"#);
    let options = Options { history: true, ..Options::default() };
    let program = compile(&definition, &options).expect("the definition has no mistakes");
    let block = [b"{}".as_slice(), &[b' '; 64]].concat();
    let (mut vm, mut told) = (Vm::new(&program), Told::default());
    let mut world = World {
        block: &block,
        now_ms: 0,
        out: &mut Vec::new(),
        effects: &mut Vec::new(),
        tally: &mut Tally::new(&program),
        recorder: Some(&mut told),
    };
    let name = Name { prefix: "line-", number: 1 };
    vm.start(&program, Start { line: 0..2, utf8: Utf8::Unknown, name, seed: 1 }, &mut world)
        .expect("the input is JSON");
    assert!(matches!(vm.advance(&program, &mut world), Progress::Ended(_)));
    told.0
}

#[derive(Default)]
struct Told(Vec<String>);

impl Recorder for Told {
    fn record(&mut self, event: Event<'_>) {
        let what = match event.what {
            What::StateEntered { name, .. } => format!("{name} entered"),
            What::StateExited { name, .. } => format!("{name} exited"),
            What::EvaluationFailed { name, location, .. } => format!("{name} failed at {location:?}"),
            What::MapStateFailed => "Map failed".into(),
            What::ExecutionFailed { .. } => "end".into(),
            _ => return,
        };
        self.0.push(format!("{}<-{} {what}", event.id, event.previous));
    }
}

#[test]
fn what_is_evaluated_on_entry_follows_what_the_entry_follows() {
    let found = events(r#"{"A":{"Type":"Pass","Output":{"x":["{% $states.input.no %}"]},"End":true}}"#);
    assert_eq!(found, ["2<-0 A entered", "3<-0 A failed at Some(\"Output/x[0]\")", "4<-3 end"]);
    let found =
        events(r#"{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Assign":{"v":"{% 1 / 'x' %}"},"End":true}}"#);
    assert_eq!(found[2..], ["4<-3 B entered", "5<-3 B failed at Some(\"Assign/v\")", "6<-5 end"]);
}

#[test]
fn a_map_without_items_fails_as_a_map() {
    let map = |items: &str| {
        format!(
            r#"{{"A":{{"Type":"Map",{items}"ItemProcessor":{{"StartAt":"I","States":{{"I":{{"Type":"Succeed"}}}}}},"End":true}}}}"#
        )
    };
    let found = events(&map(r#""Items":"{% 1 %}","#));
    assert_eq!(found, ["2<-0 A entered", "3<-0 A failed at Some(\"Items\")", "4<-3 Map failed", "5<-4 end"]);
    assert_eq!(events(&map(""))[1], "3<-0 A failed at None");
}

#[test]
fn a_value_that_cannot_be_taken_follows_the_entry_itself() {
    let found = events(r#"{"A":{"Type":"Wait","Timestamp":"{% 'soon' %}","End":true}}"#);
    assert_eq!(found, ["2<-0 A entered", "3<-2 A failed at Some(\"Timestamp\")", "4<-3 end"]);
}
