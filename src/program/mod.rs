//! A compiled workflow: instructions and what they point at. The only thing that both compiler and vm know.

pub mod builder;
mod cases;
mod expression;
mod listing;
mod op;
mod pools;
mod resource;
mod verify;

pub use cases::{Cases, KINDS, Sorted, Switch, place_of};
pub use expression::{Callee, Expressions, Lambda, Name, Noted, Reach};
pub use op::{Op, Operand as OpOperand, Pool};
pub use pools::{
    Branch, Catcher, Comparison, Duration, EDITS_MAX, Edit, Expected, Fork, ForkKind, Insertion, Lack, Operand, Pause,
    Piece, Query, Retrier, Run, Spliced, StateInfo, TaskInfo, TaskSite, Template, Transition, Wanted,
};
pub use resource::{Pattern, Resource, ResourceKind};
pub use verify::verify;

use crate::json::{ReadSet, Value};
use crate::usage::Limits;

/// A register of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

impl Slot {
    /// No slot.
    pub const NONE: Slot = Slot(u16::MAX);
}

/// Declares the indices into the program's pools.
macro_rules! pool_ids {
    ($($(#[$meaning:meta])* $name:ident($width:ty) in $pool:ident,)*) => { $(
        $(#[$meaning])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $width);

        impl From<$name> for OpOperand {
            fn from(id: $name) -> OpOperand {
                OpOperand::Pool(Pool::$pool, id.0.into())
            }
        }
    )* };
}

pool_ids! {
    /// A straight run of states.
    RunId(u32) in Run,
    /// A state's entry or exit.
    TransitionId(u32) in Transition,
    /// Why an instruction fails.
    LackId(u32) in Lack,
    /// Slots that must hold something.
    RequirementsId(u32) in Requirements,
    /// A constant.
    ConstantId(u32) in Constant,
    /// A document.
    TemplateId(u32) in Template,
    /// A set of paths.
    SetId(u32) in Set,
    /// A path that needs more than steps.
    QueryId(u16) in Query,
    /// A value put into another.
    InsertionId(u32) in Insertion,
    /// A test.
    ComparisonId(u32) in Comparison,
    /// A table of targets.
    SwitchId(u32) in Switch,
    /// A call of a task.
    TaskSiteId(u32) in TaskSite,
    /// A wait.
    PauseId(u32) in Pause,
    /// Branches or items.
    ForkId(u32) in Fork,
    /// A JSONata expression's place, and what it must give.
    WantedId(u32) in Wanted,
    /// A path that may lead through arrays.
    ReachId(u16) in Reach,
    /// A constant of expressions.
    LiteralId(u16) in Literal,
    /// A regular expression.
    RegexId(u16) in Regex,
    /// Names of members.
    NamesId(u16) in Names,
    /// A function that an expression defines.
    LambdaId(u16) in Lambda,
    /// What a failing call says of its function.
    CalleeId(u16) in Callee,
    /// What goes wrong whenever it is reached.
    FaultId(u16) in Fault,
}

/// A register of an expression, or of a function it defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Register(pub u16);

impl From<Register> for OpOperand {
    fn from(register: Register) -> OpOperand {
        OpOperand::Register(register)
    }
}

/// A place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// A state, by its place in [`Program::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u16);

/// A task, by its place in [`Program::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u16);

impl From<Slot> for OpOperand {
    fn from(slot: Slot) -> OpOperand {
        OpOperand::Slot(slot)
    }
}

impl From<Label> for OpOperand {
    fn from(label: Label) -> OpOperand {
        OpOperand::Label(label)
    }
}

impl From<ContextField> for OpOperand {
    fn from(field: ContextField) -> OpOperand {
        OpOperand::Field(field)
    }
}

/// A field of the context object that differs from execution to execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContextField {
    /// `$$.Execution.Id`
    ExecutionId,
    /// `$$.Execution.Name`
    ExecutionName,
    /// `$$.Execution.StartTime`
    ExecutionStartTime,
    /// `$$.State.EnteredTime`
    StateEnteredTime,
    /// `$$.State.RetryCount`
    StateRetryCount,
    /// `$$.Task.Token`
    TaskToken,
}

/// Who the state machine is, as ARNs and the context object say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `us-east-1`
    pub region: String,
    /// The machine's name.
    pub state_machine_name: String,
    /// The role it runs as.
    pub role_arn: String,
    /// Whether its executions are Express.
    pub express: bool,
}

impl Default for Identity {
    fn default() -> Identity {
        Identity {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            state_machine_name: "StateMachine".into(),
            role_arn: "arn:aws:iam::000000000000:role/StateMachine".into(),
            express: true,
        }
    }
}

impl Identity {
    /// The machine's ARN.
    pub fn state_machine_arn(&self) -> String {
        format!("arn:aws:states:{}:{}:stateMachine:{}", self.region, self.account, self.state_machine_name)
    }

    /// What every execution's ARN begins with, up to its name.
    pub fn execution_arn_prefix(&self) -> String {
        let kind = if self.express { "express" } else { "execution" };
        format!("arn:aws:states:{}:{}:{kind}:{}:", self.region, self.account, self.state_machine_name)
    }
}

/// A compiled state machine. Immutable; shared by all shards.
#[derive(Debug)]
pub struct Program {
    /// The instructions; execution begins at the first.
    pub code: Vec<Op>,
    /// For each instruction the state it belongs to.
    pub sites: Vec<StateId>,
    /// The text of all constants, with room after it for wide copies.
    pub text: Vec<u8>,
    /// How many slots the frames of each scope have; the machine's own is the first. Slot 0 is a scope's input.
    pub scopes: Vec<u16>,
    /// The paths read in the execution's input.
    pub input_set: SetId,
    /// The pools.
    pub states: Vec<StateInfo>,
    /// See [`Run`].
    pub runs: Vec<Run>,
    /// See [`Transition`].
    pub transitions: Vec<Transition>,
    /// See [`Lack`].
    pub lacks: Vec<Lack>,
    /// Slots that must hold something, and what to say when one does not.
    pub requirements: Vec<Vec<(Slot, LackId)>>,
    /// Constants, as places in `text`.
    pub constants: Vec<Value>,
    /// See [`Template`].
    pub templates: Vec<Template>,
    /// What is read in values.
    pub sets: Vec<ReadSet>,
    /// See [`Query`].
    pub queries: Vec<Query>,
    /// See [`Insertion`].
    pub insertions: Vec<Insertion>,
    /// See [`Comparison`].
    pub comparisons: Vec<Comparison>,
    /// See [`Switch`].
    pub switches: Vec<Switch>,
    /// See [`TaskInfo`].
    pub tasks: Vec<TaskInfo>,
    /// See [`TaskSite`].
    pub task_sites: Vec<TaskSite>,
    /// See [`Pause`].
    pub pauses: Vec<Pause>,
    /// See [`Fork`].
    pub forks: Vec<Fork>,
    /// What JSONata expressions point at.
    pub expressions: Expressions,
    /// See [`Wanted`].
    pub wanted: Vec<Wanted>,
    /// Who the machine is.
    pub identity: Identity,
    /// What an execution may use.
    pub limits: Limits,
    /// The definition's size, for AWS's memory formula.
    pub definition_bytes: usize,
    /// Whether transitions are recorded.
    pub history: bool,
}
