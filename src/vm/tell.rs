//! Tells the history that states were entered and left. Histories are not the fast path.

use super::event::What;
use super::execution::tell;
use super::run::at;
use super::{Event, Vm, World, document};
use crate::json::Value;
use crate::program::{Program, TemplateId, TransitionId};

pub(super) fn entered(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    transition: TransitionId,
    slots: &[Value],
    world: &mut World<'_>,
) {
    let transition = &program.transitions[transition.0 as usize];
    let state = &program.states[transition.state.0 as usize];
    let input = written(vm, program, transition.document, slots, world.block);
    let frame = &mut vm.frames[index as usize];
    let (id, previous) = (frame.run_base + 1, frame.previous);
    (frame.before_entry, frame.previous) = (previous, id);
    let what = What::StateEntered { kind: state.kind, name: &state.name, input: &input };
    tell(world, Event { id, previous, at_ms: world.now_ms, what });
}

pub(super) fn exited(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    transition: TransitionId,
    slots: &[Value],
    world: &mut World<'_>,
) {
    let transition = &program.transitions[transition.0 as usize];
    let state = &program.states[transition.state.0 as usize];
    let output = written(vm, program, transition.document, slots, world.block);
    let texts: Vec<(&str, Vec<u8>)> = transition
        .assigned
        .iter()
        .map(|(name, slot)| (&**name, vm.texts(program, world.block).text(at(slots, *slot)).to_vec()))
        .collect();
    let assigned: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let previous = vm.frames[index as usize].previous;
    let what = What::StateExited { kind: state.kind, name: &state.name, output: &output, assigned: &assigned };
    let id = vm.emit(world, previous, what);
    vm.frames[index as usize].previous = id;
}

/// A document for the history, in a buffer of its own: histories are not the fast path.
fn written(vm: &Vm, program: &Program, template: TemplateId, slots: &[Value], block: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    document::write(&program.templates[template.0 as usize], slots, vm.texts(program, block), &mut out);
    out
}
