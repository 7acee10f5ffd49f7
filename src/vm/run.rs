//! The dispatch loop: one instruction after another until the frame ends, waits or fails.

use super::choose::{compare, switch};
use super::evaluation::expect;
use super::event::What;
use super::execution::Frame;
use super::expression::{evaluate, reach};
use super::inline::CHARGED_MAX;
use super::operate::{assign, call, find, insert, is_too_large};
use super::tell::{entered, exited};
use super::{Vm, World, document};
use crate::failure::{ErrorName, Failure};
use crate::json::{self, PADDING, Texts, Value};
use crate::program::{ConstantId, Label, LackId, Op, Program, RunId, Slot, StateId, TemplateId};

/// Why the loop stopped.
pub(super) enum Flow {
    /// The frame waits.
    Blocked,
    /// The frame is at its end, with this output; the execution's own is in [`World::out`] instead.
    Ended(Value),
}

/// The largest result a function or a query may leave in the arena, and the arena's size at which it is cleaned.
const ARENA_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Runs a frame from where it is.
pub(super) fn run(vm: &mut Vm, program: &Program, index: u32, world: &mut World<'_>) -> Result<Flow, Box<Failure>> {
    if vm.arena.len() > ARENA_BYTES_MAX {
        vm.clean(program, world);
        if vm.arena.len() > ARENA_BYTES_MAX {
            return Err(out_of_memory());
        }
    }
    let frame = &mut vm.frames[index as usize];
    let (mut slots, pc) = (std::mem::take(&mut frame.slots), frame.pc as usize);
    let (pc, flow) = steps(vm, program, index, &mut slots, pc, world);
    let frame = &mut vm.frames[index as usize];
    frame.slots = slots;
    frame.pc = pc as u32;
    flow
}

/// Instructions from `pc` on; the place behind the last one, and why it stopped there.
///
/// Here are those of the straight path. All others are kept out of this loop, which wants to stay in registers.
pub(super) fn steps(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    slots: &mut [Value],
    mut pc: usize,
    world: &mut World<'_>,
) -> (usize, Result<Flow, Box<Failure>>) {
    let mut condition = false;
    let mut executed = 0u64;
    let flow = loop {
        let op = program.code[pc];
        pc += 1;
        executed += 1;
        match op {
            Op::Charge { run } => {
                vm.instructions += std::mem::take(&mut executed);
                if vm.arena.len() > ARENA_BYTES_MAX || vm.inline.charged.len() > CHARGED_MAX {
                    pc -= 1; // Comes back here once the arena is clean.
                    vm.ready.push_front(index);
                    break Ok(Flow::Blocked);
                }
                if vm.instructions > program.limits.instructions {
                    break Err(out_of_instructions(program));
                }
                charge(vm, program, index, run, world);
            }
            Op::Require { slot, lack } => {
                if at(slots, slot).is_missing() {
                    break Err(vm.lack(program, index, lack, slots, pc, world));
                }
            }
            Op::RequireAll { list } => {
                let missing = |(slot, _): &&(Slot, LackId)| at(slots, *slot).is_missing();
                if let Some((_, lack)) = program.requirements[list.0 as usize].iter().find(missing) {
                    break Err(vm.lack(program, index, *lack, slots, pc, world));
                }
            }
            Op::Set { to, constant } => set(slots, to, constant_value(program, constant)),
            Op::Copy { to, from } => set(slots, to, at(slots, from)),
            Op::Begin { wanted, registers } => {
                match evaluate(vm, program, index, (wanted, registers), slots, pc, world) {
                    Ok(next) => pc = next,
                    Err(failure) => break Err(failure),
                }
            }
            Op::Reach { to, reach: id } => {
                if at(slots, to).is_missing() {
                    reach(vm, program, to, id, slots, world);
                }
            }
            Op::Switch { slot, table } => {
                let (value, table) = (at(slots, slot), &program.switches[table.0 as usize]);
                if value.is_missing() {
                    break Err(vm.lack(program, index, table.lack, slots, pc, world));
                }
                pc = goto(switch(&table.cases, vm.texts(program, world.block).text(value)));
            }
            Op::Compare { left, comparison } => {
                let (value, comparison) = (at(slots, left), &program.comparisons[comparison.0 as usize]);
                if let (true, Some(lack)) = (value.is_missing(), comparison.lack) {
                    break Err(vm.lack(program, index, lack, slots, pc, world));
                }
                condition = compare(comparison, value, slots, vm.texts(program, world.block));
                if let Some((wanted, target)) = comparison.branch
                    && condition == wanted
                {
                    pc = goto(target);
                }
            }
            Op::Unless { target } if !condition => pc = goto(target),
            Op::When { target } if condition => pc = goto(target),
            Op::Unless { .. } | Op::When { .. } => {}
            Op::Jump { target } => pc = goto(target),
            Op::Negate {} => condition = !condition,
            Op::RequireObject { slot, lack } => {
                let text = vm.texts(program, world.block).text(at(slots, slot));
                if !text.is_empty() && text[0] != b'{' {
                    break Err(vm.lack(program, index, lack, slots, pc, world));
                }
            }
            Op::Limit { template } => {
                if is_too_large(vm, program, template, slots, world.block) {
                    break Err(vm.too_large(program, index, pc));
                }
            }
            Op::Succeed { template } => break succeed(vm, program, index, template, slots, pc, world),
            other => match rare(vm, program, index, other, slots, pc, world) {
                Ok(None) => {}
                Ok(Some(flow)) => break Ok(flow),
                Err(failure) => break Err(failure),
            },
        }
    };
    vm.instructions += executed;
    (pc, flow)
}

/// One instruction that is not on the straight path; why to stop after it, if so.
#[inline(never)]
fn rare(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    op: Op,
    slots: &mut [Value],
    pc: usize,
    world: &mut World<'_>,
) -> Result<Option<Flow>, Box<Failure>> {
    match op {
        Op::Write { to, template } => {
            let written = vm.write(program, &program.templates[template.0 as usize], slots, world.block);
            set(slots, to, written.map_err(|_| vm.too_large(program, index, pc))?);
        }
        Op::Project { from, set } => vm.project(program, set.0 as usize, at(slots, from), slots, world.block),
        Op::Select { to, from, query } => {
            let found = find(vm, program, query, at(slots, from), world.block);
            set(slots, to, found.map_err(|failure| vm.located(program, index, pc, failure))?);
        }
        Op::Call { to, first, function, count } => {
            let result = call(vm, program, function, first, count, slots, world);
            set(slots, to, result.map_err(|failure| vm.located(program, index, pc, failure))?);
        }
        Op::Context { to, field } => set(slots, to, vm.context(program, index, field, world)),
        Op::Assign { to, from } => assign(vm, program, index, to, at(slots, from), slots, pc)?,
        Op::Insert { to, insertion } => {
            let value = insert(vm, program, index, insertion.0 as usize, slots, pc, world)?;
            set(slots, to, value);
        }
        Op::Expect { slot, wanted } => expect(vm, program, index, (slot, wanted), slots, pc, world)?,
        Op::Raise { lack } => return Err(vm.lack(program, index, lack, slots, pc, world)),
        Op::Entered { transition } => entered(vm, program, index, transition, slots, world),
        Op::Exited { transition } => exited(vm, program, index, transition, slots, world),
        Op::Caught { error, cause } => {
            let (error_text, cause_text) = vm.caught(index);
            set(slots, error, error_text);
            set(slots, cause, cause_text);
        }
        Op::Fail { error, cause } => return Err(failed(vm, program, error, cause, slots, world)),
        Op::Task { task } => vm.schedule(program, index, task, slots, pc, world)?,
        Op::Wait { pause } => vm.pause(program, index, pause, slots, pc, world)?,
        Op::Fork { fork } => {
            if vm.run_in_place(program, index, fork, slots, world)? {
                return Ok(None);
            }
            vm.fork(program, index, fork, slots, pc, world)?;
        }
        _ => unreachable!("the loop that calls this runs all others itself"),
    }
    let waits = matches!(op, Op::Task { .. } | Op::Wait { .. } | Op::Fork { .. });
    Ok(waits.then_some(Flow::Blocked))
}

#[inline(always)]
pub(super) fn at(slots: &[Value], slot: Slot) -> Value {
    slots[slot.0 as usize]
}

#[inline(always)]
pub(super) fn set(slots: &mut [Value], slot: Slot, value: Value) {
    slots[slot.0 as usize] = value;
}

#[inline(always)]
fn goto(label: Label) -> usize {
    label.0 as usize
}

#[inline(always)]
fn constant_value(program: &Program, constant: ConstantId) -> Value {
    program.constants[constant.0 as usize]
}

#[inline(always)]
fn charge(vm: &mut Vm, program: &Program, index: u32, id: RunId, world: &mut World<'_>) {
    let run = &program.runs[id.0 as usize];
    let frame = &mut vm.frames[index as usize];
    frame.run = id.0;
    frame.run_base = vm.events;
    vm.events += u64::from(run.events);
    vm.usage.transitions += run.entered.len() as u64;
    match vm.inline.is_inside() {
        false => world.tally.runs[id.0 as usize] += 1,
        true => vm.inline.charged.push(id),
    }
    if !run.entered.is_empty() {
        frame.entered_ms = world.now_ms;
        frame.attempts.clear();
        frame.catching = false;
    }
}

#[cold]
fn out_of_instructions(program: &Program) -> Box<Failure> {
    let cause = format!(
        "The execution ran {} instructions without coming to an end; does it loop for ever?",
        program.limits.instructions
    );
    Box::new(Failure::new(ErrorName::Runtime, cause))
}

#[cold]
fn out_of_memory() -> Box<Failure> {
    let cause = format!("The execution holds more than {ARENA_BYTES_MAX} bytes of results at once");
    Box::new(Failure::new(ErrorName::DataLimitExceeded, cause))
}

fn succeed(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    template: TemplateId,
    slots: &[Value],
    pc: usize,
    world: &mut World<'_>,
) -> Result<Flow, Box<Failure>> {
    if is_too_large(vm, program, template, slots, world.block) {
        return Err(vm.too_large(program, index, pc));
    }
    let template = &program.templates[template.0 as usize];
    if vm.inline.is_inside() {
        let texts = Texts { line: world.block, arena: &vm.arena, constants: &program.text };
        document::write(template, slots, texts, &mut vm.inline.written);
        return Ok(Flow::Ended(Value::MISSING));
    }
    if index > 0 {
        let written = vm.write(program, template, slots, world.block);
        return written.map(Flow::Ended).map_err(|_| vm.too_large(program, index, pc));
    }
    let start = world.out.len();
    document::write(template, slots, vm.texts(program, world.block), world.out);
    if world.recorder.is_some() {
        let output = world.out[start..].to_vec();
        let previous = vm.frames[0].previous;
        vm.emit(world, previous, What::ExecutionSucceeded { output: &output });
    }
    Ok(Flow::Ended(Value::MISSING))
}

fn failed(vm: &Vm, program: &Program, error: Slot, cause: Slot, slots: &[Value], world: &World<'_>) -> Box<Failure> {
    let texts = vm.texts(program, world.block);
    let text = |slot: Slot| (slot != Slot::NONE).then(|| json::decode(texts.text(at(slots, slot))).into_owned().into());
    Box::new(Failure { error: text(error), cause: text(cause) })
}

impl Vm {
    /// The state an instruction belongs to, and the event at which it was entered.
    pub(super) fn entry(&self, program: &Program, index: u32, pc: usize) -> (StateId, u64) {
        let state = program.sites[pc - 1];
        let frame: &Frame = &self.frames[index as usize];
        let run = &program.runs[frame.run as usize];
        let whole = program.states[state.0 as usize].part_of.unwrap_or(state);
        let offset = run.entered.iter().find(|(entered, _)| *entered == whole).map(|(_, offset)| *offset);
        (state, frame.run_base + u64::from(offset.unwrap_or(0)))
    }

    pub(super) fn project(&mut self, program: &Program, set: usize, value: Value, slots: &mut [Value], block: &[u8]) {
        let bytes = self.arena.len();
        self.arena.resize(bytes + PADDING, 0); // Else what lies at its end is read slowly.
        let texts = Texts { line: block, arena: &self.arena, constants: &program.text };
        let text = if value.is_missing() { texts.constants } else { texts.of(value.source()) };
        self.readers[set].fill(text, value, slots);
        self.arena.truncate(bytes);
    }
}
