//! A mistake in a definition: where it is, what was found, and what would do.

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
    /// The findings.
    pub list: Vec<Diagnostic>,
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
        self.push(Severity::Error, SCHEMA_VALIDATION_FAILED, site, message.into())
    }

    /// Notes a warning.
    pub fn warning(&mut self, site: &Site, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Warning, SCHEMA_VALIDATION_FAILED, site, message.into())
    }

    /// Whether anything found keeps the definition from running.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn push(&mut self, severity: Severity, code: Code, site: &Site, message: String) -> &mut Diagnostic {
        self.list.push(Diagnostic {
            severity,
            code,
            message,
            location: site.location.clone(),
            span: site.span,
            help: None,
        });
        self.list.last_mut().expect("just pushed")
    }
}
