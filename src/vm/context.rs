//! The fields of the context object that differ from execution to execution (developer guide, "Context object").

use super::{Vm, World};
use crate::builtin::timestamp;
use crate::json::{self, Value};
use crate::program::{ContextField, Program};
use std::fmt::Write;

/// Milliseconds since 1970 as the context object shows them.
fn time(ms: u64) -> String {
    let mut text = Vec::new();
    timestamp::write_short(ms as i64, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

impl Vm {
    pub(super) fn context(&mut self, program: &Program, index: u32, field: ContextField, _world: &World<'_>) -> Value {
        let frame = &self.frames[index as usize];
        let (text, quoted) = match field {
            ContextField::ExecutionId => (self.arn(program), true),
            ContextField::ExecutionName => (self.name(), true),
            ContextField::ExecutionStartTime => (time(self.started_ms), true),
            ContextField::StateEnteredTime => (time(frame.entered_ms), true),
            ContextField::StateRetryCount => (frame.attempts.iter().sum::<u32>().to_string(), false),
            ContextField::TaskToken => (self.random.uuid(), true),
        };
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        if quoted {
            json::quote(&text, &mut out)
        } else {
            out.extend_from_slice(text.as_bytes())
        }
        let value = self.keep(&out);
        self.scratch = out;
        value
    }

    /// The execution's name.
    pub fn name(&self) -> String {
        format!("{}{}", self.name_prefix, self.number)
    }

    /// The execution's ARN; that of an Express one ends in an id of its own.
    pub fn arn(&self, program: &Program) -> String {
        let mut arn = program.identity.execution_arn_prefix();
        let _ = write!(arn, "{}", self.name()); // Writing to a String cannot fail.
        if program.identity.express {
            // An id that does not depend on how much chance the execution has used.
            let id = crate::builtin::random::Random::new(self.number ^ self.started_ms).uuid();
            let _ = write!(arn, ":{id}");
        }
        arn
    }
}
