//! Pictures of small machines, looked at closely.

use super::edges::{Edge, edges};
use super::place::{Frame, Scene, place};
use super::{mermaid, svg};
use crate::asl::{self, Format, Options, graph::Graph};
use crate::diagnostic::Diagnostics;

const ORDERS: &str = r#"{"StartAt":"Check","States":{
  "Check":{"Type":"Choice","Choices":[
    {"Variable":"$.n","NumericGreaterThan":5,"Next":"Work"},
    {"And":[{"Variable":"$.t","StringEquals":"a"},{"Not":{"Variable":"$.u","IsPresent":true}}],"Next":"Each"},
    {"Or":[{"Variable":"$.s","StringMatches":"<*>"}],"Next":"Each"}],"Default":"Again"},
  "Again":{"Type":"Wait","Seconds":3,"Next":"Check"},
  "Work":{"Type":"Task","Resource":"arn:aws:states:::sns:publish","Next":"Both",
    "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Oops"}]},
  "Each":{"Type":"Map","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","Next":"J"},"J":{"Type":"Succeed"}}},
    "Next":"Done","Catch":[{"ErrorEquals":["A","B"],"Next":"Oops"}]},
  "Both":{"Type":"Parallel","Branches":[{"StartAt":"L","States":{"L":{"Type":"Pass","End":true}}},
    {"StartAt":"R","States":{"R":{"Type":"Pass","End":true}}}],"Next":"Done"},
  "Done":{"Type":"Succeed"},"Oops":{"Type":"Fail","Error":"E"}}}"#;

fn graph(text: &str) -> Graph {
    let mut findings = Diagnostics::default();
    let graph = asl::read(text, Format::Json, &Options::default(), &mut findings).expect("the definition can be read");
    assert!(!findings.has_errors(), "{findings:?}");
    graph
}

fn named<'g>(graph: &'g Graph, edge: &'g Edge) -> (&'g str, &'g str, bool, &'g str) {
    let name = |id: asl::graph::StateId| &*graph.states[id.0 as usize].name;
    (name(edge.from), name(edge.to), edge.is_catch, &edge.label)
}

fn overlap(one: &Frame, other: &Frame) -> bool {
    let apart =
        |at: i64, size: i64, other_at: i64, other_size: i64| at + size <= other_at || other_at + other_size <= at;
    !apart(one.at.0, one.size.0, other.at.0, other.size.0) && !apart(one.at.1, one.size.1, other.at.1, other.size.1)
}

fn holds(outer: &Frame, inner: &Frame) -> bool {
    let fits = |at: i64, size: i64, within: i64, room: i64| within <= at && at + size <= within + room;
    fits(inner.at.0, inner.size.0, outer.at.0, outer.size.0) && fits(inner.at.1, inner.size.1, outer.at.1, outer.size.1)
}

#[test]
fn ways_say_when_they_are_taken() {
    let graph = graph(ORDERS);
    let edges = edges(&graph);
    let all: Vec<_> = edges.iter().map(|edge| named(&graph, edge)).collect();
    assert!(all.contains(&("Check", "Work", false, "$.n > 5")), "{all:?}");
    let each = "$.t = \"a\" and not $.u is present or $.s like \"<*>\"";
    assert!(all.contains(&("Check", "Each", false, each)), "{all:?}");
    assert!(all.contains(&("Check", "Again", false, "otherwise")), "{all:?}");
    assert!(all.contains(&("Each", "Oops", true, "A, B")), "{all:?}");
    assert!(all.contains(&("Work", "Both", false, "")), "{all:?}");
}

#[test]
fn no_two_states_stand_in_the_same_place() {
    let graph = graph(ORDERS);
    let scenes = place(&graph, &edges(&graph));
    for Scene { frame, states, .. } in &scenes {
        for (index, (_, one)) in states.iter().enumerate() {
            assert!(holds(frame, one), "{one:?} is not within {frame:?}");
            assert!(states[..index].iter().all(|(_, other)| !overlap(one, other)), "{one:?} is not alone");
        }
    }
    let placed: usize = scenes.iter().map(|scene| scene.states.len()).sum();
    assert_eq!(placed, graph.states.len());
}

#[test]
fn what_a_state_holds_stands_within_it() {
    let graph = graph(ORDERS);
    let scenes = place(&graph, &edges(&graph));
    let frame_of = |state| scenes.iter().flat_map(|scene| &scene.states).find(|(id, _)| *id == state);
    for (scope, scene) in graph.scopes.iter().zip(&scenes).skip(1) {
        let parent = scope.parent.expect("only the machine itself has none");
        let (_, outer) = frame_of(parent).expect("every state is placed");
        assert!(holds(outer, &scene.frame), "{:?} is not within {outer:?}", scene.frame);
    }
}

#[test]
fn ways_begin_and_end_at_their_states() {
    let graph = graph(ORDERS);
    let edges = edges(&graph);
    for scene in place(&graph, &edges) {
        let frame_of = |state| scene.states.iter().find(|(id, _)| *id == state).expect("ways stay in their scope").1;
        for way in &scene.ways {
            let (from, to) = (frame_of(edges[way.edge].from), frame_of(edges[way.edge].to));
            let (first, last) = (way.points[0], way.points[way.points.len() - 1]);
            assert!(first.1 == from.at.1 + from.size.1 && (from.at.0..=from.at.0 + from.size.0).contains(&first.0));
            assert!(last.1 == to.at.1 && (to.at.0..=to.at.0 + to.size.0).contains(&last.0));
            assert!(way.points.iter().all(|point| holds(&scene.frame, &Frame { at: *point, size: (0, 0) })));
        }
    }
}

#[test]
fn names_cannot_break_out_of_the_picture() {
    let graph = graph(r#"{"StartAt":"<b>\"&\u0007","States":{"<b>\"&\u0007":{"Type":"Succeed"}}}"#);
    let picture = svg(&graph);
    assert!(picture.contains("&lt;b&gt;&quot;&amp; ") && !picture.contains("<b>"), "{picture}");
    let chart = mermaid(&graph);
    assert!(chart.contains("s0([\"#60;b#62;#34;#38; <br/>"), "{chart}");
}

#[test]
fn equal_machines_give_equal_pictures() {
    assert_eq!(svg(&graph(ORDERS)), svg(&graph(ORDERS)));
}
