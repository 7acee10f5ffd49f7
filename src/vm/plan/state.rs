//! What is known of an execution where a plan has come to.

use super::probe::Interval;
use crate::json::Value;
use crate::program::{Comparison, ConstantId, Operand, Program, RunId, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Held {
    /// What was read from the line into this slot.
    Read(Slot),
    Constant(ConstantId),
    Nothing,
}

/// A place in the code, with what is known there: executions that agree in this go on alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub pc: usize,
    pub condition: bool,
    /// Slots that hold something else than was read into them.
    pub changed: BTreeMap<Slot, Held>,
    /// What is to be charged at the next node that says so.
    pub runs: Vec<RunId>,
    /// What must be there, since the node before.
    pub present: BTreeSet<Slot>,
}

/// What the last test has told of a slot.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub slot: Slot,
    pub interval: Interval,
    pub holds: bool,
    /// Whether something is there for certain.
    pub is_present: bool,
}

impl State {
    pub fn held(&self, slot: Slot) -> Held {
        self.changed.get(&slot).copied().unwrap_or(Held::Read(slot))
    }

    pub fn set(&mut self, to: Slot, held: Held) {
        match held {
            Held::Read(slot) if slot == to => self.changed.remove(&to),
            held => self.changed.insert(to, held),
        };
    }

    /// Notes that there must be something in the slot; false if there never is.
    pub fn require(&mut self, slot: Slot) -> bool {
        let held = self.held(slot);
        if let Held::Read(slot) = held {
            self.present.insert(slot);
        }
        held != Held::Nothing
    }

    /// How much is known.
    pub fn len(&self) -> usize {
        self.changed.len() + self.runs.len() + self.present.len()
    }

    /// Goes where the comparison leads.
    pub fn decide(&mut self, comparison: &Comparison, holds: bool) {
        self.condition = holds;
        self.pc = match comparison.branch {
            Some((wanted, target)) if wanted == holds => target.0 as usize,
            _ => self.pc + 1,
        };
    }

    /// The comparison as it is here, with what its operand holds.
    pub fn comparison(&self, program: &Program, comparison: &Comparison) -> Comparison {
        let operand = match &comparison.operand {
            Operand::Slot(slot) => match self.held(*slot) {
                Held::Read(slot) => Operand::Slot(slot),
                Held::Constant(constant) => Operand::Constant(program.constants[constant.0 as usize]),
                Held::Nothing => Operand::Constant(Value::MISSING),
            },
            operand => operand.clone(),
        };
        Comparison { operand, ..comparison.clone() }
    }
}

impl Told {
    /// What the comparison of a slot comes to, if that follows.
    pub fn answer(&self, slot: Slot, comparison: &Comparison) -> Option<bool> {
        if self.slot != slot || comparison.lack.is_some() && !self.is_present {
            return None;
        }
        Interval::of(comparison)?.given(self.interval, self.holds)
    }
}
