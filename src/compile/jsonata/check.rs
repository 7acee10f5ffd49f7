//! Every JSONata expression of a machine, parsed once and checked: its syntax, and what it takes from outside.

use super::code;
use super::fields::{Given, fields};
use super::locate::locate;
use crate::asl::graph::{Graph, QueryLanguage, State, Template};
use crate::builtin::jsonata::builtin;
use crate::compile::variables::Variables;
use crate::diagnostic::{
    Diagnostics, INVALID_JSONATA_EXPRESSION, SCHEMA_VALIDATION_FAILED, Severity, Site, UNSUPPORTED_JSONATA_EXPRESSION,
};
use crate::json::tree::{Kind, Node};
use crate::query::jsonata::{self, Mistake, Part, ast};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// The expressions of a machine by their texts; those that cannot be parsed are not among them.
#[derive(Debug, Default)]
pub(in crate::compile) struct Expressions {
    parsed: HashMap<Box<str>, Rc<ast::Node>>,
}

impl Expressions {
    pub fn get(&self, code: &str) -> Option<Rc<ast::Node>> {
        self.parsed.get(code).cloned()
    }
}

/// Parses every expression, and tells what is wrong with any. `text` is the definition's.
pub(in crate::compile) fn check(
    graph: &Graph,
    text: &str,
    variables: &Variables,
    diagnostics: &mut Diagnostics,
) -> Expressions {
    let mut expressions = Expressions::default();
    for state in graph.states.iter().filter(|state| state.language == QueryLanguage::Jsonata) {
        for (template, given) in fields(state) {
            let mut checker = Checker { graph, text, variables, state, given, expressions, diagnostics };
            checker.template(template);
            expressions = checker.expressions;
        }
    }
    expressions
}

/// Checks one field.
struct Checker<'a> {
    graph: &'a Graph,
    text: &'a str,
    variables: &'a Variables,
    state: &'a State,
    given: Given,
    expressions: Expressions,
    diagnostics: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn template(&mut self, template: &Template) {
        self.node(&template.node, &mut vec![template.site.location.clone()]);
    }

    /// `path` is the place in pieces; the nesting of definitions bounds this recursion.
    fn node(&mut self, node: &Node, path: &mut Vec<String>) {
        // After so many findings one more helps nobody.
        if self.diagnostics.dropped > 0 {
            return;
        }
        match &node.kind {
            Kind::String(_) => {
                if let Some(code) = code(node) {
                    self.expression(node, code, &path.concat());
                }
            }
            Kind::Array(elements) => {
                for (place, element) in elements.iter().enumerate() {
                    self.within(format!("[{place}]"), element, path);
                }
            }
            Kind::Object(members) => {
                for member in members {
                    self.within(format!("/{}", shown(&member.name)), &member.value, path);
                }
            }
            _ => {}
        }
    }

    fn within(&mut self, step: String, node: &Node, path: &mut Vec<String>) {
        path.push(step);
        self.node(node, path);
        path.pop();
    }

    fn expression(&mut self, node: &Node, code: &str, location: &str) {
        let site = |range: Range<usize>| Site { span: locate(self.text, node, range), location: location.into() };
        let parsed = match self.expressions.parsed.get(code) {
            Some(parsed) => parsed.clone(),
            None => match jsonata::parse(code) {
                Ok(parsed) => self.expressions.parsed.entry(code.into()).or_insert(Rc::new(parsed)).clone(),
                // What fills a placeholder may make an expression of it.
                Err(_) if code.contains("${") => return,
                Err(mistake) => {
                    self.unparsable(&site(mistake.offset..mistake.offset), mistake);
                    return;
                }
            },
        };
        let free = jsonata::free(&parsed);
        for (name, range) in &free.unanchored {
            let found = format!("Reference to '{name}' at the top level is not supported.");
            self.unsupported(&site(range.clone()), found, help_with_reference(name));
        }
        for range in &free.roots {
            let help = "the state's input is `$states.input`".to_owned();
            self.unsupported(&site(range.clone()), "Reference to '$$' is not supported.".into(), Some(help));
        }
        for (part, range) in &free.states {
            if let Some(help) = self.given.lacks(*part) {
                let Part::Field(name) = part else { continue };
                let found = format!("Field '$states.{name}' does not exist.");
                self.unsupported(&site(range.clone()), found, Some(help));
            }
        }
        for (name, range) in &free.variables {
            self.variable(name, &site(range.clone()));
        }
    }

    /// The message is JSONata's without its code, as AWS has it.
    fn unparsable(&mut self, site: &Site, mistake: Mistake) {
        let (code, message) = (mistake.fault.code, mistake.fault.message().into_owned());
        let help = mistake.help.unwrap_or_else(|| format!("JSONata's code for this is {code}"));
        self.diagnostics.note(Severity::Error, INVALID_JSONATA_EXPRESSION, site, message).help = Some(help);
    }

    fn unsupported(&mut self, site: &Site, found: String, help: Option<String>) {
        self.diagnostics.note(Severity::Error, UNSUPPORTED_JSONATA_EXPRESSION, site, found).help = help;
    }

    /// A variable that nothing defines gives nothing; that need not be a mistake.
    fn variable(&mut self, name: &str, site: &Site) {
        let scope = self.state.scope;
        if builtin(name).is_some() || self.variables.scope_of(self.graph, scope, name).is_some() {
            return;
        }
        // After so many findings another list helps nobody.
        let known = if self.diagnostics.is_long() { Vec::new() } else { self.variables.known(self.graph, scope) };
        let list = known.iter().map(|name| format!("\"${name}\"")).collect::<Vec<_>>().join(", ");
        let help = match name {
            "eval" => Some("Step Functions has no $eval; $parse reads JSON".to_owned()),
            _ if known.is_empty() => None,
            _ => Some(format!("the variables known here are {list}")),
        };
        let found = format!("no state assigns the variable \"{name}\", and no function has that name");
        self.diagnostics.note(Severity::Warning, SCHEMA_VALIDATION_FAILED, site, found).help = help;
    }
}

fn help_with_reference(name: &str) -> Option<String> {
    Some(match name {
        "$" => "an expression of a state has no context; its input is `$states.input`".into(),
        _ => format!("did you mean `$states.input.{name}` or the variable `${name}`?"),
    })
}

/// A name as places spell it: names may be as long as the definition, places need not repeat all of it.
pub(super) fn shown(name: &str) -> &str {
    /// As long as a state's name.
    const SHOWN_MAX: usize = 80;
    name.char_indices().nth(SHOWN_MAX).map_or(name, |(end, _)| &name[..end])
}
