//! Which slots a plan still depends on: only there do ways differ that come to the same instruction.
//!
//! Other than for executions that wait, what a failure would quote is of no interest: a plan knows no failures.

use super::state::State;
use crate::program::{Op, Operand, Program, Slot};
use crate::vm::liveness::{Flow, Node, WORDS_MAX, template_uses};

/// For each instruction the slots that are live before it.
pub(super) struct Live {
    /// Stands for what the last comparison came to.
    condition: Slot,
    words: usize,
    sets: Vec<u64>,
}

impl Live {
    /// None where the program is too large to be looked through.
    pub fn of(program: &Program) -> Option<Live> {
        // Behind the slots of all scopes: the code of branches is looked through as well.
        let condition = Slot(program.scopes.iter().copied().max().unwrap_or(0));
        let words = usize::from(condition.0) / 64 + 1;
        if program.code.len() * words > WORDS_MAX {
            return None;
        }
        let flow = Flow { nodes: (0..program.code.len()).map(|place| node(program, place, condition)).collect() };
        Some(Live { condition, words, sets: flow.solve(words) })
    }

    /// Forgets what nobody asks for again.
    pub fn restrict(&self, state: &mut State) {
        state.changed.retain(|slot, _| self.has(state.pc, *slot));
        state.condition &= self.has(state.pc, self.condition);
    }

    fn has(&self, place: usize, Slot(slot): Slot) -> bool {
        self.sets[place * self.words + usize::from(slot) / 64] >> (slot % 64) & 1 == 1
    }
}

/// What an instruction reads and writes, and what follows it; nothing, where a plan ends.
fn node(program: &Program, place: usize, condition: Slot) -> Node {
    let mut node = Node::default();
    let next = place as u32 + 1;
    match program.code[place] {
        Op::Charge { .. } | Op::Limit { .. } => node.following.push(next),
        Op::Require { slot, .. } | Op::RequireObject { slot, .. } => {
            node.uses.push(slot);
            node.following.push(next);
        }
        Op::RequireAll { list } => {
            node.uses.extend(program.requirements[list.0 as usize].iter().map(|(slot, _)| *slot));
            node.following.push(next);
        }
        Op::Set { to, .. } => {
            node.sets = Some(to);
            node.following.push(next);
        }
        Op::Copy { to, from } => {
            node.sets = Some(to);
            node.uses.push(from);
            node.following.push(next);
        }
        Op::Compare { left, comparison } => {
            let comparison = &program.comparisons[comparison.0 as usize];
            node.sets = Some(condition);
            node.uses.push(left);
            node.uses.extend(if let Operand::Slot(slot) = comparison.operand { Some(slot) } else { None });
            node.following.extend(comparison.branch.map(|(_, target)| target.0));
            node.following.push(next);
        }
        Op::Switch { slot, table } => {
            node.uses.push(slot);
            node.following.extend(program.switches[table.0 as usize].cases.targets().map(|target| target.0));
            node.following.sort_unstable();
            node.following.dedup();
        }
        Op::Negate {} => {
            node.uses.push(condition);
            node.following.push(next);
        }
        Op::Unless { target } | Op::When { target } => {
            node.uses.push(condition);
            node.following.extend([target.0, next]);
        }
        Op::Jump { target } => node.following.push(target.0),
        Op::Succeed { template } => template_uses(&program.templates[template.0 as usize], &mut node),
        _ => {}
    }
    node
}
