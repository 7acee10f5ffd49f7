//! `Retry` and `Catch`: what a state does about failures.

use super::fields::{self, CATCHER, RETRIER};
use super::graph::{Catcher, Retrier};
use super::nearest;
use super::parse::Reader;
use super::value::{Bounds, Field, Fields};
use crate::diagnostic::Diagnostics;
use crate::failure::ErrorName;

const BACKOFF: Bounds = Bounds { whole: false, least: 1.0, most: f64::MAX };
/// A year and a day less a second (Developer Guide, "Retrying after an error").
const DELAY: Bounds = Bounds { whole: true, least: 1.0, most: 31_622_399.0 };

/// Reads `Retry`.
pub(super) fn retriers(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> Vec<Retrier> {
    let objects = objects(fields, "Retry", diagnostics);
    let last = objects.len().wrapping_sub(1);
    let mut retriers = Vec::new();
    for (index, object) in objects.into_iter().enumerate() {
        let object = fields::allowed(object, RETRIER, diagnostics);
        retriers.push(retrier(&object, index == last, diagnostics));
    }
    retriers
}

fn retrier(object: &Fields<'_>, is_last: bool, diagnostics: &mut Diagnostics) -> Retrier {
    let errors = errors(object, is_last, diagnostics);
    let mut number = |name, bounds| object.get(name).and_then(|field| field.number(bounds, diagnostics));
    Retrier {
        errors,
        interval_seconds: number("IntervalSeconds", Bounds::from(1.0)).map_or(1, |seconds| seconds as u64),
        max_attempts: number("MaxAttempts", Bounds::from(0.0)).map_or(3, |attempts| attempts as u64),
        backoff_rate: number("BackoffRate", BACKOFF).unwrap_or(2.0),
        max_delay_seconds: number("MaxDelaySeconds", DELAY).map(|seconds| seconds as u64),
        full_jitter: object
            .get("JitterStrategy")
            .and_then(|field| field.word(&[("FULL", true), ("NONE", false)], diagnostics))
            .unwrap_or(false),
    }
}

/// Reads `Catch`.
pub(super) fn catchers<'a>(reader: &mut Reader<'_, 'a>, fields: &Fields<'a>) -> Vec<Catcher> {
    let objects = objects(fields, "Catch", reader.diagnostics);
    let last = objects.len().wrapping_sub(1);
    let language = reader.written.language;
    let mut catchers = Vec::new();
    for (index, object) in objects.into_iter().enumerate() {
        let object = fields::allowed_in(object, CATCHER, language, reader.diagnostics);
        object.require(&["Next"], reader.diagnostics);
        let errors = errors(&object, index == last, reader.diagnostics);
        let next = reader.target(&object, "Next").unwrap_or(reader.id);
        catchers.push(Catcher {
            errors,
            result_path: reader.placement(&object),
            assign: reader.assign(&object),
            output: reader.template(&object, "Output"),
            next,
            site: object.site(),
        });
    }
    catchers
}

fn objects<'a>(fields: &Fields<'a>, name: &str, diagnostics: &mut Diagnostics) -> Vec<Fields<'a>> {
    let elements = fields.get(name).map_or(Vec::new(), |field| field.elements(diagnostics));
    elements.iter().filter_map(|element| element.object(diagnostics)).collect()
}

/// `ErrorEquals`. `States.ALL` stands alone in the last one (States Language, "Errors").
fn errors(object: &Fields<'_>, is_last: bool, diagnostics: &mut Diagnostics) -> Vec<String> {
    object.require(&["ErrorEquals"], diagnostics);
    let Some(field) = object.get("ErrorEquals") else { return Vec::new() };
    let elements = field.elements(diagnostics);
    if field.node.as_array().is_some_and(<[_]>::is_empty) {
        diagnostics.error(&field.site(), "\"ErrorEquals\" names no error");
    }
    let mut errors = Vec::new();
    for element in &elements {
        let Some(name) = element.text(diagnostics) else { continue };
        if name == ErrorName::All.text() && (!is_last || elements.len() > 1) {
            diagnostics.error(&element.site(), "States.ALL must appear alone and at end of list");
        }
        check_reserved(name, element, diagnostics);
        errors.push(name.to_owned());
    }
    errors
}

/// Names that begin with `States.` belong to the language; one that it does not know matches nothing.
fn check_reserved(name: &str, element: &Field<'_>, diagnostics: &mut Diagnostics) {
    let known = ErrorName::EVERY.iter().any(|known| known.text() == name);
    if known || !name.starts_with("States.") || name.starts_with("States.Http.StatusCode.") {
        return;
    }
    let names = ErrorName::EVERY.iter().map(|known| known.text());
    let help = nearest::suggestion(name, names);
    diagnostics.warning(&element.site(), format!("no error of the language is named {name:?}")).help = help;
}
