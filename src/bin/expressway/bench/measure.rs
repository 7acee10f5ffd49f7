//! The order of measuring: first what becomes of the lines, then rounds on one shard and by hand, then rounds on all shards.

use super::rounds::{Rounds, executions};
use super::sample::Sample;
use super::scratch::Scratch;
use super::stages::{Part, Stages};
use super::whole::{Setting, Whole};
use crate::Trouble;
use expressway::bill::{Bill, Ledger, Prices};
use expressway::engine::{Counts, Engine};
use std::time::{Duration, Instant};

/// How to measure.
pub struct Plan {
    /// How long, about.
    pub seconds: f64,
    /// The most lines of the file.
    pub lines_max: Option<u64>,
    /// How many shards are all of them.
    pub shards: usize,
    /// Whether waiting takes time.
    pub waits: bool,
}

impl Plan {
    /// How long a pass takes, about.
    fn pass(&self) -> Duration {
        Duration::from_secs_f64((self.seconds * PASS).clamp(PASS_BOUNDS.0, PASS_BOUNDS.1))
    }
}

/// What becomes of the lines.
pub struct Survey {
    /// The pass that goes through them once.
    pub whole: Whole,
    /// Why the first line that did not succeed did not.
    pub first_cause: Option<String>,
    /// Whether they are the whole file.
    pub is_whole: bool,
}

impl Survey {
    /// Lines, blank ones too, and their bytes.
    fn size(&self) -> (u64, u64) {
        (lines(&self.whole), self.whole.sums.input_bytes)
    }
}

/// What was measured.
pub struct Measured {
    pub survey: Survey,
    pub sample: Sample,
    /// On one shard, and on all where there are more.
    pub rounds: Vec<Rounds>,
    pub parts: Vec<Part>,
    /// The part of the time on one shard in which executions that ask for tasks or times were waited for.
    pub waiting: Option<f64>,
    pub elapsed: Duration,
}

/// A pass takes about this part of the time; of lines that take longer, the first are measured.
const PASS: f64 = 1.0 / 50.0;
/// Shorter passes, in seconds, say little; longer ones no more.
const PASS_BOUNDS: (f64, f64) = (0.1, 2.0);
/// When rounds on one shard end, this part of the time is over.
const ONE_SHARD: f64 = 0.65;
/// Fewer rounds say nothing about how far they lie apart; more say nothing new.
const ROUNDS: (usize, usize) = (3, 200);
/// Lines that are left to measure, however long they take.
const LINES_MIN: u64 = 1000;

/// Measures with engines of so many shards, for at most so many lines. None: there is no engine, and the user has been
/// told why.
pub fn measure(
    setting: &Setting<'_>,
    plan: &Plan,
    scratch: &Scratch,
    mut engine: impl FnMut(usize, u64) -> Result<Option<Engine>, Trouble>,
) -> Result<Option<Measured>, Trouble> {
    let began = Instant::now();
    let Some(survey) = survey(setting, plan, |lines_max| engine(1, lines_max))? else { return Ok(None) };
    if executions(&survey.whole) == 0 {
        return Err(nothing(setting, &survey));
    }
    let sample = Sample::new(setting.file, survey.size(), survey.is_whole, scratch)?;
    let Some(alone) = engine(1, sample.lines_max())? else { return Ok(None) };
    let sample = long_enough(setting, &alone, sample, &survey.whole, plan.pass(), scratch)?;
    let mut measured = on_one_shard(setting, plan, &alone, survey, sample, began)?;
    drop(alone); // And its workers with it, before others are started.
    if plan.shards > 1 {
        let Some(together) = engine(plan.shards, measured.sample.lines_max())? else { return Ok(None) };
        let mut rounds = Rounds { shards: plan.shards, passes: Vec::new() };
        let expected = lines_and_executions(&measured.survey.whole, &measured.sample);
        while rounds.wants_more(began, plan.seconds) {
            rounds.passes.push(pass(setting, &together, &measured.sample, expected)?);
        }
        measured.rounds.push(rounds);
    }
    measured.elapsed = began.elapsed();
    Ok(Some(measured))
}

fn on_one_shard(
    setting: &Setting<'_>,
    plan: &Plan,
    engine: &Engine,
    survey: Survey,
    sample: Sample,
    began: Instant,
) -> Result<Measured, Trouble> {
    let expected = lines_and_executions(&survey.whole, &sample);
    let mut rounds = Rounds { shards: 1, passes: Vec::new() };
    let mut stages = Stages::new(setting, &sample)?;
    let until = if plan.shards > 1 { ONE_SHARD } else { 1.0 };
    while rounds.wants_more(began, plan.seconds * until) {
        rounds.passes.push(pass(setting, engine, &sample, expected)?);
        stages.round(setting, &sample, expected)?;
    }
    Ok(Measured {
        survey,
        sample,
        parts: stages.parts(&rounds, setting.output),
        waiting: if stages.ask && plan.waits { rounds.waiting() } else { None },
        elapsed: began.elapsed(),
        rounds: vec![rounds],
    })
}

/// Goes through the file as far as time allows, or through as many lines as wanted. If what was read in that time took
/// much longer, since executions did, fewer lines have to do. None: there is no engine.
fn survey(
    setting: &Setting<'_>,
    plan: &Plan,
    mut engine: impl FnMut(u64) -> Result<Option<Engine>, Trouble>,
) -> Result<Option<Survey>, Trouble> {
    let time = plan.pass();
    let mut go = |lines_max: Option<u64>| -> Result<Option<Survey>, Trouble> {
        let Some(engine) = engine(lines_max.unwrap_or(u64::MAX))? else { return Ok(None) };
        let time = if lines_max.is_some() { None } else { Some(time) };
        let (whole, first_cause) = setting.survey(&engine, time)?;
        let is_whole = !whole.cut_short && lines_max.is_none_or(|lines_max| lines(&whole) < lines_max);
        Ok(Some(Survey { whole, first_cause, is_whole }))
    };
    let surveyed = go(plan.lines_max)?;
    let Some(Survey { whole, .. }) = &surveyed else { return Ok(None) };
    let (lines, wall) = (lines(whole), whole.wall);
    // Nothing may have been read in time at all.
    let is_enough = wall < time * 2 && (lines > 0 || !whole.cut_short);
    if plan.lines_max.is_some() || is_enough || (1..=LINES_MIN).contains(&lines) {
        return Ok(surveyed);
    }
    go(Some(((lines as f64 * time.as_secs_f64() / wall.as_secs_f64()) as u64).max(LINES_MIN)))
}

fn nothing(setting: &Setting<'_>, survey: &Survey) -> Trouble {
    let (name, lines) = (setting.file.display(), survey.whole.sums.counts.rejected);
    Trouble::Wrong(match &survey.first_cause {
        None => format!("{name} has no lines, so there is nothing to measure"),
        Some(cause) => format!("no line of {name} starts an execution, all {lines} are rejected; {cause}"),
    })
}

/// The sample, repeated until a pass takes about so long; the survey is one.
fn long_enough(
    setting: &Setting<'_>,
    engine: &Engine,
    mut sample: Sample,
    survey: &Whole,
    wanted: Duration,
    scratch: &Scratch,
) -> Result<Sample, Trouble> {
    // A pass that does not work was held up, or it waits; then it is not to become much longer.
    let works = |cpu: Option<Duration>| cpu.is_none_or(|cpu| cpu >= wanted / 4);
    let (mut took, mut cpu) = (survey.wall, survey.cpu);
    while sample.lines_max() == u64::MAX && (took < wanted / 2 || took < wanted * 4 && !works(cpu)) {
        let more = (wanted.as_secs_f64() / took.as_secs_f64()).clamp(2.0, 10.0);
        let times = (sample.times() as f64 * more) as u64;
        sample = sample.repeated(times, scratch)?;
        Whole { wall: took, cpu, .. } = setting.pass(engine, Box::new(sample.source()))?;
    }
    Ok(sample)
}

/// Lines of a pass, blank ones too.
fn lines(pass: &Whole) -> u64 {
    pass.sums.counts.lines() + pass.sums.counts.blank
}

/// What each pass has to see: lines, blank ones too, and executions.
fn lines_and_executions(survey: &Whole, sample: &Sample) -> (u64, u64) {
    (lines(survey) * sample.times(), executions(survey) * sample.times())
}

fn pass(setting: &Setting<'_>, engine: &Engine, sample: &Sample, expected: (u64, u64)) -> Result<Whole, Trouble> {
    let whole = setting.pass(engine, Box::new(sample.source()))?;
    let seen = (lines(&whole), executions(&whole));
    if seen == expected { Ok(whole) } else { Err(setting.disagreement(expected, seen)) }
}

impl Rounds {
    fn wants_more(&self, began: Instant, seconds: f64) -> bool {
        let rounds = self.passes.len();
        rounds < ROUNDS.0 || rounds < ROUNDS.1 && began.elapsed().as_secs_f64() < seconds
    }
}

impl Measured {
    /// Everything that was run, as a run would count it.
    pub fn passes(&self) -> impl Iterator<Item = &Whole> {
        [&self.survey.whole].into_iter().chain(self.rounds.iter().flat_map(|rounds| &rounds.passes))
    }

    pub fn all_succeeded(&self) -> bool {
        self.passes().all(|pass| pass.sums.counts.all_succeeded())
    }

    pub fn panics(&self) -> u64 {
        self.passes().map(|pass| pass.sums.panics).sum()
    }

    /// Whether the same lines did not always come to the same: chance, or whoever does the tasks.
    pub fn varies(&self) -> bool {
        let (once, times) = (&self.survey.whole.sums.counts, self.sample.times());
        let parts = |counts: &Counts| [counts.succeeded, counts.failed, counts.timed_out, counts.aborted];
        let expected = parts(once).map(|count| count * times);
        self.rounds.iter().flat_map(|rounds| &rounds.passes).any(|pass| parts(&pass.sums.counts) != expected)
    }

    /// How long executions took on one shard, in nanoseconds: in the middle, and 99 of a hundred.
    pub fn latency_ns(&self) -> (u64, u64) {
        let mut latency = self.survey.whole.sums.latency_ns.clone();
        latency.reset();
        for pass in &self.rounds[0].passes {
            latency.add(&pass.sums.latency_ns).expect("all histograms have the same bounds");
        }
        (latency.value_at_quantile(0.5), latency.value_at_quantile(0.99))
    }

    /// What a million executions cost, at the first tier with nothing free.
    pub fn cost_per_million(&self, prices: &Prices) -> Bill {
        let mut ledger = Ledger::default();
        self.rounds[0].passes.iter().for_each(|pass| ledger += pass.ledger);
        ledger.list_bill_per_million(prices)
    }
}
