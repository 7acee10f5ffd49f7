//! Records: what is written about a line, one JSON object each, with the names of StartSyncExecution.

use crate::builtin::timestamp;
use crate::engine::{Fate, Page, Rejection, Scribe, Subject};
use crate::failure::Failure;
use crate::json;
use crate::program::Program;
use crate::usage::{PAYLOAD_BYTES_MAX, Usage};
use crate::vm::{Event, Outcome, Status};
use std::io::Write;
use std::sync::Arc;

/// What is written, the same for all shards of a run.
#[derive(Clone, Default)]
pub struct Settings {
    /// A record for every line, instead of the outputs of those that succeed.
    pub records: bool,
    /// A record among the failures for every line that does not succeed.
    pub failures: bool,
    /// The names of the input files; records name them where there are several.
    pub files: Vec<String>,
    /// Writes a history event of the execution with this ARN.
    pub history: Option<Arc<History>>,
}

/// Appends one event of an execution, named by its ARN, to a text.
pub type History = dyn Fn(&str, Event<'_>, &mut Vec<u8>) + Send + Sync;

/// Counts and prices executions. One for each shard; what they have counted is added up after the run.
pub trait Meter: Send {
    /// Takes note of an execution that ended.
    fn count(&mut self, program: &Program, usage: &Usage);

    /// What one execution cost, for its record.
    fn price(&self, program: &Program, usage: &Usage) -> Option<Price>;
}

/// What one execution cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Its duration as Express bills it.
    pub billed_ms: u64,
    /// Its memory as Express bills it.
    pub billed_mb: u64,
    /// Name and decimal of its price as an Express execution, `expressUsd`, and as a Standard one, `standardUsd`.
    pub cost: [(String, String); 2],
}

/// Writes outputs or records, failures and history.
pub struct Records<M> {
    settings: Settings,
    /// The meter, with what it has counted.
    pub meter: M,
    /// An output that is being wrapped.
    output: Vec<u8>,
    /// The ARN of the execution whose events were written last, its line and its start.
    arn: String,
    arn_of: (u64, u64),
}

impl<M: Meter> Records<M> {
    /// Writes as the settings say.
    pub fn new(settings: Settings, meter: M) -> Records<M> {
        Records { settings, meter, output: Vec::new(), arn: String::new(), arn_of: (0, 0) }
    }

    fn record(&self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, output: Option<&[u8]>, out: &mut Vec<u8>) {
        let mut record = Object::begin(out);
        record.number("line", subject.origin.line);
        if let Some(file) =
            self.settings.files.get(subject.origin.file as usize).filter(|_| self.settings.files.len() > 1)
        {
            record.text("file", file);
        }
        match fate {
            Fate::Ended(outcome) => self.ended(subject, outcome, input, output, &mut record),
            Fate::Rejected(rejection) => rejected(subject, rejection, input, &mut record),
        }
        out.extend_from_slice(b"}\n");
    }

    fn ended(
        &self,
        subject: &Subject<'_>,
        outcome: &Outcome,
        input: &[u8],
        output: Option<&[u8]>,
        record: &mut Object<'_>,
    ) {
        record.text("executionArn", &subject.name.arn(subject.program, subject.started_us / 1000));
        record.text("status", outcome.status.text());
        if let Some(Failure { error, cause }) = &outcome.failure {
            error.as_ref().inspect(|error| record.text("error", error));
            cause.as_ref().inspect(|cause| record.text("cause", cause));
        }
        match output {
            Some(output) => record.raw("output", output),
            None => record.raw("input", input),
        }
        let usage = &outcome.usage;
        record.date("startDate", subject.started_us);
        record.date("stopDate", subject.started_us + usage.duration_us);
        let price = self.meter.price(subject.program, usage);
        if let Some(Price { billed_ms, billed_mb, .. }) = price {
            let details =
                format!(r#"{{"billedDurationInMilliseconds":{billed_ms},"billedMemoryUsedInMB":{billed_mb}}}"#);
            record.raw("billingDetails", details.as_bytes());
        }
        let Usage { transitions, retries, tasks, duration_us, .. } = usage;
        let duration_ms = milliseconds(*duration_us);
        let used = format!(
            r#"{{"transitions":{transitions},"retries":{retries},"tasks":{tasks},"durationMs":{duration_ms}}}"#
        );
        record.raw("usage", used.as_bytes());
        if let Some(Price { cost: [(express, express_price), (standard, standard_price)], .. }) = price {
            let cost = format!(r#"{{"{express}":"{express_price}","{standard}":"{standard_price}"}}"#);
            record.raw("cost", cost.as_bytes());
        }
    }
}

impl<M: Meter> Scribe for Records<M> {
    fn is_exact(&self) -> bool {
        self.settings.records
    }

    fn listens(&self) -> bool {
        self.settings.history.is_some()
    }

    fn tell(&mut self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, page: &mut Page, from: usize) {
        let succeeded = matches!(fate, Fate::Ended(Outcome { status: Status::Succeeded, .. }));
        if let Fate::Ended(outcome) = fate {
            self.meter.count(subject.program, &outcome.usage);
        }
        if succeeded && !self.settings.records {
            return page.output.push(b'\n');
        }
        if self.settings.records {
            let mut output = std::mem::take(&mut self.output);
            output.clear();
            output.extend_from_slice(&page.output[from..]);
            page.output.truncate(from);
            self.record(subject, input, fate, succeeded.then_some(&output), &mut page.output);
            self.output = output;
        }
        if self.settings.failures && !succeeded {
            self.record(subject, input, fate, None, &mut page.failures);
        }
    }

    fn event(&mut self, subject: &Subject<'_>, event: Event<'_>, history: &mut Vec<u8>) {
        let Some(write) = &self.settings.history else { return };
        let key = (subject.origin.line, subject.started_us);
        if self.arn_of != key {
            self.arn = subject.name.arn(subject.program, subject.started_us / 1000);
            self.arn_of = key;
        }
        write(&self.arn, event, history);
    }
}

/// A line that started no execution, with all that is needed to find and repair it.
fn rejected(subject: &Subject<'_>, rejection: &Rejection, input: &[u8], record: &mut Object<'_>) {
    let line = subject.origin.line;
    record.text("status", "REJECTED");
    record.text("error", "InvalidExecutionInput");
    record.text(
        "cause",
        &match rejection {
            Rejection::Malformed { column, reason } => format!("line {line}, column {column}: {reason}"),
            Rejection::TooLong { bytes } => {
                let most = subject.program.limits.payload_bytes;
                format!("line {line}: {bytes} bytes, where an input may have {most}")
            }
        },
    );
    let kept = &input[..input.len().min(PAYLOAD_BYTES_MAX)];
    match text_of(kept) {
        Some(text) => record.text("input", text),
        None => record.raw("inputBase64", format!("\"{}\"", base64(kept)).as_bytes()),
    }
    record.number("offset", subject.origin.offset);
    if let Rejection::TooLong { bytes } = rejection {
        record.number("length", *bytes);
    }
}

/// The line as text; where it was cut within a character, that one is left out.
fn text_of(line: &[u8]) -> Option<&str> {
    match std::str::from_utf8(line) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && line.len() == PAYLOAD_BYTES_MAX => {
            std::str::from_utf8(&line[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() { DIGITS[value as usize] as char } else { '=' });
        }
    }
    text
}

/// Microseconds as a decimal number of milliseconds: `0.031`.
fn milliseconds(microseconds: u64) -> String {
    let text = format!("{}.{:03}", microseconds / 1000, microseconds % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A JSON object that is being written.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
}

impl Object<'_> {
    fn begin(out: &mut Vec<u8>) -> Object<'_> {
        out.push(b'{');
        Object { out, is_first: true }
    }

    /// A member whose value is JSON already.
    fn raw(&mut self, name: &str, value: &[u8]) {
        self.name(name);
        self.out.extend_from_slice(value);
    }

    fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        write!(self.out, "{value}").expect("a vector takes all");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        json::quote(value, self.out);
    }

    fn date(&mut self, name: &str, microseconds: u64) {
        self.name(name);
        self.out.push(b'"');
        timestamp::write((microseconds / 1000) as i64, self.out);
        self.out.push(b'"');
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        write!(self.out, "\"{name}\":").expect("a vector takes all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Origin;
    use crate::vm::Name;

    struct Flat;

    impl Meter for Flat {
        fn count(&mut self, _: &Program, _: &Usage) {}

        fn price(&self, _: &Program, _: &Usage) -> Option<Price> {
            Some(Price {
                billed_ms: 100,
                billed_mb: 64,
                cost: [("expressUsd", "0.000001104"), ("standardUsd", "0.0001")].map(|(n, p)| (n.into(), p.into())),
            })
        }
    }

    fn told(settings: Settings, output: &str, input: &[u8], fate: Fate<'_>) -> (String, String) {
        let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;
        let program = crate::compile::compile(definition, &Default::default()).expect("the definition is right");
        let origin = Origin { line: 3, offset: 8123, file: 0, program: 0 };
        let name = Name { prefix: "line-", number: 3 };
        let subject = Subject { program: &program, origin, name, started_us: 1_767_225_600_000_000 };
        let mut page = Page { output: format!("before\n{output}").into_bytes(), ..Page::default() };
        Records::new(settings, Flat).tell(&subject, input, fate, &mut page, 7);
        let text = |text| String::from_utf8(text).expect("records are text");
        let arn = name.arn(&program, 1_767_225_600_000);
        (text(page.output).replace(&arn, "ARN"), text(page.failures).replace(&arn, "ARN"))
    }

    fn outcome(status: Status, failure: Option<Failure>) -> Outcome {
        let usage = Usage { transitions: 4, tasks: 1, duration_us: 31, ..Usage::default() };
        Outcome { status, failure, usage }
    }

    const BOTH: Settings = Settings { records: true, failures: true, files: Vec::new(), history: None };
    const USED: &str = concat!(
        r#""startDate":"2026-01-01T00:00:00.000Z","stopDate":"2026-01-01T00:00:00.000Z","#,
        r#""billingDetails":{"billedDurationInMilliseconds":100,"billedMemoryUsedInMB":64},"#,
        r#""usage":{"transitions":4,"retries":0,"tasks":1,"durationMs":0.031},"#,
        r#""cost":{"expressUsd":"0.000001104","standardUsd":"0.0001"}}"#,
        "\n"
    );

    #[test]
    fn an_output_is_a_line() {
        let succeeded = outcome(Status::Succeeded, None);
        let (output, failures) = told(Settings::default(), r#"{"a":1}"#, b"{}", Fate::Ended(&succeeded));
        assert_eq!((&*output, &*failures), ("before\n{\"a\":1}\n", ""));
    }

    #[test]
    fn a_record_of_success_has_output_and_cost() {
        let succeeded = outcome(Status::Succeeded, None);
        let (output, failures) = told(BOTH, r#"{"a":1}"#, b"{}", Fate::Ended(&succeeded));
        let expected = r#"{"line":3,"executionArn":"ARN","status":"SUCCEEDED","output":{"a":1},"#;
        assert_eq!(output, format!("before\n{expected}{USED}"));
        assert_eq!(failures, "");
    }

    #[test]
    fn a_record_of_failure_has_the_input_so_that_it_can_be_fed_again() {
        let failure = Failure { error: Some("Custom".into()), cause: Some("say \"no\"".into()) };
        let failed = outcome(Status::Failed, Some(failure));
        let (output, failures) = told(BOTH, "", br#"{"in": 1.10}"#, Fate::Ended(&failed));
        let expected = r#"{"line":3,"executionArn":"ARN","status":"FAILED","error":"Custom","cause":"say \"no\"","input":{"in": 1.10},"#;
        assert_eq!(failures, format!("{expected}{USED}"));
        assert_eq!(output, format!("before\n{failures}"));
    }

    #[test]
    fn a_rejected_line_is_kept_as_text_or_as_base64() {
        let settings = || Settings { files: vec!["a".into(), "b".into()], records: false, ..BOTH };
        let malformed = Rejection::Malformed { column: 17, reason: "expected `,` or `}`".into() };
        let (output, failures) = told(settings(), "", b"{\"a\" \"b\"", Fate::Rejected(&malformed));
        let expected = concat!(
            r#"{"line":3,"file":"a","status":"REJECTED","error":"InvalidExecutionInput","#,
            r#""cause":"line 3, column 17: expected `,` or `}`","input":"{\"a\" \"b\"","offset":8123}"#,
            "\n"
        );
        assert_eq!((&*output, &*failures), ("before\n", expected));
        let (_, failures) = told(settings(), "", b"\xff\xfe!", Fate::Rejected(&malformed));
        assert!(failures.contains(r#""inputBase64":"//4h","offset":8123}"#), "{failures}");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters_and_its_length_told() {
        let line = format!("x{}", "é".repeat(PAYLOAD_BYTES_MAX));
        let too_long = Rejection::TooLong { bytes: line.len() as u64 };
        let (_, failures) = told(BOTH, "", line.as_bytes(), Fate::Rejected(&too_long));
        let kept =
            failures.split(r#""input":""#).nth(1).and_then(|rest| rest.split('"').next()).expect("it has an input");
        assert_eq!((kept.len(), kept.chars().last()), (PAYLOAD_BYTES_MAX - 1, Some('é')));
        assert!(failures.contains("524289 bytes, where an input may have 262144"));
        assert!(failures.ends_with(",\"offset\":8123,\"length\":524289}\n"));
    }

    #[test]
    fn base64_and_milliseconds_are_right_at_their_edges() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
        assert_eq!([0, 31, 1000, 10_000, 1_234_500].map(milliseconds), ["0", "0.031", "1", "10", "1234.5"]);
    }
}
