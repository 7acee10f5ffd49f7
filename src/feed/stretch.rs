//! Regular files in stretches, which any number of threads fetch at once.
//!
//! To a stretch belong the lines that begin in it. Who fetches it reads from one byte before, to see whether a line begins
//! with it, to the end of the last line that begins in it.

use crate::engine::{Block, PADDING, Shelf};
use crate::feed::source::{BYTE_ORDER_MARK, LINE_BYTES_MAX};
use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Something whose lines lie there.
pub(super) enum Lying {
    /// A file, opened when its turn comes.
    Path(PathBuf),
    /// An open one, from where it stands.
    Open(File),
}

/// Files one after another, and how far they have been given out.
pub(super) struct Stretches(Mutex<Place>);

struct Place {
    files: std::vec::IntoIter<Lying>,
    current: Option<Current>,
    begun: u32,
    fetches: u64,
}

struct Current {
    file: Arc<File>,
    /// Where its lines begin, where the next stretch does, and how long it was when last looked at.
    begin: u64,
    next: u64,
    bytes: u64,
    /// Whether who else reads it shall see how far it has been given out.
    is_shared: bool,
}

/// What one thread fetches.
struct Stretch {
    file: Arc<File>,
    number: u32,
    begin: u64,
    from: u64,
}

/// Bytes of a stretch: a larger one falls out of a core's cache, a smaller one costs more calls.
const STRETCH_BYTES: usize = 256 << 10;
/// What is read beyond it at once, in the hope that its last line ends there.
const BEYOND_BYTES: usize = 4 << 10;
/// Where a stretch lies in its buffer. At 1, behind the byte before, each reading would take three times as long: the
/// kernel copies whole pages, and a processor is slow at that where it stores just behind, modulo a page, what it loads.
const FIRST: usize = 64;
/// Behind a stretch: a line that begins with its last byte, and what readers may look at beyond. Untouched pages of it cost
/// nothing.
const BUFFER_BYTES: usize = FIRST + STRETCH_BYTES + LINE_BYTES_MAX + PADDING;
/// Where a stretch ends in its buffer.
const LAST: usize = FIRST + STRETCH_BYTES;

impl Stretches {
    pub fn new(files: Vec<Lying>) -> Stretches {
        Stretches(Mutex::new(Place { files: files.into_iter(), current: None, begun: 0, fetches: 0 }))
    }
}

impl Shelf for Stretches {
    fn fetch(&self, block: &mut Block) -> io::Result<bool> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        block.sequence = place.fetches;
        place.fetches += 1;
        let stretch = place.next()?;
        drop(place);
        let Some(stretch) = stretch else { return Ok(false) };
        stretch.read(block)?;
        Ok(true)
    }
}

impl Place {
    /// Gives out the next stretch. None: there is none.
    fn next(&mut self) -> io::Result<Option<Stretch>> {
        loop {
            if let Some(current) = &mut self.current
                && current.has_more()?
            {
                return Ok(Some(current.give_out(self.begun - 1)?));
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            self.current = Some(Current::open(file)?);
            self.begun += 1;
        }
    }
}

impl Current {
    fn open(file: Lying) -> io::Result<Current> {
        let (file, begin, is_shared) = match file {
            Lying::Path(path) => {
                let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                (File::open(&path).map_err(named)?, 0, false)
            }
            Lying::Open(mut file) => {
                let begin = file.stream_position()?;
                (file, begin, true)
            }
        };
        Ok(Current { file: Arc::new(file), begin, next: begin, bytes: 0, is_shared })
    }

    /// Whether there is more; it may have grown meanwhile.
    fn has_more(&mut self) -> io::Result<bool> {
        if self.next >= self.bytes {
            self.bytes = self.file.metadata()?.len();
        }
        Ok(self.next < self.bytes)
    }

    fn give_out(&mut self, number: u32) -> io::Result<Stretch> {
        let Current { begin, next: from, .. } = *self;
        self.next += STRETCH_BYTES as u64;
        if self.is_shared {
            (&*self.file).seek(SeekFrom::Start(self.next.min(self.bytes)))?;
        }
        Ok(Stretch { file: self.file.clone(), number, begin, from })
    }
}

/// A file's text in a buffer, as far as it has been read.
struct Text<'b> {
    file: &'b File,
    /// Where the buffer would begin in the file, wrapping around.
    at: u64,
    bytes: &'b mut [u8],
    filled: usize,
}

impl Stretch {
    /// Puts the stretch's lines into the block; there may be none.
    fn read(&self, block: &mut Block) -> io::Result<()> {
        block.bytes.resize(BUFFER_BYTES, 0);
        let is_first = self.from == self.begin;
        let before = FIRST - usize::from(!is_first);
        let at = self.from.wrapping_sub(FIRST as u64);
        let mut text = Text { file: &self.file, at, bytes: &mut block.bytes, filled: before };
        text.fill_to(LAST + BEYOND_BYTES)?;
        let start = if is_first { text.behind_mark() } else { text.line_after(before) };
        let (end, cut) = if start < LAST.min(text.filled) { text.line_end(start)? } else { (start, None) };
        block.lines = start..end;
        block.offset = self.from - self.begin + (start - FIRST) as u64;
        (block.file, block.cut) = (self.number, cut);
        // A last line without a newline gets one to stand before: readers may look at the byte after a line.
        block.bytes[end] = b'\n';
        Ok(())
    }
}

impl Text<'_> {
    /// Reads until the buffer is filled so far, or the file ends.
    fn fill_to(&mut self, to: usize) -> io::Result<()> {
        while self.filled < to {
            match self.file.read_at(&mut self.bytes[self.filled..to], self.at.wrapping_add(self.filled as u64)) {
                Ok(0) => break,
                Ok(bytes) => self.filled += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Where the first line of a file begins: behind a byte order mark.
    fn behind_mark(&self) -> usize {
        let has_mark = self.bytes[FIRST..self.filled].starts_with(BYTE_ORDER_MARK);
        FIRST + if has_mark { BYTE_ORDER_MARK.len() } else { 0 }
    }

    /// Where the first line begins behind this byte and in the stretch; else where the text ends.
    fn line_after(&self, before: usize) -> usize {
        let ends = &self.bytes[before..self.filled.min(LAST - 1).max(before)];
        // Less than the byte before is left of a file that was cut off meanwhile.
        memchr::memchr(b'\n', ends).map_or(self.filled.max(FIRST), |end| before + end + 1)
    }

    /// Where the line ends that the stretch's last byte is of, with the true length of one that is cut there.
    fn line_end(&mut self, start: usize) -> io::Result<(usize, Option<u64>)> {
        let mut looked = self.filled.min(LAST - 1);
        let begin = memchr::memrchr(b'\n', &self.bytes[start..looked]).map_or(start, |end| start + end + 1);
        let limit = begin + LINE_BYTES_MAX;
        let mut more = BEYOND_BYTES;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.bytes[looked..self.filled]) {
                return Ok((looked + end + 1, None));
            }
            looked = self.filled;
            if looked > limit {
                return Ok((limit, Some(self.length(begin)?)));
            }
            more *= 4;
            self.fill_to((looked + more).min(limit + 1))?;
            if self.filled == looked {
                return Ok((looked, None));
            }
        }
    }

    /// How long the line is that begins here and does not end in the buffer.
    fn length(&self, begin: usize) -> io::Result<u64> {
        let mut scratch = vec![0; STRETCH_BYTES];
        let mut length = (self.filled - begin) as u64;
        loop {
            let at = self.at.wrapping_add(begin as u64 + length);
            let mut rest = Text { file: self.file, at, bytes: &mut scratch, filled: 0 };
            rest.fill_to(STRETCH_BYTES)?;
            match memchr::memchr(b'\n', &rest.bytes[..rest.filled]) {
                Some(end) => return Ok(length + end as u64),
                None if rest.filled == 0 => return Ok(length),
                None => length += rest.filled as u64,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Number of the file, offset, text and true length (if cut) of every line.
    type Line = (u32, u64, Vec<u8>, Option<u64>);

    fn lines(files: Vec<Lying>) -> Vec<Line> {
        let stretches = Stretches::new(files);
        let (mut block, mut lines) = (Block::default(), Vec::new());
        for fetch in 0.. {
            let is_filled = stretches.fetch(&mut block).expect("it can be read");
            assert_eq!(block.sequence, fetch);
            if !is_filled {
                break;
            }
            assert!(block.bytes.len() >= block.lines.end + PADDING);
            let mut offset = block.offset;
            for line in block.bytes[block.lines.clone()].split_inclusive(|byte| *byte == b'\n') {
                let is_last = offset + line.len() as u64 == block.offset + block.lines.len() as u64;
                let text = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
                lines.push((block.file, offset, text, block.cut.filter(|_| is_last)));
                offset += line.len() as u64;
            }
        }
        lines
    }

    fn file(text: &[u8]) -> Lying {
        let mut file = tempfile();
        file.write_all(text).expect("it can be written");
        file.rewind().expect("it can be read from its start");
        Lying::Open(file)
    }

    /// A file that nobody else finds.
    fn tempfile() -> File {
        use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("expressway-stretch-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        let file = File::options().read(true).write(true).create_new(true).open(&path).expect("there is room");
        std::fs::remove_file(&path).expect("it was just made");
        file
    }

    #[test]
    fn every_line_comes_once_wherever_stretches_end() {
        // Around the end of the first stretch, a line ends and another begins at every place near it.
        for short in 0..6 {
            for ends in [&b"\n"[..], b""] {
                let mut text = vec![b'x'; STRETCH_BYTES - 3 + short];
                text[100] = b'\n';
                text.extend_from_slice(b"\nab\n\nc\n");
                text.resize(3 * STRETCH_BYTES - 1, b'y');
                text.extend_from_slice(ends);
                let mut offset = 0;
                let expected = text.split_inclusive(|byte| *byte == b'\n').map(|line| {
                    offset += line.len() as u64;
                    let begin = offset - line.len() as u64;
                    let bare = line.strip_suffix(b"\n").unwrap_or(line);
                    let cut = (bare.len() > LINE_BYTES_MAX).then_some(bare.len() as u64);
                    (0, begin, bare[..bare.len().min(LINE_BYTES_MAX)].to_vec(), cut)
                });
                assert!(lines(vec![file(&text)]).into_iter().eq(expected), "{short} {ends:?}");
            }
        }
    }

    #[test]
    fn a_line_at_the_limit_is_kept_and_a_longer_one_cut() {
        for before in [0, 1, STRETCH_BYTES - 2, STRETCH_BYTES - 1, STRETCH_BYTES] {
            for length in [LINE_BYTES_MAX, LINE_BYTES_MAX + 1, 5 * LINE_BYTES_MAX] {
                let mut text = vec![b'\n'; before];
                text.resize(before + length, b'x');
                let at_end = lines(vec![file(&text)]);
                text.extend_from_slice(b"\nlast");
                let inside = lines(vec![file(&text)]);
                assert_eq!((at_end.len(), inside.len()), (before + 1, before + 2));
                for lines in [at_end, inside] {
                    let (_, offset, kept, cut) = &lines[before];
                    assert_eq!((*offset, cut.unwrap_or(kept.len() as u64)), (before as u64, length as u64));
                    assert!(kept.len() <= length && kept.len() < LINE_BYTES_MAX + BEYOND_BYTES);
                    assert!(cut.is_none() || length > LINE_BYTES_MAX && kept.len() >= LINE_BYTES_MAX);
                }
            }
        }
    }

    #[test]
    fn files_follow_one_another_and_marks_are_skipped_at_their_starts_only() {
        let files = vec![file(b"\xef\xbb\xbfa\n\xef\xbb\xbfb"), file(b""), file(b"c\n")];
        let expected: Vec<Line> =
            vec![(0, 3, b"a".into(), None), (0, 5, b"\xef\xbb\xbfb".into(), None), (2, 0, b"c".into(), None)];
        assert_eq!(lines(files), expected);
    }

    #[test]
    fn an_open_file_is_read_from_where_it_stands_and_left_at_its_end() {
        let Lying::Open(mut open) = file(b"one\ntwo\nthree") else { unreachable!("it is open") };
        open.seek(SeekFrom::Start(4)).expect("it is long enough");
        let same = open.try_clone().expect("there are not too many");
        let expected: Vec<Line> = vec![(0, 0, b"two".into(), None), (0, 4, b"three".into(), None)];
        assert_eq!(lines(vec![Lying::Open(open)]), expected);
        assert_eq!({ same }.stream_position().expect("it is a file"), 13);
    }

    #[test]
    fn a_file_may_be_cut_off_meanwhile() {
        for left in [STRETCH_BYTES, STRETCH_BYTES - 1, 0] {
            let Lying::Open(open) = file(&[b'x'; 3 * STRETCH_BYTES]) else { unreachable!("it is open") };
            let same = open.try_clone().expect("there are not too many");
            let stretches = Stretches::new(vec![Lying::Open(open)]);
            let mut block = Block::default();
            assert!(stretches.fetch(&mut block).expect("it can be read"));
            same.set_len(left as u64).expect("it can be cut");
            assert!(stretches.fetch(&mut block).expect("it can be read"));
            assert!(block.lines.is_empty(), "{left}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let stretches = Stretches::new(vec![Lying::Path("no/such/file.ndjson".into())]);
        let error = stretches.fetch(&mut Block::default()).expect_err("there is none").to_string();
        assert!(error.starts_with("no/such/file.ndjson: "), "{error}");
    }
}
