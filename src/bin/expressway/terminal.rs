//! What is for people: messages on stderr, and whether colours are welcome.

use expressway::diagnostic::Color;
use std::io::{self, IsTerminal, Write};

/// Tells the user what went wrong.
pub fn complain(message: &str) {
    say(&format!("error: {message}\n"));
}

/// Writes to stderr. Where that is closed, nobody listens, and nothing is lost.
pub fn say(text: &str) {
    let _ = Notes.write_all(text.as_bytes());
}

/// What clears the line on a terminal: a progress line may stand there.
pub const CLEAR: &str = "\r\x1b[K";

/// Stderr for whole lines, which take the place of a progress line.
pub struct Notes;

impl Write for Notes {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        if stderr.is_terminal() {
            stderr.write_all(CLEAR.as_bytes())?;
        }
        stderr.write_all(text).map(|()| text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether text for this stream may hold colours (no-color.org).
pub fn color(stream: &impl IsTerminal) -> Color {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if stream.is_terminal() && !unwanted { Color::Always } else { Color::Never }
}

/// A text from the user's data on one line, without control characters, so that it cannot steer the terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
