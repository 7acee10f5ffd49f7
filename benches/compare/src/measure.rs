//! CPU time, cores, medians, and what machine this is.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::unistd::Pid;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// An odd number, so that there is a middle one.
pub const ROUNDS: usize = 7;

/// What something took.
#[derive(Clone, Copy)]
pub struct Took {
    /// User and system time of all threads, in seconds.
    pub cpu: f64,
    /// From start to end, in seconds.
    pub wall: f64,
}

/// What this thread takes for it.
pub fn thread(work: impl FnOnce()) -> Took {
    took(UsageWho::RUSAGE_THREAD, work)
}

/// What the processes take that are started and waited for in it.
pub fn children(work: impl FnOnce()) -> Took {
    took(UsageWho::RUSAGE_CHILDREN, work)
}

fn took(who: UsageWho, work: impl FnOnce()) -> Took {
    let used = || seconds(getrusage(who).expect("the system counts"));
    let (before, began) = (used(), Instant::now());
    work();
    Took { cpu: used() - before, wall: began.elapsed().as_secs_f64() }
}

fn seconds(usage: Usage) -> f64 {
    let microseconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1e6 + time.tv_usec() as f64;
    (microseconds(usage.user_time()) + microseconds(usage.system_time())) / 1e6
}

/// Does it on the last of the cores, the processes started in it included.
pub fn on_one_core<T>(work: impl FnOnce() -> T) -> T {
    let this = Pid::from_raw(0);
    let all = sched_getaffinity(this).expect("a thread has cores");
    let last = (0..CpuSet::count()).rev().find(|core| all.is_set(*core) == Ok(true)).expect("a thread has a core");
    let mut one = CpuSet::new();
    one.set(last).expect("the core was in a set");
    sched_setaffinity(this, &one).expect("a thread may have fewer cores");
    let done = work();
    sched_setaffinity(this, &all).expect("a thread may have its cores back");
    done
}

/// Repeats some works in turn; of each the median of what they tell.
pub fn rounds<const COUNT: usize>(mut works: [&mut dyn FnMut() -> f64; COUNT]) -> [f64; COUNT] {
    let mut told = [const { Vec::new() }; COUNT];
    for _ in 0..ROUNDS {
        for (told, work) in told.iter_mut().zip(&mut works) {
            told.push(work());
        }
    }
    told.map(median)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Repeats something until it has taken this long; how often it was done.
pub fn fill(long: Duration, mut work: impl FnMut()) -> u64 {
    let (began, mut times) = (Instant::now(), 0);
    while began.elapsed() < long {
        work();
        times += 1;
    }
    times
}

/// Says on which machine this is, and how it was built.
pub fn describe() {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| cpus.lines().find_map(|line| line.strip_prefix(name)?.split_once(": "));
    let model = field("model name").map_or("unknown", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{model}, {cores} cores; {}; {}", said("rustc", "--version"), said("uname", "-sr"));
    println!("Medians of {ROUNDS} rounds that alternate, all sides with mimalloc.\n");
}

fn said(command: &str, argument: &str) -> String {
    let output = Command::new(command).arg(argument).output();
    output.map_or_else(|_| command.to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
