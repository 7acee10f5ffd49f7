//! The bindings file: which resource is answered by which workers. Checked whole before anything runs.

use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// One `[[task]]` of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The resources it answers, with `*` and `?` as in ARNs.
    pub resource: String,
    /// The program that is run, and its arguments.
    pub command: Vec<String>,
    /// How many of them.
    pub workers: usize,
    /// The most requests that are out at once, over all workers.
    pub max_in_flight: usize,
    /// How long a worker may be silent while it owes answers, before it is replaced.
    pub timeout: Duration,
}

/// Why a bindings file cannot be used; with the line where that is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl std::error::Error for Error {}

/// Reads a bindings file.
///
/// # Errors
/// The text is no TOML, or says something that has no meaning here.
pub fn parse(text: &str) -> Result<Vec<Binding>, Error> {
    let file: File = toml::from_str(text).map_err(|error| Error(error.to_string()))?;
    file.task.into_iter().map(binding).collect()
}

const WORKERS_MAX: usize = 1024;
const IN_FLIGHT_MAX: usize = 1_000_000;
/// Requests that are out at once to one worker, unless the file says otherwise.
const IN_FLIGHT_PER_WORKER: usize = 16;
/// A function of AWS's may take fifteen minutes, but an Express execution ends after five.
const TIMEOUT_SECONDS: u64 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    task: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    resource: String,
    command: Option<Vec<String>>,
    workers: Option<usize>,
    max_in_flight: Option<usize>,
    timeout: Option<u64>,
    // Known, so that the message about them is not that they are unknown.
    lambda: Option<toml::Value>,
    aws: Option<toml::Value>,
}

fn binding(table: Table) -> Result<Binding, Error> {
    let Table { resource, command, workers, max_in_flight, timeout, lambda, aws } = table;
    let refuse = |reason: String| Err(Error(format!("the task '{resource}': {reason}")));
    if let Some(key) = lambda.map(|_| "lambda").or(aws.map(|_| "aws")) {
        return refuse(format!("`{key}` is not supported by this version; use `command`"));
    }
    let Some(command) = command.filter(|command| command.first().is_some_and(|program| !program.is_empty())) else {
        return refuse(r#"`command` should be a program and its arguments: ["python3", "enrich.py"]"#.into());
    };
    let workers = workers.unwrap_or(1);
    let max_in_flight = max_in_flight.unwrap_or(workers.saturating_mul(IN_FLIGHT_PER_WORKER));
    let timeout = timeout.unwrap_or(TIMEOUT_SECONDS);
    for (key, value, most) in [("workers", workers, WORKERS_MAX), ("max_in_flight", max_in_flight, IN_FLIGHT_MAX)] {
        if value == 0 || value > most {
            return refuse(format!("`{key}` should be from 1 to {most}, not {value}"));
        }
    }
    if timeout == 0 || timeout > 31_536_000 {
        return refuse(format!("`timeout` should be from 1 to 31536000 seconds, not {timeout}"));
    }
    Ok(Binding {
        resource,
        command,
        workers: workers.min(max_in_flight),
        max_in_flight,
        timeout: Duration::from_secs(timeout),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_refused(text: &str, parts: &[&str]) {
        let error = parse(text).expect_err("should be refused").to_string();
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_binding_has_defaults() {
        let bindings = parse("[[task]]\nresource = \"a:*\"\ncommand = [\"cat\"]\nworkers = 2\n").expect("a good file");
        let expected = Binding {
            resource: "a:*".into(),
            command: vec!["cat".into()],
            workers: 2,
            max_in_flight: 32,
            timeout: Duration::from_secs(300),
        };
        assert_eq!(bindings, [expected]);
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn unknown_keys_are_errors_with_their_line() {
        assert_refused(
            "[[task]]\nresource = \"a\"\ncommand = [\"b\"]\nworker = 2\n",
            &["line 4", "unknown field `worker`"],
        );
        assert_refused("[[tasks]]\nresource = \"a\"\n", &["line 1", "unknown field `tasks`"]);
    }

    #[test]
    fn what_comes_later_is_refused_by_name() {
        let text = "[[task]]\nresource = \"arn:x\"\nlambda = { endpoint = \"http://127.0.0.1:9001\" }\n";
        assert_refused(text, &["the task 'arn:x'", "`lambda` is not supported by this version"]);
        assert_refused("[[task]]\nresource = \"a\"\naws = {}\n", &["`aws` is not supported"]);
    }

    #[test]
    fn values_without_meaning_are_refused() {
        assert_refused("[[task]]\nresource = \"a\"\n", &["`command` should be"]);
        assert_refused("[[task]]\nresource = \"a\"\ncommand = []\n", &["`command` should be"]);
        for (key, value) in [("workers", "0"), ("workers", "5000"), ("max_in_flight", "0"), ("timeout", "0")] {
            assert_refused(
                &format!("[[task]]\nresource = \"a\"\ncommand = [\"b\"]\n{key} = {value}\n"),
                &[key, "should be from 1"],
            );
        }
        assert_refused("[[task]]\ncommand = [\"b\"]\n", &["missing field `resource`"]);
    }
}
