//! The bindings file: which resource is answered by whom. Checked whole before anything runs.

use crate::task::aws::credentials::Environment;
use crate::task::command::{self, Log, Workers};
use crate::task::http::{Limits, Thread};
use crate::task::{Connector, aws, endpoint, gateway, lambda};
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;

/// One `[[task]]` of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The resources it answers, with `*` and `?` as in ARNs.
    pub resource: String,
    /// Who answers them.
    pub who: Who,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// Processes on this machine.
    Command(Workers),
    /// The Lambda Invoke API.
    Lambda(lambda::Settings, Limits),
    /// Endpoints that states name.
    Http(endpoint::Settings, Limits),
    /// AWS services.
    Aws(aws::Settings, Limits),
    /// APIs behind API Gateway.
    Gateway(gateway::Settings, Limits),
}

/// A connector with the pattern of its binding.
pub type Bound = (String, Arc<dyn Connector>);

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
    let binding = |table: Spanned<Table>| {
        let line = text[..table.span().start].matches('\n').count() + 1;
        let table = table.into_inner();
        let resource = table.resource.clone();
        binding(table).map_err(|reason| Error(format!("line {line}: the task '{resource}': {reason}")))
    };
    file.task.into_iter().map(binding).collect()
}

/// Starts the workers, and the thread that talks to services.
///
/// # Errors
/// A program cannot be started, or a file that a binding names cannot be read.
pub fn connect(bindings: Vec<Binding>, log: Log) -> Result<Vec<Bound>, Error> {
    let wrong = |error: std::io::Error| Error(error.to_string());
    let workers = bindings.iter().filter_map(|binding| match &binding.who {
        Who::Command(workers) => Some(workers.clone()),
        _ => None,
    });
    let mut commands = command::start(workers.collect(), log).map_err(wrong)?.into_iter();
    let mut thread = None;
    let mut services = || match &thread {
        Some(thread) => Ok(Arc::clone(thread)),
        None => Thread::start().map(|started| thread.insert(Arc::new(started)).clone()).map_err(wrong),
    };
    let environment: Environment<'_> = &aws::credentials::of_process;
    let connector = |Binding { resource, who }| {
        let named = |reason| Error(format!("the task '{resource}': {reason}"));
        let connector = match who {
            Who::Command(_) => commands.next().expect("there is one for each"),
            Who::Lambda(settings, limits) => settings.connect(limits, &services()?, environment).map_err(named)?,
            Who::Http(settings, limits) => settings.connect(limits, &services()?).map_err(named)?,
            Who::Aws(settings, limits) => settings.connect(limits, &services()?, environment).map_err(named)?,
            Who::Gateway(settings, limits) => settings.connect(limits, &services()?, environment).map_err(named)?,
        };
        Ok((resource, connector))
    };
    bindings.into_iter().map(connector).collect()
}

const WORKERS_MAX: usize = 1024;
const IN_FLIGHT_MAX: usize = 1_000_000;
/// Requests that are out at once to one worker, unless the file says otherwise;
const IN_FLIGHT_PER_WORKER: usize = 256;
/// and to a service: each has a connection of its own, and many systems give a process 1,024.
const IN_FLIGHT: usize = 256;
/// A function of AWS's may take fifteen minutes, but an Express execution ends after five.
const TIMEOUT_SECONDS: u64 = 300;
/// HTTP tasks end after this on AWS (quotas, "HTTP Task").
const HTTP_TIMEOUT_SECONDS: u64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    task: Vec<Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    resource: String,
    max_in_flight: Option<usize>,
    timeout: Option<u64>,
    command: Option<Vec<String>>,
    workers: Option<usize>,
    rate_per_second: Option<f64>,
    lambda: Option<lambda::Settings>,
    http: Option<endpoint::Settings>,
    aws: Option<aws::Settings>,
    apigateway: Option<gateway::Settings>,
}

/// The keys that say who answers.
const KINDS: &str = "`command`, `lambda`, `http`, `aws` or `apigateway`";

fn binding(mut table: Table) -> Result<Binding, String> {
    let resource = std::mem::take(&mut table.resource);
    let (command, lambda) = (table.command.take(), table.lambda.take());
    let (http, aws, gateway) = (table.http.take(), table.aws.take(), table.apigateway.take());
    let limits = |seconds| limits(&table, seconds);
    let said: [Option<Result<Who, String>>; 5] = [
        command.map(|command| Ok(Who::Command(workers(command, &table)?))),
        lambda.map(|settings| Ok(Who::Lambda(settings, limits(TIMEOUT_SECONDS)?))),
        http.map(|settings| Ok(Who::Http(settings, limits(HTTP_TIMEOUT_SECONDS)?))),
        aws.map(|settings| Ok(Who::Aws(settings, limits(TIMEOUT_SECONDS)?))),
        gateway.map(|settings| Ok(Who::Gateway(settings, limits(TIMEOUT_SECONDS)?))),
    ];
    let mut said = said.into_iter().flatten();
    match (said.next(), said.next()) {
        (Some(who), None) => Ok(Binding { resource, who: who? }),
        (None, _) => Err(format!("it should say who answers: {KINDS}")),
        (Some(_), Some(_)) => Err(format!("only one can answer: {KINDS}")),
    }
}

fn workers(command: Vec<String>, table: &Table) -> Result<Workers, String> {
    if command.first().is_none_or(String::is_empty) {
        return Err(r#"`command` should be a program and its arguments: ["python3", "enrich.py"]"#.into());
    }
    if table.rate_per_second.is_some() {
        return Err("`rate_per_second` is for services; a command is slowed down by `max_in_flight`".into());
    }
    let count = within("workers", table.workers.unwrap_or(1), WORKERS_MAX)?;
    let max_in_flight = table.max_in_flight.unwrap_or(count * IN_FLIGHT_PER_WORKER);
    let max_in_flight = within("max_in_flight", max_in_flight, IN_FLIGHT_MAX)?;
    let timeout = timeout(table, TIMEOUT_SECONDS)?;
    Ok(Workers { command, count: count.min(max_in_flight), max_in_flight, timeout })
}

fn limits(table: &Table, timeout_seconds: u64) -> Result<Limits, String> {
    if table.workers.is_some() {
        return Err("`workers` is for commands; a service is limited by `max_in_flight`".into());
    }
    let rate_per_second = match table.rate_per_second {
        Some(rate) if !(0.001..=1e6).contains(&rate) => {
            return Err(format!("`rate_per_second` should be from 0.001 to 1000000, not {rate}"));
        }
        rate => rate,
    };
    let max_in_flight = within("max_in_flight", table.max_in_flight.unwrap_or(IN_FLIGHT), IN_FLIGHT_MAX)?;
    Ok(Limits { max_in_flight, rate_per_second, timeout: timeout(table, timeout_seconds)? })
}

fn timeout(table: &Table, default: u64) -> Result<Duration, String> {
    match table.timeout.unwrap_or(default) {
        seconds @ 1..=31_536_000 => Ok(Duration::from_secs(seconds)),
        other => Err(format!("`timeout` should be from 1 to 31536000 seconds, not {other}")),
    }
}

fn within(key: &str, value: usize, most: usize) -> Result<usize, String> {
    match value {
        value if (1..=most).contains(&value) => Ok(value),
        other => Err(format!("`{key}` should be from 1 to {most}, not {other}")),
    }
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
    fn a_command_has_defaults() {
        let bindings = parse("[[task]]\nresource = \"a:*\"\ncommand = [\"cat\"]\nworkers = 2\n").expect("a good file");
        let timeout = Duration::from_secs(300);
        let workers = Workers { command: vec!["cat".into()], count: 2, max_in_flight: 512, timeout };
        assert_eq!(bindings, [Binding { resource: "a:*".into(), who: Who::Command(workers) }]);
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn a_service_has_limits() {
        let text = "[[task]]\nresource = \"a\"\nlambda = { endpoint = \"http://h:1\" }\n";
        let limits = |text: &str| match parse(text).expect("a good file").remove(0).who {
            Who::Lambda(_, limits) => limits,
            other => panic!("{other:?}"),
        };
        let usual = Limits { max_in_flight: 256, rate_per_second: None, timeout: Duration::from_secs(300) };
        assert_eq!(limits(text), usual);
        let given = Limits { max_in_flight: 3, rate_per_second: Some(0.5), timeout: Duration::from_secs(9) };
        assert_eq!(limits(&format!("{text}max_in_flight = 3\nrate_per_second = 0.5\ntimeout = 9\n")), given);
    }

    #[test]
    fn aws_needs_nothing_but_its_name() {
        let who = |text: &str| parse(text).expect("a good file").remove(0).who;
        let task = "[[task]]\nresource = \"a\"\n";
        let Who::Aws(settings, limits) = who(&format!("{task}aws = {{}}\n")) else { panic!("it is AWS") };
        assert_eq!((settings, limits.max_in_flight), (aws::Settings::default(), 256));
        let keys = r#"credentials = { access_key_id = "a", secret_access_key = "s" }"#;
        let text = format!("{task}aws = {{ endpoint = \"http://h:1\", region = \"r\", {keys} }}\n");
        let Who::Aws(settings, _) = who(&text) else { panic!("it is AWS") };
        assert!(settings.endpoint.is_some() && settings.credentials.is_some_and(|keys| keys.session_token.is_none()));
        assert_refused(&format!("{task}aws = {{ endpoint = \"h\" }}\n"), &["line 3", "no URL of a server"]);
        assert_refused(&format!("{task}aws = {{ credentials = {{ secret = \"s\" }} }}\n"), &["unknown field `secret`"]);
    }

    #[test]
    fn unknown_keys_are_errors_with_their_line() {
        assert_refused(
            "[[task]]\nresource = \"a\"\ncommand = [\"b\"]\nworker = 2\n",
            &["line 4", "unknown field `worker`"],
        );
        assert_refused("[[tasks]]\nresource = \"a\"\n", &["line 1", "unknown field `tasks`"]);
        assert_refused(
            "[[task]]\nresource = \"a\"\n[task.lambda]\nendpoint = \"http://h\"\nregio = \"x\"\n",
            &["line 5", "unknown field `regio`"],
        );
    }

    #[test]
    fn values_without_meaning_are_refused_with_their_line() {
        let task = "[[task]]\nresource = \"a\"\n";
        let second = format!("{task}command = [\"b\"]\n\n{task}");
        assert_refused(&second, &["line 5: the task 'a'", "should say who answers"]);
        assert_refused(&format!("{task}command = []\n"), &["line 1", "`command` should be"]);
        let both = format!("{task}command = [\"b\"]\nlambda = {{ endpoint = \"http://h\" }}\n");
        assert_refused(&both, &["only one can answer"]);
        for (key, value) in [("workers", "0"), ("workers", "5000"), ("max_in_flight", "0"), ("timeout", "0")] {
            assert_refused(&format!("{task}command = [\"b\"]\n{key} = {value}\n"), &[key, "should be from 1"]);
        }
        for rate in ["0", "-1", "nan", "inf"] {
            let text = format!("{task}lambda = {{ endpoint = \"http://h\" }}\nrate_per_second = {rate}.0\n");
            assert_refused(&text.replace("nan.0", "nan").replace("inf.0", "inf"), &["`rate_per_second` should be"]);
        }
        assert_refused(&format!("{task}command = [\"b\"]\nrate_per_second = 1.0\n"), &["is for services"]);
        assert_refused(&format!("{task}lambda = {{ endpoint = \"http://h\" }}\nworkers = 1\n"), &["is for commands"]);
        assert_refused(&format!("{task}lambda = {{ endpoint = \"h\" }}\n"), &["line 3", "no URL of a server"]);
        assert_refused("[[task]]\ncommand = [\"b\"]\n", &["missing field `resource`"]);
    }
}
