//! What happens in an execution, told as it happens to a recorder.
//!
//! The vm counts ids whether or not anybody listens, since causes name them ("entered at the event id #3").
//! Texts are JSON as the execution holds it. The order of the variants is the life of an execution.

use crate::failure::Failure;
use crate::program::Resource;

/// Somebody who is told what happens in one execution.
pub trait Recorder {
    /// Takes note of one event. Events come in the order of their ids.
    fn record(&mut self, event: Event<'_>);
}

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Counted from 1 within the execution.
    pub id: u64,
    /// The event that led to this one; 0 for the first event and for the entry of the first state.
    pub previous: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// What.
    pub what: What<'a>,
}

/// What happened; AWS has a type of history event for each.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// The execution began.
    ExecutionStarted {
        /// Its input.
        input: &'a [u8],
    },
    /// The execution ended well.
    ExecutionSucceeded {
        /// Its output.
        output: &'a [u8],
    },
    /// The execution failed.
    ExecutionFailed {
        /// Why.
        failure: &'a Failure,
    },
    /// The execution took longer than it may.
    ExecutionTimedOut,
    /// Somebody stopped the execution.
    ExecutionAborted,

    /// A state began. A retry does not enter it again.
    StateEntered {
        /// `Pass`, `Task` and so on.
        kind: &'a str,
        /// The state's name.
        name: &'a str,
        /// Its input, before InputPath.
        input: &'a [u8],
    },
    /// A state ended and the workflow goes on, or its scope ends.
    StateExited {
        /// `Pass`, `Task` and so on.
        kind: &'a str,
        /// The state's name.
        name: &'a str,
        /// Its output.
        output: &'a [u8],
        /// Name and value of each variable it assigned, in order.
        assigned: &'a [(&'a str, &'a [u8])],
    },
    /// A JSONata expression, or a value it gave, was no good.
    EvaluationFailed {
        /// The name of the state it stands in.
        name: &'a str,
        /// The field it stands in, `Output`, where one is to blame.
        location: Option<&'a str>,
        /// Why.
        failure: &'a Failure,
    },

    /// A task was asked for; each attempt anew.
    TaskScheduled {
        /// Who is to answer.
        resource: &'a Resource,
        /// What it is given.
        parameters: &'a [u8],
        /// How long it may take.
        timeout_seconds: Option<u64>,
        /// How long it may be silent.
        heartbeat_seconds: Option<u64>,
        /// The state's evaluated `Credentials`, `{"RoleArn": "…"}`.
        credentials: Option<&'a [u8]>,
    },
    /// The request was sent.
    TaskStarted {
        /// Who is to answer.
        resource: &'a Resource,
    },
    /// The service took the request; a job or a token is now waited for.
    TaskSubmitted {
        /// Who is to answer.
        resource: &'a Resource,
    },
    /// The task gave a result.
    TaskSucceeded {
        /// Who answered.
        resource: &'a Resource,
        /// The result, before ResultSelector.
        output: &'a [u8],
    },
    /// The task failed.
    TaskFailed {
        /// Who answered.
        resource: &'a Resource,
        /// Why.
        failure: &'a Failure,
    },
    /// The task, or its heartbeat, took too long.
    TaskTimedOut {
        /// Who did not answer.
        resource: &'a Resource,
        /// `States.Timeout`
        failure: &'a Failure,
    },
    /// A Task state was stopped because a sibling branch failed.
    TaskStateAborted,
    /// A Wait state was stopped because a sibling branch failed.
    WaitStateAborted,

    /// A Map state has its items.
    MapStateStarted {
        /// How many.
        length: u64,
    },
    /// Work on one item began.
    MapIterationStarted {
        /// The Map state's name.
        name: &'a str,
        /// The item, from 0.
        index: u64,
    },
    /// One item is done.
    MapIterationSucceeded {
        /// The Map state's name.
        name: &'a str,
        /// The item, from 0.
        index: u64,
    },
    /// One item failed.
    MapIterationFailed {
        /// The Map state's name.
        name: &'a str,
        /// The item, from 0.
        index: u64,
    },
    /// Work on one item was stopped because another failed.
    MapIterationAborted {
        /// The Map state's name.
        name: &'a str,
        /// The item, from 0.
        index: u64,
    },
    /// Every item is done.
    MapStateSucceeded,
    /// An item failed, or there are no items to be had.
    MapStateFailed,
    /// The Map state was stopped because a sibling branch failed.
    MapStateAborted,
    /// A distributed Map started its child executions.
    MapRunStarted {
        /// The ARN of the run.
        arn: &'a str,
    },
    /// Enough of the child executions succeeded.
    MapRunSucceeded,
    /// Too many child executions failed, or items or results could not be read or written.
    MapRunFailed {
        /// Why.
        failure: &'a Failure,
    },

    /// The branches of a Parallel state began.
    ParallelStateStarted,
    /// Every branch is done.
    ParallelStateSucceeded,
    /// A branch failed.
    ParallelStateFailed,
    /// The Parallel state was stopped because a sibling branch failed.
    ParallelStateAborted,
}
