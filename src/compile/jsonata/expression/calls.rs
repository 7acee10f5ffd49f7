//! Functions: called, defined, applied in part, chained.

use super::emit::{Body, Context, ContextKind, Emitter, Pending};
use super::paths::How;
use super::scopes::{Scope, Variable, behind};
use crate::builtin::jsonata::functions::builtin;
use crate::builtin::jsonata::{BUILTINS, Item, Signature};
use crate::program::{self, Callee, CalleeId, LambdaId, Op, Register};
use crate::query::jsonata::ast::{Kind, Lambda, Node};
use crate::query::jsonata::frames;

impl<'e> Emitter<'e, '_> {
    /// `procedure(arguments)`; `first` is the argument that `~>` puts before them.
    pub fn call(
        &mut self,
        procedure: &'e Node,
        first: Option<&'e Node>,
        arguments: &'e [Node],
        context: Context,
        to: Register,
    ) {
        let all: Vec<&'e Node> = first.into_iter().chain(arguments).collect();
        if let Some(function) = self.builtin(procedure) {
            if self.inlined(function, &all, context, to) || self.aggregated(function, &all, context, to) {
                return;
            }
            let start = self.registers(all.len() + 1);
            if takes_context(function, all.len()) {
                self.emit(Op::Move { to: start, from: context.dollar });
            }
            self.arguments(&all, start, context);
            let count = self.byte(all.len());
            return self.emit(Op::Apply { to, first: start, function, count });
        }
        let (start, callee) = self.prepare(procedure, &all, context);
        let count = self.byte(all.len());
        self.emit(Op::Invoke { to, first: start, count, callee });
    }

    /// A call of `$sum` or `$count` for a path: one result after another is taken in.
    fn aggregated(&mut self, function: u8, arguments: &[&'e Node], context: Context, to: Register) -> bool {
        let how = match BUILTINS[usize::from(function)].name {
            "sum" => How::Summed,
            "count" => How::Counted,
            _ => return false,
        };
        match arguments {
            [Node { kind: Kind::Path(path), predicates, group: None, keep_array: false, .. }]
                if predicates.is_empty() =>
            {
                self.frame.nest(1);
                let is_done = self.aggregate(path, how, context, to);
                self.frame.level -= 1;
                is_done
            }
            _ => false,
        }
    }

    /// The procedure, its arguments and the context, in registers one after another.
    fn prepare(&mut self, procedure: &'e Node, arguments: &[&'e Node], context: Context) -> (Register, CalleeId) {
        let start = self.registers(arguments.len() + 2);
        self.into(procedure, context, start);
        self.arguments(arguments, start, context);
        let end = behind(start, 1 + arguments.len());
        self.emit(Op::Move { to: end, from: context.dollar });
        (start, self.callee(procedure))
    }

    fn arguments(&mut self, arguments: &[&'e Node], start: Register, context: Context) {
        for (place, argument) in arguments.iter().enumerate() {
            self.into(argument, context, behind(start, 1 + place));
        }
    }

    /// The row of the function that a procedure names, if nothing else has that name here.
    fn builtin(&mut self, procedure: &Node) -> Option<u8> {
        match &procedure.kind {
            Kind::Variable(name) if procedure.predicates.is_empty() && !self.is_variable(name) => builtin(name),
            _ => None,
        }
    }

    /// What to say when the procedure is no function.
    fn callee(&mut self, procedure: &Node) -> CalleeId {
        let (name, nearly) = match &procedure.kind {
            Kind::Variable(name) => (Some(name.clone()), false),
            Kind::Path(path) => match &path.steps[0].node.kind {
                Kind::Name(name) => (Some(name.clone()), self.is_variable(name) || builtin(name).is_some()),
                _ => (None, false),
            },
            _ => (None, false),
        };
        let level = self.frame.level;
        self.lowering.builder.callee(Callee { name, nearly, level })
    }

    /// A call with some arguments left open.
    pub fn partial(&mut self, procedure: &'e Node, arguments: &'e [Node], context: Context, to: Register) {
        let start = self.registers(arguments.len() + 1);
        self.into(procedure, context, start);
        for (place, argument) in arguments.iter().enumerate() {
            let register = behind(start, 1 + place);
            match argument.kind {
                Kind::Placeholder => self.set(register, Item::Unbound),
                _ => self.into(argument, context, register),
            }
        }
        let callee = self.callee(procedure);
        let count = self.byte(arguments.len());
        self.emit(Op::Partial { to, first: start, count, callee });
    }

    /// `left ~> right`
    pub fn chained(&mut self, left: &'e Node, right: &'e Node, context: Context, to: Register) {
        if let Kind::Call { procedure, arguments } = &right.kind
            && right.predicates.is_empty()
            && right.group.is_none()
        {
            return self.call(procedure, Some(left), arguments, context, to);
        }
        let left = self.operand(left, context);
        let right = self.operand(right, context);
        self.emit(Op::Chain { to, left, right });
    }

    /// `function(…){…}`: its body is lowered behind the expression.
    pub fn lambda(&mut self, lambda: &'e Lambda, context: Context, to: Register) {
        let names = frames::outer(&lambda.body, &lambda.parameters);
        let signature = lambda.signature.clone();
        self.closure(names, lambda.parameters.clone(), signature, Body::Lambda(lambda), context, to);
    }

    /// `|pattern|update, delete|`: a function that takes a value and gives a changed copy of it.
    pub fn transform(&mut self, node: &'e Node, context: Context, to: Register) {
        let names = frames::outer(node, &[]);
        let signature = Signature::parse("<(oa):o>").ok();
        self.closure(names, vec!["%value".into()], signature, Body::Transform(node), context, to);
    }

    fn closure(
        &mut self,
        names: Vec<String>,
        parameters: Vec<Box<str>>,
        signature: Option<Signature>,
        body: Body<'e>,
        context: Context,
        to: Register,
    ) {
        let mut captured = vec![context.dollar];
        let mut scope = Scope::default();
        let mut next = behind(Register(1), parameters.len()).0;
        for name in names {
            let Some(variable) = self.lookup(&name) else { continue };
            let inner = variable.registers.iter().enumerate().map(|(place, _)| behind(Register(next), place)).collect();
            next = behind(Register(next), variable.registers.len()).0;
            captured.extend(&variable.registers);
            scope.names.insert(name, Variable { registers: inner, certain: variable.certain });
        }
        let label = self.lowering.builder.label();
        let count = self.byte(parameters.len());
        let id = self.lowering.builder.lambda(program::Lambda {
            entry: label,
            registers: next,
            parameters: count,
            depth: 0,
            signature,
            captured,
        });
        self.emit(Op::Closure { to, lambda: id });
        self.pending.push(Pending { label, lambda: id.0.into(), body, scope, parameters });
    }

    /// The body of a function.
    pub fn function(&mut self, pending: Pending<'e>) {
        self.bind_label(pending.label);
        let outer = std::mem::take(&mut self.frame);
        let shared: u16 = pending.scope.names.values().map(|variable| variable.registers.len() as u16).sum();
        let context = self.register();
        let parameters = self.registers(pending.parameters.len() + usize::from(shared));
        self.frame.scopes.push(pending.scope);
        let context = Context { register: context, dollar: context, kind: ContextKind::Any };
        match pending.body {
            Body::Lambda(lambda) => {
                self.open_scope(&[&lambda.body]);
                for (place, name) in pending.parameters.iter().enumerate() {
                    self.declare(name, behind(parameters, place));
                }
                self.tail(&lambda.body, context);
            }
            Body::Transform(node) => self.transformer(node, parameters),
        }
        let lambda = &mut self.lowering.builder.expressions.lambdas[LambdaId(pending.lambda as u16).0 as usize];
        lambda.registers = self.frame.most;
        lambda.depth = self.frame.deepest;
        let is_full = self.frame.is_full;
        self.frame = outer;
        self.frame.is_full |= is_full;
    }

    /// The end of a function: what it calls last takes its place.
    fn tail(&mut self, node: &'e Node, context: Context) {
        self.frame.nest(1);
        self.tail_of(node, context);
        self.frame.level -= 1;
    }

    fn tail_of(&mut self, node: &'e Node, context: Context) {
        let plain = node.predicates.is_empty() && node.group.is_none() && !node.keep_array;
        match &node.kind {
            Kind::Call { procedure, arguments } if plain && self.builtin(procedure).is_none() => {
                let all: Vec<&'e Node> = arguments.iter().collect();
                let (first, callee) = self.prepare(procedure, &all, context);
                let count = self.byte(all.len());
                self.emit(Op::TailInvoke { first, count, callee });
            }
            Kind::Condition { condition, then, otherwise: Some(otherwise) } if plain => {
                let other = self.lowering.builder.label();
                self.unless(condition, context, other);
                self.frame.perhaps += 1;
                self.tail(then, context);
                self.bind_label(other);
                self.tail(otherwise, context);
                self.frame.perhaps -= 1;
            }
            Kind::Block(expressions) if plain && !expressions.is_empty() => {
                self.open_scope(&expressions.iter().collect::<Vec<_>>());
                let (last, before) = expressions.split_last().expect("it is not empty");
                for expression in before {
                    let to = self.register();
                    self.into(expression, context, to);
                }
                self.tail(last, context);
                self.close_scope();
            }
            _ => {
                let from = self.register();
                self.frame.level -= 1;
                self.into(node, context, from);
                self.frame.level += 1;
                self.emit(Op::Return { from });
            }
        }
    }

    /// The body of a transformation.
    fn transformer(&mut self, node: &'e Node, value: Register) {
        let Kind::Transform { pattern, update, delete } = &node.kind else { return };
        let (copy, matches) = (self.register(), self.register());
        let iterator = self.registers(3);
        let (next, done) = (self.lowering.builder.label(), self.lowering.builder.label());
        self.emit(Op::Clone { to: copy, from: value });
        self.into(pattern, Self::context(copy), matches);
        self.emit(Op::Iterate { iterator, over: matches });
        self.bind_label(next);
        self.emit(Op::Next { iterator, done });
        let object = Register(iterator.0 + 2);
        let mark = self.frame.mark();
        let changes = self.register();
        self.into(update, Self::context(object), changes);
        self.emit(Op::Merge { object, update: changes });
        if let Some(delete) = delete {
            self.into(delete, Self::context(object), changes);
            self.emit(Op::Delete { object, names: changes });
        }
        self.frame.release(mark);
        self.emit(Op::Jump { target: next });
        self.bind_label(done);
        self.emit(Op::Return { from: copy });
    }
}

/// Whether a call with so many arguments may be passed the context.
fn takes_context(function: u8, arguments: usize) -> bool {
    let builtin = &BUILTINS[usize::from(function)];
    builtin.signature.contains('-') && arguments < usize::from(builtin.arity)
}
