//! The functions that call functions, one call at a time: each says what to call next, and takes what comes of it.

use super::matcher::{self, Matching};
use super::{Evaluator, Scene};
use crate::builtin::jsonata::functions::Higher as Kind;
use crate::builtin::jsonata::{Cursor, Fault, Flags, FunctionId, Item, Outcome, boolean, order};
use std::cmp::Ordering;

/// A function that calls functions, half done.
#[derive(Debug)]
pub(super) struct Higher {
    kind: Kind,
    function: FunctionId,
    /// How many arguments the function takes.
    arity: usize,
    /// What is gone through, and how far.
    source: Item,
    cursor: Cursor,
    /// What the function is being called for.
    current: Item,
    name: Item,
    /// What has come of it so far.
    result: Item,
    sorting: Option<Sorting>,
    matching: Option<Box<Matching>>,
}

/// What comes next.
pub(super) enum Progress {
    /// A call.
    Call { function: FunctionId, arguments: [Item; 4], count: usize },
    /// Nothing: this is the value.
    Done(Item),
}

/// A merge sort from the bottom up.
#[derive(Debug)]
struct Sorting {
    from: Vec<Item>,
    to: Vec<Item>,
    width: usize,
    left: usize,
    left_end: usize,
    right: usize,
    right_end: usize,
}

impl Evaluator {
    /// Begins; the arguments fit the function's signature.
    pub(super) fn begin_higher(
        &mut self,
        kind: Kind,
        arguments: &[Item],
        scene: &mut Scene<'_>,
    ) -> Outcome<(Box<Higher>, Progress)> {
        let source = arguments[0];
        if let Kind::Match | Kind::Contains | Kind::Split | Kind::Replace = kind {
            let (matching, progress) = matcher::begin(self, kind, arguments, scene)?;
            let higher = Higher { matching: Some(Box::new(matching)), ..Higher::new(kind, FunctionId(0), 0, source) };
            return Ok((Box::new(higher), progress));
        }
        let function = match arguments[1] {
            Item::Function(function) => Some(function),
            _ => None,
        };
        let arity = function.map_or(0, |function| self.arity(scene, function));
        let mut higher = Higher::new(kind, function.unwrap_or(FunctionId(0)), arity, source);
        if source.is_undefined() {
            return Ok((Box::new(higher), Progress::Done(Item::Undefined)));
        }
        if function.is_none() && !matches!(kind, Kind::Sort | Kind::Single) {
            return Err(Fault::new("T0410").with("index", "2").with("value", "undefined"));
        }
        let progress = match kind {
            Kind::Sort => self.begin_sort(&mut higher, function, scene)?,
            Kind::Reduce => self.begin_reduce(&mut higher, arguments[2], scene)?,
            Kind::Each | Kind::Sift => {
                let unfolded = self.heap.unfold(source, scene.texts)?;
                higher.source = unfolded.map_or(Item::Undefined, Item::Object);
                if kind == Kind::Each {
                    higher.result = Item::Array(self.heap.sequence());
                }
                self.advance(&mut higher, scene)?
            }
            Kind::Single if function.is_none() => self.single_of_all(source, scene)?,
            _ => {
                if kind != Kind::Single {
                    higher.result = Item::Array(self.heap.sequence());
                }
                self.advance(&mut higher, scene)?
            }
        };
        Ok((Box::new(higher), progress))
    }

    /// Takes the value of the latest call; what comes next.
    pub(super) fn resume(&mut self, higher: &mut Higher, value: Item, scene: &mut Scene<'_>) -> Outcome<Progress> {
        if let Some(mut matching) = higher.matching.take() {
            let progress = matcher::resume(self, &mut matching, value, scene);
            higher.matching = Some(matching);
            return progress;
        }
        match higher.kind {
            Kind::Map | Kind::Each => self.push(higher.result, value)?,
            Kind::Filter if boolean(&self.heap, value, scene.texts) => self.push(higher.result, higher.current)?,
            Kind::Sift if boolean(&self.heap, value, scene.texts) => {
                if higher.result.is_undefined() {
                    higher.result = Item::Object(self.heap.object());
                }
                if let Item::Object(object) = higher.result {
                    self.heap.add(object, higher.name, higher.current)?;
                }
            }
            Kind::Single if boolean(&self.heap, value, scene.texts) => {
                if !higher.result.is_undefined() {
                    return Err(Fault::new("D3138"));
                }
                higher.result = higher.current;
            }
            Kind::Reduce => higher.result = value,
            Kind::Sort => return self.merge_on(higher, value, scene),
            _ => {}
        }
        self.advance(higher, scene)
    }

    /// The call for the next item, or the result.
    fn advance(&mut self, higher: &mut Higher, scene: &mut Scene<'_>) -> Outcome<Progress> {
        let place = Item::number(higher.cursor.index().into());
        if let Item::Object(object) = higher.source {
            let at = higher.cursor.index() as usize * 2;
            let Some([name, value]) = self.heap.members(object).get(at..at + 2) else { return self.done(higher) };
            (higher.name, higher.current) = (*name, *value);
            higher.cursor.step(0);
            return Ok(higher.call([higher.current, higher.name, higher.source, Item::Undefined]));
        }
        match self.heap.next(higher.source, &mut higher.cursor, scene.texts) {
            None => self.done(higher),
            Some(item) if higher.kind == Kind::Reduce => {
                let arguments = [higher.result, item, place, higher.source];
                Ok(Progress::Call { function: higher.function, arguments, count: higher.arity.clamp(2, 4) })
            }
            Some(item) => {
                higher.current = item;
                Ok(higher.call([item, place, higher.source, Item::Undefined]))
            }
        }
    }

    fn done(&mut self, higher: &Higher) -> Outcome<Progress> {
        match (higher.kind, higher.result) {
            (Kind::Single, Item::Undefined) => Err(Fault::new("D3139")),
            (_, result) => Ok(Progress::Done(result)),
        }
    }

    fn single_of_all(&mut self, source: Item, scene: &Scene<'_>) -> Outcome<Progress> {
        match self.heap.count(source, scene.texts) {
            0 => Err(Fault::new("D3139")),
            1 => Ok(Progress::Done(self.heap.nth(source, 0, scene.texts).unwrap_or_default())),
            _ => Err(Fault::new("D3138")),
        }
    }

    fn begin_reduce(&mut self, higher: &mut Higher, initial: Item, scene: &mut Scene<'_>) -> Outcome<Progress> {
        if higher.arity < 2 {
            return Err(Fault::new("D3050").with("index", "1"));
        }
        higher.result = initial;
        if initial.is_undefined() {
            higher.result = self.heap.next(higher.source, &mut higher.cursor, scene.texts).unwrap_or_default();
        }
        self.advance(higher, scene)
    }

    fn begin_sort(
        &mut self,
        higher: &mut Higher,
        function: Option<FunctionId>,
        scene: &mut Scene<'_>,
    ) -> Outcome<Progress> {
        let array = self.heap.spread(higher.source, scene.texts)?;
        let mut items = self.heap.items(array).to_vec();
        self.charge(items.len() as u64)?;
        if items.len() < 2 {
            return Ok(Progress::Done(higher.source));
        }
        if function.is_none() {
            self.sort_plainly(&mut items, scene)?;
            return Ok(Progress::Done(Item::Array(self.heap.array_of(&items, Flags::default())?)));
        }
        let to = Vec::with_capacity(items.len());
        let mut sorting = Sorting { from: items, to, width: 1, left: 0, left_end: 0, right: 0, right_end: 0 };
        sorting.open_pair();
        let progress = higher.compare(&sorting);
        higher.sorting = Some(sorting);
        Ok(progress)
    }

    fn sort_plainly(&self, items: &mut [Item], scene: &Scene<'_>) -> Outcome<()> {
        let texts = scene.texts;
        if items.iter().all(|item| item.is_number()) {
            let worth = |item: &Item| self.heap.number(*item, texts).unwrap_or(0.0);
            items.sort_by(|left, right| worth(left).partial_cmp(&worth(right)).unwrap_or(Ordering::Equal));
            return Ok(());
        }
        if items.iter().all(|item| item.is_string()) {
            items.sort_by(|left, right| order(&self.heap.bytes(*left, texts), &self.heap.bytes(*right, texts)));
            return Ok(());
        }
        Err(Fault::new("D3070"))
    }

    /// Takes whether the left one of the pair comes after the right one.
    fn merge_on(&mut self, higher: &mut Higher, value: Item, scene: &Scene<'_>) -> Outcome<Progress> {
        let after = self.is_truthy(value, scene);
        let mut sorting = higher.sorting.take().expect("a sort that has begun");
        sorting.take(after);
        if !sorting.settle() {
            let sorted = self.heap.array_of(&sorting.from, Flags::default())?;
            return Ok(Progress::Done(Item::Array(sorted)));
        }
        let progress = higher.compare(&sorting);
        higher.sorting = Some(sorting);
        Ok(progress)
    }

    /// JavaScript's idea of truth, which comparators are asked by.
    fn is_truthy(&self, value: Item, scene: &Scene<'_>) -> bool {
        match value {
            Item::False => false,
            Item::True => true,
            Item::Null | Item::Undefined | Item::Unbound => false,
            value if value.is_number() => self.heap.number(value, scene.texts).is_some_and(|number| number != 0.0),
            value if value.is_string() => !self.heap.bytes(value, scene.texts).is_empty(),
            _ => true,
        }
    }
}

impl Higher {
    fn new(kind: Kind, function: FunctionId, arity: usize, source: Item) -> Higher {
        Higher {
            kind,
            function,
            arity,
            source,
            cursor: Cursor::default(),
            current: Item::Undefined,
            name: Item::Undefined,
            result: Item::Undefined,
            sorting: None,
            matching: None,
        }
    }

    /// A call with as many of the arguments as the function takes, and at least one.
    fn call(&self, arguments: [Item; 4]) -> Progress {
        Progress::Call { function: self.function, arguments, count: self.arity.clamp(1, 3) }
    }

    fn compare(&self, sorting: &Sorting) -> Progress {
        let (left, right) = (sorting.from[sorting.left], sorting.from[sorting.right]);
        let arguments = [left, right, Item::Undefined, Item::Undefined];
        Progress::Call { function: self.function, arguments, count: 2 }
    }
}

impl Sorting {
    /// Begins to merge the pair of runs behind what has been merged.
    fn open_pair(&mut self) {
        let (start, end) = (self.to.len(), self.from.len());
        self.left = start;
        self.left_end = (start + self.width).min(end);
        self.right = self.left_end;
        self.right_end = (self.left_end + self.width).min(end);
    }

    /// Takes the right one if the left one comes after it.
    fn take(&mut self, after: bool) {
        let place = if after { &mut self.right } else { &mut self.left };
        self.to.push(self.from[*place]);
        *place += 1;
    }

    /// Goes on to where there are two to be compared; false when all is sorted.
    fn settle(&mut self) -> bool {
        while self.left == self.left_end || self.right == self.right_end {
            self.to.extend_from_slice(&self.from[self.left..self.left_end]);
            self.to.extend_from_slice(&self.from[self.right..self.right_end]);
            (self.left, self.right) = (self.left_end, self.right_end);
            if self.to.len() == self.from.len() {
                std::mem::swap(&mut self.from, &mut self.to);
                self.to.clear();
                self.width *= 2;
                if self.width >= self.from.len() {
                    return false;
                }
            }
            self.open_pair();
        }
        true
    }
}
