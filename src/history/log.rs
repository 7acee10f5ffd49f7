//! The log of one execution: each event becomes a line of JSON in CloudWatch's shape.

use crate::history::details::details;
use crate::history::level::Level;
use crate::history::object::Object;
use crate::program::{Resource, ResourceKind};
use crate::vm::event::{Event, Recorder, What};

/// What the logs of all executions of a run have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which events are written.
    pub level: Level,
    /// Whether inputs, outputs, parameters and variables are written with them.
    pub execution_data: bool,
    /// The role the execution runs under.
    pub role_arn: String,
    /// The region its tasks are called in.
    pub region: String,
}

/// Writes the events of one execution at the end of a text, a line each.
pub struct Log<'a> {
    settings: &'a Settings,
    execution_arn: &'a str,
    text: &'a mut Vec<u8>,
}

impl<'a> Log<'a> {
    /// A log that goes on at the end of `text`. Making one costs nothing: make it again whenever the execution goes on.
    pub fn new(settings: &'a Settings, execution_arn: &'a str, text: &'a mut Vec<u8>) -> Log<'a> {
        Log { settings, execution_arn, text }
    }
}

impl Recorder for Log<'_> {
    fn record(&mut self, event: Event<'_>) {
        if self.settings.level < Level::that_shows(&event.what) {
            return;
        }
        let (subject, verb) = type_name(&event.what);
        let mut line = Object::begin(self.text);
        line.number_text("id", event.id);
        line.texts("type", &[subject, verb]);
        details(&event.what, self.settings, line.object("details"));
        line.number_text("previous_event_id", event.previous);
        line.number_text("event_timestamp", event.at_ms);
        line.text("execution_arn", self.execution_arn);
        // No execution is ever redriven here.
        line.number_text("redrive_count", 0);
        line.end();
        self.text.push(b'\n');
    }
}

/// The type of history event, in two halves: whom it is about, and what became of it.
fn type_name<'a>(what: &What<'a>) -> (&'a str, &'static str) {
    match *what {
        What::ExecutionStarted { .. } => ("Execution", "Started"),
        What::ExecutionSucceeded { .. } => ("Execution", "Succeeded"),
        What::ExecutionFailed { .. } => ("Execution", "Failed"),
        What::ExecutionTimedOut => ("Execution", "TimedOut"),
        What::ExecutionAborted => ("Execution", "Aborted"),
        What::StateEntered { kind, .. } => (kind, "StateEntered"),
        What::StateExited { kind, .. } => (kind, "StateExited"),
        What::EvaluationFailed { .. } => ("Evaluation", "Failed"),
        What::TaskScheduled { resource, .. } => (subject(resource), "Scheduled"),
        What::TaskStarted { resource } => (subject(resource), "Started"),
        What::TaskSubmitted { resource } => (subject(resource), "Submitted"),
        What::TaskSucceeded { resource, .. } => (subject(resource), "Succeeded"),
        What::TaskFailed { resource, .. } => (subject(resource), "Failed"),
        What::TaskTimedOut { resource, .. } => (subject(resource), "TimedOut"),
        What::TaskStateAborted => ("TaskState", "Aborted"),
        What::WaitStateAborted => ("WaitState", "Aborted"),
        What::MapStateStarted { .. } => ("MapState", "Started"),
        What::MapIterationStarted { .. } => ("MapIteration", "Started"),
        What::MapIterationSucceeded { .. } => ("MapIteration", "Succeeded"),
        What::MapIterationFailed { .. } => ("MapIteration", "Failed"),
        What::MapIterationAborted { .. } => ("MapIteration", "Aborted"),
        What::MapStateSucceeded => ("MapState", "Succeeded"),
        What::MapStateFailed => ("MapState", "Failed"),
        What::MapStateAborted => ("MapState", "Aborted"),
        What::MapRunStarted { .. } => ("MapRun", "Started"),
        What::MapRunSucceeded => ("MapRun", "Succeeded"),
        What::MapRunFailed { .. } => ("MapRun", "Failed"),
        What::ParallelStateStarted => ("ParallelState", "Started"),
        What::ParallelStateSucceeded => ("ParallelState", "Succeeded"),
        What::ParallelStateFailed => ("ParallelState", "Failed"),
        What::ParallelStateAborted => ("ParallelState", "Aborted"),
    }
}

fn subject(resource: &Resource) -> &'static str {
    match resource.kind {
        ResourceKind::Service => "Task",
        ResourceKind::Lambda => "LambdaFunction",
        ResourceKind::Activity => "Activity",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(settings: &Settings, event: Event<'_>) -> String {
        let mut text = Vec::new();
        Log::new(settings, "arn:e", &mut text).record(event);
        String::from_utf8(text).expect("events are text")
    }

    fn settings() -> Settings {
        Settings { level: Level::All, execution_data: true, role_arn: "arn:r".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn a_line_has_the_shape_of_express_logs() {
        let event = Event {
            id: 1,
            previous: 0,
            at_ms: 1_700_000_000_123,
            what: What::ExecutionStarted { input: b"{\"a\":\"b\"}" },
        };
        let expected = concat!(
            r#"{"id":"1","type":"ExecutionStarted","#,
            r#""details":{"input":"{\"a\":\"b\"}","inputDetails":{"truncated":false},"roleArn":"arn:r"},"#,
            r#""previous_event_id":"0","event_timestamp":"1700000000123","execution_arn":"arn:e","redrive_count":"0"}"#,
            "\n"
        );
        assert_eq!(line(&settings(), event), expected);
    }

    #[test]
    fn lines_follow_one_another_and_hidden_events_leave_none() {
        let settings = Settings { level: Level::Fatal, ..settings() };
        let mut text = b"before\n".to_vec();
        let mut log = Log::new(&settings, "arn:e", &mut text);
        for what in [What::ExecutionTimedOut, What::MapStateFailed, What::ExecutionAborted] {
            log.record(Event { id: 1, previous: 0, at_ms: 0, what });
        }
        let types: Vec<&str> = std::str::from_utf8(&text).expect("text").lines().collect();
        assert_eq!(types.len(), 3);
        assert_eq!(types[0], "before");
        assert!(types[1].contains(r#""type":"ExecutionTimedOut","details":{},"#), "{}", types[1]);
        assert!(types[2].contains(r#""type":"ExecutionAborted""#), "{}", types[2]);
    }

    #[test]
    fn without_execution_data_names_and_causes_stay() {
        let settings = Settings { execution_data: false, ..settings() };
        let resource = Resource::parse("arn:aws:states:::sqs:sendMessage");
        let credentials: &[u8] = br#"{"RoleArn":"arn:x"}"#;
        let what = What::TaskScheduled {
            resource: &resource,
            parameters: b"{\"secret\":1}",
            timeout_seconds: Some(5),
            heartbeat_seconds: None,
            credentials: Some(credentials),
        };
        let written = line(&settings, Event { id: 3, previous: 2, at_ms: 0, what });
        let details = r#""details":{"region":"eu-west-1","resource":"sendMessage","resourceType":"sqs","timeoutInSeconds":5,"taskCredentials":{"roleArn":"arn:x"}},"#;
        assert!(written.contains(details), "{written}");
        assert!(!written.contains("secret"));
    }
}
