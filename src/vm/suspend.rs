//! A suspended execution: one compact block of bytes that holds its frames and its live values, and no pointer.
//!
//! The block begins with a version. Numbers are LEB128; values are places in the text at the block's end, which
//! begins with the execution's input and is the arena when the execution goes on.

use super::execution::{Frame, Pending, Vm};
use super::fork::Join;
use crate::builtin::random::Random;
use crate::failure::Failure;
use crate::json::{Source, Value};
use crate::program::{ForkId, Program, TaskId, TaskSiteId};
use crate::usage::Usage;

/// An execution that waits. Position-independent: it could be written down and go on elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    block: Box<[u8]>,
}

/// The first byte of every block; another layout gets another number.
const VERSION: u64 = 1;

impl Suspended {
    /// Its size in bytes, input included.
    pub fn bytes(&self) -> usize {
        self.block.len()
    }
}

impl Vm {
    /// Packs the execution up; the vm is free for another. `block` is what the world's block was.
    pub fn suspend(&mut self, program: &Program, block: &[u8]) -> Suspended {
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let moves = Moves::of(self);
        let mut writer = Writer { out: &mut out, moves: &moves, input: self.input };
        writer.number(VERSION);
        writer.execution(self);
        writer.number(self.frames.len() as u64);
        for frame in &self.frames {
            writer.frame(frame);
        }
        let texts = self.texts(program, block);
        out.extend_from_slice(texts.text(self.input));
        for span in &moves.spans {
            out.extend_from_slice(&self.arena[span.0..span.1]);
        }
        let suspended = Suspended { block: out.as_slice().into() };
        self.scratch = out;
        suspended
    }

    /// Unpacks an execution, in place of the one that was hot.
    pub fn resume(&mut self, suspended: Suspended) {
        let mut reader = Reader { block: &suspended.block, at: 0 };
        let version = reader.number();
        debug_assert_eq!(version, VERSION);
        let input_bytes = reader.execution(self);
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
        self.arena.extend_from_slice(&suspended.block[reader.at..]);
        self.input = Value::new(Source::Arena, 0, input_bytes);
    }

    /// Throws away what nothing refers to any more.
    pub(super) fn clean(&mut self, program: &Program, world: &super::World<'_>) {
        let ready = self.ready.clone();
        let suspended = self.suspend(program, world.block);
        self.resume(suspended);
        self.ready = ready;
    }
}

/// Which parts of the arena are live, and where they go: behind the input, one after another.
struct Moves {
    /// Live spans of the arena, rising, apart from each other.
    spans: Vec<(usize, usize)>,
    /// Where each of them begins in the new text.
    starts: Vec<usize>,
}

impl Moves {
    fn of(vm: &Vm) -> Moves {
        let values = vm.frames.iter().flat_map(|frame| frame.slots.iter().chain(results(frame)));
        let arena = |value: &&Value| !value.is_missing() && value.source() == Source::Arena;
        let input = Some(vm.input).filter(|input| input.source() == Source::Arena).map(Value::range);
        let inside = |range: &std::ops::Range<usize>| {
            input.as_ref().is_some_and(|input| input.start <= range.start && range.end <= input.end)
        };
        let mut spans: Vec<(usize, usize)> = values
            .filter(arena)
            .map(|value| value.range())
            .filter(|range| !inside(range))
            .map(|range| (range.start, range.end))
            .collect();
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        let mut at = vm.input.len();
        let place = |span: &(usize, usize)| {
            at += span.1 - span.0;
            at - (span.1 - span.0)
        };
        let starts = spans.iter().map(place).collect();
        Moves { spans, starts }
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
    input: Value,
}

impl Writer<'_> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn execution(&mut self, vm: &Vm) {
        let Usage { transitions, retries, tasks, steps, duration_us: _, input_bytes } = vm.usage;
        let started = vm.started_ms;
        for number in [started, vm.number, vm.events, vm.instructions, vm.variables as u64] {
            self.number(number);
        }
        for number in [transitions, retries, tasks, steps, input_bytes] {
            self.number(number);
        }
        self.number(vm.random.state());
        self.text(&vm.name_prefix);
        self.number(vm.scheduled.len() as u64);
        for (task, times) in &vm.scheduled {
            self.number(task.0.into());
            self.number((*times).into());
        }
    }

    fn frame(&mut self, frame: &Frame) {
        self.number(frame.generation.into());
        self.number(frame.parent.map_or(0, |parent| u64::from(parent) + 1));
        let (kind, site) = match frame.pending {
            Pending::Nothing => (0, 0),
            Pending::Failed => (1, 0),
            Pending::Time => (2, 0),
            Pending::Branches => (3, 0),
            Pending::Task(site) => (4, site.0),
        };
        for number in [kind, site.into(), frame.pc.into(), frame.place.into(), frame.run.into(), frame.run_base] {
            self.number(number);
        }
        for number in [frame.previous, frame.entered_ms, frame.waiting_since_ms, frame.attempts.len() as u64] {
            self.number(number);
        }
        for attempts in &frame.attempts {
            self.number((*attempts).into());
        }
        self.failure(frame.failure.as_deref());
        self.values(&frame.slots);
        self.join(frame.join.as_deref());
    }

    fn failure(&mut self, failure: Option<&Failure>) {
        let parts = failure.map(|failure| [failure.error.as_deref(), failure.cause.as_deref()]);
        self.number(parts.is_some().into());
        for part in parts.into_iter().flatten() {
            self.number(part.is_some().into());
            self.text(part.unwrap_or(""));
        }
    }

    fn values(&mut self, values: &[Value]) {
        self.number(values.len() as u64);
        let present = values.iter().enumerate().filter(|(_, value)| !value.is_missing());
        self.number(present.clone().count() as u64);
        for (slot, value) in present {
            self.number((slot as u64) << 1 | u64::from(value.source() == Source::Constant));
            let constant = value.source() == Source::Constant;
            self.number(if constant { value.range().start } else { self.moves.place(*value, self.input) } as u64);
            self.number(value.len() as u64);
        }
    }

    fn join(&mut self, join: Option<&Join>) {
        self.number(join.is_some().into());
        let Some(join) = join else { return };
        for number in [join.fork.0.into(), join.remaining as u64, join.started, join.waiting.len() as u64] {
            self.number(number);
        }
        for range in &join.waiting {
            self.number(range.start as u64);
            self.number(range.end as u64);
        }
        self.values(&join.results);
    }
}

/// Reads a block that [`Writer`] wrote; what it reads is trusted.
struct Reader<'a> {
    block: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.block[self.at];
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> String {
        let bytes = self.number() as usize;
        let text = String::from_utf8_lossy(&self.block[self.at..self.at + bytes]).into_owned();
        self.at += bytes;
        text
    }

    fn execution(&mut self, vm: &mut Vm) -> usize {
        vm.started_ms = self.number();
        vm.number = self.number();
        vm.events = self.number();
        vm.instructions = self.number();
        vm.variables = self.number() as usize;
        let [transitions, retries, tasks, steps, input_bytes] = std::array::from_fn(|_| self.number());
        vm.usage = Usage { transitions, retries, tasks, steps, duration_us: 0, input_bytes };
        vm.random = Random::new(self.number());
        vm.name_prefix = self.text();
        vm.scheduled.clear();
        for _ in 0..self.number() {
            let task = TaskId(self.number() as u16);
            vm.scheduled.push((task, self.number() as u32));
        }
        input_bytes as usize
    }

    fn frame(&mut self, frame: &mut Frame) {
        frame.generation = self.number() as u32;
        frame.parent = self.number().checked_sub(1).map(|parent| parent as u32);
        let (kind, site) = (self.number(), self.number());
        frame.pending = match kind {
            0 => Pending::Nothing,
            1 => Pending::Failed,
            2 => Pending::Time,
            3 => Pending::Branches,
            _ => Pending::Task(TaskSiteId(site as u32)),
        };
        frame.pc = self.number() as u32;
        frame.place = self.number() as u32;
        frame.run = self.number() as u32;
        frame.run_base = self.number();
        frame.previous = self.number();
        frame.before_entry = frame.previous; // What waits has entered its state for good.
        frame.entered_ms = self.number();
        frame.waiting_since_ms = self.number();
        frame.attempts.clear();
        frame.catching = false; // No catcher waits.
        for _ in 0..self.number() {
            frame.attempts.push(self.number() as u32);
        }
        frame.failure = self.failure();
        self.values(&mut frame.slots);
        frame.join = self.join();
    }

    fn failure(&mut self) -> Option<Box<Failure>> {
        (self.number() == 1).then(|| {
            let [error, cause] = std::array::from_fn(|_| {
                let given = self.number() == 1;
                let text = self.text();
                given.then_some(text.into())
            });
            Box::new(Failure { error, cause })
        })
    }

    fn values(&mut self, values: &mut Vec<Value>) {
        values.clear();
        values.resize(self.number() as usize, Value::MISSING);
        for _ in 0..self.number() {
            let (tag, start, bytes) = (self.number(), self.number() as usize, self.number() as usize);
            let source = if tag & 1 == 1 { Source::Constant } else { Source::Arena };
            values[(tag >> 1) as usize] = Value::new(source, start, start + bytes);
        }
    }

    fn join(&mut self) -> Option<Box<Join>> {
        (self.number() == 1).then(|| {
            let fork = ForkId(self.number() as u32);
            let (remaining, started) = (self.number() as usize, self.number());
            let waiting = (0..self.number()).map(|_| self.number() as usize..self.number() as usize).collect();
            let mut results = Vec::new();
            self.values(&mut results);
            Box::new(Join { fork, results, remaining, waiting, started })
        })
    }
}
