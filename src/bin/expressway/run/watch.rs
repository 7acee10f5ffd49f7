//! Counts and prices executions, and lets the progress line look on while shards work.
//!
//! Each shard writes numbers of its own, which nobody else writes: looking on costs it no lock.

use expressway::bill::{ExecutionBill, Ledger, Prices};
use expressway::engine::{Block, Fate, Page, Scribe, Shelf, Source, Subject};
use expressway::feed::{self, Lines, Meter, Price, Records};
use expressway::program::Program;
use expressway::usage::Usage;
use expressway::vm::{Event, Status};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// What is known of a run while it goes on.
#[derive(Default)]
pub struct Watch {
    /// Lines read, blank ones too.
    read: AtomicU64,
    shards: Mutex<Vec<Arc<Shard>>>,
}

/// What one shard has done so far.
#[derive(Default)]
pub struct Shard {
    done: AtomicU64,
    not_succeeded: AtomicU64,
    executions: AtomicU64,
    transitions: AtomicU64,
    retries: AtomicU64,
    memory_steps: AtomicU64,
    /// How many executions took how long; see [`bucket`].
    durations: Durations,
}

struct Durations([AtomicU64; BUCKETS]);

impl Default for Durations {
    fn default() -> Durations {
        Durations([const { AtomicU64::new(0) }; BUCKETS])
    }
}

/// Eight buckets for each doubling: a duration is known to about a tenth.
const BUCKETS: usize = 64 * 8;

/// All shards together, at one moment.
#[derive(Clone, Default)]
pub struct Glance {
    pub read: u64,
    pub done: u64,
    pub not_succeeded: u64,
    pub ledger: Ledger,
    durations: Vec<u64>,
}

impl Watch {
    /// Numbers for one more shard.
    pub fn shard(&self) -> Arc<Shard> {
        let shard = Arc::new(Shard::default());
        self.shards.lock().expect("nobody panics while holding it").push(shard.clone());
        shard
    }

    fn note_read(&self, block: &Block) {
        let lines = block.bytes[block.lines.clone()].split_inclusive(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count();
        self.read.fetch_add(lines as u64, Relaxed);
    }

    /// How far the run is.
    pub fn glance(&self) -> Glance {
        let mut glance = Glance { read: self.read.load(Relaxed), durations: vec![0; BUCKETS], ..Glance::default() };
        for shard in self.shards.lock().expect("nobody panics while holding it").iter() {
            glance.done += shard.done.load(Relaxed);
            glance.not_succeeded += shard.not_succeeded.load(Relaxed);
            glance.ledger += Ledger {
                executions: shard.executions.load(Relaxed),
                transitions: shard.transitions.load(Relaxed),
                retries: shard.retries.load(Relaxed),
                memory_steps: shard.memory_steps.load(Relaxed),
                ..Ledger::default()
            };
            for (sum, count) in glance.durations.iter_mut().zip(&shard.durations.0) {
                *sum += count.load(Relaxed);
            }
        }
        glance
    }
}

impl Glance {
    /// The time, in microseconds, that this part of the executions did not exceed by much.
    pub fn duration_us(&self, part: f64) -> u64 {
        let all: u64 = self.durations.iter().sum();
        let wanted = (all as f64 * part).ceil() as u64;
        let mut seen = 0;
        let place = self.durations.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        place.map_or(0, bound)
    }
}

/// The three bits after the first one of a number, and which bit that is.
fn bucket(us: u64) -> usize {
    if us < 8 {
        return us as usize;
    }
    let shift = 60 - us.leading_zeros() as usize;
    shift * 8 + (us >> shift) as usize
}

/// The least number in a bucket.
fn bound(bucket: usize) -> u64 {
    match bucket {
        0..16 => bucket as u64,
        _ => (8 + bucket as u64 % 8) << (bucket / 8 - 1),
    }
}

impl Shard {
    fn note(&self, fate: Fate<'_>, ledger: &Ledger) {
        // Nobody else writes here, so nothing is lost between load and store.
        let add = |number: &AtomicU64, more: u64| number.store(number.load(Relaxed) + more, Relaxed);
        let succeeded = matches!(fate, Fate::Ended(outcome) if outcome.status == Status::Succeeded);
        add(&self.done, 1);
        add(&self.not_succeeded, u64::from(!succeeded));
        if let Fate::Ended(outcome) = fate {
            add(&self.durations.0[bucket(outcome.usage.duration_us)], 1);
        }
        self.executions.store(ledger.executions, Relaxed);
        self.transitions.store(ledger.transitions, Relaxed);
        self.retries.store(ledger.retries, Relaxed);
        self.memory_steps.store(ledger.memory_steps, Relaxed);
    }
}

/// Counts and prices the executions of one shard.
pub struct Bills {
    prices: Arc<Prices>,
    pub ledger: Ledger,
}

impl Meter for Bills {
    fn count(&mut self, program: &Program, usage: &Usage) {
        self.ledger += Ledger::of(usage, program.definition_bytes as u64);
    }

    fn price(&self, program: &Program, usage: &Usage) -> Option<Price> {
        let bill = ExecutionBill::new(usage, program.definition_bytes as u64, &self.prices);
        let named = |name, amount: expressway::bill::Money| (self.prices.member(name), amount.to_string());
        let cost = [named("express", bill.express), named("standard", bill.standard)];
        Some(Price { billed_ms: bill.billed_ms, billed_mb: bill.billed_mb, cost })
    }
}

/// A shard's scribe, looked at by the progress line where there is one.
pub struct Watched {
    records: Records<Bills>,
    shard: Option<Arc<Shard>>,
}

impl Watched {
    pub fn new(settings: feed::Settings, prices: &Arc<Prices>, shard: Option<Arc<Shard>>) -> Watched {
        let bills = Bills { prices: prices.clone(), ledger: Ledger::default() };
        Watched { records: Records::new(settings, bills), shard }
    }

    /// What this shard has counted.
    pub fn ledger(&self) -> Ledger {
        self.records.meter.ledger
    }
}

impl Scribe for Watched {
    fn is_exact(&self) -> bool {
        self.records.is_exact()
    }

    fn listens(&self) -> bool {
        self.records.listens()
    }

    fn tell(&mut self, subject: &Subject<'_>, input: &[u8], fate: Fate<'_>, page: &mut Page, from: usize) {
        self.records.tell(subject, input, fate, page, from);
        if let Some(shard) = &self.shard {
            shard.note(fate, &self.records.meter.ledger);
        }
    }

    fn event(&mut self, subject: &Subject<'_>, event: Event<'_>, history: &mut Vec<u8>) {
        self.records.event(subject, event, history);
    }
}

/// The input's lines, counted where somebody looks on.
pub struct WatchedLines {
    lines: Lines,
    watch: Option<Arc<Watch>>,
}

impl WatchedLines {
    pub fn new(lines: Lines, watch: Option<Arc<Watch>>) -> WatchedLines {
        WatchedLines { lines, watch }
    }
}

impl Source for WatchedLines {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        let is_filled = self.lines.fill(block)?;
        if let Some(watch) = self.watch.as_ref().filter(|_| is_filled) {
            watch.note_read(block);
        }
        Ok(is_filled)
    }

    fn shelf(&mut self) -> Option<Arc<dyn Shelf>> {
        let shelf = self.lines.shelf()?;
        match self.watch.clone() {
            Some(watch) => Some(Arc::new(WatchedShelf { shelf, watch })),
            None => Some(shelf),
        }
    }
}

/// The same for lines that the shards fetch.
struct WatchedShelf {
    shelf: Arc<dyn Shelf>,
    watch: Arc<Watch>,
}

impl Shelf for WatchedShelf {
    fn fetch(&self, block: &mut Block) -> io::Result<bool> {
        let is_filled = self.shelf.fetch(block)?;
        if is_filled {
            self.watch.note_read(block);
        }
        Ok(is_filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_known_to_an_eighth() {
        for us in (0..100_000).chain([u64::MAX / 3, u64::MAX]) {
            let least = bound(bucket(us));
            assert!(least <= us && us - least <= us / 8, "{us} is told as {least}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn shards_are_added_up_and_halves_found() {
        let watch = Watch::default();
        let shards = [watch.shard(), watch.shard()];
        for us in [1, 2, 3, 4, 1000] {
            let outcome = expressway::vm::Outcome {
                status: Status::Succeeded,
                failure: None,
                usage: Usage { duration_us: us, ..Usage::default() },
            };
            let ledger = Ledger { executions: us, ..Ledger::default() };
            shards[us as usize % 2].note(Fate::Ended(&outcome), &ledger);
        }
        let glance = watch.glance();
        assert_eq!((glance.done, glance.not_succeeded, glance.ledger.executions), (5, 0, 1003));
        assert_eq!((glance.duration_us(0.5), glance.duration_us(0.99)), (3, bound(bucket(1000))));
    }
}
