//! What each type of state does, lowered.

use super::assign::Assignment;
use super::document::{Document, Place, Root};
use super::lower::{Last, Lowering};
use super::path::{Blame, Origin};
use crate::asl::graph::{Amount, Kind, Pause, State, Task, Text};
use crate::builtin::timestamp;
use crate::json::tree::Node;
use crate::program::{self, Duration, Op, Slot, TaskId, TaskInfo, TaskSite, TemplateId};

impl Lowering<'_> {
    pub fn lower_kind(&mut self, state: &State, entry: &Document) {
        match &state.kind {
            Kind::Pass { result } => self.lower_pass(state, result.as_ref(), entry),
            Kind::Task(task) => self.lower_task(state, task, entry),
            Kind::Choice { rules, default } => self.lower_choice(state, rules, *default, entry),
            Kind::Wait(pause) => self.lower_wait(state, pause, entry),
            Kind::Succeed => self.lower_succeed(state, entry),
            Kind::Fail { error, cause } => self.lower_fail(error.as_ref(), cause.as_ref(), entry),
            Kind::Parallel { branches } => self.lower_parallel(state, branches, entry),
            Kind::Map(map) => self.lower_map(state, map, entry),
        }
    }

    fn lower_pass(&mut self, state: &State, result: Option<&Node>, entry: &Document) {
        self.charge_exit();
        let input = self.filter(&state.input_path, entry);
        let result = match result {
            Some(result) => self.facts.parsed.constant(result),
            None => self.parameters(state, input),
        };
        let assignment = self.evaluate_assign(state.assign.as_ref(), &result);
        let placed = self.place(&state.result_path, entry, &result);
        let output = self.filter(&state.output_path, &placed);
        self.limit(&output, entry);
        let assigned = self.assign(assignment);
        self.tell_exit(&output, assigned);
        self.leave(state, &output, Last::Yes);
    }

    /// `Parameters`, or the effective input where there are none.
    pub fn parameters(&mut self, state: &State, input: Document) -> Document {
        match &state.parameters {
            Some(template) => self.payload(&template.node, &template.site, &input),
            None => input,
        }
    }

    fn lower_succeed(&mut self, state: &State, entry: &Document) {
        self.charge_exit();
        let input = self.filter(&state.input_path, entry);
        let output = self.filter(&state.output_path, &input);
        self.tell_exit(&output, Vec::new());
        self.succeed(&output);
    }

    fn lower_fail(&mut self, error: Option<&Text>, cause: Option<&Text>, entry: &Document) {
        let error = self.fail_text(error, entry, "ErrorPath");
        let cause = self.fail_text(cause, entry, "CausePath");
        self.builder.emit(Op::Fail { error, cause });
        self.break_run();
    }

    fn fail_text(&mut self, text: Option<&Text>, entry: &Document, field: &str) -> Slot {
        let document = match text {
            None | Some(Text::Computed(_)) => return Slot::NONE,
            Some(Text::Fixed(text)) => Document::string(text),
            Some(Text::Path(path)) => self.expression(&path.text, Origin::from(&path.site), entry, Blame::Field(field)),
        };
        let place = self.materialize(&document);
        self.slot(place)
    }

    fn lower_wait(&mut self, state: &State, pause: &Pause, entry: &Document) {
        let input = self.filter(&state.input_path, entry);
        let pause = match pause {
            Pause::Seconds(Amount::Fixed(seconds)) => program::Pause::Milliseconds((seconds * 1000.0) as u64),
            Pause::Seconds(Amount::Path(path)) => {
                let slot = self.reference(path, &input, "SecondsPath");
                program::Pause::Seconds { slot, path: path.text.as_str().into() }
            }
            Pause::Until(Text::Fixed(text)) => {
                let moment = timestamp::parse(text.as_bytes()).map_or(0, timestamp::Timestamp::milliseconds);
                program::Pause::Until(moment.max(0) as u64)
            }
            Pause::Until(Text::Path(path)) => {
                let slot = self.reference(path, &input, "TimestampPath");
                program::Pause::Timestamp { slot, path: path.text.as_str().into() }
            }
            Pause::Seconds(Amount::Computed(_)) | Pause::Until(Text::Computed(_)) => program::Pause::Milliseconds(0),
        };
        let pause = self.builder.pause(pause);
        self.builder.emit(Op::Wait { pause });
        self.break_run();
        let assignment = self.evaluate_assign(state.assign.as_ref(), &input);
        let output = self.filter(&state.output_path, &input);
        self.finish(state, &output, entry, assignment);
    }

    fn lower_task(&mut self, state: &State, task: &Task, entry: &Document) {
        self.bind_retry();
        let input = self.filter(&state.input_path, entry);
        let parameters = self.parameters(state, input.clone());
        let credentials = task.credentials.as_ref().map(|template| {
            let credentials = self.payload(&template.node, &template.site, &input);
            self.template(&credentials)
        });
        let timeout = self.duration(task.timeout.as_ref(), &input, "TimeoutSecondsPath");
        let heartbeat = self.duration(task.heartbeat.as_ref(), &input, "HeartbeatSecondsPath");
        let result = self.call_task(task, &parameters, credentials, timeout, heartbeat);
        self.take_result(state, &result, entry);
    }

    /// Calls a task; its result.
    pub fn call_task(
        &mut self,
        task: &Task,
        parameters: &Document,
        credentials: Option<TemplateId>,
        timeout: Duration,
        heartbeat: Duration,
    ) -> Document {
        let parameters = self.template(parameters);
        let root = Root::Result(self.state);
        let (result, set) = (self.slot(Place::of(root)), self.set_of(root));
        if self.is_learning() {
            return Document::of(root);
        }
        let resource = program::Resource::parse(&task.resource.text);
        self.builder.tasks.push(TaskInfo { state: self.program_state(), resource });
        let id = TaskId((self.builder.tasks.len() - 1) as u16);
        let site = TaskSite { task: id, parameters, timeout, heartbeat, credentials, result, set };
        let task = self.builder.task_site(site);
        self.builder.emit(Op::Task { task });
        Document::of(root)
    }

    /// After a Task, Parallel or Map has its result.
    pub fn take_result(&mut self, state: &State, result: &Document, entry: &Document) {
        self.break_run();
        let assignment = self.evaluate_assign(state.assign.as_ref(), result);
        let selected = match &state.result_selector {
            Some(template) => self.payload(&template.node, &template.site, result),
            None => result.clone(),
        };
        let placed = self.place(&state.result_path, entry, &selected);
        let output = self.filter(&state.output_path, &placed);
        self.finish(state, &output, entry, assignment);
    }

    /// The end of a state that has waited.
    pub fn finish(&mut self, state: &State, output: &Document, entry: &Document, assignment: Assignment) {
        self.limit(output, entry);
        self.charge_exit();
        let assigned = self.assign(assignment);
        self.tell_exit(output, assigned);
        self.leave(state, output, Last::Yes);
    }

    /// A retry begins here.
    pub fn bind_retry(&mut self) {
        let retry = self.builder.states[self.state.0 as usize].retry;
        self.builder.bind(retry);
        self.break_run();
    }

    /// A number of seconds, or of items.
    pub fn duration(&mut self, amount: Option<&Amount>, document: &Document, field: &'static str) -> Duration {
        match amount {
            None | Some(Amount::Computed(_)) => Duration::Never,
            Some(Amount::Fixed(number)) => Duration::Seconds(*number as u64),
            Some(Amount::Path(path)) => {
                let slot = self.reference(path, document, field);
                Duration::Slot { slot, field, path: path.text.as_str().into() }
            }
        }
    }
}
