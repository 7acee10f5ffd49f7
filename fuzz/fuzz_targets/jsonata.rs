//! An expression in JSONata, a zero byte, a document: it is evaluated to an end, or is no expression.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/mutations/expression.rs"]
mod expression;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (text, document) = (part(), part());
    let Ok(text) = std::str::from_utf8(text) else { return };
    expression::check(text, document);
});
