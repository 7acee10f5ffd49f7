//! Registers and variables: a frame for each function, a scope for each block in it.

use super::emit::{Context, ContextKind, Emitter};
use crate::builtin::jsonata::Item;
use crate::compile::tables::PathId;
use crate::program::{Op, Register};
use crate::query::jsonata::ast::{Kind, Node};
use crate::query::jsonata::frames;
use std::collections::{HashMap, HashSet};

/// The registers of a function.
#[derive(Default)]
pub(super) struct Frame {
    next: u16,
    pub most: u16,
    /// There were not enough registers.
    pub is_full: bool,
    /// How deep what is being lowered is nested in the function, and the deepest that is evaluated in any case.
    pub level: u16,
    pub deepest: u16,
    /// How many conditions decide whether it is evaluated at all.
    pub perhaps: u16,
    pub scopes: Vec<Scope>,
    /// Where in the input the value of each register comes from, if that is known.
    origins: Vec<Option<PathId>>,
}

/// The variables of a block.
#[derive(Default)]
pub(super) struct Scope {
    pub names: HashMap<String, Variable>,
}

/// A variable: the registers that may hold it, the first that is assigned counts.
#[derive(Clone)]
pub(super) struct Variable {
    pub registers: Vec<Register>,
    /// Whether the last of them is assigned in any case.
    pub certain: bool,
}

/// Most registers of a function.
const REGISTERS_MAX: u16 = 20_000;

impl Frame {
    pub fn register(&mut self) -> Register {
        self.registers(1)
    }

    pub fn registers(&mut self, count: usize) -> Register {
        let first = Register(self.next);
        self.origins.truncate(first.0.into());
        self.is_full |= usize::from(self.next) + count > usize::from(REGISTERS_MAX);
        self.next = self.next.saturating_add(count.min(usize::from(u16::MAX)) as u16);
        self.most = self.most.max(self.next);
        first
    }

    pub fn origin(&self, register: Register) -> Option<PathId> {
        self.origins.get(usize::from(register.0)).copied().flatten()
    }

    pub fn set_origin(&mut self, register: Register, origin: Option<PathId>) {
        let place = usize::from(register.0);
        if place >= self.origins.len() {
            self.origins.resize(place + 1, None);
        }
        self.origins[place] = origin;
    }

    /// A count as instructions hold it; what is too large for one makes the frame full.
    pub fn byte(&mut self, count: usize) -> u8 {
        self.is_full |= count > usize::from(u8::MAX);
        count.min(usize::from(u8::MAX)) as u8
    }

    /// Goes so many levels deeper.
    pub fn nest(&mut self, levels: u16) {
        self.level += levels;
        if self.perhaps == 0 {
            self.deepest = self.deepest.max(self.level);
        }
    }

    pub fn mark(&self) -> u16 {
        self.next
    }

    pub fn release(&mut self, mark: u16) {
        self.next = mark;
    }
}

impl<'e> Emitter<'e, '_> {
    /// Opens the scope of a block. What functions share, and what is not assigned right in the block, is declared at once.
    pub fn open_scope(&mut self, expressions: &[&'e Node]) {
        self.frame.scopes.push(Scope::default());
        let mut bound = HashSet::new();
        let own = |expression: &&&'e Node| !matches!(expression.kind, Kind::Block(_) | Kind::Lambda(_));
        expressions.iter().filter(own).for_each(|expression| frames::bindings(expression, &mut bound));
        let mut bound: Vec<&str> = bound.into_iter().collect();
        bound.sort_unstable();
        for name in bound {
            let register = self.register();
            self.set(register, Item::Unbound);
            if self.shared.contains(name) {
                self.emit(Op::Share { variable: register, value: register });
            }
            let variable = Variable { registers: vec![register], certain: false };
            self.scope().names.insert(name.to_owned(), variable);
        }
    }

    pub fn close_scope(&mut self) {
        self.frame.scopes.pop();
    }

    fn scope(&mut self) -> &mut Scope {
        self.frame.scopes.last_mut().expect("the expression itself is a scope")
    }

    /// A variable that the register holds from here on; it is moved to a cell if functions share it.
    pub fn declare(&mut self, name: &str, register: Register) {
        self.declare_as(name, register, true);
    }

    /// The same; the register may turn out to hold nothing that is assigned.
    pub fn declare_as(&mut self, name: &str, register: Register, certain: bool) {
        if self.shared.contains(name) {
            self.emit(Op::Share { variable: register, value: register });
        }
        self.scope().names.insert(name.to_owned(), Variable { registers: vec![register], certain });
    }

    /// The registers that may hold a variable, from the innermost scope outwards.
    pub fn lookup(&self, name: &str) -> Option<Variable> {
        let mut found = Variable { registers: Vec::new(), certain: false };
        for scope in self.frame.scopes.iter().rev() {
            let Some(variable) = scope.names.get(name) else { continue };
            found.registers.extend(&variable.registers);
            if variable.certain {
                found.certain = true;
                break;
            }
        }
        (!found.registers.is_empty()).then_some(found)
    }

    /// Whether the name is a variable of the expression or of the workflow, and so not that of a function.
    pub fn is_variable(&mut self, name: &str) -> bool {
        self.lookup(name).is_some() || self.outside(name)
    }

    /// Whether the workflow, or whoever evaluates the expression, defines it.
    pub fn outside(&self, name: &str) -> bool {
        self.bindings.given.iter().any(|(given, _)| given == name)
            || self.lowering.variables.scope_of(self.lowering.graph, self.lowering.scope, name).is_some()
    }

    /// `$name`
    pub fn variable(&mut self, name: &str, context: Context, to: Register) {
        if name.is_empty() {
            return self.emit(Op::Move { to, from: context.dollar });
        }
        let Some(variable) = self.lookup(name) else { return self.outer_variable(name, to) };
        if !variable.certain {
            self.outer_variable(name, to);
        }
        let mut registers = variable.registers.iter().rev().copied();
        if variable.certain {
            let from = registers.next().expect("it has a register");
            self.emit(Op::Move { to, from });
        }
        for from in registers {
            self.emit(Op::Known { to, from, otherwise: to });
        }
    }

    /// A variable that the expression does not define: the workflow's, or a function.
    fn outer_variable(&mut self, name: &str, to: Register) {
        let bindings = self.bindings;
        if name == "states" && !bindings.alone {
            let document = self.lowering.states(bindings);
            return self.load_document(&document, to);
        }
        if let Some((_, document)) = bindings.given.iter().find(|(given, _)| given == name) {
            return self.load_document(&document.clone(), to);
        }
        if let Some(document) = self.lowering.workflow_variable(name) {
            return self.load_document(&document, to);
        }
        match crate::builtin::jsonata::functions::builtin(name) {
            Some(function) => self.emit(Op::Builtin { to, function }),
            None => self.set(to, Item::Undefined),
        }
    }

    /// `$name := value`
    pub fn bind(&mut self, name: &str, value: &'e Node, context: Context, to: Register) {
        self.into(value, context, to);
        let declared = self.frame.scopes.iter().rev().find_map(|scope| scope.names.get(name));
        let Some(variable) = declared.and_then(|variable| variable.registers.first().copied()) else { return };
        self.emit(Op::Bind { variable, value: to });
    }

    /// `(a; b; c)`
    pub fn block(&mut self, expressions: &'e [Node], context: Context, to: Register) {
        self.open_scope(&expressions.iter().collect::<Vec<_>>());
        if expressions.is_empty() {
            self.set(to, Item::Undefined);
        }
        for expression in expressions {
            self.into(expression, context, to);
            if let Kind::Bind { name, .. } = &expression.kind
                && let Some(variable) = self.scope().names.get_mut(&**name)
            {
                variable.certain = true;
            }
        }
        self.close_scope();
    }

    /// A context that may be anything.
    pub fn context(register: Register) -> Context {
        Context { register, dollar: register, kind: ContextKind::Any }
    }
}

/// The register so many places behind another. Where there are not so many, the frame is full.
pub(super) fn behind(register: Register, places: usize) -> Register {
    Register(register.0.saturating_add(places.min(usize::from(u16::MAX)) as u16))
}
