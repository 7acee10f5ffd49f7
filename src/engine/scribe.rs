//! Scribes: who decides what is written about an execution. One for each shard.

use crate::engine::block::Origin;
use crate::engine::page::Page;
use crate::program::Program;
use crate::vm::{Event, Name, Outcome};

/// An execution, as a scribe sees it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The program it runs.
    pub program: &'a Program,
    /// Where its input came from.
    pub origin: Origin,
    /// Its name; of it and the start its ARN is made.
    pub name: Name<'a>,
    /// When it began, in microseconds since 1970.
    pub started_us: u64,
}

/// What became of a line.
#[derive(Clone, Copy)]
pub enum Fate<'a> {
    /// An execution ran and ended.
    Ended(&'a Outcome),
    /// It started none.
    Rejected(&'a Rejection),
}

/// Why a line starts no execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is no JSON.
    Malformed {
        /// The character that does not fit, from 1.
        column: usize,
        /// What would.
        reason: String,
    },
    /// It is longer than an input may be.
    TooLong {
        /// Its length in bytes.
        bytes: u64,
    },
}

/// Writes about executions.
pub trait Scribe: Send {
    /// Whether each execution's time must be measured by itself, however short it is. Costs two clock readings each.
    fn is_exact(&self) -> bool {
        false
    }

    /// Whether [`event`](Scribe::event) is to be called.
    fn listens(&self) -> bool {
        false
    }

    /// An execution has ended, or a line was rejected. The output of one that succeeded is `page.output[from..]`, without
    /// a newline; what stands there when this returns is written.
    fn tell(&mut self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, page: &mut Page, from: usize);

    /// Something happened in an execution.
    fn event(&mut self, _subject: &Subject<'_>, _event: Event<'_>, _history: &mut Vec<u8>) {}
}

/// The plainest scribe: outputs, a line each, and nothing about what did not succeed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outputs;

impl Scribe for Outputs {
    fn tell(&mut self, _subject: &Subject<'_>, _input: &[u8], fate: Fate<'_>, page: &mut Page, _from: usize) {
        if let Fate::Ended(Outcome { failure: None, status: crate::vm::Status::Succeeded, .. }) = fate {
            page.output.push(b'\n');
        }
    }
}
