//! The straight path: a burst of lines whose executions take less time than it takes to look at the clock.
//!
//! Nothing is done for each line that can be done for the burst: the clock, the page, the subject and the histogram are
//! looked after once. What turns out to wait, or is no JSON, leaves this path and goes the ordinary way.

use crate::engine::desk::{Ending, Scene};
use crate::engine::scribe::Scribe;
use crate::engine::shard::Shard;
use crate::engine::slab::Key;
use crate::engine::work::Work;

/// Lines run between two looks at answers and timers: at two microseconds each at most, about a millisecond.
const LINES: u64 = 512;
/// Executions that fall asleep between two such looks: whoever answers them hears of them after the burst, and answers to
/// others wait for its end.
const ASLEEP: usize = 128;

impl<S: Scribe> Shard<'_, S> {
    /// Runs some lines of the block, in real time and with nobody listening.
    pub(super) fn run_straight(&mut self, work: &mut Work) {
        let began_ns = self.floor.clock.now_ns();
        let now_ms = began_ns / 1_000_000;
        let mut subject = self.floor.office.subject(work.origin, began_ns / 1000);
        let mut key = self.page_of(work);
        let mut lines = 0;
        work.started_ns = began_ns;
        let asleep_max = (self.sleepers.len() + ASLEEP).min(self.floor.sleepers_max);
        'burst: while self.sleepers.len() < asleep_max {
            let open = self.pages.get_mut(key).expect("pages stay until they are handed over");
            let ending = loop {
                if lines == LINES {
                    break 'burst;
                }
                let Some(line) = work.next_line(&mut self.desk.sums) else { break 'burst };
                lines += 1;
                (subject.origin, subject.name.number) = (work.origin, work.origin.line);
                let page = &mut open.part.page;
                (work.from, work.is_hot) = (page.output.len(), true);
                let mut scene = Scene { office: &self.floor.office, subject, block: &work.block.bytes, now_ms, page };
                let ending = match work.too_long(subject.program) {
                    None => self.desk.dash(&mut scene, line, work.utf8(), self.mean_ns),
                    Some(rejection) => Ending::TooLong(rejection),
                };
                work.is_hot = false;
                if !matches!(ending, Ending::Succeeded) || open.is_full() {
                    break ending;
                }
            };
            self.leave_straight(work, key, now_ms, ending);
            key = self.page_of(work);
        }
        self.mean_ns = (self.floor.clock.now_ns() - began_ns) / lines.max(1);
    }

    /// Deals with a line that did not simply succeed, or whose output fills the page.
    #[cold]
    #[inline(never)]
    fn leave_straight(&mut self, work: &mut Work, key: Key, now_ms: u64, ending: Ending) {
        match ending {
            Ending::Succeeded => {}
            Ending::Failed => self.floor.heed(false),
            Ending::Malformed(malformed) => self.reject(work, key, now_ms, &work.malformed(&malformed)),
            Ending::TooLong(rejection) => self.reject(work, key, now_ms, &rejection),
            Ending::Asks => self.go_on(work, key, now_ms, false),
        }
        self.close_full_page(work);
    }
}
