//! What one execution may use, and what it did use: counted units, never money.

use std::ops::AddAssign;

/// The largest input, output, task or state payload, in bytes of UTF-8 (Step Functions quotas, "State machine executions").
pub const PAYLOAD_BYTES_MAX: usize = 262_144;

/// What an execution may use before it is stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The longest execution, in milliseconds; Express ends after five minutes, Standard after a year.
    pub duration_ms: u64,
    /// The largest payload, in bytes.
    pub payload_bytes: usize,
    /// Instructions before a workflow that makes no progress in time is stopped.
    pub instructions: u64,
    /// All variables of an execution together, in bytes.
    pub variables_bytes: usize,
    /// How deep a JSONata expression may nest, calls included; its parts count each.
    pub expression_depth: u32,
    /// The largest value that a JSONata expression may make, in bytes; a number counts eight.
    pub expression_bytes: u32,
}

impl Limits {
    /// The limits of an Express workflow.
    pub const EXPRESS: Limits = Limits {
        duration_ms: 300_000,
        payload_bytes: PAYLOAD_BYTES_MAX,
        instructions: 100_000_000,
        variables_bytes: 10 * 1024 * 1024,
        // Measured at AWS: a hundred parentheses are refused, and `[1..873783]`.
        expression_depth: 100,
        expression_bytes: 6_990_256,
    };
    /// The limits of a Standard workflow.
    pub const STANDARD: Limits = Limits { duration_ms: 365 * 24 * 3_600_000, ..Limits::EXPRESS };
}

/// What one execution used. Integers only: added, never rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// States entered.
    pub transitions: u64,
    /// Retry attempts; Standard bills each like a transition.
    pub retries: u64,
    /// Tasks scheduled, retries included.
    pub tasks: u64,
    /// Parallel branches and Map items started; AWS's memory formula multiplies the data by them.
    pub steps: u64,
    /// From start to end, waiting included, in microseconds.
    pub duration_us: u64,
    /// Bytes of the input, the execution data of AWS's memory formula.
    pub input_bytes: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.transitions += other.transitions;
        self.retries += other.retries;
        self.tasks += other.tasks;
        self.steps += other.steps;
        self.duration_us += other.duration_us;
        self.input_bytes += other.input_bytes;
    }
}
