//! The lines of files or of standard input, one after another, each of bounded length.

use crate::Trouble;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longer lines are not kept, so that no input exhausts the memory.
pub const LINE_BYTES_MAX: usize = 16 << 20;
/// What is read at once.
const READ_BYTES: usize = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One line, or what is known of it.
pub enum Line<'a> {
    /// Its bytes, without the line break.
    Whole(&'a [u8]),
    /// It is longer than [`LINE_BYTES_MAX`].
    TooLong,
    /// It has to be waited for: a good moment to write what is ready.
    Awaited,
}

/// Where a line stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The file; `None` is standard input.
    pub file: Option<&'a Path>,
    /// Which line of it, from 1.
    pub number: u64,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.file {
            Some(path) => write!(f, "{}, line {}", path.display(), self.number),
            None => write!(f, "line {}", self.number),
        }
    }
}

/// Hands every line that is not blank to `work`, until it fails.
pub fn each_line(
    files: &[PathBuf],
    mut work: impl FnMut(Place<'_>, Line<'_>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    if files.is_empty() {
        return lines_of(None, io::stdin(), &mut work);
    }
    for path in files {
        let file = File::open(path).map_err(|error| unreadable(Some(path), &error))?;
        lines_of(Some(path), file, &mut work)?;
    }
    Ok(())
}

fn lines_of(
    file: Option<&Path>,
    input: impl Read,
    work: &mut impl FnMut(Place<'_>, Line<'_>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut reader = BufReader::with_capacity(READ_BYTES, input);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let place = Place { file, number };
        if reader.buffer().is_empty() {
            work(place, Line::Awaited)?;
        }
        // One byte more than is allowed shows that a line is too long, and leaves room for its line break.
        let limit = LINE_BYTES_MAX as u64 + 1;
        let bytes =
            reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(|error| unreadable(file, &error))?;
        if bytes == 0 {
            break;
        }
        if bytes as u64 == limit && line.last() != Some(&b'\n') {
            reader.skip_until(b'\n').map_err(|error| unreadable(file, &error))?;
            work(place, Line::TooLong)?;
            continue;
        }
        let text = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        if !text.trim_ascii().is_empty() {
            work(place, Line::Whole(text))?;
        }
    }
    Ok(())
}

fn unreadable(file: Option<&Path>, error: &io::Error) -> Trouble {
    match file {
        Some(path) => Trouble::Broken(format!("{} cannot be read: {error}", path.display())),
        None => Trouble::Broken(format!("standard input cannot be read: {error}")),
    }
}
