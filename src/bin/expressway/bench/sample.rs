//! What is measured: the lines of a file, or its first ones, as often as a pass of some length needs.
//!
//! Passes read files as `run` does. Lines of a small file, or the first of a larger one, are copied to a file of their own,
//! several times over, so that blocks are as large as those of a large file.

use super::scratch::Scratch;
use crate::Trouble;
use expressway::feed::{Input, Lines};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Fewer bytes are copied, up to so many;
const SMALL_BYTES: u64 = 4 << 20;
/// and the first lines of a larger file, if they are no more than this. More take long enough without being repeated.
const COPIED_BYTES: u64 = 64 << 20;

/// The lines that every pass goes through.
pub struct Sample {
    /// The file that is measured, and how many of its lines and bytes.
    original: PathBuf,
    lines: u64,
    bytes: u64,
    /// What passes read, and how many times over it holds the lines.
    file: PathBuf,
    copies: u64,
    /// How often a pass reads that.
    readings: u64,
    way: Way,
}

/// How passes come to the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// They are the whole file.
    Whole,
    /// They are the first lines of a file that is read no further.
    First,
    /// They are copied.
    Copied,
}

impl Sample {
    /// So many lines of a file from its start, once. `bytes` are theirs; `is_whole` says that there are no more.
    pub fn new(path: &Path, (lines, bytes): (u64, u64), is_whole: bool, scratch: &Scratch) -> Result<Sample, Trouble> {
        let way = match is_whole {
            true if bytes >= SMALL_BYTES => Way::Whole,
            false if bytes > COPIED_BYTES => Way::First,
            _ => Way::Copied,
        };
        let (original, file) = (path.to_owned(), path.to_owned());
        let sample = Sample { original, lines, bytes, file, copies: 1, readings: 1, way };
        if way == Way::Copied { sample.copied(1, scratch) } else { Ok(sample) }
    }

    /// The same lines at least so many times in a pass; lines of which there is a most are not repeated.
    pub fn repeated(self, times: u64, scratch: &Scratch) -> Result<Sample, Trouble> {
        match self.way {
            Way::Whole => Ok(Sample { readings: times, ..self }),
            Way::First => Ok(self),
            Way::Copied => self.copied(times, scratch),
        }
    }

    /// How often a pass goes through the lines.
    pub fn times(&self) -> u64 {
        self.copies * self.readings
    }

    /// The most lines that a pass may read.
    pub fn lines_max(&self) -> u64 {
        if self.way == Way::First { self.lines } else { u64::MAX }
    }

    /// All lines of a pass, and those behind them if there is a most.
    pub fn source(&self) -> Lines {
        Lines::new((0..self.readings).map(|_| Input::File(self.file.clone())).collect())
    }

    fn copied(self, times: u64, scratch: &Scratch) -> Result<Sample, Trouble> {
        let copies = times.min(SMALL_BYTES.div_ceil(self.bytes.max(1)));
        let broken = |error| Trouble::Broken(format!("{} cannot be read: {error}", self.original.display()));
        let text = first_lines(&self.original, self.lines).map_err(broken)?;
        let file = scratch.path("lines.ndjson");
        let unwritten = |error| Trouble::Broken(format!("{} cannot be written: {error}", file.display()));
        File::create(&file)
            .and_then(|mut file| (0..copies).try_for_each(|_| file.write_all(&text)))
            .map_err(unwritten)?;
        Ok(Sample { file, copies, readings: times.div_ceil(copies), ..self })
    }
}

/// So many lines of a file, each with its end, and no byte order mark before them.
fn first_lines(path: &Path, lines: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // More would not have been copied; a file that has grown since is told by its passes.
    File::open(path)?.take(COPIED_BYTES + 3).read_to_end(&mut text)?;
    let last = usize::try_from(lines).unwrap_or(usize::MAX).saturating_sub(1);
    let end = memchr::memchr_iter(b'\n', &text).nth(last).map_or(text.len(), |end| end + 1);
    text.truncate(end);
    if text.starts_with("\u{feff}".as_bytes()) {
        text.drain(..3);
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expressway::engine::{Block, Source};
    use std::fs;

    fn text_of(mut source: impl Source) -> String {
        let (mut block, mut text) = (Block::default(), Vec::new());
        while source.fill(&mut block).expect("the file can be read") {
            text.extend_from_slice(&block.bytes[block.lines.clone()]);
        }
        String::from_utf8(text).expect("it was text")
    }

    #[test]
    fn a_sample_is_the_first_lines_as_often_as_wanted() {
        let scratch = Scratch::new().expect("there is room");
        let path = scratch.path("original.ndjson");
        let lines: String = (0..100_000).map(|number| format!("{{\"number\":{number}}}\n")).collect();
        for (text, times_copied) in [("\u{feff}{}\r\n\n[1]", 50), (&*lines, 3), (&*lines.repeat(3), 1)] {
            fs::write(&path, text).expect("there is room");
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            for count in [1, 3, 300_000] {
                let first: String = text.split_inclusive('\n').take(count).collect();
                let first = if first.ends_with('\n') { first } else { first + "\n" };
                let measure = (count as u64, first.len() as u64);
                let is_whole = count == 300_000;
                for times in [1, 50] {
                    let sample =
                        Sample::new(&path, measure, is_whole, &scratch).and_then(|one| one.repeated(times, &scratch));
                    let sample = sample.expect("there is room");
                    assert!((times..times * 2).contains(&sample.times()));
                    assert!(!is_whole || sample.copies == times.min(times_copied), "{} copies", sample.copies);
                    assert!(text_of(sample.source()) == first.repeat(sample.times() as usize), "{count} × {times}");
                }
            }
        }
    }

    #[test]
    fn the_first_of_very_many_lines_are_limited_and_not_repeated() {
        let scratch = Scratch::new().expect("there is room");
        let sample = Sample::new(Path::new("large"), (9, COPIED_BYTES + 1), false, &scratch).expect("nothing is read");
        assert_eq!((sample.lines_max(), sample.times()), (9, 1));
        assert_eq!(sample.repeated(2, &scratch).expect("nothing is read").times(), 1);
    }
}
