//! Writes pages to standard output and files.

use crate::engine::{Page, Sink};
use std::io::{self, ErrorKind, Write};

/// Where each kind of text goes.
pub struct Files {
    /// Outputs or records.
    pub output: Box<dyn Write + Send>,
    /// Records of what did not succeed.
    pub failures: Box<dyn Write + Send>,
    /// History events.
    pub history: Box<dyn Write + Send>,
}

impl Files {
    /// Outputs to standard output, failures to standard error, no history.
    pub fn standard() -> Files {
        Files { output: Box::new(io::stdout()), failures: Box::new(io::stderr()), history: Box::new(io::sink()) }
    }
}

impl Sink for Files {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        // History and failures first: what is in the output has its events and its failures beside it, even if the
        // output breaks here.
        write(&mut self.history, &page.history).map_err(beside_the_output)?;
        write(&mut self.failures, &page.failures).map_err(beside_the_output)?;
        write(&mut self.output, &page.output)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.history.flush().map_err(beside_the_output)?;
        self.failures.flush().map_err(beside_the_output)?;
        self.output.flush()
    }
}

/// Writes and flushes: whoever reads gets each page at once.
fn write(to: &mut dyn Write, text: &[u8]) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    to.write_all(text)?;
    to.flush()
}

/// Only the output's reader may go away quietly; failures that nobody reads are an error.
fn beside_the_output(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe => io::Error::other(error.to_string()),
        _ => error,
    }
}
