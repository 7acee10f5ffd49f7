//! Instructions that look something up, call a function or check a limit.

use super::run::{at, set};
use super::{Vm, World, document, lack};
use crate::builtin;
use crate::builtin::intrinsics::{Call, INTRINSICS};
use crate::failure::Failure;
use crate::json::{self, Value};
use crate::program::{Program, QueryId, Slot, TemplateId};

/// A variable's largest value (developer guide, "Passing data between states with variables", limits).
const VARIABLE_BYTES_MAX: usize = 262_144;
/// Functions with no more arguments than this are called without allocating.
const FEW: usize = 8;

/// Whether a document, written out, is larger than a payload may be.
#[inline(always)]
pub(super) fn is_too_large(vm: &Vm, program: &Program, template: TemplateId, slots: &[Value], block: &[u8]) -> bool {
    let template = &program.templates[template.0 as usize];
    let bytes_max = program.limits.payload_bytes;
    let is_small = |bytes: u32| template.inputs as usize * vm.input.len() + bytes as usize <= bytes_max;
    !template.bytes.is_some_and(is_small) && document::size(template, slots, vm.texts(program, block)) > bytes_max
}

/// What a query finds: one value, nothing, or an array of all matches; an indefinite one finds an array even in nothing.
pub(super) fn find(
    vm: &mut Vm,
    program: &Program,
    query: QueryId,
    value: Value,
    block: &[u8],
) -> Result<Value, Failure> {
    let query = &program.queries[query.0 as usize];
    if value.is_missing() {
        return Ok(if query.definite { Value::MISSING } else { vm.keep(b"[]") });
    }
    let mut out = std::mem::take(&mut vm.scratch);
    out.clear();
    let found = builtin::read(&query.selectors, vm.texts(program, block).text(value), &mut out);
    let kept = found.map(|found| if found { vm.keep(&out) } else { Value::MISSING });
    vm.scratch = out;
    kept
}

pub(super) fn call(
    vm: &mut Vm,
    program: &Program,
    function: u8,
    first: Slot,
    count: u8,
    slots: &[Value],
    world: &mut World<'_>,
) -> Result<Value, Failure> {
    let mut out = std::mem::take(&mut vm.scratch);
    out.clear();
    let mut random = vm.random.clone();
    let texts = vm.texts(program, world.block);
    let values = &slots[first.0 as usize..first.0 as usize + usize::from(count)];
    let text = |place: usize| values.get(place).map_or(&b""[..], |value| texts.text(*value));
    let few: [&[u8]; FEW] = std::array::from_fn(text);
    let many: Vec<&[u8]>;
    let arguments = if values.len() <= FEW {
        &few[..values.len()]
    } else {
        many = (0..values.len()).map(text).collect();
        &many
    };
    let done = INTRINSICS[usize::from(function)].call(&mut Call { arguments, random: &mut random, out: &mut out });
    vm.random = random;
    let value = vm.keep(&out);
    vm.scratch = out;
    done.map(|()| value)
}

pub(super) fn assign(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    to: Slot,
    value: Value,
    slots: &mut [Value],
    pc: usize,
) -> Result<(), Box<Failure>> {
    let old = at(slots, to);
    let before = if old.is_missing() { 0 } else { old.len() };
    vm.variables = vm.variables - before.min(vm.variables) + value.len();
    if value.len() > VARIABLE_BYTES_MAX || vm.variables > program.limits.variables_bytes {
        return Err(vm.too_large(program, index, pc));
    }
    set(slots, to, value);
    Ok(())
}

pub(super) fn insert(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    insertion: usize,
    slots: &[Value],
    pc: usize,
    world: &mut World<'_>,
) -> Result<Value, Box<Failure>> {
    let insertion = &program.insertions[insertion];
    let mut out = std::mem::take(&mut vm.scratch);
    out.clear();
    let texts = vm.texts(program, world.block);
    let base = texts.text(at(slots, insertion.base));
    let done = json::splice(base, &insertion.path, texts.text(at(slots, insertion.value)), &mut out);
    let failure = done.err().map(|_| lack::placement(&insertion.text, base));
    let value = vm.keep(&out);
    vm.scratch = out;
    match failure {
        Some(failure) => Err(vm.located(program, index, pc, failure)),
        None => Ok(value),
    }
}
