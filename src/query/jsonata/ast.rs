//! A JSONata expression as meant: paths flattened to steps, predicates put where they filter, parents given a name.
//!
//! The shape is that of the reference implementation after its second pass, so that each rule of evaluation has one
//! place here.

use crate::builtin::jsonata::signature::Signature;
use std::ops::Range;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The token that made it, in bytes of the text.
    pub span: Range<usize>,
    /// Filters on its value; of a step in a path they are mostly in [`Step::stages`].
    pub predicates: Vec<Node>,
    /// `{…}` behind it: its values are grouped by key.
    pub group: Option<Group>,
    /// `[]` behind it: a single value stays an array.
    pub keep_array: bool,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, its sign included.
    Number(f64),
    /// A string.
    String(Box<str>),
    /// `/pattern/flags`
    Regex {
        /// The pattern in JavaScript's syntax.
        pattern: Box<str>,
        /// `i`, `m` or both.
        flags: Box<str>,
    },
    /// `$name`; an empty name is the context, `$` the input as a whole (`$$`).
    Variable(Box<str>),
    /// A field; it stands only as a step of a path.
    Name(Box<str>),
    /// `*`
    Wildcard,
    /// `**`
    Descendant,
    /// `%`: the value that a step before it was taken from, known by its label.
    Parent(Label),
    /// Steps one after another.
    Path(Path),
    /// `-x`
    Negate(Box<Node>),
    /// `[…]`
    Array {
        /// The items; a [`Operator::Range`] among them gives many.
        items: Vec<Node>,
        /// It is the first or last step of a path, and its value is not flattened.
        constructed: bool,
    },
    /// `{…}`
    Object(Group),
    /// Two operands.
    Binary {
        /// The operator.
        operator: Operator,
        /// The left one.
        left: Box<Node>,
        /// The right one.
        right: Box<Node>,
    },
    /// `$name := value`
    Bind {
        /// The variable.
        name: Box<str>,
        /// What it stands for from now on.
        value: Box<Node>,
    },
    /// `condition ? then : otherwise`
    Condition {
        /// What decides.
        condition: Box<Node>,
        /// If it is true.
        then: Box<Node>,
        /// If it is not; without it, nothing.
        otherwise: Option<Box<Node>>,
    },
    /// `(a; b; c)`: the last one's value, in a scope of its own.
    Block(Vec<Node>),
    /// `function($a, $b)<signature>{ body }`
    Lambda(Box<Lambda>),
    /// `procedure(arguments)`
    Call {
        /// What is called.
        procedure: Box<Node>,
        /// What it is given.
        arguments: Vec<Node>,
    },
    /// A call with some arguments left open.
    Partial {
        /// What is to be called.
        procedure: Box<Node>,
        /// What it is given; [`Kind::Placeholder`] where `?` stands.
        arguments: Vec<Node>,
    },
    /// `?` among the arguments of a [`Kind::Partial`].
    Placeholder,
    /// `left ~> right`
    Apply {
        /// The first argument, or the function applied first.
        left: Box<Node>,
        /// The function, or a call that lacks its first argument.
        right: Box<Node>,
    },
    /// `|pattern|update, delete|`
    Transform {
        /// What is changed.
        pattern: Box<Node>,
        /// An object whose members are put there.
        update: Box<Node>,
        /// The names of members that go.
        delete: Option<Box<Node>>,
    },
    /// `^(…)`; it stands only as a step of a path.
    Sort(Vec<SortTerm>),
}

/// The operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator of that name")]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    And,
    Or,
    In,
    Range,
}

impl Operator {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Concatenate => "&",
            Operator::And => "and",
            Operator::Or => "or",
            Operator::In => "in",
            Operator::Range => "..",
        }
    }
}

/// Steps one after another, each applied to every value the one before gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// The steps; at least one.
    pub steps: Vec<Step>,
    /// A step has `[]`: a single value stays an array.
    pub keep_singleton: bool,
    /// The path hands its bindings on to the path around it (the reference's `tuple` on a path).
    pub tuple: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is evaluated. Of a first step made of more than a field the filters may be among its own `predicates`, which
    /// come before its group; of any other step they are in `stages`.
    pub node: Node,
    /// As a first step it is evaluated once over the whole input, not for each item of it: an array, or a block with one.
    pub whole: bool,
    /// What is done with its values, in order.
    pub stages: Vec<Stage>,
    /// `@$name`: the variable that takes the value while the context stays.
    pub focus: Option<Box<str>>,
    /// `#$name` before any filter: the variable that takes the value's place.
    pub index: Option<Box<str>>,
    /// A `%` further on means the value this step was taken from.
    pub ancestor: Option<Label>,
    /// Bindings are carried along from here on.
    pub tuple: bool,
}

/// What is done with the values of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// `[predicate]`
    Filter(Node),
    /// `#$name` after a filter.
    Index(Box<str>),
}

/// Names what a `%` means; the same label stands at the step it was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// `{key: value, …}`
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Keys and values.
    pub pairs: Vec<(Node, Node)>,
    /// The brace that opens it.
    pub span: Range<usize>,
}

/// A term of `^(…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortTerm {
    /// `>`
    pub descending: bool,
    /// What is compared.
    pub expression: Node,
}

/// A function defined in the expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda {
    /// The names of its parameters.
    pub parameters: Vec<Box<str>>,
    /// The types of its parameters, if it says.
    pub signature: Option<Signature>,
    /// What it evaluates.
    pub body: Node,
}
