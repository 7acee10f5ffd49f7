//! An open page: one that still grows, with holes where suspended executions will have spoken.

use crate::engine::page::{Ends, Page, Part};
use crate::engine::slab::Key;
use crate::engine::store::{Slip, Store};

/// A page that lines are being run for, or of which executions are suspended.
#[derive(Debug, Default)]
pub(super) struct OpenPage {
    pub part: Part,
    /// One for each suspended execution, in the order of the lines.
    holes: Vec<Hole>,
    /// Holes that are not filled yet.
    open: u32,
    /// Bytes of late texts that have not been handed over.
    late_bytes: usize,
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
}

/// Where text is missing, and what is to stand there. Offsets fit: a page is closed long before four gigabytes.
///
/// Late texts lie in the shard's store, in the cells that their executions have left: were they appended to buffers,
/// those of thousands of pages would grow in the same moment, and alarms would wait for 200 ms.
#[derive(Debug)]
struct Hole {
    output_at: u32,
    failures_at: u32,
    late: Option<Slip>,
}

const _: () = assert!(size_of::<Hole>() == 12, "there is one for each execution in flight");

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
        // The first one holds back what follows; those that wait for what stands before it should have that now.
        self.has_news |= self.told.holes == self.holes.len() && self.untold() > 0;
        let Page { output, failures, .. } = &self.part.page;
        self.holes.push(Hole { output_at: output.len() as u32, failures_at: failures.len() as u32, late: None });
        self.open += 1;
        (self.holes.len() - 1) as u32
    }

    /// Fills a hole with what its execution said, which is put into the store in place of the execution.
    pub fn fill(&mut self, hole: u32, said: &mut Page, slip: Slip, store: &mut Store) {
        self.has_news |= hole as usize == self.told.holes;
        self.open -= 1;
        self.late_bytes += said.output.len() + said.failures.len();
        self.holes[hole as usize].late = Some(store.replace(slip, one_text(said)));
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

    /// Holes whose texts have not been handed over.
    pub fn holes_left(&self) -> usize {
        self.holes.len() - self.told.holes
    }

    /// Whether all is told, or there is text that need not wait for the rest of the page. Says so once.
    pub fn has_news(&mut self) -> bool {
        (self.has_news || self.is_done()) && !std::mem::replace(&mut self.is_noted, true)
    }

    /// Bytes not charged to the hold yet; they count as charged now. Some for the page itself.
    pub fn charge(&mut self) -> usize {
        let news = (self.untold() + PAGE_COST).saturating_sub(self.part.charged);
        self.part.charged += news;
        news
    }

    /// Bytes that have not been handed over.
    fn untold(&self) -> usize {
        self.part.page.len() + self.late_bytes - self.told.output - self.told.failures
    }

    /// The text before the first hole that is not filled, as far as it has not been handed over. All of it has been
    /// charged, and its charge goes with it. It is written to a blank page.
    pub fn ahead(&mut self, mut page: Page, store: &mut Store) -> Part {
        (self.has_news, self.is_noted) = (false, false);
        let rest = &self.holes[self.told.holes..];
        let filled = rest.iter().take_while(|hole| hole.late.is_some()).count();
        self.tell(self.told.holes + filled, store, &mut page);
        let charged = page.len() + PAGE_COST;
        self.part.charged -= charged;
        let piece = self.part.piece;
        self.part.piece += 1;
        if self.told.output + self.told.failures > self.untold() {
            self.forget_told();
        }
        Part { page, piece, charged, through_line: 0, ends: Ends::Nothing, ..self.part_of_order() }
    }

    /// The whole rest of the text, in the order of the lines; written to a blank page if there were holes.
    pub fn finish(mut self, blank: impl FnOnce() -> Page, store: &mut Store) -> Part {
        if !self.holes.is_empty() {
            let mut page = blank();
            page.output.reserve(self.untold());
            self.tell(self.holes.len(), store, &mut page);
            self.part.page = page;
        }
        Part { ends: self.closed.unwrap_or_default(), ..self.part }
    }

    fn part_of_order(&self) -> Part {
        Part { sequence: self.part.sequence, part: self.part.part, ..Part::default() }
    }

    /// Writes the text that has not been told, up to this hole.
    fn tell(&mut self, holes: usize, store: &mut Store, to: &mut Page) {
        let (page, told) = (&mut self.part.page, &mut self.told);
        for hole in &mut self.holes[told.holes..holes] {
            told.go_on(page, hole.output_at as usize, hole.failures_at as usize, to);
            let slip = hole.late.take().expect("a hole is filled before it is told");
            let (output, failures) = two_texts(store.get(slip));
            to.output.extend_from_slice(output);
            to.failures.extend_from_slice(failures);
            self.late_bytes -= output.len() + failures.len();
            store.drop(slip);
        }
        let next = self.holes.get(holes).map(|hole| (hole.output_at as usize, hole.failures_at as usize));
        let (output_to, failures_to) = next.unwrap_or((page.output.len(), page.failures.len()));
        told.go_on(page, output_to, failures_to, to);
        told.holes = holes;
        to.history.append(&mut page.history);
    }

    /// Makes the text as small as what is left of it. To be done when that is less than half.
    fn forget_told(&mut self) {
        for hole in &mut self.holes[self.told.holes..] {
            hole.output_at -= self.told.output as u32;
            hole.failures_at -= self.told.failures as u32;
        }
        self.part.page.output.drain(..self.told.output);
        self.part.page.failures.drain(..self.told.failures);
        self.told = Told { holes: self.told.holes, ..Told::default() };
    }
}

impl Told {
    /// Writes what stands before the next hole.
    fn go_on(&mut self, page: &Page, output_to: usize, failures_to: usize, to: &mut Page) {
        to.output.extend_from_slice(&page.output[self.output..output_to]);
        to.failures.extend_from_slice(&page.failures[self.failures..failures_to]);
        (self.output, self.failures) = (output_to, failures_to);
    }
}

/// Output and failures as one text, made in place: the length of the first stands at the end.
fn one_text(said: &mut Page) -> &[u8] {
    let output_bytes = said.output.len() as u32;
    said.output.append(&mut said.failures);
    said.output.extend_from_slice(&output_bytes.to_le_bytes());
    &said.output
}

/// What [`one_text`] was made of.
fn two_texts(text: &[u8]) -> (&[u8], &[u8]) {
    let (both, output_bytes) = text.split_last_chunk().expect("four bytes end it");
    both.split_at(u32::from_le_bytes(*output_bytes) as usize)
}

fn shrink(page: &mut Page) {
    for text in [&mut page.output, &mut page.failures, &mut page.history] {
        text.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say_late(page: &mut OpenPage, store: &mut Store, hole: u32, output: &str, failure: &str) {
        let mut said = Page { output: output.into(), failures: failure.into(), ..Page::default() };
        let slip = store.keep(b"an execution");
        page.fill(hole, &mut said, slip, store);
    }

    fn said(part: &Part) -> (&str, &str) {
        let text = |text| std::str::from_utf8(text).expect("texts are text");
        (text(&part.page.output), text(&part.page.failures))
    }

    #[test]
    fn late_texts_stand_where_their_lines_stood() {
        let (mut page, mut store) = (OpenPage::new(Page::default(), 7, 0), Store::new());
        let first = page.leave_hole();
        page.part.page.output.extend_from_slice(b"b\n");
        let third = page.leave_hole();
        let fourth = page.leave_hole();
        page.part.page.output.extend_from_slice(b"e\n");
        page.part.page.failures.extend_from_slice(b"E\n");
        page.close(Ends::Block, 5);
        for (hole, output, failure) in [(fourth, "", "D\n"), (first, "a\n", ""), (third, "c\n", "")] {
            assert!(!page.is_done());
            say_late(&mut page, &mut store, hole, output, failure);
        }
        assert!(page.is_done());
        let part = page.finish(Page::default, &mut store);
        assert_eq!(said(&part), ("a\nb\nc\ne\n", "D\nE\n"));
        assert_eq!((part.sequence, part.ends, part.through_line), (7, Ends::Block, 5));
    }

    #[test]
    fn text_before_the_first_hole_is_handed_over_at_once_and_its_charge_with_it() {
        let (mut page, mut store) = (OpenPage::new(Page::default(), 0, 3), Store::new());
        page.part.page.output.extend_from_slice(b"a\n");
        assert!(!page.has_news(), "nothing holds it back");
        let second = page.leave_hole();
        assert!(page.has_news() && !page.has_news(), "it is said once");
        page.part.page.output.extend_from_slice(b"c\n");
        let fourth = page.leave_hole();
        page.charge();
        let piece = page.ahead(Page::default(), &mut store);
        assert_eq!((said(&piece), piece.part, piece.piece, piece.charged), (("a\n", ""), 3, 0, 2 + PAGE_COST));
        say_late(&mut page, &mut store, fourth, "d\n", "D\n");
        assert!(!page.has_news(), "the second is waited for");
        say_late(&mut page, &mut store, second, "", "B\n");
        assert!(page.has_news());
        let fifth = page.leave_hole();
        page.charge();
        let piece = page.ahead(Page::default(), &mut store);
        assert_eq!((said(&piece), piece.piece), (("c\nd\n", "B\nD\n"), 1));
        say_late(&mut page, &mut store, fifth, "e\n", "");
        page.close(Ends::Page, 6);
        page.charge();
        let part = page.finish(Page::default, &mut store);
        assert_eq!((said(&part), part.piece, part.ends), (("e\n", ""), 2, Ends::Page));
        assert_eq!(part.charged, 2 + PAGE_COST);
    }

    #[test]
    fn whichever_way_holes_are_filled_the_pieces_are_the_whole_and_what_was_told_is_forgotten() {
        for step in [1, 3, 7, 11] {
            let (mut page, mut store) = (OpenPage::new(Page::default(), 0, 0), Store::new());
            let line = |number: usize| format!("{number}{}\n", "x".repeat(number % 17));
            for number in 0..100 {
                page.part.page.output.extend_from_slice(line(2 * number).as_bytes());
                page.leave_hole();
            }
            let (mut told, mut charged, mut released) = (String::new(), 0, 0);
            for turn in 0..100 {
                let hole = turn * step % 100;
                say_late(&mut page, &mut store, hole as u32, &line(2 * hole + 1), "");
                charged += page.charge();
                if page.has_news() {
                    let piece = page.ahead(Page::default(), &mut store);
                    told += said(&piece).0;
                    released += piece.charged;
                }
                assert!(page.part.page.len() + page.late_bytes <= 2 * page.untold() + 1, "{step} {turn}");
            }
            page.close(Ends::Block, 100);
            charged += page.charge();
            let part = page.finish(Page::default, &mut store);
            told += said(&part).0;
            assert!(told == (0..200).map(line).collect::<String>(), "{step}");
            assert_eq!(charged, released + part.charged);
        }
    }

    #[test]
    fn late_texts_take_the_room_of_their_executions() {
        let (mut page, mut store) = (OpenPage::new(Page::default(), 0, 0), Store::new());
        let slips: Vec<Slip> = (0..2000).map(|_| store.keep(&[b'x'; 330])).collect();
        let held = store.held();
        (0..2000).for_each(|_| _ = page.leave_hole());
        for turn in 0..2000 {
            let hole = turn * 77 % 2000;
            let mut said = Page { output: vec![b'y'; 280], ..Page::default() };
            page.fill(hole, &mut said, slips[hole as usize], &mut store);
        }
        assert_eq!(store.held(), held);
    }

    #[test]
    fn bytes_are_charged_once() {
        let mut page = OpenPage::new(Page::default(), 0, 0);
        page.part.page.output.extend_from_slice(&[b'x'; 1000]);
        assert_eq!(page.charge(), 1000 + PAGE_COST);
        assert_eq!(page.charge(), 0);
        let hole = page.leave_hole();
        assert_eq!(page.charge(), 0);
        say_late(&mut page, &mut Store::new(), hole, "01234", "56789");
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
