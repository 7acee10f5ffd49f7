//! The files a run reads beside its input, and those it writes.

use super::options::Output;
use crate::Trouble;
use crate::terminal::Notes;
use expressway::bill::Prices;
use expressway::feed::Files;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The text of a file that an option names.
pub fn text(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|error| Trouble::Wrong(format!("{} cannot be read: {error}", path.display())))
}

/// The prices of a file, or those built in.
pub fn prices(path: Option<&Path>) -> Result<Prices, Trouble> {
    let Some(path) = path else { return Ok(Prices::us_east_1()) };
    Prices::parse(&text(path)?).map_err(|error| Trouble::Wrong(format!("{}: {error}", path.display())))
}

/// Opens what the run writes. `kept` are files that must not be written over.
pub fn sink(output: &Output, kept: &[&Path]) -> Result<Files, Trouble> {
    let mut known: Vec<PathBuf> = kept.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut open = |path: &Option<PathBuf>| path.as_deref().map(|path| create(path, &mut known)).transpose();
    let (out, failures, history) = (open(&output.output)?, open(&output.failures)?, open(&output.history)?);
    // Opened now, so that a place that cannot be written is known before the run and not after it.
    open(&output.summary)?;
    Ok(Files {
        output: out.unwrap_or_else(|| Box::new(io::stdout())),
        failures: failures.unwrap_or_else(|| Box::new(Notes)),
        history: history.unwrap_or_else(|| Box::new(io::sink())),
    })
}

/// Empties or makes a file. A regular one is used for one thing only; pipes and devices can take several.
pub fn create(path: &Path, known: &mut Vec<PathBuf>) -> Result<Box<dyn Write + Send>, Trouble> {
    let existing = path.canonicalize().ok().filter(|path| path.is_file());
    if existing.is_some_and(|existing| known.contains(&existing)) {
        return Err(Trouble::Wrong(format!("{} is used for something else in this run", path.display())));
    }
    let file =
        File::create(path).map_err(|error| Trouble::Wrong(format!("{} cannot be written: {error}", path.display())))?;
    known.extend(path.canonicalize());
    Ok(Box::new(file))
}
