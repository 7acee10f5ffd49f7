//! Calls: functions of the table at once, functions of the expression on a stack of its own.

use super::higher::Progress;
use super::{Evaluator, Scene};
use crate::builtin::jsonata::signature::{Mismatch, Passed, Type as Letter, Types};
use crate::builtin::jsonata::{
    BUILTINS, Builtin, Call, Fault, Flags, Function, FunctionId, Item, Outcome, Signature, Type, Work, json_of,
    out_of_memory,
};
use crate::program::{Callee, CalleeId, LambdaId, Register};
use std::sync::LazyLock;

/// What goes on when a function gives its value.
#[derive(Debug)]
pub(super) enum Activation {
    /// Code that called it.
    Code { pc: usize, base: usize, depth: u32, to: Register },
    /// A function that calls functions.
    Higher { higher: Box<super::higher::Higher>, frame: Frame },
    /// The second of two functions one after the other.
    Then { second: FunctionId, frame: Frame },
}

/// Which registers are in use while a function calls others: those behind them are given up when it goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    base: usize,
    end: usize,
}

/// Functions with no more arguments than this are called without allocating.
const FEW: usize = 8;

/// The signatures of the table of functions.
static SIGNATURES: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let parse = |builtin: &Builtin| Signature::parse(builtin.signature).expect("a test parses every signature");
    BUILTINS.iter().map(parse).collect()
});

impl Evaluator {
    /// Calls a function of the table; where to go on.
    pub(super) fn apply(
        &mut self,
        scene: &mut Scene<'_>,
        to: Register,
        first: Register,
        function: u8,
        count: u8,
        pc: usize,
    ) -> Outcome<usize> {
        let start = self.base + first.0 as usize;
        let end = start + 1 + usize::from(count);
        for register in start..end {
            self.registers[register] = self.heap.open(self.registers[register]);
        }
        let context = self.registers[start];
        let builtin = &BUILTINS[usize::from(function)];
        let named = |fault: Box<Fault>| named(fault, Some(builtin.name));
        if let Work::Plain(work) | Work::Either(work, _) = builtin.work
            && usize::from(count) <= FEW
        {
            let mut arguments = [Item::Undefined; FEW];
            arguments[..usize::from(count)].copy_from_slice(&self.registers[start + 1..end]);
            if !matches!(builtin.work, Work::Either(..)) || !self.has_functions(&arguments) {
                let result = self.plain(scene, function, work, &arguments[..usize::from(count)], context);
                self.set(to, result.map_err(named)?);
                return Ok(pc);
            }
        }
        let arguments = self.registers[start + 1..end].to_vec();
        self.activations.push(self.code(pc, to));
        self.depth += 1;
        self.call_builtin(scene, function, &arguments, context).map_err(named)
    }

    /// Whether there is a function among the arguments that is no regular expression.
    fn has_functions(&self, arguments: &[Item]) -> bool {
        let regex = |id: &FunctionId| matches!(self.heap.function_of(*id), Function::Regex(_));
        arguments.iter().any(|argument| matches!(argument, Item::Function(id) if !regex(id)))
    }

    /// A function of the table that calls no functions.
    fn plain(
        &mut self,
        scene: &mut Scene<'_>,
        function: u8,
        work: fn(&mut Call<'_>) -> Outcome<Item>,
        arguments: &[Item],
        context: Item,
    ) -> Outcome<Item> {
        self.fit(&SIGNATURES[usize::from(function)], arguments, context, scene)?;
        self.charge(self.fitted.len() as u64)?;
        let arity = usize::from(BUILTINS[usize::from(function)].arity);
        let mut fitted = std::mem::take(&mut self.fitted);
        fitted.resize(fitted.len().max(arity), Item::Undefined);
        let mut call = Call {
            arguments: &fitted,
            heap: &mut self.heap,
            texts: scene.texts,
            regexes: &scene.program.expressions.regexes,
            random: scene.random,
            now_ms: scene.now_ms,
        };
        let result = work(&mut call);
        self.fitted = fitted;
        result
    }

    /// Puts the arguments, as the signature wants them, into `fitted`.
    fn fit(&mut self, signature: &Signature, arguments: &[Item], context: Item, scene: &Scene<'_>) -> Outcome<()> {
        let mut types = [Letter::Missing; FEW];
        let many: Vec<Letter>;
        let supplied = if arguments.len() <= FEW {
            arguments.iter().zip(&mut types).for_each(|(argument, kind)| *kind = letter(*argument));
            &types[..arguments.len()]
        } else {
            many = arguments.iter().map(|argument| letter(*argument)).collect();
            &many
        };
        self.fitted.clear();
        if signature.takes_as_they_are(supplied) {
            self.fitted.extend_from_slice(arguments);
            return Ok(());
        }
        let mut passed = std::mem::take(&mut self.passed);
        let items = |place: usize| self.item_types(arguments[place], scene);
        let checked = signature.check(supplied, letter(context), items, &mut passed);
        self.passed = passed;
        checked.map_err(|mismatch| self.mismatch(&mismatch, arguments, context, scene))?;
        for place in 0..self.passed.len() {
            let item = match self.passed[place] {
                Passed::Argument(place) => arguments[place],
                Passed::Wrapped(place) => Item::Array(self.heap.array_of(&[arguments[place]], Flags::default())?),
                Passed::Context => context,
                Passed::Missing => Item::Undefined,
            };
            self.fitted.push(item);
        }
        Ok(())
    }

    fn item_types(&self, array: Item, scene: &Scene<'_>) -> Types {
        let mut cursor = Default::default();
        let mut types = Types::NONE;
        while let Some(item) = self.heap.next(array, &mut cursor, scene.texts) {
            types = types.with(letter(item));
        }
        types
    }

    #[cold]
    fn mismatch(&self, mismatch: &Mismatch, arguments: &[Item], context: Item, scene: &Scene<'_>) -> Box<Fault> {
        let value = arguments.get(mismatch.argument).copied().unwrap_or(context);
        mismatch.fault().with("value", json_of(&self.heap, value, scene.texts))
    }

    /// Calls what is in `first` with the arguments behind it; where to go on.
    pub(super) fn invoke(
        &mut self,
        scene: &mut Scene<'_>,
        to: Register,
        first: Register,
        count: u8,
        callee: CalleeId,
        pc: usize,
    ) -> Outcome<usize> {
        let (function, context) = self.callable(scene, first, count, callee)?;
        self.activations.push(self.code(pc, to));
        self.depth += u32::from(scene.program.expressions.callees[callee.0 as usize].level);
        self.call_with_arguments(scene, function, context, callee)
    }

    /// The same as the last thing a function does: its registers are given up.
    pub(super) fn tail_invoke(
        &mut self,
        scene: &mut Scene<'_>,
        first: Register,
        count: u8,
        callee: CalleeId,
    ) -> Outcome<usize> {
        let (function, context) = self.callable(scene, first, count, callee)?;
        self.registers.truncate(self.base);
        self.call_with_arguments(scene, function, context, callee)
    }

    fn call_with_arguments(
        &mut self,
        scene: &mut Scene<'_>,
        function: FunctionId,
        context: Item,
        callee: CalleeId,
    ) -> Outcome<usize> {
        let arguments = std::mem::take(&mut self.arguments);
        let called = self.call_in(scene, function, &arguments, context);
        self.arguments = arguments;
        called.map_err(|fault| named(fault, scene.program.expressions.callees[callee.0 as usize].name.as_deref()))
    }

    /// The function that is called, and the context of the call; its arguments are put aside.
    fn callable(
        &mut self,
        scene: &Scene<'_>,
        first: Register,
        count: u8,
        callee: CalleeId,
    ) -> Outcome<(FunctionId, Item)> {
        let start = self.base + first.0 as usize + 1;
        let end = start + usize::from(count);
        let Evaluator { arguments, registers, heap, .. } = self;
        arguments.clear();
        arguments.extend(registers[start..end].iter().map(|item| heap.open(*item)));
        let context = heap.open(registers[end]);
        match self.heap.open(self.at(first)) {
            Item::Function(function) => Ok((function, context)),
            _ => Err(no_function(&scene.program.expressions.callees[callee.0 as usize], "T1005", "T1006")),
        }
    }

    /// Calls a function whose value goes to the latest activation; where to go on. It is called by no expression, and so
    /// its context is null.
    pub(super) fn call(&mut self, scene: &mut Scene<'_>, function: FunctionId, arguments: &[Item]) -> Outcome<usize> {
        self.call_in(scene, function, arguments, Item::Null)
    }

    /// The same, with the context that may stand in for an argument.
    fn call_in(
        &mut self,
        scene: &mut Scene<'_>,
        function: FunctionId,
        arguments: &[Item],
        caller: Item,
    ) -> Outcome<usize> {
        self.charge(2)?;
        match self.heap.function_of(function) {
            Function::Builtin(row) => self.call_builtin(scene, row, arguments, caller),
            Function::Lambda { lambda, captured } => {
                let lambda = &scene.program.expressions.lambdas[lambda as usize];
                self.check_depth(lambda.depth.into())?;
                let context = self.heap.items(captured)[0];
                match &lambda.signature {
                    Some(signature) => self.fit(signature, arguments, caller, scene)?,
                    None => {
                        self.fitted.clear();
                        self.fitted.extend_from_slice(arguments);
                    }
                }
                self.fitted.resize(lambda.parameters.into(), Item::Undefined);
                self.base = self.registers.len();
                self.registers.push(context);
                self.registers.append(&mut self.fitted);
                self.registers.extend_from_slice(&self.heap.items(captured)[1..]);
                self.registers.resize(self.base + lambda.registers as usize, Item::Undefined);
                if self.registers.len() > REGISTERS_MAX {
                    return Err(out_of_memory());
                }
                Ok(lambda.entry.0 as usize)
            }
            Function::Partial { function, arguments: fixed } => {
                let arguments = self.completed(fixed, arguments);
                self.call(scene, function, &arguments)
            }
            Function::Chain { first, second } => {
                let frame = self.frame();
                self.activations.push(Activation::Then { second, frame });
                self.call(scene, first, &[arguments.first().copied().unwrap_or_default()])
            }
            Function::Regex(_) | Function::NextMatch { .. } => {
                let value = self.match_object(scene, self.heap.function_of(function), arguments)?;
                self.give(scene, value)
            }
        }
    }

    /// The registers that are in use.
    fn frame(&self) -> Frame {
        Frame { base: self.base, end: self.registers.len() }
    }

    /// Gives up the registers of what was called.
    fn go_back(&mut self, frame: Frame) {
        self.base = frame.base;
        self.registers.truncate(frame.end);
    }

    /// What goes on behind a call.
    fn code(&self, pc: usize, to: Register) -> Activation {
        Activation::Code { pc, base: self.base, depth: self.depth, to }
    }

    /// Whether what is about to run may nest so much deeper; the words are those of AWS's engine.
    pub(super) fn check_depth(&self, more: u32) -> Outcome<()> {
        let (depth, most) = (self.depth + more, self.depth_max);
        if depth <= most && self.activations.len() <= ACTIVATIONS_MAX {
            return Ok(());
        }
        Err(Fault::saying(
            "U1001",
            format!(
                "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as \
                 tail-recursive. Depth={depth} max={most}"
            ),
        ))
    }

    /// The arguments of a partial application with those that were left open filled in.
    fn completed(&self, fixed: crate::builtin::jsonata::ArrayId, arguments: &[Item]) -> Vec<Item> {
        let mut open = arguments.iter().copied();
        let fill = |item: &Item| if *item == Item::Unbound { open.next().unwrap_or_default() } else { *item };
        self.heap.items(fixed).iter().map(fill).collect()
    }

    fn call_builtin(&mut self, scene: &mut Scene<'_>, row: u8, arguments: &[Item], context: Item) -> Outcome<usize> {
        let builtin = &BUILTINS[usize::from(row)];
        let kind = match builtin.work {
            Work::Plain(work) => {
                let value = self.plain(scene, row, work, arguments, context)?;
                return self.give(scene, value);
            }
            Work::Either(work, _) if !self.has_functions(arguments) => {
                let value = self.plain(scene, row, work, arguments, context)?;
                return self.give(scene, value);
            }
            Work::Either(_, kind) | Work::Higher(kind) => kind,
        };
        self.fit(&SIGNATURES[usize::from(row)], arguments, context, scene)?;
        let mut fitted = std::mem::take(&mut self.fitted);
        fitted.resize(fitted.len().max(4), Item::Undefined);
        let begun = self.begin_higher(kind, &fitted, scene);
        self.fitted = fitted;
        self.proceed(scene, begun?)
    }

    /// Goes on with a function that calls functions.
    fn proceed(
        &mut self,
        scene: &mut Scene<'_>,
        (higher, progress): (Box<super::higher::Higher>, Progress),
    ) -> Outcome<usize> {
        match progress {
            Progress::Done(value) => self.give(scene, value),
            Progress::Call { function, arguments, count } => {
                let frame = self.frame();
                self.activations.push(Activation::Higher { higher, frame });
                self.call(scene, function, &arguments[..count])
            }
        }
    }

    /// Gives a function's value to whoever called it; where to go on.
    pub(super) fn give(&mut self, scene: &mut Scene<'_>, value: Item) -> Outcome<usize> {
        let mut value = self.heap.open(value);
        loop {
            match self.activations.pop() {
                Some(Activation::Code { pc, base, depth, to }) => {
                    self.depth = depth;
                    if self.base != base {
                        self.registers.truncate(self.base);
                        self.base = base;
                    }
                    self.set(to, value);
                    return Ok(pc);
                }
                Some(Activation::Then { second, frame }) => {
                    self.go_back(frame);
                    return self.call(scene, second, &[value]);
                }
                Some(Activation::Higher { mut higher, frame }) => {
                    self.go_back(frame);
                    match self.resume(&mut higher, value, scene)? {
                        Progress::Done(result) => value = result,
                        Progress::Call { function, arguments, count } => {
                            self.activations.push(Activation::Higher { higher, frame });
                            return self.call(scene, function, &arguments[..count]);
                        }
                    }
                }
                None => unreachable!("every call is somebody's"),
            }
        }
    }

    /// A function that the expression defines, with the context and the variables it shares.
    pub(super) fn closure(&mut self, scene: &Scene<'_>, id: LambdaId) -> Outcome<Item> {
        let lambda = &scene.program.expressions.lambdas[id.0 as usize];
        let captured = self.heap.array(Flags::default());
        for register in &lambda.captured {
            self.heap.push(captured, self.registers[self.base + register.0 as usize])?;
        }
        self.heap.function(Function::Lambda { lambda: id.0.into(), captured })
    }

    /// A function with some arguments fixed; those left open are [`Item::Unbound`].
    pub(super) fn partial(&mut self, scene: &Scene<'_>, first: Register, count: u8, callee: CalleeId) -> Outcome<Item> {
        let Item::Function(function) = self.heap.open(self.at(first)) else {
            return Err(no_function(&scene.program.expressions.callees[callee.0 as usize], "T1007", "T1008"));
        };
        let arguments = self.heap.array(Flags::default());
        for place in 0..u16::from(count) {
            let argument = self.heap.open(self.at(Register(first.0 + 1 + place)));
            self.heap.push(arguments, argument)?;
        }
        self.heap.function(Function::Partial { function, arguments })
    }

    /// `left ~> right`: one function after the other, or the function's value for what is no function.
    pub(super) fn chain(
        &mut self,
        scene: &mut Scene<'_>,
        to: Register,
        left: Register,
        right: Register,
        pc: usize,
    ) -> Outcome<usize> {
        let (left, right) = (self.heap.open(self.at(left)), self.heap.open(self.at(right)));
        let Item::Function(second) = right else {
            return Err(Fault::new("T2006").with("value", json_of(&self.heap, right, scene.texts)));
        };
        if let Item::Function(first) = left {
            let chained = self.heap.function(Function::Chain { first, second })?;
            self.set(to, chained);
            return Ok(pc);
        }
        self.activations.push(self.code(pc, to));
        self.depth += 1;
        self.call(scene, second, &[left])
    }

    /// How many arguments a function takes, as those that call it ask.
    pub(super) fn arity(&self, scene: &Scene<'_>, function: FunctionId) -> usize {
        match self.heap.function_of(function) {
            Function::Builtin(row) => BUILTINS[usize::from(row)].arity.into(),
            Function::Lambda { lambda, .. } => scene.program.expressions.lambdas[lambda as usize].parameters.into(),
            Function::Partial { arguments, .. } => {
                self.heap.items(arguments).iter().filter(|item| **item == Item::Unbound).count()
            }
            Function::Chain { .. } => 1,
            Function::Regex(_) => 2,
            Function::NextMatch { .. } => 0,
        }
    }
}

/// Functions that wait for what they call.
const ACTIVATIONS_MAX: usize = 20_000;
/// Registers of all functions that are being called.
const REGISTERS_MAX: usize = 1 << 20;

/// The type of an argument, as signatures call it.
#[inline]
fn letter(item: Item) -> Letter {
    match item.kind() {
        Type::Undefined => Letter::Missing,
        Type::Null => Letter::Null,
        Type::Boolean => Letter::Boolean,
        Type::Number => Letter::Number,
        Type::String => Letter::String,
        Type::Array => Letter::Array,
        Type::Object => Letter::Object,
        Type::Function => Letter::Function,
    }
}

/// The fault with the function's name, unless it has one.
#[cold]
fn named(fault: Box<Fault>, name: Option<&str>) -> Box<Fault> {
    match name {
        Some(name) if !fault.has("token") => fault.with_text("token", name),
        _ => fault,
    }
}

#[cold]
fn no_function(callee: &Callee, nearly: &'static str, plainly: &'static str) -> Box<Fault> {
    let fault = Fault::new(if callee.nearly { nearly } else { plainly });
    named(fault, callee.name.as_deref())
}
