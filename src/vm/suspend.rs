//! A suspended execution: one compact block of bytes that holds its frames and its live values, and no pointer.
//!
//! The block begins with a version. Numbers are LEB128; values are places in the text at the block's end, which
//! begins with the execution's input and is the arena when the execution goes on. What whoever keeps the block knows
//! anyway, name, seed and start, is not in it: a million of them may wait, and each byte counts a million times.

use super::execution::{Frame, Pending, Vm};
use super::fork::Join;
use super::liveness::{Live, Liveness};
use super::{Identity, Name, World, numbers};
use crate::builtin::random::Random;
use crate::failure::Failure;
use crate::json::{Source, Value};
use crate::program::{ForkId, Program, TaskId, TaskSiteId};
use crate::usage::Usage;
use std::ops::Range;

/// The first byte of every block; another layout gets another number.
const VERSION: u64 = 2;

/// What a frame's first number says of what follows: what it waits for in the lowest bits, and whether it has
/// a parent, attempts, a failure and a join, and is in a catcher's code.
mod shape {
    pub const PENDING: u64 = 0b111;
    pub const PARENT: u64 = 1 << 3;
    pub const ATTEMPTS: u64 = 1 << 4;
    pub const FAILURE: u64 = 1 << 5;
    pub const JOIN: u64 = 1 << 6;
    pub const CATCHING: u64 = 1 << 7;
}

/// Where a slot's value is: in the constants, in the block's text, or it is the whole input.
mod place {
    pub const CONSTANT: u64 = 0;
    pub const TEXT: u64 = 1;
    pub const INPUT: u64 = 2;
    /// No more slots hold values.
    pub const END: u64 = 3;
    /// Bits that tell these apart; those above are the slots passed over.
    pub const BITS: u32 = 2;
}

impl Vm {
    /// Packs the execution up and appends it to `out`, input included; the vm is free for another. It is
    /// position-independent: it could be written down and go on elsewhere. `block` is what the world's block was.
    pub fn suspend(&mut self, program: &Program, block: &[u8], out: &mut Vec<u8>) {
        let mut moves = std::mem::take(&mut self.moves);
        let liveness = self.liveness.take().unwrap_or_else(|| Liveness::of(program));
        moves.gather(self, &liveness);
        let mut writer =
            Writer { out, moves: &moves, liveness: &liveness, input: self.input, started_ms: self.started_ms };
        writer.number(VERSION);
        writer.execution(self);
        writer.number(self.frames.len() as u64);
        for frame in &self.frames {
            writer.frame(frame);
        }
        out.extend_from_slice(self.texts(program, block).text(self.input));
        for span in &moves.spans {
            out.extend_from_slice(&self.arena[span.0..span.1]);
        }
        self.moves = moves;
        self.liveness = Some(liveness);
    }

    /// Unpacks an execution, in place of the one that was hot.
    pub fn resume(&mut self, identity: Identity<'_>, suspended: &[u8]) {
        self.identify(identity);
        let mut reader = Reader { block: suspended, input: Value::MISSING, started_ms: identity.started_ms };
        let version = reader.number();
        debug_assert_eq!(version, VERSION);
        reader.execution(self);
        let frames = reader.number() as usize;
        while self.frames.len() < frames {
            self.frames.push(Frame::default());
        }
        self.frames.truncate(frames.max(1));
        self.free.clear();
        for index in 0..frames {
            reader.frame(&mut self.frames[index]);
            if index > 0 && self.frames[index].parent.is_none() {
                self.free.push(index as u32);
            }
        }
        self.ready.clear();
        self.arena.clear();
        self.arena.extend_from_slice(reader.block);
        self.input = reader.input;
    }

    /// Throws away what nothing refers to any more.
    pub(super) fn clean(&mut self, program: &Program, world: &World<'_>) {
        let (ready, prefix, mut suspended) = (self.ready.clone(), self.name_prefix.clone(), Vec::new());
        self.suspend(program, world.block, &mut suspended);
        let name = Name { prefix: &prefix, number: self.number };
        self.resume(Identity { name, seed: self.seed, started_ms: self.started_ms }, &suspended);
        self.ready = ready;
    }
}

/// Which parts of the arena are live, and where they go: behind the input, one after another.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Live spans of the arena, rising, apart from each other.
    spans: Vec<(usize, usize)>,
    /// Where each of them begins in the new text.
    starts: Vec<usize>,
}

impl Moves {
    /// Finds them for the execution at hand.
    fn gather(&mut self, vm: &Vm, liveness: &Liveness) {
        self.spans.clear();
        let input = if vm.input.source() == Source::Arena { vm.input.range() } else { 0..0 };
        for frame in &vm.frames {
            self.add(&frame.slots, liveness.at(frame.pc), &input);
            self.add(results(frame), Live::ALL, &input);
        }
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        let mut at = vm.input.len();
        let place = |span: &(usize, usize)| {
            at += span.1 - span.0;
            at - (span.1 - span.0)
        };
        self.starts.clear();
        self.starts.extend(self.spans.iter().map(place));
    }

    /// Adds the spans of values that lie in the arena, outside of the input.
    fn add(&mut self, values: &[Value], live: Live<'_>, input: &Range<usize>) {
        for (slot, value) in values.iter().enumerate() {
            if value.is_missing() || value.source() != Source::Arena || !live.has(slot) {
                continue;
            }
            let Range { start, end } = value.range();
            if start < input.start || end > input.end {
                self.spans.push((start, end));
            }
        }
    }

    /// Where a value lies in the new text.
    fn place(&self, value: Value, input: Value) -> usize {
        let start = value.range().start;
        let in_input = value.source() == input.source() && input.range().contains(&start);
        if value.source() == Source::Line || in_input {
            return start - input.range().start;
        }
        let span = self.spans.partition_point(|span| span.0 <= start) - 1;
        self.starts[span] + start - self.spans[span].0
    }
}

fn results(frame: &Frame) -> &[Value] {
    frame.join.as_ref().map_or(&[], |join| &join.results)
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    moves: &'a Moves,
    liveness: &'a Liveness,
    input: Value,
    started_ms: u64,
}

impl Writer<'_> {
    fn number(&mut self, number: u64) {
        numbers::write(number, self.out);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn execution(&mut self, vm: &Vm) {
        let Usage { transitions, retries, tasks, steps, duration_us: _, input_bytes } = vm.usage;
        for number in [input_bytes, vm.events, vm.instructions, vm.variables as u64, transitions, retries, tasks, steps]
        {
            self.number(number);
        }
        self.number(vm.random.state() ^ vm.seed); // Nothing, as long as chance was not asked.
        self.number(vm.scheduled.len() as u64);
        for (task, times) in &vm.scheduled {
            self.number(task.0.into());
            self.number((*times).into());
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let (kind, site) = match frame.pending {
            Pending::Nothing => (0, 0),
            Pending::Failed => (1, 0),
            Pending::Time => (2, 0),
            Pending::Branches => (3, 0),
            Pending::Task(site) => (4, site.0),
        };
        let parts = [
            (frame.parent.is_some(), shape::PARENT),
            (!frame.attempts.is_empty(), shape::ATTEMPTS),
            (frame.failure.is_some(), shape::FAILURE),
            (frame.join.is_some(), shape::JOIN),
            (frame.catching, shape::CATCHING),
        ];
        self.number(parts.iter().filter(|(is_there, _)| *is_there).fold(kind, |shape, (_, bit)| shape | bit));
        // Times follow closely upon each other, so that differences are short.
        let entered_ms = frame.entered_ms.wrapping_sub(self.started_ms);
        let waited_ms = frame.waiting_since_ms.wrapping_sub(frame.entered_ms);
        for number in [site, frame.generation, frame.pc, frame.run] {
            self.number(number.into());
        }
        for number in [frame.run_base, frame.previous, entered_ms, waited_ms] {
            self.number(number);
        }
        if let Some(parent) = frame.parent {
            self.number(parent.into());
            self.number(frame.place.into());
        }
        if !frame.attempts.is_empty() {
            self.number(frame.attempts.len() as u64);
            frame.attempts.iter().for_each(|attempts| self.number((*attempts).into()));
        }
        if let Some(failure) = &frame.failure {
            self.failure(failure);
        }
        self.values(&frame.slots, self.liveness.at(frame.pc));
        if let Some(join) = &frame.join {
            self.join(join);
        }
    }

    fn failure(&mut self, failure: &Failure) {
        for part in [failure.error.as_deref(), failure.cause.as_deref()] {
            self.number(part.is_some().into());
            self.text(part.unwrap_or(""));
        }
    }

    fn values(&mut self, values: &[Value], live: Live<'_>) {
        self.number(values.len() as u64);
        let mut next = 0;
        for (slot, value) in values.iter().enumerate() {
            if value.is_missing() || !live.has(slot) {
                continue;
            }
            let gap = ((slot - next) as u64) << place::BITS;
            next = slot + 1;
            if *value == self.input {
                self.number(gap | place::INPUT);
                continue;
            }
            let is_constant = value.source() == Source::Constant;
            self.number(gap | if is_constant { place::CONSTANT } else { place::TEXT });
            let start = if is_constant { value.range().start } else { self.moves.place(*value, self.input) };
            self.number(start as u64);
            self.number(value.len() as u64);
        }
        self.number(place::END);
    }

    fn join(&mut self, join: &Join) {
        for number in [join.fork.0.into(), join.remaining as u64, join.started, join.waiting.len() as u64] {
            self.number(number);
        }
        for range in &join.waiting {
            self.number(range.start as u64);
            self.number(range.len() as u64);
        }
        self.values(&join.results, Live::ALL);
    }
}

/// Reads a block that [`Writer`] wrote; what it reads is trusted.
struct Reader<'a> {
    /// What is left of it.
    block: &'a [u8],
    input: Value,
    started_ms: u64,
}

impl Reader<'_> {
    fn number(&mut self) -> u64 {
        numbers::read(&mut self.block)
    }

    fn text(&mut self) -> String {
        let bytes = self.number() as usize;
        let (text, rest) = self.block.split_at(bytes);
        self.block = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    fn execution(&mut self, vm: &mut Vm) {
        let input_bytes = self.number();
        self.input = Value::new(Source::Arena, 0, input_bytes as usize);
        vm.events = self.number();
        vm.instructions = self.number();
        vm.variables = self.number() as usize;
        let [transitions, retries, tasks, steps] = std::array::from_fn(|_| self.number());
        vm.usage = Usage { transitions, retries, tasks, steps, duration_us: 0, input_bytes };
        vm.random = Random::new(self.number() ^ vm.seed);
        vm.scheduled.clear();
        for _ in 0..self.number() {
            let task = TaskId(self.number() as u16);
            vm.scheduled.push((task, self.number() as u32));
        }
    }

    fn frame(&mut self, frame: &mut Frame) {
        let shape = self.number();
        let [site, generation, pc, run] = std::array::from_fn(|_| self.number() as u32);
        frame.pending = match shape & shape::PENDING {
            0 => Pending::Nothing,
            1 => Pending::Failed,
            2 => Pending::Time,
            3 => Pending::Branches,
            _ => Pending::Task(TaskSiteId(site)),
        };
        (frame.generation, frame.pc, frame.run) = (generation, pc, run);
        frame.run_base = self.number();
        frame.previous = self.number();
        frame.before_entry = frame.previous; // What waits has entered its state for good.
        frame.entered_ms = self.started_ms.wrapping_add(self.number());
        frame.waiting_since_ms = frame.entered_ms.wrapping_add(self.number());
        frame.catching = shape & shape::CATCHING != 0;
        frame.parent = (shape & shape::PARENT != 0).then(|| self.number() as u32);
        frame.place = if frame.parent.is_some() { self.number() as u32 } else { 0 };
        frame.attempts.clear();
        if shape & shape::ATTEMPTS != 0 {
            let retriers = self.number();
            frame.attempts.extend((0..retriers).map(|_| self.number() as u32));
        }
        frame.failure = (shape & shape::FAILURE != 0).then(|| self.failure());
        self.values(&mut frame.slots);
        frame.join = (shape & shape::JOIN != 0).then(|| self.join());
    }

    fn failure(&mut self) -> Box<Failure> {
        let [error, cause] = std::array::from_fn(|_| {
            let given = self.number() == 1;
            let text = self.text();
            given.then_some(text.into())
        });
        Box::new(Failure { error, cause })
    }

    fn values(&mut self, values: &mut Vec<Value>) {
        values.clear();
        values.resize(self.number() as usize, Value::MISSING);
        let mut slot = 0;
        loop {
            let tag = self.number();
            slot += (tag >> place::BITS) as usize;
            values[slot] = match tag & ((1 << place::BITS) - 1) {
                place::INPUT => self.input,
                place::END => return,
                kind => {
                    let source = if kind == place::CONSTANT { Source::Constant } else { Source::Arena };
                    let start = self.number() as usize;
                    Value::new(source, start, start + self.number() as usize)
                }
            };
            slot += 1;
        }
    }

    fn join(&mut self) -> Box<Join> {
        let fork = ForkId(self.number() as u32);
        let (remaining, started, waiting) = (self.number() as usize, self.number(), self.number());
        let mut range = || {
            let start = self.number() as usize;
            start..start + self.number() as usize
        };
        let waiting = (0..waiting).map(|_| range()).collect();
        let mut results = Vec::new();
        self.values(&mut results);
        Box::new(Join { fork, results, remaining, waiting, started })
    }
}
