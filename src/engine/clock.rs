//! The time: the one place in the library that looks at a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where virtual time begins when a run is to be repeatable: 2026-01-01T00:00:00Z.
const FIXED_MS: u64 = 1_767_225_600_000;

/// A clock that never goes back: the date at its start, and what has passed since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    began: Instant,
    began_ns: u64,
}

impl Clock {
    pub fn start() -> Clock {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { began: Instant::now(), began_ns: since_1970.as_nanos() as u64 }
    }

    /// When it was started, in nanoseconds since 1970.
    pub fn began_ns(&self) -> u64 {
        self.began_ns
    }

    /// Nanoseconds since 1970 (until the year 2554).
    pub fn now_ns(&self) -> u64 {
        self.began_ns + self.began.elapsed().as_nanos() as u64
    }

    /// The beginning of every execution's virtual time.
    pub fn virtual_start_ms(&self, seed: Option<u64>) -> u64 {
        if seed.is_some() { FIXED_MS } else { self.began_ns / 1_000_000 }
    }
}
