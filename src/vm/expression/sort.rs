//! `^(…)`: items in the order of the ranks that its terms give them.

use super::{Evaluator, Scene};
use crate::builtin::jsonata::{Fault, Flags, Item, Outcome, json_of, order};
use crate::program::Register;
use std::cmp::Ordering;

impl Evaluator {
    /// Adds the ranks of the next item: an array of what each term gave for it.
    pub(super) fn rank(&mut self, ranks: Register, first: Register, count: u8) -> Outcome<()> {
        let terms = self.heap.array(Flags::default());
        for place in 0..count {
            let term = self.heap.open(self.at(Register(first.0 + u16::from(place))));
            self.heap.push(terms, term)?;
        }
        match self.at(ranks) {
            Item::Array(ranks) => self.heap.push(ranks, Item::Array(terms)),
            _ => Ok(()),
        }
    }

    /// Sorts the items in `ranked` by the ranks behind it; what is equal stays in order.
    pub(super) fn sort(&mut self, ranked: Register, descending: u32, scene: &Scene<'_>) -> Outcome<()> {
        let items = self.heap.spread(self.at(ranked), scene.texts)?;
        let Item::Array(ranks) = self.at(Register(ranked.0 + 1)) else { return Ok(()) };
        let count = self.heap.len(items);
        self.charge(count as u64 * u64::from(count.ilog2() + 1))?;
        let mut places: Vec<usize> = (0..count).collect();
        merge_sort(&mut places, &mut |left, right| {
            self.compare_ranks(ranks_of(self, ranks, left), ranks_of(self, ranks, right), descending, scene)
        })?;
        let flags = Flags { tuples: self.heap.flags(items).tuples, ..Flags::default() };
        let sorted = self.heap.array(flags);
        for place in places {
            let item = self.heap.items(items)[place];
            self.heap.push(sorted, item)?;
        }
        self.set(ranked, Item::Array(sorted));
        Ok(())
    }

    fn compare_ranks(&self, left: &[Item], right: &[Item], descending: u32, scene: &Scene<'_>) -> Outcome<Ordering> {
        for (term, (left, right)) in left.iter().zip(right).enumerate() {
            let ordering = match (left.is_undefined(), right.is_undefined()) {
                // What has no rank comes last, whichever way the term goes.
                (true, false) => return Ok(Ordering::Greater),
                (false, true) => return Ok(Ordering::Less),
                (true, true) => continue,
                _ => self.compare_terms(*left, *right, scene)?,
            };
            if ordering != Ordering::Equal {
                return Ok(if descending >> term & 1 == 1 { ordering.reverse() } else { ordering });
            }
        }
        Ok(Ordering::Equal)
    }

    fn compare_terms(&self, left: Item, right: Item, scene: &Scene<'_>) -> Outcome<Ordering> {
        if let (Some(left), Some(right)) = (self.heap.number(left, scene.texts), self.heap.number(right, scene.texts)) {
            return Ok(left.total_cmp(&right));
        }
        if left.is_string() && right.is_string() {
            return Ok(order(&self.heap.bytes(left, scene.texts), &self.heap.bytes(right, scene.texts)));
        }
        let json = |item| json_of(&self.heap, item, scene.texts);
        let ranks = |item: Item| item.is_number() || item.is_string();
        Err(match (ranks(left), ranks(right)) {
            (true, true) => Fault::new("T2007").with("value", json(left)).with("value2", json(right)),
            (false, _) => Fault::new("T2008").with("value", json(left)),
            (_, false) => Fault::new("T2008").with("value", json(right)),
        })
    }
}

fn ranks_of(evaluator: &Evaluator, ranks: crate::builtin::jsonata::ArrayId, place: usize) -> &[Item] {
    match evaluator.heap.items(ranks).get(place) {
        Some(Item::Array(terms)) => evaluator.heap.items(*terms),
        _ => &[],
    }
}

/// A merge sort that ends at the first fault. It compares what the reference compares, in that order, so that of several
/// faults it ends with the same; the library's own may panic where a comparison that fails leaves no order.
fn merge_sort(places: &mut [usize], compare: &mut impl FnMut(usize, usize) -> Outcome<Ordering>) -> Outcome<()> {
    if places.len() < 2 {
        return Ok(());
    }
    let (left, right) = places.split_at_mut(places.len() / 2);
    merge_sort(left, compare)?;
    merge_sort(right, compare)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (&*left, &*right);
    while let ([first, rest_left @ ..], [second, rest_right @ ..]) = (left, right) {
        if compare(*first, *second)?.is_gt() {
            merged.push(*second);
            right = rest_right;
        } else {
            merged.push(*first);
            left = rest_left;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    places.copy_from_slice(&merged);
    Ok(())
}
