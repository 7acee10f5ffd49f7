//! Arguments held against a signature: each parameter takes as many as the reference's regular expression gives it.

use super::{Fault, Items, Parameter, Signature, Times, Type, Types};

/// What a function is to be passed in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The argument of this index.
    Argument(usize),
    /// An array whose only item is the argument of this index.
    Wrapped(usize),
    /// The context.
    Context,
    /// Nothing.
    Missing,
}

/// Why arguments do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// T0410, T0411 or T0412.
    pub code: &'static str,
    /// Which argument, from 0; as many as there are arguments if one lacks.
    pub argument: usize,
    /// For T0412: what the items should be, `numbers`.
    pub items: Option<&'static str>,
}

impl Mismatch {
    /// The fault, without the function's name, which is its `token`, and the argument, which is its `value`.
    pub fn fault(&self) -> Box<Fault> {
        let fault = Fault::new(self.code).with("index", (self.argument + 1).to_string());
        match self.items {
            Some(items) => fault.with_text("type", items),
            None => fault,
        }
    }
}

impl Signature {
    /// Finds out what the function is to be passed, given the types of the arguments supplied and of the context.
    ///
    /// `items` tells the types of the items of an argument that is an array. `passed` is emptied before; it is the
    /// caller's so that its room can be used again.
    pub fn check(
        &self,
        supplied: &[Type],
        context: Type,
        items: impl Fn(usize) -> Types,
        passed: &mut Vec<Passed>,
    ) -> Result<(), Mismatch> {
        passed.clear();
        let places = Places::new(&self.parameters, supplied, End::Required);
        if !places.lead_on(0, 0) {
            return Err(mismatch("T0410", self.fitting(supplied)));
        }
        let (mut matched, mut argument) = (0, 0);
        for (index, parameter) in self.parameters.iter().enumerate() {
            let run = &supplied[matched..matched + places.count(index, matched)];
            matched += run.len();
            match parameter.context {
                Some(allowed) if run.is_empty() && allowed.contains(context) => passed.push(Passed::Context),
                Some(_) if run.is_empty() => return Err(mismatch("T0411", argument)),
                // A parameter that takes nothing is passed the next argument all the same, and those behind it get
                // the arguments behind that: so does the reference.
                _ => {
                    for position in 0..run.len().max(1) {
                        passed.push(parameter.pass(run, position, supplied, argument, &items)?);
                        argument += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether so many arguments of these types are what the function takes, without anything being added or wrapped.
    #[inline]
    pub fn takes_as_they_are(&self, supplied: &[Type]) -> bool {
        supplied.len() == self.parameters.len()
            && supplied.iter().zip(&self.parameters).all(|(kind, parameter)| {
                *kind != Type::Missing
                    && parameter.types.contains(*kind)
                    && (parameter.array.is_none() || parameter.array == Some(Items::Anything) && *kind == Type::Array)
            })
    }

    /// How many arguments fit before one does not, as the reference tells it: by ever longer parts of the signature.
    fn fitting(&self, supplied: &[Type]) -> usize {
        let mut fitting = 0;
        for count in 1..=self.parameters.len() {
            let places = Places::new(&self.parameters[..count], supplied, End::Anywhere);
            if !places.lead_on(0, 0) {
                break;
            }
            fitting = (0..count).fold(0, |at, index| at + places.count(index, at));
        }
        fitting
    }
}

impl Parameter {
    /// What comes of one of the arguments it takes, which match as `run`.
    fn pass(
        &self,
        run: &[Type],
        position: usize,
        supplied: &[Type],
        argument: usize,
        items: &impl Fn(usize) -> Types,
    ) -> Result<Passed, Mismatch> {
        let there = argument < supplied.len();
        match (self.array, run.get(position)) {
            (Some(_), Some(Type::Missing)) => return Ok(Passed::Missing),
            (Some(wanted), Some(Type::Array)) if there && supplied[argument] == Type::Array => {
                wanted.check(argument, items(argument))?;
            }
            (Some(wanted), Some(&kind)) if kind != Type::Array => {
                wanted.check_single(argument, kind, run.len())?;
                return Ok(if there { Passed::Wrapped(argument) } else { Passed::Missing });
            }
            _ => {}
        }
        Ok(if there { Passed::Argument(argument) } else { Passed::Missing })
    }

    fn fits(&self, supplied: &[Type], at: usize) -> bool {
        supplied.get(at).is_some_and(|&kind| self.types.contains(kind))
    }
}

impl Items {
    /// Whether an array with items of these types will do.
    fn check(self, argument: usize, found: Types) -> Result<(), Mismatch> {
        let Items::Only { item, .. } = self else { return Ok(()) };
        if found == Types::NONE || item.is_some_and(|item| found == Types::of(item)) {
            return Ok(());
        }
        Err(self.mismatch(argument))
    }

    /// Whether one value that is no array will do, one of so many that the parameter takes.
    fn check_single(self, argument: usize, kind: Type, run: usize) -> Result<(), Mismatch> {
        match self {
            Items::Anything => Ok(()),
            Items::Only { item, alone: true } if run == 1 && item == Some(kind) => Ok(()),
            Items::Only { .. } => Err(self.mismatch(argument)),
        }
    }

    fn mismatch(self, argument: usize) -> Mismatch {
        let items = match self {
            Items::Only { item: Some(item), alone: true } => item.plural(),
            _ => None,
        };
        Mismatch { code: "T0412", argument, items }
    }
}

fn mismatch(code: &'static str, argument: usize) -> Mismatch {
    Mismatch { code, argument, items: None }
}

/// Where the last parameter must have brought us.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Behind the last argument.
    Required,
    Anywhere,
}

/// So many arguments, and one place behind them, need no allocation.
const PLACES_INLINE: usize = 12;

/// For each place among the arguments, from which parameters on the rest of the signature matches what follows there.
///
/// It is computed from the end, so nothing is tried twice, and a first match in the order of a regular expression that
/// goes back when stuck is found by looking one step ahead.
struct Places<'a> {
    parameters: &'a [Parameter],
    supplied: &'a [Type],
    inline: [u64; PLACES_INLINE],
    spilled: Vec<u64>,
}

impl<'a> Places<'a> {
    fn new(parameters: &'a [Parameter], supplied: &'a [Type], end: End) -> Places<'a> {
        let mut places = Places { parameters, supplied, inline: [0; PLACES_INLINE], spilled: Vec::new() };
        if supplied.len() >= PLACES_INLINE {
            places.spilled = vec![0; supplied.len() + 1];
        }
        for at in (0..=supplied.len()).rev() {
            let is_end = end == End::Anywhere || at == supplied.len();
            places.set(parameters.len(), at, is_end);
            for index in (0..parameters.len()).rev() {
                let leads_on = places.may_skip(index, at) || places.may_take(index, at);
                places.set(index, at, leads_on);
            }
        }
        places
    }

    /// Whether the parameters from `index` on match from `at` on.
    fn lead_on(&self, index: usize, at: usize) -> bool {
        let words = if self.spilled.is_empty() { &self.inline[..] } else { &self.spilled };
        words[at] >> index & 1 == 1
    }

    fn set(&mut self, index: usize, at: usize, leads_on: bool) {
        let words = if self.spilled.is_empty() { &mut self.inline[..] } else { &mut self.spilled };
        words[at] |= u64::from(leads_on) << index;
    }

    /// Whether the parameter may take nothing here.
    fn may_skip(&self, index: usize, at: usize) -> bool {
        self.parameters[index].times == Times::AtMostOnce && self.lead_on(index + 1, at)
    }

    /// Whether the parameter may take the argument here.
    fn may_take(&self, index: usize, at: usize) -> bool {
        let parameter = &self.parameters[index];
        let again = parameter.times == Times::AtLeastOnce;
        parameter.fits(self.supplied, at) && (self.lead_on(index + 1, at + 1) || again && self.lead_on(index, at + 1))
    }

    /// How many arguments the parameter takes from `at` on, where it leads on.
    fn count(&self, index: usize, at: usize) -> usize {
        let Parameter { times, lazy, .. } = self.parameters[index];
        match times {
            Times::Once => 1,
            Times::AtMostOnce if lazy => usize::from(!self.may_skip(index, at)),
            Times::AtMostOnce => usize::from(self.may_take(index, at)),
            Times::AtLeastOnce => {
                let mut end = at + 1;
                while self.lead_on(index, end) && !(lazy && self.lead_on(index + 1, end)) {
                    end += 1;
                }
                end - at
            }
        }
    }
}
