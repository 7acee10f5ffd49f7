//! A page: what the executions of one block had to say, put in order when the late ones have spoken.

use crate::engine::slab::Key;
use std::ops::Range;

/// Text on its way out: one buffer for each place it can go to.
#[derive(Debug, Default)]
pub struct Page {
    /// Outputs or records, a line each.
    pub output: Vec<u8>,
    /// Records of executions that did not succeed.
    pub failures: Vec<u8>,
    /// What happened.
    pub history: Vec<u8>,
}

impl Page {
    /// Bytes of text.
    pub fn len(&self) -> usize {
        self.output.len() + self.failures.len() + self.history.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it should be handed on before more is written.
    pub(super) fn is_full(&self) -> bool {
        self.len() > PAGE_BYTES
    }

    /// Forgets the text and keeps the buffers, unless they have become huge.
    pub fn clear(&mut self) {
        for text in [&mut self.output, &mut self.failures, &mut self.history] {
            text.clear();
            text.shrink_to(KEPT_BYTES);
        }
    }
}

/// A page of finished text and its place in the order.
#[derive(Debug, Default)]
pub struct Part {
    /// The text.
    pub page: Page,
    /// The block it belongs to.
    pub sequence: u64,
    /// Which part of the block's text.
    pub part: u32,
    /// Whether the block's text ends here.
    pub last: bool,
    /// The last line that is told of here.
    pub through_line: u64,
    /// Bytes charged to the run's hold until this is written.
    pub charged: usize,
}

/// A page that still grows: lines are being run, or executions of it are suspended.
#[derive(Debug, Default)]
pub(super) struct OpenPage {
    pub part: Part,
    /// Texts of late executions, one after another.
    late: Page,
    holes: Vec<Hole>,
    /// Holes that are not filled yet.
    open: u32,
    /// No more lines come.
    closed: bool,
}

/// Where a late execution's text goes, and where it waits. Offsets fit: a page is closed long before four gigabytes.
#[derive(Clone, Copy, Debug, Default)]
struct Hole {
    output_at: u32,
    failures_at: u32,
    output: (u32, u32),
    failures: (u32, u32),
}

/// Which hole of which page is an execution's.
#[derive(Clone, Copy, Debug)]
pub(super) struct HoleId {
    pub page: Key,
    pub hole: u32,
}

/// A page is handed on when it is larger than this,
const PAGE_BYTES: usize = 1 << 20;
/// or has this many holes, each of which may get a payload of 256 KiB, twice for a failure's input as text.
const PAGE_HOLES: usize = 2048;
/// Larger buffers are not kept.
const KEPT_BYTES: usize = 4 << 20;

impl OpenPage {
    pub fn new(page: Page, sequence: u64, part: u32) -> OpenPage {
        OpenPage { part: Part { page, sequence, part, ..Part::default() }, ..OpenPage::default() }
    }

    /// Whether the rest of the block should go to another page.
    pub fn is_full(&self) -> bool {
        self.part.page.is_full() || self.holes.len() >= PAGE_HOLES
    }

    /// Whether nothing was said, and nothing will be.
    pub fn is_blank(&self) -> bool {
        self.part.page.is_empty() && self.holes.is_empty()
    }

    /// Leaves room for an execution that ends later.
    pub fn leave_hole(&mut self) -> u32 {
        let page = &self.part.page;
        let (output_at, failures_at) = (page.output.len() as u32, page.failures.len() as u32);
        self.holes.push(Hole { output_at, failures_at, ..Hole::default() });
        self.open += 1;
        (self.holes.len() - 1) as u32
    }

    /// Where late executions write, and how far the text before goes.
    pub fn late(&mut self) -> &mut Page {
        &mut self.late
    }

    /// Gives a hole what was written to [`late`](OpenPage::late) from these places on.
    pub fn fill(&mut self, hole: u32, output_from: usize, failures_from: usize) {
        let hole = &mut self.holes[hole as usize];
        hole.output = (output_from as u32, self.late.output.len() as u32);
        hole.failures = (failures_from as u32, self.late.failures.len() as u32);
        self.open -= 1;
    }

    /// No more lines come.
    pub fn close(&mut self, last: bool, through_line: u64) {
        self.closed = true;
        if self.open > 0 {
            // It may stay for long.
            let page = &mut self.part.page;
            for text in [&mut page.output, &mut page.failures, &mut page.history] {
                text.shrink_to_fit();
            }
            self.holes.shrink_to_fit();
        }
        self.part.last = last;
        self.part.through_line = through_line;
    }

    /// Whether all is told.
    pub fn is_done(&self) -> bool {
        self.closed && self.open == 0
    }

    /// Bytes not charged to the hold yet; they count as charged now. Some for the page itself.
    pub fn charge(&mut self) -> usize {
        let bytes = self.part.page.len() + self.late.len() + PAGE_COST;
        let news = bytes.saturating_sub(self.part.charged);
        self.part.charged += news;
        news
    }

    /// The whole text in the order of the lines; events of late executions come after those of the others.
    pub fn finish(self) -> Part {
        let OpenPage { mut part, late, holes, .. } = self;
        if holes.is_empty() {
            return part;
        }
        let fill = |text: Vec<u8>, late: &[u8], place: fn(&Hole) -> (u32, (u32, u32))| {
            weave(&text, late, holes.iter().map(place))
        };
        part.page.output = fill(part.page.output, &late.output, |hole| (hole.output_at, hole.output));
        part.page.failures = fill(part.page.failures, &late.failures, |hole| (hole.failures_at, hole.failures));
        part.page.history.extend_from_slice(&late.history);
        part
    }
}

/// What a page costs beside its text.
const PAGE_COST: usize = 512;

/// `text` with pieces of `late` put in at their places, which ascend.
fn weave(text: &[u8], late: &[u8], holes: impl Iterator<Item = (u32, (u32, u32))>) -> Vec<u8> {
    let mut woven = Vec::with_capacity(text.len() + late.len());
    let mut done = 0;
    for (at, (from, to)) in holes {
        woven.extend_from_slice(&text[done..at as usize]);
        woven.extend_from_slice(&late[Range { start: from as usize, end: to as usize }]);
        done = at as usize;
    }
    woven.extend_from_slice(&text[done..]);
    woven
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say_late(page: &mut OpenPage, hole: u32, output: &str, failure: &str) {
        let (output_from, failures_from) = (page.late().output.len(), page.late().failures.len());
        page.late().output.extend_from_slice(output.as_bytes());
        page.late().failures.extend_from_slice(failure.as_bytes());
        page.fill(hole, output_from, failures_from);
    }

    #[test]
    fn late_texts_stand_where_their_lines_stood() {
        let mut page = OpenPage::new(Page::default(), 7, 0);
        let first = page.leave_hole();
        page.part.page.output.extend_from_slice(b"b\n");
        let third = page.leave_hole();
        let fourth = page.leave_hole();
        page.part.page.output.extend_from_slice(b"e\n");
        page.part.page.failures.extend_from_slice(b"E\n");
        page.close(true, 5);
        for (hole, output, failure) in [(fourth, "", "D\n"), (first, "a\n", ""), (third, "c\n", "")] {
            assert!(!page.is_done());
            say_late(&mut page, hole, output, failure);
        }
        assert!(page.is_done());
        let part = page.finish();
        assert_eq!((&*part.page.output, &*part.page.failures), (&b"a\nb\nc\ne\n"[..], &b"D\nE\n"[..]));
        assert_eq!((part.sequence, part.last, part.through_line), (7, true, 5));
    }

    #[test]
    fn bytes_are_charged_once() {
        let mut page = OpenPage::new(Page::default(), 0, 0);
        page.part.page.output.extend_from_slice(&[b'x'; 1000]);
        assert_eq!(page.charge(), 1000 + PAGE_COST);
        assert_eq!(page.charge(), 0);
        page.late().output.extend_from_slice(b"0123456789");
        assert_eq!(page.charge(), 10);
        assert_eq!(page.part.charged, 1010 + PAGE_COST);
    }

    #[test]
    fn a_page_with_many_holes_is_full() {
        let mut page = OpenPage::new(Page::default(), 0, 0);
        for _ in 0..PAGE_HOLES {
            assert!(!page.is_full());
            page.leave_hole();
        }
        assert!(page.is_full());
    }
}
