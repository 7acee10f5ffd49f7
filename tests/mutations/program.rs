//! What must hold for any text as a definition; the fuzz target `program` and the mutations both ask for it.

use expressway::asl::{self, Format, MachineType};
use expressway::compile::{self, Options};
use expressway::diagnostic::{Color, Diagnostics, Severity};
use expressway::drawing;
use expressway::program::{Program, verify};

/// Nothing panics; what compiles holds together, has no errors, can be shown, and is the same the second time.
pub fn check(text: &str) {
    for machine_type in [MachineType::Express, MachineType::Standard] {
        let options = options(text, machine_type);
        let (program, diagnostics) = compile::compile_with_warnings(text, &options);
        assert_eq!(program.is_none(), diagnostics.has_errors(), "either a program or the reason why not");
        diagnostics.render(text, "definition", Color::Never);
        let checked = compile::check(text, &options);
        let Some(program) = program else { continue };
        assert!(!checked.has_errors(), "what runs is no mistake");
        verify(&program).expect("it holds together");
        assert_eq!(listing(&program), compile::compile(text, &options).as_ref().map_or(String::new(), listing));
        draw(text, &options);
    }
}

/// Enough for what is right; a loop ends soon, also where nothing is optimized.
pub const INSTRUCTIONS: u64 = 20_000;

/// How a text is compiled here.
pub fn options(text: &str, machine_type: MachineType) -> Options {
    let format = if text.trim_start().starts_with('{') { Format::Json } else { Format::Yaml };
    Options { format, machine_type, instructions: INSTRUCTIONS, ..Options::default() }
}

fn listing(program: &Program) -> String {
    program.listing().to_string()
}

fn draw(text: &str, options: &Options) {
    let read =
        asl::Options { machine_type: options.machine_type, substitutions: Vec::new(), unfilled: Severity::Warning };
    let graph = asl::read(text, options.format, &read, &mut Diagnostics::default()).expect("it compiles");
    assert!(drawing::mermaid(&graph).len() < drawing::svg(&graph).len());
}
