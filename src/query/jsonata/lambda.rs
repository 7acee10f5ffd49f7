//! Functions: called, partly applied, and defined.

use super::ast::{Kind, Lambda, Node};
use super::draft::Draft;
use super::parser::Parser;
use super::parts::Parts;
use super::token::{Slash, Word};
use super::{Mistake, mistake};
use crate::builtin::jsonata::signature::Signature;
use std::ops::Range;

impl Parser<'_> {
    /// `left(…)`
    pub fn call(&mut self, left: Draft, span: Range<usize>) -> Result<Draft, Mistake> {
        let arguments = self.arguments()?;
        let mut parts = Parts::default();
        let arguments: Vec<Node> = arguments.into_iter().map(|argument| parts.take(argument)).collect();
        let procedure = Box::new(parts.take_closed(left));
        let partial = arguments.iter().any(|argument| argument.kind == Kind::Placeholder);
        let kind = if partial { Kind::Partial { procedure, arguments } } else { Kind::Call { procedure, arguments } };
        Ok(parts.make(kind, span))
    }

    /// What stands between parentheses, the opening one being passed.
    fn arguments(&mut self) -> Result<Vec<Draft>, Mistake> {
        let mut arguments = Vec::new();
        if !self.token.is(")") {
            loop {
                let span = self.token.span.clone();
                let open = self.eat("?")?;
                arguments.push(if open { Draft::leaf(Kind::Placeholder, span) } else { self.expression(0)? });
                if !self.eat(",")? {
                    break;
                }
            }
        }
        self.expect(")", Slash::Divides)?;
        Ok(arguments)
    }

    /// `function($a)<signature>{ body }`, its first parenthesis being passed.
    pub fn lambda(&mut self, span: Range<usize>) -> Result<Draft, Mistake> {
        let parameters = self.parameters()?;
        let signature = if self.token.is("<") { Some(self.signature()?) } else { None };
        self.expect("{", Slash::BeginsRegex)?;
        let body = self.expression(0)?;
        self.expect("}", Slash::BeginsRegex)?;
        let mut parts = Parts::default();
        let body = parts.take_closed(body);
        Ok(parts.make(Kind::Lambda(Box::new(Lambda { parameters, signature, body })), span))
    }

    fn parameters(&mut self) -> Result<Vec<Box<str>>, Mistake> {
        let mut parameters = Vec::new();
        for argument in self.arguments()? {
            let index = parameters.len() + 1;
            let name = self
                .variable(argument, "S0208")
                .map_err(|mistake| Mistake { fault: mistake.fault.with("value", index.to_string()), ..mistake })?;
            parameters.push(name);
        }
        Ok(parameters)
    }

    /// `<s-n:b>`, without the white space that may be in it.
    fn signature(&mut self) -> Result<Signature, Mistake> {
        let start = self.token.span.start;
        let mut text = String::from("<");
        let mut depth = 1;
        while depth > 0 && !self.token.is("{") && self.token.kind != Word::End {
            self.advance(Slash::BeginsRegex)?;
            depth += i32::from(self.token.is("<")) - i32::from(self.token.is(">"));
            text.push_str(self.written(self.token.span.clone()));
        }
        self.expect(">", Slash::BeginsRegex)?;
        Signature::parse(&text).map_err(|found| mistake(found.fault, start))
    }
}
