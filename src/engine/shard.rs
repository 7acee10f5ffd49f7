//! A shard: one thread with its own vms, timers and suspended executions, fed with blocks of lines.

use crate::engine::clock::Clock;
use crate::engine::control::{Control, Order};
use crate::engine::desk::{Desk, Office, Scene};
use crate::engine::gate::Gate;
use crate::engine::hatch::Hand;
use crate::engine::idle::Idle;
use crate::engine::intake::{Supplied, Supply};
use crate::engine::open::OpenPage;
use crate::engine::page::{Page, Part};
use crate::engine::report::Sums;
use crate::engine::scribe::{Rejection, Scribe};
use crate::engine::slab::{Key, Slab};
use crate::engine::sleep::Sleepers;
use crate::engine::solo::{self, Agenda, Pace};
use crate::engine::work::Work;
use crate::json::Index;
use crate::vm::Status;
use crossbeam_channel::Receiver;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What the shards of a run share: all of it immutable, or made for many threads.
pub(super) struct Floor<'r> {
    pub office: Office<'r>,
    pub control: Control,
    pub clock: Clock,
    /// Where every execution's time begins, if time is virtual.
    pub virtual_start_ms: Option<u64>,
    pub in_order: bool,
    pub fail_fast: bool,
    pub gate: Arc<Gate>,
    pub idle: Arc<Idle>,
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
pub(super) struct Ports<'r> {
    pub supply: Supply<'r>,
    pub parts: Hand<Part>,
    pub used_pages: Receiver<Page>,
}

pub(super) struct Shard<'r, S> {
    pub(super) floor: &'r Floor<'r>,
    pub(super) ports: Ports<'r>,
    pub(super) desk: Desk<S>,
    agenda: Agenda,
    /// Pages that lines are being run for, or that have holes.
    pub(super) pages: Slab<OpenPage>,
    pub(super) sleepers: Sleepers,
    /// The block whose lines are being run.
    pub(super) work: Option<Work>,
    /// For the next block.
    index: Index,
    /// What late executions said, when order does not matter; otherwise, what the one said that is awake.
    pub(super) loose: Page,
    /// Pages that have something to tell, the next one to be written first, and when that is handed over next.
    pub(super) news: BinaryHeap<Reverse<(u64, u32, Key)>>,
    pub(super) tell_at_ns: u64,
    /// Bytes handed over that the writer was not woken for yet, and when it will be.
    pub(super) unheard: usize,
    pub(super) wake_writer_at_ns: u64,
    /// Bytes of text that the gate does not know of yet.
    pub(super) uncharged: usize,
    /// No more blocks come.
    is_fed_up: bool,
    /// What an execution that ended at once took lately.
    pub(super) mean_ns: u64,
    /// When the core is offered to others next.
    yield_at_ns: u64,
}

/// Lines begun between two looks at answers and timers,
const BURST_LINES: u64 = 64;
/// and the time after which a burst of slow lines ends.
const BURST_NS: u64 = 1_000_000;
/// How long a shard keeps its core from others at least: each time it yields, it gives up what is left of its slice.
const YIELD_PAUSE_NS: u64 = 200_000;
/// Executions that take longer than this are measured each by itself; the clock takes about 25 ns.
/// (Unoptimized, as in tests, the same executions take some fifty times as long.)
const EXACT_ABOVE_NS: u64 = if cfg!(debug_assertions) { 100_000 } else { 2_000 };
/// How often a shard looks whether the writer has caught up, when nothing else can be done.
const GATE_PAUSE: Duration = Duration::from_millis(1);

impl<'r, S: Scribe> Shard<'r, S> {
    pub fn new(floor: &'r Floor<'r>, ports: Ports<'r>, number: u16, scribe: S) -> Shard<'r, S> {
        Shard {
            ports,
            desk: Desk::new(&floor.office, scribe),
            agenda: Agenda::default(),
            pages: Slab::new(),
            sleepers: Sleepers::new(number, &floor.clock),
            work: None,
            index: Index::default(),
            loose: Page::default(),
            news: BinaryHeap::new(),
            tell_at_ns: 0,
            unheard: 0,
            wake_writer_at_ns: 0,
            uncharged: 0,
            is_fed_up: false,
            mean_ns: u64::MAX,
            yield_at_ns: 0,
            floor,
        }
    }

    /// Works until there are no more blocks and all executions have ended, or the run is stopped.
    pub fn run(mut self) -> (S, Sums) {
        let _runtime = self.floor.office.tasks.enter();
        loop {
            self.hear_answers();
            self.ring_alarms();
            self.hand_over_loose();
            self.tell_news();
            self.remind_writer();
            self.charge();
            self.flush_calls();
            if self.floor.control.order() == Order::Stop {
                self.abandon();
                break;
            }
            if self.work.is_some() && self.may_begin() {
                self.burst();
                self.flush_calls();
                self.let_others_run();
            } else if !self.wait() {
                break;
            }
        }
        (self.desk.scribe, self.desk.sums)
    }

    /// Where executions sleep, those who answer them may wait for this core, and with them the executions: longer than a
    /// turn takes, if the shard only stops when the system has it stop.
    fn let_others_run(&mut self) {
        if self.sleepers.len() > 0 && self.floor.clock.now_ns() >= self.yield_at_ns {
            thread::yield_now();
            self.yield_at_ns = self.floor.clock.now_ns() + YIELD_PAUSE_NS;
        }
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
        if !self.wants_block() || !(self.floor.gate.is_open() || self.ports.supply.is_owed()) {
            return self.sleep();
        }
        if self.take_block() {
            return true;
        }
        self.floor.idle.join();
        // One that came in between has woken nobody.
        let goes_on = self.take_block() || self.sleep();
        self.floor.idle.leave();
        goes_on
    }

    fn wants_block(&self) -> bool {
        self.work.is_none() && !self.is_fed_up && self.sleepers.len() < self.floor.sleepers_max
    }

    fn take_block(&mut self) -> bool {
        match self.ports.supply.next() {
            Supplied::Block(block) => self.work = Some(Work::new(block, std::mem::take(&mut self.index))),
            Supplied::End => self.is_fed_up = true,
            // The reader may be waiting for input that never comes.
            Supplied::Nothing => self.is_fed_up = self.floor.control.order() == Order::Drain,
        }
        self.work.is_some()
    }

    /// Sleeps until there is an answer, an order, a block (if one is wanted), or an alarm is due: whoever brings one
    /// wakes this thread. False: nothing will come any more.
    fn sleep(&mut self) -> bool {
        if self.is_fed_up && self.work.is_none() && self.sleepers.len() == 0 && self.news.is_empty() {
            return false;
        }
        self.ports.supply.flush();
        self.hand_over_page();
        self.wake_writer();
        self.sleepers.mailbox.wait(self.pause());
        true
    }

    /// The longest time in which nothing is to be done.
    fn pause(&self) -> Option<Duration> {
        let now_ns = self.floor.clock.now_ns();
        let until = |at_ns: u64| Duration::from_nanos(at_ns.saturating_sub(now_ns));
        let alarm = self.sleepers.next_alarm_ms().map(|at_ms| until(at_ms.saturating_mul(1_000_000)));
        // With room for executions it can only be the gate that keeps them from being begun.
        let has_room = self.sleepers.len() < self.floor.sleepers_max;
        let is_gated = has_room && self.work.is_some() || self.wants_block() && !self.ports.supply.is_owed();
        let has_news = !self.news.is_empty();
        [alarm, is_gated.then_some(GATE_PAUSE), has_news.then(|| until(self.tell_at_ns))].into_iter().flatten().min()
    }

    /// Runs some lines of the block. A panic costs the execution it happened in, and no other.
    fn burst(&mut self) {
        let mut work = self.work.take().expect("only called with work");
        let is_measured = self.desk.scribe.is_exact() || self.mean_ns > EXACT_ABOVE_NS;
        let is_straight = !is_measured && !self.desk.scribe.listens() && self.floor.virtual_start_ms.is_none();
        let mean_ns = self.mean_ns;
        let lines = AssertUnwindSafe(|| match is_straight {
            true => self.run_straight(&mut work),
            false => self.run_lines(&mut work, is_measured),
        });
        if catch_unwind(lines).is_err() {
            self.fail_line(&mut work);
        }
        self.desk.count_dashed(mean_ns);
        let is_done = work.is_done();
        self.work = Some(work);
        if is_done {
            self.end_block();
        }
    }

    fn run_lines(&mut self, work: &mut Work, is_measured: bool) {
        let began_ns = self.floor.clock.now_ns();
        let mut started_ns = began_ns;
        let mut lines = 0;
        while lines < BURST_LINES && started_ns - began_ns < BURST_NS && self.begin_next(work, started_ns, is_measured)
        {
            lines += 1;
            if is_measured {
                started_ns = self.floor.clock.now_ns();
            }
            self.close_full_page(work);
            if self.sleepers.len() >= self.floor.sleepers_max {
                break;
            }
        }
        self.mean_ns = (self.floor.clock.now_ns() - began_ns) / lines.max(1);
    }

    /// Begins the next line of the block, if there is one.
    fn begin_next(&mut self, work: &mut Work, started_ns: u64, is_measured: bool) -> bool {
        let Some(line) = work.next_line(&mut self.desk.sums) else {
            return false;
        };
        let key = self.page_of(work);
        let now_ms = self.floor.virtual_start_ms.unwrap_or(started_ns / 1_000_000);
        work.started_ns = started_ns;
        work.is_hot = true;
        work.from = self.pages.get_mut(key).map_or(0, |open| open.part.page.output.len());
        let mut scene = scene(self.floor, &mut self.pages, work, key, now_ms);
        let begun = match work.too_long(scene.subject.program) {
            Some(rejection) => Err(rejection),
            None => self.desk.start(&mut scene, line, work.utf8()).map_err(|malformed| work.malformed(&malformed)),
        };
        match begun {
            Ok(()) => self.go_on(work, key, now_ms, is_measured),
            Err(rejection) => self.reject(work, key, now_ms, &rejection),
        }
        true
    }

    /// Lets the execution of the line at hand go on, now that it has begun.
    pub(super) fn go_on(&mut self, work: &mut Work, key: Key, now_ms: u64, is_measured: bool) {
        work.is_hot = true;
        let mut scene = scene(self.floor, &mut self.pages, work, key, now_ms);
        let (outcome, duration_ns) = if self.floor.virtual_start_ms.is_some() {
            let outcome = solo::run(&mut self.desk, &mut scene, &mut self.agenda, &Pace::Virtual);
            (outcome, (scene.now_ms - now_ms) * 1_000_000)
        } else {
            match self.desk.drive(&mut scene) {
                Some(outcome) if is_measured => (outcome, self.floor.clock.now_ns() - work.started_ns),
                Some(outcome) => (outcome, self.mean_ns),
                None => {
                    self.fall_asleep(work, key, now_ms);
                    work.is_hot = false;
                    return;
                }
            }
        };
        self.floor.heed(outcome.status == Status::Succeeded);
        self.desk.conclude(&mut scene, outcome, duration_ns, work.from);
        work.is_hot = false;
    }

    /// Has the line at hand start no execution.
    pub(super) fn reject(&mut self, work: &mut Work, key: Key, now_ms: u64, rejection: &Rejection) {
        let mut scene = scene(self.floor, &mut self.pages, work, key, now_ms);
        self.desk.reject(&mut scene, &work.block.bytes[work.line.clone()], rejection);
        work.is_hot = false;
        self.floor.heed(false);
    }

    /// The panic happened in this line.
    fn fail_line(&mut self, work: &mut Work) {
        if !std::mem::take(&mut work.is_hot) {
            // No line was at hand: it was what lies ahead. To try that again would be to try it for ever.
            return work.stop_looking_ahead();
        }
        let key = self.page_of(work);
        let now_ms = self.floor.virtual_start_ms.unwrap_or(work.started_ns / 1_000_000);
        let mut scene = scene(self.floor, &mut self.pages, work, key, now_ms);
        let is_virtual = self.floor.virtual_start_ms.is_some();
        let duration_ns = if is_virtual { 0 } else { self.floor.clock.now_ns() - work.started_ns };
        self.desk.fail_hot(&mut scene, Some(&work.block.bytes[work.line.clone()]), duration_ns, work.from);
        self.floor.heed(false);
    }

    fn end_block(&mut self) {
        let mut work = self.work.take().expect("only called with work");
        self.close_page(&mut work, true);
        let (index, block) = work.into_parts();
        self.index = index;
        self.ports.supply.give_back(block);
    }

    /// The run is stopped: what is in flight is aborted, what was not begun is left.
    fn abandon(&mut self) {
        self.abort_all();
        self.hand_over_loose();
        if let Some(mut work) = self.work.take() {
            self.desk.sums.unstarted += work.lines_left();
            self.close_page(&mut work, true);
        }
        self.tell_all();
    }
}

/// The line at hand and what surrounds it.
fn scene<'s>(floor: &'s Floor<'_>, pages: &'s mut Slab<OpenPage>, work: &'s Work, key: Key, now_ms: u64) -> Scene<'s> {
    let page = &mut pages.get_mut(key).expect("pages stay until they are handed over").part.page;
    let started_us = floor.virtual_start_ms.map_or(work.started_ns / 1000, |ms| ms * 1000);
    let subject = floor.office.subject(work.origin, started_us);
    Scene { office: &floor.office, subject, block: &work.block.bytes, now_ms, page }
}
