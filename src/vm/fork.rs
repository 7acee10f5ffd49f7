//! Branches and items: started as frames of their own, joined into an array of their outputs.

use super::event::What;
use super::execution::{Frame, Pending};
use super::run::{at, set};
use super::{Effect, Vm, World};
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Source, Value};
use crate::program::{Branch, Duration, ForkId, ForkKind, Program, Slot};
use std::ops::Range;

/// A Parallel or Map state that waits for its branches.
#[derive(Clone, Debug)]
pub(super) struct Join {
    pub fork: ForkId,
    /// One output for each branch; missing until it has ended.
    pub results: Vec<Value>,
    pub remaining: usize,
    /// Items that have not begun.
    pub waiting: Vec<Range<usize>>,
    /// The event after which the first items begin.
    pub started: u64,
}

/// What a branch begins with.
struct Birth<'p> {
    branch: &'p Branch,
    /// Which of its state's branches it is, or which item.
    place: usize,
    input: Value,
    /// The item's key, if it has one.
    key: Value,
    /// The event it follows.
    previous: u64,
}

/// Items of an inline Map at once, when it does not say (developer guide, "Map state processing modes").
const CONCURRENCY_DEFAULT: usize = 40;
/// The slots in which a branch finds its input or item, the item's index, and its key.
pub(super) const INPUT: Slot = Slot(0);
pub(super) const INDEX: Slot = Slot(1);
const KEY: Slot = Slot(2);

impl Vm {
    /// Starts the branches of a fork; the frame goes on when all have ended.
    pub(super) fn fork(
        &mut self,
        program: &Program,
        index: u32,
        id: ForkId,
        slots: &mut [Value],
        pc: usize,
        world: &mut World<'_>,
    ) -> Result<(), Box<Failure>> {
        let fork = &program.forks[id.0 as usize];
        match &fork.kind {
            ForkKind::Branches { input, branches } => {
                let previous = self.frames[index as usize].previous;
                let started = self.emit(world, previous, What::ParallelStateStarted);
                self.frames[index as usize].previous = started;
                self.open_join(index, id, branches.len(), Vec::new(), started);
                for (place, branch) in branches.iter().enumerate() {
                    let input = slots[input.0 as usize];
                    let birth = Birth { branch, place, input, key: Value::MISSING, previous: started };
                    self.start_branch(program, index, birth, slots, world);
                }
            }
            ForkKind::Items { items, members, path, concurrency, branch, .. } => {
                let limit = self
                    .concurrency(program, concurrency, slots, world)
                    .map_err(|failure| self.located(program, index, pc, failure))?;
                let items = self
                    .items(program, slots[items.0 as usize], *members, path, world)
                    .map_err(|failure| self.located(program, index, pc, failure))?;
                let previous = self.frames[index as usize].previous;
                let started = self.emit(world, previous, What::MapStateStarted { length: items.len() as u64 });
                self.frames[index as usize].previous = started;
                let mut waiting = items;
                waiting.reverse();
                self.open_join(index, id, waiting.len(), waiting, started);
                for _ in 0..limit {
                    self.start_item(program, index, slots, branch, started, world);
                }
            }
        }
        if self.join_of(index).remaining == 0 {
            self.close_join(program, index, slots, world);
        }
        Ok(())
    }

    fn open_join(&mut self, index: u32, fork: ForkId, branches: usize, waiting: Vec<Range<usize>>, started: u64) {
        let frame = &mut self.frames[index as usize];
        frame.pending = Pending::Branches;
        let results = vec![Value::MISSING; branches];
        frame.join = Some(Box::new(Join { fork, results, remaining: branches, waiting, started }));
    }

    fn join_of(&mut self, index: u32) -> &mut Join {
        self.frames[index as usize].join.as_mut().expect("a frame that waits for branches has a join")
    }

    /// Starts the next item, if there is one; it follows the event `previous`.
    fn start_item(
        &mut self,
        program: &Program,
        index: u32,
        slots: &[Value],
        branch: &Branch,
        previous: u64,
        world: &mut World<'_>,
    ) {
        let join = self.join_of(index);
        let Some(range) = join.waiting.pop() else { return };
        let place = join.results.len() - join.waiting.len() - 1;
        let ForkKind::Items { items, .. } = &program.forks[join.fork.0 as usize].kind else { return };
        let items = slots[items.0 as usize];
        let (key, item) = match self.text(program, world.block, items).first() {
            Some(b'{') => {
                let (key, value) = json::pair(&self.text(program, world.block, items)[range.clone()]);
                let within = |part: Range<usize>| items.part(range.start + part.start..range.start + part.end);
                (within(key), within(value))
            }
            _ => (Value::MISSING, items.part(range)),
        };
        let name = &program.states[program.forks[self.join_of(index).fork.0 as usize].state.0 as usize].name;
        let id = self.emit(world, previous, What::MapIterationStarted { name, index: place as u64 });
        let birth = Birth { branch, place, input: item, key, previous: id };
        self.start_branch(program, index, birth, slots, world);
    }

    /// Starts a branch of a frame whose slots are `outer`.
    fn start_branch(&mut self, program: &Program, parent: u32, birth: Birth<'_>, outer: &[Value], world: &World<'_>) {
        let Birth { branch, place, input, key, previous } = birth;
        let index = self.take_frame();
        let mut slots = std::mem::take(&mut self.frames[index as usize].slots);
        self.adopt(parent, index);
        take_along(program, branch, outer, &mut slots);
        set(&mut slots, INPUT, input);
        if branch.numbered {
            set(&mut slots, INDEX, self.keep_number(place));
        }
        if !key.is_missing() {
            set(&mut slots, KEY, key);
        }
        self.project(program, branch.set.0 as usize, input, &mut slots, world.block);
        self.usage.steps += 1;
        let frame = &mut self.frames[index as usize];
        frame.slots = slots;
        frame.pc = branch.entry.0;
        frame.place = place as u32;
        frame.previous = previous;
        self.ready.push_back(index);
    }

    /// A frame that is not in use.
    pub(super) fn take_frame(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.frames.push(Frame::default());
            self.frames.len() as u32 - 1
        })
    }

    /// Makes the frame one that is about to begin a branch.
    pub(super) fn adopt(&mut self, parent: u32, index: u32) {
        let Frame { run, run_base, entered_ms, .. } = self.frames[parent as usize];
        let frame = &mut self.frames[index as usize];
        frame.pending = Pending::Nothing;
        frame.parent = Some(parent);
        // Until it enters a state it is where its parent is.
        frame.run = run;
        frame.run_base = run_base;
        frame.entered_ms = entered_ms;
        frame.attempts.clear();
        frame.catching = false;
        frame.failure = None;
        frame.join = None;
    }

    /// Appends a number to the arena.
    pub(super) fn keep_number(&mut self, number: usize) -> Value {
        let start = self.arena.len();
        let mut rest = number;
        loop {
            self.arena.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.arena[start..].reverse();
        Value::new(Source::Arena, start, self.arena.len())
    }

    /// Takes the output of a branch that has ended; the state around it goes on when it was the last.
    pub(super) fn join(&mut self, program: &Program, index: u32, output: Value, world: &mut World<'_>) {
        let frame = &self.frames[index as usize];
        let (place, last) = (frame.place as usize, frame.previous);
        let parent = frame.parent.expect("only the first frame has no parent, and it does not join");
        self.release(index);
        let join = self.join_of(parent);
        join.results[place] = output;
        join.remaining -= 1;
        let (fork, remaining) = (&program.forks[join.fork.0 as usize], join.remaining);
        let mut slots = std::mem::take(&mut self.frames[parent as usize].slots);
        self.frames[parent as usize].previous = last;
        if let ForkKind::Items { branch, .. } = &fork.kind {
            let name = &program.states[fork.state.0 as usize].name;
            let id = self.emit(world, last, What::MapIterationSucceeded { name, index: place as u64 });
            self.frames[parent as usize].previous = id;
            self.start_item(program, parent, &slots, branch, last, world);
        }
        if remaining == 0 {
            self.close_join(program, parent, &mut slots, world);
        }
        self.frames[parent as usize].slots = slots;
    }

    /// All branches have ended: their outputs become the state's result.
    fn close_join(&mut self, program: &Program, index: u32, slots: &mut [Value], world: &mut World<'_>) {
        let join = self.frames[index as usize].join.take().expect("a frame that waits for branches has a join");
        let fork = &program.forks[join.fork.0 as usize];
        let bytes = join.results.iter().map(|result| result.len() + 1).sum::<usize>() + 1;
        if bytes > program.limits.payload_bytes {
            let failure = super::lack::too_large(&program.states[fork.state.0 as usize].name);
            let frame = &mut self.frames[index as usize];
            frame.pending = Pending::Failed;
            frame.failure = Some(Box::new(failure));
            self.ready.push_back(index);
            return;
        }
        let result = self.array(program, &join.results, world.block);
        slots[fork.result.0 as usize] = result;
        self.project(program, fork.set.0 as usize, result, slots, world.block);
        let previous = self.frames[index as usize].previous;
        let map = matches!(fork.kind, ForkKind::Items { .. });
        // The state's own exit follows the same event as this one does (recorded).
        self.emit(world, previous, if map { What::MapStateSucceeded } else { What::ParallelStateSucceeded });
        let frame = &mut self.frames[index as usize];
        frame.pending = Pending::Nothing;
        frame.generation = frame.generation.wrapping_add(1);
        self.ready.push_back(index);
    }

    /// An array of the values.
    fn array(&mut self, program: &Program, values: &[Value], block: &[u8]) -> Value {
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        out.push(b'[');
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(self.text(program, block, *value));
        }
        out.push(b']');
        let array = self.keep(&out);
        self.scratch = out;
        array
    }

    /// A branch has failed: the others are stopped, and the state around it fails.
    pub(super) fn branch_failed(&mut self, program: &Program, index: u32, parent: u32, world: &mut World<'_>) {
        let frame = &self.frames[index as usize];
        let (place, last) = (frame.place, frame.previous);
        let fork = &program.forks[self.join_of(parent).fork.0 as usize];
        if let ForkKind::Items { .. } = fork.kind {
            let name = &program.states[fork.state.0 as usize].name;
            self.emit(world, last, What::MapIterationFailed { name, index: place.into() });
        }
        self.stop_branches(parent, world);
        let frame = &mut self.frames[parent as usize];
        frame.previous = last;
        frame.pending = Pending::Nothing;
        frame.generation = frame.generation.wrapping_add(1);
    }

    /// Stops every branch below a frame.
    fn stop_branches(&mut self, parent: u32, world: &mut World<'_>) {
        let mut parents = vec![parent];
        while let Some(parent) = parents.pop() {
            for index in 1..self.frames.len() as u32 {
                if self.frames[index as usize].parent == Some(parent) {
                    self.cancel(index, world);
                    self.release(index);
                    parents.push(index);
                }
            }
        }
        let frames = &self.frames;
        self.ready.retain(|index| *index == 0 || frames[*index as usize].parent.is_some());
    }

    fn cancel(&mut self, index: u32, world: &mut World<'_>) {
        let frame = &self.frames[index as usize];
        if matches!(frame.pending, Pending::Task(_) | Pending::Time) {
            let ticket = super::Ticket { branch: index, generation: frame.generation };
            world.effects.push(Effect::Cancel { ticket });
        }
    }

    pub(super) fn release(&mut self, index: u32) {
        self.frames[index as usize].clear();
        self.free.push(index);
    }

    /// The items of an array, or the members of an object, as ranges of its text.
    fn items(
        &self,
        program: &Program,
        items: Value,
        members: bool,
        path: &str,
        world: &World<'_>,
    ) -> Result<Vec<Range<usize>>, Failure> {
        let text = self.text(program, world.block, items);
        if text.first() == Some(&b'[') {
            return Ok(json::elements(text).collect());
        }
        if members && text.first() == Some(&b'{') {
            return Ok(json::members(text).map(|(key, value)| key.start..value.end).collect());
        }
        // Recorded: of a path into the context object the message shows one `$` only.
        let path = path.strip_prefix('$').filter(|path| path.starts_with('$')).unwrap_or(path);
        let cause = format!("Reference path \"{path}\" must point to array.");
        Err(Failure::new(ErrorName::Runtime, cause))
    }

    /// How many items may run at once.
    pub(super) fn concurrency(
        &self,
        program: &Program,
        concurrency: &Duration,
        slots: &[Value],
        world: &World<'_>,
    ) -> Result<usize, Failure> {
        let limit = match concurrency {
            Duration::Never => 0,
            Duration::Seconds(limit) => *limit,
            Duration::Slot { slot, field, path } => {
                let text = self.text(program, world.block, slots[slot.0 as usize]);
                // A text that spells an integer will do (recorded: `$maxConcurrency` of "1").
                let number = match text.first() {
                    Some(b'"') => json::decode(text).parse().ok(),
                    _ => json::integer(text),
                };
                let number = number.and_then(|number: i64| u64::try_from(number).ok());
                number.ok_or_else(|| not_an_integer(field, path, text))?
            }
        };
        Ok(if limit == 0 { CONCURRENCY_DEFAULT } else { usize::try_from(limit).unwrap_or(usize::MAX) })
    }
}

/// Empties the slots of a branch but for what it takes along.
#[inline]
pub(super) fn take_along(program: &Program, branch: &Branch, outer: &[Value], slots: &mut Vec<Value>) {
    slots.clear();
    slots.resize(program.scopes[branch.scope as usize].into(), Value::MISSING);
    for (from, to) in &branch.captures {
        set(slots, *to, at(outer, *from));
    }
}

/// The recorded words for a number that a path should lead to and does not.
pub(super) fn not_an_integer(field: &str, path: &str, found: &[u8]) -> Failure {
    let found = String::from_utf8_lossy(found);
    let cause = format!("The {field} field refers to value {found} which is not a valid integer: {path}");
    Failure::new(ErrorName::Runtime, cause)
}
