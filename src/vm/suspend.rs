//! A suspended execution: one compact block of bytes that holds its frames and its live values, and no pointer.
//!
//! The block begins with a version. Numbers are LEB128; values are places in the text at the block's end, which
//! begins with the execution's input and is the arena when the execution goes on. What whoever keeps the block knows
//! anyway, name, seed and start, is not in it: a million of them may wait, and each byte counts a million times.

use super::execution::{Frame, Vm};
use super::liveness::{Live, Liveness};
use super::packed::{Reader, Writer};
use super::{Identity, Name, World};
use crate::json::{Source, Value};
use crate::program::Program;
use std::ops::Range;

/// The first byte of every block; another layout gets another number.
const VERSION: u64 = 2;

impl Vm {
    /// Packs the execution up and appends it to `out`, input included; the vm is free for another. It is
    /// position-independent: it could be written down and go on elsewhere. `block` is what the world's block was.
    pub fn suspend(&mut self, program: &Program, block: &[u8], out: &mut Vec<u8>) {
        let mut moves = std::mem::take(&mut self.moves);
        let liveness = self.liveness.take().unwrap_or_else(|| Liveness::of(program));
        moves.gather(self, &liveness);
        let mut writer =
            Writer { out, moves: &moves, liveness: &liveness, input: self.input, started_ms: self.started_ms };
        writer.number(VERSION);
        writer.execution(self);
        writer.number(self.frames.len() as u64);
        for frame in &self.frames {
            writer.frame(frame);
        }
        out.extend_from_slice(self.texts(program, block).text(self.input));
        for span in &moves.spans {
            out.extend_from_slice(&self.arena[span.0..span.1]);
        }
        self.moves = moves;
        self.liveness = Some(liveness);
    }

    /// Unpacks an execution, in place of the one that was hot.
    pub fn resume(&mut self, identity: Identity<'_>, suspended: &[u8]) {
        self.identify(identity);
        let mut reader = Reader { block: suspended, input: Value::MISSING, started_ms: identity.started_ms };
        let version = reader.number();
        debug_assert_eq!(version, VERSION);
        reader.execution(self);
        let frames = reader.number() as usize;
        while self.frames.len() < frames {
            self.frames.push(Frame::default());
        }
        self.frames.truncate(frames.max(1));
        self.free.clear();
        for index in 0..frames {
            reader.frame(&mut self.frames[index]);
            if index > 0 && self.frames[index].parent.is_none() {
                self.free.push(index as u32);
            }
        }
        self.ready.clear();
        self.arena.clear();
        self.arena.extend_from_slice(reader.block);
        self.input = reader.input;
    }

    /// Throws away what nothing refers to any more.
    pub(super) fn clean(&mut self, program: &Program, world: &World<'_>) {
        let (ready, prefix, mut suspended) = (self.ready.clone(), self.name_prefix.clone(), Vec::new());
        self.suspend(program, world.block, &mut suspended);
        let name = Name { prefix: &prefix, number: self.number };
        self.resume(Identity { name, seed: self.seed, started_ms: self.started_ms }, &suspended);
        self.ready = ready;
    }
}

/// Which parts of the arena are live, and where they go: behind the input, one after another.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Live spans of the arena, rising, apart from each other.
    spans: Vec<(usize, usize)>,
    /// Where each of them begins in the new text.
    starts: Vec<usize>,
}

impl Moves {
    /// Finds them for the execution at hand.
    fn gather(&mut self, vm: &Vm, liveness: &Liveness) {
        self.spans.clear();
        let input = if vm.input.source() == Source::Arena { vm.input.range() } else { 0..0 };
        for frame in &vm.frames {
            self.add(&frame.slots, liveness.at(frame.pc), &input);
            self.add(results(frame), Live::ALL, &input);
        }
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        let mut at = vm.input.len();
        let place = |span: &(usize, usize)| {
            at += span.1 - span.0;
            at - (span.1 - span.0)
        };
        self.starts.clear();
        self.starts.extend(self.spans.iter().map(place));
    }

    /// Adds the spans of values that lie in the arena, outside of the input.
    fn add(&mut self, values: &[Value], live: Live<'_>, input: &Range<usize>) {
        for (slot, value) in values.iter().enumerate() {
            if value.is_missing() || value.source() != Source::Arena || !live.has(slot) {
                continue;
            }
            let Range { start, end } = value.range();
            if start < input.start || end > input.end {
                self.spans.push((start, end));
            }
        }
    }

    /// Where a value lies in the new text.
    pub fn place(&self, value: Value, input: Value) -> usize {
        let start = value.range().start;
        let in_input = value.source() == input.source() && input.range().contains(&start);
        if value.source() == Source::Line || in_input {
            return start - input.range().start;
        }
        let span = self.spans.partition_point(|span| span.0 <= start) - 1;
        self.starts[span] + start - self.spans[span].0
    }
}

fn results(frame: &Frame) -> &[Value] {
    frame.join.as_ref().map_or(&[], |join| &join.results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::json::{PADDING, Utf8};
    use crate::vm::{Answer, Effect, Progress, Start, Status, Tally, Ticket};

    /// An execution, with what surrounds it.
    struct Bench {
        program: Program,
        vm: Vm,
        tally: Tally,
        block: Vec<u8>,
        out: Vec<u8>,
    }

    const IDENTITY: Identity<'_> =
        Identity { name: Name { prefix: "line-", number: 1 }, seed: 1, started_ms: 1_767_225_600_000 };

    impl Bench {
        fn start(definition: &str, input: &str) -> Bench {
            let program = compile(definition, &Default::default()).expect("the definition is right");
            let (vm, tally) = (Vm::new(&program), Tally::new(&program));
            let block = [input.as_bytes(), &[0; PADDING]].concat();
            let mut bench = Bench { program, vm, tally, block, out: Vec::new() };
            let (line, Identity { name, seed, .. }) = (0..input.len(), IDENTITY);
            let start = Start { line, utf8: Utf8::Unknown, name, seed };
            bench.with(|vm, program, world| vm.start(program, start, world)).expect("it is JSON");
            bench
        }

        fn with<R>(&mut self, act: impl FnOnce(&mut Vm, &Program, &mut World<'_>) -> R) -> R {
            let Bench { program, vm, tally, block, out } = self;
            let (now_ms, mut effects) = (IDENTITY.started_ms, Vec::<Effect>::new());
            let effects = &mut effects;
            act(vm, program, &mut World { block, now_ms, out, effects, tally, recorder: None })
        }

        /// Goes on until it waits; what it is packed up to.
        fn wait(&mut self) -> Vec<u8> {
            assert_eq!(self.with(Vm::advance), Progress::Waiting);
            let mut packed = Vec::new();
            self.vm.suspend(&self.program, &self.block, &mut packed);
            packed
        }

        /// Brings the answer to the n-th wait, from what it was packed up to.
        fn answer(&mut self, packed: &[u8], generation: u32, output: &str) {
            self.vm.resume(IDENTITY, packed);
            self.block.clear();
            let answer = Answer::Output(output.as_bytes());
            let ticket = Ticket { branch: 0, generation };
            assert!(self.with(|vm, program, world| vm.answer(program, ticket, answer, world)));
        }
    }

    fn task(name: &str, rest: &str) -> String {
        format!(r#""{name}":{{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:1:function:F",{rest}}}"#)
    }

    #[test]
    fn what_waits_takes_its_input_and_some_thirty_bytes() {
        let definition = format!(r#"{{"StartAt":"A","States":{{{}}}}}"#, task("A", r#""End":true"#));
        let input = format!("{{\"text\":\"{}\"}}", "x".repeat(300));
        let packed = Bench::start(&definition, &input).wait();
        assert!(packed.ends_with(input.as_bytes()));
        assert!(packed.len() - input.len() < 35, "{}", packed.len() - input.len());
    }

    #[test]
    fn what_nobody_will_read_is_not_kept() {
        // The result of A is handed to P, and dropped there.
        let definition = format!(
            r#"{{"StartAt":"A","States":{{{},"P":{{"Type":"Pass","Parameters":{{"n.$":"$.n"}},"Next":"B"}},{}}}}}"#,
            task("A", r#""ResultPath":"$.a","Next":"P""#),
            task("B", r#""ResultPath":"$.b","End":true"#),
        );
        let mut bench = Bench::start(&definition, r#"{"n":7}"#);
        let packed = bench.wait();
        bench.answer(&packed, 0, &format!("\"{}\"", "dropped ".repeat(100)));
        let packed = bench.wait();
        assert!(packed.len() < 80, "{} bytes", packed.len());
        bench.answer(&packed, 1, "8");
        let Progress::Ended(outcome) = bench.with(Vm::advance) else { panic!("nothing is left to wait for") };
        assert_eq!((outcome.status, &*bench.out), (Status::Succeeded, &br#"{"n":7,"b":8}"#[..]));
    }

    #[test]
    fn what_only_a_retrier_or_a_catcher_reads_is_kept() {
        let retry = r#""Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1}],"#;
        let catch = r#""Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.e","Next":"C"}],"#;
        let other = r#","C":{"Type":"Pass","OutputPath":"$.kept","End":true}"#;
        for (recovery, other, is_kept) in [(retry, "", true), (catch, other, true), ("", "", false)] {
            let definition = format!(
                r#"{{"StartAt":"A","States":{{{},{}{other}}}}}"#,
                task("A", r#""Next":"B""#),
                task("B", &format!(r#"{recovery}"OutputPath":"$.n","End":true"#)),
            );
            let mut bench = Bench::start(&definition, "1");
            let packed = bench.wait();
            bench.answer(&packed, 0, &format!(r#"{{"n":1,"kept":"{}"}}"#, "kept ".repeat(100)));
            let packed = bench.wait();
            assert_eq!(packed.windows(25).any(|window| window == b"kept kept kept kept kept "), is_kept, "{recovery}");
        }
    }
}
