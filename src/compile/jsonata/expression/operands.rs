//! Operators, conditions and arrays.

use super::emit::{Context, Emitter};
use super::scopes::behind;
use crate::builtin::jsonata::Item;
use crate::program::{Label, Op, Register};
use crate::query::jsonata::ast::{Kind, Node, Operator};

/// Most texts that are joined at once.
const JOINED_MAX: usize = 255;

impl<'e> Emitter<'e, '_> {
    /// The register that holds an expression's value: the variable's own, where it is one, else a new one.
    pub fn operand(&mut self, node: &'e Node, context: Context) -> Register {
        if let Kind::Variable(name) = &node.kind
            && node.predicates.is_empty()
            && node.group.is_none()
        {
            self.frame.nest(1);
            self.frame.level -= 1;
            if name.is_empty() {
                return context.dollar;
            }
            if let Some(variable) = self.lookup(name)
                && variable.certain
                && variable.registers.len() == 1
                && !self.shared.contains(&**name)
            {
                return variable.registers[0];
            }
        }
        let to = self.register();
        self.into(node, context, to);
        to
    }

    pub fn binary(&mut self, operator: Operator, left: &'e Node, right: &'e Node, context: Context, to: Register) {
        match operator {
            Operator::And | Operator::Or => return self.both(operator, left, right, context, to),
            Operator::Concatenate => return self.concatenate(left, right, context, to),
            _ => {}
        }
        let left = self.operand(left, context);
        let right = self.operand(right, context);
        self.emit(match operator {
            Operator::Add => Op::Add { to, left, right },
            Operator::Subtract => Op::Subtract { to, left, right },
            Operator::Multiply => Op::Multiply { to, left, right },
            Operator::Divide => Op::Divide { to, left, right },
            Operator::Remainder => Op::Remainder { to, left, right },
            Operator::Equal => Op::Equal { to, left, right },
            Operator::NotEqual => Op::NotEqual { to, left, right },
            Operator::Less => Op::Less { to, left, right },
            Operator::LessOrEqual => Op::LessOrEqual { to, left, right },
            Operator::Greater => Op::Greater { to, left, right },
            Operator::GreaterOrEqual => Op::GreaterOrEqual { to, left, right },
            Operator::In => Op::In { to, left, right },
            Operator::Range => Op::Range { to, left, right },
            Operator::And | Operator::Or | Operator::Concatenate => unreachable!("dealt with above"),
        });
        if operator == Operator::Range {
            self.emit(Op::Finish { value: to });
        }
    }

    /// `and`, `or`: the right side is evaluated only where the left one does not decide.
    fn both(&mut self, operator: Operator, left: &'e Node, right: &'e Node, context: Context, to: Register) {
        let decided = self.lowering.builder.label();
        self.into(left, context, to);
        self.emit(Op::Truth { to, from: to });
        self.emit(match operator {
            Operator::And => Op::Test { condition: to, otherwise: decided },
            _ => Op::TestNot { condition: to, target: decided },
        });
        self.frame.perhaps += 1;
        self.into(right, context, to);
        self.frame.perhaps -= 1;
        self.emit(Op::Truth { to, from: to });
        self.bind_label(decided);
    }

    /// `a & b & …`, joined at once.
    fn concatenate(&mut self, left: &'e Node, right: &'e Node, context: Context, to: Register) {
        let mut texts = vec![right];
        let mut rest = left;
        while let Kind::Binary { operator: Operator::Concatenate, left, right } = &rest.kind
            && rest.predicates.is_empty()
            && rest.group.is_none()
            && texts.len() + 1 < JOINED_MAX
        {
            texts.push(right);
            rest = left;
        }
        texts.push(rest);
        let first = self.registers(texts.len());
        for (place, text) in texts.iter().rev().enumerate() {
            // The reference nests the joins in one another, the first text deepest.
            let levels = (texts.len() - 2).saturating_sub(place.saturating_sub(1)) as u16;
            self.frame.nest(levels);
            self.into(text, context, behind(first, place));
            self.frame.level -= levels;
        }
        let count = self.byte(texts.len());
        self.emit(Op::Concatenate { to, first, count });
    }

    /// Goes to the label where the condition is false.
    pub fn unless(&mut self, condition: &'e Node, context: Context, otherwise: Label) {
        if let Kind::Binary { operator: Operator::And, left, right } = &condition.kind
            && condition.predicates.is_empty()
            && condition.group.is_none()
        {
            self.unless(left, context, otherwise);
            self.unless(right, context, otherwise);
            return;
        }
        let mark = self.frame.mark();
        let condition = self.operand(condition, context);
        self.emit(Op::Test { condition, otherwise });
        self.frame.release(mark);
    }

    pub fn condition(
        &mut self,
        condition: &'e Node,
        then: &'e Node,
        otherwise: Option<&'e Node>,
        context: Context,
        to: Register,
    ) {
        let (other, end) = (self.lowering.builder.label(), self.lowering.builder.label());
        self.unless(condition, context, other);
        self.frame.perhaps += 1;
        self.into(then, context, to);
        self.emit(Op::Jump { target: end });
        self.bind_label(other);
        match otherwise {
            Some(otherwise) => self.into(otherwise, context, to),
            None => self.set(to, Item::Undefined),
        }
        self.frame.perhaps -= 1;
        self.bind_label(end);
    }

    /// `[…]`: arrays among the items are flattened, but those written as arrays.
    pub fn array(&mut self, items: &'e [Node], constructed: bool, context: Context, to: Register) {
        if let ([Node { kind: Kind::Binary { operator: Operator::Range, left, right }, predicates, .. }], false) =
            (items, constructed)
            && predicates.is_empty()
        {
            let left = self.operand(left, context);
            let right = self.operand(right, context);
            self.emit(Op::Range { to, left, right });
            return self.emit(Op::Settle { value: to });
        }
        // Items may read the register that the array goes to.
        let array = self.register();
        self.emit(Op::Array { to: array });
        for item in items {
            let mark = self.frame.mark();
            let from = self.operand(item, context);
            let is_array = matches!(item.kind, Kind::Array { .. });
            self.emit(if is_array { Op::Push { array, from } } else { Op::Append { array, from } });
            self.frame.release(mark);
        }
        if constructed {
            self.emit(Op::Construct { array });
        }
        self.emit(Op::Move { to, from: array });
    }
}
