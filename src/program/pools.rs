//! What instructions point at: documents to write, tasks to call, tables to switch over.

use super::{Label, LackId, Resource, SetId, Slot, StateId, TaskId, TemplateId};
use crate::builtin::comparisons::Operator;
use crate::builtin::path::Selector;
use crate::json::{Column, Kind, Step, Value};

/// The states entered, and the events that happen, from one [`Charge`](super::Op::Charge) to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Each state entered, and how many events have happened when it has been.
    pub entered: Vec<(StateId, u32)>,
    /// All events of the run.
    pub events: u32,
}

/// A state's entry or exit, for the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The state.
    pub state: StateId,
    /// Its input, or its output.
    pub document: TemplateId,
    /// The variables assigned on the way out.
    pub assigned: Vec<(Box<str>, Slot)>,
}

/// A document to be written: pieces one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The pieces.
    pub pieces: Vec<Piece>,
    /// How large it can get, where that is known: at most this many times the execution's input …
    pub inputs: u32,
    /// … and this many bytes beside; `None` where only writing it tells.
    pub bytes: Option<u32>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// JSON text that is the same every time.
    Text(Value),
    /// The value in a slot.
    Slot(Slot),
    /// The value in a slot with parts put into it.
    Spliced(Box<Spliced>),
}

/// Most parts that one value may have put into it; a document is written out before it has more.
pub const EDITS_MAX: usize = 16;

/// A value with parts put into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spliced {
    /// The value.
    pub base: Slot,
    /// The parts; no two begin with the same key.
    pub edits: Vec<Edit>,
}

/// A part put into a value at a path of keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// For each key of the path: the slot of what stands there already.
    pub present: Vec<Slot>,
    /// For each key of the path: the key as JSON string and colon.
    pub keys: Vec<Value>,
    /// What is put there.
    pub value: Vec<Piece>,
}

/// A path that needs more than steps: wildcards, slices, filters, negative indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What to follow.
    pub selectors: Vec<Selector>,
    /// Whether it leads to one value at most; else its matches make an array.
    pub definite: bool,
}

/// A value put into another at a path that has array places in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Insertion {
    /// Into what.
    pub base: Slot,
    /// Where.
    pub path: Vec<Step>,
    /// What.
    pub value: Slot,
    /// The path as the definition spells it.
    pub text: Box<str>,
}

/// A test of a Choice rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is tested.
    pub operator: Operator,
    /// What the value is compared with.
    pub operand: Operand,
    /// What to say when there is no value; `None` where that is no failure.
    pub lack: Option<LackId>,
    /// Where to go when it comes out so.
    pub branch: Option<(bool, Label)>,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A constant.
    Constant(Value),
    /// A number, parsed when the program was made.
    Number(f64),
    /// A slot.
    Slot(Slot),
}

/// A task of the program: what its state asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInfo {
    /// The state.
    pub state: StateId,
    /// What it calls.
    pub resource: Resource,
}

/// A call of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskSite {
    /// The task.
    pub task: TaskId,
    /// What it is sent.
    pub parameters: TemplateId,
    /// The longest it may take.
    pub timeout: Duration,
    /// The longest it may be silent.
    pub heartbeat: Duration,
    /// The role it assumes.
    pub credentials: Option<TemplateId>,
    /// Where its result goes.
    pub result: Slot,
    /// The paths read in it.
    pub set: SetId,
}

/// A number of seconds, as a Task or a Map may give it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Duration {
    /// Not given.
    #[default]
    Never,
    /// Written down.
    Seconds(u64),
    /// Looked up.
    Slot {
        /// Where the value is.
        slot: Slot,
        /// The field that names it.
        field: &'static str,
        /// The path as the definition spells it.
        path: Box<str>,
    },
}

/// How long a Wait waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Pause {
    /// So many milliseconds.
    Milliseconds(u64),
    /// Until this moment, in milliseconds since 1970.
    Until(u64),
    /// The seconds in a slot.
    Seconds {
        /// Where the value is.
        slot: Slot,
        /// The path as the definition spells it.
        path: Box<str>,
    },
    /// The timestamp in a slot.
    Timestamp {
        /// Where the value is.
        slot: Slot,
        /// The path as the definition spells it.
        path: Box<str>,
    },
}

/// Branches or items to start.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The state.
    pub state: StateId,
    /// Which.
    pub kind: ForkKind,
    /// Whether no state in its branches waits for anything, and nobody is told of each.
    pub straight: bool,
    /// Where the array of outputs goes.
    pub result: Slot,
    /// The paths read in it.
    pub set: SetId,
}

/// What is started.
#[derive(Clone, Debug, PartialEq)]
pub enum ForkKind {
    /// Every branch, with the same input.
    Branches {
        /// The input.
        input: Slot,
        /// The branches.
        branches: Vec<Branch>,
    },
    /// One branch for each item of an array, or for each member of an object.
    Items {
        /// The array or object.
        items: Slot,
        /// Whether it may be an object.
        members: bool,
        /// The path of the array as the definition spells it.
        path: Box<str>,
        /// If the reader of the input notes the items: the members that are read of each, and the slots of the branch
        /// that they go to.
        noted: Option<Vec<(Column, Slot)>>,
        /// How many at once; none is 40.
        concurrency: Duration,
        /// What is run.
        branch: Branch,
    },
}

/// A branch's code and what it takes along.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Where it begins.
    pub entry: Label,
    /// Its scope, which says how many slots it has; the input or item is in slot 0, the item's index in slot 1, its key
    /// in slot 2.
    pub scope: u32,
    /// Whether it is told which item it is.
    pub numbered: bool,
    /// The paths it reads in its input.
    pub set: SetId,
    /// Slots of the parent copied into slots of the branch.
    pub captures: Vec<(Slot, Slot)>,
}

/// Why an instruction may fail, and what to say then.
#[derive(Clone, Debug, PartialEq)]
pub enum Lack {
    /// A path of a field leads nowhere: `The JSONPath '…' specified for the field '…' could not be found in the input '…'`.
    Field {
        /// The path as the definition spells it.
        path: Box<str>,
        /// The field.
        field: Box<str>,
        /// The document it was looked for in.
        input: TemplateId,
    },
    /// A path leads nowhere: `Invalid path '…' : …`.
    Path {
        /// The path as the definition spells it.
        path: Box<str>,
        /// What it follows.
        selectors: Vec<Selector>,
        /// The document it was looked for in.
        input: TemplateId,
    },
    /// A path of a Choice leads nowhere: `Invalid path '…': The choice state's condition path references an invalid value.`
    Choice {
        /// The path as the definition spells it.
        path: Box<str>,
    },
    /// A variable that was never assigned.
    Variable {
        /// Its name.
        name: Box<str>,
        /// The expression it stands in.
        path: Box<str>,
    },
    /// `SecondsPath` or `TimestampPath` leads nowhere.
    Reference {
        /// The field.
        field: Box<str>,
        /// The path as the definition spells it.
        path: Box<str>,
    },
    /// `ResultPath` cannot be applied.
    Placement {
        /// The path as the definition spells it.
        path: Box<str>,
        /// The state's input.
        input: TemplateId,
    },
    /// No rule matched.
    NoChoice,
}

/// A JSONata expression of the definition: where it stands, and what it must give.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The field, seen from its state: `Output/items[0]`.
    pub field: Box<str>,
    /// The expression, as causes quote it.
    pub text: Box<str>,
    /// What its value must be.
    pub expected: Expected,
    /// Whether it is evaluated before the state's work begins.
    pub entering: bool,
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything, or nothing.
    Anything,
    /// Anything that JSON can say.
    Any,
    /// `true` or `false`
    Boolean,
    /// A string.
    String,
    /// A string that is a timestamp.
    Timestamp,
    /// A whole number from one bound to the other.
    Whole {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A number of percent.
    Percent,
    /// An array.
    Array,
    /// An array: the input of a Map that has no `Items`.
    MapInput,
}

impl Expected {
    /// The type that the value must be of, if it must.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Expected::Anything | Expected::Any => None,
            Expected::Boolean => Some(Kind::Bool),
            Expected::String | Expected::Timestamp => Some(Kind::String),
            Expected::Whole { .. } | Expected::Percent => Some(Kind::Number),
            Expected::Array | Expected::MapInput => Some(Kind::Array),
        }
    }
}

/// A state's name, type and what becomes of its failures.
#[derive(Clone, Debug, PartialEq)]
pub struct StateInfo {
    /// The name.
    pub name: Box<str>,
    /// The type: `Pass`.
    pub kind: &'static str,
    /// The state whose part it is: an item selector's code fails as its Map does.
    pub part_of: Option<StateId>,
    /// Retriers in order.
    pub retriers: Vec<Retrier>,
    /// Catchers in order.
    pub catchers: Vec<Catcher>,
    /// Where a retry begins.
    pub retry: Label,
}

/// A retrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    /// The names it matches.
    pub errors: Vec<Box<str>>,
    /// Before the first retry.
    pub interval_ms: u64,
    /// How often at most.
    pub max_attempts: u64,
    /// What each further delay is multiplied by.
    pub backoff_rate: f64,
    /// The longest delay.
    pub max_delay_ms: u64,
    /// Whether the delay is drawn from 0 to its length.
    pub full_jitter: bool,
}

/// A catcher.
#[derive(Clone, Debug, PartialEq)]
pub struct Catcher {
    /// The names it matches.
    pub errors: Vec<Box<str>>,
    /// Where it goes on.
    pub target: Label,
}
