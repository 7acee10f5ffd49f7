//! The options of `run`, as they are written and described.

use crate::definition::{Definition, Reading, Type};
use clap::{Args, ValueEnum};
use expressway::compile;
use expressway::engine;
use expressway::history::Level;
use expressway::program::Identity;
use expressway::usage::Limits;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Run one execution for each line of JSON
#[derive(Args)]
#[command(after_help = "\
Examples:
  expressway run orders.asl.json orders.ndjson > results.ndjson
  tail -f events.log | expressway run rules.asl.yaml --tasks tasks.toml --unordered
  expressway run orders.asl.json --mock mocks.json --test-case Retry --time virtual \\
      --emit record --history history.ndjson < one.json

The first SIGINT or SIGTERM stops reading and finishes what was read, the second stops at once.
Exit status: 0 all succeeded, 1 something did not, 2 usage or definition, 3 input or output broke
or the run was ended before its input.")]
pub struct Arguments {
    /// The file with the definition: JSON, or YAML where the name ends in .yaml or .yml
    #[arg(value_name = "DEFINITION")]
    pub definition: PathBuf,
    /// Files of inputs, one JSON text per line; standard input where none is given
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub executions: Executions,
    #[command(flatten)]
    pub ending: Ending,
}

/// What executions are and may use: the same for every command that runs them.
#[derive(Args)]
pub struct Executions {
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub tasks: Tasks,
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub identity: Names,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// The output of every execution that succeeds, or a record for every line, whatever became of it
    #[arg(long, value_enum, default_value_t = Emit::Output)]
    pub emit: Emit,
    /// Write outputs or records to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write a record of every line that does not succeed, with its input, to this file. Without it they go to stderr,
    /// unless --emit record tells them anyway
    #[arg(long, value_name = "FILE")]
    pub failures: Option<PathBuf>,
    /// Write what happens in executions to this file, an event per line, as Express logs hold them
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Which events the history holds
    #[arg(long, value_enum, default_value_t = LogLevel::All, requires = "history", hide_default_value = true)]
    pub log_level: LogLevel,
    /// Leave inputs, outputs and parameters out of the history
    #[arg(long, requires = "history")]
    pub no_execution_data: bool,
    /// Write the summary to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Prices in place of those of us-east-1: a TOML file
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// No progress and no summary on stderr
    #[arg(long)]
    pub quiet: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Tasks")]
pub struct Tasks {
    /// Who answers Task states: a TOML file
    #[arg(long, value_name = "FILE")]
    pub tasks: Option<PathBuf>,
    /// Answers from a mock file in the format of Step Functions Local
    #[arg(long, value_name = "FILE")]
    pub mock: Option<PathBuf>,
    /// Which test case of the mock file; not needed where it has only one
    #[arg(long, value_name = "NAME", requires = "mock")]
    pub test_case: Option<String>,
    /// Let a Task that nobody answers fail when it is reached, instead of refusing to start
    #[arg(long)]
    pub allow_unbound: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Pace and limits")]
pub struct Pace {
    /// With virtual time, waits and retry delays pass at once, in the order real time would have given
    #[arg(long, value_enum, default_value_t = Time::Real)]
    pub time: Time,
    /// Decides everything random; with virtual time the run is then the same every time, bit for bit
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Stop after this many lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Threads that run executions; one for each core where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub shards: Option<u64>,
    /// Write outputs as they come. In input order, a slow execution holds back those behind it
    #[arg(long)]
    pub unordered: bool,
    /// The most executions under way at once; then reading waits
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub max_in_flight: u64,
    /// The most memory for executions under way, and as much for outputs whose turn has not come, in MiB; then reading
    /// waits
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub max_held: u64,
    /// Instructions before an execution that never ends is stopped with States.Runtime
    #[arg(long, value_name = "N", default_value_t = Limits::EXPRESS.instructions, value_parser = clap::value_parser!(u64).range(1..))]
    pub max_instructions: u64,
}

/// What ends a run before its input does.
#[derive(Args)]
#[command(next_help_heading = "Pace and limits")]
pub struct Ending {
    /// Stop at the first line that does not succeed
    #[arg(long)]
    pub fail_fast: bool,
    /// How long what is in flight may take after SIGINT or SIGTERM, before it is aborted
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=31_536_000))]
    pub drain: u64,
}

#[derive(Args)]
#[command(next_help_heading = "Names, as ARNs and the context object say them")]
pub struct Names {
    /// What execution names begin with; the number of the line follows
    #[arg(long, value_name = "TEXT", default_value = "line-", value_parser = name_prefix)]
    pub name_prefix: String,
    /// The account, twelve digits
    #[arg(long, value_name = "DIGITS", default_value = "000000000000", value_parser = account)]
    pub account: String,
    #[arg(long, value_name = "NAME", default_value = "us-east-1", value_parser = region, help = "The region")]
    pub region: String,
    /// The role the machine runs as; where not given, one of the account
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub role_arn: Option<String>,
    /// The machine's name; where not given, the definition's file name up to its first dot. Given, it also says which
    /// machine of a mock file is meant
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub state_machine_name: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    Output,
    Record,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    All,
    Error,
    Fatal,
    Off,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Time {
    Real,
    Virtual,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Level {
        match level {
            LogLevel::All => Level::All,
            LogLevel::Error => Level::Error,
            LogLevel::Fatal => Level::Fatal,
            LogLevel::Off => Level::Off,
        }
    }
}

impl Executions {
    /// How the definition is compiled.
    pub fn compiling(&self, definition: &Definition, history: bool) -> compile::Options {
        compile::Options {
            format: definition.format,
            machine_type: self.reading.machine_type.into(),
            substitutions: self.reading.substitutions.clone(),
            identity: self.identity(&definition.name),
            history,
            instructions: self.pace.max_instructions,
        }
    }

    fn identity(&self, definition: &str) -> Identity {
        let Names { account, region, role_arn, state_machine_name, .. } = &self.identity;
        let role = || format!("arn:aws:iam::{account}:role/StateMachine");
        Identity {
            account: account.clone(),
            region: region.clone(),
            state_machine_name: state_machine_name.clone().unwrap_or_else(|| name_of(Path::new(definition))),
            role_arn: role_arn.clone().unwrap_or_else(role),
            express: self.reading.machine_type == Type::Express,
        }
    }

    /// How the engine runs it.
    pub fn running(&self) -> engine::Options {
        engine::Options {
            shards: self.pace.shards.unwrap_or(0) as usize,
            in_order: !self.pace.unordered,
            in_flight_max: self.pace.max_in_flight as usize,
            held_bytes_max: usize::try_from(self.pace.max_held << 20).unwrap_or(usize::MAX),
            time: if self.pace.time == Time::Virtual { engine::Time::Virtual } else { engine::Time::Real },
            seed: self.pace.seed,
            name_prefix: self.identity.name_prefix.clone(),
            lines_max: self.pace.limit.unwrap_or(u64::MAX),
            ..engine::Options::default()
        }
    }
}

impl Arguments {
    /// How the engine runs it.
    pub fn running(&self) -> engine::Options {
        let Ending { fail_fast, drain } = self.ending;
        engine::Options { fail_fast, drain: Duration::from_secs(drain), ..self.executions.running() }
    }
}

/// A line's number has up to twenty digits, and a name at most eighty characters (StartExecution, `name`).
fn name_prefix(text: &str) -> Result<String, String> {
    match text.chars().count() <= 60 && text.chars().all(fits_in_name) {
        true => Ok(text.to_owned()),
        false => Err("should have at most 60 characters, without spaces, brackets and signs such as : / * ?".into()),
    }
}

fn name(text: &str) -> Result<String, String> {
    match !text.is_empty() && text.chars().count() <= 80 && text.chars().all(fits_in_name) {
        true => Ok(text.to_owned()),
        false => Err("should have from 1 to 80 characters, without spaces, brackets and signs such as : / * ?".into()),
    }
}

/// The machine's name as the definition's file has it, `orders` of `flows/orders.asl.json`.
fn name_of(definition: &Path) -> String {
    let file = definition.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.trim_start_matches('.').split('.').next().unwrap_or_default();
    let fitting = stem.chars().take(80).map(|character| if fits_in_name(character) { character } else { '-' });
    match stem.is_empty() {
        true => Identity::default().state_machine_name,
        false => fitting.collect(),
    }
}

/// What names may hold (StartExecution and CreateStateMachine, `name`).
fn fits_in_name(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"<>{}[]?*\"#%\\^|~`$&,;:/".contains(character)
}

fn account(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("should be twelve digits".into()),
    }
}

fn region(text: &str) -> Result<String, String> {
    match !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        true => Ok(text.to_owned()),
        false => Err("should look like us-east-1".into()),
    }
}

fn role(text: &str) -> Result<String, String> {
    match text.starts_with("arn:") && text.chars().all(|character| !character.is_control()) {
        true => Ok(text.to_owned()),
        false => Err("should be an ARN such as arn:aws:iam::123456789012:role/Orders".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_named_after_its_file() {
        let named = |path: &str| name_of(Path::new(path));
        assert_eq!(named("flows/orders.asl.json"), "orders");
        assert_eq!(named("orders"), "orders");
        assert_eq!(named("./.hidden.yaml"), "hidden");
        assert_eq!(named("my orders (2).json"), "my-orders-(2)");
        assert_eq!(named(".."), "StateMachine");
        assert!(name(&named(&"é".repeat(100))).is_ok());
    }
}
