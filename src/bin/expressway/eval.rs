//! `expressway eval`: one expression over every line of input.

mod jsonata;
mod writer;

use crate::lines::{self, LINE_BYTES_MAX, Line};
use crate::{Exit, Trouble};
use clap::{Args, ValueEnum};
use expressway::builtin::Random;
use expressway::failure::Failure;
use expressway::json::{self, Kind, PADDING, ReadSet, Reader, Source, Utf8};
use expressway::query::{Expression, Scope, evaluate, parse_expression};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use writer::{Told, Writer};

/// Evaluate a path, an intrinsic function or a JSONata expression over every line of JSON
#[derive(Args)]
#[command(after_help = "\
Examples:
  echo '{\"items\":[{\"price\":7},{\"price\":5}]}' | expressway eval '$.items[?(@.price > 6)]'
  expressway eval \"States.Format('{} of {}', \\$.done, \\$.all)\" progress.ndjson
  expressway eval --no-input --bind '{\"n\":[1,2]}' 'States.ArrayLength($n)'
  expressway eval --language jsonata '{\"order\": id, \"total\": $sum(items.(price * count))}' orders.ndjson
  expressway eval --language jsonata 'items[price > 6].name' orders.ndjson
  expressway eval --language jsonata --no-input --bind '{\"n\":3}' '[1..$n]'
  expressway eval --language jsonata --emit record 'id' orders.ndjson

`$` is the line, `$name` what --bind gives it; `$$` is an empty object, in JSONata
the line. A line for which a JSONata expression has no value writes nothing, or
with --emit record {\"undefined\":true}. A line that cannot be evaluated is told on
stderr, and the others go on.

Exit status: 0 all lines could be evaluated; 1 some could not; 2 the expression or
the command is wrong; 3 input or output broke.")]
pub struct Arguments {
    /// A path such as $.order.items[0], a call such as States.ArrayLength($.items); in JSONata any expression
    #[arg(value_name = "EXPRESSION")]
    expression: String,
    /// Files of NDJSON; standard input where none is given
    #[arg(value_name = "FILE", conflicts_with = "no_input")]
    files: Vec<PathBuf>,
    /// The expression's language; intrinsic functions belong to jsonpath, jsonata is that of Step Functions
    #[arg(long, value_enum, default_value_t = Language::Jsonpath)]
    language: Language,
    /// What variables stand for: an object with a member for each, names without `$`
    #[arg(long, value_name = "JSON-OBJECT", default_value = "{}", hide_default_value = true)]
    bind: String,
    /// Read nothing and evaluate once, with `$` an empty object; in JSONata there is no `$` then
    #[arg(long)]
    no_input: bool,
    /// The value alone, or a record for every line: {"result":…}, {"undefined":true} or {"error":{"code":…,"message":…}}
    #[arg(long, value_enum, default_value_t = Emit::Output)]
    emit: Emit,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Jsonpath,
    Jsonata,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Emit {
    Output,
    Record,
}

/// Evaluates the expression over every line.
pub fn eval(arguments: &Arguments) -> Result<Exit, Trouble> {
    if arguments.language == Language::Jsonata {
        return jsonata::eval(arguments);
    }
    let mut checker = Checker::new();
    let variables = checker.object(&arguments.bind)?;
    let mut out = Writer::new(arguments.emit);
    let expression = match parse_expression(&arguments.expression) {
        Ok(expression) => expression,
        Err(error) => {
            let place = (arguments.expression.as_str(), error.offset);
            let code = ("SyntaxError", error.to_string());
            out.mistake(place, code, &error.message, error.help.as_deref())?;
            return Ok(Exit::Wrong);
        }
    };
    let mut evaluator = Evaluator { expression, variables, random: Random::new(chance()), value: Vec::new() };
    if arguments.no_input {
        out.result(None, told(evaluator.evaluate(b"{}")))?;
    } else {
        lines::each_line(&arguments.files, |place, line| {
            let line = match line {
                Line::Awaited => return out.flush(),
                Line::TooLong => Err(format!("longer than {LINE_BYTES_MAX} bytes")),
                Line::Whole(line) => checker.check(line),
            };
            match line {
                Ok(input) => out.result(Some(place), told(evaluator.evaluate(input))),
                Err(reason) => out.error(Some(place), "InvalidExecutionInput", &reason),
            }
        })?;
    }
    out.end()
}

/// The expression and what it needs beside the input.
struct Evaluator<'a> {
    expression: Expression,
    variables: &'a [u8],
    random: Random,
    value: Vec<u8>,
}

impl Evaluator<'_> {
    fn evaluate(&mut self, input: &[u8]) -> Result<&[u8], Failure> {
        self.value.clear();
        let scope = Scope { input, context: b"{}", variables: self.variables };
        evaluate(&self.expression, &scope, &mut self.random, &mut self.value)?;
        // A value is told on one line, however its text was spread; in JSON, line breaks are only white space.
        self.value.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        Ok(&self.value)
    }
}

/// Checks that texts are JSON.
struct Checker {
    reader: Reader,
    /// A line with the padding that lets the reader stay on its fast path.
    text: Vec<u8>,
}

impl Checker {
    fn new() -> Checker {
        Checker { reader: Reader::new(&ReadSet::new([])), text: Vec::new() }
    }

    /// The value on the line, without the blanks around it.
    fn check(&mut self, line: &[u8]) -> Result<&[u8], String> {
        self.text.clear();
        self.text.extend_from_slice(line);
        self.text.extend_from_slice(&[0; PADDING]);
        match self.reader.read(&self.text, 0..line.len(), Utf8::Unknown, Source::Line, &mut []) {
            Ok(value) => Ok(&self.text[value.range()]),
            Err(malformed) => {
                let column = String::from_utf8_lossy(&line[..malformed.offset.min(line.len())]).chars().count() + 1;
                Err(format!("column {column}: {malformed}"))
            }
        }
    }

    /// The text of `--bind`.
    fn object<'t>(&mut self, text: &'t str) -> Result<&'t [u8], Trouble> {
        let wrong = |reason: &str| Trouble::Wrong(format!("--bind should be a JSON object: {reason}"));
        self.check(text.as_bytes()).map_err(|reason| wrong(&reason))?;
        let value = text.trim_ascii().as_bytes();
        match json::kind(value) {
            Kind::Object => Ok(value),
            other => Err(wrong(&format!("found {other:?}").to_lowercase())),
        }
    }
}

/// A value, or the error and cause of a failure.
fn told(result: Result<&[u8], Failure>) -> Told<'_> {
    result.map(Some).map_err(|Failure { error, cause }| {
        (error.unwrap_or_default().into_owned(), cause.unwrap_or_default().into_owned())
    })
}

/// A number nobody can foretell, for functions that draw by lot.
fn chance() -> u64 {
    RandomState::new().hash_one(0)
}
