//! A sprint: an execution from its start to its end, with no more bookkeeping than that takes.
//!
//! Most executions choose, reshape and succeed. What others come to need (frames, an arena, numbers of events, a name, a
//! time) is not even reset for these. Where something else turns up, a failure too, nothing has happened yet but
//! scratch work, and the vm runs the execution the ordinary way, from its first instruction.

use super::choose::{compare, switch};
use super::operate::is_too_large;
use super::run::{at, set};
use super::{Outcome, Status, Vm, World, document};
use crate::json::{Texts, Value};
use crate::program::{Op, Program, RunId, TemplateId};
use crate::usage::Usage;

/// A longer way through the states is no sprint; what ends a loop in which nothing else happens.
const RUNS_MAX: usize = 32;

/// What of an execution is counted, once it has succeeded.
struct Charged {
    runs: [RunId; RUNS_MAX],
    count: usize,
}

/// Whether executions of this program may be sprints.
pub(super) fn may_sprint(program: &Program) -> bool {
    !program.history && program.code.iter().all(is_plain)
}

/// Whether the instruction is one of a sprint, or one of those at which a sprint ends as a failure.
fn is_plain(op: &Op) -> bool {
    matches!(
        op,
        Op::Charge { .. }
            | Op::Require { .. }
            | Op::RequireAll { .. }
            | Op::RequireObject { .. }
            | Op::Set { .. }
            | Op::Copy { .. }
            | Op::Switch { .. }
            | Op::Compare { .. }
            | Op::Negate {}
            | Op::Unless { .. }
            | Op::When { .. }
            | Op::Jump { .. }
            | Op::Limit { .. }
            | Op::Succeed { .. }
            | Op::Fail { .. }
            | Op::Raise { .. }
    )
}

impl Vm {
    /// Runs the execution whose input was read, and writes its output, if that can be done in a sprint.
    #[inline(always)]
    pub(super) fn sprint(&mut self, program: &Program, world: &mut World<'_>) -> Option<Outcome> {
        // The slots as they were read are for who has to begin anew.
        let mut slots = std::mem::take(&mut self.sprint_slots);
        slots.clear();
        slots.extend_from_slice(&self.frames[0].slots);
        let mut charged = Charged { runs: [RunId(0); RUNS_MAX], count: 0 };
        let template = self.sprint_to_end(program, &mut slots, &mut charged, world);
        if let Some(template) = template {
            let template = &program.templates[template.0 as usize];
            document::write(template, &slots, texts(program, world.block), world.out);
        }
        self.sprint_slots = slots;
        template?;
        let mut transitions = 0;
        for run in &charged.runs[..charged.count] {
            world.tally.runs[run.0 as usize] += 1;
            transitions += program.runs[run.0 as usize].entered.len() as u64;
        }
        let usage = Usage { input_bytes: self.input.len() as u64, transitions, ..Usage::default() };
        Some(Outcome { status: Status::Succeeded, failure: None, usage })
    }

    /// Runs instructions up to the one that succeeds; what it writes.
    fn sprint_to_end(
        &self,
        program: &Program,
        slots: &mut [Value],
        charged: &mut Charged,
        world: &World<'_>,
    ) -> Option<TemplateId> {
        let texts = texts(program, world.block);
        let mut condition = false;
        let mut pc = 0;
        loop {
            let op = program.code[pc];
            pc += 1;
            match op {
                Op::Charge { run } => {
                    *charged.runs.get_mut(charged.count)? = run;
                    charged.count += 1;
                }
                Op::Require { slot, .. } if !at(slots, slot).is_missing() => {}
                Op::RequireAll { list } => {
                    let list = &program.requirements[list.0 as usize];
                    if list.iter().any(|(slot, _)| at(slots, *slot).is_missing()) {
                        return None;
                    }
                }
                Op::RequireObject { slot, .. }
                    if texts.text(at(slots, slot)).first().is_none_or(|byte| *byte == b'{') => {}
                Op::Set { to, constant } => set(slots, to, program.constants[constant.0 as usize]),
                Op::Copy { to, from } => set(slots, to, at(slots, from)),
                Op::Switch { slot, table } if !at(slots, slot).is_missing() => {
                    let table = &program.switches[table.0 as usize];
                    pc = switch(&table.cases, texts.text(at(slots, slot))).0 as usize;
                }
                Op::Compare { left, comparison } => {
                    let (value, comparison) = (at(slots, left), &program.comparisons[comparison.0 as usize]);
                    if value.is_missing() && comparison.lack.is_some() {
                        return None;
                    }
                    condition = compare(comparison, value, slots, texts);
                    if let Some((wanted, target)) = comparison.branch
                        && condition == wanted
                    {
                        pc = target.0 as usize;
                    }
                }
                Op::Unless { target } if !condition => pc = target.0 as usize,
                Op::When { target } if condition => pc = target.0 as usize,
                Op::Unless { .. } | Op::When { .. } => {}
                Op::Jump { target } => pc = target.0 as usize,
                Op::Negate {} => condition = !condition,
                Op::Limit { template } if !is_too_large(self, program, template, slots, world.block) => {}
                Op::Succeed { template } if !is_too_large(self, program, template, slots, world.block) => {
                    return Some(template);
                }
                _ => return None,
            }
        }
    }
}

/// What a sprint's values lie in: it makes none.
#[inline(always)]
fn texts<'a>(program: &'a Program, block: &'a [u8]) -> Texts<'a> {
    Texts { line: block, arena: &[], constants: &program.text }
}
