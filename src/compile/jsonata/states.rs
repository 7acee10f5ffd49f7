//! What each type of JSONata state does, lowered: arguments, work, output and assignments, all of them at once.

use super::{Bindings, SECONDS_MAX};
use crate::asl::graph::{Amount, Catcher, Kind, Map, Pause, ScopeId, State, Task, Template, Text};
use crate::builtin::timestamp::{self, Timestamp};
use crate::compile::document::{Document, Root};
use crate::compile::lower::{Last, Lowering};
use crate::program::{self, Expected, ForkKind, Op, Slot, Wanted};

/// A Task's least time.
const TIMEOUT: Expected = Expected::Whole { least: 1, most: SECONDS_MAX };
const COUNT: Expected = Expected::Whole { least: 0, most: u32::MAX };

impl Lowering<'_> {
    pub fn lower_jsonata_kind(&mut self, state: &State, entry: &Document) {
        match &state.kind {
            Kind::Pass { .. } => self.lower_jsonata_pass(state, entry),
            Kind::Task(task) => self.lower_jsonata_task(state, task, entry),
            Kind::Choice { rules, default } => self.lower_jsonata_choice(state, rules, *default, entry),
            Kind::Wait(pause) => self.lower_jsonata_wait(state, pause, entry),
            Kind::Succeed => self.lower_jsonata_succeed(state, entry),
            Kind::Fail { error, cause } => self.lower_jsonata_fail(error.as_ref(), cause.as_ref(), entry),
            Kind::Parallel { branches } => self.lower_jsonata_parallel(state, branches, entry),
            Kind::Map(map) => self.lower_jsonata_map(state, map, entry),
        }
    }

    fn lower_jsonata_pass(&mut self, state: &State, entry: &Document) {
        self.charge_exit();
        let bindings = Bindings::entering(entry);
        let output = self.jsonata_output(state.output.as_ref(), entry, &bindings);
        let assignment = self.evaluate_jsonata_assign(state.assign.as_ref(), &bindings);
        self.limit(&output, entry);
        let assigned = self.assign(assignment);
        self.tell_exit(&output, assigned);
        self.leave(state, &output, Last::Yes);
    }

    fn lower_jsonata_succeed(&mut self, state: &State, entry: &Document) {
        self.charge_exit();
        let output = self.jsonata_output(state.output.as_ref(), entry, &Bindings::entering(entry));
        self.tell_exit(&output, Vec::new());
        self.succeed(&output);
    }

    fn lower_jsonata_fail(&mut self, error: Option<&Text>, cause: Option<&Text>, entry: &Document) {
        let bindings = Bindings::entering(entry);
        let error = self.jsonata_text(error, &bindings);
        let cause = self.jsonata_text(cause, &bindings);
        self.builder.emit(Op::Fail { error, cause });
        self.break_run();
    }

    fn jsonata_text(&mut self, text: Option<&Text>, bindings: &Bindings) -> Slot {
        match text {
            Some(Text::Computed(template)) => self.evaluate_into_slot(template, Expected::String, bindings),
            Some(Text::Fixed(text)) => {
                let place = self.materialize(&Document::string(text));
                self.slot(place)
            }
            Some(Text::Path(_)) | None => Slot::NONE,
        }
    }

    fn lower_jsonata_wait(&mut self, state: &State, pause: &Pause, entry: &Document) {
        let pause = self.jsonata_pause(pause, &Bindings::entering(entry));
        let pause = self.builder.pause(pause);
        self.builder.emit(Op::Wait { pause });
        self.break_run();
        self.leave_jsonata(state, entry, entry, &Bindings::leaving(entry, None));
    }

    fn jsonata_pause(&mut self, pause: &Pause, bindings: &Bindings) -> program::Pause {
        let seconds = Expected::Whole { least: 0, most: SECONDS_MAX };
        match pause {
            Pause::Seconds(Amount::Computed(template)) => {
                let slot = self.evaluate_into_slot(template, seconds, bindings);
                program::Pause::Seconds { slot, path: "".into() }
            }
            Pause::Until(Text::Computed(template)) => {
                let slot = self.evaluate_into_slot(template, Expected::Timestamp, bindings);
                program::Pause::Timestamp { slot, path: "".into() }
            }
            Pause::Seconds(Amount::Fixed(seconds)) => program::Pause::Milliseconds((seconds * 1000.0) as u64),
            Pause::Until(Text::Fixed(text)) => {
                let moment = timestamp::parse(text.as_bytes()).map_or(0, Timestamp::milliseconds);
                program::Pause::Until(moment.max(0) as u64)
            }
            Pause::Seconds(Amount::Path(_)) | Pause::Until(Text::Path(_)) => program::Pause::Milliseconds(0),
        }
    }

    fn lower_jsonata_task(&mut self, state: &State, task: &Task, entry: &Document) {
        self.bind_retry();
        let bindings = Bindings::entering(entry);
        let arguments = self.jsonata_output(state.parameters.as_ref(), entry, &bindings);
        let credentials = task.credentials.as_ref().map(|template| {
            let credentials = self.evaluate_template(template, Expected::Any, &bindings);
            self.template(&credentials)
        });
        let timeout = self.evaluate_amount(task.timeout.as_ref(), TIMEOUT, "TimeoutSeconds", &bindings);
        let heartbeat = self.evaluate_amount(task.heartbeat.as_ref(), TIMEOUT, "HeartbeatSeconds", &bindings);
        let result = self.call_task(task, &arguments, credentials, timeout, heartbeat);
        self.take_jsonata_result(state, &result, entry);
    }

    fn lower_jsonata_parallel(&mut self, state: &State, branches: &[ScopeId], entry: &Document) {
        self.bind_retry();
        let arguments = self.jsonata_output(state.parameters.as_ref(), entry, &Bindings::entering(entry));
        self.limit(&arguments, entry);
        let kind = self.branches(branches, &arguments);
        let result = self.fork(kind);
        self.take_jsonata_result(state, &result, entry);
    }

    fn lower_jsonata_map(&mut self, state: &State, map: &Map, entry: &Document) {
        self.refuse_distributed(state, map);
        self.bind_retry();
        let bindings = Bindings::entering(entry);
        self.assign_root(Root::Effective(self.state), entry);
        let items = match &map.items_template {
            Some(template) => self.evaluate_template(template, Expected::Array, &bindings),
            None => self.map_input(entry),
        };
        let concurrency = self.evaluate_amount(map.concurrency.as_ref(), COUNT, "MaxConcurrency", &bindings);
        // They mean nothing to an inline Map, but what they say must be sensible.
        self.evaluate_amount(map.tolerated_failures.0.as_ref(), COUNT, "ToleratedFailureCount", &bindings);
        self.evaluate_amount(
            map.tolerated_failures.1.as_ref(),
            Expected::Percent,
            "ToleratedFailurePercentage",
            &bindings,
        );
        let place = self.materialize(&items);
        let items = self.slot(place);
        let members = self.has_keys(map.processor);
        let branch = self.branch(map.processor);
        let result = self.fork(ForkKind::Items { items, members, path: "".into(), noted: None, concurrency, branch });
        self.take_jsonata_result(state, &result, entry);
    }

    /// The state's input as the items of a Map.
    fn map_input(&mut self, entry: &Document) -> Document {
        let expected = Expected::MapInput;
        let wanted = self.builder.wanted(Wanted { field: "".into(), text: "".into(), expected, entering: true });
        self.expect(entry.clone(), expected, wanted)
    }

    fn take_jsonata_result(&mut self, state: &State, result: &Document, entry: &Document) {
        self.break_run();
        self.leave_jsonata(state, result, entry, &Bindings::leaving(entry, Some(result)));
    }

    /// The end of a state that has waited; `otherwise` is its output if it has no `Output`.
    fn leave_jsonata(&mut self, state: &State, otherwise: &Document, entry: &Document, bindings: &Bindings) {
        let output = self.jsonata_output(state.output.as_ref(), otherwise, bindings);
        let assignment = self.evaluate_jsonata_assign(state.assign.as_ref(), bindings);
        self.finish(state, &output, entry, assignment);
    }

    /// What a field says, or the document that stands for it where it is absent.
    pub fn jsonata_output(&mut self, field: Option<&Template>, otherwise: &Document, bindings: &Bindings) -> Document {
        field.map_or_else(|| otherwise.clone(), |template| self.evaluate_template(template, Expected::Any, bindings))
    }

    /// The output and the assignments of a catcher.
    pub fn catch_jsonata(
        &mut self,
        catcher: &Catcher,
        error_output: &Document,
        entry: &Document,
    ) -> (Document, super::super::assign::Assignment) {
        let bindings = Bindings { error_output: Some(error_output.clone()), ..Bindings::leaving(entry, None) };
        let output = self.jsonata_output(catcher.output.as_ref(), error_output, &bindings);
        (output, self.evaluate_jsonata_assign(catcher.assign.as_ref(), &bindings))
    }
}
