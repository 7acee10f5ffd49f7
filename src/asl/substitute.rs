//! `${Name}` in strings of a definition, filled as SAM's DefinitionSubstitutions are.

use std::collections::BTreeMap;

use super::Options;
use super::value::shown;
use crate::diagnostic::{Diagnostics, Site, Span, UNFILLED_PLACEHOLDER};
use crate::json::tree::{Kind, Node};

/// Fills what the options give a value; notes each name that is left, once.
pub(super) fn fill(root: &mut Node, options: &Options, diagnostics: &mut Diagnostics) {
    let mut filler = Filler { options, path: Vec::new(), left: BTreeMap::new() };
    filler.node(root);
    let mut left: Vec<_> = filler.left.into_iter().collect();
    left.sort_by_key(|(_, site)| site.span.start);
    for (name, site) in left {
        let message = format!("nothing fills ${{{name}}}");
        let found = diagnostics.note(options.unfilled, UNFILLED_PLACEHOLDER, &site, message);
        found.help = Some(format!("give it a value with --substitute {name}=VALUE"));
    }
}

/// Whether the text holds a `${Name}`.
pub(super) fn has_placeholder(text: &str) -> bool {
    find(text).is_some()
}

/// Whether a definition's text may hold placeholders. Most hold none, and need no look at each of their strings; behind an
/// escape there might be one.
pub(super) fn may_hold_placeholders(definition: &str) -> bool {
    definition.contains("${") || definition.contains('\\')
}

struct Filler<'a> {
    options: &'a Options,
    path: Vec<String>,
    left: BTreeMap<String, Site>,
}

impl Filler<'_> {
    fn node(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.kind {
            Kind::String(text) => self.text(text, span),
            Kind::Array(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    self.within(format!("[{index}]"), |filler| filler.node(element));
                }
            }
            Kind::Object(members) => {
                for member in members {
                    self.text(&mut member.name, member.name_span);
                    self.within(format!("/{}", shown(&member.name)), |filler| filler.node(&mut member.value));
                }
            }
            _ => {}
        }
    }

    fn within(&mut self, step: String, work: impl FnOnce(&mut Self)) {
        self.path.push(step);
        work(self);
        self.path.pop();
    }

    fn text(&mut self, text: &mut String, span: Span) {
        if !text.contains("${") {
            return;
        }
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((start, end)) = find(rest) {
            let name = &rest[start + 2..end - 1];
            filled.push_str(&rest[..start]);
            match self.options.substitutions.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => filled.push_str(value),
                None => {
                    filled.push_str(&rest[start..end]);
                    let site = || Site { span, location: self.path.concat() };
                    self.left.entry(name.to_owned()).or_insert_with(site);
                }
            }
            rest = &rest[end..];
        }
        filled.push_str(rest);
        *text = filled;
    }
}

/// The first `${Name}`. Terraform's and CDK's names may hold dots, colons and brackets; spaces and quotes end no name.
fn find(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let name = &text[start + 2..];
        let length = name.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-:[]/".contains(letter)));
        match length {
            Some(length) if length > 0 && name[length..].starts_with('}') => return Some((start, start + length + 3)),
            _ => from = start + 2,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::asl::{self, Format, Options};
    use crate::diagnostic::Diagnostics;

    #[test]
    fn a_placeholder_behind_an_escape_is_one() {
        for comment in ["${Name}", r"\u0024{Name}", r"$\u007bName}", "Name"] {
            let text =
                format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Result":"{comment}","End":true}}}}}}"#);
            let mut diagnostics = Diagnostics::default();
            asl::read(&text, Format::Json, &Options::default(), &mut diagnostics);
            assert_eq!(diagnostics.has_errors(), comment != "Name", "{comment}");
        }
    }
}
