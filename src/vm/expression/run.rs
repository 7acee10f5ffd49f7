//! The loop that runs an expression's instructions.

use super::{End, Evaluator, Scene};
use crate::builtin::jsonata::limit::out_of_time;
use crate::builtin::jsonata::{Cursor, Flags, Function, Item, Outcome, boolean};
use crate::program::{Op, Register};

impl Evaluator {
    /// Runs instructions from `pc` on until the expression ends; how, and the place behind its end.
    pub(super) fn run(&mut self, scene: &mut Scene<'_>, mut pc: usize) -> Outcome<(End, usize)> {
        loop {
            let op = scene.program.code[pc];
            pc += 1;
            match self.budget.checked_sub(1) {
                Some(rest) => self.budget = rest,
                None => return Err(out_of_time()),
            }
            match op {
                Op::Jump { target } => pc = target.0 as usize,
                Op::Test { condition, otherwise } => {
                    if !boolean(&self.heap, self.at(condition), scene.texts) {
                        pc = otherwise.0 as usize;
                    }
                }
                Op::TestNot { condition, target } => {
                    if boolean(&self.heap, self.at(condition), scene.texts) {
                        pc = target.0 as usize;
                    }
                }
                Op::Defined { value, otherwise } => {
                    if self.heap.open(self.at(value)).is_undefined() {
                        pc = otherwise.0 as usize;
                    }
                }
                Op::Several { value, otherwise } => {
                    if self.heap.count(self.at(value), scene.texts) < 2 {
                        pc = otherwise.0 as usize;
                    }
                }
                Op::Next { iterator, done } => {
                    if !self.next(iterator, scene) {
                        pc = done.0 as usize;
                    }
                }
                Op::NextGroup { group, done } => {
                    if !self.next_group(group)? {
                        pc = done.0 as usize;
                    }
                }
                Op::OfPair { group, pair, otherwise } => {
                    if self.at(Register(group.0 + 3)) != Item::number(pair.into()) {
                        pc = otherwise.0 as usize;
                    }
                }
                Op::Apply { to, first, function, count } => pc = self.apply(scene, to, first, function, count, pc)?,
                Op::Invoke { to, first, count, callee } => pc = self.invoke(scene, to, first, count, callee, pc)?,
                Op::TailInvoke { first, count, callee } => pc = self.tail_invoke(scene, first, count, callee)?,
                Op::Return { from } => pc = self.give(scene, self.at(from))?,
                Op::Chain { to, left, right } => pc = self.chain(scene, to, left, right, pc)?,
                Op::Nested { levels } => self.check_depth(levels)?,
                Op::Yield { to, from } => {
                    let value = self.heap.open(self.at(from));
                    return Ok((End::Yield { to, value }, pc));
                }
                Op::Decide { from, otherwise } => {
                    let value = self.heap.open(self.at(from));
                    return Ok((End::Decide { value, otherwise: otherwise.0 as usize }, pc));
                }
                Op::Throw { fault } => {
                    return Err(Box::new(scene.program.expressions.faults[fault.0 as usize].clone()));
                }
                straight => self.straight(scene, straight)?,
            }
        }
    }

    /// One instruction that goes on to the next.
    #[inline(always)]
    fn straight(&mut self, scene: &mut Scene<'_>, op: Op) -> Outcome<()> {
        let pools = &scene.program.expressions;
        match op {
            Op::Load { to, slot, reach } => {
                let value = scene.slots[slot.0 as usize];
                let item = match value.is_missing() {
                    false => Item::of(value, scene.texts),
                    true => self.reach(scene, &pools.reaches[reach.0 as usize])?,
                };
                self.set(to, item);
            }
            Op::Literal { to, literal } => self.set(to, pools.literals[literal.0 as usize]),
            Op::Move { to, from } => {
                let item = self.heap.open(self.at(from));
                self.set(to, if item == Item::Unbound { Item::Undefined } else { item });
            }
            Op::Known { to, from, otherwise } => {
                let item = self.heap.open(self.at(from));
                let item = if item == Item::Unbound { self.heap.open(self.at(otherwise)) } else { item };
                self.set(to, item);
            }
            Op::Share { variable, value } => {
                let cell = self.heap.cell(self.at(value))?;
                self.set(variable, cell);
            }
            Op::Bind { variable, value } => match (self.at(variable), self.at(value)) {
                (Item::Cell(cell), value) => self.heap.fill(cell, value),
                (_, value) => self.set(variable, value),
            },
            Op::Follow { to, from, names } => {
                let found = self.follow(self.at(from), &pools.names[names.0 as usize], scene)?;
                self.set(to, found);
            }
            Op::Iterate { iterator, over } => self.iterate(iterator, self.at(over), scene)?,
            Op::IterateStep { iterator, over } => self.iterate_step(iterator, self.at(over), scene)?,
            Op::IterateContext { iterator, over } => self.iterate_context(iterator, self.at(over), scene)?,
            Op::Single { iterator, over } => {
                self.set(iterator, self.at(over));
                self.set(Register(iterator.0 + 1), Item::True);
            }
            Op::Place { to, iterator } => {
                let place = match self.at(Register(iterator.0 + 1)) {
                    Item::Cursor(cursor) => cursor.index().saturating_sub(1),
                    _ => 0,
                };
                self.set(to, Item::number(place.into()));
            }
            Op::Gather { to, from } => self.gather(to, self.at(from), scene)?,
            Op::Sum { to, from } => self.sum(to, self.at(from), scene)?,
            Op::Total { value } => self.total(value),
            Op::Count { to, from } => self.count(to, self.at(from), scene),
            Op::Keep { to, from } => self.keep(to, self.at(from))?,
            Op::Admit { to, iterator, predicate } => self.admit(to, iterator, predicate, scene)?,
            Op::Finish { value } => self.finish(value),
            Op::FinishKeeping { value } => self.finish_keeping(value)?,
            Op::KeepSingle { value } => self.keep_single(value),
            Op::Close { value } => self.close(value),
            Op::Pick { to, from, place } => {
                let picked = self.pick(self.at(from), pools.literals[place.0 as usize], scene);
                self.set(to, picked);
            }
            Op::Narrow { to, from } => {
                let item = self.at(from);
                let context = if item.is_array() { self.narrow(item, scene)? } else { item };
                self.set(to, context);
            }
            Op::Truth { to, from } => {
                let truth = boolean(&self.heap, self.at(from), scene.texts);
                self.set(to, Item::bool(truth));
            }
            Op::Concatenate { to, first, count } => {
                let text = self.concatenate(first, count, scene)?;
                self.set(to, text);
            }
            Op::Object { to, first, names } => {
                let object = self.object(first, &pools.names[names.0 as usize])?;
                self.set(to, object);
            }
            Op::Add { .. }
            | Op::Subtract { .. }
            | Op::Multiply { .. }
            | Op::Divide { .. }
            | Op::Remainder { .. }
            | Op::Minus { .. }
            | Op::Equal { .. }
            | Op::NotEqual { .. }
            | Op::Less { .. }
            | Op::LessOrEqual { .. }
            | Op::Greater { .. }
            | Op::GreaterOrEqual { .. } => self.operate(op, scene)?,
            other => self.seldom(scene, other)?,
        }
        Ok(())
    }

    /// One of the instructions that are kept out of the loop.
    #[inline(never)]
    fn seldom(&mut self, scene: &mut Scene<'_>, op: Op) -> Outcome<()> {
        match op {
            Op::Builtin { to, function } => {
                let function = self.heap.function(Function::Builtin(function))?;
                self.set(to, function);
            }
            Op::Regex { to, regex } => {
                let function = self.heap.function(Function::Regex(regex.0.into()))?;
                self.set(to, function);
            }
            Op::Wrap { to, from } => {
                let item = self.at(from);
                let wrapped = if item.is_array() { self.sequence_of(item)? } else { item };
                self.set(to, wrapped);
            }
            Op::KeepEmpty { to, from } => {
                let item = self.at(from);
                if item.is_array() && self.heap.count(item, scene.texts) == 0 {
                    self.set(to, item);
                }
            }
            Op::Items { value } => self.items(value, scene)?,
            Op::Wildcard { to, from } => {
                let found = self.wildcard(self.at(from), scene)?;
                self.set(to, found);
            }
            Op::Descend { to, from } => {
                let found = self.descend(self.at(from), scene)?;
                self.set(to, found);
            }
            Op::In { to, left, right } => {
                let found = self.is_in(self.at(left), self.at(right), scene);
                self.set(to, Item::bool(found));
            }
            Op::Range { to, left, right } => {
                let range = self.range(self.at(left), self.at(right), scene)?;
                self.set(to, range);
            }
            Op::Array { to } => {
                let array = self.heap.array(Flags::default());
                self.set(to, Item::Array(array));
            }
            Op::Settle { value } => match self.at(value) {
                Item::Array(array) => self.heap.set_flags(array, Flags::default()),
                _ => {
                    let empty = self.heap.array(Flags::default());
                    self.set(value, Item::Array(empty));
                }
            },
            Op::Construct { array } => {
                if let Item::Array(array) = self.at(array) {
                    let flags = self.heap.flags(array);
                    self.heap.set_flags(array, Flags { constructed: true, ..flags });
                }
            }
            Op::Append { array, from } => self.append(self.at(array), self.at(from), scene)?,
            Op::Push { array, from } => self.push(self.at(array), self.at(from))?,
            Op::Group { group, over } => self.group(group, over, scene),
            Op::Classify { group, key, pair } => self.classify(group, key, pair, scene)?,
            Op::Member { object, name, value } => self.member(object, self.at(name), self.at(value))?,
            Op::Rank { ranks, first, count } => self.rank(ranks, first, count)?,
            Op::Sort { ranked, descending } => self.sort(ranked, descending, scene)?,
            Op::Closure { to, lambda } => {
                let function = self.closure(scene, lambda)?;
                self.set(to, function);
            }
            Op::Partial { to, first, count, callee } => {
                let function = self.partial(scene, first, count, callee)?;
                self.set(to, function);
            }
            Op::Clone { to, from } => {
                let clone = self.clone_deep(self.at(from), scene)?;
                self.set(to, clone);
            }
            Op::Merge { object, update } => self.merge(self.at(object), self.at(update), scene)?,
            Op::Delete { object, names } => self.delete(self.at(object), self.at(names), scene)?,
            Op::Binding { to, tuple, binding } => {
                let value = self.binding(self.at(tuple), binding);
                self.set(to, value);
            }
            Op::Widen { to, tuple, value } => self.widen(to, self.at(tuple), self.at(value), scene)?,
            Op::Number { tuples, binding } => self.number(self.at(tuples), binding)?,
            Op::BindAll { tuples, value, binding } => self.bind_all(self.at(tuples), binding, self.at(value))?,
            Op::Focus { tuples, value, binding } => self.focus(self.at(tuples), binding, self.at(value))?,
            Op::Values { to, from } => {
                let values = self.values(self.at(from))?;
                self.set(to, values);
            }
            Op::Reduce { to, from } => {
                let tuple = self.reduce(self.at(from), scene)?;
                self.set(to, tuple);
            }
            other => unreachable!("{other:?} stands in no expression"),
        }
        Ok(())
    }

    /// Begins to go through the items of an array; any other value is a single item.
    #[inline]
    fn iterate(&mut self, iterator: Register, over: Item, scene: &Scene<'_>) -> Outcome<()> {
        let over = self.unfolded(over, scene)?;
        self.set(iterator, over);
        self.set(Register(iterator.0 + 1), Item::Cursor(Cursor::default()));
        Ok(())
    }

    /// The same, but an array that was constructed in the path is a single item.
    fn iterate_step(&mut self, iterator: Register, over: Item, scene: &Scene<'_>) -> Outcome<()> {
        let single = matches!(over, Item::Array(array) if self.heap.flags(array).constructed);
        self.iterate(iterator, over, scene)?;
        if single {
            self.set(Register(iterator.0 + 1), Item::True);
        }
        Ok(())
    }

    /// The same, but what is no array is a single item, even nothing.
    fn iterate_context(&mut self, iterator: Register, over: Item, scene: &Scene<'_>) -> Outcome<()> {
        self.iterate(iterator, over, scene)?;
        if !over.is_array() {
            self.set(Register(iterator.0 + 1), Item::True);
        }
        Ok(())
    }

    /// Takes the next item; false when there is none.
    #[inline]
    fn next(&mut self, iterator: Register, scene: &Scene<'_>) -> bool {
        let source = self.at(iterator);
        let (item, place) = match self.at(Register(iterator.0 + 1)) {
            Item::Cursor(mut cursor) => match self.heap.next(source, &mut cursor, scene.texts) {
                Some(item) => (item, Item::Cursor(cursor)),
                None => return false,
            },
            Item::True => (source, Item::False),
            _ => return false,
        };
        self.set(Register(iterator.0 + 1), place);
        self.set(Register(iterator.0 + 2), item);
        true
    }
}
