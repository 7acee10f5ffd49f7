//! What must hold for any JSONata expression and document; the fuzz target `jsonata` and the mutations both ask for it.

use expressway::jsonata::{Error, Expression, Given};
use serde_json::value::RawValue;

/// What came of an evaluation.
pub type End = Result<Option<Vec<u8>>, Error>;

/// Nothing panics, and what is evaluated ends: with JSON, with nothing, or with a fault; and the same the second time,
/// whatever was evaluated in between. None: it is no expression.
pub fn check(text: &str, document: &[u8]) -> Option<End> {
    let mut expression = match Expression::new(text, &Given::input()) {
        Ok(expression) => expression,
        Err(mistake) => {
            assert!(text.is_char_boundary(mistake.offset), "a mistake has a place in the text");
            assert!(!mistake.fault.message().is_empty(), "{} says what is wrong", mistake.fault.code);
            return None;
        }
    };
    let end = evaluate(&mut expression, document);
    match &end {
        Ok(None) => {}
        Ok(Some(value)) => drop(serde_json::from_slice::<&RawValue>(value).expect("a value is JSON")),
        Err(Error::Fault { code, message }) => assert!(!code.is_empty() && !message.is_empty(), "{code} {message}"),
        Err(Error::Input(_)) => return Some(end),
    }
    if !takes_long(&end) {
        drop(evaluate(&mut expression, br#"{"a":[{"b":[1,"x",null]},[2]],"c":{"a":true}}"#));
        assert_eq!(evaluate(&mut expression, document), end, "the second time");
    }
    Some(end)
}

/// Whether a limit was met; then once is enough.
pub fn takes_long(end: &End) -> bool {
    matches!(end, Err(Error::Fault { code, .. }) if code == "U1001")
}

fn evaluate(expression: &mut Expression, document: &[u8]) -> End {
    let mut out = b"before".to_vec();
    let has_value = expression.evaluate(document, 1_767_225_600_000, 7, &mut out);
    let value = out.split_off("before".len());
    assert_eq!(has_value == Ok(true), !value.is_empty(), "what has no value writes nothing");
    has_value.map(|has_value| has_value.then_some(value))
}
