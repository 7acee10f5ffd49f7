//! Expressions: intrinsic functions called, payload templates filled in.

use super::document::{Document, Place};
use super::lower::Lowering;
use super::path::Blame;
use super::slot::Source;
use crate::builtin::intrinsics::{Builtin, INTRINSICS};
use crate::diagnostic::{Site, Span};
use crate::json::{self, tree};
use crate::program::{Op, Slot};
use crate::query::SyntaxError;
use crate::query::intrinsic::Expression as Intrinsic;
use crate::query::template::{expression_key, parse_expression};

impl Lowering<'_> {
    /// A path or an intrinsic function.
    pub fn expression(&mut self, text: &str, site: &Site, document: &Document, blame: &Blame) -> Document {
        match parse_expression(text) {
            Ok(expression) => self.evaluate(&expression, text, site, document, blame),
            Err(error) => self.refuse(error, site),
        }
    }

    pub fn refuse(&mut self, error: SyntaxError, site: &Site) -> Document {
        let at = site.span.start + error.offset as u32;
        // The text of a string begins behind its quote; escapes before the mistake shift it, so stay inside.
        let start = (at + 1).min(site.span.end.saturating_sub(1)).max(site.span.start);
        let span = Span { start, end: site.span.end.saturating_sub(1).max(start) };
        let site = Site { span, location: site.location.clone() };
        self.diagnostics.error(&site, error.message).help = error.help;
        Document::empty_object()
    }

    fn evaluate(
        &mut self,
        expression: &Intrinsic,
        text: &str,
        site: &Site,
        document: &Document,
        blame: &Blame,
    ) -> Document {
        match expression {
            Intrinsic::Path { path, span } => self.follow(path, &text[span.clone()], site, document, blame),
            Intrinsic::Literal { text, .. } => literal(text),
            Intrinsic::Call { builtin, arguments, .. } => {
                let arguments: Vec<Document> =
                    arguments.iter().map(|argument| self.evaluate(argument, text, site, document, blame)).collect();
                self.call(builtin, &arguments)
            }
        }
    }

    fn call(&mut self, builtin: &Builtin, arguments: &[Document]) -> Document {
        let fixed: Vec<Document> = arguments.iter().map(|argument| self.fix(argument.clone())).collect();
        let sources: Vec<Source> = fixed.iter().map(|argument| self.source(argument)).collect();
        let places: Vec<Place> = fixed.iter().map(|_| Place::of(self.temporary())).collect();
        // New slots are handed out one after another, as a call wants its arguments.
        let slots: Vec<Slot> = places.iter().map(|place| self.slot(*place)).collect();
        for (slot, source) in slots.iter().zip(sources) {
            self.builder.emit(source.into_slot(*slot));
        }
        let function = INTRINSICS.iter().position(|known| known.name == builtin.name).unwrap_or(0) as u8;
        let result = self.temporary();
        let to = self.slot(Place::of(result));
        let first = slots.first().copied().unwrap_or(to);
        self.builder.emit(Op::Call { to, first, function, count: slots.len() as u8 });
        self.project(result);
        Document::of(result)
    }

    /// A payload template, filled in.
    pub fn payload(&mut self, node: &tree::Node, site: &Site, document: &Document) -> Document {
        match &node.kind {
            tree::Kind::Object(members) if is_dynamic(node) => {
                let mut fields = Vec::new();
                for member in members {
                    let text = match &member.value.kind {
                        tree::Kind::String(text) => Some(text),
                        _ => None,
                    };
                    let value = match (expression_key(&member.name), text) {
                        (Some(name), Some(text)) => {
                            let site = self.member_site(site, member);
                            let blame = Blame::Field(member.name.clone());
                            let value = self.expression(text, &site, document, &blame);
                            (self.facts.atlas.name(name), self.fix(value))
                        }
                        _ => (self.facts.atlas.name(&member.name), self.payload(&member.value, site, document)),
                    };
                    fields.push(value);
                }
                Document::object(fields)
            }
            tree::Kind::Array(elements) if is_dynamic(node) => {
                Document::array(elements.iter().map(|element| self.payload(element, site, document)).collect())
            }
            _ => Document::constant(node.clone()),
        }
    }

    fn member_site(&self, site: &Site, member: &tree::Member) -> Site {
        Site { span: member.value.span, location: format!("{}/{}", site.location, member.name) }
    }
}

/// Whether anything inside has to be evaluated.
fn is_dynamic(node: &tree::Node) -> bool {
    match &node.kind {
        tree::Kind::Object(members) => members.iter().any(|member| {
            expression_key(&member.name).is_some() && matches!(member.value.kind, tree::Kind::String(_))
                || is_dynamic(&member.value)
        }),
        tree::Kind::Array(elements) => elements.iter().any(is_dynamic),
        _ => false,
    }
}

/// A literal of an intrinsic function.
pub(super) fn literal(text: &[u8]) -> Document {
    let kind = match json::kind(text) {
        json::Kind::String => tree::Kind::String(json::decode(text).into_owned()),
        json::Kind::Number => tree::Kind::Number(String::from_utf8_lossy(text).into_owned()),
        json::Kind::Bool => tree::Kind::Bool(json::is_true(text)),
        _ => tree::Kind::Null,
    };
    Document::constant(tree::Node { kind, span: Span::default() })
}
