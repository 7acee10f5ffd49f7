//! Regular expressions as instructions for the machine that backtracks.

use super::set::{Set, is_line_end};
use super::syntax::{Node, Syntax};

/// An expression has at most so many instructions; counted repetition multiplies them.
const OPS_MAX: usize = 20_000;

/// A step of the machine. Steps that read a character go backward within lookbehind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    Character {
        character: char,
        is_backward: bool,
    },
    OneOf {
        set: u32,
        is_backward: bool,
    },
    /// Any number of a set's characters, forward.
    Run {
        set: u32,
        is_greedy: bool,
        mark: Mark,
    },
    /// Goes to one, and to the other when that fails.
    Split {
        first: u32,
        second: u32,
        mark: Mark,
    },
    Jump(u32),
    /// Notes the position as a start or an end of a group.
    Save(u32),
    /// Forgets groups, from and to.
    Clear(u32, u32),
    /// Notes where a round of a loop starts.
    RoundStart(u32),
    /// Fails when the round has read nothing.
    RoundEnd(u32),
    Start {
        is_multiline: bool,
    },
    End {
        is_multiline: bool,
    },
    Boundary {
        is_negated: bool,
    },
    /// Tries what follows up to [`Op::Done`], then goes to the end or fails.
    Look {
        is_negated: bool,
        end: u32,
    },
    Same {
        group: u32,
        is_backward: bool,
    },
    Done,
}

/// Names a place where the machine has a choice, so that it need not fail twice from one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    /// The first of its rows in the table of failures.
    pub(super) row: u32,
    /// Loops around it that check their rounds; it has a row for each count of them that have read nothing yet.
    pub(super) depth: u32,
}

/// An expression, compiled.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) sets: Vec<Set>,
    /// Starts and ends of the whole and of each group.
    pub(super) slots: usize,
    /// Loops that check their rounds, one within the other.
    pub(super) rounds: usize,
    /// Rows of the table of failures; none where failing depends on more than place and position.
    pub(super) rows: Option<u32>,
    /// The characters that a match can start with; None where it can be empty or start with any.
    pub(super) first: Option<Set>,
    /// Whether it can match at the start of the text only.
    pub(super) is_anchored: bool,
    pub(super) ignores_case: bool,
}

impl Program {
    /// None for an expression that is too large.
    pub(super) fn new(syntax: &Syntax, ignores_case: bool, is_multiline: bool) -> Option<Program> {
        let mut compiler = Compiler {
            ops: Vec::new(),
            sets: Vec::new(),
            work: 0,
            depth: 0,
            rounds: 0,
            rows: 0,
            is_multiline,
            is_regular: true,
        };
        compiler.emit(&syntax.node, false)?;
        compiler.push(Op::Done)?;
        let mut firsts = Vec::new();
        let first = matches!(firsts_of(&syntax.node, &mut firsts), Some(false)).then(|| Set::new(firsts));
        Some(Program {
            ops: compiler.ops,
            sets: compiler.sets,
            slots: 2 * (syntax.groups as usize + 1),
            rounds: compiler.rounds as usize,
            rows: compiler.is_regular.then_some(compiler.rows),
            first,
            is_anchored: !is_multiline && is_anchored(&syntax.node),
            ignores_case,
        })
    }
}

struct Compiler {
    ops: Vec<Op>,
    sets: Vec<Set>,
    /// Nodes visited; an empty node in a counted repetition makes none, but takes its time.
    work: usize,
    depth: u32,
    rounds: u32,
    rows: u32,
    is_multiline: bool,
    is_regular: bool,
}

/// None is for an expression that is too large.
type Emitted = Option<()>;

impl Compiler {
    fn push(&mut self, op: Op) -> Option<usize> {
        self.ops.push(op);
        (self.ops.len() <= OPS_MAX).then(|| self.ops.len() - 1)
    }

    /// Emits a node. Nests as deep as the groups of the pattern.
    fn emit(&mut self, node: &Node, is_backward: bool) -> Emitted {
        self.work += 1;
        if self.work > OPS_MAX {
            return None;
        }
        let is_multiline = self.is_multiline;
        let op = match node {
            Node::Empty => return Some(()),
            Node::Character(character) => Op::Character { character: *character, is_backward },
            Node::OneOf(set) => Op::OneOf { set: self.set(set), is_backward },
            Node::Start => Op::Start { is_multiline },
            Node::End => Op::End { is_multiline },
            Node::Boundary { is_negated } => Op::Boundary { is_negated: *is_negated },
            Node::Sequence(nodes) if is_backward => {
                return nodes.iter().rev().try_for_each(|node| self.emit(node, true));
            }
            Node::Sequence(nodes) => return nodes.iter().try_for_each(|node| self.emit(node, false)),
            Node::Choice(nodes) => return self.choice(nodes, is_backward),
            Node::Group(number, node) => return self.group(*number, node, is_backward),
            Node::Look { is_behind, is_negated, node } => return self.look(node, *is_behind, *is_negated),
            Node::Same(group) => {
                self.is_regular = false;
                Op::Same { group: *group, is_backward }
            }
            Node::Repeat { .. } => return self.repeat(node, is_backward),
        };
        self.push(op).map(drop)
    }

    fn set(&mut self, set: &Set) -> u32 {
        let known = self.sets.iter().position(|known| known == set);
        known.unwrap_or_else(|| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        }) as u32
    }

    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn mark(&mut self) -> Mark {
        let row = self.rows;
        self.rows += self.depth + 1;
        Mark { row, depth: self.depth }
    }

    fn split(&mut self) -> Option<usize> {
        let mark = self.mark();
        self.push(Op::Split { first: 0, second: 0, mark })
    }

    /// Says where a split goes: to what is behind it, and elsewhere.
    fn aim(&mut self, split: usize, elsewhere: u32, prefers_next: bool) {
        let next = split as u32 + 1;
        if let Op::Split { first, second, .. } = &mut self.ops[split] {
            (*first, *second) = if prefers_next { (next, elsewhere) } else { (elsewhere, next) };
        }
    }

    fn choice(&mut self, nodes: &[Node], is_backward: bool) -> Emitted {
        let mut jumps = Vec::with_capacity(nodes.len());
        let (last, others) = nodes.split_last()?;
        for node in others {
            let split = self.split()?;
            self.emit(node, is_backward)?;
            jumps.push(self.push(Op::Jump(0))?);
            let next = self.here();
            self.aim(split, next, true);
        }
        self.emit(last, is_backward)?;
        let end = self.here();
        jumps.into_iter().for_each(|jump| self.ops[jump] = Op::Jump(end));
        Some(())
    }

    fn group(&mut self, number: u32, node: &Node, is_backward: bool) -> Emitted {
        let (start, end) = (2 * number, 2 * number + 1);
        self.push(Op::Save(if is_backward { end } else { start }))?;
        self.emit(node, is_backward)?;
        self.push(Op::Save(if is_backward { start } else { end })).map(drop)
    }

    fn look(&mut self, node: &Node, is_behind: bool, is_negated: bool) -> Emitted {
        self.is_regular = false;
        let look = self.push(Op::Look { is_negated, end: 0 })?;
        self.emit(node, is_behind)?;
        self.push(Op::Done)?;
        self.ops[look] = Op::Look { is_negated, end: self.here() };
        Some(())
    }

    /// The rounds that must be, then those that may be.
    fn repeat(&mut self, repeat: &Node, is_backward: bool) -> Emitted {
        let Node::Repeat { node, least, most, is_greedy, groups } = repeat else { return Some(()) };
        let clear = (*most != Some(1) && !groups.is_empty()).then_some(Op::Clear(2 * groups.start, 2 * groups.end));
        for _ in 0..*least {
            self.round(node, clear.clone(), is_backward)?;
        }
        match (most, single(node)) {
            (None, Some(set)) if !is_backward => {
                let set = self.set(&set);
                let mark = self.mark();
                self.push(Op::Run { set, is_greedy: *is_greedy, mark }).map(drop)
            }
            (None, _) => {
                let split = self.split()?;
                self.checked_round(node, clear, is_backward)?;
                self.push(Op::Jump(split as u32))?;
                let end = self.here();
                self.aim(split, end, *is_greedy);
                Some(())
            }
            (Some(most), _) => self.optional_rounds(node, most - least, *is_greedy, clear, is_backward),
        }
    }

    fn optional_rounds(
        &mut self,
        node: &Node,
        count: u32,
        is_greedy: bool,
        clear: Option<Op>,
        is_backward: bool,
    ) -> Emitted {
        let mut splits = Vec::new();
        for _ in 0..count {
            splits.push(self.split()?);
            self.checked_round(node, clear.clone(), is_backward)?;
        }
        let end = self.here();
        splits.into_iter().for_each(|split| self.aim(split, end, is_greedy));
        Some(())
    }

    fn round(&mut self, node: &Node, clear: Option<Op>, is_backward: bool) -> Emitted {
        if let Some(clear) = clear {
            self.push(clear)?;
        }
        self.emit(node, is_backward)
    }

    /// A round that may be left out must read something (ECMA-262, "RepeatMatcher").
    fn checked_round(&mut self, node: &Node, clear: Option<Op>, is_backward: bool) -> Emitted {
        if !can_be_empty(node) {
            return self.round(node, clear, is_backward);
        }
        let register = self.depth;
        self.push(Op::RoundStart(register))?;
        self.depth += 1;
        self.rounds = self.rounds.max(self.depth);
        self.round(node, clear, is_backward)?;
        self.depth -= 1;
        self.push(Op::RoundEnd(register)).map(drop)
    }
}

/// The set of a node that reads one character.
fn single(node: &Node) -> Option<Set> {
    match node {
        Node::Character(character) => Some(Set::of(*character)),
        Node::OneOf(set) => Some(set.clone()),
        _ => None,
    }
}

fn can_be_empty(node: &Node) -> bool {
    match node {
        Node::Character(_) | Node::OneOf(_) => false,
        Node::Empty | Node::Start | Node::End | Node::Boundary { .. } | Node::Look { .. } | Node::Same(_) => true,
        Node::Sequence(nodes) => nodes.iter().all(can_be_empty),
        Node::Choice(nodes) => nodes.iter().any(can_be_empty),
        Node::Group(_, node) => can_be_empty(node),
        Node::Repeat { node, least, .. } => *least == 0 || can_be_empty(node),
    }
}

/// Collects what a match of a node can start with. Whether it can be empty; None where it can start with any.
fn firsts_of(node: &Node, firsts: &mut Vec<(u32, u32)>) -> Option<bool> {
    match node {
        Node::Character(character) => firsts.push(((*character).into(), (*character).into())),
        Node::OneOf(set) => firsts.extend_from_slice(set.ranges()),
        Node::Empty | Node::Start | Node::End | Node::Boundary { .. } | Node::Look { .. } => return Some(true),
        Node::Same(_) => return None,
        Node::Sequence(nodes) => {
            for node in nodes {
                if !firsts_of(node, firsts)? {
                    return Some(false);
                }
            }
            return Some(true);
        }
        Node::Choice(nodes) => {
            return nodes.iter().try_fold(false, |empty, node| Some(firsts_of(node, firsts)? || empty));
        }
        Node::Group(_, node) => return firsts_of(node, firsts),
        Node::Repeat { node, least, .. } => return Some(firsts_of(node, firsts)? || *least == 0),
    }
    Some(false)
}

fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Start => true,
        Node::Sequence(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Choice(nodes) => nodes.iter().all(is_anchored),
        Node::Group(_, node) => is_anchored(node),
        _ => false,
    }
}

/// What `^` and `$` ask of a neighbour when each line counts; at the ends of the text there is none.
pub(super) fn is_edge(neighbour: Option<char>, is_multiline: bool) -> bool {
    neighbour.is_none_or(|neighbour| is_multiline && is_line_end(neighbour))
}
