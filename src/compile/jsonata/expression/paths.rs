//! Paths: steps one inside another as loops; what only looks up names is one instruction.

use super::emit::{Context, ContextKind, Emitter};
use super::loops::is_truth;
use super::{Located, is_bare};
use crate::builtin::jsonata::Item;
use crate::program::{Op, Register};
use crate::query::jsonata::ast::{Group, Kind, Node, Path, Stage, Step};

/// Where the values come from that a step is applied to.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// The context of the whole path.
    Context(Context),
    /// What a step before gave.
    Step(Register),
    /// An array whose items are gone through, even if it was constructed in the path.
    Items(Register),
    /// One value, an array or not.
    Single(Register),
}

/// What becomes of what a path finds.
#[derive(Clone, Copy)]
pub(super) struct Sink {
    pub to: Register,
    pub how: How,
}

/// How the results of a path come together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Gathered,
    /// `$sum` of them.
    Summed,
    /// `$count` of them.
    Counted,
}

impl Sink {
    pub fn gather(to: Register) -> Sink {
        Sink { to, how: How::Gathered }
    }

    /// The instruction that takes one result.
    fn take(self, from: Register) -> Op {
        let to = self.to;
        match self.how {
            How::Gathered => Op::Gather { to, from },
            How::Summed => Op::Sum { to, from },
            How::Counted => Op::Count { to, from },
        }
    }
}

impl<'e> Emitter<'e, '_> {
    /// `$sum` or `$count` of a path, without a sequence being made; false where that would not be the same.
    pub fn aggregate(&mut self, path: &'e Path, how: How, context: Context, to: Register) -> bool {
        let (Some(first), Some(last)) = (path.steps.first(), path.steps.last()) else { return false };
        let is_odd = |step: &Step| step.tuple || matches!(step.node.kind, Kind::Sort(_));
        let is_flat = last.stages.is_empty() && !matches!(last.node.kind, Kind::Array { .. } | Kind::Name(_));
        if first.whole || !is_flat || path.keep_singleton || path.tuple || path.steps.iter().any(is_odd) {
            return false;
        }
        let found = self.register();
        self.set(found, if how == How::Counted { Item::number(0.0) } else { Item::Undefined });
        self.steps_from(&path.steps, context, Sink { to: found, how });
        if how == How::Summed {
            self.emit(Op::Total { value: found });
        }
        self.emit(Op::Move { to, from: found });
        true
    }

    /// A path; one item stays an array if `keeps`.
    pub fn path(&mut self, path: &'e Path, keeps: bool, group: Option<&'e Group>, context: Context, to: Register) {
        if let Some(tuples) = path.steps.iter().position(|step| step.tuple) {
            return self.tuple_path((path, tuples), keeps, group, context, to);
        }
        if !keeps && group.is_none() && self.plain_path(path, context, to) {
            return;
        }
        // The context may be in the register that the result goes to.
        let found = self.register();
        self.set(found, Item::Undefined);
        self.steps_from(&path.steps, context, Sink::gather(found));
        match group {
            None if keeps => self.emit(Op::FinishKeeping { value: found }),
            None => self.emit(Op::Finish { value: found }),
            Some(group) => {
                self.emit(Op::Close { value: found });
                self.group(group, found);
            }
        }
        self.emit(Op::Move { to, from: found });
    }

    /// A path that one instruction follows to its end.
    fn plain_path(&mut self, path: &'e Path, context: Context, to: Register) -> bool {
        if let Some((located, used)) = self.known_part(&path.steps, context).filter(|(_, used)| *used > 0) {
            if used == path.steps.len() {
                self.load(located, to);
                return true;
            }
            let Some(names) = names(&path.steps[used..]) else { return false };
            let from = self.register();
            self.load(located, from);
            self.follow(to, from, &names);
            return true;
        }
        let (from, steps) = match path.steps.split_first() {
            Some((first, rest))
                if is_bare(first) && !rest.is_empty() && matches!(first.node.kind, Kind::Variable(_)) =>
            {
                (self.operand(&first.node, context), rest)
            }
            _ => (context.register, &path.steps[..]),
        };
        let Some(names) = names(steps) else { return false };
        self.follow(to, from, &names);
        true
    }

    /// The steps of a path, applied to its context; their results go into `to`.
    pub fn steps_from(&mut self, steps: &'e [Step], context: Context, to: Sink) {
        match self.known_part(steps, context) {
            Some((located, used)) if used > 0 => {
                let value = self.register();
                self.load(located, value);
                self.steps(&steps[used..], Source::Step(value), to);
            }
            _ => self.steps(steps, Source::Context(context), to),
        }
    }

    /// The longest part of a path that leads to a document of the workflow.
    fn known_part(&mut self, steps: &'e [Step], context: Context) -> Option<(Located, usize)> {
        let first = steps.first()?;
        match &first.node.kind {
            Kind::Variable(name) if name.is_empty() && context.kind != ContextKind::Top => return None,
            Kind::Variable(name) if !name.is_empty() && &**name != "$" && self.lookup(name).is_some() => return None,
            Kind::Name(_) if context.kind != ContextKind::Top => return None,
            Kind::Variable(_) | Kind::Name(_) => {}
            _ => return None,
        }
        let is_known = |step: &&Step| is_bare(step) && matches!(step.node.kind, Kind::Variable(_) | Kind::Name(_));
        let path = Path { steps: steps.iter().take_while(is_known).cloned().collect(), ..Path::default() };
        let (bindings, lowering) = (self.bindings, &mut *self.lowering);
        if path.steps.is_empty() { None } else { lowering.locate(&path, bindings) }
    }

    pub fn steps(&mut self, steps: &'e [Step], source: Source, to: Sink) {
        if let Some(sort) = steps.iter().position(|step| matches!(step.node.kind, Kind::Sort(_))) {
            return self.sorted(steps, sort, source, to);
        }
        let names = self.name_run(steps);
        match (steps.split_first(), source) {
            (None, Source::Context(context)) => self.emit(to.take(context.register)),
            (None, Source::Step(value) | Source::Items(value) | Source::Single(value)) => self.emit(to.take(value)),
            // One instruction would take a constructed array for one item.
            _ if names > 0 && !matches!(source, Source::Items(_)) => self.name_steps(steps, names, source, to),
            (Some((step, rest)), Source::Context(context)) if is_unlooped(step, context) => {
                self.one_step(step, rest, context, to)
            }
            (Some((step, rest)), Source::Single(value)) => self.one_step(step, rest, Self::context(value), to),
            (Some((step, rest)), source) => {
                let looped = self.open_loop(|iterator| match source {
                    Source::Context(context) => Op::IterateContext { iterator, over: context.register },
                    Source::Items(over) => Op::Iterate { iterator, over },
                    Source::Step(over) | Source::Single(over) => Op::IterateStep { iterator, over },
                });
                self.one_step(step, rest, Self::context(looped.item()), to);
                self.close_loop(&looped);
            }
        }
    }

    /// How many steps are names that one instruction can follow.
    fn name_run(&self, steps: &[Step]) -> usize {
        let is_name = |step: &&Step| matches!(step.node.kind, Kind::Name(_));
        let bare = steps.iter().take_while(|step| is_name(step) && is_bare(step)).count();
        // A filter that names no place may be applied to what all steps found.
        let filtered = steps.get(bare).filter(is_name).is_some_and(|step| {
            let truths = |stage: &Stage| matches!(stage, Stage::Filter(predicate) if is_truth(predicate));
            step.stages.len() == 1 && step.stages.iter().all(truths) && step.node.group.is_none()
        });
        bare + usize::from(filtered)
    }

    fn name_steps(&mut self, steps: &'e [Step], count: usize, source: Source, to: Sink) {
        let name = |step: &'e Step| match &step.node.kind {
            Kind::Name(name) => Some(&**name),
            _ => None,
        };
        let names: Vec<&str> = steps[..count].iter().filter_map(name).collect();
        let from = match source {
            Source::Context(context) => context.register,
            Source::Step(value) | Source::Items(value) | Source::Single(value) => value,
        };
        let value = self.register();
        self.follow(value, from, &names);
        let (last, rest) = (&steps[count - 1], &steps[count..]);
        match last.stages.first() {
            Some(Stage::Filter(predicate)) => self.let_through(predicate, value, rest, to),
            _ => self.steps(rest, Source::Step(value), to),
        }
    }

    /// Applies the rest of the steps to what the predicate lets through.
    fn let_through(&mut self, predicate: &'e Node, value: Register, rest: &'e [Step], to: Sink) {
        let looped = self.open_loop(|iterator| Op::Iterate { iterator, over: value });
        self.unless(predicate, Self::context(looped.item()), looped.next);
        match rest {
            [] => self.emit(Op::Keep { to: to.to, from: looped.item() }),
            rest => self.steps(rest, Source::Single(looped.item()), to),
        }
        self.close_loop(&looped);
    }

    /// One step, applied to one value, and the steps behind it applied to what it gives.
    fn one_step(&mut self, step: &'e Step, rest: &'e [Step], context: Context, to: Sink) {
        let value = self.register();
        self.into(&step.node, context, value);
        let mut stages = step.stages.iter().peekable();
        while let Some(stage) = stages.next() {
            let Stage::Filter(predicate) = stage else { continue };
            if stages.peek().is_none() && is_truth(predicate) {
                return self.let_through(predicate, value, rest, to);
            }
            self.filter(predicate, value);
        }
        let source = if step.whole && !rest.is_empty() { Source::Items(value) } else { Source::Step(value) };
        if let Source::Items(from) = source {
            self.emit(Op::KeepEmpty { to: to.to, from });
        }
        self.steps(rest, source, to);
    }

    /// Steps with `^(…)` among them: what comes before is gathered, sorted, and gone on from.
    fn sorted(&mut self, steps: &'e [Step], sort: usize, source: Source, to: Sink) {
        let value = self.register();
        self.set(value, Item::Undefined);
        match source {
            Source::Context(context) => self.steps_from(&steps[..sort], context, Sink::gather(value)),
            source => self.steps(&steps[..sort], source, Sink::gather(value)),
        }
        self.emit(Op::Close { value });
        if sort == 1 && steps[0].whole && steps[0].stages.is_empty() {
            // An array in front of the path is what is sorted; it is not an item.
            self.emit(Op::Settle { value });
        }
        let Kind::Sort(terms) = &steps[sort].node.kind else { return };
        self.sort(terms, value, None);
        for stage in &steps[sort].stages {
            if let Stage::Filter(predicate) = stage {
                self.filter(predicate, value);
            }
        }
        self.steps(&steps[sort + 1..], Source::Step(value), to);
    }

    /// A step that is no expression of its own: a name, `*`, `**`.
    pub fn step(&mut self, node: &'e Node, context: Context, to: Register) {
        let from = context.register;
        match &node.kind {
            Kind::Name(name) => self.follow(to, from, &[name]),
            Kind::Wildcard => self.emit(Op::Wildcard { to, from }),
            Kind::Descendant => self.emit(Op::Descend { to, from }),
            _ => self.emit(Op::Move { to, from }),
        }
    }
}

/// Whether a first step is evaluated once, for the context as a whole.
fn is_unlooped(step: &Step, context: Context) -> bool {
    step.whole || context.kind == ContextKind::Nothing || matches!(step.node.kind, Kind::Variable(_))
}

/// The names of steps that do nothing but look up names.
fn names(steps: &[Step]) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for step in steps {
        match &step.node.kind {
            Kind::Name(name) if is_bare(step) => names.push(&**name),
            _ => return None,
        }
    }
    Some(names)
}
