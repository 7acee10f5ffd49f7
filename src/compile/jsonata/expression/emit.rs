//! Emits the instructions of an expression: which registers hold what, and what each kind of expression becomes.

use super::super::Bindings;
use super::scopes::{Frame, Scope};
use super::tuples::{gives_tuples, tuple_names};
use super::{Located, constant};
use crate::builtin::jsonata::{BUILTINS, Fault, Item, Regex, builtin};
use crate::compile::document::Document;
use crate::compile::lower::Lowering;
use crate::json::{self, tree};
use crate::program::{Label, LiteralId, Op, Register, WantedId};
use crate::query::jsonata::ast::{Kind, Lambda, Node};
use crate::query::jsonata::frames;
use crate::usage::Limits;
use std::collections::{HashMap, HashSet};

/// What an expression, or a function in it, is lowered with.
pub(super) struct Emitter<'e, 'a> {
    pub lowering: &'e mut Lowering<'a>,
    pub bindings: &'e Bindings,
    /// The function that is being lowered; the expression itself is one.
    pub frame: Frame,
    /// Variables that functions use from outside: they live in cells that those share.
    pub shared: HashSet<String>,
    /// The places of bindings in tuples.
    pub tuple_names: HashMap<String, u8>,
    /// Functions whose bodies are still to be lowered.
    pub pending: Vec<Pending<'e>>,
    wanted: WantedId,
    /// The expression's instructions. Those that fetch documents for it come before it, among the state's own.
    code: Vec<Op>,
    /// Labels, and before which of the instructions they are.
    labels: Vec<(Label, usize)>,
}

/// A function whose body is still to be lowered.
pub(super) struct Pending<'e> {
    pub label: Label,
    pub lambda: usize,
    pub body: Body<'e>,
    /// The variables it shares, and the registers that hold them in its own frame.
    pub scope: Scope,
    pub parameters: Vec<Box<str>>,
}

/// What a function does.
pub(super) enum Body<'e> {
    Lambda(&'e Lambda),
    /// `|…|…|`, with its parts.
    Transform(&'e Node),
}

/// What an expression is evaluated in.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// What paths begin with.
    pub register: Register,
    /// What `$` is.
    pub dollar: Register,
    /// What is known of it.
    pub kind: ContextKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ContextKind {
    /// It is nothing.
    Nothing,
    /// It is the input of an expression by itself.
    Top,
    /// It may be anything.
    Any,
}

impl<'e, 'a> Emitter<'e, 'a> {
    pub fn new(
        lowering: &'e mut Lowering<'a>,
        bindings: &'e Bindings,
        node: &'e Node,
        wanted: WantedId,
    ) -> Emitter<'e, 'a> {
        let mut shared = HashSet::new();
        frames::shared(node, &mut shared);
        Emitter {
            lowering,
            bindings,
            frame: Frame::default(),
            shared,
            tuple_names: HashMap::new(),
            pending: Vec::new(),
            wanted,
            code: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// The whole expression; the register of its value.
    pub fn expression(&mut self, node: &'e Node) -> Register {
        let (top, to) = (self.register(), self.register());
        let mut context = Context { register: top, dollar: top, kind: ContextKind::Nothing };
        if let Some(document) = self.bindings.top.clone() {
            let wrapped = self.register();
            self.load_document(&document, top);
            self.emit(Op::Wrap { to: wrapped, from: top });
            context = Context { register: wrapped, dollar: top, kind: ContextKind::Top };
        }
        self.open_scope(&[node]);
        // As a variable that functions share it lives in a cell, which the context must not.
        let root = if self.shared.contains("$") { self.register() } else { top };
        if root != top {
            self.emit(Op::Move { to: root, from: top });
        }
        self.declare("$", root);
        self.into(node, context, to);
        self.close_scope();
        to
    }

    /// Ends the expression, and puts the bodies of its functions behind it.
    pub fn finish(mut self, end: Op) {
        self.emit(end);
        let registers = self.frame.most;
        // Few expressions come near the limit; only those look.
        if u32::from(self.frame.deepest) > Limits::EXPRESS.expression_depth {
            self.code.insert(0, Op::Nested { levels: self.frame.deepest.into() });
            self.labels.iter_mut().for_each(|(_, place)| *place += 1);
        }
        let behind = self.lowering.builder.label();
        let has_functions = !self.pending.is_empty();
        if has_functions {
            self.emit(Op::Jump { target: behind });
        }
        while let Some(pending) = self.pending.pop() {
            self.function(pending);
        }
        if has_functions {
            self.bind_label(behind);
        }
        if self.frame.is_full || registers == u16::MAX {
            let site = &self.lowering.graph.states[self.lowering.state.0 as usize].site;
            self.lowering.diagnostics.error(site, "an expression of this state is too large");
        }
        let begin = Op::Begin { wanted: self.wanted, registers };
        self.lowering.builder.emit_block(begin, &self.code, &self.labels);
    }

    pub fn emit(&mut self, op: Op) {
        self.trace(op);
        self.code.push(op);
    }

    /// Puts a label before the next instruction.
    pub fn bind_label(&mut self, label: Label) {
        self.labels.push((label, self.code.len()));
    }

    pub fn register(&mut self) -> Register {
        self.frame.register()
    }

    /// So many registers in a row.
    pub fn registers(&mut self, count: usize) -> Register {
        self.frame.registers(count)
    }

    /// A count as instructions hold it.
    pub fn byte(&mut self, count: usize) -> u8 {
        self.frame.byte(count)
    }

    pub fn literal(&mut self, item: Item) -> LiteralId {
        self.lowering.builder.literal(item)
    }

    pub fn set(&mut self, to: Register, item: Item) {
        let literal = self.literal(item);
        self.emit(Op::Literal { to, literal });
    }

    /// Raises a fault whenever this is reached.
    pub fn throw(&mut self, fault: Fault) {
        let fault = self.lowering.builder.fault(fault);
        self.emit(Op::Throw { fault });
    }

    /// The value of an expression, into a register.
    pub fn into(&mut self, node: &'e Node, context: Context, to: Register) {
        let mark = self.frame.mark();
        self.frame.nest(1);
        match constant(node) {
            Some(constant) => self.constant(&constant, to),
            None => self.evaluated(node, context, to),
        }
        self.frame.level -= 1;
        self.frame.release(mark);
    }

    fn evaluated(&mut self, node: &'e Node, context: Context, to: Register) {
        self.base(node, context, to);
        let is_path = matches!(node.kind, Kind::Path(_));
        let names = gives_tuples(node).then(|| tuple_names(node));
        for predicate in &node.predicates {
            match &names {
                Some(names) => self.filter_tuples(predicate, to, names),
                None => self.filter(predicate, to),
            }
        }
        if let Some(group) = node.group.as_ref().filter(|_| !is_path) {
            self.group(group, to);
        }
        if !is_path && names.is_none() && gives_sequences(node) {
            self.emit(match node.keep_array {
                // A place that a predicate names gives the item itself.
                true if !node.predicates.is_empty() => Op::FinishKeeping { value: to },
                true => Op::KeepSingle { value: to },
                false => Op::Finish { value: to },
            });
        }
    }

    /// A constant: a literal of its own, or a text.
    pub fn constant(&mut self, node: &tree::Node, to: Register) {
        let item = match &node.kind {
            tree::Kind::Null => Item::Null,
            tree::Kind::Bool(value) => Item::bool(*value),
            tree::Kind::Number(text) => Item::number(json::number(text.as_bytes())),
            _ => {
                let mut text = Vec::new();
                tree::write(node, &mut text);
                let value = self.lowering.builder.text(&text);
                Item::from_text(value, &text)
            }
        };
        self.set(to, item);
    }

    fn base(&mut self, node: &'e Node, context: Context, to: Register) {
        match &node.kind {
            Kind::Null => self.set(to, Item::Null),
            Kind::Bool(value) => self.set(to, Item::bool(*value)),
            Kind::Number(number) => self.set(to, Item::number(*number)),
            Kind::String(text) => self.text(text, to),
            Kind::Regex { pattern, flags } => self.regex(pattern, flags, to),
            Kind::Variable(name) => self.variable(name, context, to),
            Kind::Name(_) | Kind::Wildcard | Kind::Descendant | Kind::Sort(_) => self.step(node, context, to),
            Kind::Parent(label) => self.variable(&frames::parent_name(label.0), context, to),
            Kind::Path(path) => {
                self.path(path, path.keep_singleton || node.keep_array, node.group.as_ref(), context, to)
            }
            Kind::Negate(value) => {
                let from = self.operand(value, context);
                self.emit(Op::Minus { to, from });
            }
            Kind::Array { items, constructed } => self.array(items, *constructed, context, to),
            Kind::Object(group) => self.object(group, context, to),
            Kind::Binary { operator, left, right } => self.binary(*operator, left, right, context, to),
            Kind::Bind { name, value } => self.bind(name, value, context, to),
            Kind::Condition { condition, then, otherwise } => {
                self.condition(condition, then, otherwise.as_deref(), context, to)
            }
            Kind::Block(expressions) => self.block(expressions, context, to),
            Kind::Lambda(lambda) => self.lambda(lambda, context, to),
            Kind::Call { procedure, arguments } => self.call(procedure, None, arguments, context, to),
            Kind::Partial { procedure, arguments } => self.partial(procedure, arguments, context, to),
            // It stands only among the arguments of a partial application, which sees to it.
            Kind::Placeholder => self.set(to, Item::Undefined),
            Kind::Apply { left, right } => self.chained(left, right, context, to),
            Kind::Transform { .. } => self.transform(node, context, to),
        }
    }

    /// A string that no constant can hold: it has half a surrogate pair, or filters behind it.
    fn text(&mut self, text: &str, to: Register) {
        let mut quoted = Vec::new();
        json::quote(text, &mut quoted);
        let value = self.lowering.builder.text(&quoted);
        self.set(to, Item::Quoted(value));
    }

    fn regex(&mut self, pattern: &str, flags: &str, to: Register) {
        match Regex::new(pattern, flags) {
            Ok(regex) => {
                let regex = self.lowering.builder.regex(regex);
                self.emit(Op::Regex { to, regex });
            }
            Err(fault) => self.throw(*fault),
        }
    }

    /// What a document of the workflow holds.
    pub fn load(&mut self, located: Located, to: Register) {
        match located.document {
            Document::At(place) => {
                let slot = self.lowering.slot(place);
                let nowhere = crate::program::Reach { through: vec![slot], names: Vec::new(), wrapped: false };
                let reach = located.reach.unwrap_or_else(|| self.lowering.builder.reach(nowhere));
                self.emit(Op::Load { to, slot, reach });
                let origin = self.lowering.input_path(place);
                self.frame.set_origin(to, origin);
            }
            Document::Constant(constant) => self.constant(&constant.node, to),
            other => self.load_document(&other, to),
        }
    }

    pub fn load_document(&mut self, document: &Document, to: Register) {
        let document = self.lowering.localize(document.clone());
        let place = self.lowering.materialize(&document);
        self.load(Located::at(Document::At(place)), to);
    }
}

/// Whether its value may be a sequence that is not complete yet.
fn gives_sequences(node: &Node) -> bool {
    let by_kind = match &node.kind {
        Kind::Call { procedure, .. } => !gives_scalar(procedure),
        Kind::Apply { right, .. } => !matches!(&right.kind, Kind::Call { procedure, .. } if gives_scalar(procedure)),
        Kind::Wildcard | Kind::Descendant | Kind::Parent(_) | Kind::Sort(_) => true,
        _ => false,
    };
    by_kind || !node.predicates.is_empty() || node.keep_array
}

/// Whether a call gives a number, a string or a boolean: then there is no sequence to be completed. A variable of that
/// name may be another function, which gives a complete value, too.
fn gives_scalar(procedure: &Node) -> bool {
    let Kind::Variable(name) = &procedure.kind else { return false };
    let signature = builtin(name).map(|row| BUILTINS[usize::from(row)].signature);
    signature.is_some_and(|signature| [":n>", ":s>", ":b>"].iter().any(|end| signature.ends_with(end)))
}
