//! One expression over one document, without a state machine around it.

use crate::builtin::intrinsics::ARGUMENT_BYTES_MAX;
use crate::builtin::{Builtin, Call, Random, read, why_missing};
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Step};
use crate::query::intrinsic::Expression;
use crate::query::jsonpath::{PathExpression, Root};

/// What the roots of paths stand for; all JSON texts.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `$`
    pub input: &'a [u8],
    /// `$$`
    pub context: &'a [u8],
    /// An object with a member for each variable.
    pub variables: &'a [u8],
}

/// Appends the expression's value as JSON text.
///
/// A path that cannot find its value fails with `States.ParameterPathFailure`, a function with
/// `States.IntrinsicFailure`. After a failure `out` may hold a part of the value.
pub fn evaluate(
    expression: &Expression,
    scope: &Scope<'_>,
    random: &mut Random,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    match expression {
        Expression::Literal { text, .. } => out.extend_from_slice(text),
        Expression::Path { path, .. } => {
            let root = scope.root(path)?;
            if !read(&path.selectors, root, out)? {
                let reason = why_missing(&path.selectors, root);
                return Err(missing(format!("The path {path} finds nothing. {reason}")));
            }
        }
        Expression::Call { builtin, arguments, .. } => return call(builtin, arguments, scope, random, out),
    }
    Ok(())
}

/// Calls nest no deeper than the parser lets them.
fn call(
    builtin: &Builtin,
    arguments: &[Expression],
    scope: &Scope<'_>,
    random: &mut Random,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let mut texts = Vec::new();
    let mut ends = vec![0];
    for argument in arguments {
        evaluate(argument, scope, random, &mut texts)?;
        ends.push(texts.len());
        within_limit(&texts)?;
    }
    let arguments: Vec<&[u8]> = ends.windows(2).map(|ends| &texts[ends[0]..ends[1]]).collect();
    builtin.call(&mut Call { arguments: &arguments, random, out })
}

/// Many arguments may each be the whole document; [`builtin.call`](crate::builtin::Builtin::call) would refuse them only
/// after all are copied.
fn within_limit(texts: &[u8]) -> Result<(), Failure> {
    match texts.len() <= ARGUMENT_BYTES_MAX {
        true => Ok(()),
        false => Err(Failure::new(
            ErrorName::IntrinsicFailure,
            format!("The arguments of a function have more than {ARGUMENT_BYTES_MAX} bytes."),
        )),
    }
}

impl<'a> Scope<'a> {
    fn root(&self, path: &PathExpression) -> Result<&'a [u8], Failure> {
        match &path.root {
            Root::Input => Ok(self.input),
            Root::Context => Ok(self.context),
            Root::Variable(name) => {
                let place = json::get(self.variables, &Step::Key(name.as_str().into()));
                place
                    .map(|place| &self.variables[place])
                    .ok_or_else(|| missing(format!("There is no variable ${name}.")))
            }
        }
    }
}

fn missing(cause: String) -> Failure {
    Failure::new(ErrorName::ParameterPathFailure, cause)
}

#[cfg(test)]
mod tests;
