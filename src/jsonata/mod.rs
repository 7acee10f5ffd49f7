//! One JSONata expression by itself: compiled once, evaluated over many documents.

pub use crate::compile::Given;
pub use crate::query::jsonata::Mistake;

use crate::compile::expression;
use crate::json::{Index, Malformed, Utf8};
use crate::program::Program;
use crate::vm::{Name, Progress, Start, Tally, Vm, World};

/// An expression, compiled, and what evaluating it needs. One for each thread.
///
/// ```
/// use expressway::jsonata::{Expression, Given};
///
/// let mut total = Expression::new("$sum(items.(price * count))", &Given::input()).expect("it is an expression");
/// let mut out = Vec::new();
/// let value = total.evaluate(br#"{"items":[{"price":2,"count":3},{"price":5,"count":1}]}"#, 0, 0, &mut out);
/// assert_eq!((value, &out[..]), (Ok(true), &b"11"[..]));
/// ```
#[derive(Debug)]
pub struct Expression {
    program: Program,
    vm: Vm,
    tally: Tally,
    index: Index,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The input is no JSON.
    Input(Malformed),
    /// The evaluation failed: with the code of a fault, `T2001`, and its text.
    Fault {
        /// The code.
        code: String,
        /// The text.
        message: String,
    },
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The text is no expression.
    pub fn new(text: &str, given: &Given) -> Result<Expression, Mistake> {
        let program = expression(text, given)?;
        let (vm, tally) = (Vm::new(&program), Tally::new(&program));
        Ok(Expression { program, vm, tally, index: Index::default() })
    }

    /// Appends the expression's value for this input as JSON text; false if it has none. With
    /// [`PADDING`](crate::json::PADDING) blanks behind it an input is read a little faster.
    ///
    /// `$now` and `$millis` tell the time `now_ms`, in milliseconds since 1970; what is random follows from `seed`.
    ///
    /// # Errors
    /// The input is no JSON, or the evaluation fails; nothing is appended then.
    pub fn evaluate(&mut self, input: &[u8], now_ms: u64, seed: u64, out: &mut Vec<u8>) -> Result<bool, Error> {
        let before = out.len();
        let Expression { program, vm, tally, index } = self;
        let mut effects = Vec::new();
        let mut world = World { block: input, now_ms, out, effects: &mut effects, tally, recorder: None };
        let name = Name { prefix: "", number: 0 };
        let utf8 = if index.hold(input) { Utf8::Indexed(index) } else { Utf8::Unknown };
        let start = Start { line: 0..input.len(), utf8, name, seed };
        vm.start(program, start, &mut world).map_err(Error::Input)?;
        let Progress::Ended(outcome) = vm.advance(program, &mut world) else {
            unreachable!("an expression waits for nothing");
        };
        match outcome.failure {
            None => Ok(out.len() > before),
            Some(failure) => {
                out.truncate(before);
                let text = |part: Option<std::borrow::Cow<'static, str>>| part.unwrap_or_default().into_owned();
                Err(Error::Fault { code: text(failure.error), message: text(failure.cause) })
            }
        }
    }
}

#[cfg(test)]
mod tests;
