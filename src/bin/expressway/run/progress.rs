//! The progress line: on a terminal, a few times a second, one line about the run.

use super::options::Output;
use super::watch::{Glance, Watch};
use crate::terminal;
use expressway::bill::Prices;
use std::io::{self, IsTerminal};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the line is written.
const PERIOD: Duration = Duration::from_millis(250);

/// A line that is shown until this is dropped.
pub struct Progress {
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Shows the line, if stderr is a terminal that nothing else fills, and nobody asked for quiet.
pub fn start(watch: &Arc<Watch>, prices: &Arc<Prices>, output: &Output) -> Option<Progress> {
    let is_filled = output.output.is_none() && io::stdout().is_terminal();
    if output.quiet || is_filled || !io::stderr().is_terminal() {
        return None;
    }
    let (end, ended) = mpsc::channel();
    let (watch, prices) = (watch.clone(), prices.clone());
    let spawned = thread::Builder::new().name("progress".into()).spawn(move || show(&watch, &prices, &ended));
    // Without a thread there is no line, and the run goes on.
    spawned.ok().map(|thread| Progress { end: Some(end), thread: Some(thread) })
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // Had it panicked, there would just be no line.
        }
    }
}

fn show(watch: &Watch, prices: &Prices, ended: &mpsc::Receiver<()>) {
    let (mut before, mut at) = (Glance::default(), Instant::now());
    while let Err(mpsc::RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
        let (glance, now) = (watch.glance(), Instant::now());
        let rate = (glance.done - before.done) as f64 / (now - at).as_secs_f64();
        // A terminal too narrow for the line cuts it off instead of wrapping it.
        terminal::say(&format!("\x1b[?7l{}\x1b[?7h", line(&glance, rate, prices)));
        (before, at) = (glance, now);
    }
    terminal::say(terminal::CLEAR);
}

fn line(glance: &Glance, rate: f64, prices: &Prices) -> String {
    let Glance { read, done, not_succeeded, ledger, .. } = glance;
    let bill = ledger.list_bill(prices);
    let (half, most) = (time(glance.duration_us(0.5)), time(glance.duration_us(0.99)));
    format!(
        "{done} done, {rate:.0}/s, {} in flight, {not_succeeded} not succeeded, p50 {half}, p99 {most}, Express {}, Standard {}",
        read.saturating_sub(*done),
        bill.express.to_digits(6),
        bill.standard.to_digits(6),
    )
}

/// A time in the unit people would say it in.
fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}
