//! Mocks: answers from a file in the format of Step Functions Local (developer guide, "Mocked service integrations").
//!
//! The n-th time an execution schedules a state's task, retries included, it gets the n-th response.

use crate::failure::Failure;
use crate::task::{Reply, failed};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// The responses of one test case.
#[derive(Debug)]
pub struct Mocks {
    test_case: String,
    /// By state.
    states: HashMap<String, Vec<Response>>,
}

/// What is answered to some of the attempts.
#[derive(Clone, Debug)]
struct Response {
    first: u32,
    last: u32,
    reply: Reply,
}

/// Why a mock file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl Mocks {
    /// Reads a mock file. The machine is the one named, else the only one; the same holds for its test case.
    ///
    /// # Errors
    /// The text is not such a file, or it is not clear which machine or test case is meant.
    pub fn read(text: &str, machine: Option<&str>, test_case: Option<&str>) -> Result<Mocks, Error> {
        let file: File = serde_json::from_str(text).map_err(|error| Error(error.to_string()))?;
        let (_, machine) = choose(&file.state_machines, machine, "state machine")?;
        let (test_case, states) = choose(&machine.test_cases, test_case, "test case")?;
        let responses = |(state, name): (&String, &String)| {
            let attempts = file.mocked_responses.get(name);
            let attempts = attempts
                .ok_or_else(|| Error(format!("the state '{state}' wants the response '{name}', which is not there")))?;
            let mut responses =
                attempts.iter().map(|(key, what)| read_response(name, key, what)).collect::<Result<Vec<_>, _>>()?;
            responses.sort_by_key(|response| response.first);
            Ok((state.clone(), without_overlap(name, responses)?))
        };
        let states = states.iter().map(responses).collect::<Result<_, _>>()?;
        Ok(Mocks { test_case: test_case.clone(), states })
    }

    /// The test case that is played.
    pub fn test_case(&self) -> &str {
        &self.test_case
    }

    /// The states that have responses.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.keys().map(String::as_str)
    }

    /// The answer to a task that was scheduled so often before; none for a state without responses.
    pub fn reply(&self, state: &str, earlier: u32) -> Option<Reply> {
        let responses = self.states.get(state)?;
        let response = responses.iter().find(|response| (response.first..=response.last).contains(&earlier));
        Some(response.map_or_else(
            || Reply::Failed(failed(format!("the mock of the state '{state}' has no response for attempt {earlier}"))),
            |response| response.reply.clone(),
        ))
    }
}

/// The file. Some write `MockedResponse`, as AWS's own table of fields does.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct File {
    state_machines: HashMap<String, Machine>,
    #[serde(alias = "MockedResponse")]
    mocked_responses: HashMap<String, HashMap<String, What>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Machine {
    test_cases: HashMap<String, HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum What {
    Return(Box<RawValue>),
    Throw(Throw),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Throw {
    error: Option<String>,
    cause: Option<String>,
}

/// The one that is named, else the only one.
fn choose<'a, T>(all: &'a HashMap<String, T>, name: Option<&str>, noun: &str) -> Result<(&'a String, &'a T), Error> {
    let names = || {
        let mut names: Vec<&str> = all.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.join(", ")
    };
    match name {
        Some(name) => {
            let found = all.get_key_value(name);
            found.ok_or_else(|| Error(format!("the mock file has no {noun} '{name}', only: {}", names())))
        }
        None if all.len() == 1 => Ok(all.iter().next().expect("there is one")),
        None => Err(Error(format!("the mock file has {} {noun}s; name one of: {}", all.len(), names()))),
    }
}

/// `"0"` or `"1-2"`: to which attempts a response belongs.
fn read_response(name: &str, key: &str, what: &What) -> Result<Response, Error> {
    let bounds = key.split_once('-').unwrap_or((key, key));
    let (Ok(first), Ok(last)) = (bounds.0.parse(), bounds.1.parse()) else {
        return Err(Error(format!(
            "'{key}' in the response '{name}' should be an attempt like \"0\" or attempts like \"1-2\""
        )));
    };
    if first > last {
        return Err(Error(format!("'{key}' in the response '{name}' ends before it begins")));
    }
    Ok(Response { first, last, reply: reply(what) })
}

fn reply(what: &What) -> Reply {
    match what {
        What::Return(value) => Reply::output(value.get().as_bytes().to_vec()),
        // AWS gives a time-out its own event and status, whoever says it.
        What::Throw(Throw { error: Some(error), .. }) if error == "States.Timeout" => Reply::TimedOut,
        What::Throw(Throw { error, cause }) => {
            Reply::Failed(Failure { error: error.clone().map(Into::into), cause: cause.clone().map(Into::into) })
        }
    }
}

fn without_overlap(name: &str, responses: Vec<Response>) -> Result<Vec<Response>, Error> {
    match responses.windows(2).find(|pair| pair[1].first <= pair[0].last) {
        Some(pair) => Err(Error(format!("the response '{name}' answers attempt {} twice", pair[1].first))),
        None => Ok(responses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ErrorName;

    const FILE: &str = r#"{
        "StateMachines": {"Orders": {"TestCases": {
            "Happy": {"Charge": "Charged"},
            "Retry": {"Charge": "Late", "Notify": "Odd"}}}},
        "MockedResponses": {
            "Charged": {"0": {"Return": {"paid":  1.10}}},
            "Late": {"0": {"Throw": {"Error": "Busy", "Cause": "try later"}}, "1-2": {"Throw": {"Error": "States.Timeout"}}, "3": {"Return": 5}},
            "Odd": {"0": {"Throw": {}}}}}"#;

    #[track_caller]
    fn assert_refused(text: &str, machine: Option<&str>, test_case: Option<&str>, part: &str) {
        let error = Mocks::read(text, machine, test_case).expect_err("should be refused").to_string();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn each_attempt_gets_its_response() {
        let mocks = Mocks::read(FILE, Some("Orders"), Some("Retry")).expect("a good file");
        let busy = Failure { error: Some("Busy".into()), cause: Some("try later".into()) };
        assert_eq!(mocks.reply("Charge", 0), Some(Reply::Failed(busy)));
        assert_eq!(mocks.reply("Charge", 1), Some(Reply::TimedOut));
        assert_eq!(mocks.reply("Charge", 2), Some(Reply::TimedOut));
        assert_eq!(mocks.reply("Charge", 3), Some(Reply::Output(b"5".into())));
        assert_eq!(mocks.reply("Notify", 0), Some(Reply::Failed(Failure::default())));
        assert_eq!(mocks.reply("Other", 0), None);
    }

    #[test]
    fn after_the_last_response_the_task_fails_and_says_so() {
        let mocks = Mocks::read(FILE, None, Some("Retry")).expect("a good file");
        let Some(Reply::Failed(failure)) = mocks.reply("Charge", 4) else { panic!("there is no fifth response") };
        assert!(failure.is(ErrorName::TaskFailed));
        assert_eq!(failure.cause.as_deref(), Some("the mock of the state 'Charge' has no response for attempt 4"));
    }

    #[test]
    fn returned_values_pass_byte_for_byte() {
        let mocks = Mocks::read(FILE, None, Some("Happy")).expect("a good file");
        assert_eq!(mocks.reply("Charge", 0), Some(Reply::Output(br#"{"paid":  1.10}"#.into())));
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        assert_refused(FILE, None, None, "2 test cases; name one of: Happy, Retry");
        assert_refused(FILE, Some("Other"), None, "no state machine 'Other', only: Orders");
        assert_refused(FILE, None, Some("Sad"), "no test case 'Sad', only: Happy, Retry");
        assert_refused("{", None, None, "line 1");
        for (from, to, part) in [
            (r#""0": {"Return": {"paid":  1.10}}"#, r#""zero": {"Return": 1}"#, "'zero' in the response 'Charged'"),
            (r#""0": {"Return": {"paid":  1.10}}"#, r#""2-1": {"Return": 1}"#, "ends before it begins"),
            (
                r#""0": {"Return": {"paid":  1.10}}"#,
                r#""0-2": {"Return": 1}, "1": {"Return": 1}"#,
                "answers attempt 1 twice",
            ),
            (r#""0": {"Return": {"paid":  1.10}}"#, r#""0": {"Retrun": 1}"#, "unknown variant `Retrun`"),
            (r#"{"Charge": "Charged"}"#, r#"{"Charge": "Chrgd"}"#, "wants the response 'Chrgd'"),
        ] {
            assert!(FILE.contains(from));
            assert_refused(&FILE.replace(from, to), None, Some("Happy"), part);
        }
    }
}
