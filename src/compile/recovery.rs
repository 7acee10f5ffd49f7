//! Retriers and catchers.

use super::document::{Document, Place};
use super::lower::{Deferred, Last, Lowering};
use crate::asl::graph::{self, QueryLanguage, State};
use crate::program::{self, Op};

/// Without `MaxDelaySeconds` nothing bounds a delay.
const NO_MAX_DELAY: u64 = u64::MAX;

impl Lowering<'_> {
    /// Notes the state's retriers and where its catchers are going to be.
    pub fn describe_recovery(&mut self, state: &State, catchers: &[program::Label]) {
        if self.is_learning() {
            return;
        }
        let names = |errors: &[String]| errors.iter().map(|name| name.as_str().into()).collect();
        let retrier = |retrier: &graph::Retrier| program::Retrier {
            errors: names(&retrier.errors),
            interval_ms: retrier.interval_seconds.saturating_mul(1000),
            max_attempts: retrier.max_attempts,
            backoff_rate: retrier.backoff_rate,
            max_delay_ms: retrier.max_delay_seconds.map_or(NO_MAX_DELAY, |seconds| seconds.saturating_mul(1000)),
            full_jitter: retrier.full_jitter,
        };
        let catcher = |(catcher, target): (&graph::Catcher, &program::Label)| program::Catcher {
            errors: names(&catcher.errors),
            target: *target,
        };
        let info = &mut self.builder.states[self.state.0 as usize];
        info.retriers = state.retriers.iter().map(retrier).collect();
        info.catchers = state.catchers.iter().zip(catchers).map(catcher).collect();
    }

    /// The code of a catcher: the error output is put into the state's input and handed on.
    pub fn lower_catcher(&mut self, deferred: Deferred) {
        let state = &self.graph.states[deferred.state.0 as usize];
        let catcher = &state.catchers[deferred.catcher];
        self.break_run();
        self.present.clear();
        self.begin_state(deferred.state, deferred.temporaries);
        self.builder.bind(deferred.label);
        let (error, cause) = (self.temporary(), self.temporary());
        let caught = Op::Caught { error: self.slot(Place::of(error)), cause: self.slot(Place::of(cause)) };
        self.builder.emit(caught);
        let result = self.object([("Error", Document::of(error)), ("Cause", Document::of(cause))]);
        let (output, assignment) = match state.language {
            QueryLanguage::JsonPath => {
                let assignment = self.evaluate_assign(catcher.assign.as_ref(), &result);
                (self.place(&catcher.result_path, &deferred.entry, &result), assignment)
            }
            QueryLanguage::Jsonata => self.catch_jsonata(catcher, &result, &deferred.entry),
        };
        self.limit(&output, &deferred.entry);
        self.charge_exit();
        let assigned = self.assign(assignment);
        self.tell_exit(&output, assigned);
        self.go(catcher.next, &output, Last::No);
    }
}
