//! How much later than due executions ended, and what part of that was the service's.

use crate::service::Service;
use expressway::engine::{Fate, Page, Scribe, Subject};
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::time::Duration;

/// When an execution should end.
#[derive(Clone)]
pub enum Due {
    /// At a time, in milliseconds since 1970, that follows from its number.
    At(fn(u64) -> u64),
    /// So long after its beginning, from its number.
    After(fn(u64) -> Duration),
    /// So long after its beginning, since this service takes so long; it knows how late it was itself.
    Answered(Arc<Service>, Duration),
    /// Nobody asks.
    Never,
}

/// Writes outputs, and notes how much later than due executions ended, in microseconds.
pub struct Lateness {
    due: Due,
    began_us: Option<u64>,
    /// When the first was due, and the last.
    due_us: (u64, u64),
    all: Histogram<u64>,
    /// Of executions that began when the run had found its memory.
    warm: Histogram<u64>,
    /// The part of the service in the former, and the rest.
    service: Histogram<u64>,
    engine: Histogram<u64>,
}

impl Lateness {
    pub fn of(due: Due) -> Lateness {
        let [all, warm, service, engine] = [(); 4].map(|()| histogram());
        Lateness { due, began_us: None, due_us: (u64::MAX, 0), all, warm, service, engine }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(3_600_000_000, 3).expect("the bounds are fixed and in range")
}

impl Scribe for Lateness {
    fn tell(&mut self, subject: &Subject<'_>, _input: &[u8], fate: Fate<'_>, page: &mut Page, _from: usize) {
        let Fate::Ended(outcome) = fate else { return };
        page.output.push(b'\n');
        let number = subject.origin.line - 1;
        let due_us = match &self.due {
            Due::At(due_ms) => (due_ms(number) * 1000).max(subject.started_us),
            Due::After(time) => subject.started_us + time(number).as_micros() as u64,
            Due::Answered(_, time) => subject.started_us + time.as_micros() as u64,
            Due::Never => return,
        };
        let late_us = (subject.started_us + outcome.usage.duration_us).saturating_sub(due_us);
        self.all.saturating_record(late_us);
        self.due_us = (self.due_us.0.min(due_us), self.due_us.1.max(due_us));
        if subject.started_us > *self.began_us.get_or_insert(subject.started_us) + 1_000_000 {
            self.warm.saturating_record(late_us);
            if let Due::Answered(service, _) = &self.due {
                let service_us = service.late_us(subject.name.number);
                self.service.saturating_record(service_us);
                self.engine.saturating_record(late_us.saturating_sub(service_us));
            }
        }
    }
}

/// Tells how late executions ended.
pub fn tell(what: &str, scribes: &[Lateness]) {
    let due_us = scribes.iter().map(|scribe| scribe.due_us);
    let (first, last) = due_us.fold((u64::MAX, 0), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    let all = sum(scribes, |scribe| &scribe.all);
    let thousands = all.len() * 1000 / (last - first).max(1);
    println!("{what}, {thousands} thousand due a second: late by {}", shown(&all));
    let warm = sum(scribes, |scribe| &scribe.warm);
    if !warm.is_empty() {
        println!("          of those that began after the first second: {}", shown(&warm));
    }
    let service = sum(scribes, |scribe| &scribe.service);
    if !service.is_empty() {
        println!("          of that the service was late by {}", shown(&service));
        println!("          and the rest is {}", shown(&sum(scribes, |scribe| &scribe.engine)));
    }
}

fn sum(scribes: &[Lateness], part: fn(&Lateness) -> &Histogram<u64>) -> Histogram<u64> {
    let mut sum = histogram();
    for scribe in scribes {
        sum.add(part(scribe)).expect("they have the same bounds");
    }
    sum
}

fn shown(late: &Histogram<u64>) -> String {
    let at = |part| late.value_at_quantile(part) as f64 / 1e3;
    format!("{:.2} ms in the middle, {:.2} at 99 %, {:.2} at most", at(0.5), at(0.99), at(1.0))
}
