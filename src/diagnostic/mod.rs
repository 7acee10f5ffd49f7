//! A mistake in a definition: where it is, what was found, and what would do.

mod render;
mod reply;

pub use render::Color;

/// A range of bytes in the definition's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The definition cannot run.
    Error,
    /// It can, but probably not as meant.
    Warning,
}

/// A code of ValidateStateMachineDefinition, or one of our own.
pub type Code = &'static str;

/// The text is JSON but breaks a rule of the States Language.
pub const SCHEMA_VALIDATION_FAILED: Code = "SCHEMA_VALIDATION_FAILED";
/// The text is no JSON.
pub const INVALID_JSON_DESCRIPTION: Code = "INVALID_JSON_DESCRIPTION";
/// The text is no YAML; AWS only takes JSON, so the code is ours.
pub const INVALID_YAML_DESCRIPTION: Code = "INVALID_YAML_DESCRIPTION";
/// A field names a state that is not there, or nothing leads to a state.
pub const MISSING_TRANSITION_TARGET: Code = "MISSING_TRANSITION_TARGET";
/// The states go round for ever.
pub const MISSING_END_STATE: Code = "MISSING_END_STATE";
/// Two states share a name.
pub const DUPLICATE_STATE_NAME: Code = "DUPLICATE_STATE_NAME";
/// A state's name is empty or too long.
pub const INVALID_STATE_NAME: Code = "INVALID_STATE_NAME";
/// Maps and Parallels stand too deeply in one another.
pub const TOO_DEEPLY_NESTED: Code = "TOO_DEEPLY_NESTED";
/// A value looks like a path, but the field's name does not end in `.$`.
pub const NO_DOLLAR: Code = "NO_DOLLAR";
/// A value looks like a path, but the field's name does not end in `Path`.
pub const NO_PATH: Code = "NO_PATH";
/// The `Result` of a Pass is taken as it is, paths and all.
pub const PASS_RESULT_IS_STATIC: Code = "PASS_RESULT_IS_STATIC";
/// A JSONata expression that cannot be parsed.
pub const INVALID_JSONATA_EXPRESSION: Code = "INVALID_JSONATA_EXPRESSION";
/// A JSONata expression that takes what is not there.
pub const UNSUPPORTED_JSONATA_EXPRESSION: Code = "UNSUPPORTED_JSONATA_EXPRESSION";
/// An object has two fields of one name; ours.
pub const DUPLICATE_FIELD: Code = "DUPLICATE_FIELD";
/// A `${Name}` that nothing fills; ours.
pub const UNFILLED_PLACEHOLDER: Code = "UNFILLED_PLACEHOLDER";

/// How many findings are kept; a definition with more is told so.
pub const KEPT_MAX: usize = 1000;

/// One finding about a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What kind of finding, in AWS's words where it has them.
    pub code: Code,
    /// What was found: lower case where it is our own sentence, AWS's text where it is recorded.
    pub message: String,
    /// Where, as AWS says it: `/States/Price/Next`.
    pub location: String,
    /// The text to underline.
    pub span: Span,
    /// What would do: `did you mean "Charge"?`.
    pub help: Option<String>,
}

/// All findings about one definition, in the order they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// The findings, at most [`KEPT_MAX`].
    pub list: Vec<Diagnostic>,
    /// How many more were found than are kept.
    pub dropped: usize,
    /// The latest of those; an error stays.
    spill: Option<Diagnostic>,
}

/// A place in the definition: what to underline, and what AWS would call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The text to underline.
    pub span: Span,
    /// `/States/Price/Next`.
    pub location: String,
}

impl Diagnostics {
    /// Notes an error of the language's schema.
    pub fn error(&mut self, site: &Site, message: impl Into<String>) -> &mut Diagnostic {
        self.note(Severity::Error, SCHEMA_VALIDATION_FAILED, site, message)
    }

    /// Notes a warning.
    pub fn warning(&mut self, site: &Site, message: impl Into<String>) -> &mut Diagnostic {
        self.note(Severity::Warning, SCHEMA_VALIDATION_FAILED, site, message)
    }

    /// Notes a finding of any kind.
    pub fn note(&mut self, severity: Severity, code: Code, site: &Site, message: impl Into<String>) -> &mut Diagnostic {
        let (location, span) = (site.location.clone(), site.span);
        self.push(Diagnostic { severity, code, message: message.into(), location, span, help: None })
    }

    /// Keeps a finding, or counts it when there are too many already.
    pub fn push(&mut self, finding: Diagnostic) -> &mut Diagnostic {
        // Warnings leave room for the errors.
        let room = if finding.severity == Severity::Error { KEPT_MAX } else { KEPT_MAX / 2 };
        if self.list.len() < room {
            self.list.push(finding);
            return self.list.last_mut().expect("just pushed");
        }
        self.dropped += 1;
        let had_error = self.spill.as_ref().is_some_and(|before| before.severity == Severity::Error);
        let severity = if had_error { Severity::Error } else { finding.severity };
        self.spill.insert(Diagnostic { severity, ..finding })
    }

    /// Whether anything found keeps the definition from running.
    pub fn has_errors(&self) -> bool {
        self.list.iter().chain(&self.spill).any(|finding| finding.severity == Severity::Error)
    }

    /// Whether so much was found that looking for the help to one more is not worth the time.
    pub fn is_long(&self) -> bool {
        self.list.len() >= 100
    }

    /// How many errors and how many warnings are kept.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.list.iter().filter(|finding| finding.severity == Severity::Error).count();
        (errors, self.list.len() - errors)
    }
}
