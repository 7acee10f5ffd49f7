//! Evaluates JSONata expressions: the same instructions and the same program, with registers of their own.
//!
//! An expression runs from its `Begin` to its `Yield` or `Decide` without waiting for anything. Functions that it defines
//! are called on a stack of its own, so that no expression can exhaust the thread's.

mod call;
mod groups;
mod higher;
mod matcher;
mod operators;
mod outcome;
mod run;
mod sort;
mod steps;
mod tuples;

pub(super) use outcome::reach;

use super::{Vm, World};
use crate::builtin::Random;
use crate::builtin::jsonata::signature::Passed;
use crate::builtin::jsonata::{Heap, Item};
use crate::failure::Failure;
use crate::json::{Rows, Texts, Value};
use crate::program::{Program, Register, WantedId};
use crate::usage::Limits;
use call::Activation;
use outcome::Place;

/// Scratch for evaluating expressions.
#[derive(Debug, Default)]
pub(super) struct Evaluator {
    heap: Heap,
    registers: Vec<Item>,
    /// Where the registers begin of the function that runs.
    base: usize,
    activations: Vec<Activation>,
    /// How deep the function that runs is nested in others, counted as the reference nests evaluations.
    depth: u32,
    depth_max: u32,
    /// Groups in the making.
    tables: Vec<groups::Table>,
    /// Instructions this evaluation may still run.
    budget: u64,
    /// For texts in the making.
    scratch: Vec<u8>,
    /// The arguments of the call that is being made, as its function wants them.
    fitted: Vec<Item>,
    /// Its arguments as they were given.
    arguments: Vec<Item>,
    passed: Vec<Passed>,
}

/// What surrounds an evaluation.
struct Scene<'a> {
    program: &'a Program,
    slots: &'a [Value],
    texts: Texts<'a>,
    /// What the reader noted of arrays in the line.
    rows: &'a Rows,
    random: &'a mut Random,
    now_ms: u64,
}

/// How an expression ended.
enum End {
    /// With a value for a slot.
    Yield { to: crate::program::Slot, value: Item },
    /// With a decision: on to this place if it is false.
    Decide { value: Item, otherwise: usize },
}

/// Instructions that one evaluation may run. AWS stops an evaluation after a second; a count is the same on every machine.
const INSTRUCTIONS_MAX: u64 = 30_000_000;

impl Evaluator {
    fn begin(&mut self, registers: u16, limits: &Limits) {
        self.heap.clear(limits.expression_bytes);
        self.depth = 0;
        self.depth_max = limits.expression_depth;
        self.registers.clear();
        self.registers.resize(registers.into(), Item::Undefined);
        self.base = 0;
        self.activations.clear();
        self.tables.clear();
        self.budget = INSTRUCTIONS_MAX;
    }

    #[inline(always)]
    fn at(&self, register: Register) -> Item {
        self.registers[self.base + register.0 as usize]
    }

    #[inline(always)]
    fn set(&mut self, register: Register, item: Item) {
        self.registers[self.base + register.0 as usize] = item;
    }
}

/// Evaluates the expression whose first instruction is before `pc`; where to go on.
pub(super) fn evaluate(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    (wanted, registers): (WantedId, u16),
    slots: &mut [Value],
    pc: usize,
    world: &mut World<'_>,
) -> Result<usize, Box<Failure>> {
    let place = Place { wanted, index, pc };
    let Vm { evaluator, arena, random, readers, .. } = vm;
    evaluator.begin(registers, &program.limits);
    let texts = Texts { line: world.block, arena, constants: &program.text };
    let rows = readers[program.input_set.0 as usize].rows();
    let ended = evaluator.run(&mut Scene { program, slots, texts, rows, random, now_ms: world.now_ms }, pc);
    vm.instructions += INSTRUCTIONS_MAX - evaluator.budget;
    match ended {
        Ok(end) => outcome::end(vm, program, end, place, slots, world),
        Err(fault) => Err(outcome::thrown(vm, program, &fault, place, world)),
    }
}
