//! Which slots an execution that waits may still read: what nobody will read is not kept while it waits.
//!
//! This is the compiler's textbook analysis, backwards from each instruction to those before it. An instruction may fail,
//! and then its state's catchers go on, or its retriers begin it anew; so what these read is live wherever that may happen.

use crate::program::{
    Duration, Fork, ForkKind, Lack, Op, OpOperand, Operand, Pause, Piece, Pool, Program, Slot, TaskSite, Template,
};

/// The live slots of each place in the code where an execution may wait.
#[derive(Debug)]
pub(super) struct Liveness {
    /// For each instruction, which set is that of a frame which goes on there.
    points: Vec<u32>,
    sets: Vec<u64>,
    /// The words of a set; a bit for each slot.
    words: usize,
}

/// No frame waits here, as far as is known.
const NONE: u32 = u32::MAX;
/// The most words of bits that are worked on. Definitions larger than almost all are not looked through: everything is
/// kept then.
pub(super) const WORDS_MAX: usize = 1 << 18;

/// The live slots of a frame; all of them, if nothing is known.
#[derive(Clone, Copy)]
pub(super) struct Live<'l>(Option<&'l [u64]>);

impl Live<'_> {
    #[inline]
    pub fn has(self, slot: usize) -> bool {
        self.0.is_none_or(|set| set[slot / 64] >> (slot % 64) & 1 == 1)
    }

    /// Of what has no slots: all is kept.
    pub const ALL: Live<'static> = Live(None);
}

impl Liveness {
    /// Looks a program through.
    pub fn of(program: &Program) -> Liveness {
        let slots = program.scopes.iter().copied().max().unwrap_or(0);
        let words = usize::from(slots).div_ceil(64).max(1);
        let mut liveness = Liveness { points: Vec::new(), sets: Vec::new(), words };
        if program.code.len() * words > WORDS_MAX {
            return liveness;
        }
        let flow = Flow::of(program);
        let live = flow.solve(words);
        liveness.points = vec![NONE; program.code.len()];
        for (place, op) in program.code.iter().enumerate() {
            if matches!(op, Op::Task { .. } | Op::Wait { .. } | Op::Fork { .. }) && place + 1 < program.code.len() {
                let set = liveness.add(place + 1, &live);
                // What it waits for may fail. Items that have not begun are still to be given what they take along.
                for target in &flow.nodes[place].failing {
                    union(set, &live[*target as usize * words..][..words]);
                }
                if matches!(op, Op::Fork { .. }) {
                    flow.nodes[place].uses.iter().for_each(|slot| insert(set, *slot));
                }
            }
        }
        for state in program.states.iter().filter(|state| !state.retriers.is_empty()) {
            liveness.add(state.retry.0 as usize, &live);
        }
        liveness
    }

    /// Of a frame that goes on at this instruction.
    #[inline]
    pub fn at(&self, pc: u32) -> Live<'_> {
        match self.points.get(pc as usize) {
            None | Some(&NONE) => Live::ALL,
            Some(set) => Live(Some(&self.sets[*set as usize * self.words..][..self.words])),
        }
    }

    /// The set of a place, with what is live there.
    fn add(&mut self, place: usize, live: &[u64]) -> &mut [u64] {
        if self.points[place] == NONE {
            self.points[place] = (self.sets.len() / self.words) as u32;
            self.sets.extend_from_slice(&live[place * self.words..][..self.words]);
        }
        let set = self.points[place] as usize;
        &mut self.sets[set * self.words..][..self.words]
    }
}

/// What each instruction reads and writes, and what follows it.
pub(super) struct Flow {
    pub nodes: Vec<Node>,
}

#[derive(Default)]
pub(super) struct Node {
    pub uses: Vec<Slot>,
    /// Written, unless it fails.
    pub sets: Option<Slot>,
    pub following: Vec<u32>,
    /// Where it goes on after a failure.
    failing: Vec<u32>,
}

impl Flow {
    fn of(program: &Program) -> Flow {
        Flow { nodes: (0..program.code.len()).map(|place| node(program, place)).collect() }
    }

    /// For each instruction the slots that are live before it.
    pub fn solve(&self, words: usize) -> Vec<u64> {
        let before = self.before();
        let mut live = vec![0; self.nodes.len() * words];
        let mut waiting: Vec<u32> = (0..self.nodes.len() as u32).collect();
        let mut is_waiting = vec![true; self.nodes.len()];
        let mut set = vec![0; words];
        while let Some(place) = waiting.pop() {
            is_waiting[place as usize] = false;
            let node = &self.nodes[place as usize];
            let of = |place: &u32| &live[*place as usize * words..][..words];
            set.fill(0);
            node.following.iter().for_each(|next| union(&mut set, of(next)));
            if let Some(Slot(slot)) = node.sets {
                set[usize::from(slot) / 64] &= !(1 << (slot % 64));
            }
            node.failing.iter().for_each(|next| union(&mut set, of(next)));
            node.uses.iter().for_each(|slot| insert(&mut set, *slot));
            let known = &mut live[place as usize * words..][..words];
            if *known != *set {
                known.copy_from_slice(&set);
                let unseen = before[place as usize].iter().filter(|place| !is_waiting[**place as usize]);
                let unseen: Vec<u32> = unseen.copied().collect();
                unseen.iter().for_each(|place| is_waiting[*place as usize] = true);
                waiting.extend(unseen);
            }
        }
        live
    }

    /// For each instruction those that it may follow.
    fn before(&self) -> Vec<Vec<u32>> {
        let mut before = vec![Vec::new(); self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            for next in node.following.iter().chain(&node.failing) {
                before[*next as usize].push(place as u32);
            }
        }
        before
    }
}

fn union(set: &mut [u64], other: &[u64]) {
    set.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

fn insert(set: &mut [u64], slot: Slot) {
    set[usize::from(slot.0) / 64] |= 1 << (slot.0 % 64);
}

fn node(program: &Program, place: usize) -> Node {
    let op = program.code[place];
    let mut node = Node::default();
    let writes = writes(op);
    op.describe(&mut |name, operand| match operand {
        OpOperand::Slot(slot) if name == "to" && writes => node.sets = Some(slot),
        OpOperand::Slot(Slot::NONE) => {}
        OpOperand::Slot(slot) => node.uses.push(slot),
        OpOperand::Label(label) => node.following.push(label.0),
        OpOperand::Pool(pool, id) => pool_uses(program, pool, id as usize, &mut node),
        OpOperand::Register(_) | OpOperand::Number(_) | OpOperand::Field(_) => {}
    });
    if let Op::Call { first, count, .. } = op {
        node.uses.extend((first.0..first.0 + u16::from(count)).map(Slot));
    }
    let ends =
        matches!(op, Op::Jump { .. } | Op::Succeed { .. } | Op::Fail { .. } | Op::Raise { .. } | Op::Switch { .. });
    if !ends && place + 1 < program.code.len() {
        node.following.push(place as u32 + 1);
    }
    let state = &program.states[program.sites[place].0 as usize];
    node.failing.extend(state.catchers.iter().map(|catcher| catcher.target.0));
    if !state.retriers.is_empty() {
        node.failing.push(state.retry.0);
    }
    node
}

/// Whether the instruction writes its `to` whatever stands there. (`Assign` counts the bytes that it replaces, `Reach`
/// looks whether there is something.)
fn writes(op: Op) -> bool {
    matches!(
        op,
        Op::Set { .. }
            | Op::Copy { .. }
            | Op::Write { .. }
            | Op::Context { .. }
            | Op::Select { .. }
            | Op::Insert { .. }
            | Op::Call { .. }
            | Op::Yield { .. }
    )
}

/// What is read, and where it may go on, because of a place in one of the program's pools.
fn pool_uses(program: &Program, pool: Pool, id: usize, node: &mut Node) {
    match pool {
        Pool::Lack => lack_uses(program, &program.lacks[id], node),
        Pool::Requirements => {
            for (slot, lack) in &program.requirements[id] {
                node.uses.push(*slot);
                lack_uses(program, &program.lacks[lack.0 as usize], node);
            }
        }
        Pool::Template => template_uses(&program.templates[id], node),
        Pool::Transition => {
            let transition = &program.transitions[id];
            template_uses(&program.templates[transition.document.0 as usize], node);
            node.uses.extend(transition.assigned.iter().map(|(_, slot)| *slot));
        }
        Pool::Insertion => node.uses.extend([program.insertions[id].base, program.insertions[id].value]),
        Pool::Comparison => {
            let comparison = &program.comparisons[id];
            node.uses.extend(if let Operand::Slot(slot) = comparison.operand { Some(slot) } else { None });
            node.following.extend(comparison.branch.map(|(_, target)| target.0));
            comparison.lack.iter().for_each(|lack| lack_uses(program, &program.lacks[lack.0 as usize], node));
        }
        Pool::Switch => {
            let switch = &program.switches[id];
            lack_uses(program, &program.lacks[switch.lack.0 as usize], node);
            node.following.extend(switch.cases.targets().map(|label| label.0));
            node.following.sort_unstable();
            node.following.dedup();
        }
        Pool::TaskSite => task_uses(program, &program.task_sites[id], node),
        Pool::Pause => match &program.pauses[id] {
            Pause::Seconds { slot, .. } | Pause::Timestamp { slot, .. } => node.uses.push(*slot),
            Pause::Milliseconds(_) | Pause::Until(_) => {}
        },
        Pool::Fork => fork_uses(&program.forks[id], node),
        Pool::Reach => node.uses.extend(&program.expressions.reaches[id].through),
        // Its body is run before the expression ends.
        Pool::Lambda => node.following.push(program.expressions.lambdas[id].entry.0),
        Pool::Run
        | Pool::Constant
        | Pool::Set
        | Pool::Query
        | Pool::Wanted
        | Pool::Literal
        | Pool::Regex
        | Pool::Names
        | Pool::Callee
        | Pool::Fault => {}
    }
}

fn lack_uses(program: &Program, lack: &Lack, node: &mut Node) {
    if let Lack::Field { input, .. } | Lack::Path { input, .. } | Lack::Placement { input, .. } = lack {
        template_uses(&program.templates[input.0 as usize], node);
    }
}

pub(super) fn template_uses(template: &Template, node: &mut Node) {
    let mut pieces: Vec<&Piece> = template.pieces.iter().collect();
    while let Some(piece) = pieces.pop() {
        match piece {
            Piece::Text(_) => {}
            Piece::Slot(slot) => node.uses.push(*slot),
            Piece::Spliced(spliced) => {
                node.uses.push(spliced.base);
                for edit in &spliced.edits {
                    node.uses.extend(&edit.present);
                    pieces.extend(&edit.value);
                }
            }
        }
    }
}

fn task_uses(program: &Program, site: &TaskSite, node: &mut Node) {
    for template in [Some(site.parameters), site.credentials].into_iter().flatten() {
        template_uses(&program.templates[template.0 as usize], node);
    }
    node.uses.extend([&site.timeout, &site.heartbeat].into_iter().filter_map(duration_slot));
}

fn fork_uses(fork: &Fork, node: &mut Node) {
    let branches = match &fork.kind {
        ForkKind::Branches { input, branches } => {
            node.uses.push(*input);
            branches.as_slice()
        }
        ForkKind::Items { items, concurrency, branch, .. } => {
            node.uses.push(*items);
            node.uses.extend(duration_slot(concurrency));
            std::slice::from_ref(branch)
        }
    };
    node.uses.extend(branches.iter().flat_map(|branch| branch.captures.iter().map(|(from, _)| *from)));
}

fn duration_slot(duration: &Duration) -> Option<Slot> {
    if let Duration::Slot { slot, .. } = duration { Some(*slot) } else { None }
}
