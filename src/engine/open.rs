//! An open page: one that still grows, with holes where suspended executions will have spoken.

use crate::engine::page::{Ends, Page, Part};
use crate::engine::slab::Key;

/// A page that lines are being run for, or of which executions are suspended.
#[derive(Debug, Default)]
pub(super) struct OpenPage {
    pub part: Part,
    /// Texts of late executions, one after another.
    late: Page,
    /// One for each suspended execution, in the order of the lines.
    holes: Vec<Hole>,
    /// Holes that are not filled yet.
    open: u32,
    /// What ends with this page, when no more lines come.
    closed: Option<Ends>,
    /// What has been handed over: so many holes, and the text before the next one,
    told: Told,
    /// whether there is more to hand over, and whether the shard knows.
    has_news: bool,
    is_noted: bool,
}

#[derive(Debug, Default)]
struct Told {
    holes: usize,
    output: usize,
    failures: usize,
    /// Bytes of late texts.
    late: usize,
}

/// Where a late execution's text goes.
#[derive(Clone, Copy, Debug)]
struct Hole {
    output: Gap,
    failures: Gap,
}

/// Where text is missing, and where it stands among the late texts. Offsets fit: a page is closed long before four
/// gigabytes.
#[derive(Clone, Copy, Debug)]
struct Gap {
    at: u32,
    from: u32,
    to: u32,
}

/// Which hole of which page is an execution's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HoleId {
    pub page: Key,
    pub hole: u32,
}

/// The most holes of a page, each of which may get a payload of 256 KiB, twice for a failure's input as text.
const PAGE_HOLES: usize = 2048;
/// What a page costs beside its text.
const PAGE_COST: usize = 512;
/// A gap that nothing has been said for.
const SILENT: u32 = u32::MAX;

impl OpenPage {
    pub fn new(page: Page, sequence: u64, part: u32) -> OpenPage {
        OpenPage { part: Part { page, sequence, part, ..Part::default() }, ..OpenPage::default() }
    }

    /// Whether the rest of the block should go to another page.
    #[inline]
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
        // The first one holds back what follows; those that wait for what stands before it should have that now.
        self.has_news |= self.told.holes == self.holes.len() && self.untold() > 0;
        let gap = |text: &Vec<u8>| Gap { at: text.len() as u32, from: SILENT, to: SILENT };
        self.holes.push(Hole { output: gap(&page.output), failures: gap(&page.failures) });
        self.open += 1;
        (self.holes.len() - 1) as u32
    }

    /// Where late executions write.
    pub fn late(&mut self) -> &mut Page {
        &mut self.late
    }

    /// Gives a hole what was written to [`late`](OpenPage::late) from these places on.
    pub fn fill(&mut self, hole: u32, output_from: usize, failures_from: usize) {
        self.has_news |= hole as usize == self.told.holes;
        let Hole { output, failures } = &mut self.holes[hole as usize];
        (output.from, output.to) = (output_from as u32, self.late.output.len() as u32);
        (failures.from, failures.to) = (failures_from as u32, self.late.failures.len() as u32);
        self.open -= 1;
    }

    /// No more lines come.
    pub fn close(&mut self, ends: Ends, through_line: u64) {
        self.closed = Some(ends);
        if self.open > 0 {
            shrink(&mut self.part.page); // It may stay for long.
            self.holes.shrink_to_fit();
        }
        self.part.through_line = through_line;
    }

    /// Whether all is told.
    pub fn is_done(&self) -> bool {
        self.closed.is_some() && self.open == 0
    }

    /// Whether there is text that need not wait for the rest of the page. Says so once.
    pub fn has_news(&mut self) -> bool {
        self.has_news && !std::mem::replace(&mut self.is_noted, true)
    }

    /// Bytes not charged to the hold yet; they count as charged now. Some for the page itself.
    pub fn charge(&mut self) -> usize {
        let news = (self.untold() + PAGE_COST).saturating_sub(self.part.charged);
        self.part.charged += news;
        news
    }

    /// Bytes that have not been handed over.
    fn untold(&self) -> usize {
        let Told { output, failures, late, .. } = self.told;
        self.part.page.len() + self.late.len() - output - failures - late
    }

    /// The text before the first hole that is not filled, as far as it has not been handed over. All of it has been
    /// charged, and its charge goes with it. It is written to a blank page.
    pub fn ahead(&mut self, mut page: Page) -> Part {
        (self.has_news, self.is_noted) = (false, false);
        let rest = &self.holes[self.told.holes..];
        let filled = rest.iter().take_while(|hole| hole.output.from != SILENT).count();
        self.tell(self.told.holes + filled, &mut page);
        let charged = page.len() + PAGE_COST;
        self.part.charged -= charged;
        let piece = self.part.piece;
        self.part.piece += 1;
        if self.told.output + self.told.failures + self.told.late > self.untold() {
            self.forget_told();
        }
        Part { page, piece, charged, through_line: 0, ends: Ends::Nothing, ..self.part_of_order() }
    }

    /// The whole rest of the text, in the order of the lines.
    pub fn finish(mut self) -> Part {
        if !self.holes.is_empty() {
            let mut page = Page::default();
            self.tell(self.holes.len(), &mut page);
            self.part.page = page;
        }
        Part { ends: self.closed.unwrap_or_default(), ..self.part }
    }

    fn part_of_order(&self) -> Part {
        Part { sequence: self.part.sequence, part: self.part.part, ..Part::default() }
    }

    /// Writes the text that has not been told, up to this hole. Events of late executions come after those of the others.
    fn tell(&mut self, holes: usize, to: &mut Page) {
        let (page, late, told) = (&mut self.part.page, &mut self.late, &mut self.told);
        let gaps = &self.holes[told.holes..holes];
        let next = self.holes.get(holes).map(|hole| (hole.output.at as usize, hole.failures.at as usize));
        let (output_to, failures_to) = next.unwrap_or((page.output.len(), page.failures.len()));
        let (output, failures) = (&page.output[told.output..output_to], &page.failures[told.failures..failures_to]);
        weave(output, told.output, &late.output, gaps.iter().map(|hole| hole.output), &mut to.output);
        weave(failures, told.failures, &late.failures, gaps.iter().map(|hole| hole.failures), &mut to.failures);
        let late_told = told.late + to.len() - output.len() - failures.len();
        *told = Told { holes, output: output_to, failures: failures_to, late: late_told };
        to.history.append(&mut page.history);
        to.history.append(&mut late.history);
    }

    /// Makes the texts as small as what is left of them. To be done when that is less than half.
    fn forget_told(&mut self) {
        if self.told.late == self.late.len() {
            // Usual where all wait equally long; the buffer goes on being used.
            self.late.clear();
        } else {
            self.gather_late();
        }
        for hole in &mut self.holes[self.told.holes..] {
            hole.output.at -= self.told.output as u32;
            hole.failures.at -= self.told.failures as u32;
        }
        self.part.page.output.drain(..self.told.output);
        self.part.page.failures.drain(..self.told.failures);
        self.told = Told { holes: self.told.holes, ..Told::default() };
    }

    /// Keeps of the late texts only what has not been told.
    fn gather_late(&mut self) {
        let mut late = Page { history: std::mem::take(&mut self.late.history), ..Page::default() };
        for hole in &mut self.holes[self.told.holes..] {
            hole.output.follow(&self.late.output, &mut late.output);
            hole.failures.follow(&self.late.failures, &mut late.failures);
        }
        self.late = late;
    }
}

impl Gap {
    /// Moves the late text to where the others go.
    fn follow(&mut self, from: &[u8], to: &mut Vec<u8>) {
        if self.from != SILENT {
            let text = &from[self.from as usize..self.to as usize];
            self.from = to.len() as u32;
            to.extend_from_slice(text);
            self.to = to.len() as u32;
        }
    }
}

fn shrink(page: &mut Page) {
    for text in [&mut page.output, &mut page.failures, &mut page.history] {
        text.shrink_to_fit();
    }
}

/// Writes `text`, which begins at `begin`, with pieces of `late` put into its gaps.
fn weave(text: &[u8], begin: usize, late: &[u8], gaps: impl Iterator<Item = Gap> + Clone, out: &mut Vec<u8>) {
    let late_bytes: usize = gaps.clone().map(|gap| (gap.to - gap.from) as usize).sum();
    out.reserve(text.len() + late_bytes);
    let mut done = 0;
    for gap in gaps {
        let at = gap.at as usize - begin;
        out.extend_from_slice(&text[done..at]);
        out.extend_from_slice(&late[gap.from as usize..gap.to as usize]);
        done = at;
    }
    out.extend_from_slice(&text[done..]);
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

    fn said(part: &Part) -> (&str, &str) {
        let text = |text| std::str::from_utf8(text).expect("texts are text");
        (text(&part.page.output), text(&part.page.failures))
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
        page.close(Ends::Block, 5);
        for (hole, output, failure) in [(fourth, "", "D\n"), (first, "a\n", ""), (third, "c\n", "")] {
            assert!(!page.is_done());
            say_late(&mut page, hole, output, failure);
        }
        assert!(page.is_done());
        let part = page.finish();
        assert_eq!(said(&part), ("a\nb\nc\ne\n", "D\nE\n"));
        assert_eq!((part.sequence, part.ends, part.through_line), (7, Ends::Block, 5));
    }

    #[test]
    fn text_before_the_first_hole_is_handed_over_at_once_and_its_charge_with_it() {
        let mut page = OpenPage::new(Page::default(), 0, 3);
        page.part.page.output.extend_from_slice(b"a\n");
        assert!(!page.has_news(), "nothing holds it back");
        let second = page.leave_hole();
        assert!(page.has_news() && !page.has_news(), "it is said once");
        page.part.page.output.extend_from_slice(b"c\n");
        let fourth = page.leave_hole();
        page.charge();
        let piece = page.ahead(Page::default());
        assert_eq!((said(&piece), piece.part, piece.piece, piece.charged), (("a\n", ""), 3, 0, 2 + PAGE_COST));
        say_late(&mut page, fourth, "d\n", "D\n");
        assert!(!page.has_news(), "the second is waited for");
        say_late(&mut page, second, "", "B\n");
        assert!(page.has_news());
        let fifth = page.leave_hole();
        page.charge();
        let piece = page.ahead(Page::default());
        assert_eq!((said(&piece), piece.piece), (("c\nd\n", "B\nD\n"), 1));
        say_late(&mut page, fifth, "e\n", "");
        page.close(Ends::Page, 6);
        page.charge();
        let part = page.finish();
        assert_eq!((said(&part), part.piece, part.ends), (("e\n", ""), 2, Ends::Page));
        assert_eq!(part.charged, 2 + PAGE_COST);
    }

    #[test]
    fn whichever_way_holes_are_filled_the_pieces_are_the_whole_and_what_was_told_is_forgotten() {
        for step in [1, 3, 7, 11] {
            let mut page = OpenPage::new(Page::default(), 0, 0);
            let line = |number: usize| format!("{number}{}\n", "x".repeat(number % 17));
            for number in 0..100 {
                page.part.page.output.extend_from_slice(line(2 * number).as_bytes());
                page.leave_hole();
            }
            let (mut told, mut charged, mut released) = (String::new(), 0, 0);
            for turn in 0..100 {
                let hole = turn * step % 100;
                say_late(&mut page, hole as u32, &line(2 * hole + 1), "");
                charged += page.charge();
                if page.has_news() {
                    let piece = page.ahead(Page::default());
                    told += said(&piece).0;
                    released += piece.charged;
                }
                assert!(page.part.page.len() + page.late.len() <= 2 * page.untold() + 1, "{step} {turn}");
            }
            page.close(Ends::Block, 100);
            charged += page.charge();
            let part = page.finish();
            told += said(&part).0;
            assert!(told == (0..200).map(line).collect::<String>(), "{step}");
            assert_eq!(charged, released + part.charged);
        }
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
