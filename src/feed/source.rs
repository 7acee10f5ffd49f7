//! Reads files one after another in blocks of whole lines.

#[cfg(unix)]
use crate::engine::Shelf;
use crate::engine::{Block, PADDING, Source};
#[cfg(unix)]
use crate::feed::stretch::{Lying, Stretches};
use crate::usage::PAYLOAD_BYTES_MAX;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::Arc;

/// Something to read lines from.
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, opened when its turn comes.
    File(PathBuf),
    /// Anything else.
    Reader(Box<dyn Read + Send>),
}

/// The lines of some inputs. A line that ends with its file needs no newline; a byte order mark at a file's start is
/// skipped. Of a line longer than an input may be only the beginning is kept.
pub struct Lines {
    inputs: std::vec::IntoIter<Input>,
    current: Option<Box<dyn Read + Send>>,
    /// Files begun so far.
    files: u32,
    /// What was read beyond the last whole line.
    tail: Vec<u8>,
    /// Where the tail begins in its file.
    offset: u64,
}

/// What is read at once: larger blocks fall out of the cache, smaller ones cost more calls.
const READ_BYTES: usize = 256 << 10;
/// What Linux allows everybody as the size of a pipe (`/proc/sys/fs/pipe-max-size`).
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;
/// A line longer than this is cut: it cannot be an input.
pub(super) const LINE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;
/// An unfinished line, one reading more, and what readers may look at beyond. Untouched pages of it cost nothing.
const BUFFER_BYTES: usize = LINE_BYTES_MAX + READ_BYTES + PADDING;
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Lines {
    /// The lines of these inputs, in this order.
    pub fn new(inputs: Vec<Input>) -> Lines {
        Lines { inputs: inputs.into_iter(), current: None, files: 0, tail: Vec::new(), offset: 0 }
    }

    /// Opens the next input, if none is open. False: there is none.
    fn open(&mut self) -> io::Result<bool> {
        if self.current.is_some() {
            return Ok(true);
        }
        self.current = match self.inputs.next() {
            None => return Ok(false),
            Some(Input::Stdin) => Some(Box::new(unbuffered_stdin()?)),
            Some(Input::File(path)) => {
                let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                Some(Box::new(widened(File::open(&path).map_err(named)?)))
            }
            Some(Input::Reader(reader)) => Some(reader),
        };
        self.files += 1;
        self.offset = 0;
        Ok(true)
    }

    /// Reads once; 0 bytes at the end of the file.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let current = self.current.as_mut().expect("only called with an open input");
        loop {
            match current.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Fills the buffer until there is a whole line in it; how far the lines go, and how far the bytes.
    fn read_lines(&mut self, buffer: &mut [u8]) -> io::Result<(usize, usize)> {
        let mut filled = self.tail.len();
        buffer[..filled].copy_from_slice(&self.tail);
        self.tail.clear();
        // One reading is handed on as soon as it holds a line: who writes slowly is not kept waiting.
        while filled <= LINE_BYTES_MAX {
            let bytes = self.read(&mut buffer[filled..filled + READ_BYTES])?;
            if bytes == 0 {
                self.current = None;
                return Ok((filled, filled));
            }
            let end = memchr::memrchr(b'\n', &buffer[filled..filled + bytes]).map(|end| filled + end + 1);
            filled += bytes;
            if let Some(end) = end {
                return Ok((end, filled));
            }
        }
        Ok((0, filled))
    }

    /// Skips the rest of a line that is too long, of which `filled` bytes are in the buffer. Its length.
    fn skip_line(&mut self, buffer: &mut [u8], filled: usize) -> io::Result<u64> {
        let mut length = filled as u64;
        let scratch = &mut buffer[LINE_BYTES_MAX..LINE_BYTES_MAX + READ_BYTES];
        loop {
            let bytes = self.read(scratch)?;
            if bytes == 0 {
                self.current = None;
                return Ok(length);
            }
            if let Some(end) = memchr::memchr(b'\n', &scratch[..bytes]) {
                self.tail.extend_from_slice(&scratch[end + 1..bytes]);
                return Ok(length + end as u64);
            }
            length += bytes as u64;
        }
    }

    /// Describes what was read as a block.
    fn label(&mut self, block: &mut Block, end: usize) {
        let starts = self.offset == 0 && block.bytes[..end].starts_with(BYTE_ORDER_MARK);
        let start = if starts { BYTE_ORDER_MARK.len() } else { 0 };
        block.lines = start..end;
        block.offset = self.offset + start as u64;
        block.file = self.files - 1;
        block.cut = None;
        // A last line without a newline gets one to stand before: readers may look at the byte after a line.
        block.bytes[end] = b'\n';
    }
}

impl Source for Lines {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        block.bytes.resize(BUFFER_BYTES, 0);
        while self.open()? {
            let (end, filled) = self.read_lines(&mut block.bytes)?;
            if filled == 0 {
                continue;
            }
            if end == 0 {
                let length = self.skip_line(&mut block.bytes, filled)?;
                self.label(block, LINE_BYTES_MAX);
                block.cut = Some(length);
                self.offset += length + 1;
            } else {
                self.tail.extend_from_slice(&block.bytes[end..filled]);
                self.label(block, end);
                self.offset += end as u64;
            }
            return Ok(true);
        }
        Ok(false)
    }

    #[cfg(unix)]
    fn shelf(&mut self) -> Option<Arc<dyn Shelf>> {
        let files = self.inputs.as_slice().iter().map(lying).collect::<Option<Vec<Lying>>>()?;
        Some(Arc::new(Stretches::new(files)))
    }
}

/// The input as a file that lies there: reading one never waits for anybody.
#[cfg(unix)]
fn lying(input: &Input) -> Option<Lying> {
    match input {
        Input::File(path) => path.metadata().is_ok_and(|data| data.is_file()).then(|| Lying::Path(path.clone())),
        Input::Stdin => {
            let file = unbuffered_stdin().ok()?;
            file.metadata().is_ok_and(|data| data.is_file()).then_some(Lying::Open(file))
        }
        Input::Reader(_) => None,
    }
}

/// Standard input without the buffer of the standard library: blocks are buffers enough.
#[cfg(unix)]
fn unbuffered_stdin() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(widened(File::from(io::stdin().as_fd().try_clone_to_owned()?)))
}

#[cfg(not(unix))]
fn unbuffered_stdin() -> io::Result<io::Stdin> {
    Ok(io::stdin())
}

/// A pipe that holds more than the usual 64 KiB, so that its two ends take turns less often; any other file as it is.
fn widened(file: File) -> File {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(&file, PIPE_BYTES); // No pipe, or not allowed: it works as it is.
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a text in pieces of this length.
    struct Dribble(Vec<u8>, usize);

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.1.min(self.0.len()).min(buffer.len());
            buffer[..bytes].copy_from_slice(&self.0[..bytes]);
            self.0.drain(..bytes);
            Ok(bytes)
        }
    }

    type Line = (u32, u64, Vec<u8>, Option<u64>);

    /// File, offset, text and true length (if cut) of every line.
    fn lines(texts: &[&[u8]], piece: usize) -> Vec<Line> {
        let inputs = texts.iter().map(|text| Input::Reader(Box::new(Dribble(text.to_vec(), piece)))).collect();
        let mut source = Lines::new(inputs);
        let mut block = Block::default();
        let mut lines = Vec::new();
        while source.fill(&mut block).expect("memory can be read") {
            assert!(block.bytes.len() >= block.lines.end + PADDING);
            let mut offset = block.offset;
            for line in block.bytes[block.lines.clone()].split_inclusive(|byte| *byte == b'\n') {
                lines.push((block.file, offset, line.strip_suffix(b"\n").unwrap_or(line).to_vec(), block.cut));
                offset += line.len() as u64;
            }
        }
        lines
    }

    #[test]
    fn lines_come_whole_however_they_are_cut_and_a_last_one_needs_no_newline() {
        for piece in [1, 2, 3, 5, 7, 1000] {
            let expected: Vec<Line> = vec![
                (0, 0, b"one".into(), None),
                (0, 4, b"".into(), None),
                (0, 5, b"three\r".into(), None),
                (2, 0, b"four".into(), None),
                (2, 5, b"five".into(), None),
            ];
            assert_eq!(lines(&[b"one\n\nthree\r", b"", b"four\nfive\n"], piece), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_at_the_start_only() {
        for piece in [1, 2, 100] {
            let expected: Vec<Line> = vec![(0, 3, b"a".into(), None), (0, 5, b"\xef\xbb\xbfb".into(), None)];
            assert_eq!(lines(&[b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"], piece), expected);
        }
    }

    #[test]
    fn a_line_at_the_limit_is_kept_and_a_longer_one_cut() {
        for piece in [1000, 65_536, 1 << 30] {
            for (length, is_cut) in [(LINE_BYTES_MAX, false), (LINE_BYTES_MAX + READ_BYTES * 3 + 5, true)] {
                let mut text = b"first\n".to_vec();
                text.resize(6 + length, b'x');
                text.extend_from_slice(b"\nlast");
                let lines = lines(&[&text], piece);
                assert_eq!(lines.len(), 3, "{length} in pieces of {piece}");
                let (_, offset, kept, cut) = &lines[1];
                assert_eq!(
                    (*offset, kept.len(), *cut),
                    (6, length.min(LINE_BYTES_MAX), is_cut.then_some(length as u64))
                );
                assert_eq!(lines[2], (0, 7 + length as u64, b"last".into(), None));
            }
        }
    }

    #[test]
    fn an_endless_line_takes_no_endless_memory() {
        let mut source = Lines::new(vec![Input::Reader(Box::new(io::repeat(b'x').take(1 << 28)))]);
        let mut block = Block::default();
        assert!(source.fill(&mut block).expect("it can be read"));
        assert_eq!((block.cut, block.bytes.capacity()), (Some(1 << 28), BUFFER_BYTES));
        assert!(!source.fill(&mut block).expect("it can be read"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let mut source = Lines::new(vec![Input::File("no/such/file.ndjson".into())]);
        let error = source.fill(&mut Block::default()).expect_err("there is none").to_string();
        assert!(error.starts_with("no/such/file.ndjson: "), "{error}");
    }
}
