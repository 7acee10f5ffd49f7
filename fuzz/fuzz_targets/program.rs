//! Any text as a definition: nothing panics, and what compiles holds together and can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/mutations/program.rs"]
mod program;

fuzz_target!(|text: &str| program::check(text));
