//! Events for the benches, made up from a seed: the same bytes on every machine.
#![allow(dead_code, reason = "every bench uses its part of it")]

mod dice;
mod documents;
mod finding;
mod order;
mod tree;

use dice::Dice;
use std::fmt;

/// What kind of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Security findings in the envelope of an event bus, about 2 KB each, built in some thirty ways.
    Findings,
    /// Orders of about 280 bytes, all built alike.
    Orders,
    /// Findings without some of their members and with the others in any order: hardly two are built alike.
    Diverse,
    /// Objects in objects, 300 levels deep, about 10 KB each.
    Deep,
    /// Objects of 1,000 members, about 40 KB each.
    Wide,
}

impl Kind {
    pub const EVERY: [Kind; 5] = [Kind::Findings, Kind::Orders, Kind::Diverse, Kind::Deep, Kind::Wide];

    /// So many events, a line each. The first ones are the same however many there are.
    pub fn lines(self, count: usize) -> String {
        let mut dice = Dice::new(self as u64 + 1);
        let mut text = String::new();
        for _ in 0..count {
            self.event(&mut dice).write(&mut text);
            text.push('\n');
        }
        text
    }

    fn event(self, dice: &mut Dice) -> tree::Node {
        match self {
            Kind::Findings => finding::finding(dice),
            Kind::Orders => order::order(dice),
            Kind::Diverse => documents::diverse(dice),
            Kind::Deep => documents::deep(dice),
            Kind::Wide => documents::wide(dice),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Findings => "findings",
            Kind::Orders => "orders",
            Kind::Diverse => "diverse",
            Kind::Deep => "deep",
            Kind::Wide => "wide",
        })
    }
}
