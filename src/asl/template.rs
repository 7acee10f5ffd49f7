//! Payload templates and JSONata values: what their shape alone can get wrong.

use std::collections::HashMap;

use super::ast::NAME_MAX;
use super::duplicates::{FIELDS_FEW, Step};
use super::graph::QueryLanguage;
use super::value::{Field, shown};
use crate::diagnostic::{Diagnostics, NO_DOLLAR, Severity, Site, Span};
use crate::json::tree::{Kind, Member, Node};

/// Checks a value with expressions inside.
pub(super) fn check(field: &Field<'_>, language: QueryLanguage, diagnostics: &mut Diagnostics) {
    let mut walk = Walk { field, path: Vec::new(), language, diagnostics };
    walk.node(field.node);
}

/// Whether the node is a string of the form `{% … %}`.
pub(super) fn is_expression(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with("{%") && text.ends_with("%}") && text.len() >= 4)
}

/// Whether a string is probably meant to be evaluated.
pub(super) fn looks_like_path(text: &str) -> bool {
    let call = text.strip_prefix("States.").and_then(|rest| rest.find('(').map(|end| &rest[..end]));
    text.starts_with("$.")
        || text.starts_with("$$.")
        || call.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether any object inside has a name that ends in `.$`.
pub(super) fn has_dollar_key(node: &Node) -> bool {
    match &node.kind {
        Kind::Array(elements) => elements.iter().any(has_dollar_key),
        Kind::Object(members) => {
            members.iter().any(|member| member.name.ends_with(".$") || has_dollar_key(&member.value))
        }
        _ => false,
    }
}

/// Variables are identifiers (Developer Guide, "Passing data between states with variables"; UAX #31).
pub(super) fn check_variable(name: &str, site: &Site, diagnostics: &mut Diagnostics) {
    let begins = name.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    let goes_on = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if !begins || !goes_on {
        let found = diagnostics.error(site, format!("{name:?} cannot be the name of a variable"));
        found.help = Some("names are letters, digits and underscores, and begin with no digit".to_owned());
    } else if name.chars().count() > NAME_MAX {
        diagnostics.error(site, format!("a variable's name has at most {NAME_MAX} characters"));
    } else if name == "states" {
        diagnostics.error(site, "the variable \"states\" is reserved");
    }
}

struct Walk<'d> {
    field: &'d Field<'d>,
    /// The way from the field.
    path: Vec<Step<'d>>,
    language: QueryLanguage,
    diagnostics: &'d mut Diagnostics,
}

impl<'d> Walk<'d> {
    fn node(&mut self, node: &'d Node) {
        // After so many findings one more helps nobody.
        if self.diagnostics.dropped > 0 {
            return;
        }
        match &node.kind {
            Kind::String(text) if self.language == QueryLanguage::Jsonata => self.jsonata(text, node),
            Kind::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.within(Step::Element(index), element);
                }
            }
            Kind::Object(members) => self.object(members),
            _ => {}
        }
    }

    fn object(&mut self, members: &'d [Member]) {
        // Each name without its `.$`, and whether it had one.
        let mut names = HashMap::with_capacity(if members.len() < FIELDS_FEW { 0 } else { members.len() });
        for (place, member) in members.iter().enumerate() {
            let plain = member.name.strip_suffix(".$");
            match (self.language, plain) {
                (QueryLanguage::JsonPath, Some(_)) => self.dollar(member),
                (QueryLanguage::JsonPath, None) => self.static_value(member),
                (QueryLanguage::Jsonata, Some(_)) if !is_expression(&member.value) => self.dollar_in_jsonata(member),
                (QueryLanguage::Jsonata, _) => self.within(Step::Field(&member.name), &member.value),
            }
            let name = plain.unwrap_or(&member.name);
            let earlier = match members.len() < FIELDS_FEW {
                true => members[..place].iter().rev().map(undollared).find(|(earlier, _)| *earlier == name),
                false => names.insert(name, plain.is_some()).map(|dollar| (name, dollar)),
            };
            let clash = earlier.is_some_and(|(_, dollar)| dollar != plain.is_some());
            if clash && self.language == QueryLanguage::JsonPath {
                let site = self.site(member.name_span);
                self.diagnostics.error(&site, format!("{name:?} and \"{name}.$\" are the same field"));
            }
        }
    }

    /// The value of a name that ends in `.$` is a path or a call.
    fn dollar(&mut self, member: &Member) {
        let text = member.value.as_str().unwrap_or_default();
        if text.starts_with('$') || text.starts_with("States.") {
            return;
        }
        let message = format!(
            "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call",
            member.name
        );
        let site = self.site(member.value.span);
        self.diagnostics.error(&site, message);
    }

    fn static_value(&mut self, member: &'d Member) {
        if member.value.as_str().is_some_and(looks_like_path) {
            let site = self.site(member.value.span);
            let message =
                format!("this looks like a path or a call but is taken as it is; \"{}.$\" takes one", member.name);
            self.diagnostics.note(Severity::Warning, NO_DOLLAR, &site, message);
        }
        self.within(Step::Field(&member.name), &member.value);
    }

    /// AWS takes such a name as it is; whoever wrote it meant something else.
    fn dollar_in_jsonata(&mut self, member: &Member) {
        let site = self.site(member.name_span);
        let message = format!("{:?} is a plain name in JSONata, its value is not evaluated", shown(&member.name));
        let found = self.diagnostics.warning(&site, message);
        found.help = Some("write the expression as \"{% … %}\" under a name without \".$\"".to_owned());
    }

    fn jsonata(&mut self, text: &str, node: &Node) {
        if text.starts_with("{%") && !is_expression(node) {
            let site = self.site(node.span);
            self.diagnostics.error(&site, "a JSONata expression that begins with \"{%\" ends with \"%}\"");
        }
    }

    fn within(&mut self, step: Step<'d>, node: &'d Node) {
        self.path.push(step);
        self.node(node);
        self.path.pop();
    }

    fn site(&self, span: Span) -> Site {
        let location = self.field.location.spelled();
        Site { span, location: self.path.iter().fold(location, |location, step| location + &step.spelled()) }
    }
}

/// A member's name without its `.$`, and whether it had one.
fn undollared(member: &Member) -> (&str, bool) {
    match member.name.strip_suffix(".$") {
        Some(name) => (name, true),
        None => (&member.name, false),
    }
}
