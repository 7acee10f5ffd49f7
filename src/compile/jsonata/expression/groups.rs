//! Objects: with names that are constants, or by grouping values under the keys they give.

use super::emit::{Context, ContextKind, Emitter};
use super::scopes::behind;
use super::tuples::Names;
use crate::builtin::jsonata::Item;
use crate::program::{Noted, Op, Register};
use crate::query::jsonata::ast::{Group, Kind, Node};

impl<'e> Emitter<'e, '_> {
    /// `{…}` by itself.
    pub fn object(&mut self, group: &'e Group, context: Context, to: Register) {
        if let Some(names) = constant_names(group) {
            let narrowed = match context.kind {
                ContextKind::Nothing => context,
                _ => {
                    let narrowed = self.register();
                    self.emit(Op::Narrow { to: narrowed, from: context.register });
                    Self::context(narrowed)
                }
            };
            let first = self.registers(names.len());
            for (place, (_, value)) in group.pairs.iter().enumerate() {
                self.into(value, narrowed, behind(first, place));
            }
            let names = self.lowering.builder.names(names.iter().map(|name| (*name, Noted::NOWHERE)));
            return self.emit(Op::Object { to, first, names });
        }
        self.emit(Op::Move { to, from: context.register });
        self.group(group, to);
    }

    /// `value{…}`: the register's value becomes an object.
    pub fn group(&mut self, group: &'e Group, value: Register) {
        self.group_items(group, value, None);
    }

    /// The same; the items may be tuples, which bind these names.
    pub fn group_items(&mut self, group: &'e Group, value: Register, names: Option<&Names>) {
        let mark = self.frame.mark();
        let table = self.registers(4);
        let key = self.registers(2);
        self.emit(Op::Group { group: table, over: value });
        let looped = self.open_loop(|iterator| Op::IterateContext { iterator, over: value });
        let context = self.open_item(looped.item(), names);
        for (pair, (name, _)) in group.pairs.iter().enumerate() {
            self.into(name, context, key);
            self.emit(Op::Move { to: Register(key.0 + 1), from: looped.item() });
            let pair = self.byte(pair);
            self.emit(Op::Classify { group: table, key, pair });
        }
        self.close_item(names);
        self.close_loop(&looped);
        self.gather_groups(group, table, value, names);
        self.frame.release(mark);
    }

    /// The object: for each group its value.
    fn gather_groups(&mut self, group: &'e Group, table: Register, to: Register, names: Option<&Names>) {
        let (object, nothing) = (self.register(), self.register());
        let (next, done) = (self.lowering.builder.label(), self.lowering.builder.label());
        self.set(object, Item::Undefined);
        self.set(nothing, Item::Undefined);
        self.emit(Op::Member { object, name: nothing, value: nothing });
        self.bind_label(next);
        self.emit(Op::NextGroup { group: table, done });
        let values = Register(table.0 + 2);
        if names.is_some() {
            self.emit(Op::Reduce { to: values, from: values });
        }
        let context = self.open_item(values, names);
        for (pair, (_, value)) in group.pairs.iter().enumerate() {
            let mark = self.frame.mark();
            let other = self.lowering.builder.label();
            let pair = self.byte(pair);
            self.emit(Op::OfPair { group: table, pair, otherwise: other });
            let member = self.register();
            self.into(value, context, member);
            self.emit(Op::Member { object, name: Register(table.0 + 1), value: member });
            self.bind_label(other);
            self.frame.release(mark);
        }
        self.close_item(names);
        self.emit(Op::Jump { target: next });
        self.bind_label(done);
        self.emit(Op::Move { to, from: object });
    }
}

/// The names of an object, if all are written out and none comes twice.
fn constant_names(group: &Group) -> Option<Vec<&str>> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in &group.pairs {
        match name {
            Node { kind: Kind::String(name), predicates, group: None, .. } if predicates.is_empty() => {
                if names.contains(&&**name) {
                    return None;
                }
                names.push(name);
            }
            _ => return None,
        }
    }
    Some(names)
}
