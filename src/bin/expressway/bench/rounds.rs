//! What many passes over the same lines come to: the middle of them, and how far they lie apart.

use super::whole::Whole;
use std::time::Duration;

/// All passes on so many shards.
pub struct Rounds {
    pub shards: usize,
    pub passes: Vec<Whole>,
}

impl Rounds {
    /// Executions a second, in the middle of the passes.
    pub fn rate(&self) -> f64 {
        median(&self.rates())
    }

    /// How far the rates lie apart, as a part of the one in the middle.
    pub fn spread(&self) -> f64 {
        spread(&self.rates()) / self.rate()
    }

    /// Bytes of input a second.
    pub fn bytes_rate(&self) -> f64 {
        self.rate() * self.sum(|pass| pass.sums.input_bytes) as f64 / self.executions() as f64
    }

    /// Executions for each second that any thread worked.
    pub fn cpu_rate(&self) -> Option<f64> {
        self.cpu_ns().map(|ns| 1e9 / ns)
    }

    /// CPU time of an execution, in nanoseconds; none where it is not told or too little.
    pub fn cpu_ns(&self) -> Option<f64> {
        let used = self.used().filter(|used| *used >= USED_MIN);
        used.map(|used| used.as_nanos() as f64 / self.executions() as f64)
    }

    /// The part of the time in which no thread worked.
    pub fn waiting(&self) -> Option<f64> {
        let wall: Duration = self.passes.iter().map(|pass| pass.wall).sum();
        self.used().map(|used| (1.0 - used.as_secs_f64() / wall.as_secs_f64()).max(0.0))
    }

    /// Executions of one pass.
    pub fn executions_each(&self) -> u64 {
        self.passes.first().map_or(0, executions)
    }

    fn used(&self) -> Option<Duration> {
        self.passes.iter().map(|pass| pass.cpu).sum()
    }

    fn rates(&self) -> Vec<f64> {
        self.passes.iter().map(|pass| executions(pass) as f64 / pass.wall.as_secs_f64()).collect()
    }

    fn executions(&self) -> u64 {
        self.sum(executions)
    }

    fn sum(&self, of: impl Fn(&Whole) -> u64) -> u64 {
        self.passes.iter().map(of).sum()
    }
}

/// Less CPU time than this says nothing: it is told in steps of ten milliseconds.
const USED_MIN: Duration = Duration::from_millis(100);

/// Lines that started an execution.
pub fn executions(pass: &Whole) -> u64 {
    pass.sums.counts.lines() - pass.sums.counts.rejected
}

/// The number in the middle.
pub fn median(numbers: &[f64]) -> f64 {
    quantile(numbers, 0.5)
}

/// Half the distance between the quartiles: half of the numbers lie about so near to the middle.
pub fn spread(numbers: &[f64]) -> f64 {
    (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / 2.0
}

/// Between two numbers it is told by how near it is to each.
fn quantile(numbers: &[f64], part: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = part * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_quartiles_are_found() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (2.0, 2.5));
        assert_eq!((spread(&[5.0]), spread(&[1.0, 2.0, 3.0, 4.0, 100.0])), (0.0, 1.0));
        assert!(median(&[]).is_nan());
    }
}
