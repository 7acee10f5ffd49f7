//! Telling: how a shard's pages are opened, closed and handed to the writer.

use crate::engine::open::OpenPage;
use crate::engine::page::{Ends, Part};
use crate::engine::scribe::Scribe;
use crate::engine::shard::Shard;
use crate::engine::slab::Key;
use crate::engine::work::Work;
use std::cmp::Reverse;

/// Texts of late executions put into their pages before something else gets its turn, if there are as many.
const TEXTS: usize = 512;
/// Late texts stay where they are until their block is one of so many that are written next: put together they would
/// take their room twice.
const BLOCKS_AHEAD: u64 = 16;
/// How long text ahead of suspended executions lies before it is handed over, so that it need not be written line by line,
/// and text that was handed over before the writer is woken.
const NEWS_PAUSE_NS: u64 = 1_000_000;

/// Text for which the writer is woken at once: each time takes some microseconds.
const WAKE_BYTES: usize = 256 << 10;

impl<S: Scribe> Shard<'_, S> {
    /// The page that the block's lines are written to.
    #[inline]
    pub(super) fn page_of(&mut self, work: &mut Work) -> Key {
        *work.page.get_or_insert_with(|| {
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            work.parts += 1;
            self.pages.insert(OpenPage::new(blank, work.block.sequence, work.parts - 1))
        })
    }

    /// Has the rest of the block go to another page, if this one is full.
    pub(super) fn close_full_page(&mut self, work: &mut Work) {
        let key = self.page_of(work);
        if self.pages.get_mut(key).is_some_and(|page| page.is_full()) {
            self.close_page(work, false);
        }
    }

    /// Hands over what the block's lines have said so far, so that nobody waits for it longer than needed.
    pub(super) fn hand_over_page(&mut self) {
        if let Some(mut work) = self.work.take() {
            let page = work.page.and_then(|key| self.pages.get_mut(key));
            if page.is_some_and(|page| !page.is_blank()) {
                self.close_page(&mut work, false);
            }
            self.work = Some(work);
        }
    }

    /// No more lines go to the block's page.
    pub(super) fn close_page(&mut self, work: &mut Work, is_last: bool) {
        let key = self.page_of(work);
        work.page = None;
        if let Some(page) = self.pages.get_mut(key) {
            page.close(if is_last { Ends::Block } else { Ends::Page }, work.origin.line);
            self.settle(key);
        }
    }

    /// Charges what was written to a page, and hands it over when all is told, if nothing need be put into it.
    pub(super) fn settle(&mut self, key: Key) {
        let Some(page) = self.pages.get_mut(key) else { return };
        self.uncharged += page.charge();
        if page.is_done() && page.holes_left() == 0 {
            self.finish(key);
        } else {
            self.note_news(key);
        }
    }

    /// Takes note of a page if it has something to tell: all of it, or what stands before an execution that is asleep.
    pub(super) fn note_news(&mut self, key: Key) {
        if let Some(page) = self.pages.get_mut(key)
            && page.has_news()
        {
            self.news.push(Reverse((page.part.sequence, page.part.part, key)));
        }
    }

    /// Hands over what some pages have to tell whose turn is near, so much that others need not wait for long.
    ///
    /// (Where alarms ring at random, all pages come to be done in the same moment.)
    pub(super) fn tell_news(&mut self) {
        if self.news.is_empty() {
            return;
        }
        let now_ns = self.floor.clock.now_ns();
        if now_ns < self.tell_at_ns {
            return;
        }
        let blocks = self.floor.gate.turn().saturating_add(BLOCKS_AHEAD);
        let mut texts = 0;
        while texts < TEXTS {
            let next = self.news.peek().filter(|Reverse((sequence, ..))| *sequence < blocks);
            let Some(Reverse((.., key))) = next.copied() else {
                self.tell_at_ns = now_ns + NEWS_PAUSE_NS;
                return;
            };
            self.news.pop();
            texts += self.tell(key);
        }
    }

    /// Hands over everything that pages have to tell.
    pub(super) fn tell_all(&mut self) {
        while let Some(Reverse((.., key))) = self.news.pop() {
            self.tell(key);
        }
    }

    /// Hands over what a page has to tell. How many late texts that were, and one.
    fn tell(&mut self, key: Key) -> usize {
        // One that is not there any more had no holes left.
        let Some(page) = self.pages.get_mut(key) else { return 1 };
        self.uncharged += page.charge();
        let holes = page.holes_left();
        if page.is_done() {
            self.finish(key);
            return holes + 1;
        }
        let blank = self.ports.used_pages.try_recv().unwrap_or_default();
        let part = page.ahead(blank, &mut self.sleepers.store);
        let told = holes - page.holes_left();
        self.give(part);
        told + 1
    }

    /// Hands over a page as a whole.
    fn finish(&mut self, key: Key) {
        let blank = || self.ports.used_pages.try_recv().unwrap_or_default();
        let page = self.pages.remove(key).expect("pages stay until they are handed over");
        let part = page.finish(blank, &mut self.sleepers.store);
        self.give(part);
    }

    /// Hands over what late executions have said out of order.
    pub(super) fn hand_over_loose(&mut self) {
        if !self.loose.is_empty() {
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            let page = std::mem::replace(&mut self.loose, blank);
            let charged = page.len();
            self.uncharged += charged;
            self.give(Part { page, charged, ..Part::default() });
        }
    }

    /// Hands text to the writer, now that it is charged. The writer is woken for much of it at once.
    fn give(&mut self, part: Part) {
        self.charge();
        if self.unheard == 0 {
            self.wake_writer_at_ns = self.floor.clock.now_ns() + NEWS_PAUSE_NS;
        }
        self.unheard += part.charged;
        self.ports.parts.leave(part);
        if self.unheard > WAKE_BYTES {
            self.wake_writer();
        }
    }

    /// Wakes the writer when what lies there has lain long enough.
    pub(super) fn remind_writer(&mut self) {
        if self.unheard > 0 && self.floor.clock.now_ns() >= self.wake_writer_at_ns {
            self.wake_writer();
        }
    }

    /// Wakes the writer, if anything lies there that it was not woken for.
    pub(super) fn wake_writer(&mut self) {
        if std::mem::take(&mut self.unheard) > 0 {
            self.ports.parts.ring();
        }
    }

    /// Charges what was said since the last time: the gate is shared by all threads, so it is not touched for each
    /// execution.
    pub(super) fn charge(&mut self) {
        if self.uncharged > 0 {
            self.floor.gate.charge(std::mem::take(&mut self.uncharged));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::engine::clock::Clock;
    use crate::engine::control::Control;
    use crate::engine::desk::Office;
    use crate::engine::gate::Gate;
    use crate::engine::hatch::{Hatch, hatch};
    use crate::engine::intake::Supply;
    use crate::engine::page::Page;
    use crate::engine::scribe::Outputs;
    use crate::engine::shard::{Floor, Ports};
    use crate::task::Tasks;
    use std::sync::Arc;

    /// How many pages each of some calls of `tell_news` hands over, of blocks with so many late texts each.
    fn told(blocks: u64, texts: usize, turns: &[u64]) -> Vec<usize> {
        let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#;
        let programs = [Arc::new(compile(definition, &Default::default()).expect("the definition is right"))];
        let floor = Floor {
            office: Office { programs: &programs, tasks: &Tasks::new(), name_prefix: "", seed: 1 },
            control: Control::new(),
            clock: Clock::start(),
            virtual_start_ms: None,
            in_order: true,
            fail_fast: false,
            gate: Arc::new(Gate::new(usize::MAX)),
            idle: Arc::default(),
            sleepers_max: 1,
            sleeping_bytes_max: 1,
        };
        let (parts, _handed_over): (_, Hatch<Part>) = hatch();
        let supply = Supply::Handed { blocks: crossbeam_channel::unbounded().1, used: hatch().0, spent: Vec::new() };
        let ports = Ports { supply, parts, used_pages: crossbeam_channel::bounded(0).1 };
        let mut shard = Shard::new(&floor, ports, 0, Outputs);
        for sequence in (0..blocks).rev() {
            let mut page = OpenPage::new(Page::default(), sequence, 0);
            for _ in 0..texts {
                let hole = page.leave_hole();
                let slip = shard.sleepers.store.keep(b"an execution");
                page.fill(hole, &mut Page::default(), slip, &mut shard.sleepers.store);
            }
            page.close(Ends::Block, 1);
            let key = shard.pages.insert(page);
            shard.settle(key);
        }
        let told = turns.iter().map(|turn| {
            shard.floor.gate.release(0, *turn);
            shard.tell_at_ns = 0;
            let before = shard.pages.len();
            shard.tell_news();
            before - shard.pages.len()
        });
        told.collect()
    }

    #[test]
    fn late_texts_stay_where_they_are_until_their_turn_is_near() {
        assert_eq!(told(100, 1, &[0, 0, 30, 31, 99]), [16, 0, 30, 1, 53]);
    }

    #[test]
    fn few_late_texts_are_put_together_at_a_time() {
        assert_eq!(told(8, 300, &[8, 8, 8, 8, 8]), [2, 2, 2, 2, 0]);
    }
}
