//! Telling: how a shard's pages are opened, closed and handed to the writer.

use crate::engine::open::{HoleId, OpenPage};
use crate::engine::page::{Ends, Part};
use crate::engine::scribe::Scribe;
use crate::engine::shard::Shard;
use crate::engine::slab::Key;
use crate::engine::work::Work;
use std::time::Duration;

/// How long text ahead of suspended executions lies before it is handed over, so that it need not be written line by line,
/// and text that was handed over before the writer is woken.
pub(super) const NEWS_PAUSE: Duration = Duration::from_millis(1);

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

    /// Charges what was written to a page, and hands it over when all is told.
    pub(super) fn settle(&mut self, key: Key) {
        let Some(page) = self.pages.get_mut(key) else { return };
        self.floor.gate.charge(page.charge());
        if page.is_done() {
            let part = self.pages.remove(key).expect("it was there").finish();
            self.hand_over(part);
        }
    }

    /// Takes note that there may be text which this hole does not hold back any more, or which stands before it.
    pub(super) fn note_news(&mut self, hole: Option<HoleId>) {
        let Some(HoleId { page: key, .. }) = hole else { return };
        if self.pages.get_mut(key).is_some_and(OpenPage::has_news) {
            self.news.push(key);
        }
    }

    /// Hands over what stands before the first holes of pages.
    pub(super) fn tell_news(&mut self) {
        if self.news.is_empty() {
            return;
        }
        let now_ns = self.floor.clock.now_ns();
        if now_ns < self.tell_at_ns {
            return;
        }
        self.tell_at_ns = now_ns + NEWS_PAUSE.as_nanos() as u64;
        for key in std::mem::take(&mut self.news) {
            // One that is not there any more has been handed over as a whole.
            let Some(page) = self.pages.get_mut(key) else { continue };
            self.floor.gate.charge(page.charge());
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            let part = page.ahead(blank);
            self.hand_over(part);
        }
    }

    /// Hands over what late executions have said out of order.
    pub(super) fn hand_over_loose(&mut self) {
        if !self.loose.is_empty() {
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            let page = std::mem::replace(&mut self.loose, blank);
            let charged = page.len();
            self.floor.gate.charge(charged);
            self.hand_over(Part { page, charged, ..Part::default() });
        }
    }

    /// Hands a part to the writer, who is woken for many at once.
    fn hand_over(&mut self, part: Part) {
        if self.unheard == 0 {
            self.wake_writer_at_ns = self.floor.clock.now_ns() + NEWS_PAUSE.as_nanos() as u64;
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
}
