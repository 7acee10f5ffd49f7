//! The layout of a suspended execution: what is written of it and of each frame, and how that is read again.

use super::execution::{Frame, Pending, Vm};
use super::fork::Join;
use super::liveness::{Live, Liveness};
use super::numbers;
use super::suspend::Moves;
use crate::builtin::random::Random;
use crate::failure::Failure;
use crate::json::{Source, Value};
use crate::program::{ForkId, TaskId, TaskSiteId};
use crate::usage::Usage;

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

/// Writes an execution; its text follows what this writes.
pub(super) struct Writer<'a> {
    pub out: &'a mut Vec<u8>,
    pub moves: &'a Moves,
    pub liveness: &'a Liveness,
    pub input: Value,
    pub started_ms: u64,
}

impl Writer<'_> {
    pub fn number(&mut self, number: u64) {
        numbers::write(number, self.out);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn execution(&mut self, vm: &Vm) {
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

    pub fn frame(&mut self, frame: &Frame) {
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
pub(super) struct Reader<'a> {
    /// What is left of it.
    pub block: &'a [u8],
    /// Where the input is going to be; known when the execution has been read.
    pub input: Value,
    pub started_ms: u64,
}

impl Reader<'_> {
    pub fn number(&mut self) -> u64 {
        numbers::read(&mut self.block)
    }

    fn text(&mut self) -> String {
        let bytes = self.number() as usize;
        let (text, rest) = self.block.split_at(bytes);
        self.block = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn execution(&mut self, vm: &mut Vm) {
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

    pub fn frame(&mut self, frame: &mut Frame) {
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
