//! What becomes of an expression's value: a slot, a way to go, or a failure of the state.

use super::{End, Scene};
use crate::builtin::jsonata::{Fault, Item, write};
use crate::failure::Failure;
use crate::json::{Source, Texts, Value};
use crate::program::{Expected, Program, ReachId, Slot, Wanted, WantedId};
use crate::vm::evaluation::Flaw;
use crate::vm::{Vm, World};

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub wanted: WantedId,
    /// The frame.
    pub index: u32,
    /// Behind its first instruction.
    pub pc: usize,
}

/// Deals with how an expression ended; where to go on.
pub(super) fn end(
    vm: &mut Vm,
    program: &Program,
    (end, behind): (End, usize),
    place: Place,
    slots: &mut [Value],
    world: &mut World<'_>,
) -> Result<usize, Box<Failure>> {
    let wanted = &program.wanted[place.wanted.0 as usize];
    match end {
        End::Yield { to, value } => {
            let json = keep(vm, program, Some(wanted), value, world);
            slots[to.0 as usize] = json.map_err(|flaw| fail(vm, program, place, &flaw, world))?;
            Ok(behind)
        }
        End::Decide { value: Item::True, .. } => Ok(behind),
        End::Decide { value: Item::False, otherwise } => Ok(otherwise),
        End::Decide { value, .. } => {
            let json = keep(vm, program, Some(wanted), value, world);
            let flaw = json.map_or_else(
                |flaw| flaw,
                |value| Flaw::Unexpected(String::from_utf8_lossy(vm.text(program, world.block, value)).into_owned()),
            );
            Err(fail(vm, program, place, &flaw, world))
        }
    }
}

/// The value as JSON text: where it stands already, else in the arena.
fn keep(
    vm: &mut Vm,
    program: &Program,
    wanted: Option<&Wanted>,
    value: Item,
    world: &World<'_>,
) -> Result<Value, Flaw> {
    if let Some(text) = vm.evaluator.heap.origin(value) {
        return Ok(text);
    }
    match value {
        Item::Digits(value) | Item::Quoted(value) | Item::Listed(value) | Item::Keyed(value) => return Ok(value),
        Item::Function(_) if !wanted.is_some_and(is_bare) => return Err(Flaw::Unsupported),
        value if value.is_undefined() => {
            return if wanted.is_none_or(|wanted| wanted.expected == Expected::Anything) {
                Ok(Value::MISSING)
            } else {
                Err(Flaw::Nothing)
            };
        }
        _ => {}
    }
    let Vm { evaluator, arena, scratch, .. } = vm;
    scratch.clear();
    write(&evaluator.heap, value, Texts { line: world.block, arena, constants: &program.text }, scratch);
    let start = arena.len();
    arena.extend_from_slice(scratch);
    Ok(Value::new(Source::Arena, start, arena.len()))
}

/// An expression by itself, not in a field of a state.
fn is_bare(wanted: &Wanted) -> bool {
    wanted.field.is_empty()
}

/// The evaluation failed.
#[cold]
pub(super) fn thrown(
    vm: &mut Vm,
    program: &Program,
    fault: &Fault,
    place: Place,
    world: &mut World<'_>,
) -> Box<Failure> {
    if is_bare(&program.wanted[place.wanted.0 as usize]) {
        let (error, cause) = (fault.code.into(), fault.message().into_owned().into());
        return Box::new(Failure { error: Some(error), cause: Some(cause) });
    }
    // The guards' texts stand by themselves; all others have their code in front.
    let why = match fault.code {
        "U1001" => fault.message().into_owned(),
        code => format!("{code}: {}", fault.message()),
    };
    fail(vm, program, place, &Flaw::Thrown(why), world)
}

fn fail(vm: &mut Vm, program: &Program, place: Place, flaw: &Flaw, world: &mut World<'_>) -> Box<Failure> {
    vm.evaluation_failed(program, place.index, place.pc, place.wanted, flaw, world)
}

/// A path that found nothing through objects: what it finds through arrays.
pub(in crate::vm) fn reach(
    vm: &mut Vm,
    program: &Program,
    to: Slot,
    reach: ReachId,
    slots: &mut [Value],
    world: &World<'_>,
) {
    let Vm { evaluator, arena, random, readers, .. } = vm;
    evaluator.begin(0, &program.limits);
    let texts = Texts { line: world.block, arena, constants: &program.text };
    let scene = Scene {
        program,
        slots,
        texts,
        rows: readers[program.input_set.0 as usize].rows(),
        random,
        now_ms: world.now_ms,
    };
    let found = evaluator.reach(&scene, &program.expressions.reaches[reach.0 as usize]);
    // Through arrays of a document that was read nothing is found that could be too large.
    let keep = |found| keep(vm, program, None, found, world);
    let value = found.map_err(|_| Flaw::Nothing).and_then(keep);
    slots[to.0 as usize] = value.unwrap_or(Value::MISSING);
}
