//! A shard: one thread with its own vms, timers and suspended executions, fed with blocks of lines.

use crate::engine::block::Block;
use crate::engine::clock::Clock;
use crate::engine::control::{Control, Order};
use crate::engine::desk::{Desk, Office, Scene};
use crate::engine::gate::Gate;
use crate::engine::open::{HoleId, OpenPage};
use crate::engine::page::{Ends, Page, Part};
use crate::engine::report::Sums;
use crate::engine::scribe::Scribe;
use crate::engine::slab::{Key, Slab};
use crate::engine::sleep::Sleepers;
use crate::engine::solo::{self, Agenda, Pace};
use crate::engine::work::Work;
use crate::vm::Status;
use crossbeam_channel::{Receiver, Select, Sender, TryRecvError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// What the shards of a run share: all of it immutable, or made for many threads.
pub(super) struct Floor<'r> {
    pub office: Office<'r>,
    pub control: Control,
    pub clock: Clock,
    /// Where every execution's time begins, if time is virtual.
    pub virtual_start_ms: Option<u64>,
    pub in_order: bool,
    pub fail_fast: bool,
    pub gate: std::sync::Arc<Gate>,
    /// Each shard's share of executions in flight, and of the bytes they keep.
    pub sleepers_max: usize,
    pub sleeping_bytes_max: usize,
}

impl Floor<'_> {
    /// Stops the run at the first execution that does not succeed, if that is wanted.
    pub fn heed(&self, succeeded: bool) {
        if !succeeded && self.fail_fast {
            self.control.stop();
        }
    }
}

/// The ends of the channels that a shard holds.
pub(super) struct Ports {
    pub blocks: Receiver<Block>,
    pub used_blocks: Sender<Block>,
    pub parts: Sender<Part>,
    pub used_pages: Receiver<Page>,
    pub wake: Receiver<()>,
}

pub(super) struct Shard<'r, S> {
    pub(super) floor: &'r Floor<'r>,
    ports: Ports,
    pub(super) desk: Desk<S>,
    agenda: Agenda,
    /// Pages that lines are being run for, or that have holes.
    pub(super) pages: Slab<OpenPage>,
    pub(super) sleepers: Sleepers,
    /// The block whose lines are being run.
    work: Option<Work>,
    /// What late executions said, when order does not matter.
    pub(super) loose: Page,
    /// Pages with text that need not wait for their holes, and when it is handed over next.
    news: Vec<Key>,
    tell_at_ns: u64,
    /// No more blocks come.
    is_fed_up: bool,
    /// What an execution that ended at once took lately.
    mean_ns: u64,
}

/// Lines begun between two looks at answers and timers,
const BURST_LINES: u64 = 64;
/// and the time after which a burst of slow lines ends.
const BURST_NS: u64 = 1_000_000;
/// Executions that take longer than this are measured each by itself; the clock takes about 25 ns.
const EXACT_ABOVE_NS: u64 = 2_000;
/// How often a shard looks whether the writer has caught up, when nothing else can be done.
const GATE_PAUSE: Duration = Duration::from_millis(1);
/// How often text ahead of suspended executions is handed over, so that it need not be written line by line.
const NEWS_PAUSE: Duration = Duration::from_millis(1);

impl<'r, S: Scribe> Shard<'r, S> {
    pub fn new(floor: &'r Floor<'r>, ports: Ports, number: u16, scribe: S) -> Shard<'r, S> {
        Shard {
            ports,
            desk: Desk::new(&floor.office, scribe),
            agenda: Agenda::default(),
            pages: Slab::new(),
            sleepers: Sleepers::new(number, floor.clock.now_ns() / 1_000_000),
            work: None,
            loose: Page::default(),
            news: Vec::new(),
            tell_at_ns: 0,
            is_fed_up: false,
            mean_ns: u64::MAX,
            floor,
        }
    }

    /// Works until there are no more blocks and all executions have ended, or the run is stopped.
    pub fn run(mut self) -> (S, Sums) {
        loop {
            let _ = self.ports.wake.try_recv();
            self.hear_answers();
            self.ring_alarms();
            self.hand_over_loose();
            self.tell_news();
            if self.floor.control.order() == Order::Stop {
                self.abandon();
                break;
            }
            if self.work.is_some() && self.may_begin() {
                self.burst();
            } else if !self.wait() {
                break;
            }
        }
        (self.desk.scribe, self.desk.sums)
    }

    /// Whether one more execution fits.
    fn may_begin(&self) -> bool {
        let sequence = self.work.as_ref().map_or(u64::MAX, |work| work.block.sequence);
        self.sleepers.len() < self.floor.sleepers_max
            && self.sleepers.bytes() < self.floor.sleeping_bytes_max
            && self.floor.gate.admits(sequence)
    }

    /// Takes a block, or waits for whatever comes first. False: nothing will come any more.
    fn wait(&mut self) -> bool {
        let takes_block = self.work.is_none() && !self.is_fed_up && self.sleepers.len() < self.floor.sleepers_max;
        if takes_block {
            match self.ports.blocks.try_recv() {
                Ok(block) => {
                    self.work = Some(Work::new(block));
                    return true;
                }
                Err(TryRecvError::Disconnected) => self.is_fed_up = true,
                // The reader may be waiting for input that never comes.
                Err(TryRecvError::Empty) if self.floor.control.order() == Order::Drain => self.is_fed_up = true,
                Err(TryRecvError::Empty) => {}
            }
        }
        if self.is_fed_up && self.work.is_none() && self.sleepers.len() == 0 {
            return false;
        }
        self.hand_over_page();
        self.sleep_until_news(takes_block && !self.is_fed_up);
        true
    }

    /// Sleeps until there is an answer, an order, a block (if one is wanted), or an alarm is due.
    fn sleep_until_news(&self, wants_block: bool) {
        let mut select = Select::new();
        select.recv(&self.sleepers.inbox);
        select.recv(&self.ports.wake);
        if wants_block {
            select.recv(&self.ports.blocks);
        }
        let alarm = self.sleepers.next_alarm_ms().map(|at_ms| {
            Duration::from_nanos(at_ms.saturating_mul(1_000_000).saturating_sub(self.floor.clock.now_ns()))
        });
        // With room for executions it can only be the gate that keeps them from being begun.
        let is_gated = self.work.is_some() && self.sleepers.len() < self.floor.sleepers_max;
        let has_news = !self.news.is_empty();
        let pauses = [alarm, is_gated.then_some(GATE_PAUSE), has_news.then_some(NEWS_PAUSE)];
        let pause = pauses.into_iter().flatten().min();
        match pause.and_then(|pause| Instant::now().checked_add(pause)) {
            Some(until) => drop(select.ready_deadline(until)),
            None => drop(select.ready()),
        }
    }

    /// Runs some lines of the block. A panic costs the execution it happened in, and no other.
    fn burst(&mut self) {
        let mut work = self.work.take().expect("only called with work");
        if catch_unwind(AssertUnwindSafe(|| self.run_lines(&mut work))).is_err() {
            self.fail_line(&mut work);
        }
        let is_done = work.is_done();
        self.work = Some(work);
        if is_done {
            self.end_block();
        }
    }

    fn run_lines(&mut self, work: &mut Work) {
        let is_exact = self.desk.scribe.is_exact() || self.mean_ns > EXACT_ABOVE_NS;
        let began_ns = self.floor.clock.now_ns();
        let mut started_ns = began_ns;
        let mut lines = 0;
        while lines < BURST_LINES && started_ns - began_ns < BURST_NS && self.begin_next(work, started_ns, is_exact) {
            lines += 1;
            if is_exact {
                started_ns = self.floor.clock.now_ns();
            }
            let page = self.page_of(work);
            if self.pages.get_mut(page).is_some_and(|page| page.is_full()) {
                self.close_page(work, false);
            }
            if self.sleepers.len() >= self.floor.sleepers_max {
                break;
            }
        }
        self.mean_ns = (self.floor.clock.now_ns() - began_ns) / lines.max(1);
    }

    /// Begins the next line of the block, if there is one.
    fn begin_next(&mut self, work: &mut Work, started_ns: u64, is_exact: bool) -> bool {
        let Some(line) = work.next_line(&mut self.desk.sums) else {
            return false;
        };
        let key = self.page_of(work);
        let now_ms = self.floor.virtual_start_ms.unwrap_or(started_ns / 1_000_000);
        let started_us = self.floor.virtual_start_ms.map_or(started_ns / 1000, |ms| ms * 1000);
        let page = &mut self.pages.get_mut(key).expect("pages stay until they are handed over").part.page;
        work.from = page.output.len();
        work.started_ns = started_ns;
        work.is_hot = true;
        let subject = self.floor.office.subject(work.origin, started_us);
        let mut scene = Scene { office: &self.floor.office, subject, block: &work.block.bytes, now_ms, page };
        if let Err(rejection) = work.begin(&mut self.desk, &mut scene, line.clone()) {
            self.desk.reject(&mut scene, &work.block.bytes[line], &rejection);
            work.is_hot = false;
            self.floor.heed(false);
            return true;
        }
        let (outcome, duration_ns) = if self.floor.virtual_start_ms.is_some() {
            let outcome = solo::run(&mut self.desk, &mut scene, &mut self.agenda, &Pace::Virtual);
            (outcome, (scene.now_ms - now_ms) * 1_000_000)
        } else {
            match self.desk.drive(&mut scene) {
                Some(outcome) if is_exact => (outcome, self.floor.clock.now_ns() - started_ns),
                Some(outcome) => (outcome, self.mean_ns),
                None => {
                    self.fall_asleep(work, key, now_ms);
                    work.is_hot = false;
                    return true;
                }
            }
        };
        self.floor.heed(outcome.status == Status::Succeeded);
        self.desk.conclude(&mut scene, outcome, duration_ns, work.from);
        work.is_hot = false;
        true
    }

    /// The panic happened in this line.
    fn fail_line(&mut self, work: &mut Work) {
        if !std::mem::take(&mut work.is_hot) {
            return;
        }
        let key = self.page_of(work);
        let page = &mut self.pages.get_mut(key).expect("pages stay until they are handed over").part.page;
        let started_us = self.floor.virtual_start_ms.map_or(work.started_ns / 1000, |ms| ms * 1000);
        let subject = self.floor.office.subject(work.origin, started_us);
        let mut scene =
            Scene { office: &self.floor.office, subject, block: &work.block.bytes, now_ms: started_us / 1000, page };
        let is_virtual = self.floor.virtual_start_ms.is_some();
        let duration_ns = if is_virtual { 0 } else { self.floor.clock.now_ns() - work.started_ns };
        self.desk.fail_hot(&mut scene, Some(&work.block.bytes[work.line.clone()]), duration_ns, work.from);
        self.floor.heed(false);
    }

    /// The page that the block's lines are written to.
    fn page_of(&mut self, work: &mut Work) -> Key {
        *work.page.get_or_insert_with(|| {
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            work.parts += 1;
            self.pages.insert(OpenPage::new(blank, work.block.sequence, work.parts - 1))
        })
    }

    fn end_block(&mut self) {
        let mut work = self.work.take().expect("only called with work");
        self.close_page(&mut work, true);
        let _ = self.ports.used_blocks.send(work.block); // Nobody there: the reader is done.
    }

    /// Hands over what the block's lines have said so far, so that nobody waits for it longer than needed.
    fn hand_over_page(&mut self) {
        if let Some(mut work) = self.work.take() {
            let page = work.page.and_then(|key| self.pages.get_mut(key));
            if page.is_some_and(|page| !page.is_blank()) {
                self.close_page(&mut work, false);
            }
            self.work = Some(work);
        }
    }

    /// No more lines go to the block's page.
    fn close_page(&mut self, work: &mut Work, is_last: bool) {
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
            let _ = self.ports.parts.send(part); // The writer is there as long as any shard is.
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
    fn tell_news(&mut self) {
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
            let _ = self.ports.parts.send(page.ahead(blank)); // The writer is there as long as any shard is.
        }
    }

    /// Hands over what late executions have said out of order.
    pub(super) fn hand_over_loose(&mut self) {
        if !self.loose.is_empty() {
            let blank = self.ports.used_pages.try_recv().unwrap_or_default();
            let page = std::mem::replace(&mut self.loose, blank);
            let charged = page.len();
            self.floor.gate.charge(charged);
            let _ = self.ports.parts.send(Part { page, charged, ..Part::default() });
        }
    }

    /// The run is stopped: what is in flight is aborted, what was not begun is left.
    fn abandon(&mut self) {
        self.abort_all();
        self.hand_over_loose();
        if let Some(mut work) = self.work.take() {
            self.desk.sums.unstarted += work.lines_left();
            self.close_page(&mut work, true);
        }
    }
}
