//! JSONata over every line of input.

use super::writer::{Told, Writer};
use super::{Arguments, chance};
use crate::lines::{self, LINE_BYTES_MAX, Line};
use crate::{Exit, Trouble};
use expressway::json::tree;
use expressway::jsonata::{Error, Expression, Given};
use std::time::{SystemTime, UNIX_EPOCH};

/// Evaluates the expression over every line.
pub(super) fn eval(arguments: &Arguments) -> Result<Exit, Trouble> {
    let given = Given { input: !arguments.no_input, variables: variables(&arguments.bind)? };
    let mut out = Writer::new(arguments.emit);
    let expression = match Expression::new(&arguments.expression, &given) {
        Ok(expression) => expression,
        Err(mistake) => {
            let (code, text) = (mistake.fault.code, mistake.fault.message().into_owned());
            let found = format!("{code}: {text}");
            let place = (arguments.expression.as_str(), mistake.offset);
            out.mistake(place, (code, text), &found, mistake.help.as_deref())?;
            return Ok(Exit::Wrong);
        }
    };
    let mut evaluator = Evaluator { expression, seed: chance(), value: Vec::new() };
    if arguments.no_input {
        out.result(None, evaluator.evaluate(b"null"))?;
    } else {
        lines::each_line(&arguments.files, |place, line| match line {
            Line::Awaited => out.flush(),
            Line::TooLong => {
                out.error(Some(place), "InvalidExecutionInput", &format!("longer than {LINE_BYTES_MAX} bytes"))
            }
            Line::Whole(line) => out.result(Some(place), evaluator.evaluate(line)),
        })?;
    }
    out.end()
}

/// The members of the object of `--bind`.
fn variables(text: &str) -> Result<Vec<(String, tree::Node)>, Trouble> {
    let wrong = |reason: &str| Trouble::Wrong(format!("--bind should be a JSON object: {reason}"));
    let node = tree::parse(text).map_err(|mistake| wrong(&mistake.message))?;
    match node.kind {
        tree::Kind::Object(members) => Ok(members.into_iter().map(|member| (member.name, member.value)).collect()),
        _ => Err(wrong(&format!("found {}", node.noun()))),
    }
}

/// The expression and what it needs beside the input.
struct Evaluator {
    expression: Expression,
    seed: u64,
    value: Vec<u8>,
}

impl Evaluator {
    /// The value, if there is one, or the code and text of what is wrong.
    fn evaluate(&mut self, line: &[u8]) -> Told<'_> {
        self.value.clear();
        self.seed = self.seed.wrapping_add(1);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match self.expression.evaluate(line, now.as_millis() as u64, self.seed, &mut self.value) {
            Ok(true) => {
                // A value is told on one line; in JSON, line breaks are only white space.
                self.value.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
                Ok(Some(&self.value))
            }
            Ok(false) => Ok(None),
            Err(Error::Fault { code, message }) => Err((code, message)),
            Err(Error::Input(malformed)) => {
                let column = String::from_utf8_lossy(&line[..malformed.offset.min(line.len())]).chars().count() + 1;
                Err(("InvalidExecutionInput".into(), format!("column {column}: {malformed}")))
            }
        }
    }
}
