//! Paths that bind variables to what they pass (`@`, `#`, `%`): their values go along as tuples, a step at a time.

use super::emit::{Context, Emitter};
use super::loops::Loop;
use super::paths::Sink;
use crate::builtin::jsonata::Item;
use crate::program::{Op, Register};
use crate::query::jsonata::ast::{Group, Kind, Node, Path, Stage, Step};
use crate::query::jsonata::frames;

/// The names that the tuples of a path bind.
pub(super) type Names = Vec<String>;

impl<'e> Emitter<'e, '_> {
    pub fn tuple_path(
        &mut self,
        (path, first): (&'e Path, usize),
        keeps: bool,
        group: Option<&'e Group>,
        context: Context,
        to: Register,
    ) {
        let tuples = self.register();
        self.set(tuples, Item::Undefined);
        let mut names = Names::new();
        if first == 0 {
            self.emit(Op::Move { to: tuples, from: context.register });
        } else {
            self.steps_from(&path.steps[..first], context, Sink::gather(tuples));
            self.emit(Op::Close { value: tuples });
            self.emit(Op::Items { value: tuples });
        }
        for (place, step) in path.steps.iter().enumerate().skip(first) {
            let first_of_all = place == 0;
            self.tuple_step(step, first_of_all.then_some(context), tuples, &names);
            names_of(step, &mut names);
            for stage in &step.stages {
                match stage {
                    Stage::Filter(predicate) => self.filter_tuples(predicate, tuples, &names),
                    Stage::Index(name) => {
                        let binding = self.binding(name);
                        self.emit(Op::Number { tuples, binding });
                    }
                }
            }
        }
        if let Some(group) = group {
            self.group_items(group, tuples, Some(&names));
        } else if !path.tuple {
            self.emit(Op::Values { to: tuples, from: tuples });
            let end = if keeps { Op::KeepSingle { value: tuples } } else { Op::Finish { value: tuples } };
            self.emit(end);
        }
        self.emit(Op::Move { to, from: tuples });
    }

    /// A step: the tuples in the register become those of its results.
    fn tuple_step(&mut self, step: &'e Step, context: Option<Context>, tuples: Register, names: &Names) {
        if let Kind::Sort(terms) = &step.node.kind {
            self.sort(terms, tuples, Some(names));
            if let Some(index) = &step.index {
                let (single, binding) = (self.register(), self.binding(index));
                self.set(single, Item::Undefined);
                self.emit(Op::Widen { to: tuples, tuple: single, value: tuples });
                self.emit(Op::Number { tuples, binding });
            }
            return;
        }
        let mark = self.frame.mark();
        let (next, value, widened) = (self.register(), self.register(), self.register());
        self.emit(Op::Array { to: next });
        let looped = self.open_loop(|iterator| match context {
            // A variable, or what is evaluated as a whole, does not go through its context.
            Some(_) if step.whole || matches!(step.node.kind, Kind::Variable(_)) => {
                Op::Single { iterator, over: tuples }
            }
            Some(_) => Op::IterateContext { iterator, over: tuples },
            None => Op::Iterate { iterator, over: tuples },
        });
        let inner = self.open_item(looped.item(), Some(names));
        let inner = context.filter(|_| step.whole || matches!(step.node.kind, Kind::Variable(_))).unwrap_or(inner);
        self.into(&step.node, inner, value);
        self.emit(Op::Widen { to: widened, tuple: looped.item(), value });
        if !gives_tuples(&step.node) {
            self.bind_step(step, inner.register, widened);
        }
        self.emit(Op::Append { array: next, from: widened });
        self.close_item(Some(names));
        self.close_loop(&looped);
        self.emit(Op::Move { to: tuples, from: next });
        self.frame.release(mark);
    }

    fn bind_step(&mut self, step: &Step, from: Register, tuples: Register) {
        if let Some(label) = step.ancestor {
            let binding = self.binding(&frames::parent_name(label.0));
            self.emit(Op::BindAll { tuples, value: from, binding });
        }
        if let Some(index) = &step.index {
            let binding = self.binding(index);
            self.emit(Op::Number { tuples, binding });
        }
        if let Some(focus) = &step.focus {
            let binding = self.binding(focus);
            self.emit(Op::Focus { tuples, value: from, binding });
        }
    }

    pub fn filter_tuples(&mut self, predicate: &'e Node, tuples: Register, names: &Names) {
        if let Kind::Number(_) = predicate.kind {
            self.filter(predicate, tuples);
            let single = self.register();
            self.set(single, Item::Undefined);
            return self.emit(Op::Widen { to: tuples, tuple: single, value: tuples });
        }
        let mark = self.frame.mark();
        let (kept, decides) = (self.register(), self.register());
        self.set(kept, Item::Undefined);
        let looped: Loop = self.open_loop(|iterator| Op::Iterate { iterator, over: tuples });
        let context = self.open_item(looped.item(), Some(names));
        self.into(predicate, context, decides);
        self.emit(Op::Admit { to: kept, iterator: looped.iterator, predicate: decides });
        self.close_item(Some(names));
        self.close_loop(&looped);
        self.emit(Op::Close { value: kept });
        self.emit(Op::Move { to: tuples, from: kept });
        self.frame.release(mark);
    }

    /// The context that an item of a loop is; of a tuple, its value, and its bindings become variables.
    pub fn open_item(&mut self, item: Register, names: Option<&Names>) -> Context {
        let Some(names) = names else { return Self::context(item) };
        self.open_scope(&[]);
        let value = self.register();
        self.emit(Op::Binding { to: value, tuple: item, binding: 0 });
        for name in names {
            let (register, binding) = (self.register(), self.binding(name));
            self.emit(Op::Binding { to: register, tuple: item, binding });
            self.declare_as(name, register, false);
        }
        Self::context(value)
    }

    pub fn close_item(&mut self, names: Option<&Names>) {
        if names.is_some() {
            self.close_scope();
        }
    }

    /// The place of a name in tuples.
    fn binding(&mut self, name: &str) -> u8 {
        let next = self.tuple_names.len() + 1;
        let next = self.byte(next);
        *self.tuple_names.entry(name.to_owned()).or_insert(next)
    }
}

/// The names that a step adds to its tuples, those of paths in it among them.
fn names_of(step: &Step, names: &mut Names) {
    let mut own: Names = step.focus.iter().chain(&step.index).map(|name| name.to_string()).collect();
    own.extend(step.ancestor.iter().map(|label| frames::parent_name(label.0)));
    own.extend(step.stages.iter().filter_map(|stage| match stage {
        Stage::Index(name) => Some(name.to_string()),
        Stage::Filter(_) => None,
    }));
    if gives_tuples(&step.node) {
        frames::tuple_names(&step.node, &mut own);
    }
    names.extend(own.into_iter().filter(|name| !names.contains(name)).collect::<Names>());
}

/// The names that the tuples of an expression's value bind.
pub(super) fn tuple_names(node: &Node) -> Names {
    let mut names = Names::new();
    frames::tuple_names(node, &mut names);
    names.sort();
    names.dedup();
    names
}

/// Whether the value of an expression is tuples: a path inside the path whose bindings are used outside it.
pub(super) fn gives_tuples(node: &Node) -> bool {
    match &node.kind {
        Kind::Path(path) => path.tuple,
        Kind::Block(expressions) => expressions.last().is_some_and(gives_tuples),
        _ => false,
    }
}
