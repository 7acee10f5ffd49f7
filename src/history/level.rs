//! Which events a log holds: the levels of a state machine's logging configuration.

use crate::vm::event::What;

/// How much is logged (developer guide, "Logging to CloudWatch Logs", table of log levels). Later levels hold more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Off,
    /// Executions that failed, timed out or were aborted.
    Fatal,
    /// Besides, what failed, timed out or was aborted within them, and Fail states.
    Error,
    /// Everything.
    #[default]
    All,
}

impl Level {
    /// The least level that shows an event.
    pub(super) fn that_shows(what: &What<'_>) -> Level {
        match what {
            What::ExecutionFailed { .. } | What::ExecutionTimedOut | What::ExecutionAborted => Level::Fatal,
            What::StateEntered { kind: "Fail", .. } | What::EvaluationFailed { .. } => Level::Error,
            What::TaskFailed { .. } | What::TaskTimedOut { .. } => Level::Error,
            What::TaskStateAborted | What::WaitStateAborted => Level::Error,
            What::MapIterationFailed { .. } | What::MapIterationAborted { .. } => Level::Error,
            What::MapStateFailed | What::MapStateAborted | What::MapRunFailed { .. } => Level::Error,
            What::ParallelStateFailed | What::ParallelStateAborted => Level::Error,
            _ => Level::All,
        }
    }
}
