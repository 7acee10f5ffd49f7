//! Any text: it is compiled or refused, in JSON and in YAML, and nothing panics, hangs or exhausts memory.
#![no_main]

use expressway::asl::{Format, MachineType};
use expressway::compile::{Options, check, compile_with_warnings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let options = Options {
        format: if kind & 1 == 0 { Format::Json } else { Format::Yaml },
        machine_type: if kind & 2 == 0 { MachineType::Express } else { MachineType::Standard },
        history: kind & 4 != 0,
        ..Options::default()
    };
    let (program, found) = compile_with_warnings(text, &options);
    assert!(program.is_some() || found.has_errors(), "what is refused has a reason");
    check(text, &options);
    for finding in &found.list {
        let (start, end) = (finding.span.start as usize, finding.span.end as usize);
        assert!(text.get(start..end).is_some(), "what is underlined is in the text: {finding:?}");
    }
    if let Some(program) = program {
        let _ = program.listing().to_string();
    }
});
