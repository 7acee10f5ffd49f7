//! The definition as written: its scopes and states, each with its fields, before anything is looked up.

use std::collections::HashMap;

use super::MachineType;
use super::fields::{self, StateType};
use super::graph::{QueryLanguage, ScopeId, StateId};
use super::location::Location;
use super::value::{Field, Fields, first_byte};
use crate::diagnostic::{DUPLICATE_STATE_NAME, Diagnostics, INVALID_STATE_NAME, Severity, Site, TOO_DEEPLY_NESTED};
use crate::json::tree::{Kind, Node};

/// The longest name of a state, in characters (Step Functions quotas).
pub(super) const NAME_MAX: usize = 80;
/// How many Maps and Parallels may stand in one another.
const SCOPE_DEPTH_MAX: usize = 20;

/// Everything of a definition that has a name.
pub(super) struct Definition<'a> {
    /// The machine itself comes first, then branches and item processors.
    pub scopes: Vec<Scope<'a>>,
    pub states: Vec<State<'a>>,
}

/// One `States` map and the object that holds it.
pub(super) struct Scope<'a> {
    pub fields: Fields<'a>,
    pub parent: Option<StateId>,
    /// Its states by name; of equal names the last counts.
    pub names: HashMap<&'a str, StateId>,
    pub members: Vec<StateId>,
    /// Whether the rules of Express apply: to the machine, or to the children of a distributed Map.
    pub express: bool,
    /// Whether its states see the variables outside.
    pub sees_outside: bool,
    depth: usize,
}

/// One state.
pub(super) struct State<'a> {
    pub name: &'a str,
    pub scope: ScopeId,
    pub fields: Fields<'a>,
    /// `None` where the text is wrong.
    pub kind: Option<StateType>,
    pub language: QueryLanguage,
    /// Its branches, or its item processor.
    pub scopes: Vec<ScopeId>,
}

impl Definition<'_> {
    pub fn scope(&self, id: ScopeId) -> &Scope<'_> {
        &self.scopes[id.0 as usize]
    }
}

/// Finds every scope and state. `None` when the machine has no state at all.
pub(super) fn outline<'a>(
    root: &'a Node,
    machine_type: MachineType,
    diagnostics: &mut Diagnostics,
) -> Option<Definition<'a>> {
    let machine = Fields::of(root.as_object()?, first_byte(root.span), Location::Machine);
    let language = fields::machine_language(&machine, diagnostics);
    let definition = Definition { scopes: Vec::new(), states: Vec::new() };
    let mut outline = Outline { definition, language, first: HashMap::new(), diagnostics };
    let machine = fields::allowed(machine, fields::MACHINE, outline.diagnostics);
    outline.scope(machine, None, machine_type == MachineType::Express);
    let mut next = 0;
    while next < outline.definition.states.len() {
        outline.nested(StateId(next as u32));
        next += 1;
    }
    let Outline { definition, .. } = outline;
    (!definition.scopes[0].members.is_empty()).then_some(definition)
}

struct Outline<'a, 'd> {
    definition: Definition<'a>,
    /// What states without `QueryLanguage` speak, at every depth: a Map's own language does not go down.
    language: QueryLanguage,
    /// Where each name stands first.
    first: HashMap<&'a str, StateId>,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Outline<'a, '_> {
    fn scope(&mut self, fields: Fields<'a>, parent: Option<StateId>, express: bool) -> ScopeId {
        fields.require(&["States", "StartAt"], self.diagnostics);
        let depth = parent.map_or(0, |state| self.scope_of(state).depth + 1);
        let id = ScopeId(self.definition.scopes.len() as u32);
        let states = fields.get("States");
        let scope =
            Scope { fields, parent, names: HashMap::new(), members: Vec::new(), express, sees_outside: true, depth };
        self.definition.scopes.push(scope);
        match states {
            Some(states) if depth > SCOPE_DEPTH_MAX => {
                let found = format!("Maps and Parallels stand more than {SCOPE_DEPTH_MAX} deep in one another");
                self.diagnostics.note(Severity::Error, TOO_DEEPLY_NESTED, &states.site(), found);
            }
            Some(states) => self.states(id, states),
            None => {}
        }
        id
    }

    fn states(&mut self, scope: ScopeId, states: Field<'a>) {
        let Some(members) = states.object(self.diagnostics) else { return };
        if members.is_empty() {
            self.diagnostics.error(&states.site(), "a machine needs at least one state");
        }
        for member in members.iter() {
            self.state(scope, member);
        }
    }

    fn state(&mut self, scope: ScopeId, field: Field<'a>) {
        let id = StateId(self.definition.states.len() as u32);
        let name = field.name;
        self.check_name(&field, id);
        let Some(fields) = field.object(self.diagnostics) else { return };
        let kind = fields::state_type(&fields, self.diagnostics);
        let language = fields::state_language(&fields, self.language, self.diagnostics);
        let fields = match kind {
            Some(kind) => fields::of_state(fields, kind, language, self.diagnostics),
            None => fields,
        };
        let owner = &mut self.definition.scopes[scope.0 as usize];
        owner.names.insert(name, id);
        owner.members.push(id);
        self.definition.states.push(State { name, scope, fields, kind, language, scopes: Vec::new() });
    }

    fn check_name(&mut self, field: &Field<'a>, id: StateId) {
        let length = field.name.chars().count();
        let site = || Site { span: field.name_span, location: field.location.spelled() };
        if length == 0 || length > NAME_MAX {
            let found = format!("a state's name has 1 to {NAME_MAX} characters, this one has {length}");
            self.diagnostics.note(Severity::Error, INVALID_STATE_NAME, &site(), found);
        }
        if let Some(first) = self.first.insert(field.name, id) {
            let found = format!("Duplicate State name: {}", field.name);
            let first = self.definition.states.get(first.0 as usize).map(|state| state.fields.site().location);
            let help = format!(
                "names are unique in the whole machine, nested states included; the other is {}",
                first.unwrap_or_default()
            );
            self.diagnostics.note(Severity::Error, DUPLICATE_STATE_NAME, &site(), found).help = Some(help);
        }
    }

    /// Finds the branches or the item processor of a state.
    fn nested(&mut self, id: StateId) {
        let state = &self.definition.states[id.0 as usize];
        let express = self.scope_of(id).express;
        let fields = state.fields.clone();
        match state.kind {
            Some(StateType::Parallel) => self.branches(id, &fields, express),
            Some(StateType::Map) => self.processor(id, &fields, express),
            _ => {}
        }
    }

    fn branches(&mut self, id: StateId, fields: &Fields<'a>, express: bool) {
        let Some(branches) = fields.get("Branches") else { return };
        for branch in branches.elements(self.diagnostics) {
            if let Some(branch) = branch.object(self.diagnostics) {
                let branch = fields::allowed(branch, fields::BRANCH, self.diagnostics);
                self.nest(id, branch, express);
            }
        }
    }

    fn processor(&mut self, id: StateId, fields: &Fields<'a>, express: bool) {
        let processor = fields.one_of(&["ItemProcessor", "Iterator"], self.diagnostics);
        let Some(processor) = processor.and_then(|field| field.object(self.diagnostics)) else { return };
        let processor = fields::allowed(processor, fields::PROCESSOR, self.diagnostics);
        let mut config = fields::processor_config(&processor, express, self.diagnostics);
        // The older field with this mode can be run as if it were inline: a recorded one gave the same result, only
        // its history speaks of a Map Run.
        config.distributed &= !fields.has("Iterator");
        let scope = self.nest(id, processor, express || config.express);
        self.definition.scopes[scope.0 as usize].sees_outside = !config.distributed;
    }

    fn nest(&mut self, id: StateId, fields: Fields<'a>, express: bool) -> ScopeId {
        let scope = self.scope(fields, Some(id), express);
        self.definition.states[id.0 as usize].scopes.push(scope);
        scope
    }

    fn scope_of(&self, state: StateId) -> &Scope<'a> {
        &self.definition.scopes[self.definition.states[state.0 as usize].scope.0 as usize]
    }
}

/// Whether a node stands for something of another type: a string with a `${Name}` that is filled elsewhere.
pub(super) fn is_placeholder(node: &Node) -> bool {
    matches!(&node.kind, Kind::String(text) if super::substitute::has_placeholder(text))
}
