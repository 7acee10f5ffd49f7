//! The instruction set: one table, eight bytes an instruction.

use super::{
    CalleeId, ComparisonId, ConstantId, ContextField, FaultId, ForkId, InsertionId, Label, LackId, LambdaId, LiteralId,
    NamesId, PauseId, QueryId, ReachId, RegexId, Register, RequirementsId, RunId, SetId, Slot, SwitchId, TaskSiteId,
    TemplateId, TransitionId, WantedId,
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
    /// Fails with `States.QueryEvaluationError` when the slot holds nothing, or something else than is wanted.
    Expect { slot: Slot, wanted: WantedId }
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

    /// `to =` what a path finds through arrays, if nothing is there yet.
    Reach { to: Slot, reach: ReachId }
    /// Begins a JSONata expression; what follows up to its end works with so many registers.
    Begin { wanted: WantedId, registers: u16 }
    /// Fails if expressions may not nest so deep.
    Nested { levels: u32 }
    /// Ends the expression: `to =` its value as JSON; fails if that is nothing or not what the expression must give.
    Yield { to: Slot, from: Register }
    /// Ends the expression: goes on if its value is true, to `otherwise` if it is false; fails if it is neither.
    Decide { from: Register, otherwise: Label }
    /// `to =` the value in the slot, or what the path finds through arrays, or nothing.
    Load { to: Register, slot: Slot, reach: ReachId }
    /// `to =` the constant.
    Literal { to: Register, literal: LiteralId }
    /// `to =` a function of the table.
    Builtin { to: Register, function: u8 }
    /// `to =` the regular expression, a function.
    Regex { to: Register, regex: RegexId }
    /// `to = from`; a shared variable's value.
    Move { to: Register, from: Register }
    /// `to = from`, or `otherwise` where `from` has not been assigned.
    Known { to: Register, from: Register, otherwise: Register }
    /// Makes the register a variable that functions share.
    Share { variable: Register, value: Register }
    /// Assigns to a variable.
    Bind { variable: Register, value: Register }
    /// `to = from`; an array as the only item of a sequence.
    Wrap { to: Register, from: Register }
    /// `to =` what the names lead to, through arrays.
    Follow { to: Register, from: Register, names: NamesId }
    /// `to =` all members of an object, or items of an array.
    Wildcard { to: Register, from: Register }
    /// `to =` the value and everything inside it.
    Descend { to: Register, from: Register }
    /// `to = from` if that is an empty array: the path ends there, with it.
    KeepEmpty { to: Register, from: Register }
    /// An array that was constructed in a path becomes its only item, and so does a single item; none is nothing.
    Items { value: Register }
    /// `if value has fewer than two items goto otherwise`
    Several { value: Register, otherwise: Label }
    /// Begins to go through the items of `over`; the iterator has three registers: source, place, item.
    Iterate { iterator: Register, over: Register }
    /// The same; an array that was constructed in the path is a single item.
    IterateStep { iterator: Register, over: Register }
    /// The same, for a path's context: what is no array is a single item, even nothing.
    IterateContext { iterator: Register, over: Register }
    /// The same; an array is a single item, too.
    Single { iterator: Register, over: Register }
    /// `to =` the place of the iterator's item.
    Place { to: Register, iterator: Register }
    /// The next item, or on to `done`.
    Next { iterator: Register, done: Label }
    /// Adds to the result of a step: the items of an array one by one.
    Gather { to: Register, from: Register }
    /// Adds a result of a path to the sum of those before it, the items of an array one by one; no number is a fault.
    Sum { to: Register, from: Register }
    /// The sum is complete.
    Total { value: Register }
    /// Adds how many items a result of a path has.
    Count { to: Register, from: Register }
    /// Adds to the result of a step: an array as one item.
    Keep { to: Register, from: Register }
    /// Adds the iterator's item if the predicate is true, or is its place, or one of several places.
    Admit { to: Register, iterator: Register, predicate: Register }
    /// A sequence is complete: one item stands for itself, none for nothing.
    Finish { value: Register }
    /// A path with `[]` is complete: one item stays in an array.
    FinishKeeping { value: Register }
    /// A sequence with `[]` is complete: one item stays in its array.
    KeepSingle { value: Register }
    /// A filter's result is complete, as a sequence.
    Close { value: Register }
    /// `to =` the item at a place; a negative one counts from the end.
    Pick { to: Register, from: Register, place: LiteralId }
    /// `if !condition goto otherwise`, by JSONata's idea of truth.
    Test { condition: Register, otherwise: Label }
    /// `if condition goto target`, by JSONata's idea of truth.
    TestNot { condition: Register, target: Label }
    /// `if there is nothing goto otherwise`
    Defined { value: Register, otherwise: Label }
    /// `to =` whether the value is true, by JSONata's idea of truth.
    Truth { to: Register, from: Register }
    /// `to = left + right`
    Add { to: Register, left: Register, right: Register }
    /// `to = left - right`
    Subtract { to: Register, left: Register, right: Register }
    /// `to = left * right`
    Multiply { to: Register, left: Register, right: Register }
    /// `to = left / right`
    Divide { to: Register, left: Register, right: Register }
    /// `to = left % right`
    Remainder { to: Register, left: Register, right: Register }
    /// `to = -from`
    Minus { to: Register, from: Register }
    /// `to = left = right`
    Equal { to: Register, left: Register, right: Register }
    /// `to = left != right`
    NotEqual { to: Register, left: Register, right: Register }
    /// `to = left < right`
    Less { to: Register, left: Register, right: Register }
    /// `to = left <= right`
    LessOrEqual { to: Register, left: Register, right: Register }
    /// `to = left > right`
    Greater { to: Register, left: Register, right: Register }
    /// `to = left >= right`
    GreaterOrEqual { to: Register, left: Register, right: Register }
    /// `to = left in right`
    In { to: Register, left: Register, right: Register }
    /// `to = left..right`
    Range { to: Register, left: Register, right: Register }
    /// `to = first & …`, so many texts joined.
    Concatenate { to: Register, first: Register, count: u8 }
    /// `to =` a new, empty array.
    Array { to: Register }
    /// Makes a range an array like any other; nothing, an empty one.
    Settle { value: Register }
    /// Marks an array as constructed in a path.
    Construct { array: Register }
    /// Adds to an array: the items of an array one by one.
    Append { array: Register, from: Register }
    /// Adds to an array: an array as one item.
    Push { array: Register, from: Register }
    /// `to =` an object with these names and the values from `first` on, but for those that are nothing.
    Object { to: Register, first: Register, names: NamesId }
    /// `to =` the context of the values of an object whose names are constants.
    Narrow { to: Register, from: Register }
    /// Begins to group values by key; the group has four registers: table, key, values, pair. An empty array is nothing.
    Group { group: Register, over: Register }
    /// Adds the value behind the key to the key's group.
    Classify { group: Register, key: Register, pair: u8 }
    /// The next group, or on to `done`.
    NextGroup { group: Register, done: Label }
    /// `if the group is not of this pair goto otherwise`
    OfPair { group: Register, pair: u8, otherwise: Label }
    /// Sets a member of an object, unless the value is nothing.
    Member { object: Register, name: Register, value: Register }
    /// Adds the sort keys from `first` on of the next item.
    Rank { ranks: Register, first: Register, count: u8 }
    /// `ranked =` its items in the order of the ranks behind it; terms that descend are the bits of `descending`.
    Sort { ranked: Register, descending: u32 }
    /// `to =` the function, with the variables it shares.
    Closure { to: Register, lambda: LambdaId }
    /// `to = function(first + 1, …)`; the context is in `first`.
    Apply { to: Register, first: Register, function: u8, count: u8 }
    /// `to = first(first + 1, …)`; the context is behind the arguments.
    Invoke { to: Register, first: Register, count: u8, callee: CalleeId }
    /// Gives `first(first + 1, …)` to the caller; the context is behind the arguments.
    TailInvoke { first: Register, count: u8, callee: CalleeId }
    /// Gives the value to the caller.
    Return { from: Register }
    /// `to = first` with its arguments fixed that are known.
    Partial { to: Register, first: Register, count: u8, callee: CalleeId }
    /// `to =` one function after the other, or the function's value for what is no function.
    Chain { to: Register, left: Register, right: Register }
    /// `to =` a copy of the value all parts of which can be changed.
    Clone { to: Register, from: Register }
    /// Puts the members of an object into another.
    Merge { object: Register, update: Register }
    /// Removes the members of these names.
    Delete { object: Register, names: Register }
    /// `to =` a binding of a tuple; 0 is its value.
    Binding { to: Register, tuple: Register, binding: u8 }
    /// `to =` the tuples of a step's value, each with the bindings of `tuple`.
    Widen { to: Register, tuple: Register, value: Register }
    /// Sets a binding of every tuple to its place.
    Number { tuples: Register, binding: u8 }
    /// Sets a binding of every tuple to the value.
    BindAll { tuples: Register, value: Register, binding: u8 }
    /// Sets a binding of every tuple to its value, and its value to this one.
    Focus { tuples: Register, value: Register, binding: u8 }
    /// `to =` the values of tuples.
    Values { to: Register, from: Register }
    /// `to =` one tuple of many: their values and bindings appended.
    Reduce { to: Register, from: Register }
    /// Fails with the fault.
    Throw { fault: FaultId }
}

const _: () = assert!(size_of::<Op>() == 8, "an instruction is eight bytes");

/// An operand, as the verifier and the listing see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A register of the frame.
    Slot(Slot),
    /// A register of the expression.
    Register(Register),
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
    Wanted,
    Reach,
    Literal,
    Regex,
    Names,
    Lambda,
    Callee,
    Fault,
}

impl From<u32> for Operand {
    fn from(number: u32) -> Operand {
        Operand::Number(number)
    }
}

impl From<u16> for Operand {
    fn from(number: u16) -> Operand {
        Operand::Number(number.into())
    }
}

impl From<u8> for Operand {
    fn from(number: u8) -> Operand {
        Operand::Number(number.into())
    }
}
