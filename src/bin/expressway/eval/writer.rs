//! Tells what became of each line: values on standard output, or records; mistakes on standard error.

use super::Emit;
use crate::lines::Place;
use crate::{Exit, Trouble, terminal};
use expressway::json;
use std::io::{self, BufWriter, StdoutLock, Write};

/// A value, if there is one, or the code and text of what is wrong.
pub(super) type Told<'a> = Result<Option<&'a [u8]>, (String, String)>;

/// Writes values or records.
pub(super) struct Writer {
    emit: Emit,
    out: BufWriter<StdoutLock<'static>>,
    all_well: bool,
}

impl Writer {
    pub fn new(emit: Emit) -> Writer {
        Writer { emit, out: BufWriter::new(io::stdout().lock()), all_well: true }
    }

    pub fn result(&mut self, place: Option<Place<'_>>, result: Told<'_>) -> Result<(), Trouble> {
        match (result, self.emit) {
            (Ok(Some(value)), Emit::Output) => self.write(&[value, b"\n"]),
            (Ok(Some(value)), Emit::Record) => self.write(&[b"{\"result\":", value, b"}\n"]),
            (Ok(None), Emit::Output) => Ok(()),
            (Ok(None), Emit::Record) => self.write(&[b"{\"undefined\":true}\n"]),
            (Err((code, message)), _) => self.error(place, &code, &message),
        }
    }

    pub fn error(&mut self, place: Option<Place<'_>>, code: &str, message: &str) -> Result<(), Trouble> {
        self.all_well = false;
        if self.emit == Emit::Record {
            let mut record = br#"{"error":{"code":"#.to_vec();
            json::quote(code, &mut record);
            record.extend_from_slice(br#","message":"#);
            json::quote(message, &mut record);
            return self.write(&[&record, b"}}\n"]);
        }
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        terminal::complain(&terminal::plain(&format!("{place}{code}: {message}")));
        Ok(())
    }

    /// The expression itself is wrong, at this byte of its text: a record has the code and its text, people are told
    /// what was found.
    pub fn mistake(
        &mut self,
        (text, offset): (&str, usize),
        (code, message): (&str, String),
        found: &str,
        help: Option<&str>,
    ) -> Result<(), Trouble> {
        if self.emit == Emit::Record {
            self.error(None, code, &message)?;
            return self.flush();
        }
        let before = text.get(..offset).unwrap_or(text).chars().count();
        let mut told = format!("{found}\n  {}\n  {}^", terminal::plain(text), " ".repeat(before));
        if let Some(help) = help {
            told += &format!("\n  help: {help}");
        }
        terminal::complain(&told);
        Ok(())
    }

    pub fn flush(&mut self) -> Result<(), Trouble> {
        Ok(self.out.flush()?)
    }

    /// All lines have been told.
    pub fn end(mut self) -> Result<Exit, Trouble> {
        self.flush()?;
        Ok(if self.all_well { Exit::AllWell } else { Exit::NotAll })
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<(), Trouble> {
        parts.iter().try_for_each(|part| self.out.write_all(part)).map_err(Trouble::from)
    }
}
