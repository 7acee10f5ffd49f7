//! The syntax of JavaScript's regular expressions without the `u` flag, with the leniencies of ECMA-262, annex B.

use std::ops::Range;

use super::class::{escaped_character, escaped_set, parse_class};
use super::set::{Set, all_but_line_ends};
use crate::builtin::jsonata::Fault;

/// Groups nest at most so deep.
const DEPTH_MAX: usize = 100;

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Empty,
    Character(char),
    OneOf(Set),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Group(u32, Box<Node>),
    /// With the groups that it holds.
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        is_greedy: bool,
        groups: Range<u32>,
    },
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`, `\B`
    Boundary {
        is_negated: bool,
    },
    /// `(?=`, `(?!`, `(?<=`, `(?<!`
    Look {
        is_behind: bool,
        is_negated: bool,
        node: Box<Node>,
    },
    /// `\1`
    Same(u32),
}

/// What was read.
pub(super) struct Syntax {
    pub(super) node: Node,
    /// How many groups there are, without the whole.
    pub(super) groups: u32,
}

/// Reads a pattern.
///
/// # Errors
/// S0302 with the reason that JavaScript gives.
pub(super) fn parse(pattern: &str, ignores_case: bool) -> Result<Syntax, Box<Fault>> {
    let characters: Vec<char> = pattern.chars().collect();
    let names = names(&characters);
    let mut parser = Parser { characters, at: 0, ignores_case, names, next_group: 1, depth: 0 };
    let node = parser.choice().and_then(|node| match parser.peek() {
        None => Ok(node),
        Some(_) => Err("Unmatched ')'"),
    });
    match node {
        Ok(node) => Ok(Syntax { node, groups: parser.names.len() as u32 }),
        Err(reason) => Err(invalid(pattern, reason)),
    }
}

/// The fault of an expression that cannot be.
pub(super) fn invalid(pattern: &str, reason: &str) -> Box<Fault> {
    let mut fault = Fault::new("S0302");
    fault.message = Some(format!("Invalid regular expression: /{pattern}/: {reason}"));
    fault
}

/// Why an expression cannot be, in JavaScript's words.
pub(super) type Reason = &'static str;

pub(super) struct Parser {
    characters: Vec<char>,
    at: usize,
    pub(super) ignores_case: bool,
    /// A name for each group, empty where it has none.
    names: Vec<String>,
    next_group: u32,
    depth: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek();
        self.at += usize::from(character.is_some());
        character
    }

    /// Reads the last character again.
    pub(super) fn go_back(&mut self) {
        self.at -= 1;
    }

    /// Goes on behind a text that comes next; whether it does.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_next = self.characters[self.at..].iter().copied().take(text.chars().count()).eq(text.chars());
        self.at += if is_next { text.chars().count() } else { 0 };
        is_next
    }

    /// Reads with a parser; where that finds nothing, nothing is read.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Parser) -> Option<T>) -> Option<T> {
        let start = self.at;
        let result = read(self);
        if result.is_none() {
            self.at = start;
        }
        result
    }

    pub(super) fn has_names(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }

    /// Alternatives, up to a closing parenthesis or the end.
    fn choice(&mut self) -> Result<Node, Reason> {
        if self.depth == DEPTH_MAX {
            return Err("Regular expression too large");
        }
        self.depth += 1;
        let mut alternatives = vec![self.sequence()?];
        while self.take("|") {
            alternatives.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if alternatives.len() == 1 { alternatives.remove(0) } else { Node::Choice(alternatives) })
    }

    fn sequence(&mut self) -> Result<Node, Reason> {
        let mut nodes = Vec::new();
        while let Some(character) = self.peek() {
            if matches!(character, '|' | ')') {
                break;
            }
            let first_group = self.next_group;
            let node = self.term()?;
            nodes.push(self.repeated(node, first_group)?);
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Sequence(nodes),
        })
    }

    fn term(&mut self) -> Result<Node, Reason> {
        match self.next() {
            Some('^') => Ok(Node::Start),
            Some('$') => Ok(Node::End),
            Some('(') => self.group(),
            Some('.') => Ok(one_of(all_but_line_ends())),
            Some('[') => parse_class(self).map(one_of),
            Some('\\') => self.escape(),
            Some('*' | '+' | '?') => Err("Nothing to repeat"),
            Some('{') if self.attempt(Parser::bounds).is_some() => Err("Nothing to repeat"),
            Some(character) => Ok(self.character(character)),
            None => Ok(Node::Empty),
        }
    }

    /// A term with its quantifier, if it has one.
    fn repeated(&mut self, node: Node, first_group: u32) -> Result<Node, Reason> {
        let (least, most) = match self.peek() {
            Some('*') if self.take("*") => (0, None),
            Some('+') if self.take("+") => (1, None),
            Some('?') if self.take("?") => (0, Some(1)),
            Some('{') => match self.attempt(|parser| parser.next().and_then(|_| parser.bounds())) {
                Some(bounds) => bounds,
                None => return Ok(node),
            },
            _ => return Ok(node),
        };
        match node {
            Node::Start | Node::End | Node::Boundary { .. } => return Err("Nothing to repeat"),
            Node::Look { is_behind: true, .. } => return Err("Invalid quantifier"),
            _ => {}
        }
        if most.is_some_and(|most| most < least) {
            return Err("numbers out of order in {} quantifier");
        }
        let is_greedy = !self.take("?");
        Ok(Node::Repeat { node: Box::new(node), least, most, is_greedy, groups: first_group..self.next_group })
    }

    /// `2}`, `2,}` or `2,3}`, behind the brace.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let least = self.number()?;
        let most = if self.take(",") { self.number() } else { Some(least) };
        self.take("}").then_some((least, most))
    }

    /// A decimal number; too large ones are the largest.
    fn number(&mut self) -> Option<u32> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|digit| digit.to_digit(10)) {
            self.at += 1;
            number = Some(number.unwrap_or(0u32).saturating_mul(10).saturating_add(digit));
        }
        number
    }

    /// What stands between parentheses, behind the opening one.
    fn group(&mut self) -> Result<Node, Reason> {
        let look = |is_behind, is_negated| (is_behind, is_negated);
        let looks = if self.take("?=") {
            Some(look(false, false))
        } else if self.take("?!") {
            Some(look(false, true))
        } else if self.take("?<=") {
            Some(look(true, false))
        } else if self.take("?<!") {
            Some(look(true, true))
        } else {
            None
        };
        if let Some((is_behind, is_negated)) = looks {
            return Ok(Node::Look { is_behind, is_negated, node: Box::new(self.inner()?) });
        }
        if self.take("?:") {
            // A group of an assertion can be repeated; the assertion cannot.
            return Ok(Node::Sequence(vec![self.inner()?]));
        }
        let number = self.next_group;
        if self.take("?") {
            if !self.take("<") {
                return Err("Invalid group");
            }
            self.declare(number)?;
        }
        self.next_group += 1;
        Ok(Node::Group(number, Box::new(self.inner()?)))
    }

    /// Reads a group's name, which has been found already.
    fn declare(&mut self, number: u32) -> Result<(), Reason> {
        let name = self.attempt(Parser::name).ok_or("Invalid capture group name")?;
        let is_first = self.names[..number as usize - 1].iter().all(|other| *other != name);
        if is_first { Ok(()) } else { Err("Duplicate capture group name") }
    }

    /// A name and `>`.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            match self.next()? {
                '>' if !name.is_empty() => return Some(name),
                letter if letter.is_alphabetic() || matches!(letter, '_' | '$') => name.push(letter),
                digit if digit.is_alphanumeric() && !name.is_empty() => name.push(digit),
                _ => return None,
            }
        }
    }

    fn inner(&mut self) -> Result<Node, Reason> {
        let node = self.choice()?;
        if self.take(")") { Ok(node) } else { Err("Unterminated group") }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<Node, Reason> {
        if let Some(set) = self.attempt(escaped_set) {
            return Ok(one_of(set));
        }
        match self.peek() {
            None => Err("\\ at end of pattern"),
            Some('b' | 'B') => Ok(Node::Boundary { is_negated: self.next() == Some('B') }),
            Some('k') if self.has_names() => {
                self.at += 1;
                let name = if self.take("<") { self.attempt(Parser::name) } else { None };
                let name = name.ok_or("Invalid named reference")?;
                let number = self.names.iter().position(|known| *known == name);
                number.map(|number| Node::Same(number as u32 + 1)).ok_or("Invalid named capture referenced")
            }
            Some('1'..='9') => Ok(match self.attempt(Parser::reference) {
                Some(number) => Node::Same(number),
                None => self.escaped_character(),
            }),
            Some(_) => Ok(self.escaped_character()),
        }
    }

    /// The number of a group that there is.
    fn reference(&mut self) -> Option<u32> {
        self.number().filter(|&number| number as usize <= self.names.len())
    }

    fn escaped_character(&mut self) -> Node {
        let character = escaped_character(self, false);
        self.character(character)
    }

    /// A character, in all cases where case does not count.
    fn character(&self, character: char) -> Node {
        let set = Set::of(character);
        one_of(if self.ignores_case { set.without_case() } else { set })
    }
}

fn one_of(set: Set) -> Node {
    set.only().map_or(Node::OneOf(set), Node::Character)
}

/// The names of all groups in order, empty for those without.
fn names(pattern: &[char]) -> Vec<String> {
    let mut names = Vec::new();
    let (mut at, mut is_in_class) = (0, false);
    while at < pattern.len() {
        match (pattern[at], &pattern[at + 1..]) {
            ('\\', _) => at += 1,
            ('[', _) => is_in_class = true,
            (']', _) => is_in_class = false,
            ('(', ['?', '<', next, ..]) if !is_in_class && !matches!(next, '=' | '!') => {
                names.push(pattern[at + 3..].iter().take_while(|&&letter| letter != '>').collect());
            }
            ('(', ['?', ..]) => {}
            ('(', _) if !is_in_class => names.push(String::new()),
            _ => {}
        }
        at += 1;
    }
    names
}
