//! Lowers the graph: states in an order in which most follow those that lead to them, again and again until nothing
//! new is learned.

use super::Options;
use super::atlas::{Map, Set};
use super::document::{Document, Place, Root};
use super::facts::Facts;
use super::jsonata::{self, Expressions};
use super::variables::Variables;
use crate::asl::MachineType;
use crate::asl::graph::{Graph, Kind, QueryLanguage, ScopeId, State, StateId};
use crate::diagnostic::{Diagnostics, Site};
use crate::program::builder::{Builder, Frame};
use crate::program::{self, Label, Op, Program, RunId, Slot, StateInfo, TemplateId};
use crate::usage::Limits;

/// What lowering is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To run the program: what cannot be run is a mistake.
    Run,
    /// To find mistakes.
    Check,
}

/// What one pass over the states is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// To learn, which takes no pools: what nobody will run need not be put together.
    Learn,
    /// To learn from the last state to the first. What a state reads is asked of the states before it, and forward that is
    /// learned state by state, pass by pass.
    LearnBackward,
    /// To make the program, unless there is more to learn.
    Make,
}

impl Pass {
    /// Most machines have learned all in the first three passes.
    fn of(count: usize, purpose: Purpose) -> Pass {
        match count {
            0 | 1 => Pass::Learn,
            _ if count.is_multiple_of(2) => Pass::LearnBackward,
            _ if purpose == Purpose::Check => Pass::Learn,
            _ => Pass::Make,
        }
    }
}

/// Passes after which states are given less to know, so that the passes come to an end.
const PASSES_UNHURRIED: usize = 12;
/// Passes after which lowering gives up; no definition is known to need them.
pub(super) const PASSES_MAX: usize = 200;

/// Lowers a graph to a program, or finds out why not.
pub(super) fn lower(
    graph: &Graph,
    text: &str,
    options: &Options,
    purpose: Purpose,
    diagnostics: &mut Diagnostics,
) -> Option<Program> {
    let mut facts = Facts::default();
    let variables = Variables::of(graph);
    let expressions = jsonata::check(graph, text, &variables, diagnostics);
    let order = Order::of(graph);
    let run = |pass: Pass, facts: &mut Facts, found: &mut Diagnostics| {
        let around = (&variables, &expressions);
        let mut lowering = Lowering::new(graph, options, purpose, around, &order, facts, found);
        lowering.pass = pass;
        lowering.program()
    };
    for count in 0..PASSES_MAX {
        facts.learned = false;
        facts.hurried = count >= PASSES_UNHURRIED;
        let pass = Pass::of(count, purpose);
        let mut found = Diagnostics::default();
        let mut program = run(pass, &mut facts, &mut found);
        if pass == Pass::LearnBackward || facts.learned && !found.has_errors() {
            continue;
        }
        if pass == Pass::Learn && purpose == Purpose::Run && !found.has_errors() {
            found = Diagnostics::default();
            program = run(Pass::Make, &mut facts, &mut found);
        }
        diagnostics.list.append(&mut found.list);
        return program;
    }
    diagnostics.error(&Site::default(), "this state machine is too intricate to be compiled");
    None
}

/// In which order states are lowered, and how many ways lead to each.
pub(super) struct Order {
    /// For each scope its states.
    scopes: Vec<Vec<StateId>>,
    /// Ways that lead to a state; its scope's start counts as one.
    pub ways: Vec<u32>,
}

impl Order {
    pub fn of(graph: &Graph) -> Order {
        let mut ways = vec![0; graph.states.len()];
        for state in &graph.states {
            for next in successors(state) {
                ways[next.0 as usize] += 1;
            }
        }
        for scope in &graph.scopes {
            ways[scope.start.0 as usize] += 1;
        }
        let mut seen = vec![false; graph.states.len()];
        let mut scopes: Vec<Vec<StateId>> =
            graph.scopes.iter().map(|scope| reverse_postorder(graph, scope.start, &mut seen)).collect();
        for (index, _) in seen.iter().enumerate().filter(|(_, seen)| !**seen) {
            scopes[graph.states[index].scope.0 as usize].push(StateId(index as u32));
        }
        Order { scopes, ways }
    }

    /// The states of a scope.
    pub fn states(&self, scope: ScopeId) -> &[StateId] {
        &self.scopes[scope.0 as usize]
    }
}

/// Each state before those it leads to, but for loops; without recursion, as machines can be long.
fn reverse_postorder(graph: &Graph, start: StateId, seen: &mut [bool]) -> Vec<StateId> {
    let mut done = Vec::new();
    let mut stack = vec![(start, successors(&graph.states[start.0 as usize]))];
    seen[start.0 as usize] = true;
    while let Some((state, next)) = stack.last_mut() {
        match next.next_back() {
            Some(next) if !std::mem::replace(&mut seen[next.0 as usize], true) => {
                stack.push((next, successors(&graph.states[next.0 as usize])));
            }
            Some(_) => {}
            None => {
                done.push(*state);
                stack.pop();
            }
        }
    }
    done.reverse();
    done
}

/// Where a state may lead, the likeliest first; once for each way.
fn successors(state: &State) -> impl DoubleEndedIterator<Item = StateId> {
    let (rules, default) = match &state.kind {
        Kind::Choice { rules, default } => (rules.as_slice(), *default),
        _ => (&[][..], None),
    };
    let chosen = rules.iter().map(|rule| rule.next).chain(default);
    state.next.into_iter().chain(chosen).chain(state.catchers.iter().map(|catcher| catcher.next))
}

/// One pass over the states.
pub(super) struct Lowering<'a> {
    pub graph: &'a Graph,
    pub options: &'a Options,
    pub purpose: Purpose,
    pub variables: &'a Variables,
    pub expressions: &'a Expressions,
    pub order: &'a Order,
    pub facts: &'a mut Facts,
    pub diagnostics: &'a mut Diagnostics,
    pub builder: Builder,
    /// The scope and state that are being lowered.
    pub scope: ScopeId,
    pub state: StateId,
    /// The state that the context object is of: the Map's while its item selector is lowered.
    pub context_state: StateId,
    /// Temporaries the state has had.
    pub temporaries: u32,
    /// The run that is open: nothing but straight code since its charge.
    run: Option<RunId>,
    labels: Vec<Label>,
    /// Where each scope's code begins.
    scope_labels: Vec<Label>,
    /// The slots of each scope.
    pub slots: Vec<Map<Place, Slot>>,
    pub slot_counts: Vec<u32>,
    /// Slots known to hold something here.
    pub present: Set<Slot>,
    /// The state that follows in the code, and whether the code before it leads straight on to it.
    follower: Option<StateId>,
    falls_through: bool,
    /// Code that is put behind the scope's states.
    deferred: Vec<Deferred>,
    /// The latest templates of this state, to be used again.
    pub recent: Vec<(Document, TemplateId)>,
    /// Whether what is missing just now is no failure.
    pub optional: bool,
    pub pass: Pass,
}

/// A catcher to be lowered behind the scope's states.
pub(super) struct Deferred {
    pub state: StateId,
    pub catcher: usize,
    pub label: Label,
    pub entry: Document,
    pub temporaries: u32,
}

impl<'a> Lowering<'a> {
    pub fn new(
        graph: &'a Graph,
        options: &'a Options,
        purpose: Purpose,
        (variables, expressions): (&'a Variables, &'a Expressions),
        order: &'a Order,
        facts: &'a mut Facts,
        diagnostics: &'a mut Diagnostics,
    ) -> Lowering<'a> {
        let mut builder = Builder::default();
        let labels = graph.states.iter().map(|_| builder.label()).collect();
        let scope_labels = graph.scopes.iter().map(|_| builder.label()).collect();
        builder.set(Vec::new(), &[]); // The first set is the empty one.
        Lowering {
            graph,
            options,
            purpose,
            variables,
            expressions,
            order,
            facts,
            diagnostics,
            builder,
            scope: ScopeId(0),
            state: graph.scopes[0].start,
            context_state: graph.scopes[0].start,
            temporaries: 0,
            run: None,
            labels,
            scope_labels,
            slots: vec![Map::default(); graph.scopes.len()],
            slot_counts: vec![0; graph.scopes.len()],
            present: Set::default(),
            follower: None,
            falls_through: false,
            deferred: Vec::new(),
            recent: Vec::new(),
            optional: false,
            pass: Pass::Make,
        }
    }

    fn program(mut self) -> Option<Program> {
        self.describe_states();
        for scope in 0..self.graph.scopes.len() {
            self.lower_scope(ScopeId(scope as u32));
        }
        self.finish_program()
    }

    /// The program of a machine whose only state does just this.
    pub fn program_of(mut self, lower: impl FnOnce(&mut Self, &Document)) -> Option<Program> {
        self.describe_states();
        self.slot(Place::of(Root::Input(ScopeId(0)))); // Slot 0 is the input of every scope.
        self.enter_scope(ScopeId(0));
        let start = self.graph.scopes[0].start;
        self.begin_state(start, 0);
        self.builder.bind(self.labels[start.0 as usize]);
        let entry = self.facts.entry(start);
        self.enter(&entry);
        lower(&mut self, &entry);
        self.finish_program()
    }

    fn describe_states(&mut self) {
        let graph = self.graph;
        self.builder.states.reserve(graph.states.len());
        for state in &graph.states {
            self.describe_state(state, None);
        }
    }

    /// Notes what is said of a state, or of a part of one.
    pub fn describe_state(&mut self, state: &State, part_of: Option<program::StateId>) -> Label {
        let retry = self.builder.label();
        let name = if self.is_learning() { "" } else { &state.name };
        let (retriers, catchers) = (Vec::new(), Vec::new());
        let info = StateInfo { name: name.into(), kind: state.kind.name(), part_of, retriers, catchers, retry };
        self.builder.states.push(info);
        retry
    }

    /// Whether nobody is going to run what this pass makes.
    pub fn is_learning(&self) -> bool {
        self.pass != Pass::Make
    }

    fn finish_program(mut self) -> Option<Program> {
        self.check_sizes();
        self.scope = ScopeId(0);
        let input_set = self.set_of(Root::Input(ScopeId(0)));
        let scopes = (0..self.graph.scopes.len()).map(|scope| self.slot_count(ScopeId(scope as u32))).collect();
        let limits = self.limits();
        let frame = Frame {
            scopes,
            input_set,
            identity: self.options.identity.clone(),
            limits,
            definition_bytes: self.graph.definition_bytes,
            history: self.options.history,
        };
        let is_made = !self.diagnostics.has_errors() && self.purpose == Purpose::Run && !self.is_learning();
        is_made.then(|| self.builder.finish(frame))
    }

    fn limits(&self) -> Limits {
        let base = match self.options.machine_type {
            MachineType::Express => Limits::EXPRESS,
            MachineType::Standard => Limits::STANDARD,
        };
        let timeout_ms = self.graph.timeout_seconds.map_or(u64::MAX, |seconds| seconds.saturating_mul(1000));
        Limits { duration_ms: base.duration_ms.min(timeout_ms), instructions: self.options.instructions, ..base }
    }

    fn check_sizes(&mut self) {
        let (code, queries) = self.builder.sizes();
        let slots = self.slot_counts.iter().max().copied().unwrap_or(0) as usize;
        let counts = [
            ("states", self.builder.states.len(), usize::from(u16::MAX)),
            ("instructions", code, u32::MAX as usize / 2),
            ("different queries", queries, usize::from(u16::MAX)),
            ("values to keep in one scope", slots, usize::from(u16::MAX) - 1),
        ];
        for (what, count, most) in counts {
            if count > most {
                let message = format!("this state machine has too many {what}: {count}, at most {most}");
                self.diagnostics.error(&Site::default(), message);
            }
        }
    }

    fn lower_scope(&mut self, scope: ScopeId) {
        self.scope = scope;
        self.break_run();
        self.present.clear();
        self.state = self.graph.scopes[scope.0 as usize].start;
        self.reserve_slots(scope);
        let mut states = self.order.states(scope).to_vec();
        if self.pass == Pass::LearnBackward {
            states.reverse();
        }
        self.follower = states.first().copied();
        self.enter_scope(scope);
        for (index, state) in states.iter().enumerate() {
            self.follower = states.get(index + 1).copied();
            self.lower_state(*state);
        }
        self.follower = None;
        for deferred in std::mem::take(&mut self.deferred) {
            self.lower_catcher(deferred);
        }
    }

    /// The first slots of a scope are spoken for: its input, an item's index and an item's key.
    pub fn reserve_slots(&mut self, scope: ScopeId) {
        self.slot(Place::of(Root::Input(scope)));
        if self.processed_by(scope).is_some() {
            self.reserve(Place::of(Root::Place(scope)));
        }
        if self.has_keys(scope) {
            self.slot(Place::of(Root::Key(scope)));
        }
    }

    /// Begins a state's code.
    fn lower_state(&mut self, id: StateId) {
        let state = &self.graph.states[id.0 as usize];
        let fused = self.falls_through && self.order.ways[id.0 as usize] == 1;
        if !fused {
            self.break_run();
            self.present.clear();
        }
        self.begin_state(id, 0);
        self.builder.bind(self.labels[id.0 as usize]);
        let entry = self.facts.entry(id);
        self.enter(&entry);
        match state.language {
            QueryLanguage::JsonPath => self.lower_kind(state, &entry),
            QueryLanguage::Jsonata => self.lower_jsonata_kind(state, &entry),
        }
        self.defer_catchers(state, &entry);
    }

    /// What is emitted from here on belongs to this state.
    pub fn begin_state(&mut self, id: StateId, temporaries: u32) {
        self.state = id;
        self.context_state = id;
        self.temporaries = temporaries;
        self.recent.clear();
        self.falls_through = false;
        self.builder.at(program::StateId(id.0 as u16));
    }

    fn defer_catchers(&mut self, state: &State, entry: &Document) {
        let labels: Vec<Label> = state.catchers.iter().map(|_| self.builder.label()).collect();
        self.describe_recovery(state, &labels);
        for (catcher, label) in labels.into_iter().enumerate() {
            // Each catcher numbers its temporaries apart from the others.
            let temporaries = self.temporaries + 4096 * (catcher as u32 + 1);
            self.deferred.push(Deferred { state: self.state, catcher, label, entry: entry.clone(), temporaries });
        }
    }

    /// What follows may be reached in other ways, or at another time.
    pub fn break_run(&mut self) {
        self.run = None;
    }

    fn open_run(&mut self) -> RunId {
        if let Some(run) = self.run {
            return run;
        }
        let run = self.builder.run();
        self.builder.emit(Op::Charge { run });
        self.run = Some(run);
        run
    }

    /// Charges the entry of the current state.
    pub fn charge_entry(&mut self) {
        if self.options.history {
            self.break_run();
        }
        let state = program::StateId(self.state.0 as u16);
        let run = self.open_run();
        let run = self.builder.run_mut(run);
        run.events += 1;
        run.entered.push((state, run.events));
    }

    /// Charges the exit of the current state; with a history the exit's own instruction does.
    pub fn charge_exit(&mut self) {
        if !self.options.history {
            let run = self.open_run();
            self.builder.run_mut(run).events += 1;
        }
    }

    /// The Map state that this scope processes the items of.
    pub fn processed_by(&self, scope: ScopeId) -> Option<StateId> {
        let parent = self.graph.scopes[scope.0 as usize].parent?;
        matches!(self.graph.states[parent.0 as usize].kind, Kind::Map(_)).then_some(parent)
    }

    pub fn scope_label(&self, scope: ScopeId) -> Label {
        self.scope_labels[scope.0 as usize]
    }

    pub fn state_label(&self, state: StateId) -> Label {
        self.labels[state.0 as usize]
    }

    pub fn slot_count(&self, scope: ScopeId) -> u16 {
        self.slot_counts[scope.0 as usize].min(u32::from(u16::MAX)) as u16
    }

    /// Goes on to the state that follows in the code, or jumps.
    pub fn jump(&mut self, target: StateId, last: Last) {
        if last == Last::Yes && self.follower == Some(target) {
            self.falls_through = true;
        } else {
            self.builder.emit(Op::Jump { target: self.state_label(target) });
            self.break_run();
        }
    }
}

/// Whether this is the last code of its state, so that the next state's may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Yes,
    No,
}
