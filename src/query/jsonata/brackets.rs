//! What stands in brackets of any kind, or has some behind it.

use super::ast::{Group, Kind, Node, Operator, SortTerm};
use super::draft::{Draft, Written};
use super::parser::Parser;
use super::parts::Parts;
use super::token::Slash;
use super::{Mistake, mistake};
use crate::builtin::jsonata::Fault;
use std::ops::Range;

impl Parser<'_> {
    /// `(a; b)`
    pub fn block(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut parts = Parts::default();
        let mut expressions = Vec::new();
        let mut whole = false;
        while !self.token.is(")") {
            let draft = self.expression(0)?;
            whole |= match &draft.step.node.kind {
                Kind::Path(path) => path.steps[0].whole,
                _ => draft.step.whole,
            };
            expressions.push(parts.take(draft));
            if !self.eat(";")? {
                break;
            }
        }
        self.expect(")", Slash::Divides)?;
        let mut draft = parts.make(Kind::Block(expressions), span);
        draft.step.whole = whole;
        Ok(draft)
    }

    /// `[a, b..c]`
    pub fn array(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut parts = Parts::default();
        let mut items = Vec::new();
        if !self.token.is("]") {
            loop {
                let item = self.item()?;
                items.push(parts.take(item));
                if !self.eat(",")? {
                    break;
                }
            }
        }
        self.expect("]", Slash::Divides)?;
        Ok(parts.make(Kind::Array { items, constructed: false }, span))
    }

    /// `a` or `b..c`
    fn item(&mut self) -> Result<Draft, Mistake> {
        let first = self.expression(0)?;
        let span = self.token.span.clone();
        if !self.eat("..")? {
            return Ok(first);
        }
        let mut parts = Parts::default();
        let (left, right) = (Box::new(parts.take(first)), Box::new(parts.take(self.expression(0)?)));
        Ok(parts.make(Kind::Binary { operator: Operator::Range, left, right }, span))
    }

    /// `{key: value}`
    pub fn object(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut parts = Parts::default();
        let pairs = self.pairs(|draft| parts.take(draft))?;
        Ok(parts.make(Kind::Object(Group { pairs, span: span.clone() }), span))
    }

    /// `left{key: value}`
    pub fn group(&mut self, mut left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        self.consider(left.check_group(&span));
        let mut parts = Parts::default();
        let pairs = self.pairs(|draft| parts.take_closed(draft))?;
        left.group(Group { pairs, span }, parts.height);
        Ok(left)
    }

    fn pairs(&mut self, mut take: impl FnMut(Draft) -> Node) -> Result<Vec<(Node, Node)>, Mistake> {
        let mut pairs = Vec::new();
        if !self.token.is("}") {
            loop {
                let key = take(self.expression(0)?);
                self.expect(":", Slash::BeginsRegex)?;
                pairs.push((key, take(self.expression(0)?)));
                if !self.eat(",")? {
                    break;
                }
            }
        }
        self.expect("}", Slash::Divides)?;
        Ok(pairs)
    }

    /// `left[predicate]` or `left[]`
    pub fn filter(&mut self, mut left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        if self.eat("]")? {
            left.keep_array();
            return Ok(left);
        }
        self.consider(left.check_filter(&span));
        let predicate = self.expression(0)?;
        self.expect("]", Slash::Divides)?;
        let result = left.filter(predicate, &mut self.ancestry).map(|()| left);
        Ok(self.meant(result))
    }

    /// `left^(<a, >b)`
    pub fn sort(&mut self, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        self.expect("(", Slash::BeginsRegex)?;
        let mut parts = Parts::default();
        let mut terms = Vec::new();
        loop {
            let descending = !self.eat("<")? && self.eat(">")?;
            let expression = parts.take(self.expression(0)?);
            terms.push(SortTerm { descending, expression });
            if !self.eat(",")? {
                break;
            }
        }
        self.expect(")", Slash::BeginsRegex)?;
        let result = left.sort(terms, span, parts, &mut self.ancestry);
        Ok(self.meant(result))
    }

    /// `|pattern|update, delete|`
    pub fn transform(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let mut parts = Parts::default();
        let pattern = Box::new(parts.take_closed(self.expression(0)?));
        self.expect("|", Slash::BeginsRegex)?;
        let update = Box::new(parts.take_closed(self.expression(0)?));
        let mut delete = None;
        if self.eat(",")? {
            delete = Some(Box::new(parts.take_closed(self.expression(0)?)));
        }
        self.expect("|", Slash::BeginsRegex)?;
        Ok(parts.make(Kind::Transform { pattern, update, delete }, span))
    }

    /// `left@$name` or `left#$name`
    pub fn binding(&mut self, operator: &'static str, mut left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let right = self.expression(80)?;
        let offset = right.step.node.span.start;
        let Kind::Variable(name) = right.step.node.kind else {
            return Err(mistake(Fault::new("S0214").with_text("token", operator), offset));
        };
        let result = if operator == "@" { left.focus(name, span).map(|()| left) } else { Ok(left.index(name)) };
        Ok(self.meant(result))
    }

    /// The variable that an expression must be, no more and no less, or a fault of this code.
    pub fn variable(&mut self, draft: Draft, code: &'static str) -> Result<Box<str>, Mistake> {
        let Node { kind, span, .. } = draft.step.node;
        match kind {
            Kind::Variable(name) if draft.written == Written::Variable => Ok(name),
            _ => {
                let fault = Fault::new(code).with_text("token", self.written(span.clone()));
                Err(mistake(fault, span.start))
            }
        }
    }
}
