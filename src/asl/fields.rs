//! Which fields there are: per state type and query language, as one table.

use StateType::*;

use super::graph::QueryLanguage::{self, JsonPath, Jsonata};
use super::nearest;
use super::value::Fields;
use crate::diagnostic::{Diagnostics, Site};

/// The types of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateType {
    Task,
    Wait,
    Pass,
    Succeed,
    Fail,
    Choice,
    Parallel,
    Map,
}

/// In the order in which AWS lists them.
const STATE_TYPES: &[(&str, StateType)] = &[
    ("Task", Task),
    ("Wait", Wait),
    ("Pass", Pass),
    ("Succeed", Succeed),
    ("Fail", Fail),
    ("Choice", Choice),
    ("Parallel", Parallel),
    ("Map", Map),
];

const EVERY: &[StateType] = &[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map];
const BUT_FAIL: &[StateType] = &[Task, Wait, Pass, Succeed, Choice, Parallel, Map];
const WORKING: &[StateType] = &[Task, Parallel, Map];
const WITH_RESULT: &[StateType] = &[Task, Pass, Parallel, Map];
const WITH_NEXT: &[StateType] = &[Task, Wait, Pass, Parallel, Map];
const ASSIGNING: &[StateType] = &[Task, Wait, Pass, Choice, Parallel, Map];

/// A field of an object.
pub(super) struct Row {
    name: &'static str,
    /// The state types that have it; of use in the table of states only.
    of: &'static [StateType],
    /// The language that has it, if only one has.
    language: Option<QueryLanguage>,
}

impl Row {
    /// Whether this is the row of that field.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

const fn row(name: &'static str, of: &'static [StateType]) -> Row {
    Row { name, of, language: None }
}

const fn path(name: &'static str, of: &'static [StateType]) -> Row {
    Row { name, of, language: Some(JsonPath) }
}

const fn jsonata(name: &'static str, of: &'static [StateType]) -> Row {
    Row { name, of, language: Some(Jsonata) }
}

const STATE: &[Row] = &[
    row("Type", EVERY),
    row("QueryLanguage", EVERY),
    row("Next", WITH_NEXT),
    row("End", WITH_NEXT),
    path("InputPath", BUT_FAIL),
    path("OutputPath", BUT_FAIL),
    path("ResultPath", WITH_RESULT),
    path("Parameters", WITH_RESULT),
    path("ResultSelector", WORKING),
    jsonata("Arguments", &[Task, Parallel]),
    jsonata("Output", BUT_FAIL),
    row("Assign", ASSIGNING),
    row("Retry", WORKING),
    row("Catch", WORKING),
    path("Result", &[Pass]),
    row("Resource", &[Task]),
    row("TimeoutSeconds", &[Task]),
    path("TimeoutSecondsPath", &[Task]),
    row("HeartbeatSeconds", &[Task]),
    path("HeartbeatSecondsPath", &[Task]),
    row("Credentials", &[Task]),
    row("Choices", &[Choice]),
    row("Default", &[Choice]),
    row("Seconds", &[Wait]),
    path("SecondsPath", &[Wait]),
    row("Timestamp", &[Wait]),
    path("TimestampPath", &[Wait]),
    row("Error", &[Fail]),
    path("ErrorPath", &[Fail]),
    row("Cause", &[Fail]),
    path("CausePath", &[Fail]),
    row("Branches", &[Parallel]),
    path("ItemsPath", &[Map]),
    jsonata("Items", &[Map]),
    row("ItemSelector", &[Map]),
    row("ItemProcessor", &[Map]),
    row("Iterator", &[Map]),
    row("MaxConcurrency", &[Map]),
    path("MaxConcurrencyPath", &[Map]),
    row("ItemReader", &[Map]),
    row("ItemBatcher", &[Map]),
    row("ResultWriter", &[Map]),
    row("ToleratedFailureCount", &[Map]),
    path("ToleratedFailureCountPath", &[Map]),
    row("ToleratedFailurePercentage", &[Map]),
    path("ToleratedFailurePercentagePath", &[Map]),
    row("Label", &[Map]),
];

pub(super) const MACHINE: &[Row] = &[
    row("StartAt", &[]),
    row("States", &[]),
    row("Version", &[]),
    row("TimeoutSeconds", &[]),
    row("QueryLanguage", &[]),
];
pub(super) const BRANCH: &[Row] = &[row("StartAt", &[]), row("States", &[])];
pub(super) const PROCESSOR: &[Row] = &[row("StartAt", &[]), row("States", &[]), row("ProcessorConfig", &[])];
pub(super) const PROCESSOR_CONFIG: &[Row] = &[row("Mode", &[]), row("ExecutionType", &[])];
pub(super) const RETRIER: &[Row] = &[
    row("ErrorEquals", &[]),
    row("IntervalSeconds", &[]),
    row("MaxAttempts", &[]),
    row("BackoffRate", &[]),
    row("MaxDelaySeconds", &[]),
    row("JitterStrategy", &[]),
];
pub(super) const CATCHER: &[Row] =
    &[row("ErrorEquals", &[]), row("Next", &[]), path("ResultPath", &[]), row("Assign", &[]), jsonata("Output", &[])];
/// What a rule of a Choice may have beside its test.
pub(super) const RULE: &[Row] =
    &[row("Next", &[]), row("Assign", &[]), jsonata("Output", &[]), jsonata("Condition", &[])];

/// The operators of Choice rules, without their `Path` forms, and what each compares with.
pub(super) const OPERATORS: &[(&str, Compared)] = &[
    ("StringEquals", Compared::Text),
    ("StringLessThan", Compared::Text),
    ("StringGreaterThan", Compared::Text),
    ("StringLessThanEquals", Compared::Text),
    ("StringGreaterThanEquals", Compared::Text),
    ("StringMatches", Compared::Pattern),
    ("NumericEquals", Compared::Number),
    ("NumericLessThan", Compared::Number),
    ("NumericGreaterThan", Compared::Number),
    ("NumericLessThanEquals", Compared::Number),
    ("NumericGreaterThanEquals", Compared::Number),
    ("BooleanEquals", Compared::Boolean),
    ("TimestampEquals", Compared::Timestamp),
    ("TimestampLessThan", Compared::Timestamp),
    ("TimestampGreaterThan", Compared::Timestamp),
    ("TimestampLessThanEquals", Compared::Timestamp),
    ("TimestampGreaterThanEquals", Compared::Timestamp),
    ("IsNull", Compared::Wanted),
    ("IsPresent", Compared::Wanted),
    ("IsNumeric", Compared::Wanted),
    ("IsString", Compared::Wanted),
    ("IsBoolean", Compared::Wanted),
    ("IsTimestamp", Compared::Wanted),
];

/// What an operator's operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Text,
    Number,
    Boolean,
    Timestamp,
    /// A string with `*`; there is no `Path` form.
    Pattern,
    /// Whether the test should hold; there is no `Path` form.
    Wanted,
}

/// The type of a state.
pub(super) fn state_type(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> Option<StateType> {
    fields.require(&["Type"], diagnostics);
    fields.get("Type")?.word(STATE_TYPES, diagnostics)
}

/// The language of states that name none.
pub(super) fn machine_language(machine: &Fields<'_>, diagnostics: &mut Diagnostics) -> QueryLanguage {
    language(machine, diagnostics).unwrap_or_default()
}

/// The language of a state. A JSONata machine has JSONata states only.
pub(super) fn state_language(
    state: &Fields<'_>,
    machine: QueryLanguage,
    diagnostics: &mut Diagnostics,
) -> QueryLanguage {
    let own = language(state, diagnostics);
    if machine == Jsonata && own == Some(JsonPath) {
        let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        diagnostics.error(&state.site(), message);
        return Jsonata;
    }
    own.unwrap_or(machine)
}

fn language(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> Option<QueryLanguage> {
    fields.get("QueryLanguage")?.word(&[("JSONPath", JsonPath), ("JSONata", Jsonata)], diagnostics)
}

/// How an item processor runs.
#[derive(Clone, Copy, Default)]
pub(super) struct Config {
    pub distributed: bool,
    /// Its children are Express executions.
    pub express: bool,
}

/// Reads `ProcessorConfig`.
pub(super) fn processor_config(processor: &Fields<'_>, express: bool, diagnostics: &mut Diagnostics) -> Config {
    let Some(config) = processor.get("ProcessorConfig").and_then(|config| config.object(diagnostics)) else {
        return Config::default();
    };
    let config = allowed(config, PROCESSOR_CONFIG, diagnostics);
    let mode = config.get("Mode");
    let modes = [("INLINE", false), ("DISTRIBUTED", true)];
    let distributed = mode.as_ref().and_then(|mode| mode.word(&modes, diagnostics)).unwrap_or(false);
    if let Some(mode) = mode.filter(|_| distributed && express) {
        diagnostics.error(&mode.site(), "Express state machine does not support 'DISTRIBUTED' mode of a Map");
    }
    let kinds = [("STANDARD", false), ("EXPRESS", true)];
    if distributed {
        config.require(&["ExecutionType"], diagnostics);
    }
    let kind = config.get("ExecutionType").and_then(|kind| kind.word(&kinds, diagnostics));
    Config { distributed, express: kind.unwrap_or(false) }
}

/// The fields of a state that its type and language have; notes the others.
pub(super) fn of_state<'a>(
    fields: Fields<'a>,
    kind: StateType,
    language: QueryLanguage,
    diagnostics: &mut Diagnostics,
) -> Fields<'a> {
    keep(fields, STATE, Some(kind), Some(language), diagnostics)
}

/// The fields that the rows name; notes the others.
pub(super) fn allowed<'a>(fields: Fields<'a>, rows: &[Row], diagnostics: &mut Diagnostics) -> Fields<'a> {
    keep(fields, rows, None, None, diagnostics)
}

/// The fields that the rows name for this language; notes the others.
pub(super) fn allowed_in<'a>(
    fields: Fields<'a>,
    rows: &[Row],
    language: QueryLanguage,
    diagnostics: &mut Diagnostics,
) -> Fields<'a> {
    keep(fields, rows, None, Some(language), diagnostics)
}

/// The fields whose rows are for this type of state, if it is one, and for this language, if that matters.
fn keep<'a>(
    fields: Fields<'a>,
    rows: &[Row],
    kind: Option<StateType>,
    language: Option<QueryLanguage>,
    diagnostics: &mut Diagnostics,
) -> Fields<'a> {
    let object = fields.clone();
    let applies = |row: &&Row| kind.is_none_or(|kind| row.of.contains(&kind));
    fields.filter(|member| {
        let site = || Site { span: member.name_span, location: object.site().location };
        let row = rows.iter().find(|row| row.name == member.name).filter(applies);
        match (row.map(|row| row.language), language) {
            // A Comment may stand anywhere and says nothing to the machine.
            (None, _) if member.name == "Comment" => return false,
            (None, _) => {
                let rows: Vec<&Row> = rows.iter().filter(applies).collect();
                not_supported(&member.name, &rows, &site(), diagnostics);
            }
            (Some(Some(needed)), Some(set)) if needed != set => {
                wrong_language(&member.name, needed, set, &site(), diagnostics);
            }
            _ => return true,
        }
        false
    })
}

fn not_supported(name: &str, rows: &[&Row], site: &Site, diagnostics: &mut Diagnostics) {
    let elsewhere = STATE.iter().find(|row| row.name == name && rows.iter().any(|other| !other.of.is_empty()));
    let owners = elsewhere.map(|row| {
        let names = STATE_TYPES.iter().filter(|(_, kind)| row.of.contains(kind)).map(|(name, _)| *name);
        format!("only these state types have it: {}", names.collect::<Vec<_>>().join(", "))
    });
    let nearest = || nearest::suggestion(name, rows.iter().map(|row| row.name));
    let help = owners.or_else(|| if diagnostics.is_long() { None } else { nearest() });
    diagnostics.error(site, format!("Field '{name}' is not supported")).help = help;
}

pub(super) fn wrong_language(
    name: &str,
    needed: QueryLanguage,
    set: QueryLanguage,
    site: &Site,
    diagnostics: &mut Diagnostics,
) {
    let spell = |language| if language == JsonPath { "JSONPath" } else { "JSONata" };
    let (needed, set) = (spell(needed), spell(set));
    let message = format!(
        "The QueryLanguage is set to '{set}', but field '{name}' is only supported for the '{needed}' QueryLanguage"
    );
    diagnostics.error(site, message);
}
