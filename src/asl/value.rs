//! Objects and values of a definition with their places, and the readers that say what was found instead.

use std::rc::Rc;

use super::ast::NAME_MAX;
use super::location::Location;
use crate::diagnostic::{Diagnostics, Severity, Site, Span};
use crate::json::tree::{Kind, Member, Node};

/// The fields of one object that count: allowed ones, of equal names the last.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    pub members: Rc<[&'a Member]>,
    /// What to underline when the object as a whole is wrong: its name, or its first bracket.
    pub label: Span,
    pub location: Rc<Location<'a>>,
}

/// A field, or an element of an array, and its place.
#[derive(Clone)]
pub(super) struct Field<'a> {
    /// Its name; of an element, its array's.
    pub name: &'a str,
    /// Where the name stands; of an element, its first byte.
    pub name_span: Span,
    pub node: &'a Node,
    pub location: Location<'a>,
}

impl<'a> Fields<'a> {
    pub fn of(members: &'a [Member], label: Span, location: Location<'a>) -> Fields<'a> {
        Fields { members: members.iter().collect(), label, location: Rc::new(location) }
    }

    /// Where the object stands; AWS calls the machine itself `/`.
    pub fn site(&self) -> Site {
        let location = match *self.location {
            Location::Machine => "/".to_owned(),
            _ => self.location.spelled(),
        };
        Site { span: self.label, location }
    }

    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        self.members.iter().rev().find(|member| member.name == name).map(|member| self.field(member))
    }

    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = Field<'a>> {
        self.members.iter().map(|member| self.field(member))
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The same object with only the members that `keep` wants.
    pub fn filter(self, mut keep: impl FnMut(&&'a Member) -> bool) -> Fields<'a> {
        // Most objects have nothing that does not belong there, and stay as they are.
        let Some(first) = self.members.iter().position(|member| !keep(member)) else { return self };
        let (before, rest) = (&self.members[..first], &self.members[first + 1..]);
        let members = before.iter().chain(rest.iter().filter(|member| keep(member)));
        Fields { members: members.copied().collect(), ..self }
    }

    /// Notes those of the names that are missing, in AWS's words.
    pub fn require(&self, names: &[&str], diagnostics: &mut Diagnostics) -> bool {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() {
            diagnostics.error(&self.site(), format!("These fields are required: [{}]", missing.join(", ")));
        }
        missing.is_empty()
    }

    /// The one of the names that is there; notes when it is not exactly one.
    pub fn one_of(&self, names: &[&str], diagnostics: &mut Diagnostics) -> Option<Field<'a>> {
        let found = self.at_most_one_of(names, diagnostics);
        if found.is_none() {
            self.require(&names[..1], diagnostics);
        }
        found
    }

    /// The one of the names that is there, if any; notes when there are several.
    pub fn at_most_one_of(&self, names: &[&str], diagnostics: &mut Diagnostics) -> Option<Field<'a>> {
        let found: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if found.len() > 1 {
            let message = format!("There should only be one of the following fields: [{}]", found.join(", "));
            diagnostics.error(&self.site(), message);
        }
        self.get(found.first()?)
    }

    fn field(&self, member: &'a Member) -> Field<'a> {
        Field {
            name: &member.name,
            name_span: member.name_span,
            node: &member.value,
            location: Location::Field(self.location.clone(), &member.name),
        }
    }
}

impl<'a> Field<'a> {
    pub fn site(&self) -> Site {
        Site { span: self.node.span, location: self.location.spelled() }
    }

    pub fn is_null(&self) -> bool {
        self.node.kind == Kind::Null
    }

    pub fn object(&self, diagnostics: &mut Diagnostics) -> Option<Fields<'a>> {
        match &self.node.kind {
            Kind::Object(members) => Some(Fields::of(members, self.name_span, self.location.clone())),
            _ => self.unlike("an object", diagnostics),
        }
    }

    /// The elements of an array; nothing where it is none.
    pub fn elements(&self, diagnostics: &mut Diagnostics) -> Vec<Field<'a>> {
        let Kind::Array(elements) = &self.node.kind else {
            return self.unlike::<()>("an array", diagnostics).map(|_| Vec::new()).unwrap_or_default();
        };
        let array = Rc::new(self.location.clone());
        let element = |(index, node): (usize, &'a Node)| Field {
            name: self.name,
            name_span: first_byte(node.span),
            node,
            location: Location::Element(array.clone(), index),
        };
        elements.iter().enumerate().map(element).collect()
    }

    pub fn text(&self, diagnostics: &mut Diagnostics) -> Option<&'a str> {
        self.node.as_str().or_else(|| self.unlike("a string", diagnostics))
    }

    pub fn boolean(&self, diagnostics: &mut Diagnostics) -> Option<bool> {
        if let Kind::Bool(value) = self.node.kind { Some(value) } else { self.unlike("a boolean", diagnostics) }
    }

    /// One of a few words, in AWS's words if it is none of them.
    pub fn word<T: Copy>(&self, words: &[(&str, T)], diagnostics: &mut Diagnostics) -> Option<T> {
        let text = self.text(diagnostics)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() && !super::ast::is_placeholder(self.node) {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("The field '{}' should have one of these values: [{}]", self.name, names.join(", "));
            let help = super::nearest::suggestion(text, names.into_iter());
            diagnostics.error(&self.site(), message).help = help;
        }
        found
    }

    /// A number within its bounds.
    pub fn number(&self, bounds: Bounds, diagnostics: &mut Diagnostics) -> Option<f64> {
        if super::ast::is_placeholder(self.node) {
            return Some(bounds.least);
        }
        let Kind::Number(digits) = &self.node.kind else {
            return self.unlike(if bounds.whole { "an integer" } else { "a number" }, diagnostics);
        };
        // The tree holds valid JSON numbers only, and Rust reads all of those; the huge ones become infinite.
        let value: f64 = digits.parse().unwrap_or(f64::INFINITY);
        let message = match value {
            _ if bounds.whole && value.fract() != 0.0 => "expected an integer here".to_owned(),
            _ if value < bounds.least => format!("Minimum value is {}", bounds.spell(bounds.least)),
            _ if value > bounds.most => format!("Maximum value is {}", bounds.spell(bounds.most)),
            _ => return Some(value),
        };
        diagnostics.error(&self.site(), message);
        None
    }

    /// Notes that something else was expected; a placeholder may become anything.
    pub fn unlike<T>(&self, expected: &str, diagnostics: &mut Diagnostics) -> Option<T> {
        if super::ast::is_placeholder(self.node) {
            return None;
        }
        diagnostics.error(&self.site(), format!("expected {expected} here, found {}", self.node.noun()));
        None
    }

    pub fn warn(&self, code: &'static str, message: String, diagnostics: &mut Diagnostics) {
        diagnostics.note(Severity::Warning, code, &self.site(), message);
    }
}

/// The bracket that begins an array or object.
pub(super) fn first_byte(span: Span) -> Span {
    Span { end: span.start + 1, ..span }
}

/// A name as places spell it: names may be as long as the definition, places need not repeat all of it.
pub(super) fn shown(name: &str) -> &str {
    if name.len() <= NAME_MAX {
        return name;
    }
    name.char_indices().nth(NAME_MAX).map_or(name, |(end, _)| &name[..end])
}

/// What a number may be.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub whole: bool,
    pub least: f64,
    pub most: f64,
}

impl Bounds {
    /// A whole number from `least` to AWS's usual 99,999,999.
    pub const fn from(least: f64) -> Bounds {
        Bounds { whole: true, least, most: 99_999_999.0 }
    }

    fn spell(&self, bound: f64) -> String {
        if self.whole { format!("{bound:.0}") } else { format!("{bound:.1}") }
    }
}
