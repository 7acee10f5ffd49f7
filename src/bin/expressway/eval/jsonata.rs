//! JSONata over every line of input.

use super::{Arguments, Emit, chance, write_all};
use crate::lines::{self, LINE_BYTES_MAX, Line, Place};
use crate::{Exit, Trouble, terminal};
use expressway::json::{self, tree};
use expressway::jsonata::{Error, Expression, Given, Mistake};
use std::io::{self, BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// Evaluates the expression over every line.
pub(super) fn eval(arguments: &Arguments) -> Result<Exit, Trouble> {
    let given = Given { input: !arguments.no_input, variables: variables(&arguments.bind)? };
    let mut out = Writer { emit: arguments.emit, out: BufWriter::new(io::stdout().lock()), all_well: true };
    let expression = match Expression::new(&arguments.expression, &given) {
        Ok(expression) => expression,
        Err(mistake) => {
            out.mistake(&arguments.expression, &mistake)?;
            out.out.flush()?;
            return Ok(Exit::Wrong);
        }
    };
    let mut evaluator = Evaluator { expression, seed: chance(), value: Vec::new() };
    if arguments.no_input {
        out.result(None, evaluator.evaluate(b"null"))?;
    } else {
        lines::each_line(&arguments.files, |place, line| match line {
            Line::Awaited => Ok(out.out.flush()?),
            Line::TooLong => {
                out.error(Some(place), "InvalidExecutionInput", &format!("longer than {LINE_BYTES_MAX} bytes"))
            }
            Line::Whole(line) => out.result(Some(place), evaluator.evaluate(line)),
        })?;
    }
    out.out.flush()?;
    Ok(if out.all_well { Exit::AllWell } else { Exit::NotAll })
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
    fn evaluate(&mut self, line: &[u8]) -> Result<Option<&[u8]>, (String, String)> {
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

/// Writes values or records.
struct Writer<W: Write> {
    emit: Emit,
    out: W,
    all_well: bool,
}

impl<W: Write> Writer<W> {
    fn result(
        &mut self,
        place: Option<Place<'_>>,
        result: Result<Option<&[u8]>, (String, String)>,
    ) -> Result<(), Trouble> {
        match (result, self.emit) {
            (Ok(Some(value)), Emit::Output) => write_all(&mut self.out, &[value, b"\n"]),
            (Ok(Some(value)), Emit::Record) => write_all(&mut self.out, &[b"{\"result\":", value, b"}\n"]),
            (Ok(None), Emit::Output) => Ok(()),
            (Ok(None), Emit::Record) => write_all(&mut self.out, &[b"{\"undefined\":true}\n"]),
            (Err((code, message)), _) => self.error(place, &code, &message),
        }
    }

    fn error(&mut self, place: Option<Place<'_>>, code: &str, message: &str) -> Result<(), Trouble> {
        self.all_well = false;
        if self.emit == Emit::Record {
            let mut record = br#"{"error":{"code":"#.to_vec();
            json::quote(code, &mut record);
            record.extend_from_slice(br#","message":"#);
            json::quote(message, &mut record);
            return write_all(&mut self.out, &[&record, b"}}\n"]);
        }
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        terminal::complain(&terminal::plain(&format!("{place}{code}: {message}")));
        Ok(())
    }

    /// The expression itself is wrong.
    fn mistake(&mut self, text: &str, mistake: &Mistake) -> Result<(), Trouble> {
        if self.emit == Emit::Record {
            return self.error(None, mistake.fault.code, &mistake.fault.message());
        }
        let before = text.get(..mistake.offset).unwrap_or(text).chars().count();
        let (code, found) = (mistake.fault.code, mistake.fault.message());
        let mut message = format!("{code}: {found}\n  {}\n  {}^", terminal::plain(text), " ".repeat(before));
        if let Some(help) = &mistake.help {
            message += &format!("\n  help: {help}");
        }
        terminal::complain(&message);
        Ok(())
    }
}
