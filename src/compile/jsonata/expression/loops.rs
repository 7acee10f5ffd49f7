//! Loops: filters, and functions over arrays whose function is written in place.

use super::emit::{Context, Emitter};
use crate::builtin::jsonata::functions::Higher;
use crate::builtin::jsonata::{BUILTINS, Item, Work};
use crate::program::{Label, Op, Register};
use crate::query::jsonata::ast::{Kind, Lambda, Node, Operator};

/// A loop that has begun.
pub(super) struct Loop {
    /// Source, place and item.
    pub iterator: Register,
    pub next: Label,
    pub done: Label,
}

impl Loop {
    pub fn item(&self) -> Register {
        Register(self.iterator.0 + 2)
    }
}

impl<'e> Emitter<'e, '_> {
    /// Begins a loop; `begin` says over what.
    pub fn open_loop(&mut self, begin: impl FnOnce(Register) -> Op) -> Loop {
        let iterator = self.registers(3);
        let (next, done) = (self.lowering.builder.label(), self.lowering.builder.label());
        self.emit(begin(iterator));
        self.bind_label(next);
        self.emit(Op::Next { iterator, done });
        Loop { iterator, next, done }
    }

    pub fn close_loop(&mut self, looped: &Loop) {
        self.emit(Op::Jump { target: looped.next });
        self.bind_label(looped.done);
    }

    /// `value[predicate]`: the register's value becomes a sequence of what is let through.
    pub fn filter(&mut self, predicate: &'e Node, value: Register) {
        if let Kind::Number(place) = predicate.kind {
            let place = self.literal(Item::number(place));
            return self.emit(Op::Pick { to: value, from: value, place });
        }
        let mark = self.frame.mark();
        let kept = self.register();
        self.set(kept, Item::Undefined);
        let looped = self.open_loop(|iterator| Op::Iterate { iterator, over: value });
        let item = looped.item();
        if is_truth(predicate) {
            self.unless(predicate, Self::context(item), looped.next);
            self.emit(Op::Keep { to: kept, from: item });
        } else {
            let decides = self.operand(predicate, Self::context(item));
            self.emit(Op::Admit { to: kept, iterator: looped.iterator, predicate: decides });
        }
        self.close_loop(&looped);
        self.emit(Op::Close { value: kept });
        self.emit(Op::Move { to: value, from: kept });
        self.frame.release(mark);
    }

    /// A call of `$map`, `$filter` or `$reduce` whose function is written in place: a loop, if it can be one.
    pub fn inlined(&mut self, function: u8, arguments: &[&'e Node], context: Context, to: Register) -> bool {
        let kind = match BUILTINS[usize::from(function)].work {
            Work::Higher(kind) => kind,
            _ => return false,
        };
        let (over, lambda) = match arguments {
            [over, function, ..] => match &function.kind {
                Kind::Lambda(lambda) if function.predicates.is_empty() && lambda.signature.is_none() => {
                    (over, &**lambda)
                }
                _ => return false,
            },
            _ => return false,
        };
        match (kind, arguments.len()) {
            (Higher::Map | Higher::Filter, 2) if lambda.parameters.len() <= 3 => {
                self.mapped(kind, over, lambda, context, to);
                true
            }
            (Higher::Reduce, 2) if (2..=4).contains(&lambda.parameters.len()) => {
                self.reduced(over, lambda, context, to);
                true
            }
            _ => false,
        }
    }

    fn mapped(&mut self, kind: Higher, over: &'e Node, lambda: &'e Lambda, context: Context, to: Register) {
        let gathered = self.register();
        let source = self.operand(over, context);
        self.set(gathered, Item::Undefined);
        let looped = self.open_loop(|iterator| Op::Iterate { iterator, over: source });
        self.open_scope(&[&lambda.body]);
        let mark = self.frame.mark();
        let place = |emitter: &mut Self| emitter.place(&looped);
        self.parameter(lambda, 0, |_| looped.item());
        self.parameter(lambda, 1, place);
        self.parameter(lambda, 2, |_| source);
        let result = self.register();
        self.into(&lambda.body, context, result);
        if kind == Higher::Map {
            self.emit(Op::Defined { value: result, otherwise: looped.next });
            self.emit(Op::Keep { to: gathered, from: result });
        } else {
            self.emit(Op::Test { condition: result, otherwise: looped.next });
            self.emit(Op::Keep { to: gathered, from: looped.item() });
        }
        self.frame.release(mark);
        self.close_scope();
        self.close_loop(&looped);
        self.emit(Op::Close { value: gathered });
        self.emit(Op::Move { to, from: gathered });
    }

    /// Without an initial value: the first item is one.
    fn reduced(&mut self, over: &'e Node, lambda: &'e Lambda, context: Context, to: Register) {
        let so_far = self.register();
        let source = self.operand(over, context);
        self.set(so_far, Item::Undefined);
        let iterator = self.registers(3);
        let (next, done) = (self.lowering.builder.label(), self.lowering.builder.label());
        self.emit(Op::Iterate { iterator, over: source });
        self.emit(Op::Next { iterator, done });
        self.emit(Op::Move { to: so_far, from: Register(iterator.0 + 2) });
        self.bind_label(next);
        self.emit(Op::Next { iterator, done });
        let looped = Loop { iterator, next, done };
        self.open_scope(&[&lambda.body]);
        let mark = self.frame.mark();
        self.parameter(lambda, 0, |_| so_far);
        self.parameter(lambda, 1, |_| looped.item());
        self.parameter(lambda, 2, |emitter| emitter.place(&looped));
        self.parameter(lambda, 3, |_| source);
        self.into(&lambda.body, context, so_far);
        self.frame.release(mark);
        self.close_scope();
        self.close_loop(&looped);
        self.emit(Op::Move { to, from: so_far });
    }

    fn place(&mut self, looped: &Loop) -> Register {
        let to = self.register();
        self.emit(Op::Place { to, iterator: looped.iterator });
        to
    }

    /// A parameter of a function that has become a loop; the register is its own if functions share it.
    fn parameter(&mut self, lambda: &Lambda, place: usize, value: impl FnOnce(&mut Self) -> Register) {
        let Some(name) = lambda.parameters.get(place) else { return };
        let from = value(self);
        let register = self.register();
        self.emit(Op::Move { to: register, from });
        self.declare(name, register);
    }
}

/// Whether a predicate can only be true, false or nothing, so that it names no place.
pub(super) fn is_truth(predicate: &Node) -> bool {
    let plain = predicate.predicates.is_empty() && predicate.group.is_none();
    plain
        && match &predicate.kind {
            Kind::Bool(_) => true,
            Kind::Binary { operator, .. } => matches!(
                operator,
                Operator::Equal
                    | Operator::NotEqual
                    | Operator::Less
                    | Operator::LessOrEqual
                    | Operator::Greater
                    | Operator::GreaterOrEqual
                    | Operator::And
                    | Operator::Or
                    | Operator::In
            ),
            _ => false,
        }
}
