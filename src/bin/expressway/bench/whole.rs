//! Passes of everything, as `run` would do it: the engine, its threads, counting and pricing.

use super::cpu;
use crate::Trouble;
use crate::run::watch::Watched;
use expressway::bill::{Ledger, Prices};
use expressway::engine::{Control, Engine, Report, Source, Sums, Trouble as RunTrouble};
use expressway::feed::{self, Files, Input, Lines};
use expressway::program::Program;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What all passes have in common.
pub struct Setting<'a> {
    pub program: &'a Arc<Program>,
    pub prices: Arc<Prices>,
    /// The inputs.
    pub file: &'a Path,
    /// Where outputs go.
    pub output: &'a Path,
}

/// What a pass came to.
pub struct Whole {
    /// From its start to its end.
    pub wall: Duration,
    /// What all threads used, where the system tells.
    pub cpu: Option<Duration>,
    pub sums: Sums,
    pub ledger: Ledger,
    /// Whether it was told to end before its input did.
    pub cut_short: bool,
}

impl<'a> Setting<'a> {
    pub fn new(program: &'a Arc<Program>, prices: Prices, file: &'a Path, output: &'a Path) -> Setting<'a> {
        Setting { program, prices: Arc::new(prices), file, output }
    }

    /// The outputs' file, emptied. Records of failures are made, as in a run, and nobody reads them but `failures`.
    pub fn sink(&self, failures: Box<dyn Write + Send>) -> Result<Files, Trouble> {
        let output = File::create(self.output).map_err(|error| self.output_broke(&error))?;
        Ok(Files { output: Box::new(output), failures, history: Box::new(io::sink()) })
    }

    pub fn output_broke(&self, error: &io::Error) -> Trouble {
        Trouble::Broken(format!("{} cannot be written: {error}", self.output.display()))
    }

    pub fn input_broke(&self, error: &io::Error) -> Trouble {
        Trouble::Broken(format!("{} cannot be read: {error}", self.file.display()))
    }

    /// Passes did not see the same lines and executions.
    pub fn disagreement(&self, expected: (u64, u64), seen: (u64, u64)) -> Trouble {
        let name = self.file.display();
        let told = |(lines, executions)| format!("{lines} lines with {executions} executions");
        Trouble::Broken(format!("{name} has changed while it was measured: {}, then {}", told(expected), told(seen)))
    }

    /// Runs all lines of a source.
    pub fn pass(&self, engine: &Engine, source: Box<dyn Source>) -> Result<Whole, Trouble> {
        self.pass_telling(engine, source, Box::new(io::sink()), &Control::new())
    }

    fn pass_telling(
        &self,
        engine: &Engine,
        source: Box<dyn Source>,
        failures: Box<dyn Write + Send>,
        control: &Control,
    ) -> Result<Whole, Trouble> {
        let mut sink = self.sink(failures)?;
        let settings = feed::Settings { failures: true, ..feed::Settings::default() };
        let scribe = || Watched::new(settings.clone(), &self.prices, None);
        let before = cpu::of_process();
        let report = engine.run(std::slice::from_ref(self.program), source, &mut sink, scribe, control);
        let used = cpu::of_process().zip(before).map(|(now, before)| now.saturating_sub(before));
        let report = report.map_err(|error| Trouble::Wrong(error.to_string()))?;
        match report.trouble {
            Some(RunTrouble::Input { error, .. }) => return Err(self.input_broke(&error)),
            Some(RunTrouble::Output { error, .. }) => return Err(self.output_broke(&error)),
            None => {}
        }
        let mut ledger = Ledger::default();
        report.scribes.iter().for_each(|scribe| ledger += scribe.ledger());
        let Report { elapsed: wall, sums, cut_short, .. } = report;
        Ok(Whole { wall, cpu: used, sums, ledger, cut_short })
    }

    /// Runs the lines of the file, as far as they are read in this time, and says of the first that does not succeed why.
    pub fn survey(&self, engine: &Engine, time: Option<Duration>) -> Result<(Whole, Option<String>), Trouble> {
        let (first, control) = (First::default(), Control::new());
        let source = Box::new(Lines::new(vec![Input::File(self.file.to_owned())]));
        let (done, is_done) = mpsc::channel::<()>();
        let whole = thread::scope(|scope| {
            let control = &control;
            let alarm = move || {
                if is_done.recv_timeout(time.unwrap_or(Duration::MAX)) == Err(RecvTimeoutError::Timeout) {
                    control.drain();
                }
            };
            thread::Builder::new()
                .spawn_scoped(scope, alarm)
                .map_err(|error| Trouble::Broken(format!("no thread can be started: {error}")))?;
            let whole = self.pass_telling(engine, source, Box::new(first.clone()), control);
            drop(done);
            whole
        })?;
        let record = first.0.lock().expect("nobody panics while holding it");
        Ok((whole, cause(&record)))
    }
}

/// Why the execution of this record did not succeed.
fn cause(record: &[u8]) -> Option<String> {
    let record: serde_json::Value = serde_json::from_slice(record).ok()?;
    let text = |member: &str| record[member].as_str().map(str::to_owned);
    // A rejected line's cause begins with where it is.
    let place = (record["status"] != "REJECTED").then(|| format!("line {}", record["line"]));
    let error = place.is_some().then(|| text("error")).flatten();
    let parts: Vec<String> = [place, error, text("cause")].into_iter().flatten().collect();
    Some(parts.join(": "))
}

/// Keeps the first line that is written to it.
#[derive(Clone, Default)]
struct First(Arc<Mutex<Vec<u8>>>);

impl Write for First {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut first = self.0.lock().expect("nobody panics while holding it");
        if !first.ends_with(b"\n") {
            first.extend(text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default());
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
