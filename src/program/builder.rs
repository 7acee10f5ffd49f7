//! Puts a program together: code with labels that are resolved at the end, pools without doubles.

use super::{
    Callee, CalleeId, Comparison, ComparisonId, ConstantId, Expressions, FaultId, Fork, ForkId, ForkKind, Identity,
    Insertion, InsertionId, Label, Lack, LackId, Lambda, LambdaId, LiteralId, Name, NamesId, Noted, Op, Pause, PauseId,
    Program, Query, QueryId, Reach, ReachId, RegexId, RequirementsId, Run, RunId, SetId, Slot, StateId, StateInfo,
    Switch, SwitchId, TaskInfo, TaskSite, TaskSiteId, Template, TemplateId, Transition, TransitionId, Wanted, WantedId,
};
use crate::builtin::jsonata::{Fault, Item, Regex};
use crate::json::{self, ReadSet, Source, Step, Table, Value};
use crate::usage::Limits;
use std::collections::HashMap;

/// A program in the making. Labels are numbers handed out by [`label`](Builder::label) until [`finish`](Builder::finish).
#[derive(Debug, Default)]
pub struct Builder {
    code: Vec<Op>,
    sites: Vec<StateId>,
    site: Option<StateId>,
    labels: Vec<u32>,
    text: Vec<u8>,
    known_text: HashMap<Box<[u8]>, Value>,
    known_constants: HashMap<Option<Box<[u8]>>, ConstantId>,
    constants: Vec<Value>,
    templates: Vec<Template>,
    sets: Vec<ReadSet>,
    queries: Vec<Query>,
    insertions: Vec<Insertion>,
    comparisons: Vec<Comparison>,
    switches: Vec<Switch>,
    lacks: Vec<Lack>,
    requirements: Vec<Vec<(Slot, LackId)>>,
    /// Where the latest label is: what follows it can be reached without what stands before.
    fence: usize,
    task_sites: Vec<TaskSite>,
    pauses: Vec<Pause>,
    forks: Vec<Fork>,
    transitions: Vec<Transition>,
    wanted: Vec<Wanted>,
    /// The pools of JSONata expressions.
    pub expressions: Expressions,
    runs: Vec<Run>,
    /// The states; filled in by whoever builds.
    pub states: Vec<StateInfo>,
    /// The tasks; filled in by whoever builds.
    pub tasks: Vec<TaskInfo>,
}

/// What a finished program needs beside its code and pools.
#[derive(Debug)]
pub struct Frame {
    /// How many slots the frames of each scope have.
    pub scopes: Vec<u16>,
    /// The paths read in the input.
    pub input_set: SetId,
    /// Who the machine is.
    pub identity: Identity,
    /// What an execution may use.
    pub limits: Limits,
    /// The definition's size.
    pub definition_bytes: usize,
    /// Whether transitions are recorded.
    pub history: bool,
}

/// A template that is the same as one of so many before it is that one.
const RECENT: usize = 8;

/// A label that was not bound yet.
const UNBOUND: u32 = u32::MAX;

fn push<T>(pool: &mut Vec<T>, item: T) -> u32 {
    pool.push(item);
    pool.len() as u32 - 1
}

/// The place of an equal one among the latest, or of the one added. Pools of expressions hold at most 65,536; the
/// compiler refuses programs that have more.
fn known_or_new<T: PartialEq>(pool: &mut Vec<T>, item: T) -> u16 {
    let recent = pool.iter().rev().take(64).position(|known| *known == item);
    match recent {
        Some(back) => (pool.len() - 1 - back) as u16,
        None => push(pool, item) as u16,
    }
}

impl Builder {
    /// The state that the instructions from here on belong to.
    pub fn at(&mut self, site: StateId) {
        self.site = Some(site);
    }

    /// Adds an instruction, or joins it with the one before where the two can be one.
    pub fn emit(&mut self, op: Op) {
        if self.code.len() > self.fence && self.join(op) {
            return;
        }
        self.code.push(op);
        self.sites.push(self.site.unwrap_or(StateId(0)));
    }

    /// Makes the latest instruction and this one a single one, if there is such an instruction.
    fn join(&mut self, op: Op) -> bool {
        let last = self.code.len() - 1;
        let joined = match (self.code[last], op) {
            (Op::Require { slot, lack }, Op::Require { slot: next, lack: next_lack }) => {
                let list = RequirementsId(push(&mut self.requirements, vec![(slot, lack), (next, next_lack)]));
                Op::RequireAll { list }
            }
            (Op::RequireAll { list }, Op::Require { slot, lack }) => {
                self.requirements[list.0 as usize].push((slot, lack));
                Op::RequireAll { list }
            }
            (Op::Require { slot, lack }, Op::Compare { left, comparison }) if slot == left => {
                self.comparisons[comparison.0 as usize].lack = Some(lack);
                op
            }
            (Op::Require { slot, .. }, Op::Switch { slot: value, .. }) if slot == value => op,
            (Op::Compare { comparison, .. }, Op::When { target } | Op::Unless { target }) => {
                let wanted = matches!(op, Op::When { .. });
                self.comparisons[comparison.0 as usize].branch = Some((wanted, target));
                self.code[last]
            }
            (Op::Limit { template }, Op::Succeed { template: output }) if template == output => op,
            _ => return false,
        };
        self.code[last] = joined;
        true
    }

    /// A new label.
    pub fn label(&mut self) -> Label {
        Label(push(&mut self.labels, UNBOUND))
    }

    /// Puts the label before the next instruction. A jump to just there is none.
    pub fn bind(&mut self, label: Label) {
        if self.code.len() > self.fence && self.code.last() == Some(&Op::Jump { target: label }) {
            self.code.pop();
            self.sites.pop();
        }
        self.labels[label.0 as usize] = self.code.len() as u32;
        self.fence = self.code.len();
    }

    /// JSON text among the constants.
    pub fn text(&mut self, text: &[u8]) -> Value {
        if let Some(known) = self.known_text.get(text) {
            return *known;
        }
        let start = self.text.len();
        self.text.extend_from_slice(text);
        let value = Value::new(Source::Constant, start, self.text.len());
        self.known_text.insert(text.into(), value);
        value
    }

    /// A constant; `None` is no value at all.
    pub fn constant(&mut self, text: Option<&[u8]>) -> ConstantId {
        let key = text.map(Box::from);
        if let Some(known) = self.known_constants.get(&key) {
            return *known;
        }
        let value = text.map_or(Value::MISSING, |text| self.text(text));
        let id = ConstantId(push(&mut self.constants, value));
        self.known_constants.insert(key, id);
        id
    }

    /// A document; the same one again is not kept twice in a row.
    pub fn template(&mut self, template: Template) -> TemplateId {
        let recent = self.templates.iter().rev().take(RECENT).position(|known| *known == template);
        TemplateId(match recent {
            Some(back) => (self.templates.len() - 1 - back) as u32,
            None => push(&mut self.templates, template),
        })
    }

    /// Whether a template is so near that an equal one would not be kept.
    pub fn is_recent(&self, template: TemplateId) -> bool {
        self.templates.len() <= template.0 as usize + RECENT
    }

    /// A set of paths and their slots, and of arrays whose items are noted.
    pub fn set(&mut self, paths: Vec<(Vec<Step>, u16)>, tables: &[Table]) -> SetId {
        if paths.is_empty() && tables.is_empty() && !self.sets.is_empty() {
            return SetId(0);
        }
        SetId(push(&mut self.sets, ReadSet::with_tables(paths, tables)))
    }

    /// A query. There are at most 65,536.
    pub fn query(&mut self, query: Query) -> QueryId {
        let known = self.queries.iter().position(|known| *known == query);
        QueryId(known.unwrap_or_else(|| push(&mut self.queries, query) as usize) as u16)
    }

    /// An insertion.
    pub fn insertion(&mut self, insertion: Insertion) -> InsertionId {
        InsertionId(push(&mut self.insertions, insertion))
    }

    /// A comparison.
    pub fn comparison(&mut self, comparison: Comparison) -> ComparisonId {
        ComparisonId(push(&mut self.comparisons, comparison))
    }

    /// A table.
    pub fn switch(&mut self, switch: Switch) -> SwitchId {
        SwitchId(push(&mut self.switches, switch))
    }

    /// What an instruction says when it fails.
    pub fn lack(&mut self, lack: Lack) -> LackId {
        LackId(push(&mut self.lacks, lack))
    }

    /// A call of a task.
    pub fn task_site(&mut self, site: TaskSite) -> TaskSiteId {
        TaskSiteId(push(&mut self.task_sites, site))
    }

    /// A wait.
    pub fn pause(&mut self, pause: Pause) -> PauseId {
        PauseId(push(&mut self.pauses, pause))
    }

    /// Branches or items.
    pub fn fork(&mut self, fork: Fork) -> ForkId {
        ForkId(push(&mut self.forks, fork))
    }

    /// A state's entry or exit.
    pub fn transition(&mut self, transition: Transition) -> TransitionId {
        TransitionId(push(&mut self.transitions, transition))
    }

    /// What a JSONata expression must give.
    pub fn wanted(&mut self, wanted: Wanted) -> WantedId {
        WantedId(push(&mut self.wanted, wanted))
    }

    /// A constant of expressions.
    pub fn literal(&mut self, item: Item) -> LiteralId {
        LiteralId(known_or_new(&mut self.expressions.literals, item))
    }

    /// Names of members, for paths and objects.
    pub fn names<'n>(&mut self, names: impl IntoIterator<Item = (&'n str, Noted)>) -> NamesId {
        let names = self.quoted_names(names);
        NamesId(known_or_new(&mut self.expressions.names, names))
    }

    /// Names as they are compared, and as they are written.
    pub fn quoted_names<'n>(&mut self, names: impl IntoIterator<Item = (&'n str, Noted)>) -> Vec<Name> {
        let quoted = |(name, noted): (&str, Noted)| {
            let mut quoted = Vec::new();
            json::quote(name, &mut quoted);
            Name { text: name.as_bytes().into(), quoted: Item::Quoted(self.text(&quoted)), noted }
        };
        names.into_iter().map(quoted).collect()
    }

    /// A path that may lead through arrays.
    pub fn reach(&mut self, reach: Reach) -> ReachId {
        ReachId(known_or_new(&mut self.expressions.reaches, reach))
    }

    /// What a failing call says of its function.
    pub fn callee(&mut self, callee: Callee) -> CalleeId {
        CalleeId(known_or_new(&mut self.expressions.callees, callee))
    }

    /// A fault.
    pub fn fault(&mut self, fault: Fault) -> FaultId {
        FaultId(known_or_new(&mut self.expressions.faults, fault))
    }

    /// A regular expression.
    pub fn regex(&mut self, regex: Regex) -> RegexId {
        RegexId(push(&mut self.expressions.regexes, regex) as u16)
    }

    /// A function; its entry may be a label not yet bound.
    pub fn lambda(&mut self, lambda: Lambda) -> LambdaId {
        LambdaId(push(&mut self.expressions.lambdas, lambda) as u16)
    }

    /// Adds instructions as they are, with labels before some of them, counted from the first of `code`.
    pub fn emit_block(&mut self, first: Op, code: &[Op], labels: &[(Label, usize)]) {
        let site = self.site.unwrap_or(StateId(0));
        self.code.push(first);
        let start = self.code.len();
        self.code.extend_from_slice(code);
        self.sites.resize(self.code.len(), site);
        for (label, place) in labels {
            self.labels[label.0 as usize] = (start + place) as u32;
        }
        self.fence = self.code.len();
    }

    /// A new run.
    pub fn run(&mut self) -> RunId {
        RunId(push(&mut self.runs, Run::default()))
    }

    /// The run, to be added to.
    pub fn run_mut(&mut self, run: RunId) -> &mut Run {
        &mut self.runs[run.0 as usize]
    }

    /// How many instructions and queries there are: what ids must be wide enough for.
    pub fn sizes(&self) -> (usize, usize) {
        (self.code.len(), self.queries.len())
    }

    /// Resolves the labels.
    pub fn finish(mut self, frame: Frame) -> Program {
        let labels = std::mem::take(&mut self.labels);
        let resolve = |label: &mut Label| *label = Label(labels[label.0 as usize]);
        for op in &mut self.code {
            if let Op::Jump { target } | Op::Unless { target } | Op::When { target } | Op::TestNot { target, .. } = op {
                resolve(target);
            }
            if let Op::Test { otherwise: label, .. }
            | Op::Decide { otherwise: label, .. }
            | Op::OfPair { otherwise: label, .. }
            | Op::Defined { otherwise: label, .. }
            | Op::Several { otherwise: label, .. }
            | Op::Next { done: label, .. }
            | Op::NextGroup { done: label, .. } = op
            {
                resolve(label);
            }
        }
        for (_, target) in self.comparisons.iter_mut().filter_map(|comparison| comparison.branch.as_mut()) {
            resolve(target);
        }
        self.expressions.lambdas.iter_mut().for_each(|lambda| resolve(&mut lambda.entry));
        self.switches.iter_mut().flat_map(|switch| switch.cases.targets_mut()).for_each(resolve);
        for state in &mut self.states {
            state.catchers.iter_mut().map(|catcher| &mut catcher.target).chain([&mut state.retry]).for_each(resolve);
        }
        for fork in &mut self.forks {
            match &mut fork.kind {
                ForkKind::Branches { branches, .. } => {
                    branches.iter_mut().map(|branch| &mut branch.entry).for_each(resolve);
                }
                ForkKind::Items { branch, .. } => resolve(&mut branch.entry),
            }
        }
        self.assemble(frame)
    }

    fn assemble(mut self, frame: Frame) -> Program {
        self.text.extend([0; crate::json::PADDING]);
        Program {
            code: self.code,
            sites: self.sites,
            text: self.text,
            scopes: frame.scopes,
            input_set: frame.input_set,
            states: self.states,
            runs: self.runs,
            transitions: self.transitions,
            lacks: self.lacks,
            requirements: self.requirements,
            constants: self.constants,
            templates: self.templates,
            sets: self.sets,
            queries: self.queries,
            insertions: self.insertions,
            comparisons: self.comparisons,
            switches: self.switches,
            tasks: self.tasks,
            task_sites: self.task_sites,
            pauses: self.pauses,
            forks: self.forks,
            wanted: self.wanted,
            expressions: self.expressions,
            identity: frame.identity,
            limits: frame.limits,
            definition_bytes: frame.definition_bytes,
            history: frame.history,
        }
    }
}
