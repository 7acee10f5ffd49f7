//! The lanes at the right of a scope, for ways that do not lead to the next row, and their tracks in the gaps.

use super::edges::Edge;
use crate::asl::graph::StateId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// From one track to the next, in pixels.
const TRACK: i64 = 8;

/// The lanes at the right of a scope. A bus is all ways of one kind to one target: they share a lane, and in each gap
/// a track.
#[derive(Default)]
pub(super) struct Lanes {
    buses: HashMap<(StateId, bool), usize>,
    /// The first and the last gap that each bus touches.
    spans: Vec<(usize, usize)>,
    lane_of: Vec<i64>,
    tracks: HashMap<(usize, usize), i64>,
    /// How many tracks each gap has.
    counts: HashMap<usize, i64>,
}

impl Lanes {
    /// Takes a way that leaves by one gap and arrives by another.
    pub fn add(&mut self, edge: &Edge, leaves: usize, arrives: usize) {
        let next = self.spans.len();
        let bus = *self.buses.entry((edge.to, edge.is_catch)).or_insert(next);
        if bus == next {
            self.spans.push((usize::MAX, 0));
        }
        for gap in [leaves, arrives] {
            let span = &mut self.spans[bus];
            *span = (span.0.min(gap), span.1.max(gap));
            let count = self.counts.entry(gap).or_default();
            self.tracks.entry((gap, bus)).or_insert_with(|| {
                *count += 1;
                *count - 1
            });
        }
    }

    /// Gives each bus a lane that is free where it runs. How many lanes there are.
    pub fn set_lanes(&mut self) -> i64 {
        let mut order: Vec<usize> = (0..self.spans.len()).collect();
        order.sort_by_key(|&bus| (self.spans[bus], bus));
        let mut taken: BinaryHeap<Reverse<(usize, i64)>> = BinaryHeap::new();
        let mut lanes = 0;
        self.lane_of = vec![0; self.spans.len()];
        for bus in order {
            let (first, last) = self.spans[bus];
            let free = taken.peek().filter(|Reverse((end, _))| *end < first).map(|Reverse((_, lane))| *lane);
            let lane = free.unwrap_or(lanes);
            match free {
                Some(_) => drop(taken.pop()),
                None => lanes += 1,
            }
            taken.push(Reverse((last, lane)));
            self.lane_of[bus] = lane;
        }
        lanes
    }

    /// The bus of a way that was added.
    pub fn bus(&self, edge: &Edge) -> usize {
        self.buses[&(edge.to, edge.is_catch)]
    }

    /// How far below its gap's beginning the bus runs, in pixels.
    pub fn track(&self, gap: usize, bus: usize) -> i64 {
        self.tracks[&(gap, bus)] * TRACK
    }

    pub fn lane(&self, bus: usize) -> i64 {
        self.lane_of[bus]
    }

    /// The room that a gap's tracks need, in pixels.
    pub fn tracks_height(&self, gap: usize) -> i64 {
        self.counts.get(&gap).map_or(0, |count| count * TRACK)
    }
}
