//! The machine that runs a regular expression: it backtracks, within limits.
//!
//! Where a search takes long, and the expression allows, it notes from where it has failed, and does so but once: then
//! time grows with the product of expression and text (as in Russ Cox, "Regular Expression Matching Can Be Simple And
//! Fast", 2007, section "Caching").

use super::program::{Mark, Op, Program, is_edge};
use super::set::Set;
use crate::builtin::jsonata::Fault;
use crate::builtin::jsonata::characters::canonical;
use crate::builtin::jsonata::limit::{out_of_memory, out_of_time};

/// Choices that wait at most; each takes 24 bytes.
const STACK_MAX: usize = 1 << 21;

/// The table of failures has at most so many bits.
const TABLE_BITS_MAX: usize = 1 << 28;

/// A position that is not known.
const UNKNOWN: usize = usize::MAX;

/// Where the whole and each group start and end.
pub(super) type Slots = Vec<Option<usize>>;

/// Finds the first match from a position on. Takes its steps from the budget.
///
/// # Errors
/// U1001 when the budget is spent, or too many choices wait.
pub(super) fn search(
    program: &Program,
    text: &str,
    from: usize,
    budget: &mut u64,
) -> Result<Option<Slots>, Box<Fault>> {
    // A search that is soon over needs no table.
    let steps_without_table = (text.len() - from) as u64 * 8 + 2000;
    search_with(program, text, from, budget, steps_without_table)
}

fn search_with(
    program: &Program,
    text: &str,
    from: usize,
    budget: &mut u64,
    steps_without_table: u64,
) -> Result<Option<Slots>, Box<Fault>> {
    let mut run = Run {
        program,
        text,
        from,
        slots: vec![UNKNOWN; program.slots],
        rounds: vec![0; program.rounds],
        stack: Vec::new(),
        failed: None,
        steps: 0,
        steps_without_table,
        budget,
    };
    let result = run.search(from);
    *run.budget = run.budget.saturating_sub(run.steps);
    result
}

struct Run<'a> {
    program: &'a Program,
    text: &'a str,
    /// Where the search starts.
    from: usize,
    slots: Vec<usize>,
    rounds: Vec<usize>,
    stack: Vec<Frame>,
    failed: Option<Failed>,
    steps: u64,
    steps_without_table: u64,
    budget: &'a mut u64,
}

/// What to go back to.
enum Frame {
    Choice {
        op: u32,
        at: usize,
    },
    /// A greedy run may end sooner.
    Shorter {
        op: u32,
        least: usize,
        at: usize,
    },
    /// A lazy run may go on.
    Longer {
        op: u32,
        at: usize,
    },
    Slot {
        slot: u32,
        old: usize,
    },
    Round {
        round: u32,
        old: usize,
    },
}

/// From which choices, at which positions, the machine has set out before.
struct Failed {
    from: usize,
    positions: usize,
    bits: Vec<u64>,
}

impl Run<'_> {
    fn search(&mut self, from: usize) -> Result<Option<Slots>, Box<Fault>> {
        let mut start = from;
        loop {
            if let Some(first) = &self.program.first {
                match self.text[start..].char_indices().find(|(_, character)| first.contains(*character)) {
                    Some((skipped, _)) => start += skipped,
                    None => return Ok(None),
                }
            }
            if self.program.is_anchored && start > 0 {
                return Ok(None);
            }
            if let Some(end) = self.run(0, start)? {
                (self.slots[0], self.slots[1]) = (start, end);
                return Ok(Some(self.slots.iter().map(|&at| (at != UNKNOWN).then_some(at)).collect()));
            }
            match self.text[start..].chars().next() {
                Some(character) => start += character.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    /// Runs up to [`Op::Done`] and gives the position there. None where it fails; then all is as before.
    ///
    /// Calls itself for lookaround, as deep as that nests in the pattern.
    fn run(&mut self, mut op: usize, mut at: usize) -> Result<Option<usize>, Box<Fault>> {
        let base = self.stack.len();
        let program = self.program;
        loop {
            self.count_step()?;
            let next = match &program.ops[op] {
                Op::Character { character, is_backward } => self.step(at, *is_backward, |found| found == *character),
                Op::OneOf { set, is_backward } => {
                    let set = &program.sets[*set as usize];
                    self.step(at, *is_backward, |found| set.contains(found))
                }
                Op::Run { set, is_greedy, mark } => {
                    self.repeat(op, &program.sets[*set as usize], *is_greedy, *mark, at)?
                }
                Op::Split { first, second, mark } => self.is_new(*mark, at).then(|| {
                    self.stack.push(Frame::Choice { op: *second, at });
                    op = *first as usize - 1;
                    at
                }),
                Op::Jump(target) => {
                    // One before, for the next one follows.
                    op = (*target as usize).wrapping_sub(1);
                    Some(at)
                }
                Op::Save(slot) => {
                    self.set_slot(*slot, at);
                    Some(at)
                }
                Op::Clear(from, to) => {
                    (*from..*to).for_each(|slot| self.set_slot(slot, UNKNOWN));
                    Some(at)
                }
                Op::RoundStart(round) => {
                    let old = std::mem::replace(&mut self.rounds[*round as usize], at);
                    self.stack.push(Frame::Round { round: *round, old });
                    Some(at)
                }
                Op::RoundEnd(round) => (self.rounds[*round as usize] != at).then_some(at),
                Op::Start { is_multiline } => is_edge(self.before(at), *is_multiline).then_some(at),
                Op::End { is_multiline } => is_edge(self.after(at), *is_multiline).then_some(at),
                Op::Boundary { is_negated } => (self.is_boundary(at) != *is_negated).then_some(at),
                Op::Look { is_negated, end } => {
                    let found = self.look(op + 1, at, *is_negated)?;
                    op = *end as usize - 1;
                    (found != *is_negated).then_some(at)
                }
                Op::Same { group, is_backward } => self.same(*group, at, *is_backward),
                Op::Done => return Ok(Some(at)),
            };
            (op, at) = match next {
                Some(next) => (op.wrapping_add(1), next),
                None => match self.back(base) {
                    Some(choice) => choice,
                    None => return Ok(None),
                },
            };
        }
    }

    fn count_step(&mut self) -> Result<(), Box<Fault>> {
        self.steps += 1;
        if self.steps > *self.budget {
            return Err(out_of_time());
        }
        if self.stack.len() > STACK_MAX {
            return Err(out_of_memory());
        }
        if self.steps >= self.steps_without_table {
            self.steps_without_table = u64::MAX;
            self.begin_table();
        }
        Ok(())
    }

    /// From here on failures are noted. What waits has not failed yet, so that no note is missing.
    fn begin_table(&mut self) {
        let positions = self.text.len() - self.from + 1;
        let bits = self.program.rows.and_then(|rows| positions.checked_mul(rows as usize));
        if let Some(bits) = bits.filter(|bits| *bits <= TABLE_BITS_MAX) {
            self.failed = Some(Failed { from: self.from, positions, bits: vec![0; bits / 64 + 1] });
        }
    }

    /// Whether the machine sets out from a choice for the first time, as far as is noted.
    fn is_new(&mut self, mark: Mark, at: usize) -> bool {
        let Some(failed) = &mut self.failed else { return true };
        // In a loop where nothing has been read yet, less can follow; those cases have rows of their own.
        let stalled = self.rounds[..mark.depth as usize].iter().filter(|&&start| start == at).count();
        let bit = (mark.row as usize + stalled) * failed.positions + (at - failed.from);
        let is_new = failed.bits[bit / 64] >> (bit % 64) & 1 == 0;
        failed.bits[bit / 64] |= 1 << (bit % 64);
        is_new
    }

    /// Any number of characters.
    fn repeat(
        &mut self,
        op: usize,
        set: &Set,
        is_greedy: bool,
        mark: Mark,
        at: usize,
    ) -> Result<Option<usize>, Box<Fault>> {
        if !self.is_new(mark, at) {
            return Ok(None);
        }
        let op = op as u32;
        if !is_greedy {
            self.stack.push(Frame::Longer { op, at });
            return Ok(Some(at));
        }
        let mut end = at;
        while let Some(next) = self.step(end, false, |found| set.contains(found)) {
            // Where a run has been before, so have been all that it could become.
            if !self.is_new(mark, next) {
                break;
            }
            self.steps += 1;
            end = next;
        }
        if end > at {
            self.stack.push(Frame::Shorter { op, least: at, at: end });
        }
        Ok(Some(end))
    }

    /// The choice that comes next, above the base of the stack.
    fn back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.stack.len() > base {
            match self.stack.pop()? {
                Frame::Choice { op, at } => return Some((op as usize, at)),
                Frame::Slot { slot, old } => self.slots[slot as usize] = old,
                Frame::Round { round, old } => self.rounds[round as usize] = old,
                Frame::Shorter { op, least, at } => {
                    let at = at - self.before(at).map_or(0, char::len_utf8);
                    if at > least {
                        self.stack.push(Frame::Shorter { op, least, at });
                    }
                    return Some((op as usize + 1, at));
                }
                Frame::Longer { op, at } => {
                    if let Some(next) = self.lengthen(op, at) {
                        self.stack.push(Frame::Longer { op, at: next });
                        return Some((op as usize + 1, next));
                    }
                }
            }
        }
        None
    }

    /// One more character for a lazy run.
    fn lengthen(&mut self, op: u32, at: usize) -> Option<usize> {
        let program = self.program;
        let Op::Run { set, mark, .. } = &program.ops[op as usize] else { return None };
        let set = &program.sets[*set as usize];
        let next = self.step(at, false, |found| set.contains(found))?;
        self.is_new(*mark, next).then_some(next)
    }

    /// Whether what follows matches here. Groups stay as a match leaves them, but there is no going back into it.
    fn look(&mut self, op: usize, at: usize, is_negated: bool) -> Result<bool, Box<Fault>> {
        let base = self.stack.len();
        if self.run(op, at)?.is_none() {
            return Ok(false);
        }
        if is_negated {
            while self.back(base).is_some() {}
        } else {
            let mut kept = base;
            for number in base..self.stack.len() {
                if matches!(self.stack[number], Frame::Slot { .. } | Frame::Round { .. }) {
                    self.stack.swap(kept, number);
                    kept += 1;
                }
            }
            self.stack.truncate(kept);
        }
        Ok(true)
    }

    fn set_slot(&mut self, slot: u32, at: usize) {
        let old = std::mem::replace(&mut self.slots[slot as usize], at);
        self.stack.push(Frame::Slot { slot, old });
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }

    /// The position behind a character that fits, or before it when going backward.
    fn step(&self, at: usize, is_backward: bool, fits: impl Fn(char) -> bool) -> Option<usize> {
        let found = if is_backward { self.before(at) } else { self.after(at) };
        let found = found.filter(|&found| fits(found))?;
        Some(if is_backward { at - found.len_utf8() } else { at + found.len_utf8() })
    }

    fn is_boundary(&self, at: usize) -> bool {
        let is_word = |neighbour: Option<char>| neighbour.is_some_and(|one| one.is_ascii_alphanumeric() || one == '_');
        is_word(self.before(at)) != is_word(self.after(at))
    }

    /// The same characters as a group has; a group that has none matches nothing at all, everywhere.
    fn same(&mut self, group: u32, mut at: usize, is_backward: bool) -> Option<usize> {
        let (start, end) = (self.slots[2 * group as usize], self.slots[2 * group as usize + 1]);
        if start == UNKNOWN || end == UNKNOWN {
            return Some(at);
        }
        let ignores_case = self.program.ignores_case;
        let is_same =
            |first: char, second: char| first == second || ignores_case && canonical(first) == canonical(second);
        self.steps += (end - start) as u64;
        let wanted = &self.text[start..end];
        if is_backward {
            for wanted in wanted.chars().rev() {
                at = self.step(at, true, |found| is_same(found, wanted))?;
            }
        } else {
            for wanted in wanted.chars() {
                at = self.step(at, false, |found| is_same(found, wanted))?;
            }
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::parse;
    use super::*;

    fn program(pattern: &str) -> Program {
        let syntax = parse(pattern, false).expect("a regular expression");
        Program::new(&syntax, false, false).expect("a small one")
    }

    /// All texts of two letters up to a length.
    fn texts(length: u32) -> impl Iterator<Item = String> {
        let letters =
            |bits: u32, count: u32| (0..count).map(|at| if bits >> at & 1 == 0 { 'a' } else { 'b' }).collect();
        (0..=length).flat_map(move |count| (0..1 << count).map(move |bits| letters(bits, count)))
    }

    #[test]
    fn the_table_of_failures_changes_nothing_but_the_time() {
        for pattern in [
            "(a|ab)(b|ba)*?$",
            "(a*)*b",
            "(a*|b)*$",
            "((a?b?)*a)*b$",
            "(?:(a*)|(b*))*?ab$",
            "(a?){2,3}b",
            "((a|)+b)*?a$",
            "(a*?(b|)){1,}a",
            "a*a*a*b",
            "(?:a|(b?)*)+$",
            "((?:a{0,2}b?)*?b)*$",
        ] {
            let program = program(pattern);
            assert!(program.rows.is_some());
            for text in texts(7) {
                let with = |steps| search_with(&program, &text, 0, &mut 1_000_000, steps);
                assert_eq!(with(0), with(u64::MAX), "{pattern} {text}");
                assert_eq!(with(9), with(u64::MAX), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn time_grows_with_the_text_and_not_with_the_ways_through_it() {
        let text = "a".repeat(2000);
        for pattern in
            ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "a*a*a*a*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a?){20}a{20}b"]
        {
            let mut budget = 5_000_000;
            assert_eq!(search(&program(pattern), &text, 0, &mut budget), Ok(None), "{pattern}");
        }
    }

    #[test]
    fn what_no_table_helps_is_given_up() {
        let text = "a".repeat(2000);
        for pattern in [r"(a*)*\1b", "(?=(a*)*b)"] {
            let result = search(&program(pattern), &text, 0, &mut 1_000_000);
            assert_eq!(result.map_err(|fault| fault.code), Err("U1001"), "{pattern}");
        }
        let result = search(&program(r"(?:a|b)*\b\1()c"), &"a".repeat(3_000_000), 0, &mut u64::MAX.clone());
        assert_eq!(result.map_err(|fault| fault.code), Err("U1001"));
    }
}
