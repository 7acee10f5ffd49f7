//! Runs the lines of a block one after another on this thread, as a shard would.

use expressway::failure::Failure;
use expressway::json::{Index, Level, PADDING, Utf8};
use expressway::program::Program;
use expressway::vm::{Answer, Effect, Name, Outcome, Progress, Start, Tally, Vm, World};
use std::ops::Range;

/// So much is looked at together that it is still in the cache when its lines are run.
const BLOCK: usize = 256 << 10;

/// What stays from line to line. Tasks fail at once, and waits take no time.
pub struct Runner<'a> {
    program: &'a Program,
    block: &'a [u8],
    index: Index,
    vm: Vm,
    out: Vec<u8>,
    effects: Vec<Effect>,
    asked: Vec<Effect>,
    tally: Tally,
}

impl<'a> Runner<'a> {
    pub fn new(program: &'a Program, block: &'a [u8], level: Level) -> Runner<'a> {
        let (vm, tally, index) = (Vm::new(program), Tally::new(program), Index::new(level));
        Runner { program, block, index, vm, out: Vec::new(), effects: Vec::new(), asked: Vec::new(), tally }
    }

    /// Runs every line once, and tells its outcome and output.
    pub fn pass(&mut self, mut tell: impl FnMut(&Outcome, &[u8])) {
        self.index.clear();
        let (mut begin, mut checked) = (0, 0);
        while begin < self.block.len() - PADDING {
            if begin == checked {
                checked = self.check(begin);
            }
            let line = begin..self.line_end(begin, checked);
            begin = line.end + 1;
            let outcome = self.run(line);
            tell(&outcome, &self.out);
        }
    }

    /// Checks that as many lines are UTF-8 as a feed reads at once; where they end.
    fn check(&self, begin: usize) -> usize {
        let rest = &self.block[begin..self.block.len() - PADDING];
        let lines = &rest[..rest.len().min(BLOCK)];
        let end = lines.iter().rposition(|byte| *byte == b'\n').expect("lines are shorter than a block") + 1;
        simdutf8::basic::from_utf8(&lines[..end]).expect("made-up lines are UTF-8");
        begin + end
    }

    #[inline(always)]
    fn line_end(&mut self, begin: usize, end: usize) -> usize {
        if let Some(end) = self.index.next_line() {
            return end;
        }
        assert!(self.index.fill(self.block, begin..end), "a workload's lines are short");
        self.index.next_line().expect("the chunk has a line")
    }

    #[inline(always)]
    fn run(&mut self, line: Range<usize>) -> Outcome {
        self.out.clear();
        let (out, effects, tally) = (&mut self.out, &mut self.effects, &mut self.tally);
        let mut world = World { block: self.block, now_ms: 0, out, effects, tally, recorder: None };
        let name = Name { prefix: "line-", number: 1 };
        let utf8 = if self.index.is_fast() { Utf8::Indexed(&self.index) } else { Utf8::Known };
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
