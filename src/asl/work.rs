//! Task, Parallel and Map: the states that have work done.

use super::graph::{Amount, Expression, Kind, Map, QueryLanguage, ScopeId, Task, Template};
use super::parse::Reader;
use super::value::{Bounds, Field, Fields};
use super::{resource, template};
use crate::diagnostic::{SCHEMA_VALIDATION_FAILED, Severity};

const SECONDS: Bounds = Bounds::from(1.0);
const PERCENT: Bounds = Bounds { whole: false, least: 0.0, most: 100.0 };
/// A Map's label becomes part of its children's ARNs (Developer Guide, "Distributed Map state fields").
const LABEL_MAX: usize = 40;

/// Reads the fields of a Task.
pub(super) fn task<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Kind {
    fields.require(&["Resource"], reader.diagnostics);
    let timeout = reader.amount(fields, ["TimeoutSeconds", "TimeoutSecondsPath"], SECONDS);
    let heartbeat = reader.amount(fields, ["HeartbeatSeconds", "HeartbeatSecondsPath"], SECONDS);
    if let (Some(Amount::Fixed(limit)), Some(Amount::Fixed(beat))) = (&timeout, &heartbeat)
        && beat >= limit
        && let Some(field) = fields.get("HeartbeatSeconds")
    {
        reader.diagnostics.error(&field.site(), "\"HeartbeatSeconds\" must be smaller than \"TimeoutSeconds\"");
    }
    let resource = resource(reader, fields);
    let credentials = credentials(reader, fields);
    Kind::Task(Box::new(Task { resource, timeout, heartbeat, credentials }))
}

fn resource<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Expression {
    let field = fields.get("Resource");
    let Some((field, text)) = field.and_then(|field| field.text(reader.diagnostics).map(|text| (field, text))) else {
        return Expression { text: String::new(), site: fields.site() };
    };
    let express = reader.definition.scope(reader.written.scope).express;
    resource::check(text, &field, express, reader.diagnostics);
    reader.expression(&field, text)
}

/// `Credentials` names the role that a task takes on.
fn credentials<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Option<Template> {
    let credentials = fields.get("Credentials")?.object(reader.diagnostics)?;
    let by_path = reader.written.language == QueryLanguage::JsonPath && credentials.has("RoleArn.$");
    if !credentials.has("RoleArn") && !by_path {
        let message = "The field 'RoleArn' is required but was missing";
        reader.diagnostics.error(&credentials.site(), message);
    }
    reader.template(fields, "Credentials")
}

/// Reads the fields of a Parallel; its branches are scopes already.
pub(super) fn parallel(reader: &mut Reader<'_, '_>, fields: &Fields<'_>) -> Kind {
    fields.require(&["Branches"], reader.diagnostics);
    Kind::Parallel { branches: reader.written.scopes.clone() }
}

/// Reads the fields of a Map; its processor is a scope already.
pub(super) fn map<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Kind {
    let processor = reader.written.scopes.first().copied();
    let is_distributed = processor.is_some_and(|scope| !reader.definition.scope(scope).sees_outside);
    let distribution = distributed_fields(reader, fields, is_distributed);
    label(reader, fields);
    Kind::Map(Box::new(Map {
        items: reader.filter(fields, "ItemsPath"),
        items_template: items(reader, fields),
        selector: selector(reader, fields),
        concurrency: reader.amount(fields, ["MaxConcurrency", "MaxConcurrencyPath"], Bounds::from(0.0)),
        // Without a processor an error is noted, and the machine itself stands in its place.
        processor: processor.unwrap_or(ScopeId(0)),
        distributed: is_distributed || !distribution.is_empty(),
        distribution,
        tolerated_failures: (
            reader.amount(fields, ["ToleratedFailureCount", "ToleratedFailureCountPath"], Bounds::from(0.0)),
            reader.amount(fields, ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"], PERCENT),
        ),
    }))
}

/// The fields that only a distributed Map has.
fn distributed_fields<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>, is_distributed: bool) -> Vec<Template> {
    let severity = match reader.definition.scope(reader.written.scope).express {
        true => Severity::Error,
        // Deployed machines have it so; whoever runs them must not read the state's input instead.
        false => Severity::Warning,
    };
    let mut found = Vec::new();
    for name in ["ItemReader", "ItemBatcher", "ResultWriter"] {
        let Some(field) = fields.get(name) else { continue };
        found.push(Template { node: field.node.clone(), site: field.site() });
        reader.object_template(fields, name);
        if !is_distributed {
            let message = format!("{name:?} needs a Map whose ProcessorConfig has the Mode DISTRIBUTED");
            reader.diagnostics.note(severity, SCHEMA_VALIDATION_FAILED, &field.site(), message);
        }
    }
    found
}

/// `Items`: an array or object with expressions inside, or one expression.
fn items<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Option<Template> {
    let field = fields.get("Items")?;
    let is_list = field.node.as_array().is_some() || field.node.as_object().is_some();
    if !is_list && !template::is_expression(field.node) {
        field.unlike::<()>("an array, an object or a JSONata expression", reader.diagnostics);
    }
    reader.template(fields, "Items")
}

/// `ItemSelector`, or `Parameters` as it was called with `Iterator`.
fn selector<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Option<Template> {
    let field: Field<'a> = fields.at_most_one_of(&["ItemSelector", "Parameters"], reader.diagnostics)?;
    if template::is_expression(field.node) && reader.written.language == QueryLanguage::Jsonata {
        return reader.template(fields, field.name);
    }
    reader.object_template(fields, field.name)
}

fn label<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) {
    let Some(field) = fields.get("Label") else { return };
    if field.text(reader.diagnostics).is_some_and(|label| label.chars().count() > LABEL_MAX) {
        reader.diagnostics.error(&field.site(), format!("a label has at most {LABEL_MAX} characters"));
    }
}
