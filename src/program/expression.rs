//! What the instructions of JSONata expressions point at.

use super::{Label, Register, Slot};
use crate::builtin::jsonata::{Fault, Item, Regex, Signature};
use crate::json::Column;

/// The pools of JSONata expressions.
#[derive(Debug, Default)]
pub struct Expressions {
    /// See [`Reach`].
    pub reaches: Vec<Reach>,
    /// Constants: numbers, booleans, null, and strings of the program's text.
    pub literals: Vec<Item>,
    /// Regular expressions.
    pub regexes: Vec<Regex>,
    /// Names of members.
    pub names: Vec<Vec<Name>>,
    /// See [`Lambda`].
    pub lambdas: Vec<Lambda>,
    /// See [`Callee`].
    pub callees: Vec<Callee>,
    /// What goes wrong whenever it is reached.
    pub faults: Vec<Fault>,
}

/// The name of a member.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Decoded.
    pub text: Box<[u8]>,
    /// A constant of the program's text.
    pub quoted: Item,
    /// Where the reader is thought to note the member. It must be asked whether it does for the object at hand.
    pub noted: Noted,
}

/// Where the reader notes a member: there, if the object is an item of an array that is gone through,
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// in a column of the items;
    pub column: Column,
    /// if it is the value in the first slot, in the second.
    pub slots: Option<(Slot, Slot)>,
}

impl Noted {
    /// Nowhere.
    pub const NOWHERE: Noted = Noted { column: Column::NONE, slots: None };
}

/// A path that was looked up through objects, and must be looked up through arrays where nothing was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The slots of what the path leads through, from its root on; missing where an object has no such member.
    pub through: Vec<Slot>,
    /// The names that lead from the first of them to the end.
    pub names: Vec<Name>,
    /// The root is the input of an expression by itself: an array is one item of the path, not each of its items.
    pub wrapped: bool,
}

/// A function that an expression defines.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// Where it begins. Register 0 is the context where it was defined; its parameters follow, then what it shares.
    pub entry: Label,
    /// How many registers it uses.
    pub registers: u16,
    /// How many parameters it has.
    pub parameters: u8,
    /// How deep its parts nest at least, whichever way it goes.
    pub depth: u16,
    /// The types of its parameters, if it says.
    pub signature: Option<Signature>,
    /// The registers it shares with where it was defined, as they are called there.
    pub captured: Vec<Register>,
}

/// What a failing call says of its function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callee {
    /// The function's name, if it is called by one.
    pub name: Option<Box<str>>,
    /// There is a function `$name`, and the `$` was forgotten.
    pub nearly: bool,
    /// How deep the call is nested in the function it stands in.
    pub level: u16,
}
