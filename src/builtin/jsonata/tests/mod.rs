//! Calls functions with arguments written as JSON, once as they stand in a text, once made anew on the heap.

mod compare;
mod structures;
mod texts;
mod write;

use super::objects::{Reading, read};
use super::{BUILTINS, Call, Fault, Heap, Item, Outcome, Work, builtin};
use crate::builtin::random::Random;
use crate::json::{self, Source, Texts, Value};

/// A text as all that can be read.
fn constants(text: &str) -> Texts<'_> {
    Texts { line: b"", arena: b"", constants: text.as_bytes() }
}

/// The value of that whole text.
fn item(text: &str) -> Item {
    Item::of(Value::new(Source::Constant, 0, text.len()), constants(text))
}

/// The same on the heap.
fn made(heap: &mut Heap, text: &str) -> Item {
    read(heap, text.as_bytes(), constants(text), Reading::Lenient).expect("the text is small")
}

/// What is put in for an argument that is left out.
const NOTHING: &str = "\"nothing\"";

/// Checks what a function gives for the items of an array: JSON, with `~` before a sequence, `undefined`, or a code.
#[track_caller]
fn check(name: &str, arguments: &str, expected: &str) {
    let mut heap = Heap::default();
    let texts = constants(arguments);
    let items = heap.spread(item(arguments), texts).expect("the text is small");
    let items = heap.items(items).to_vec();
    assert_eq!(outcome(&mut heap, name, &items, texts), expected, "{name} of the text {arguments}");
    let made: Vec<Item> =
        json::elements(arguments.as_bytes()).map(|range| made(&mut heap, &arguments[range])).collect();
    assert_eq!(outcome(&mut heap, name, &made, texts), expected, "{name} of the values {arguments}");
}

fn outcome(heap: &mut Heap, name: &str, arguments: &[Item], texts: Texts<'_>) -> String {
    let or_nothing = |item: &Item| if heap.is_text(*item, b"nothing", texts) { Item::Undefined } else { *item };
    let arguments: Vec<Item> = arguments.iter().map(or_nothing).collect();
    match call(heap, name, &arguments, texts) {
        Ok(result) => shown(heap, result, texts),
        Err(fault) => described(&fault),
    }
}

fn call(heap: &mut Heap, name: &str, arguments: &[Item], texts: Texts<'_>) -> Outcome<Item> {
    let row = builtin(name).expect("the function is in the table");
    let (Work::Plain(work) | Work::Either(work, _)) = BUILTINS[row as usize].work else { panic!("{name} is higher") };
    let mut random = Random::new(1);
    work(&mut Call { arguments, heap, texts, regexes: &[], random: &mut random, now_ms: 1_500_000_000_000 })
}

fn shown(heap: &Heap, item: Item, texts: Texts<'_>) -> String {
    if item.is_undefined() {
        return "undefined".to_owned();
    }
    let mut text = if heap.is_sequence(item) { b"~".to_vec() } else { Vec::new() };
    super::write(heap, item, texts, &mut text);
    String::from_utf8(text).expect("JSON is text")
}

/// `D3060 index=1 value=-1`
fn described(fault: &Fault) -> String {
    let details = fault.details.iter().map(|(name, value)| format!(" {name}={value}"));
    fault.code.to_owned() + &details.collect::<String>()
}

#[test]
fn names_and_signatures_are_in_the_table_once_and_complete() {
    let names: std::collections::HashSet<_> = BUILTINS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), BUILTINS.len());
    for row in BUILTINS {
        assert!(row.signature.starts_with('<') && row.signature.ends_with('>'), "{}", row.name);
        assert_eq!(builtin(row.name).map(|row| BUILTINS[row as usize].name), Some(row.name));
    }
    assert_eq!(builtin("eval"), None, "Step Functions does not have it");
}
