//! Expressions: intrinsic functions called, payload templates filled in.

use super::atlas::Name;
use super::document::{Document, Place};
use super::lower::Lowering;
use super::parsed::Route;
use super::path::{Blame, Origin};
use super::slot::Source;
use crate::builtin::intrinsics::{Builtin, INTRINSICS};
use crate::diagnostic::{Site, Span};
use crate::json::{self, tree};
use crate::program::{Op, Slot};
use crate::query::SyntaxError;
use crate::query::intrinsic::Expression as Intrinsic;
use crate::query::template::expression_key;

impl Lowering<'_> {
    /// A path or an intrinsic function.
    pub fn expression(&mut self, text: &str, origin: Origin<'_>, document: &Document, blame: Blame<'_>) -> Document {
        if text.starts_with('$') {
            // A path that is all of the text; what is wrong with it is the same.
            return match self.route(text) {
                Ok(route) => self.follow(&route, text.trim_end(), origin, document, blame),
                Err(error) => self.refuse(error, origin),
            };
        }
        match self.facts.parsed.expression(text) {
            Ok(expression) => self.evaluate(&expression, text, origin, document, blame),
            Err(error) => self.refuse(error, origin),
        }
    }

    pub fn refuse(&mut self, error: SyntaxError, origin: Origin<'_>) -> Document {
        let site = origin.site();
        let at = site.span.start + error.offset as u32;
        // The text of a string begins behind its quote; escapes before the mistake shift it, so stay inside.
        let start = (at + 1).min(site.span.end.saturating_sub(1)).max(site.span.start);
        let span = Span { start, end: site.span.end.saturating_sub(1).max(start) };
        let site = Site { span, ..site };
        self.diagnostics.error(&site, error.message).help = error.help;
        Document::empty_object()
    }

    fn evaluate(
        &mut self,
        expression: &Intrinsic,
        text: &str,
        origin: Origin<'_>,
        document: &Document,
        blame: Blame<'_>,
    ) -> Document {
        match expression {
            Intrinsic::Path { path, span } => {
                let route = Route::of(path.clone(), &mut self.facts.atlas);
                self.follow(&route, &text[span.clone()], origin, document, blame)
            }
            Intrinsic::Literal { text, .. } => literal(text),
            Intrinsic::Call { builtin, arguments, .. } => {
                let evaluate = |argument| self.evaluate(argument, text, origin, document, blame);
                let arguments: Vec<Document> = arguments.iter().map(evaluate).collect();
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

    /// A name in the definition.
    pub fn name(&mut self, text: &str) -> Name {
        self.facts.parsed.name(text, &mut self.facts.atlas)
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
                            let origin = Origin { site, member: Some(member) };
                            let value = self.expression(text, origin, document, Blame::Field(&member.name));
                            (self.name(name), self.fix(value))
                        }
                        _ => (self.name(&member.name), self.payload(&member.value, site, document)),
                    };
                    fields.push(value);
                }
                Document::object(fields)
            }
            tree::Kind::Array(elements) if is_dynamic(node) => {
                Document::array(elements.iter().map(|element| self.payload(element, site, document)).collect())
            }
            _ => self.facts.parsed.constant(node),
        }
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
