//! Whether a program holds together: every operand is in range, so that the vm need not look.

use super::{EDITS_MAX, ForkKind, Label, Op, OpOperand, Piece, Pool, Program, Slot, Template};

/// Checks a program.
///
/// # Errors
/// The first thing that does not hold, in words.
pub fn verify(program: &Program) -> Result<(), String> {
    let most = program.scopes.iter().copied().max().unwrap_or(0);
    let checker = Checker { program, slots: most };
    for (place, op) in program.code.iter().enumerate() {
        checker.op(op).map_err(|what| format!("instruction {place}, {op:?}: {what}"))?;
    }
    match program.code.last() {
        Some(Op::Jump { .. } | Op::Succeed { .. } | Op::Fail { .. } | Op::Raise { .. }) => {}
        last => return Err(format!("the code runs over its end after {last:?}")),
    }
    if program.sites.len() != program.code.len() {
        return Err("not every instruction has a state".into());
    }
    checker.pools()
}

struct Checker<'a> {
    program: &'a Program,
    slots: u16,
}

impl Checker<'_> {
    fn op(&self, op: &Op) -> Result<(), String> {
        let mut wrong = None;
        op.describe(&mut |name, operand| {
            let fits = match operand {
                OpOperand::Slot(slot) => slot.0 < self.slots || slot == Slot::NONE && matches!(op, Op::Fail { .. }),
                OpOperand::Label(label) => self.is_code(label),
                OpOperand::Pool(pool, place) => (place as usize) < self.size(pool),
                OpOperand::Number(_) | OpOperand::Field(_) | OpOperand::Register(_) => true,
            };
            if !fits {
                wrong = Some(format!("{name} is out of range"));
            }
        });
        wrong.map_or(Ok(()), Err)
    }

    fn is_code(&self, label: Label) -> bool {
        (label.0 as usize) < self.program.code.len()
    }

    fn size(&self, pool: Pool) -> usize {
        let program = self.program;
        match pool {
            Pool::Run => program.runs.len(),
            Pool::Transition => program.transitions.len(),
            Pool::Lack => program.lacks.len(),
            Pool::Requirements => program.requirements.len(),
            Pool::Constant => program.constants.len(),
            Pool::Template => program.templates.len(),
            Pool::Set => program.sets.len(),
            Pool::Query => program.queries.len(),
            Pool::Insertion => program.insertions.len(),
            Pool::Comparison => program.comparisons.len(),
            Pool::Switch => program.switches.len(),
            Pool::TaskSite => program.task_sites.len(),
            Pool::Pause => program.pauses.len(),
            Pool::Fork => program.forks.len(),
            Pool::Reach => program.expressions.reaches.len(),
            Pool::Literal => program.expressions.literals.len(),
            Pool::Regex => program.expressions.regexes.len(),
            Pool::Names => program.expressions.names.len(),
            Pool::Lambda => program.expressions.lambdas.len(),
            Pool::Callee => program.expressions.callees.len(),
            Pool::Fault => program.expressions.faults.len(),
            Pool::Wanted => program.wanted.len(),
        }
    }

    fn pools(&self) -> Result<(), String> {
        let program = self.program;
        let labels = program.switches.iter().flat_map(|switch| switch.cases.targets().copied());
        let branches = program.comparisons.iter().filter_map(|comparison| comparison.branch);
        let labels = labels.chain(branches.map(|(_, target)| target));
        if !program.requirements.iter().flatten().all(|(slot, _)| slot.0 < self.slots) {
            return Err("a slot that is required is not there".into());
        }
        let catchers = program.states.iter().flat_map(|state| &state.catchers).map(|catcher| catcher.target);
        if !labels.chain(catchers).all(|label| self.is_code(label)) {
            return Err("a table or a catcher leads out of the code".into());
        }
        if !program.templates.iter().all(|template| self.template(template)) {
            return Err("a document names a slot that is not there".into());
        }
        let keyed = program.forks.iter().filter_map(|fork| match &fork.kind {
            ForkKind::Items { members: true, branch, .. } => Some(branch.scope as usize),
            _ => None,
        });
        if !keyed.into_iter().all(|scope| program.scopes.get(scope).is_some_and(|slots| *slots > 2)) {
            return Err("the key of an item has no slot".into());
        }
        let branches = program.forks.iter().flat_map(|fork| match &fork.kind {
            ForkKind::Branches { branches, .. } => branches.as_slice(),
            ForkKind::Items { branch, .. } => std::slice::from_ref(branch),
        });
        for branch in branches {
            let slots = program.scopes.get(branch.scope as usize).copied().unwrap_or(0);
            let fits = |(from, to): &(Slot, Slot)| from.0 < self.slots && to.0 < slots;
            if !self.is_code(branch.entry) || !branch.captures.iter().all(fits) {
                return Err("a branch does not fit its scope".into());
            }
        }
        Ok(())
    }

    fn template(&self, template: &Template) -> bool {
        self.pieces(&template.pieces)
    }

    fn pieces(&self, pieces: &[Piece]) -> bool {
        pieces.iter().all(|piece| match piece {
            Piece::Text(value) => value.range().end <= self.program.text.len(),
            Piece::Slot(slot) => slot.0 < self.slots,
            Piece::Spliced(spliced) if spliced.edits.len() > EDITS_MAX => false,
            Piece::Spliced(spliced) => spliced
                .edits
                .iter()
                .all(|edit| edit.keys.len() == edit.present.len() && !edit.keys.is_empty() && self.pieces(&edit.value)),
        })
    }
}
