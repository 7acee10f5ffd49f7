//! A failure meets the state's retriers, then its catchers, then ends the branch and with it the state around it.
//!
//! Retriers are tried in order; each counts its own attempts (States Language, "Retrying after error").

use super::event::What;
use super::execution::Pending;
use super::{Effect, Vm, World};
use crate::builtin::random::Random;
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Value};
use crate::program::{Duration, Label, Op, Program, Retrier, StateId, StateInfo};

/// What becomes of a failed state.
enum Verdict {
    Retry { delay_ms: u64 },
    Catch { target: Label },
    End,
}

impl Vm {
    /// Deals with the failure of a frame; gives it back if the execution ends with it.
    pub(super) fn fail(
        &mut self,
        program: &Program,
        mut index: u32,
        failure: Failure,
        world: &mut World<'_>,
    ) -> Option<Failure> {
        loop {
            let state = self.refund(program, index, world);
            let from_branch = self.frames[index as usize].join.is_some();
            // A Map whose items could not be had has failed as one (recorded).
            let told = from_branch || failure.is(ErrorName::QueryEvaluationError) && self.is_to_fork(program, index);
            match self.verdict(program, index, state, &failure) {
                Verdict::Retry { delay_ms } => {
                    self.usage.retries += 1;
                    world.tally.retried[state.0 as usize] += 1;
                    self.frames[index as usize].join = None;
                    self.frames[index as usize].pc = program.states[state.0 as usize].retry.0;
                    let ticket = self.suspend_frame(index, Pending::Time, world.now_ms);
                    world.effects.push(Effect::Wait { ticket, until_ms: world.now_ms.saturating_add(delay_ms) });
                    return None;
                }
                Verdict::Catch { target } => {
                    if told {
                        self.state_failed(program, index, state, world);
                    }
                    let frame = &mut self.frames[index as usize];
                    frame.pc = target.0;
                    frame.catching = true;
                    frame.failure = Some(Box::new(failure));
                    self.ready.push_front(index);
                    return None;
                }
                Verdict::End => {
                    world.tally.failed[state.0 as usize] += 1;
                    if told {
                        self.state_failed(program, index, state, world);
                    }
                }
            }
            match self.frames[index as usize].parent {
                Some(parent) => {
                    self.branch_failed(program, index, parent, world);
                    index = parent;
                }
                None => return Some(failure),
            }
        }
    }

    /// Takes back what was charged for states of the run that were not reached; the state that failed.
    fn refund(&mut self, program: &Program, index: u32, world: &mut World<'_>) -> StateId {
        let frame = &self.frames[index as usize];
        let state = program.sites[frame.pc.max(1) as usize - 1];
        let run = &program.runs[frame.run as usize];
        let whole = program.states[state.0 as usize].part_of.unwrap_or(state);
        let Some(place) = run.entered.iter().position(|(entered, _)| *entered == whole) else {
            return state;
        };
        let reached = run.entered[place].1;
        // Where the run ends with this entry, what has happened since was counted on its own.
        if reached < run.events {
            self.events -= u64::from(run.events - reached);
            for (unreached, _) in &run.entered[place + 1..] {
                self.usage.transitions -= 1;
                world.tally.unreached[unreached.0 as usize] += 1;
            }
        }
        state
    }

    fn verdict(&mut self, program: &Program, index: u32, state: StateId, failure: &Failure) -> Verdict {
        if self.frames[index as usize].catching {
            return Verdict::End;
        }
        let info = &program.states[state.0 as usize];
        let heartbeat = failure.is(ErrorName::Timeout) && has_heartbeat(program, state);
        let attempts = &mut self.frames[index as usize].attempts;
        if let Some(delay_ms) = retry(info, attempts, failure, heartbeat, &mut self.random) {
            return Verdict::Retry { delay_ms };
        }
        let catcher = info.catchers.iter().find(|catcher| matches(&catcher.errors, failure, heartbeat));
        catcher.map_or(Verdict::End, |catcher| Verdict::Catch { target: catcher.target })
    }

    /// Whether the frame is in a Parallel or Map state that has not begun its branches.
    fn is_to_fork(&self, program: &Program, index: u32) -> bool {
        let pc = self.frames[index as usize].pc.max(1) as usize;
        let site = program.sites[pc - 1];
        let rest = program.code[pc..].iter().zip(&program.sites[pc..]);
        rest.take_while(|(_, of)| **of == site).any(|(op, _)| matches!(op, Op::Fork { .. }))
    }

    /// Tells that a Parallel or Map state failed: because a branch of it did, or because it could not begin any.
    fn state_failed(&mut self, program: &Program, index: u32, state: StateId, world: &mut World<'_>) {
        let previous = self.frames[index as usize].previous;
        let map = program.states[state.0 as usize].kind == "Map";
        let id = self.emit(world, previous, if map { What::MapStateFailed } else { What::ParallelStateFailed });
        let frame = &mut self.frames[index as usize];
        frame.previous = id;
        frame.join = None;
    }

    /// Error and cause of the failure that was caught, as JSON strings; null where it has none (recorded).
    pub(super) fn caught(&mut self, index: u32) -> (Value, Value) {
        let failure = self.frames[index as usize].failure.take().unwrap_or_default();
        let mut keep = |text: Option<&str>| {
            let mut out = Vec::new();
            match text {
                Some(text) => json::quote(text, &mut out),
                None => out.extend_from_slice(b"null"),
            }
            self.keep(&out)
        };
        (keep(failure.error.as_deref()), keep(failure.cause.as_deref()))
    }
}

fn has_heartbeat(program: &Program, state: StateId) -> bool {
    let of_state = |site: &&crate::program::TaskSite| program.tasks[site.task.0 as usize].state == state;
    program.task_sites.iter().filter(of_state).any(|site| site.heartbeat != Duration::Never)
}

/// The delay of the first retrier that matches and has attempts left.
fn retry(
    info: &StateInfo,
    attempts: &mut Vec<u32>,
    failure: &Failure,
    heartbeat: bool,
    random: &mut Random,
) -> Option<u64> {
    let place = info.retriers.iter().position(|retrier| matches(&retrier.errors, failure, heartbeat))?;
    let retrier = &info.retriers[place];
    if attempts.len() < info.retriers.len() {
        attempts.resize(info.retriers.len(), 0);
    }
    if u64::from(attempts[place]) >= retrier.max_attempts {
        return None;
    }
    attempts[place] += 1;
    Some(delay_ms(retrier, attempts[place], random))
}

/// `min(Interval * Backoff^(n-1), MaxDelay)`, then jitter.
fn delay_ms(retrier: &Retrier, attempt: u32, random: &mut Random) -> u64 {
    let is_constant = attempt == 1 || retrier.backoff_rate == 1.0;
    let factor = if is_constant { 1.0 } else { retrier.backoff_rate.powf(f64::from(attempt - 1)) };
    let grown = retrier.interval_ms as f64 * factor;
    let delay = grown.min(retrier.max_delay_ms as f64);
    let delay = if retrier.full_jitter { delay * random.fraction() } else { delay };
    delay as u64 // Saturates: a delay beyond the range of u64 is for ever.
}

/// Whether one of the names stands for the failure. `States.Runtime` is never retried or caught, not even by its name
/// (recorded: `test_catch_states_runtime`); `States.ALL` does match `States.DataLimitExceeded` (recorded, against the guide).
fn matches(errors: &[Box<str>], failure: &Failure, heartbeat: bool) -> bool {
    if failure.is(ErrorName::Runtime) {
        return false;
    }
    let named = |name: &str| {
        name == ErrorName::All.text()
            || failure.error.as_deref() == Some(name)
            || name == ErrorName::TaskFailed.text() && !failure.is(ErrorName::Timeout)
            || name == ErrorName::HeartbeatTimeout.text() && heartbeat
    };
    errors.iter().any(|name| named(name))
}
