//! A failed execution: the error names the language knows, and the failure that carries one of them.

use std::borrow::Cow;
use std::fmt;

/// One row per error name that the States Language or Step Functions defines.
macro_rules! error_names {
    ($($(#[$meaning:meta])* $name:ident = $text:literal,)*) => {
        /// An error name of the language itself; names of users and services are free text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorName { $($(#[$meaning])* $name,)* }

        impl ErrorName {
            /// Every name, in the order of the table.
            pub const EVERY: &'static [ErrorName] = &[$(ErrorName::$name,)*];

            /// The name as definitions and results spell it.
            pub const fn text(self) -> &'static str {
                match self { $(ErrorName::$name => $text,)* }
            }
        }
    };
}

error_names! {
    /// Wildcard of retriers and catchers; matches all but `States.Runtime` and `States.DataLimitExceeded`.
    All = "States.ALL",
    /// A branch of a Parallel state failed.
    BranchFailed = "States.BranchFailed",
    /// A payload is larger than 262,144 bytes; nothing catches it.
    DataLimitExceeded = "States.DataLimitExceeded",
    /// More items of a Map failed than it tolerates.
    ExceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold",
    /// A task sent no heartbeat in time.
    HeartbeatTimeout = "States.HeartbeatTimeout",
    /// The connection of an HTTP task broke.
    HttpSocket = "States.Http.Socket",
    /// An intrinsic function could not be evaluated.
    IntrinsicFailure = "States.IntrinsicFailure",
    /// The item source of a Map could not be read.
    ItemReaderFailed = "States.ItemReaderFailed",
    /// No rule of a Choice matched and it has no Default.
    NoChoiceMatched = "States.NoChoiceMatched",
    /// A path in a payload template found nothing.
    ParameterPathFailure = "States.ParameterPathFailure",
    /// A task was not allowed to do what it asked for.
    Permissions = "States.Permissions",
    /// A JSONata expression failed.
    QueryEvaluationError = "States.QueryEvaluationError",
    /// ResultPath cannot be applied to the state's input.
    ResultPathMatchFailure = "States.ResultPathMatchFailure",
    /// The results of a Map could not be written.
    ResultWriterFailed = "States.ResultWriterFailed",
    /// The execution itself went wrong; `States.ALL` does not match it.
    Runtime = "States.Runtime",
    /// A task failed.
    TaskFailed = "States.TaskFailed",
    /// A task or a heartbeat took too long.
    Timeout = "States.Timeout",
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Why a state or an execution failed. A Fail state may give neither name nor cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The error name, of the language or the user's own.
    pub error: Option<Cow<'static, str>>,
    /// What went wrong, for people.
    pub cause: Option<Cow<'static, str>>,
}

impl Failure {
    /// A failure with a name of the language.
    pub fn new(error: ErrorName, cause: impl Into<Cow<'static, str>>) -> Failure {
        Failure { error: Some(Cow::Borrowed(error.text())), cause: Some(cause.into()) }
    }

    /// Whether the failure carries this name of the language.
    pub fn is(&self, name: ErrorName) -> bool {
        self.error.as_deref() == Some(name.text())
    }
}
