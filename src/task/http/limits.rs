//! What a binding allows its service: requests out at once, requests per second, seconds for each.

use std::time::Duration;
use tokio::time::Instant;

/// What a binding allows its service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The most requests that are out at once; the others wait, in order.
    pub max_in_flight: usize,
    /// Requests begun in a second, evenly: a tenth of a second's worth may begin at once.
    pub rate_per_second: Option<f64>,
    /// How long a request may take once it has begun.
    pub timeout: Duration,
}

/// When the next request may begin (the generic cell rate algorithm, I.371).
pub(super) struct Pace {
    interval: Duration,
    /// How far ahead of an even pace requests may begin.
    ahead: Duration,
    /// When one would begin at an even pace.
    even: Instant,
}

impl Pace {
    pub fn new(rate_per_second: f64) -> Pace {
        let interval = Duration::from_secs_f64(1.0 / rate_per_second);
        Pace { interval, ahead: Duration::from_millis(100).saturating_sub(interval), even: Instant::now() }
    }

    /// When the next one may begin; it may be past.
    pub fn next(&self) -> Instant {
        self.even.checked_sub(self.ahead).unwrap_or(self.even)
    }

    /// One begins.
    pub fn begin(&mut self, now: Instant) {
        self.even = self.even.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many begin in so many milliseconds if one always wants to.
    fn begun(rate: f64, milliseconds: u64) -> usize {
        let mut pace = Pace::new(rate);
        let start = pace.even;
        let mut count = 0;
        for passed in 0..milliseconds {
            let now = start + Duration::from_millis(passed);
            while pace.next() <= now {
                pace.begin(now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn a_pace_is_kept_with_a_tenth_of_a_second_ahead() {
        assert_eq!(begun(1000.0, 1000), 1099);
        assert_eq!(begun(1000.0, 1), 100);
        assert_eq!(begun(1.0, 2500), 3);
        assert_eq!(begun(0.5, 2500), 2);
        assert_eq!(begun(20.0, 1000), 21);
    }

    #[test]
    fn idle_time_is_not_saved_up() {
        let mut pace = Pace::new(10.0);
        let late = pace.even + Duration::from_secs(60);
        pace.begin(late);
        assert_eq!(pace.next(), late + Duration::from_millis(100));
    }
}
