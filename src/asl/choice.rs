//! Choice states: rules, their tests, and the operators with what they compare.

use super::ast;
use super::fields::{self, Compared, OPERATORS, RULE};
use super::graph::{Condition, Kind, Operand, QueryLanguage, Rule, Template};
use super::parse::Reader;
use super::value::{Field, Fields};
use super::{nearest, template, timestamp};
use crate::diagnostic::Site;

/// Fields that make a test in JSONPath, beside the operators.
const TEST: &[&str] = &["Variable", "And", "Or", "Not"];

/// Reads `Choices` and `Default`.
pub(super) fn choice<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Kind {
    fields.require(&["Choices"], reader.diagnostics);
    let choices = fields.get("Choices");
    let elements = choices.as_ref().map_or(Vec::new(), |choices| choices.elements(reader.diagnostics));
    if let Some(choices) = choices.filter(|choices| choices.node.as_array().is_some_and(<[_]>::is_empty)) {
        reader.diagnostics.error(&choices.site(), "a Choice needs at least one rule");
    }
    let rules = elements.iter().filter_map(|element| rule(reader, element)).collect();
    Kind::Choice { rules, default: reader.target(fields, "Default") }
}

fn rule<'a>(reader: &mut Reader<'_, 'a>, element: &Field<'a>) -> Option<Rule> {
    let whole = element.object(reader.diagnostics)?;
    whole.require(&["Next"], reader.diagnostics);
    let next = reader.target(&whole, "Next");
    let language = reader.written.language;
    let extras = whole.clone().filter(|member| RULE.iter().any(|row| row.is(&member.name)));
    let extras = fields::allowed_in(extras, RULE, language, reader.diagnostics);
    let tests = whole.clone().filter(|member| !RULE.iter().any(|row| row.is(&member.name)));
    let condition = match language {
        // A Condition is refused already; what else the rule tests does not matter.
        QueryLanguage::JsonPath if whole.has("Condition") => None,
        QueryLanguage::JsonPath => condition(reader, &tests),
        QueryLanguage::Jsonata => computed(reader, &extras, &tests),
    };
    Some(Rule {
        condition: condition?,
        assign: reader.assign(&extras),
        output: reader.template(&extras, "Output"),
        next: next?,
        site: element.site(),
    })
}

/// `Condition`: a JSONata expression, or a fixed boolean.
fn computed<'a>(reader: &mut Reader<'_, 'a>, extras: &Fields<'a>, tests: &Fields<'a>) -> Option<Condition> {
    for field in tests.iter() {
        unknown(reader, tests, &field);
    }
    if !extras.require(&["Condition"], reader.diagnostics) {
        return None;
    }
    let field = extras.get("Condition")?;
    template::check(&field, QueryLanguage::Jsonata, reader.diagnostics);
    if field.node.as_str().is_none_or(|text| !text.starts_with("{%")) && !ast::is_placeholder(field.node) {
        field.boolean(reader.diagnostics)?;
    }
    Some(Condition::Computed(Template { node: field.node.clone(), site: field.site() }))
}

/// A test: `And`, `Or`, `Not`, or a variable with exactly one operator.
fn condition<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Option<Condition> {
    let mut made_of = Vec::new();
    let mut is_known = true;
    for field in fields.iter() {
        match field.name {
            "And" | "Or" | "Not" => made_of.push(field),
            "Variable" | "Comment" => {}
            name if operator(name).is_some() => made_of.push(field),
            _ => {
                unknown(reader, fields, &field);
                is_known = false;
            }
        }
    }
    if made_of.len() > 1 {
        let names: Vec<&str> = made_of.iter().map(|field| field.name).collect();
        let message = format!("There should only be one of the following fields: [{}]", names.join(", "));
        reader.diagnostics.error(&fields.site(), message);
        return None;
    }
    let Some(field) = made_of.pop() else {
        // A mistyped operator is told of already.
        if !is_known {
            return None;
        }
        let found = reader.diagnostics.error(&fields.site(), "the rule tests nothing");
        found.help = Some("give it an operator such as \"StringEquals\", or \"And\", \"Or\", \"Not\"".to_owned());
        return None;
    };
    match field.name {
        "And" => all(reader, &field).map(Condition::And),
        "Or" => all(reader, &field).map(Condition::Or),
        "Not" => Some(Condition::Not(Box::new(inner(reader, &field)?))),
        _ => test(reader, fields, &field),
    }
}

fn all<'a>(reader: &mut Reader<'_, 'a>, field: &Field<'a>) -> Option<Vec<Condition>> {
    let elements = field.elements(reader.diagnostics);
    if field.node.as_array().is_some_and(<[_]>::is_empty) {
        reader.diagnostics.error(&field.site(), format!("{:?} needs at least one test", field.name));
    }
    let conditions: Vec<_> = elements.iter().map(|element| inner(reader, element)).collect();
    conditions.into_iter().collect()
}

/// A test inside another: it goes nowhere itself. The text's nesting bounds this recursion.
fn inner<'a>(reader: &mut Reader<'_, 'a>, field: &Field<'a>) -> Option<Condition> {
    let object = field.object(reader.diagnostics)?;
    condition(reader, &object)
}

fn test<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>, field: &Field<'a>) -> Option<Condition> {
    let (name, compared, by_path) = operator(field.name)?;
    let operand = if by_path {
        reader.path(field).map(Operand::Path)
    } else {
        constant(reader, field, compared).map(|()| Operand::Constant(field.node.clone()))
    };
    fields.require(&["Variable"], reader.diagnostics);
    let variable = reader.path(&fields.get("Variable")?)?;
    Some(Condition::Test { variable, operator: name, operand: operand? })
}

/// The operator of this name, what it compares with, and whether this is its `Path` form.
fn operator(name: &str) -> Option<(&'static str, Compared, bool)> {
    let plain = name.strip_suffix("Path");
    let (known, compared) = *OPERATORS.iter().find(|(known, _)| *known == plain.unwrap_or(name))?;
    let has_path = !matches!(compared, Compared::Pattern | Compared::Wanted);
    (plain.is_none() || has_path).then_some((known, compared, plain.is_some()))
}

fn constant(reader: &mut Reader<'_, '_>, field: &Field<'_>, compared: Compared) -> Option<()> {
    use crate::json::tree::Kind::{Bool, Number, String};
    match (compared, &field.node.kind) {
        (Compared::Text | Compared::Pattern, String(_)) | (Compared::Number, Number(_)) => Some(()),
        (Compared::Boolean | Compared::Wanted, Bool(_)) => Some(()),
        (Compared::Timestamp, String(moment)) => timestamp::check(moment, field, reader.diagnostics),
        (_, String(_)) if ast::is_placeholder(field.node) => Some(()),
        (Compared::Number, _) => field.unlike("a number", reader.diagnostics),
        (Compared::Boolean | Compared::Wanted, _) => field.unlike("a boolean", reader.diagnostics),
        (_, _) => field.unlike("a string", reader.diagnostics),
    }
}

/// Notes a field that no test of this language has.
fn unknown(reader: &mut Reader<'_, '_>, fields: &Fields<'_>, field: &Field<'_>) {
    let site = Site { span: field.name_span, location: fields.site().location };
    let known = TEST.contains(&field.name) || operator(field.name).is_some();
    match reader.written.language {
        QueryLanguage::Jsonata if known => fields::wrong_language(
            field.name,
            QueryLanguage::JsonPath,
            QueryLanguage::Jsonata,
            &site,
            reader.diagnostics,
        ),
        _ if field.name == "Comment" => {}
        _ => {
            let names = OPERATORS.iter().map(|(name, _)| *name).chain(TEST.iter().copied());
            let message = format!("Field '{}' is not supported", field.name);
            let help = match RULE.iter().any(|row| row.is(field.name)) {
                true => Some("only the outermost test, the rule itself, has this field".to_owned()),
                false => nearest::suggestion(field.name, names),
            };
            reader.diagnostics.error(&site, message).help = help;
        }
    }
}
