//! Words put together by how strongly operators bind (Pratt's way, as the reference implementation does).

use super::ancestry::Ancestry;
use super::ast::{Kind, Node, Operator};
use super::draft::{Draft, Written};
use super::parts::Parts;
use super::token::{self, Slash, Token, Word};
use super::walk;
use super::{DEPTH_MAX, Mistake, mistake};
use crate::builtin::jsonata::Fault;
use std::ops::Range;

/// Parses an expression.
///
/// Of several mistakes it tells that which the reference implementation tells: a wrong word before a wrong meaning.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    let mut parser = Parser::new(text)?;
    let mut draft = parser.expression(0)?;
    if parser.token.kind != Word::End {
        return Err(parser.unexpected());
    }
    if let Some(mistake) = parser.meaning {
        return Err(mistake);
    }
    if !draft.seekers().is_empty() {
        return Err(mistake(Fault::new("S0217"), draft.step.node.span.start));
    }
    let mut node = draft.step.node;
    if parser.ancestry.renames() {
        walk::rename(&mut node, &parser.ancestry);
    }
    Ok(node)
}

pub(super) struct Parser<'a> {
    text: &'a str,
    /// The next word.
    pub token: Token,
    /// How many expressions are being parsed, each within another.
    depth: usize,
    pub ancestry: Ancestry,
    /// The first mistake in what the text means. It is told if no wrong word follows.
    meaning: Option<Mistake>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Parser<'a>, Mistake> {
        let token = token::token(text, 0, Slash::BeginsRegex)?;
        Ok(Parser { text, token, depth: 0, ancestry: Ancestry::default(), meaning: None })
    }

    /// Goes on to the next word; gives the one that it leaves.
    pub fn advance(&mut self, slash: Slash) -> Result<Token, Mistake> {
        let next = token::token(self.text, self.token.span.end, slash)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// Goes past this operator.
    pub fn expect(&mut self, operator: &'static str, slash: Slash) -> Result<(), Mistake> {
        if self.token.is(operator) {
            return self.advance(slash).map(drop);
        }
        let at_end = self.token.kind == Word::End;
        let fault = Fault::new(if at_end { "S0203" } else { "S0202" }).with_text("value", operator);
        Err(mistake(self.token.put_into(fault), self.token.span.start))
    }

    /// Goes past this operator if it comes next.
    pub fn eat(&mut self, operator: &'static str) -> Result<bool, Mistake> {
        let comes = self.token.is(operator);
        if comes {
            self.advance(Slash::BeginsRegex)?;
        }
        Ok(comes)
    }

    /// The text at that place.
    pub fn written(&self, span: Range<usize>) -> &'a str {
        &self.text[span]
    }

    /// An expression up to the next operator that does not bind more strongly than `power`.
    pub fn expression(&mut self, power: u8) -> Result<Draft, Mistake> {
        self.depth += 1;
        self.check_depth(self.depth)?;
        let mut draft = self.operand()?;
        self.check_depth(draft.height)?;
        while power < self.token.power() {
            draft = self.operation(draft)?;
            self.check_depth(draft.height)?;
        }
        self.depth -= 1;
        Ok(draft)
    }

    fn check_depth(&self, depth: usize) -> Result<(), Mistake> {
        if depth <= DEPTH_MAX {
            return Ok(());
        }
        let mistake = mistake(Fault::new("U1001"), self.token.span.start);
        Err(mistake.with_help(&format!("an expression is at most {DEPTH_MAX} deep; split it up into variables")))
    }

    /// What begins with the next word.
    fn operand(&mut self) -> Result<Draft, Mistake> {
        let Token { kind, span } = self.advance(Slash::Divides)?;
        let Word::Operator(operator) = kind else { return Ok(self.leaf(kind, span)) };
        match operator {
            "and" | "or" | "in" => Ok(Draft::name(operator.into(), span)),
            "*" => Ok(Draft::leaf(Kind::Wildcard, span)),
            "**" => Ok(Draft::leaf(Kind::Descendant, span)),
            "%" => Ok(Draft::leaf(Kind::Parent(self.ancestry.parent()), span)),
            "-" => self.negation(span),
            "(" => self.block(span),
            "[" => self.array(span),
            "{" => self.object(span),
            "|" => self.transform(span),
            _ => Err(self.no_operand(operator, span.start)),
        }
    }

    /// A word that is an expression, or should be one.
    fn leaf(&mut self, word: Word, span: Range<usize>) -> Draft {
        let kind = match word {
            Word::Name(name) => return Draft::name(name, span),
            Word::Variable(name) => Kind::Variable(name),
            Word::String(text) => Kind::String(text),
            Word::Number(number) => Kind::Number(number),
            Word::Bool(value) => Kind::Bool(value),
            Word::Regex { pattern, flags } => Kind::Regex { pattern, flags },
            Word::Null => Kind::Null,
            Word::Operator(_) | Word::End => {
                self.consider(Err(mistake(Fault::new("S0207"), span.start)));
                Kind::Null
            }
        };
        let is_variable = matches!(kind, Kind::Variable(_));
        let written = if is_variable { Written::Variable } else { Written::Otherwise };
        Draft { written, ..Draft::leaf(kind, span) }
    }

    /// What comes of an expression and the operator that is the next word.
    fn operation(&mut self, left: Draft) -> Result<Draft, Mistake> {
        let Token { kind: Word::Operator(operator), span } = self.advance(Slash::BeginsRegex)? else {
            unreachable!("only operators have power to continue an expression")
        };
        match operator {
            "." => self.step(left),
            "(" if left.is_function_keyword() => self.lambda(span),
            "[" => self.filter(left, span),
            "(" => self.call(left, span),
            "{" => self.group(left, span),
            "^" => self.sort(left, span),
            "@" | "#" => self.binding(operator, left, span),
            ":=" => self.assignment(left, span),
            "?" => self.condition(left, span),
            "~>" => self.application(left, span),
            _ => self.binary(operator, left, span),
        }
    }

    /// `left.rest`
    fn step(&mut self, left: Draft) -> Result<Draft, Mistake> {
        let rest = self.expression(token::power("."))?;
        let result = left.then(rest, &mut self.ancestry);
        Ok(self.meant(result))
    }

    /// `-x`
    fn negation(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut operand = self.expression(70)?;
        if let Kind::Number(number) = &mut operand.step.node.kind {
            *number = -*number;
            return Ok(Draft { written: Written::Otherwise, ..operand });
        }
        let mut parts = Parts::default();
        let node = parts.take(operand);
        Ok(parts.make(Kind::Negate(Box::new(node)), span))
    }

    fn binary(&mut self, operator: &'static str, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let right = self.expression(token::power(operator))?;
        let operator = OPERATORS.into_iter().find(|known| known.text() == operator);
        let operator = operator.expect("the other operators that continue an expression have a function each");
        let mut parts = Parts::default();
        let (left, right) = (Box::new(parts.take(left)), Box::new(parts.take(right)));
        Ok(parts.make(Kind::Binary { operator, left, right }, span))
    }

    /// `left ? then : otherwise`
    fn condition(&mut self, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut parts = Parts::default();
        let condition = Box::new(parts.take(left));
        let then = Box::new(parts.take(self.expression(0)?));
        let mut otherwise = None;
        if self.eat(":")? {
            otherwise = Some(Box::new(parts.take(self.expression(0)?)));
        }
        Ok(parts.make(Kind::Condition { condition, then, otherwise }, span))
    }

    /// `$name := value`
    fn assignment(&mut self, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let name = self.variable(left, "S0212")?;
        let mut parts = Parts::default();
        let value = Box::new(parts.take(self.expression(token::power(":=") - 1)?));
        Ok(parts.make(Kind::Bind { name, value }, span))
    }

    /// `left ~> right`
    fn application(&mut self, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let right = self.expression(token::power("~>"))?;
        let keep_array = left.step.node.keep_array || right.step.node.keep_array;
        let mut parts = Parts::default();
        let (left, right) = (Box::new(parts.take_closed(left)), Box::new(parts.take_closed(right)));
        let mut draft = parts.make(Kind::Apply { left, right }, span);
        draft.step.node.keep_array = keep_array;
        Ok(draft)
    }

    /// Puts a mistake in the meaning aside, so that the words behind it are looked at first.
    pub fn consider(&mut self, checked: Result<(), Mistake>) {
        if let Err(mistake) = checked {
            self.meaning.get_or_insert(mistake);
        }
    }

    /// What was made, or something in its place if that makes no sense.
    pub fn meant(&mut self, made: Result<Draft, Mistake>) -> Draft {
        made.unwrap_or_else(|mistake| {
            let span = mistake.offset..mistake.offset;
            self.consider(Err(mistake));
            Draft::leaf(Kind::Null, span)
        })
    }

    /// A word that continues nothing.
    fn unexpected(&self) -> Mistake {
        let mistake = mistake(self.token.put_into(Fault::new("S0201")), self.token.span.start);
        if self.token.is("|") { mistake.with_help("the operators of logic are `and` and `or`") } else { mistake }
    }

    /// An operator where an operand should be.
    fn no_operand(&self, operator: &str, offset: usize) -> Mistake {
        let mistake = mistake(Fault::new("S0211").with_text("token", operator), offset);
        match self.text[..offset].chars().next_back().zip(operator.chars().next()) {
            Some(('=', '=')) => mistake.with_help("`=` compares"),
            Some(('&', '&')) => mistake.with_help("the operators of logic are `and` and `or`"),
            Some(('?', ':' | '?')) => mistake.with_help("`?:` and `??` belong to later versions of JSONata"),
            _ => mistake,
        }
    }
}

/// Those that [`Kind::Binary`] is made with, but for the range, which stands only in arrays.
const OPERATORS: [Operator; 15] = [
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Remainder,
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::Concatenate,
    Operator::And,
    Operator::Or,
    Operator::In,
];
