//! A definition, a zero byte, an input line, a zero byte, answers to tasks: the execution ends, suspended or not.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/mutations/execution.rs"]
mod execution;
#[path = "../../tests/mutations/program.rs"]
#[expect(dead_code, reason = "the target `program` checks programs; here they are only compiled")]
mod program;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (text, line, plan) = (part(), part(), part());
    let Ok(text) = std::str::from_utf8(text) else { return };
    execution::check(text, line, plan);
});
