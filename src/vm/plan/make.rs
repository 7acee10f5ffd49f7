//! Makes a plan: runs a program through, with what is known, up to each test and output.

use super::ending::{Known, Output};
use super::live::Live;
use super::probe::{Interval, Kinds};
use super::splice;
use super::state::{Held, State, Told};
use super::{Document, Duties, End, Entered, Node, NodeId, Plan, Step, Table};
use crate::json::{self, Value};
use crate::program::{
    Comparison, ConstantId, Op, Operand, Piece, Program, RunId, Slot, SwitchId, Template, TemplateId,
};
use crate::vm::choose::{compare, switch};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

/// Straight runs on one way, at most: what ends a loop of states.
const RUNS_MAX: usize = 32;
/// Values that are looked at before all else, whether they are objects.
const OBJECTS_MAX: usize = 8;
/// Instructions and parts of states that are looked at, and bytes of outputs. Larger programs have no plan.
const WORK_MAX: u64 = 1 << 18;

struct Maker<'p> {
    program: &'p Program,
    charging: Charging,
    live: Live,
    plan: Plan,
    /// The node of each state that was reached, and those whose nodes are not made yet.
    known: HashMap<Rc<State>, NodeId>,
    waiting: VecDeque<Rc<State>>,
    tables: HashMap<SwitchId, u32>,
    /// What may still be looked at.
    work: u64,
}

/// Where it is said what was entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charging {
    AtEnds,
    AtNodes,
}

/// What an instruction means for a plan.
enum Sense {
    /// It is done with.
    Done,
    /// It is a test or an output: a node.
    Node,
    /// The way is given up.
    Open,
}

impl Plan {
    /// The plan of a program, if it has one by which executions may succeed.
    pub fn of(program: &Program) -> Option<Plan> {
        if program.history {
            return None;
        }
        let plan = make(program, Charging::AtEnds).or_else(|| make(program, Charging::AtNodes))?;
        plan.nodes.iter().any(|node| matches!(node.step, Step::End(_))).then_some(plan)
    }
}

/// None where there would be too many nodes.
fn make(program: &Program, charging: Charging) -> Option<Plan> {
    let mut maker = Maker::new(program, charging)?;
    maker.reach(State::default(), None);
    let nodes_max = 4 * program.code.len() + 64;
    while let Some(state) = maker.waiting.pop_front() {
        let node = maker.node(&state);
        maker.plan.nodes.push(node);
        if maker.known.len() > nodes_max || maker.work == 0 {
            return None;
        }
    }
    Some(maker.plan)
}

impl<'p> Maker<'p> {
    fn new(program: &'p Program, charging: Charging) -> Option<Maker<'p>> {
        let (nodes, tables, objects) = (Vec::new(), Vec::new(), Vec::new());
        let plan = Plan { nodes, tables, objects, line_bytes_max: usize::MAX };
        let (known, waiting, tables) = (HashMap::new(), VecDeque::new(), HashMap::new());
        // No way has more instructions than were looked at, and so none that an execution would be stopped for.
        let work = WORK_MAX.min(program.limits.instructions);
        Some(Maker { program, charging, live: Live::of(program)?, plan, known, waiting, tables, work })
    }

    /// The node that a state comes to.
    fn reach(&mut self, mut state: State, told: Option<Told>) -> NodeId {
        if !self.advance(&mut state, told) {
            return NodeId::NONE;
        }
        self.live.restrict(&mut state);
        self.count(state.len());
        if let Some(node) = self.known.get(&state) {
            return *node;
        }
        let (state, node) = (Rc::new(state), NodeId(self.known.len() as u32));
        self.known.insert(state.clone(), node);
        self.waiting.push_back(state);
        node
    }

    /// Goes on to the next node, if there is one.
    fn advance(&mut self, state: &mut State, told: Option<Told>) -> bool {
        while self.work > 0 {
            self.count(1);
            match self.pass(state, told) {
                Sense::Done => {}
                Sense::Node => return true,
                Sense::Open => return false,
            }
        }
        false
    }

    fn count(&mut self, work: usize) {
        self.work = self.work.saturating_sub(work as u64);
    }

    /// Goes past an instruction.
    fn pass(&mut self, state: &mut State, told: Option<Told>) -> Sense {
        let program = self.program;
        let mut next = state.pc + 1;
        match program.code[state.pc] {
            Op::Charge { run } if state.runs.len() < RUNS_MAX => state.runs.push(run),
            Op::Require { slot, .. } if state.require(slot) => {}
            Op::RequireAll { list }
                if program.requirements[list.0 as usize].iter().all(|(slot, _)| state.require(*slot)) => {}
            Op::RequireObject { slot, .. } if self.is_object(state.held(slot)) => {}
            Op::Set { to, constant } => state.set(to, self.held(constant)),
            Op::Copy { to, from } => state.set(to, state.held(from)),
            Op::Negate {} => state.condition = !state.condition,
            Op::Unless { target } if !state.condition => next = target.0 as usize,
            Op::When { target } if state.condition => next = target.0 as usize,
            Op::Unless { .. } | Op::When { .. } => {}
            Op::Jump { target } => next = target.0 as usize,
            Op::Limit { template } if self.fits(template) => {}
            Op::Succeed { template } if self.fits(template) => return Sense::Node,
            Op::Switch { slot, table } => match state.held(slot) {
                Held::Read(_) => return Sense::Node,
                Held::Constant(constant) => {
                    let text = self.constant(constant);
                    next = switch(&program.switches[table.0 as usize].cases, text).0 as usize;
                }
                Held::Nothing => return Sense::Open,
            },
            Op::Compare { left, comparison } => {
                return self.pass_comparison(state, left, &program.comparisons[comparison.0 as usize], told);
            }
            _ => return Sense::Open,
        }
        state.pc = next;
        Sense::Done
    }

    fn pass_comparison(&self, state: &mut State, left: Slot, comparison: &Comparison, told: Option<Told>) -> Sense {
        let here = state.comparison(self.program, comparison);
        let constant = match state.held(left) {
            Held::Read(slot) => match told.and_then(|told| told.answer(slot, comparison)) {
                None => return Sense::Node,
                Some(answer) => {
                    state.decide(comparison, answer);
                    return Sense::Done;
                }
            },
            Held::Nothing if comparison.lack.is_some() => return Sense::Open,
            Held::Nothing => Value::MISSING,
            Held::Constant(constant) => self.program.constants[constant.0 as usize],
        };
        if let Operand::Slot(_) = here.operand {
            return Sense::Open;
        }
        let texts = json::Texts { line: &[], arena: &[], constants: &self.program.text };
        state.decide(comparison, compare(&here, constant, &[], texts));
        Sense::Done
    }

    fn held(&self, constant: ConstantId) -> Held {
        let is_missing = self.program.constants[constant.0 as usize].is_missing();
        if is_missing { Held::Nothing } else { Held::Constant(constant) }
    }

    fn constant(&self, constant: ConstantId) -> &'p [u8] {
        &self.program.text[self.program.constants[constant.0 as usize].range()]
    }

    /// Whether it is an object, or can be looked at before all else.
    fn is_object(&mut self, held: Held) -> bool {
        match held {
            Held::Nothing => true,
            Held::Constant(constant) => self.constant(constant).first() == Some(&b'{'),
            Held::Read(slot) if self.plan.objects.contains(&slot) => true,
            Held::Read(slot) => {
                self.plan.objects.push(slot);
                self.plan.objects.len() <= OBJECTS_MAX
            }
        }
    }

    /// Whether lines of some length cannot make the document too large.
    fn fits(&mut self, template: TemplateId) -> bool {
        let template = &self.program.templates[template.0 as usize];
        let limit = self.program.limits.payload_bytes;
        let Some(rest) = template.bytes.and_then(|bytes| limit.checked_sub(bytes as usize)) else { return false };
        let line_bytes_max = rest.checked_div(template.inputs as usize).unwrap_or(usize::MAX);
        self.plan.line_bytes_max = self.plan.line_bytes_max.min(line_bytes_max);
        true
    }

    /// The node of a state that has come to one.
    fn node(&mut self, state: &State) -> Node {
        let mut present = state.present.clone();
        let step = match self.program.code[state.pc] {
            Op::Succeed { template } => self.end(state, template, &mut present),
            Op::Switch { slot, table } => self.lookup(state, slot, table),
            Op::Compare { left, comparison } => {
                self.test(state, left, &self.program.comparisons[comparison.0 as usize], &mut present)
            }
            _ => unreachable!("only these are nodes"),
        };
        let present: Box<[Slot]> = present.into_iter().collect();
        let is_told = self.charging == Charging::AtNodes && !matches!(step, Step::End(_));
        let entered = self.entered(if is_told { &state.runs } else { &[] });
        let has_duties = !present.is_empty() || !entered.runs.is_empty();
        Node { duties: has_duties.then(|| Box::new(Duties { present, entered })), step }
    }

    fn entered(&self, runs: &[RunId]) -> Entered {
        let transitions = runs.iter().map(|run| self.program.runs[run.0 as usize].entered.len() as u64);
        Entered { runs: runs.into(), transitions: transitions.sum() }
    }

    /// Behind a node, at an instruction.
    fn after(&self, state: &State, pc: usize) -> State {
        let runs = if self.charging == Charging::AtEnds { state.runs.clone() } else { Vec::new() };
        State { pc, condition: state.condition, changed: state.changed.clone(), runs, present: BTreeSet::new() }
    }

    fn test(&mut self, state: &State, left: Slot, comparison: &Comparison, present: &mut BTreeSet<Slot>) -> Step {
        let Held::Read(slot) = state.held(left) else { unreachable!("what is known is compared at once") };
        let here = state.comparison(self.program, comparison);
        let interval = Interval::of(&here);
        let is_present = comparison.lack.is_some() || present.contains(&slot);
        let ways = [false, true].map(|holds| {
            let mut next = self.after(state, state.pc);
            next.decide(comparison, holds);
            let told = interval.map(|interval| Told { slot, interval, holds, is_present: is_present || holds });
            self.reach(next, told)
        });
        let absent = |holds: bool| if comparison.lack.is_some() { NodeId::NONE } else { ways[usize::from(holds)] };
        match (Kinds::of(&here, &self.program.text), interval) {
            (Some(kinds), _) => Step::Kind { slot, kinds, ways, absent: absent(kinds.hold(0)) },
            (None, Some(interval)) => Step::Number { slot, interval, ways, absent: absent(false) },
            (None, None) => {
                present.extend(comparison.lack.map(|_| slot));
                Step::Compare { slot, comparison: Box::new(here), ways }
            }
        }
    }

    fn lookup(&mut self, state: &State, slot: Slot, id: SwitchId) -> Step {
        let Held::Read(slot) = state.held(slot) else { unreachable!("what is known is looked up at once") };
        let table = *self.tables.entry(id).or_insert_with(|| {
            self.plan.tables.push(Table::new(&self.program.switches[id.0 as usize]));
            self.plan.tables.len() as u32 - 1
        });
        let targets = self.plan.tables[table as usize].targets.clone();
        self.count(targets.len());
        let ways = targets.iter().map(|target| self.reach(self.after(state, target.0 as usize), None));
        Step::Switch { slot, table, ways: ways.collect() }
    }

    fn end(&mut self, state: &State, template: TemplateId, present: &mut BTreeSet<Slot>) -> Step {
        let template = &self.program.templates[template.0 as usize];
        let document = self.joined(state, template, present).map(Document::Joined);
        let document = document.or_else(|| splice::here(self.program, state, template).map(Document::Spliced));
        let end = |document| End { entered: self.entered(&state.runs), document };
        document.map_or(Step::Open, |document| Step::End(Box::new(end(document))))
    }

    /// An output without parts put into values. What it writes need not be looked for before.
    fn joined(&mut self, state: &State, template: &Template, present: &mut BTreeSet<Slot>) -> Option<Output> {
        let known = |piece: &Piece| match piece {
            Piece::Text(text) => Some(Known::Text(&self.program.text[text.range()])),
            Piece::Slot(slot) => Some(match state.held(*slot) {
                Held::Read(slot) => Known::Slot(slot),
                Held::Constant(constant) => Known::Text(self.constant(constant)),
                Held::Nothing => Known::Text(b""),
            }),
            Piece::Spliced(_) => None,
        };
        let known = template.pieces.iter().map(known).collect::<Option<Vec<Known<'_>>>>()?;
        let output = Output::new(&known, |slot| present.contains(&slot));
        for piece in known {
            if let Known::Slot(slot) = piece {
                present.remove(&slot);
            }
        }
        self.count(output.bytes());
        Some(output)
    }
}
