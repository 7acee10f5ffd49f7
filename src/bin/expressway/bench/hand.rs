//! Lines taken through the stages of an execution by hand, on this thread alone, and only so far as wanted: what a stage
//! takes is what a pass with it takes more than the pass without.
//!
//! It does what the engine's threads do with a block, by the same functions, and leaves out what they do around it: handing
//! blocks over, keeping order, counting and pricing.

use super::cpu::Stopwatch;
use expressway::engine::{Block, Page, Sink, Source};
use expressway::json::{self, Index, Lines, Reader, Utf8, Value};
use expressway::program::Program;
use expressway::vm::{Effect, Name, Progress, Start, Status, Tally, Vm, World};
use std::hint::black_box;
use std::io;
use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far lines are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The file is read into blocks of whole lines.
    Read,
    /// Each block is checked to be UTF-8, and the parts of its lines are found.
    Index,
    /// The grammar of each line is checked, and the values are found that the states read.
    Check,
    /// The states are run, and outputs put together.
    Run,
    /// Outputs are written.
    Write,
}

impl Stage {
    pub const ALL: [Stage; 5] = [Stage::Read, Stage::Index, Stage::Check, Stage::Run, Stage::Write];
}

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handled {
    /// Lines, blank ones too.
    pub lines: u64,
    /// Executions that ended; none unless the stage is one that runs them.
    pub ended: u64,
    /// Executions that ask for a task or a time, and with that cannot be run by hand.
    pub asking: u64,
    /// Lines that are no JSON or too long; none before the stage that checks them.
    pub rejected: u64,
}

/// What broke.
pub enum Trouble {
    Input(io::Error),
    Output(io::Error),
}

/// Takes the lines of a source so far, up to a number of them, and says what that took.
pub fn pass(
    program: &Program,
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    upto: Stage,
    lines_max: u64,
) -> Result<(Handled, Duration), Trouble> {
    let watch = Stopwatch::start();
    let mut hand = Hand::new(program, upto);
    let mut block = Block::default();
    // As the engine does: lines that lie there are fetched.
    let shelf = source.shelf();
    let mut fill = |block: &mut Block| match &shelf {
        Some(shelf) => shelf.fetch(block),
        None => source.fill(block),
    };
    while hand.handled.lines < lines_max && fill(&mut block).map_err(Trouble::Input)? {
        hand.handled.lines += limit_lines(&mut block, lines_max - hand.handled.lines);
        if upto >= Stage::Index {
            hand.go_through(&block);
        }
        if upto == Stage::Write {
            sink.write(&hand.page).map_err(Trouble::Output)?;
        }
        hand.page.clear();
    }
    Ok((hand.handled, watch.read()))
}

/// What one shard would have.
struct Hand<'p> {
    program: &'p Program,
    upto: Stage,
    index: Index,
    reader: Reader,
    slots: Vec<Value>,
    vm: Vm,
    tally: Tally,
    effects: Vec<Effect>,
    page: Page,
    now_ms: u64,
    handled: Handled,
}

impl<'p> Hand<'p> {
    fn new(program: &'p Program, upto: Stage) -> Hand<'p> {
        Hand {
            program,
            upto,
            index: Index::default(),
            reader: Reader::new(&program.sets[program.input_set.0 as usize]),
            slots: vec![Value::MISSING; program.scopes[0].into()],
            vm: Vm::new(program),
            tally: Tally::new(program),
            effects: Vec::new(),
            page: Page::default(),
            // A time that lies in the past for a run is past here, too.
            now_ms: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64),
            handled: Handled::default(),
        }
    }

    fn go_through(&mut self, block: &Block) {
        let mut lines = Lines::new(std::mem::take(&mut self.index), &block.bytes, block.lines.clone());
        while let Some(line) = lines.next(&block.bytes) {
            self.line(block, line, lines.utf8());
        }
        self.index = lines.into_index();
    }

    #[inline(always)]
    fn line(&mut self, block: &Block, line: Range<usize>, utf8: Utf8<'_>) {
        let text = &block.bytes[line.clone()];
        if json::is_blank(text) || self.upto == Stage::Index {
            return;
        }
        if block.cut.is_some() || text.len() > self.program.limits.payload_bytes {
            self.handled.rejected += 1;
        } else if self.upto == Stage::Check {
            let read = self.reader.read(&block.bytes, line, utf8, json::Source::Line, &mut self.slots);
            self.handled.rejected += u64::from(black_box(read).is_err());
        } else {
            self.run(block, line, utf8);
        }
    }

    #[inline(always)]
    fn run(&mut self, block: &Block, line: Range<usize>, utf8: Utf8<'_>) {
        let (out, effects, tally) = (&mut self.page.output, &mut self.effects, &mut self.tally);
        let mut world = World { block: &block.bytes, now_ms: self.now_ms, out, effects, tally, recorder: None };
        let number = self.handled.ended;
        let start = Start { line, utf8, name: Name { prefix: "line-", number }, seed: number };
        match self.vm.dash(self.program, start, &mut world) {
            Ok(Progress::Ended(outcome)) => {
                self.handled.ended += 1;
                if outcome.status == Status::Succeeded {
                    self.page.output.push(b'\n');
                }
            }
            Ok(Progress::Waiting) => self.handled.asking += 1,
            Err(_) => self.handled.rejected += 1,
        }
        self.effects.clear();
    }
}

/// Counts the lines of a block, blank ones too, and cuts off those beyond a number. How many are left.
fn limit_lines(block: &mut Block, lines_max: u64) -> u64 {
    let text = &block.bytes[block.lines.clone()];
    let lines =
        memchr::memchr_iter(b'\n', text).count() as u64 + u64::from(text.last().is_some_and(|byte| *byte != b'\n'));
    if lines > lines_max {
        let end = memchr::memchr_iter(b'\n', text).nth(lines_max as usize - 1).expect("there are more lines than this");
        block.lines.end = block.lines.start + end + 1;
    }
    lines.min(lines_max)
}
