//! Tasks and waits: asked of the world, and what comes of the answers.

use super::event::What;
use super::execution::Pending;
use super::{Answer, Effect, Request, Vm, World, document};
use crate::builtin::timestamp;
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Source, Utf8, Value};
use crate::program::{Duration, Pattern, Pause, PauseId, Program, Resource, ResourceKind, TaskSite, TaskSiteId};

/// The longest wait and the largest number of seconds anywhere (States Language, "Timeouts").
const SECONDS_MAX: u64 = 99_999_999;

impl Vm {
    /// Asks for a task.
    pub(super) fn schedule(
        &mut self,
        program: &Program,
        index: u32,
        id: TaskSiteId,
        slots: &[Value],
        pc: usize,
        world: &mut World<'_>,
    ) -> Result<(), Box<Failure>> {
        let site = &program.task_sites[id.0 as usize];
        let timeout = self.seconds(program, index, &site.timeout, slots, pc, world)?;
        let heartbeat = self.seconds(program, index, &site.heartbeat, slots, pc, world)?;
        let template = &program.templates[site.parameters.0 as usize];
        let parameters = self
            .write(program, template, slots, world.block)
            .ok()
            .filter(|parameters| parameters.len() <= program.limits.payload_bytes)
            .ok_or_else(|| self.too_large(program, index, pc))?;
        let resource = &program.tasks[site.task.0 as usize].resource;
        self.tell_scheduled(program, index, site, resource, parameters, (timeout, heartbeat), slots, world);
        let earlier = self.count_scheduled(site.task);
        let ticket = self.suspend_frame(index, Pending::Task(id), world.now_ms);
        let ms = |seconds: Option<u64>| seconds.map(|seconds| seconds * 1000);
        let (timeout_ms, heartbeat_ms) = (ms(timeout), ms(heartbeat));
        self.request(Request { ticket, task: site.task, parameters, timeout_ms, heartbeat_ms, earlier }, world);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is in the event")]
    fn tell_scheduled(
        &mut self,
        program: &Program,
        index: u32,
        site: &TaskSite,
        resource: &Resource,
        parameters: Value,
        (timeout_seconds, heartbeat_seconds): (Option<u64>, Option<u64>),
        slots: &[Value],
        world: &mut World<'_>,
    ) {
        let events = if resource.pattern == Pattern::RequestResponse { 2 } else { 3 };
        if world.recorder.is_none() {
            self.events += events;
            return;
        }
        let parameters = self.text(program, world.block, parameters).to_vec();
        let credentials = site.credentials.map(|template| {
            let mut out = Vec::new();
            let template = &program.templates[template.0 as usize];
            document::write(template, slots, self.texts(program, world.block), &mut out);
            out
        });
        let previous = self.frames[index as usize].previous;
        let credentials = credentials.as_deref();
        let parameters = &parameters;
        let what = What::TaskScheduled { resource, parameters, timeout_seconds, heartbeat_seconds, credentials };
        let scheduled = self.emit(world, previous, what);
        let mut last = self.emit(world, scheduled, What::TaskStarted { resource });
        if events == 3 && resource.kind == ResourceKind::Service {
            last = self.emit(world, last, What::TaskSubmitted { resource });
        }
        self.frames[index as usize].previous = last;
    }

    /// A number of seconds that a field gives or a path leads to.
    fn seconds(
        &self,
        program: &Program,
        index: u32,
        duration: &Duration,
        slots: &[Value],
        pc: usize,
        world: &World<'_>,
    ) -> Result<Option<u64>, Box<Failure>> {
        match duration {
            Duration::Never => Ok(None),
            Duration::Seconds(seconds) => Ok(Some(*seconds)),
            Duration::Slot { slot, field, path } => {
                let text = self.text(program, world.block, slots[slot.0 as usize]);
                let seconds = json::integer(text).and_then(|seconds| u64::try_from(seconds).ok());
                match seconds.filter(|seconds| (1..=SECONDS_MAX).contains(seconds)) {
                    Some(seconds) => Ok(Some(seconds)),
                    None => {
                        let failure = super::fork::not_an_integer(field, path, text);
                        Err(self.located(program, index, pc, failure))
                    }
                }
            }
        }
    }

    /// Puts the task's result into its slot, or lets the state fail.
    pub(super) fn take_result(
        &mut self,
        program: &Program,
        index: u32,
        id: TaskSiteId,
        answer: Answer<'_>,
        world: &mut World<'_>,
    ) {
        let site = &program.task_sites[id.0 as usize];
        let resource = &program.tasks[site.task.0 as usize].resource;
        let failure = match answer {
            Answer::Output(text) => match self.read_result(program, index, site, resource, text) {
                Ok(output) => {
                    self.tell_succeeded(program, index, resource, output, world);
                    return;
                }
                Err(failure) => failure,
            },
            Answer::Failed(failure) => failure,
            Answer::TimedOut | Answer::Elapsed => {
                Failure { error: Some(ErrorName::Timeout.text().into()), cause: None }
            }
        };
        let previous = self.frames[index as usize].previous;
        let timed_out = failure.is(ErrorName::Timeout);
        let failure_ref = &failure;
        let what = match timed_out {
            true => What::TaskTimedOut { resource, failure: failure_ref },
            false => What::TaskFailed { resource, failure: failure_ref },
        };
        let id = self.emit(world, previous, what);
        let frame = &mut self.frames[index as usize];
        frame.previous = id;
        frame.pending = Pending::Failed;
        frame.failure = Some(Box::new(failure));
    }

    fn tell_succeeded(
        &mut self,
        program: &Program,
        index: u32,
        resource: &Resource,
        output: Value,
        world: &mut World<'_>,
    ) {
        if world.recorder.is_none() {
            self.events += 1;
            return;
        }
        let output = self.text(program, world.block, output).to_vec();
        let previous = self.frames[index as usize].previous;
        let id = self.emit(world, previous, What::TaskSucceeded { resource, output: &output });
        self.frames[index as usize].previous = id;
    }

    /// Reads the result: it must be JSON and no larger than a payload may be.
    fn read_result(
        &mut self,
        program: &Program,
        index: u32,
        site: &TaskSite,
        resource: &Resource,
        text: &[u8],
    ) -> Result<Value, Failure> {
        if text.len() > program.limits.payload_bytes {
            let name = if resource.kind == ResourceKind::Service { &resource.resource_type } else { &resource.arn };
            return Err(super::lack::too_large(name));
        }
        let start = self.arena.len();
        self.arena.extend_from_slice(text);
        let end = self.arena.len();
        let slots = &mut self.frames[index as usize].slots;
        let reader = &mut self.readers[site.set.0 as usize];
        match reader.read(&self.arena, start..end, Utf8::Unknown, Source::Arena, slots) {
            Ok(value) => {
                slots[site.result.0 as usize] = value;
                Ok(value)
            }
            Err(malformed) => {
                let cause = format!("The task's result is not JSON: {}", malformed.reason);
                Err(Failure::new(ErrorName::TaskFailed, cause))
            }
        }
    }

    /// Lets the frame wait.
    pub(super) fn pause(
        &mut self,
        program: &Program,
        index: u32,
        id: PauseId,
        slots: &[Value],
        pc: usize,
        world: &mut World<'_>,
    ) -> Result<(), Box<Failure>> {
        let pause = &program.pauses[id.0 as usize];
        let until_ms =
            self.until(program, pause, slots, world).map_err(|failure| self.located(program, index, pc, failure))?;
        let ticket = self.suspend_frame(index, Pending::Time, world.now_ms);
        world.effects.push(Effect::Wait { ticket, until_ms });
        Ok(())
    }

    fn until(&self, program: &Program, pause: &Pause, slots: &[Value], world: &World<'_>) -> Result<u64, Failure> {
        let runtime = |cause: String| Failure::new(ErrorName::Runtime, cause);
        let seconds_later = |seconds: u64| world.now_ms + seconds * 1000;
        match pause {
            Pause::Milliseconds(ms) => Ok(world.now_ms + ms),
            Pause::Until(ms) => timely(*ms, world.now_ms),
            Pause::Seconds { slot, path } => {
                let text = self.text(program, world.block, slots[slot.0 as usize]);
                let shown = String::from_utf8_lossy(text);
                let Some(seconds) = json::integer(text) else {
                    let cause =
                        format!("The SecondsPath parameter cannot be parsed as a long value: {path} == {shown}");
                    return Err(runtime(cause));
                };
                match u64::try_from(seconds) {
                    Ok(seconds) if seconds <= SECONDS_MAX => Ok(seconds_later(seconds)),
                    Ok(_) => Err(too_long()),
                    Err(_) => {
                        let cause = format!("The SecondsPath parameter references a negative value: {path} == {shown}");
                        Err(runtime(cause))
                    }
                }
            }
            Pause::Timestamp { slot, path } => {
                let text = self.text(program, world.block, slots[slot.0 as usize]);
                let shown = match text.first() {
                    Some(b'"') => json::decode(text),
                    _ => String::from_utf8_lossy(text),
                };
                let parsed = (text.first() == Some(&b'"')).then(|| timestamp::parse(shown.as_bytes())).flatten();
                match parsed {
                    Some(moment) => timely(moment.milliseconds().max(0) as u64, world.now_ms),
                    None => Err(runtime(format!(
                        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
                         date-time format string: {path} == {shown}"
                    ))),
                }
            }
        }
    }
}

/// A moment, unless it is too far away (recorded: `test_timestamp_too_far_in_future_boundary`).
fn timely(until_ms: u64, now_ms: u64) -> Result<u64, Failure> {
    if until_ms.saturating_sub(now_ms) > SECONDS_MAX * 1000 { Err(too_long()) } else { Ok(until_ms) }
}

fn too_long() -> Failure {
    Failure::new(ErrorName::Runtime, "Wait state delay is too long.")
}
