//! Documents that are hard on a reader: of any shape, deep, wide.

use super::dice::Dice;
use super::finding::finding;
use super::tree::{Node, object};

/// How deep deep documents are.
const LEVELS: usize = 300;
/// How many members wide documents have.
const MEMBERS: u64 = 1_000;
/// What workflows ask findings for.
const KEPT: &[&str] =
    &["id", "account", "region", "detail", "severity", "type", "resource", "instanceDetails", "instanceId"];

/// A finding without some of its members, the others in any order.
pub fn diverse(dice: &mut Dice) -> Node {
    let mut finding = finding(dice);
    disorder(&mut finding, dice);
    finding
}

fn disorder(node: &mut Node, dice: &mut Dice) {
    match node {
        Node::Object(members) => {
            members.retain(|(name, _)| KEPT.contains(&name.as_str()) || !dice.percent(10));
            dice.shuffle(members);
            members.iter_mut().for_each(|(_, value)| disorder(value, dice));
        }
        Node::Array(items) => items.iter_mut().for_each(|item| disorder(item, dice)),
        Node::Text(_) | Node::Plain(_) => {}
    }
}

/// Folders in folders, each with a size.
pub fn deep(dice: &mut Dice) -> Node {
    let leaf = object([("size", dice.below(1_000).into())]);
    let inner = (1..LEVELS).fold(leaf, |inner, _| {
        object([("size", dice.below(1_000).into()), ("name", dice.hex(8).into()), ("in", inner)])
    });
    object([("id", dice.hex(16).into()), ("folder", inner)])
}

/// Readings of many sensors.
pub fn wide(dice: &mut Dice) -> Node {
    let mut members = vec![("id".to_owned(), dice.hex(16).into())];
    members.extend((0..MEMBERS).map(|number| (format!("sensor-{number:04}"), reading(dice))));
    Node::Object(members)
}

fn reading(dice: &mut Dice) -> Node {
    let value = Node::Plain(format!("{}.{}", dice.below(100), dice.below(10)));
    object([("value", value), ("ok", (!dice.percent(5)).into())])
}
