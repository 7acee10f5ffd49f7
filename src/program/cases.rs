//! Tables of a Choice: where to go for each value of one variable, all rules at once.

use super::{Label, LackId};
use crate::json::Kind;

/// Where a Choice over one variable goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// Where to, for each value.
    pub cases: Cases,
    /// What to say when there is no value.
    pub lack: LackId,
}

/// Where to go for each value.
#[derive(Clone, Debug, PartialEq)]
pub struct Cases {
    /// For numbers.
    pub numbers: Sorted<f64>,
    /// For strings, decoded.
    pub texts: Sorted<Box<[u8]>>,
    /// Of all texts' bounds the bytes behind what they have in common: eight as one number, to be searched sooner.
    pub heads: Vec<u64>,
    /// How many bytes they have in common.
    pub common: usize,
    /// Whether the bounds are so few, and so alike what lies between them, that a text is best compared with each.
    pub is_short: bool,
    /// For null, false, true, arrays and objects.
    pub kinds: [Label; KINDS],
}

/// So many texts are compared with each sooner than they are searched.
const FEW: usize = 8;

/// Values that no bounds tell apart.
pub const KINDS: usize = 5;

/// Bounds in rising order; `targets[2 * i]` is below `bounds[i]`, `targets[2 * i + 1]` on it, the last one above all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted<T> {
    /// What the rules name.
    pub bounds: Vec<T>,
    /// One target for each place between and on the bounds.
    pub targets: Vec<Label>,
}

impl Cases {
    /// A table of these targets.
    pub fn new(numbers: Sorted<f64>, texts: Sorted<Box<[u8]>>, kinds: [Label; KINDS]) -> Cases {
        let common = match (texts.bounds.first(), texts.bounds.last()) {
            (Some(first), Some(last)) => first.iter().zip(last).take_while(|(one, other)| one == other).count(),
            _ => 0,
        };
        let is_short =
            texts.bounds.len() <= FEW && texts.targets.iter().step_by(2).all(|target| *target == texts.targets[0]);
        let heads = texts.bounds.iter().map(|bound| head(&bound[common..])).collect();
        Cases { numbers, texts, heads, common, is_short, kinds }
    }

    /// Every target.
    pub fn targets(&self) -> impl Iterator<Item = &Label> {
        self.numbers.targets.iter().chain(&self.texts.targets).chain(&self.kinds)
    }

    /// Every target, to be changed.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Label> {
        self.numbers.targets.iter_mut().chain(&mut self.texts.targets).chain(&mut self.kinds)
    }

    /// Where a number leads.
    #[inline]
    pub fn of_number(&self, number: f64) -> Label {
        let below = self.numbers.bounds.partition_point(|bound| *bound < number);
        self.numbers.target(below, |bound| *bound == number)
    }

    /// Where a decoded text leads.
    #[inline]
    pub fn of_text(&self, text: &[u8]) -> Label {
        let Sorted { bounds, targets } = &self.texts;
        match self.is_short {
            true => bounds.iter().position(|bound| **bound == *text).map_or(targets[0], |on| targets[2 * on + 1]),
            false => self.of_sorted_text(text),
        }
    }

    fn of_sorted_text(&self, text: &[u8]) -> Label {
        let bounds = &self.texts.bounds;
        let Some(first) = bounds.first() else { return self.texts.targets[0] };
        let common = &first[..self.common];
        if !text.starts_with(common) {
            return self.texts.targets[if text < common { 0 } else { 2 * bounds.len() }];
        }
        let head = head(&text[self.common..]);
        let from = self.heads.partition_point(|known| *known < head);
        let alike = self.heads[from..].partition_point(|known| *known == head);
        let below = from + bounds[from..from + alike].partition_point(|bound| **bound < *text);
        self.texts.target(below, |bound| **bound == *text)
    }

    /// Where a value of another kind leads; `is_true` says which of the two booleans it is.
    #[inline]
    pub fn of_kind(&self, kind: Kind, is_true: bool) -> Label {
        self.kinds[place_of(kind, is_true)]
    }
}

impl<T> Sorted<T> {
    /// The target of what so many bounds are below of.
    #[inline]
    fn target(&self, below: usize, is_on: impl Fn(&T) -> bool) -> Label {
        self.targets[2 * below + usize::from(self.bounds.get(below).is_some_and(is_on))]
    }
}

/// Which of the kinds a value is that is neither a number nor a string.
pub fn place_of(kind: Kind, is_true: bool) -> usize {
    match kind {
        Kind::Array => 3,
        Kind::Object => 4,
        Kind::Bool => 1 + usize::from(is_true),
        Kind::Null | Kind::Number | Kind::String => 0,
    }
}

/// The first bytes as a number that orders as they do; texts that differ may have the same.
fn head(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => (0..8).fold(0, |head, at| head << 8 | u64::from(text.get(at).copied().unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_on_between_and_beyond_the_bounds() {
        let words = ["customer-1", "customer-1\0", "customer-12", "customer-123456789", "customer-123456789a"];
        let bounds: Vec<Box<[u8]>> = words.iter().map(|word| word.as_bytes().into()).collect();
        let targets: Vec<Label> = (0..=2 * words.len() as u32).map(Label).collect();
        let numbers = Sorted { bounds: Vec::new(), targets: vec![Label(0)] };
        let cases = Cases::new(numbers, Sorted { bounds: bounds.clone(), targets }, [Label(0); KINDS]);
        let others = ["", "b", "customer", "customer-", "customer-0", "customer-11", "customer-2", "d"];
        assert!(!cases.is_short, "what lies between them is not alike");
        for text in words.iter().chain(&others) {
            let below = bounds.iter().filter(|bound| ***bound < *text.as_bytes()).count();
            let on = bounds.iter().any(|bound| **bound == *text.as_bytes());
            assert_eq!(cases.of_text(text.as_bytes()).0 as usize, 2 * below + usize::from(on), "{text:?}");
        }
    }
}
