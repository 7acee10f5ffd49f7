//! What a run comes to: plain sums, added up from the shards at the end.

use crate::failure::Failure;
use crate::usage::Usage;
use crate::vm::{Outcome, Status, Tally};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many executions ended how, and how many lines were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// With an output.
    pub succeeded: u64,
    /// With an error.
    pub failed: u64,
    /// They took longer than they may.
    pub timed_out: u64,
    /// They were stopped.
    pub aborted: u64,
    /// Lines that are no JSON, or too long.
    pub rejected: u64,
    /// Lines without anything on them.
    pub blank: u64,
}

impl Counts {
    /// Lines that were dealt with, blank ones aside.
    pub fn lines(&self) -> u64 {
        self.succeeded + self.failed + self.timed_out + self.aborted + self.rejected
    }

    /// Whether every line succeeded.
    pub fn all_succeeded(&self) -> bool {
        self.lines() == self.succeeded
    }

    fn of(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Succeeded => &mut self.succeeded,
            Status::Failed => &mut self.failed,
            Status::TimedOut => &mut self.timed_out,
            Status::Aborted => &mut self.aborted,
        }
    }

    fn add(&mut self, other: &Counts) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.aborted += other.aborted;
        self.rejected += other.rejected;
        self.blank += other.blank;
    }
}

/// What one shard counted, or all of them together.
#[derive(Clone, Debug)]
pub struct Sums {
    /// How executions ended.
    pub counts: Counts,
    /// What they used.
    pub usage: Usage,
    /// What happened in the states of each program.
    pub tallies: Vec<Tally>,
    /// How long executions took, in nanoseconds, to about one part in a hundred.
    pub latency_ns: Histogram<u64>,
    /// How often each error ended an execution; beyond a thousand names the rest counts as one.
    pub errors: BTreeMap<String, u64>,
    /// Bytes of input lines, newlines included.
    pub input_bytes: u64,
    /// Answers that came when nobody waited for them any more.
    pub late_answers: u64,
    /// Executions that failed because the engine itself went wrong.
    pub panics: u64,
    /// Lines that were read and not begun, because the run was stopped.
    pub unstarted: u64,
}

/// An execution longer than a year is told as a year.
const LATENCY_MAX_NS: u64 = 366 * 24 * 3_600 * 1_000_000_000;
/// More error names than anyone reads; they may come from the data.
const ERROR_NAMES_MAX: usize = 1000;

impl Sums {
    pub(super) fn new(tallies: Vec<Tally>) -> Sums {
        Sums {
            counts: Counts::default(),
            usage: Usage::default(),
            tallies,
            latency_ns: Histogram::new_with_max(LATENCY_MAX_NS, 2).expect("the bounds are fixed and in range"),
            errors: BTreeMap::new(),
            input_bytes: 0,
            late_answers: 0,
            panics: 0,
            unstarted: 0,
        }
    }

    /// Counts an execution that ended.
    #[inline]
    pub(super) fn count(&mut self, outcome: &Outcome) {
        *self.counts.of(outcome.status) += 1;
        self.usage += outcome.usage;
        if let Some(failure) = &outcome.failure {
            self.count_error(failure);
        }
    }

    /// So many executions took this long, each.
    pub(super) fn time(&mut self, duration_ns: u64, executions: u64) {
        self.latency_ns.saturating_record_n(duration_ns, executions);
    }

    #[cold]
    fn count_error(&mut self, failure: &Failure) {
        self.count_error_name(failure.error.as_deref().unwrap_or(""), 1);
    }

    fn count_error_name(&mut self, name: &str, times: u64) {
        if let Some(count) = self.errors.get_mut(name) {
            *count += times;
            return;
        }
        let name = if self.errors.len() < ERROR_NAMES_MAX { name } else { "(others)" };
        *self.errors.entry(name.to_owned()).or_default() += times;
    }

    /// Adds what another shard counted.
    pub(super) fn add(&mut self, other: &Sums) {
        self.counts.add(&other.counts);
        self.usage += other.usage;
        for (sum, part) in self.tallies.iter_mut().zip(&other.tallies) {
            sum.add(part);
        }
        self.latency_ns.add(&other.latency_ns).expect("all histograms have the same bounds");
        for (name, times) in &other.errors {
            self.count_error_name(name, *times);
        }
        self.input_bytes += other.input_bytes;
        self.late_answers += other.late_answers;
        self.panics += other.panics;
        self.unstarted += other.unstarted;
    }
}

/// What went wrong around the executions.
#[derive(Debug)]
pub enum Trouble {
    /// The input broke after this line.
    Input {
        /// What happened.
        error: std::io::Error,
        /// The last line that was read.
        after_line: u64,
    },
    /// The output could not be written beyond this line.
    Output {
        /// What happened.
        error: std::io::Error,
        /// The last line whose text is certain to have been written; unordered, one of them.
        after_line: u64,
    },
}

/// What a run comes to.
#[derive(Debug)]
pub struct Report<S> {
    /// The sums.
    pub sums: Sums,
    /// The scribes of the shards, with what they have gathered.
    pub scribes: Vec<S>,
    /// What went wrong around the executions. A reader of the output that goes away early is no trouble.
    pub trouble: Option<Trouble>,
    /// Whether the run was told to end before its input did, or its reader went away.
    pub cut_short: bool,
    /// From start to end.
    pub elapsed: Duration,
}
