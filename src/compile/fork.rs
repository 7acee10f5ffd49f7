//! Parallel and Map: branches as code of their own, with what they take along.

use super::atlas::Step;
use super::document::{Document, Found, Place, Root};
use super::jsonata::Bindings;
use super::lower::{Last, Lowering, Purpose};
use crate::asl::graph::{Kind, Map, QueryLanguage, ScopeId, State, StateId};
use crate::json::Column;
use crate::program::{self, Branch, Expected, Fork, ForkKind, Op, Slot};
use std::collections::HashSet;

impl Lowering<'_> {
    /// The code before a scope's first state: what its input is made of.
    pub fn enter_scope(&mut self, scope: ScopeId) {
        let label = self.scope_label(scope);
        self.builder.bind(label);
        let start = self.graph.scopes[scope.0 as usize].start;
        let mut input = Document::of(Root::Input(scope));
        self.builder.at(program::StateId(start.0 as u16));
        if let Some(map_state) = self.processed_by(scope) {
            input = self.select_item(map_state, input);
        }
        self.go(start, &input, Last::Yes);
    }

    /// `ItemSelector`, for one item. Its failures are the Map state's, so its code belongs to a part of that state.
    fn select_item(&mut self, map_state: StateId, item: Document) -> Document {
        let state = &self.graph.states[map_state.0 as usize];
        let Kind::Map(map) = &state.kind else { return item };
        let item = if self.has_keys(self.scope) { self.pair(item) } else { item };
        let Some(selector) = map.selector.as_ref() else { return item };
        let retry = self.describe_state(state, Some(program::StateId(map_state.0 as u16)));
        self.builder.bind(retry);
        let part = program::StateId((self.builder.states.len() - 1) as u16);
        let start = self.state;
        self.begin_state(start, 1 << 20); // Temporaries apart from those of the state itself.
        self.context_state = map_state;
        self.builder.at(part);
        let effective = Document::of(Root::Effective(map_state));
        let selected = match state.language {
            QueryLanguage::JsonPath => self.payload(&selector.node, &selector.site, &effective),
            QueryLanguage::Jsonata => self.evaluate_template(selector, Expected::Any, &Bindings::entering(&effective)),
        };
        let selected = self.fix(selected);
        self.limit(&selected, &item);
        selected
    }

    /// A member of an object, as the item that it is.
    fn pair(&mut self, value: Document) -> Document {
        let key = Document::of(Root::Key(self.scope));
        let atlas = &mut self.facts.atlas;
        Document::object(vec![(atlas.name("Key"), key), (atlas.name("Value"), value)])
    }

    pub fn lower_parallel(&mut self, state: &State, branches: &[ScopeId], entry: &Document) {
        self.bind_retry();
        let input = self.filter(&state.input_path, entry);
        let parameters = self.parameters(state, input);
        self.limit(&parameters, entry);
        let kind = self.branches(branches, &parameters);
        let result = self.fork(kind);
        self.take_result(state, &result, entry);
    }

    /// Branches that all begin with the same input.
    pub fn branches(&mut self, branches: &[ScopeId], input: &Document) -> ForkKind {
        for branch in branches {
            let bound = self.bound(input);
            self.facts.widen(Root::Input(*branch), bound);
        }
        let given = self.fix(input.clone());
        let branches = branches.iter().map(|branch| self.parallel_branch(*branch, &given)).collect();
        let place = self.materialize(&given);
        ForkKind::Branches { input: self.slot(place), branches }
    }

    /// A branch that takes along what it reads of its input, wherever that lies: nothing is looked up in the input again.
    fn parallel_branch(&mut self, scope: ScopeId, given: &Document) -> Branch {
        let root = Root::Input(scope);
        let mut branch = self.branch(scope);
        let mut unknown = Vec::new();
        for (path, part) in self.parts(root, given) {
            let to = self.in_scope(scope, |this| this.slot(Place { root, path }));
            match part {
                _ if path.is_empty() => {}
                Found::Document(part) => {
                    let part = self.materialize(&part);
                    branch.captures.push((self.slot(part), to));
                }
                Found::Nothing => {}
                Found::Unknown => unknown.push((path, to)),
            }
        }
        branch.set = self.set(unknown, false);
        branch
    }

    pub fn lower_map(&mut self, state: &State, map: &Map, entry: &Document) {
        self.refuse_distributed(state, map);
        self.bind_retry();
        let effective = self.filter(&state.input_path, entry);
        let root = Root::Effective(self.state);
        self.assign_root(root, &effective);
        let concurrency = self.duration(map.concurrency.as_ref(), &effective, "MaxConcurrencyPath");
        let items = self.filter(&map.items, &effective);
        let path = match &map.items {
            crate::asl::graph::Filter::Path(path) => path.text.as_str(),
            _ => "$",
        };
        let place = self.materialize(&items);
        let items = self.slot(place);
        let noted = self.note_items(place, map.processor);
        let bound = self.bound(&Document::At(place));
        self.facts.widen(Root::Input(map.processor), bound);
        let branch = self.branch(map.processor);
        let kind = ForkKind::Items { items, members: false, path: path.into(), noted, concurrency, branch };
        let result = self.fork(kind);
        self.take_result(state, &result, entry);
    }

    /// Has the reader of the input note items that lie in it, if nothing is read of them but their members.
    fn note_items(&mut self, items: Place, scope: ScopeId) -> Option<Vec<(Column, Slot)>> {
        let root = Root::Input(scope);
        let mut members = Vec::new();
        for path in self.facts.reads(root).iter() {
            match self.facts.atlas.steps(*path)[..] {
                [] => {}
                [Step::Key(name)] => members.push((*path, self.facts.atlas.text(name).clone())),
                _ => return None,
            }
        }
        let table = self.input_path(items)?;
        self.facts.tables.table(table)?;
        let mut noted = Vec::new();
        for (path, name) in members {
            let column = self.facts.tables.column(table, &name);
            if column == Column::NONE {
                return None;
            }
            noted.push((column, self.in_scope(scope, |this| this.slot(Place { root, path }))));
        }
        Some(noted)
    }

    pub fn refuse_distributed(&mut self, state: &State, map: &Map) {
        if map.distributed && self.purpose == Purpose::Run {
            let message = "a Map in DISTRIBUTED mode cannot be run yet";
            self.diagnostics.error(&state.site, message).help = Some("an inline Map can".into());
        }
    }

    /// Starts branches or items; their outputs.
    pub fn fork(&mut self, kind: ForkKind) -> Document {
        let root = Root::Result(self.state);
        let (result, set) = (self.slot(Place::of(root)), self.set_of(root));
        let straight = !self.options.history && self.is_straight(self.state);
        let fork = self.builder.fork(Fork { state: self.program_state(), kind, straight, result, set });
        self.builder.emit(Op::Fork { fork });
        Document::of(root)
    }

    /// Whether no state in the branches of this one, or in theirs, waits for anything.
    fn is_straight(&self, fork: StateId) -> bool {
        // A Map with a mistake may have no scope of its own, and seem to lie in itself.
        let mut seen = HashSet::new();
        let mut forks = vec![fork];
        while let Some(fork) = forks.pop() {
            if !seen.insert(fork) {
                continue;
            }
            let scopes = match &self.graph.states[fork.0 as usize].kind {
                Kind::Parallel { branches } => branches.as_slice(),
                Kind::Map(map) => std::slice::from_ref(&map.processor),
                Kind::Task(_) | Kind::Wait(_) => return false,
                Kind::Pass { .. } | Kind::Choice { .. } | Kind::Succeed | Kind::Fail { .. } => continue,
            };
            forks.extend(scopes.iter().flat_map(|scope| self.order.states(*scope)));
        }
        true
    }

    /// Whether the items of the scope are members of an object that `Items` writes down.
    pub fn has_keys(&self, scope: ScopeId) -> bool {
        let state = self.processed_by(scope).map(|state| &self.graph.states[state.0 as usize].kind);
        let items = state.and_then(|kind| match kind {
            Kind::Map(map) => map.items_template.as_ref(),
            _ => None,
        });
        items.is_some_and(|items| items.node.as_object().is_some())
    }

    /// A scope as a branch of the current one.
    pub fn branch(&mut self, scope: ScopeId) -> Branch {
        let captures = self.facts.captures(scope);
        let captures: Vec<_> = captures
            .iter()
            .enumerate()
            .map(|(index, place)| {
                let from = self.slot(*place);
                (from, self.in_scope(scope, |this| this.slot(Place::of(Root::Captured(scope, index as u32)))))
            })
            .collect();
        let set = self.in_scope(scope, |this| this.set_of(Root::Input(scope)));
        let numbered = !self.facts.reads(Root::Place(scope)).is_empty();
        Branch { entry: self.scope_label(scope), scope: scope.0, numbered, set, captures }
    }

    fn in_scope<T>(&mut self, scope: ScopeId, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.scope, scope);
        self.recent.clear();
        self.reserve_slots(scope);
        let result = work(self);
        self.scope = outer;
        self.recent.clear();
        result
    }
}
