//! Branches and items run in place: one after another, each from its start to its end, in one frame that they share.
//!
//! Where nothing waits and nothing fails, nobody can tell in which order branches ran: what they count adds up to the same.
//! So this is tried first, without queues and tickets. Where a branch does not come to its end, all is taken back and
//! the fork goes the ordinary way, in which order matters.

use super::execution::keep;
use super::fork::{INDEX, INPUT, take_along};
use super::run::{Flow, set, steps};
use super::{Vm, World};
use crate::builtin::random::Random;
use crate::failure::Failure;
use crate::json::{Column, ItemRange, Texts, Value};
use crate::program::{Branch, Fork, ForkId, ForkKind, Program, RunId, Slot};
use crate::usage::Usage;

/// What forks that run in place have done so far.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// How many such forks are being run, each within the one before.
    depth: u32,
    /// How many were run inside of others.
    nested: u64,
    /// The runs that were begun; counted once it is clear that nothing is taken back.
    pub charged: Vec<RunId>,
    /// The arrays of outputs, as far as they are written: an inner one behind an outer one.
    pub written: Vec<u8>,
}

/// What is restored when a branch does not come to its end.
struct Before {
    random: Random,
    usage: Usage,
    events: u64,
    instructions: u64,
    variables: usize,
    arena: usize,
    nested: u64,
}

/// Forks nested more deeply go the ordinary way.
const DEPTH_MAX: u32 = 16;
/// Branches that begin more runs than this in all go the ordinary way.
pub(super) const CHARGED_MAX: usize = 1 << 20;

impl Inline {
    /// Whether the code that runs now is that of a branch which runs in place.
    #[inline(always)]
    pub fn is_inside(&self) -> bool {
        self.depth > 0
    }

    /// Forgets what an execution left that came to no end.
    pub fn clear(&mut self) {
        self.depth = 0;
        self.charged.clear();
        self.written.clear();
    }
}

impl Vm {
    /// Runs a fork in place. False: it is to go the ordinary way.
    ///
    /// # Errors
    /// The fork is part of another one, which therefore cannot run in place either; what the failure says means nothing.
    pub(super) fn run_in_place(
        &mut self,
        program: &Program,
        index: u32,
        id: ForkId,
        slots: &mut [Value],
        world: &mut World<'_>,
    ) -> Result<bool, Box<Failure>> {
        let fork = &program.forks[id.0 as usize];
        // Others that can go on would be overtaken, and who listens hears of each event in its order.
        if !fork.straight || !self.ready.is_empty() || world.recorder.is_some() {
            return Ok(false);
        }
        let before = self.before();
        self.inline.depth += 1;
        self.inline.nested += u64::from(self.inline.depth > 1);
        let result = self.branches_in_place(program, index, fork, slots, world);
        self.inline.depth -= 1;
        let result = result.filter(|_| self.inline.depth > 0 || self.order_does_not_matter(&before));
        match result {
            Some(result) => {
                set(slots, fork.result, result);
                self.project(program, fork.set.0 as usize, result, slots, world.block);
                if self.inline.depth == 0 {
                    self.inline.charged.drain(..).for_each(|run| world.tally.runs[run.0 as usize] += 1);
                }
                Ok(true)
            }
            None if self.inline.depth > 0 => Err(Box::default()),
            None => {
                self.restore(before);
                Ok(false)
            }
        }
    }

    fn before(&self) -> Before {
        Before {
            random: self.random.clone(),
            usage: self.usage,
            events: self.events,
            instructions: self.instructions,
            variables: self.variables,
            arena: self.arena.len(),
            nested: self.inline.nested,
        }
    }

    fn restore(&mut self, before: Before) {
        let Before { random, usage, events, instructions, variables, arena, nested: _ } = before;
        (self.random, self.usage, self.events) = (random, usage, events);
        (self.instructions, self.variables) = (instructions, variables);
        self.arena.truncate(arena);
        self.ready.clear();
        self.inline.clear();
    }

    /// Branches of branches would have asked for chance in another order.
    fn order_does_not_matter(&self, before: &Before) -> bool {
        self.inline.nested == before.nested || self.random.state() == before.random.state()
    }

    /// Runs all branches of a fork; the array of their outputs, if all came to their ends.
    fn branches_in_place(
        &mut self,
        program: &Program,
        index: u32,
        fork: &Fork,
        slots: &[Value],
        world: &mut World<'_>,
    ) -> Option<Value> {
        if self.inline.depth > DEPTH_MAX {
            return None;
        }
        let (start, child) = (self.inline.written.len(), self.take_frame());
        let inner = std::mem::take(&mut self.frames[child as usize].slots);
        self.adopt(index, child);
        let entered_ms = self.frames[index as usize].entered_ms;
        let mut place = Place { program, child, entered_ms, outer: slots, inner, start };
        let ended = match &fork.kind {
            ForkKind::Branches { input, branches } => {
                let input = slots[input.0 as usize];
                branches.iter().all(|branch| self.run_branch(&mut place, branch, input, world))
            }
            ForkKind::Items { items, noted, concurrency, branch, .. } => {
                let array = slots[items.0 as usize];
                let rows = self.readers[program.input_set.0 as usize].rows();
                let noted = noted.as_ref().and_then(|columns| Some((rows.range(array)?, &columns[..])));
                let items = Items { array, noted };
                self.concurrency(program, concurrency, slots, world).is_ok()
                    && self.run_items(&mut place, branch, items, world)
            }
        };
        self.frames[child as usize].slots = place.inner;
        self.release(child);
        // It began and succeeded.
        self.events += 2;
        ended.then(|| {
            let Inline { written, .. } = &mut self.inline;
            written.extend_from_slice(if written.len() == start { b"[]" } else { b"]" });
            let result = keep(&mut self.arena, &written[start..]);
            written.truncate(start);
            result
        })
    }

    /// Runs a branch of a Parallel. False: it did not come to its end.
    fn run_branch(&mut self, place: &mut Place<'_>, branch: &Branch, input: Value, world: &mut World<'_>) -> bool {
        let arena = self.arena.len();
        take_along(place.program, branch, place.outer, &mut place.inner);
        set(&mut place.inner, INPUT, input);
        self.project(place.program, branch.set.0 as usize, input, &mut place.inner, world.block);
        self.run_to_end(place, branch, arena, world)
    }

    /// Runs a branch for every item. False: one did not come to its end, or these are no items of an array.
    fn run_items(&mut self, place: &mut Place<'_>, branch: &Branch, items: Items<'_>, world: &mut World<'_>) -> bool {
        if self.text(place.program, world.block, items.array).first() != Some(&b'[') {
            return false;
        }
        let mut at = items.array.range().start;
        for number in 0.. {
            let arena = self.arena.len();
            take_along(place.program, branch, place.outer, &mut place.inner);
            let Some(item) = self.read_item(place, branch, &items, (number, at), world) else { break };
            at = item.range().end;
            set(&mut place.inner, INPUT, item);
            if branch.numbered {
                set(&mut place.inner, INDEX, self.keep_number(number));
            }
            if !self.run_to_end(place, branch, arena, world) {
                return false;
            }
            // As the Map did.
            self.events += 2;
        }
        true
    }

    /// The next item, which begins somewhere behind `at`, with what is read of it in the slots of the branch.
    #[inline(always)]
    fn read_item(
        &mut self,
        place: &mut Place<'_>,
        branch: &Branch,
        items: &Items<'_>,
        (number, at): (usize, usize),
        world: &World<'_>,
    ) -> Option<Value> {
        let Place { program, inner, .. } = place;
        if let Some((noted, columns)) = items.noted {
            let rows = self.readers[program.input_set.0 as usize].rows();
            let row = rows.row(noted, number)?;
            for (column, slot) in columns {
                set(inner, *slot, rows.cell(row, *column));
            }
            return Some(row.item());
        }
        let texts = Texts { line: world.block, arena: &self.arena, constants: &program.text };
        let reader = &mut self.readers[branch.set.0 as usize];
        reader.item(texts.of(items.array.source()), items.array, at, inner)
    }

    /// Runs a branch that was entered and appends its output. False: it did not come to its end.
    fn run_to_end(&mut self, place: &mut Place<'_>, branch: &Branch, arena: usize, world: &mut World<'_>) -> bool {
        let Inline { written, .. } = &mut self.inline;
        written.push(if written.len() == place.start { b'[' } else { b',' });
        self.usage.steps += 1;
        self.frames[place.child as usize].entered_ms = place.entered_ms;
        let entry = branch.entry.0 as usize;
        let (_, flow) = steps(self, place.program, place.child, &mut place.inner, entry, world);
        // Nothing but its output is left of it, and that is written already.
        self.arena.truncate(arena);
        // All outputs together and the brackets; one that would be too large fails in the ordinary way.
        let bytes = self.inline.written.len() + 1 - place.start;
        matches!(flow, Ok(Flow::Ended(_))) && bytes <= place.program.limits.payload_bytes
    }
}

/// What a branch is run for, one after another.
struct Items<'p> {
    array: Value,
    /// Where its items are, if they were noted, and what goes to which slot.
    noted: Option<(ItemRange, &'p [(Column, Slot)])>,
}

/// Where branches run.
struct Place<'p> {
    program: &'p Program,
    /// The frame that they share.
    child: u32,
    /// When the state around them was entered: the time of an item that has not entered one of its own.
    entered_ms: u64,
    /// The slots of the parent, and theirs.
    outer: &'p [Value],
    inner: Vec<Value>,
    /// Where the array of their outputs begins.
    start: usize,
}

#[cfg(test)]
mod tests {
    use crate::compile::{Options, compile};
    use crate::json::{PADDING, Utf8};
    use crate::vm::{Event, Name, Progress, Recorder, Start, Status, Tally, Vm, World};

    /// Hears everything and minds nothing: who listens is told of branches in their order, so that none runs in place.
    struct Patient;

    impl Recorder for Patient {
        fn record(&mut self, _: Event<'_>) {}
    }

    /// The output, and what is counted for each state.
    fn run(definition: &str, input: &str, listens: bool) -> (String, Vec<u64>) {
        let options = Options { history: listens, ..Options::default() };
        let program = compile(definition, &options).expect("the definition is right");
        let (mut vm, mut tally) = (Vm::new(&program), Tally::new(&program));
        let (block, mut out, mut effects) = ([input.as_bytes(), &[0; PADDING]].concat(), Vec::new(), Vec::new());
        let mut patient = Patient;
        let recorder = listens.then_some(&mut patient as &mut dyn Recorder);
        let (tallied, written) = (&mut tally, &mut out);
        let mut world =
            World { block: &block, now_ms: 1, out: written, effects: &mut effects, tally: tallied, recorder };
        let name = Name { prefix: "line-", number: 1 };
        vm.start(&program, Start { line: 0..input.len(), utf8: Utf8::Unknown, name, seed: 7 }, &mut world)
            .expect("it is JSON");
        let Progress::Ended(outcome) = vm.advance(&program, &mut world) else { panic!("nothing waits") };
        assert_eq!(outcome.status, Status::Succeeded);
        (String::from_utf8(out).expect("text"), tally.entered(&program))
    }

    #[test]
    fn chance_and_counts_are_the_same_in_place_and_in_turns() {
        let inner = r#"{"StartAt":"K","States":{"K":{"Type":"Pass","Parameters":{"u.$":"States.UUID()"},"End":true}}}"#;
        let items = format!(
            r#"{{"StartAt":"I","States":{{
                "I":{{"Type":"Pass","Parameters":{{"u.$":"States.UUID()","l.$":"$"}},"Next":"J"}},
                "J":{{"Type":"Map","ItemsPath":"$.l","ResultPath":"$.l","ItemProcessor":{inner},"End":true}}}}}}"#
        );
        for (processor, input, entered) in
            [(&items[..], "[[1,2],[3],[]]", &[1, 3, 3, 3][..]), (inner, "[1,2,3]", &[1, 3])]
        {
            let definition = format!(
                r#"{{"StartAt":"A","States":{{"A":{{"Type":"Map","ItemProcessor":{processor},"End":true}}}}}}"#
            );
            let in_place = run(&definition, input, false);
            assert_eq!(in_place, run(&definition, input, true));
            assert_eq!(in_place.1, entered);
        }
    }
}
