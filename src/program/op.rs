//! The instruction set: one table, eight bytes an instruction.

use super::{
    ComparisonId, ConstantId, ContextField, ForkId, InsertionId, Label, LackId, PauseId, QueryId, RequirementsId,
    RunId, SetId, Slot, SwitchId, TaskSiteId, TemplateId, TransitionId,
};

/// Derives the instructions and their listing from one table.
macro_rules! instruction_set {
    ($($(#[$meaning:meta])* $name:ident { $($field:ident: $type:ty),* })*) => {
        /// One instruction. Operands are indices: into the frame (slots), the code (labels) or the program's pools.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Op { $($(#[$meaning])* $name { $(#[doc = stringify!($type)] $field: $type),* },)* }

        impl Op {
            /// The instruction's name and its operands, for listings and the verifier.
            pub fn describe(&self, operand: &mut dyn FnMut(&'static str, Operand)) -> &'static str {
                match *self {
                    $(Op::$name { $($field),* } => { $(operand(stringify!($field), $field.into());)* stringify!($name) })*
                }
            }
        }
    };
}

instruction_set! {
    /// Enters the states of a straight run: their transitions and events are charged at once.
    Charge { run: RunId }
    /// Records that the state was entered; only in programs that keep a history.
    Entered { transition: TransitionId }
    /// Records that the state was left; only in programs that keep a history.
    Exited { transition: TransitionId }
    /// Fails as `lack` says when the slot holds nothing.
    Require { slot: Slot, lack: LackId }
    /// Fails as the first of the list says whose slot holds nothing.
    RequireAll { list: RequirementsId }
    /// Fails as `lack` says when the slot holds something that is no object.
    RequireObject { slot: Slot, lack: LackId }
    /// Fails as `lack` says.
    Raise { lack: LackId }
    /// `to = constant`
    Set { to: Slot, constant: ConstantId }
    /// `to = from`
    Copy { to: Slot, from: Slot }
    /// `to = from`, a variable: checked against the limits of variables.
    Assign { to: Slot, from: Slot }
    /// `to =` the document written out.
    Write { to: Slot, template: TemplateId }
    /// `to =` the field of the context object.
    Context { to: Slot, field: ContextField }
    /// Looks up every path of the set in `from`.
    Project { from: Slot, set: SetId }
    /// `to =` what the query finds in `from`: a value, nothing, or an array of all matches.
    Select { to: Slot, from: Slot, query: QueryId }
    /// `to = from` with `value` put at a path; fails with `States.ResultPathMatchFailure`.
    Insert { to: Slot, insertion: InsertionId }
    /// `to = function(first, first + 1, …)`; fails with `States.IntrinsicFailure`.
    Call { to: Slot, first: Slot, function: u8, count: u8 }
    /// `condition = left compared`, and a branch on it if the comparison has one; fails if there is nothing to compare.
    Compare { left: Slot, comparison: ComparisonId }
    /// `condition = !condition`
    Negate {}
    /// `if !condition goto target`
    Unless { target: Label }
    /// `if condition goto target`
    When { target: Label }
    /// `goto target`
    Jump { target: Label }
    /// Goes where the table says for the slot's value; fails if there is none.
    Switch { slot: Slot, table: SwitchId }
    /// Fails with `States.DataLimitExceeded` when the document, written out, is too large.
    Limit { template: TemplateId }
    /// Has a task done; goes on when its result is in the site's slot.
    Task { task: TaskSiteId }
    /// Waits; goes on when the time has come.
    Wait { pause: PauseId }
    /// Starts branches or items; goes on when the array of their outputs is in the fork's slot.
    Fork { fork: ForkId }
    /// `error, cause =` those of the failure that was caught, as JSON strings.
    Caught { error: Slot, cause: Slot }
    /// Ends the branch, or the execution, with the document as its output; fails as [`Limit`](Op::Limit) does.
    Succeed { template: TemplateId }
    /// Ends the execution with an error and a cause (JSON strings; `Slot::NONE` for none).
    Fail { error: Slot, cause: Slot }
}

const _: () = assert!(size_of::<Op>() == 8, "an instruction is eight bytes");

/// An operand, as the verifier and the listing see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A register of the frame.
    Slot(Slot),
    /// A place in the code.
    Label(Label),
    /// A place in one of the program's pools.
    Pool(Pool, u32),
    /// A plain number.
    Number(u32),
    /// A field of the context object.
    Field(ContextField),
}

/// The pools that operands point into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the pool of that name in `Program`")]
pub enum Pool {
    Run,
    Transition,
    Lack,
    Requirements,
    Constant,
    Template,
    Set,
    Query,
    Insertion,
    Comparison,
    Switch,
    TaskSite,
    Pause,
    Fork,
}

impl From<u8> for Operand {
    fn from(number: u8) -> Operand {
        Operand::Number(number.into())
    }
}
