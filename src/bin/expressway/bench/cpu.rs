//! CPU time, as the system's clocks tell it.

use std::time::Duration;

/// What all threads of this process have used so far, those that have ended too. None where there is no such clock.
pub fn of_process() -> Option<Duration> {
    clock::read(clock::Scope::Process)
}

/// What this thread has used since a moment: CPU time where it is told, else time.
pub struct Stopwatch {
    began: std::time::Instant,
    used: Option<Duration>,
}

impl Stopwatch {
    pub fn start() -> Stopwatch {
        Stopwatch { used: clock::read(clock::Scope::Thread), began: std::time::Instant::now() }
    }

    pub fn read(&self) -> Duration {
        let elapsed = self.began.elapsed();
        clock::read(clock::Scope::Thread).zip(self.used).map_or(elapsed, |(now, before)| now.saturating_sub(before))
    }
}

mod clock {
    use std::time::Duration;

    #[derive(Clone, Copy)]
    pub enum Scope {
        Process,
        Thread,
    }

    #[cfg(unix)]
    pub fn read(scope: Scope) -> Option<Duration> {
        let id = match scope {
            Scope::Process => rustix::time::ClockId::ProcessCPUTime,
            Scope::Thread => rustix::time::ClockId::ThreadCPUTime,
        };
        rustix::time::clock_gettime(id).try_into().ok()
    }

    #[cfg(not(unix))]
    pub fn read(_: Scope) -> Option<Duration> {
        None
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_sleep_is_not() {
        let (watch, before) = (Stopwatch::start(), of_process().expect("there is a clock"));
        std::thread::sleep(Duration::from_millis(300));
        assert!(watch.read() < Duration::from_millis(200), "{:?}", watch.read());
        while watch.read() < Duration::from_millis(50) {}
        let used = of_process().expect("there is a clock") - before;
        assert!(used >= Duration::from_millis(40), "{used:?}");
    }
}
