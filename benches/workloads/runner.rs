//! Runs the lines of a block one after another on this thread, as a shard would.

use expressway::failure::Failure;
use expressway::json::{Index, Level, Lines, PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{Answer, Effect, Name, Outcome, Progress, Start, Tally, Vm, World};
use std::ops::Range;

/// What stays from line to line. Tasks fail at once, and waits take no time.
pub struct Runner<'a> {
    program: &'a Program,
    block: &'a [u8],
    index: Option<Index>,
    vm: Vm,
    out: Vec<u8>,
    effects: Vec<Effect>,
    asked: Vec<Effect>,
    tally: Tally,
}

impl<'a> Runner<'a> {
    pub fn new(program: &'a Program, block: &'a [u8], level: Level) -> Runner<'a> {
        let (vm, tally, index) = (Vm::new(program), Tally::new(program), Some(Index::new(level)));
        Runner { program, block, index, vm, out: Vec::new(), effects: Vec::new(), asked: Vec::new(), tally }
    }

    /// Runs every line once, and tells its outcome and output.
    pub fn pass(&mut self, mut tell: impl FnMut(&Outcome, &[u8])) {
        let index = self.index.take().expect("a pass gives it back");
        let mut lines = Lines::new(index, self.block, 0..self.block.len() - PADDING);
        while let Some(line) = lines.next(self.block) {
            let outcome = self.run(line, lines.utf8());
            tell(&outcome, &self.out);
        }
        self.index = Some(lines.into_index());
    }

    #[inline(always)]
    fn run(&mut self, line: Range<usize>, utf8: Utf8<'_>) -> Outcome {
        self.out.clear();
        let (out, effects, tally) = (&mut self.out, &mut self.effects, &mut self.tally);
        let mut world = World { block: self.block, now_ms: 0, out, effects, tally, recorder: None };
        let name = Name { prefix: "line-", number: 1 };
        let start = Start { line, utf8, name, seed: 1 };
        let mut progress = self.vm.dash(self.program, start, &mut world).expect("a workload's lines are JSON");
        loop {
            if let Progress::Ended(outcome) = progress {
                return outcome;
            }
            std::mem::swap(world.effects, &mut self.asked);
            for effect in self.asked.drain(..) {
                answer(&mut self.vm, self.program, &effect, &mut world);
            }
            progress = self.vm.advance(self.program, &mut world);
        }
    }
}

fn answer(vm: &mut Vm, program: &Program, effect: &Effect, world: &mut World<'_>) {
    let (ticket, answer) = match effect {
        Effect::Task(request) => (request.ticket, Answer::Failed(busy())),
        Effect::Wait { ticket, until_ms } => {
            world.now_ms = world.now_ms.max(*until_ms);
            (*ticket, Answer::Elapsed)
        }
        Effect::Cancel { .. } => return,
    };
    assert!(vm.answer(program, ticket, answer, world), "what was asked for is waited for");
}

/// How every task of a workload fails.
pub fn busy() -> Failure {
    Failure { error: Some("Bank.Busy".into()), cause: Some("too many customers".into()) }
}
