//! A plan: what a program's plain instructions come to, worked out once for all executions.
//!
//! A program is run through symbolically (`make.rs`): each slot holds what was read there from the line, or a constant. What
//! is known then is done then: values are copied, constants compared and put into the texts of outputs, transitions summed
//! up. What is left is a graph of few kinds of nodes: a test of a value, with a way on for each answer, or an end. Ways that
//! come to the same place with the same constants, and through the same states, are one. Where there would be too many, those
//! through other states are one too, and each node says what was entered since the one before; where there still are, there
//! is no plan.
//!
//! A plan knows only executions that succeed. Where something is missing, too large or not plain, the way ends in the open,
//! and the execution is run the ordinary way, which knows what to say.

mod ending;
mod live;
mod make;
mod probe;
mod splice;
mod state;
mod table;
#[cfg(test)]
mod tests;

use ending::Output;
pub(super) use probe::{Interval, Kinds};
pub(super) use table::Table;

use crate::program::{Comparison, RunId, Slot, Template};

/// What a program's plain instructions come to.
#[derive(Debug)]
pub(super) struct Plan {
    /// An execution begins at the first.
    pub nodes: Vec<Node>,
    /// The tables that nodes look values up in.
    pub tables: Vec<Table>,
    /// Slots that hold an object, or nothing.
    pub objects: Vec<Slot>,
    /// For longer lines some document might be too large.
    pub line_bytes_max: usize,
}

/// The place of a node; where there is none, the plan has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub u32);

impl NodeId {
    /// The execution is run the ordinary way.
    pub const NONE: NodeId = NodeId(u32::MAX);
}

/// A place on the way of executions.
#[derive(Debug)]
pub(super) struct Node {
    pub duties: Option<Box<Duties>>,
    pub step: Step,
}

/// What is to be seen to before a node's step.
#[derive(Debug)]
pub(super) struct Duties {
    /// Slots that hold something.
    pub present: Box<[Slot]>,
    /// What was entered since the node before, if there are too many ways for their ends to tell.
    pub entered: Entered,
}

/// Straight runs of states, and their transitions.
#[derive(Debug)]
pub(super) struct Entered {
    pub runs: Box<[RunId]>,
    pub transitions: u64,
}

/// Nodes with duties on one way, at most.
pub(super) const DUTIES_MAX: usize = 32;

/// What is done at a node. Of two ways on, the second is for a test that holds; one more is for nothing to be tested.
#[derive(Debug)]
pub(super) enum Step {
    /// Asks what kind of value there is.
    Kind { slot: Slot, kinds: Kinds, ways: [NodeId; 2], absent: NodeId },
    /// Asks whether there is a number in an interval.
    Number { slot: Slot, interval: Interval, ways: [NodeId; 2], absent: NodeId },
    /// Asks anything else.
    Compare { slot: Slot, comparison: Box<Comparison>, ways: [NodeId; 2] },
    /// Looks a value up; there is a way for each target of the table.
    Switch { slot: Slot, table: u32, ways: Box<[NodeId]> },
    /// The execution succeeds.
    End(Box<End>),
    /// The plan has come to its end.
    Open,
}

/// The end of one or more ways.
#[derive(Debug)]
pub(super) struct End {
    pub entered: Entered,
    pub document: Document,
}

/// What is written.
#[derive(Debug)]
pub(super) enum Document {
    /// Constants and values, one after another.
    Joined(Output),
    /// A document with parts put into values.
    Spliced(Box<Template>),
}
