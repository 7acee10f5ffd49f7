//! The time of an execution by stages: differences between passes by hand, and what the engine takes beyond them.

use super::hand::{self, Handled, Stage};
use super::rounds::{Rounds, median, spread};
use super::sample::Sample;
use super::whole::Setting;
use crate::Trouble;
use std::io;
use std::path::Path;
use std::time::Duration;

/// One stage of an execution.
pub struct Part {
    pub name: &'static str,
    pub about: String,
    /// Its time for each execution, in nanoseconds.
    pub ns: f64,
    /// How far the rounds lie apart; none for what is left over.
    pub spread_ns: Option<f64>,
}

/// Passes by hand, one for each stage in each round.
pub struct Stages {
    stages: &'static [Stage],
    /// For each stage the time of each round.
    times: Vec<Vec<Duration>>,
    /// Whether executions ask for tasks or times, so that they cannot be run by hand.
    pub ask: bool,
}

impl Stages {
    /// Finds out which stages there are.
    pub fn new(setting: &Setting<'_>, sample: &Sample) -> Result<Stages, Trouble> {
        let (handled, _) = pass(setting, sample, Stage::Run)?;
        let ask = handled.asking > 0;
        let stages = if ask { &Stage::ALL[..Stage::Run as usize] } else { &Stage::ALL };
        Ok(Stages { stages, times: vec![Vec::new(); stages.len()], ask })
    }

    /// One more round. Each pass has to see so many lines and executions; the first stages do not know of these.
    pub fn round(&mut self, setting: &Setting<'_>, sample: &Sample, expected: (u64, u64)) -> Result<(), Trouble> {
        for (stage, times) in self.stages.iter().zip(&mut self.times) {
            let (handled, time) = pass(setting, sample, *stage)?;
            let executions = if *stage < Stage::Run { expected.1 } else { handled.ended + handled.asking };
            if (handled.lines, executions) != expected {
                return Err(setting.disagreement(expected, (handled.lines, executions)));
            }
            times.push(time);
        }
        Ok(())
    }

    /// The parts of an execution's time. They add up to its CPU time in these rounds on one shard, where that is told.
    pub fn parts(&self, rounds: &Rounds, output: &Path) -> Vec<Part> {
        let executions = rounds.executions_each() as f64;
        let ns = |times: &Vec<Duration>| times.iter().map(|time| time.as_nanos() as f64 / executions).collect();
        let times: Vec<Vec<f64>> = self.times.iter().map(ns).collect();
        let whole = rounds.cpu_ns();
        let sums: Vec<f64> = times.iter().map(|times| median(times)).chain(whole).collect();
        let named = self.stages.iter().map(|stage| described(*stage, output)).chain(whole.map(|_| self.rest()));
        let spreads = spreads(&times).into_iter().map(Some).chain([None]);
        let parts = named.zip(differences(&sums)).zip(spreads);
        parts.map(|(((name, about), ns), spread_ns)| Part { name, about, ns, spread_ns }).collect()
    }

    /// What the whole takes beyond the passes by hand.
    fn rest(&self) -> (&'static str, String) {
        let (name, about) = match self.ask {
            true => ("run", "the states and their tasks; outputs; all the engine does around"),
            false => ("engine", "blocks from thread to thread, in order; counts, prices, failure records"),
        };
        (name, about.into())
    }
}

/// What each sum has more than the one before. Who does more takes no less: where noise has it otherwise, the lower
/// time counts, since noise only adds.
fn differences(sums: &[f64]) -> Vec<f64> {
    let lowest_from = |place: usize| sums[place..].iter().copied().fold(f64::INFINITY, f64::min);
    let sums: Vec<f64> = (0..sums.len()).map(lowest_from).collect();
    let before = [0.0].into_iter().chain(sums.iter().copied());
    sums.iter().zip(before).map(|(sum, before)| sum - before).collect()
}

/// How far the differences of successive passes lie apart from round to round.
fn spreads(times: &[Vec<f64>]) -> Vec<f64> {
    let nothing = times.first().map_or(Vec::new(), |times| vec![0.0; times.len()]);
    let before = [&nothing].into_iter().chain(times);
    let difference = |with: &Vec<f64>, without: &Vec<f64>| -> Vec<f64> {
        with.iter().zip(without).map(|(with, without)| with - without).collect()
    };
    times.iter().zip(before).map(|(with, without)| spread(&difference(with, without))).collect()
}

fn pass(setting: &Setting<'_>, sample: &Sample, upto: Stage) -> Result<(Handled, Duration), Trouble> {
    let mut sink = setting.sink(Box::new(io::sink()))?;
    let passed = hand::pass(setting.program, &mut sample.source(), &mut sink, upto, sample.lines_max());
    passed.map_err(|trouble| match trouble {
        hand::Trouble::Input(error) => setting.input_broke(&error),
        hand::Trouble::Output(error) => setting.output_broke(&error),
    })
}

fn described(stage: Stage, output: &Path) -> (&'static str, String) {
    match stage {
        Stage::Read => ("read", "the file, into blocks of lines".into()),
        Stage::Index => ("index", "where the parts of each line begin; whether it is UTF-8".into()),
        Stage::Check => ("check", "the grammar; where the values are that states read".into()),
        Stage::Run => ("run", "the states; outputs put together".into()),
        Stage::Write => ("write", format!("outputs, to {}", output.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_add_up_and_none_is_below_nothing() {
        assert_eq!(differences(&[10.0, 30.0, 60.0]), [10.0, 20.0, 30.0]);
        assert_eq!(differences(&[10.0, 50.0, 40.0, 40.0, 70.0]), [10.0, 30.0, 0.0, 0.0, 30.0]);
        assert_eq!(differences(&[90.0, 80.0, 70.0]), [70.0, 0.0, 0.0]);
    }

    #[test]
    fn what_all_passes_of_a_round_have_in_common_is_no_spread() {
        // The second round is slower throughout, by a hundred; the stages are not.
        assert_eq!(spreads(&[vec![10.0, 110.0], vec![30.0, 130.0]]), [25.0, 0.0]);
    }
}
