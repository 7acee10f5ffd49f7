//! A run: the threads and what passes between them.
//!
//! Whichever shard is free gets the next block of whole lines, from the reader or the shelf, and the writer puts the
//! shards' pages in order. Blocks and pages are used again. A channel's operation costs some 100 ns and a block is 256 KiB, so
//! what matters is that waiting is cheap: who waits parks at once. (Crossbeam's channels yield the core many times before;
//! they serve where nobody waits, a hatch where one thread does.)

use crate::engine::block::Source;
use crate::engine::control::{Control, Order};
use crate::engine::desk::Office;
use crate::engine::gate::Gate;
use crate::engine::hatch::{Hatch, hatch};
use crate::engine::idle::Idle;
use crate::engine::intake::Intake;
use crate::engine::order;
use crate::engine::page::{Page, Part};
use crate::engine::reader::Manners;
use crate::engine::report::{Report, Sums, Trouble};
use crate::engine::scribe::Scribe;
use crate::engine::shard::{Floor, Ports, Shard};
use crate::engine::{Sink, clock::Clock};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What a run needs beside what the engine's options say.
pub(super) struct Setup<'r> {
    pub office: Office<'r>,
    pub control: Control,
    pub clock: Clock,
    pub virtual_start_ms: Option<u64>,
    pub shards: usize,
    pub in_order: bool,
    pub fail_fast: bool,
    pub lines_max: u64,
    pub in_flight_max: usize,
    pub held_bytes_max: usize,
    pub drain: Duration,
}

/// Blocks under way for each shard: one at work, one waiting, and one being filled.
const BLOCKS_PER_SHARD: usize = 2;
/// Pages kept for use again: as many as may wait for the writer together.
const PAGES_PER_SHARD: usize = 16;

/// Runs all lines of a source.
pub(super) fn run<S: Scribe>(
    setup: Setup<'_>,
    source: Box<dyn Source>,
    sink: &mut dyn Sink,
    scribe: &mut dyn FnMut() -> S,
) -> Report<S> {
    let began = Instant::now();
    let shards = setup.shards.min(setup.in_flight_max).max(1);
    let gate = Arc::new(Gate::new(setup.held_bytes_max));
    let idle = Arc::new(Idle::default());
    let manners = Manners {
        control: setup.control.clone(),
        gate: gate.clone(),
        idle: idle.clone(),
        lines_max: setup.lines_max,
        blocks: shards * BLOCKS_PER_SHARD + 1,
    };
    let intake = Intake::open(source, manners);
    let floor = Floor {
        office: setup.office,
        control: setup.control.clone(),
        clock: setup.clock,
        virtual_start_ms: setup.virtual_start_ms,
        in_order: setup.in_order,
        fail_fast: setup.fail_fast,
        gate,
        idle,
        sleepers_max: (setup.in_flight_max / shards).max(1),
        sleeping_bytes_max: (setup.held_bytes_max / shards).max(1),
    };
    let (parts_sender, parts) = hatch(); // Bounded by the gate.
    let (used_pages, free_pages) = bounded(shards * PAGES_PER_SHARD);
    let mut scribes: Vec<S> = Vec::new();
    let (mut sums, mut output): (Option<Sums>, Option<Trouble>) = (None, None);
    let mut is_closed = false;
    thread::scope(|scope| {
        let writer =
            Writer { control: setup.control.clone(), gate: &floor.gate, in_order: setup.in_order, parts, used_pages };
        let writer = scope.spawn(move || writer.run(sink));
        let (alive, all_ended) = bounded::<()>(0);
        let mut threads = Vec::new();
        for number in 0..shards {
            let (parts, used_pages) = (parts_sender.clone(), free_pages.clone());
            let ports = Ports { supply: intake.supply(), parts, used_pages };
            let (floor, scribe, alive) = (&floor, scribe(), alive.clone());
            threads.push(scope.spawn(move || {
                let _alive = alive; // Dropped however the shard ends.
                Shard::new(floor, ports, number as u16, scribe).run()
            }));
        }
        drop((alive, parts_sender));
        let shards: Vec<Thread> = threads.iter().map(|thread| thread.thread().clone()).collect();
        attend(&setup.control, setup.drain, &shards, &all_ended);
        for thread in threads {
            let (scribe, part) = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            scribes.push(scribe);
            match &mut sums {
                Some(sums) => sums.add(&part),
                None => sums = Some(part),
            }
        }
        (output, is_closed) = writer.join().unwrap_or_else(|panic| resume_unwind(panic));
    });
    let mut sums = sums.expect("there is at least one shard");
    let input = intake.end();
    sums.unstarted += input.unstarted;
    Report {
        sums,
        scribes,
        trouble: output.or(input.trouble),
        cut_short: is_closed || !input.is_at_end,
        elapsed: began.elapsed(),
    }
}

/// Passes orders on to the shards until they have all ended.
fn attend(control: &Control, drain: Duration, shards: &[Thread], all_ended: &Receiver<()>) {
    let mut give_up = None;
    loop {
        let until = give_up.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
        select! {
            recv(all_ended) -> _ => return,
            recv(control.bell()) -> _ => {}
            default(until.saturating_duration_since(Instant::now())) => {}
        }
        if control.order() >= Order::Drain {
            let until = *give_up.get_or_insert_with(|| Instant::now() + drain);
            if Instant::now() >= until {
                control.stop();
            }
            shards.iter().for_each(Thread::unpark);
        }
    }
}

/// The writer's thread.
struct Writer<'r> {
    control: Control,
    gate: &'r Gate,
    in_order: bool,
    parts: Hatch<Part>,
    used_pages: Sender<Page>,
}

impl Writer<'_> {
    /// Writes until all shards have ended. What went wrong, and whether the reader of the output went away.
    fn run(self, sink: &mut dyn Sink) -> (Option<Trouble>, bool) {
        let mut order = order::Order::default();
        let mut after_line = 0;
        let mut broken: Option<io::Error> = None;
        while let Some(part) = self.parts.take() {
            if !self.in_order {
                self.write(sink, part, 0, &mut after_line, &mut broken);
                continue;
            }
            order.insert(part);
            while let Some(part) = order.pop() {
                self.write(sink, part, order.next_sequence(), &mut after_line, &mut broken);
            }
        }
        // Only a run that was stopped leaves gaps: blocks that nobody began.
        while let Some(part) = order.pop_any() {
            self.write(sink, part, u64::MAX, &mut after_line, &mut broken);
        }
        let error = broken.or_else(|| sink.finish().err());
        match error {
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => (None, true),
            error => (error.map(|error| Trouble::Output { error, after_line }), false),
        }
    }

    /// Writes one page; after an error pages are only counted, so that the shards can end.
    fn write(&self, sink: &mut dyn Sink, part: Part, turn: u64, after_line: &mut u64, broken: &mut Option<io::Error>) {
        let Part { mut page, charged, through_line, .. } = part;
        if broken.is_none() {
            match sink.write(&page) {
                Ok(()) => *after_line = through_line.max(*after_line),
                Err(error) => {
                    *broken = Some(error);
                    self.control.stop();
                }
            }
        }
        self.gate.release(charged, turn);
        page.clear();
        let _ = self.used_pages.try_send(page); // Full: there are enough.
    }
}
