//! JSONata states: values with expressions inside are evaluated, states lowered around them.

mod alone;
mod check;
mod choice;
mod expression;
mod fields;
mod locate;
mod states;

pub use alone::{Given, expression};
pub(super) use check::{Expressions, check};

use super::document::{Document, Place};
use super::lower::Lowering;
use crate::asl::graph::{Amount, Template};
use crate::json::tree::{self, Node};
use crate::program::{Duration, Expected, Label, Op, Slot, Wanted, WantedId};

/// What `$states` holds where an expression stands, beside the context object.
#[derive(Clone, Debug)]
pub(super) struct Bindings {
    /// `$states.input`
    pub input: Document,
    /// `$states.result`, after a Task, Parallel or Map has one.
    pub result: Option<Document>,
    /// `$states.errorOutput`, in a catcher.
    pub error_output: Option<Document>,
    /// Whether the state's work has not begun.
    pub entering: bool,
    /// Whether the expression is by itself, not in a state: there is no `$states`.
    pub alone: bool,
    /// `$` and `$$`, of an expression by itself; those of states have none.
    pub top: Option<Document>,
    /// Variables that an expression by itself is given.
    pub given: Vec<(String, Document)>,
}

impl Bindings {
    /// Before the state's work.
    pub fn entering(input: &Document) -> Bindings {
        Bindings { entering: true, ..Bindings::leaving(input, None) }
    }

    /// After it.
    pub fn leaving(input: &Document, result: Option<&Document>) -> Bindings {
        Bindings {
            input: input.clone(),
            result: result.cloned(),
            error_output: None,
            entering: false,
            alone: false,
            top: None,
            given: Vec::new(),
        }
    }
}

/// The longest wait, and the largest number of seconds anywhere (States Language, "Timeouts").
const SECONDS_MAX: u32 = 99_999_999;

impl Lowering<'_> {
    /// A value with expressions inside, evaluated.
    pub fn evaluate_template(&mut self, template: &Template, expected: Expected, bindings: &Bindings) -> Document {
        let field = self.field_of(template);
        self.part(&template.node, &field, expected, bindings)
    }

    /// The field, seen from its state: `Choices[0]/Condition`.
    fn field_of(&self, template: &Template) -> String {
        let state = &self.graph.states[self.context_state.0 as usize];
        let field = template.site.location.strip_prefix(&state.site.location).unwrap_or(&template.site.location);
        field.trim_start_matches('/').to_owned()
    }

    /// A part of such a value; the nesting of definitions bounds this recursion.
    fn part(&mut self, node: &Node, field: &str, expected: Expected, bindings: &Bindings) -> Document {
        match &node.kind {
            _ if !is_dynamic(node) => self.facts.parsed.constant(node),
            tree::Kind::Object(members) => {
                let mut fields = Vec::new();
                for member in members {
                    let field = format!("{field}/{}", check::shown(&member.name));
                    let value = self.part(&member.value, &field, Expected::Any, bindings);
                    fields.push((self.name(&member.name), value));
                }
                Document::object(fields)
            }
            tree::Kind::Array(elements) => {
                let element = |(place, element): (usize, &Node)| {
                    self.part(element, &format!("{field}[{place}]"), Expected::Any, bindings)
                };
                Document::array(elements.iter().enumerate().map(element).collect())
            }
            _ => match code(node) {
                Some(code) => self.compute(code, field, expected, bindings),
                None => self.facts.parsed.constant(node),
            },
        }
    }

    fn compute(&mut self, code: &str, field: &str, expected: Expected, bindings: &Bindings) -> Document {
        // What cannot be parsed is told of already.
        let Some(node) = self.expressions.get(code) else { return Document::empty_object() };
        let (field, text) = (field.into(), code.into());
        let wanted = self.builder.wanted(Wanted { field, text, expected, entering: bindings.entering });
        let value = self.jsonata(&node, wanted, bindings);
        self.expect(value, expected, wanted)
    }

    /// Goes on if a condition is true, to `otherwise` if it is false.
    fn decide(&mut self, template: &Template, bindings: &Bindings, otherwise: Label) {
        let Some((code, node)) = code(&template.node).and_then(|code| Some((code, self.expressions.get(code)?))) else {
            return;
        };
        let (field, text) = (self.field_of(template).into(), code.into());
        let wanted = Wanted { field, text, expected: Expected::Boolean, entering: bindings.entering };
        let wanted = self.builder.wanted(wanted);
        self.jsonata_condition(&node, wanted, bindings, otherwise);
    }

    /// The value, once it is known to be what is wanted.
    fn expect(&mut self, value: Document, expected: Expected, wanted: WantedId) -> Document {
        if expected == Expected::Any {
            return value;
        }
        let place = self.materialize(&value);
        let slot = self.slot(place);
        self.builder.emit(Op::Expect { slot, wanted });
        Document::At(place)
    }

    /// The value in a slot.
    fn evaluate_into_slot(&mut self, template: &Template, expected: Expected, bindings: &Bindings) -> Slot {
        let value = self.evaluate_template(template, expected, bindings);
        let place: Place = self.materialize(&value);
        self.slot(place)
    }

    /// A number of seconds, or of items.
    fn evaluate_amount(
        &mut self,
        amount: Option<&Amount>,
        expected: Expected,
        field: &'static str,
        bindings: &Bindings,
    ) -> Duration {
        match amount {
            Some(Amount::Computed(template)) => {
                let slot = self.evaluate_into_slot(template, expected, bindings);
                Duration::Slot { slot, field, path: code(&template.node).unwrap_or_default().into() }
            }
            Some(Amount::Fixed(number)) => Duration::Seconds(*number as u64),
            Some(Amount::Path(_)) | None => Duration::Never,
        }
    }
}

/// The expression of a string of the form `{% … %}`.
fn code(node: &Node) -> Option<&str> {
    node.as_str()?.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

/// Whether anything inside has to be evaluated.
fn is_dynamic(node: &Node) -> bool {
    match &node.kind {
        tree::Kind::String(_) => code(node).is_some(),
        tree::Kind::Object(members) => members.iter().any(|member| is_dynamic(&member.value)),
        tree::Kind::Array(elements) => elements.iter().any(is_dynamic),
        _ => false,
    }
}
