//! A JSONata expression, or the value it gave, was no good: what is said then, word for word as far as it is recorded.

use super::event::What;
use super::run::at;
use super::{Vm, World};
use crate::builtin::timestamp;
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Kind, Value};
use crate::program::{Expected, Program, Slot, Wanted, WantedId};

/// What is wrong with an expression, or with its value. Values are JSON texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It gave nothing.
    Nothing,
    /// It gave a function.
    Unsupported,
    /// It gave a value of another type.
    Unexpected(String),
    /// It failed: `T1006: Attempted to invoke a non-function`.
    Thrown(String),
    /// Its value is of the right type and yet cannot be taken, for this reason.
    Unfit(String),
    /// The input of a Map without `Items` is no array.
    NoItems(String),
}

impl Flaw {
    fn cause(&self, wanted: &Wanted) -> String {
        let Wanted { field, text, expected, .. } = wanted;
        let expression = format!("The JSONata expression '{text}' specified for the field '{field}'");
        match self {
            Flaw::Nothing => format!("{expression} returned nothing (undefined)."),
            Flaw::Unsupported => format!("{expression} returned an unsupported result type."),
            Flaw::Unexpected(value) => {
                let (expected, found) = (name(expected.kind()), name(Some(json::kind(value.as_bytes()))));
                format!(
                    "{expression} returned an unexpected result type. Expected '{expected}', but was '{found}' for \
                     value: {}",
                    shown(value.as_bytes())
                )
            }
            Flaw::Thrown(why) => format!("{expression} threw an error during evaluation. {why}"),
            Flaw::Unfit(why) => why.clone(),
            Flaw::NoItems(value) => format!("Map state input must be an array but was: {}", shown(value.as_bytes())),
        }
    }
}

/// The name of a type, as causes spell it.
fn name(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Null) => "null",
        Some(Kind::Bool) => "boolean",
        Some(Kind::Number) => "number",
        Some(Kind::String) => "string",
        Some(Kind::Array) => "array",
        Some(Kind::Object) => "object",
        None => "value",
    }
}

impl Vm {
    /// Tells that an expression failed, and gives the failure of its state.
    #[cold]
    pub(super) fn evaluation_failed(
        &mut self,
        program: &Program,
        index: u32,
        pc: usize,
        wanted: WantedId,
        flaw: &Flaw,
        world: &mut World<'_>,
    ) -> Box<Failure> {
        let wanted = &program.wanted[wanted.0 as usize];
        let failure = Failure::new(ErrorName::QueryEvaluationError, flaw.cause(wanted));
        let failure = self.located(program, index, pc, failure);
        let (state, entered) = self.entry(program, index, pc);
        let frame = &self.frames[index as usize];
        // What is evaluated as the state is entered follows what the entry follows (recorded), unless something has
        // happened in the state since.
        let early = wanted.entering && !matches!(flaw, Flaw::Unfit(_));
        let previous = if early && frame.previous == entered { frame.before_entry } else { frame.previous };
        let location = Some(&*wanted.field).filter(|field| !field.is_empty());
        let name = &program.states[state.0 as usize].name;
        let what = What::EvaluationFailed { name, location, failure: &failure };
        let id = self.emit(world, previous, what);
        self.frames[index as usize].previous = id;
        failure
    }
}

/// Fails when the slot holds nothing, or something else than is wanted.
pub(super) fn expect(
    vm: &mut Vm,
    program: &Program,
    index: u32,
    (slot, id): (Slot, WantedId),
    slots: &[Value],
    pc: usize,
    world: &mut World<'_>,
) -> Result<(), Box<Failure>> {
    let (value, wanted) = (at(slots, slot), &program.wanted[id.0 as usize]);
    let flaw = match value.is_missing() {
        true if wanted.expected == Expected::Anything => None,
        true => Some(Flaw::Nothing),
        false => flaw(wanted, vm.text(program, world.block, value)),
    };
    flaw.map_or(Ok(()), |flaw| Err(vm.evaluation_failed(program, index, pc, id, &flaw, world)))
}

/// What is wrong with a value, if anything is.
fn flaw(wanted: &Wanted, value: &[u8]) -> Option<Flaw> {
    if wanted.expected.kind().is_some_and(|kind| kind != json::kind(value)) {
        let value = String::from_utf8_lossy(value).into_owned();
        return Some(match wanted.expected {
            Expected::MapInput => Flaw::NoItems(value),
            _ => Flaw::Unexpected(value),
        });
    }
    let field = &wanted.field;
    let unfit = match wanted.expected {
        Expected::Whole { least, most } => match json::integer(value) {
            None => format!("The {field} field cannot be parsed as an integer: {}", shown(value)),
            Some(number) if (i64::from(least)..=i64::from(most)).contains(&number) => return None,
            Some(number) => format!("{field} must be between {least} and {most} but was: {number}"),
        },
        Expected::Percent if (0.0..=100.0).contains(&json::number(value)) => return None,
        Expected::Percent => format!("{field} must be between 0 and 100 but was: {}", shown(value)),
        Expected::Timestamp => {
            let text = json::decode(value);
            if timestamp::parse(text.as_bytes()).is_some() {
                return None;
            }
            format!("The {field} field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}")
        }
        _ => return None,
    };
    Some(Flaw::Unfit(unfit))
}

/// A value as causes show it.
fn shown(value: &[u8]) -> String {
    let mut text = Vec::new();
    json::compact(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Flaw, flaw};
    use crate::program::{Expected, Wanted};

    fn wanted(expected: Expected) -> Wanted {
        Wanted { field: "Field/a[0]".into(), text: "1 + 1".into(), expected, entering: true }
    }

    fn said(expected: Expected, value: &str) -> Option<String> {
        let wanted = wanted(expected);
        flaw(&wanted, value.as_bytes()).map(|flaw| flaw.cause(&wanted))
    }

    #[test]
    fn a_value_of_another_type_is_shown() {
        let unexpected = |expected: Expected, value: &str, words: &str| {
            let start = "The JSONata expression '1 + 1' specified for the field 'Field/a[0]' returned an unexpected result type. ";
            assert_eq!(said(expected, value), Some(format!("{start}{words}")));
        };
        unexpected(
            Expected::Array,
            "{ \"foo\" : \"b r\" }",
            "Expected 'array', but was 'object' for value: {\"foo\":\"b r\"}",
        );
        unexpected(Expected::Boolean, "\"true\"", "Expected 'boolean', but was 'string' for value: \"true\"");
        unexpected(Expected::String, "null", "Expected 'string', but was 'null' for value: null");
        unexpected(
            Expected::Whole { least: 0, most: 9 },
            "true",
            "Expected 'number', but was 'boolean' for value: true",
        );
        unexpected(Expected::Percent, "[1]", "Expected 'number', but was 'array' for value: [1]");
        unexpected(Expected::Timestamp, "0", "Expected 'string', but was 'number' for value: 0");
    }

    #[test]
    fn a_value_that_cannot_be_taken_is_told_why() {
        let whole = Expected::Whole { least: 1, most: 9 };
        for value in ["1", "9", "9.0", "30e-1"] {
            assert_eq!(said(whole, value), None, "{value}");
        }
        assert_eq!(said(whole, "0").as_deref(), Some("Field/a[0] must be between 1 and 9 but was: 0"));
        assert_eq!(said(whole, "1.5").as_deref(), Some("The Field/a[0] field cannot be parsed as an integer: 1.5"));
        assert_eq!(
            said(Expected::Percent, "100.5").as_deref(),
            Some("Field/a[0] must be between 0 and 100 but was: 100.5")
        );
        assert_eq!(said(Expected::Percent, "99.5"), None);
        assert_eq!(said(Expected::Timestamp, "\"2016-12-05T21:29:29Z\""), None);
        let words =
            "The Field/a[0] field cannot be parsed as an ISO-8601 extended offset date-time format string: soon";
        assert_eq!(said(Expected::Timestamp, "\"soon\"").as_deref(), Some(words));
    }

    #[test]
    fn the_rest_is_said_as_recorded() {
        let start = "The JSONata expression '1 + 1' specified for the field 'Field/a[0]' ";
        let wanted = wanted(Expected::Any);
        for (flaw, words) in [
            (Flaw::Nothing, "returned nothing (undefined)."),
            (Flaw::Unsupported, "returned an unsupported result type."),
            (
                Flaw::Thrown("T1006: Attempted to invoke a non-function".into()),
                "threw an error during evaluation. T1006: Attempted to invoke a non-function",
            ),
        ] {
            assert_eq!(flaw.cause(&wanted), format!("{start}{words}"));
        }
        assert_eq!(said(Expected::MapInput, "null").as_deref(), Some("Map state input must be an array but was: null"));
        assert_eq!(said(Expected::Any, "null"), None);
    }
}
