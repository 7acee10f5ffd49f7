//! What operators do with their operands.

use super::{Evaluator, Scene};
use crate::builtin::jsonata::{Fault, Flags, Item, Outcome, Type, equal, json_of, order, string};
use crate::program::{Op, Register};
use std::cmp::Ordering;

impl Evaluator {
    /// Arithmetic and comparisons.
    #[inline(always)]
    pub(super) fn operate(&mut self, op: Op, scene: &Scene<'_>) -> Outcome<()> {
        let (to, value) = match op {
            Op::Add { to, left, right } => (to, self.arithmetic("+", left, right, scene, |left, right| left + right)?),
            Op::Subtract { to, left, right } => {
                (to, self.arithmetic("-", left, right, scene, |left, right| left - right)?)
            }
            Op::Multiply { to, left, right } => {
                (to, self.arithmetic("*", left, right, scene, |left, right| left * right)?)
            }
            Op::Divide { to, left, right } => {
                (to, self.arithmetic("/", left, right, scene, |left, right| left / right)?)
            }
            Op::Remainder { to, left, right } => {
                (to, self.arithmetic("%", left, right, scene, |left, right| left % right)?)
            }
            Op::Minus { to, from } => (to, self.minus(self.at(from), scene)?),
            Op::Equal { to, left, right } => (to, Item::bool(self.same(left, right, scene) == Some(true))),
            Op::NotEqual { to, left, right } => (to, Item::bool(self.same(left, right, scene) == Some(false))),
            Op::Less { to, left, right } => (to, self.compare("<", left, right, scene, Ordering::is_lt)?),
            Op::LessOrEqual { to, left, right } => (to, self.compare("<=", left, right, scene, Ordering::is_le)?),
            Op::Greater { to, left, right } => (to, self.compare(">", left, right, scene, Ordering::is_gt)?),
            Op::GreaterOrEqual { to, left, right } => (to, self.compare(">=", left, right, scene, Ordering::is_ge)?),
            _ => unreachable!("only operators come here"),
        };
        self.set(to, value);
        Ok(())
    }

    #[inline(always)]
    fn arithmetic(
        &mut self,
        operator: &'static str,
        left: Register,
        right: Register,
        scene: &Scene<'_>,
        work: impl Fn(f64, f64) -> f64,
    ) -> Outcome<Item> {
        let (left, right) = (self.at(left), self.at(right));
        match (self.heap.number(left, scene.texts), self.heap.number(right, scene.texts)) {
            (Some(left), Some(right)) if left.is_finite() && right.is_finite() => Ok(Item::number(work(left, right))),
            _ => self.no_numbers(operator, left, right, scene),
        }
    }

    /// Nothing comes out nothing; what is no number is a fault, and so is infinity, as an operand but not as a result.
    #[cold]
    fn no_numbers(&self, operator: &'static str, left: Item, right: Item, scene: &Scene<'_>) -> Outcome<Item> {
        for (item, code) in [(left, "T2001"), (right, "T2002")] {
            let code = match self.heap.number(item, scene.texts) {
                Some(number) if number.is_finite() => continue,
                Some(number) if number.is_infinite() => "D1001",
                None if item.is_undefined() => continue,
                _ => code,
            };
            let value = json_of(&self.heap, item, scene.texts);
            return Err(Fault::new(code).with("value", value).with_text("token", operator));
        }
        Ok(Item::Undefined)
    }

    fn minus(&self, value: Item, scene: &Scene<'_>) -> Outcome<Item> {
        match self.heap.number(value, scene.texts) {
            Some(number) if number.is_finite() => Ok(Item::number(-number)),
            None if value.is_undefined() => Ok(Item::Undefined),
            number => {
                let code = if number.is_some_and(f64::is_infinite) { "D1001" } else { "D1002" };
                let value = json_of(&self.heap, value, scene.texts);
                Err(Fault::new(code).with("value", value).with_text("token", "-"))
            }
        }
    }

    /// Adds a result of a path to a sum. Until there is a number, null stands for one empty array, false for several: one
    /// is the path's value, and its sum 0; several together are nothing.
    pub(super) fn sum(&mut self, to: Register, value: Item, scene: &Scene<'_>) -> Outcome<()> {
        if let Item::Number(number) = value {
            let before = if let Item::Number(sum) = self.at(to) { sum.get() } else { 0.0 };
            self.set(to, Item::number(before + number.get()));
            return Ok(());
        }
        if self.is_constructed(value) {
            return Err(no_numbers());
        }
        let mut cursor = Default::default();
        let mut sum = self.at(to);
        while let Some(item) = self.heap.next(value, &mut cursor, scene.texts) {
            let Some(number) = self.heap.number(item, scene.texts) else {
                return Err(Fault::new("T0412")
                    .with("index", "1")
                    .with_text("token", "sum")
                    .with_text("type", "numbers"));
            };
            sum = Item::number(if let Item::Number(sum) = sum { sum.get() + number } else { number });
        }
        if cursor.index() == 0 && value.is_array() {
            sum = match sum {
                Item::Undefined => Item::Null,
                Item::Null => Item::False,
                other => other,
            };
        }
        self.set(to, sum);
        Ok(())
    }

    /// A sum is complete.
    pub(super) fn total(&mut self, register: Register) {
        match self.at(register) {
            Item::Null => self.set(register, Item::number(0.0)),
            Item::False => self.set(register, Item::Undefined),
            _ => {}
        }
    }

    /// Adds how many items a result of a path has.
    pub(super) fn count(&mut self, to: Register, value: Item, scene: &Scene<'_>) {
        let before = if let Item::Number(count) = self.at(to) { count.get() } else { 0.0 };
        let more = if self.is_constructed(value) { 1.0 } else { self.heap.count(value, scene.texts) as f64 };
        self.set(to, Item::number(before + more));
    }

    /// Whether a value is an array that was constructed in a path, which is one item of it.
    pub(super) fn is_constructed(&self, value: Item) -> bool {
        matches!(value, Item::Array(array) if self.heap.flags(array).constructed)
    }

    /// Whether two values are equal; nothing is neither equal nor unequal.
    #[inline]
    fn same(&self, left: Register, right: Register, scene: &Scene<'_>) -> Option<bool> {
        let (left, right) = (self.at(left), self.at(right));
        if left.is_undefined() || right.is_undefined() {
            return None;
        }
        Some(equal(&self.heap, left, right, scene.texts))
    }

    #[inline]
    fn compare(
        &self,
        operator: &'static str,
        left: Register,
        right: Register,
        scene: &Scene<'_>,
        holds: impl Fn(Ordering) -> bool,
    ) -> Outcome<Item> {
        let (left, right) = (self.at(left), self.at(right));
        if let (Some(left), Some(right)) = (self.heap.number(left, scene.texts), self.heap.number(right, scene.texts)) {
            // What is no number, infinity less infinity, compares as false.
            return Ok(Item::bool(left.partial_cmp(&right).is_some_and(holds)));
        }
        if left.is_string() && right.is_string() {
            let (left, right) = (self.heap.bytes(left, scene.texts), self.heap.bytes(right, scene.texts));
            return Ok(Item::bool(holds(order(&left, &right))));
        }
        self.not_comparable(operator, left, right, scene)
    }

    #[cold]
    fn not_comparable(&self, operator: &'static str, left: Item, right: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let comparable = |item: Item| item.is_undefined() || item.is_number() || item.is_string();
        let json = |item| json_of(&self.heap, item, scene.texts);
        let fault = if !comparable(left) || !comparable(right) {
            let wrong = if left.is_number() || left.is_string() { right } else { left };
            Fault::new("T2010").with("value", json(wrong))
        } else if left.is_undefined() || right.is_undefined() {
            return Ok(Item::Undefined);
        } else {
            Fault::new("T2009").with("value", json(left)).with("value2", json(right))
        };
        Err(fault.with_text("token", operator))
    }

    /// `in`: whether an array has the value as an item; only plain values are ever found.
    pub(super) fn is_in(&self, left: Item, right: Item, scene: &Scene<'_>) -> bool {
        let plain = |item: Item| !matches!(item.kind(), Type::Array | Type::Object | Type::Function | Type::Undefined);
        let mut cursor = Default::default();
        while let Some(item) = self.heap.next(right, &mut cursor, scene.texts) {
            let shared = item == left && !item.is_undefined();
            if shared || plain(left) && plain(item) && equal(&self.heap, left, item, scene.texts) {
                return true;
            }
        }
        false
    }

    /// `[left..right]`
    pub(super) fn range(&mut self, left: Item, right: Item, scene: &Scene<'_>) -> Outcome<Item> {
        let (from, to) = (self.integer("T2003", left, scene)?, self.integer("T2004", right, scene)?);
        let (Some(from), Some(to)) = (from, to) else { return Ok(Item::Undefined) };
        if from > to {
            return Ok(Item::Undefined);
        }
        let size = to - from + 1.0;
        if size > RANGE_MAX {
            return Err(Fault::new("D2014").with("value", format!("{size}")));
        }
        self.charge(size as u64)?;
        let flags = Flags { sequence: true, ..Flags::default() };
        let range = self.heap.array_with_room(flags, size as usize)?;
        for place in 0..size as u64 {
            self.heap.push(range, Item::number(from + place as f64))?;
        }
        Ok(Item::Array(range))
    }

    fn integer(&self, code: &'static str, item: Item, scene: &Scene<'_>) -> Outcome<Option<f64>> {
        match self.heap.number(item, scene.texts) {
            Some(number) if number.fract() == 0.0 => Ok(Some(number)),
            None if item.is_undefined() => Ok(None),
            _ => Err(Fault::new(code).with("value", json_of(&self.heap, item, scene.texts)).with_text("token", "..")),
        }
    }

    /// `first & …`
    pub(super) fn concatenate(&mut self, first: Register, count: u8, scene: &Scene<'_>) -> Outcome<Item> {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        for place in 0..count {
            let item = self.at(Register(first.0 + u16::from(place)));
            string(&self.heap, item, scene.texts, &mut text)?;
        }
        let joined = self.heap.string(&text);
        self.scratch = text;
        joined
    }
}

/// The most items of a range.
const RANGE_MAX: f64 = 1e7;

#[cold]
fn no_numbers() -> Box<Fault> {
    Fault::new("T0412").with("index", "1").with_text("token", "sum").with_text("type", "numbers")
}
