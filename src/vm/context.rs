//! The fields of the context object that differ from execution to execution (developer guide, "Context object").

use super::{Name, Vm, World};
use crate::builtin::Random;
use crate::builtin::timestamp;
use crate::json::{self, Value};
use crate::program::{ContextField, Program};
use std::fmt::{self, Display, Formatter};

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
            ContextField::ExecutionId => (self.name().arn(program, self.started_ms), true),
            ContextField::ExecutionName => (self.name().to_string(), true),
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
    pub fn name(&self) -> Name<'_> {
        Name { prefix: &self.name_prefix, number: self.number }
    }
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.number)
    }
}

impl Name<'_> {
    /// The ARN of the execution of this name; that of an Express one ends in an id of its own.
    pub fn arn(&self, program: &Program, started_ms: u64) -> String {
        let prefix = program.identity.execution_arn_prefix();
        if !program.identity.express {
            return format!("{prefix}{self}");
        }
        // The id does not depend on how much chance the execution has used: it is the same whenever it is asked for.
        let id = Random::new(self.number ^ started_ms.rotate_left(32)).uuid();
        format!("{prefix}{self}:{id}")
    }
}
