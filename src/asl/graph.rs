//! The state machine as meant: names resolved, defaults filled in, every expression with its place in the text.

use crate::diagnostic::Site;
use crate::json::tree::Node;

/// A state, by its place in [`Graph::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u32);

/// A group of states that may go to one another, by its place in [`Graph::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// The language of a state's expressions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryLanguage {
    /// Paths, payload templates and intrinsic functions.
    #[default]
    JsonPath,
    /// `{% … %}`
    Jsonata,
}

/// A whole state machine.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Every state of every scope.
    pub states: Vec<State>,
    /// The machine itself comes first, then branches and item processors.
    pub scopes: Vec<Scope>,
    /// The longest the execution may take.
    pub timeout_seconds: Option<u64>,
    /// The definition's size; AWS's memory formula counts it.
    pub definition_bytes: usize,
}

/// One `States` map: the machine's, a branch's or an item processor's.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Where it begins.
    pub start: StateId,
    /// The Parallel or Map state that holds it.
    pub parent: Option<StateId>,
}

/// One state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name, unique in the machine.
    pub name: String,
    /// The scope it belongs to.
    pub scope: ScopeId,
    /// Its place in the definition, `/States/Price`.
    pub site: Site,
    /// The language of its expressions.
    pub language: QueryLanguage,
    /// What it does.
    pub kind: Kind,
    /// `InputPath`
    pub input_path: Filter,
    /// `OutputPath`
    pub output_path: Filter,
    /// `ResultPath`
    pub result_path: Placement,
    /// `Parameters` (not a Map's), `Arguments` in JSONata.
    pub parameters: Option<Template>,
    /// `ResultSelector`
    pub result_selector: Option<Template>,
    /// `Output` (JSONata).
    pub output: Option<Template>,
    /// `Assign`
    pub assign: Option<Template>,
    /// `Retry`, in order.
    pub retriers: Vec<Retrier>,
    /// `Catch`, in order.
    pub catchers: Vec<Catcher>,
    /// `Next`; `None` is `End: true` or a state type that ends or chooses.
    pub next: Option<StateId>,
}

/// A text to be parsed by a query language, and where it stands (without its quotes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The text.
    pub text: String,
    /// Its place; the location names the field.
    pub site: Site,
}

/// A JSON value with expressions inside, and its place; the location names the field.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The value.
    pub node: Node,
    /// Its place.
    pub site: Site,
}

/// `InputPath` or `OutputPath`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Absent, or `$`.
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    /// A path.
    Path(Expression),
}

/// `ResultPath`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Absent, or `$`: the result replaces the input.
    #[default]
    Replace,
    /// `null`: the result is dropped.
    Discard,
    /// A reference path at which the result is put into the input.
    At(Expression),
}

/// A number, fixed or looked up.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Written as a number.
    Fixed(f64),
    /// `…Path`
    Path(Expression),
    /// A JSONata expression.
    Computed(Template),
}

/// A text, fixed or looked up.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// Written as a string.
    Fixed(String),
    /// `…Path`: a path or an intrinsic function.
    Path(Expression),
    /// A JSONata expression.
    Computed(Template),
}

/// What a state does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Passes its input on, or `Result` instead.
    Pass {
        /// `Result`
        result: Option<Node>,
    },
    /// Has work done.
    Task(Box<Task>),
    /// Goes where the first true rule says.
    Choice {
        /// The rules in order.
        rules: Vec<Rule>,
        /// `Default`
        default: Option<StateId>,
    },
    /// Waits.
    Wait(Pause),
    /// Ends its scope well.
    Succeed,
    /// Ends the execution badly.
    Fail {
        /// `Error` or `ErrorPath`
        error: Option<Text>,
        /// `Cause` or `CausePath`
        cause: Option<Text>,
    },
    /// Runs its branches side by side.
    Parallel {
        /// In the order of the result.
        branches: Vec<ScopeId>,
    },
    /// Runs its processor once for each item.
    Map(Box<Map>),
}

impl Kind {
    /// The state's type, as `Type` spells it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Pass { .. } => "Pass",
            Kind::Task(_) => "Task",
            Kind::Choice { .. } => "Choice",
            Kind::Wait(_) => "Wait",
            Kind::Succeed => "Succeed",
            Kind::Fail { .. } => "Fail",
            Kind::Parallel { .. } => "Parallel",
            Kind::Map(_) => "Map",
        }
    }
}

/// The fields of a Task.
#[derive(Clone, Debug)]
pub struct Task {
    /// `Resource`
    pub resource: Expression,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`
    pub timeout: Option<Amount>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`
    pub heartbeat: Option<Amount>,
    /// `Credentials`, a payload template.
    pub credentials: Option<Template>,
}

/// How long a Wait waits.
#[derive(Clone, Debug)]
pub enum Pause {
    /// `Seconds` or `SecondsPath`
    Seconds(Amount),
    /// `Timestamp` or `TimestampPath`
    Until(Text),
}

/// The fields of a Map.
#[derive(Clone, Debug)]
pub struct Map {
    /// `ItemsPath`
    pub items: Filter,
    /// `Items` (JSONata).
    pub items_template: Option<Template>,
    /// `ItemSelector`, or `Parameters` in the older form.
    pub selector: Option<Template>,
    /// `MaxConcurrency` or `MaxConcurrencyPath`
    pub concurrency: Option<Amount>,
    /// `ItemProcessor`, or `Iterator` in the older form.
    pub processor: ScopeId,
    /// `ProcessorConfig.Mode` is `DISTRIBUTED`.
    pub distributed: bool,
    /// `ItemReader`, `ItemBatcher` and `ResultWriter`, as far as they are there.
    pub distribution: Vec<Template>,
    /// `ToleratedFailureCount` and `ToleratedFailurePercentage` with their `Path` forms.
    pub tolerated_failures: (Option<Amount>, Option<Amount>),
}

/// A rule of a Choice.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What must hold.
    pub condition: Condition,
    /// `Assign` of the rule.
    pub assign: Option<Template>,
    /// `Output` of the rule (JSONata).
    pub output: Option<Template>,
    /// Where to go.
    pub next: StateId,
    /// Its place, `/States/ByType/Choices[0]`.
    pub site: Site,
}

/// What a rule tests.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `And`
    And(Vec<Condition>),
    /// `Or`
    Or(Vec<Condition>),
    /// `Not`
    Not(Box<Condition>),
    /// `Variable`, one operator and its operand.
    Test {
        /// `Variable`
        variable: Expression,
        /// The operator's name as written, without a `Path` ending: `StringEquals`.
        operator: &'static str,
        /// What the variable is compared with.
        operand: Operand,
    },
    /// `Condition` (JSONata): an expression, or a fixed `true` or `false`.
    Computed(Template),
}

/// The right side of a comparison.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A value written in the definition.
    Constant(Node),
    /// The operator's `Path` form.
    Path(Expression),
}

/// A retrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    /// `ErrorEquals`
    pub errors: Vec<String>,
    /// `IntervalSeconds`, 1 when absent.
    pub interval_seconds: u64,
    /// `MaxAttempts`, 3 when absent.
    pub max_attempts: u64,
    /// `BackoffRate`, 2.0 when absent.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy` is `FULL`.
    pub full_jitter: bool,
}

/// A catcher.
#[derive(Clone, Debug)]
pub struct Catcher {
    /// `ErrorEquals`
    pub errors: Vec<String>,
    /// `ResultPath`
    pub result_path: Placement,
    /// `Assign`
    pub assign: Option<Template>,
    /// `Output` (JSONata).
    pub output: Option<Template>,
    /// `Next`
    pub next: StateId,
    /// Its place, `/States/Charge/Catch[0]`.
    pub site: Site,
}
