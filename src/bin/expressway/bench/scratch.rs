//! A folder for files that nobody needs when the command has ended, however it ends.

use crate::{Exit, Trouble};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;

/// The folder; it goes when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one, below the system's folder for such things.
    pub fn new() -> Result<Scratch, Trouble> {
        let name = |number| std::env::temp_dir().join(format!("expressway-bench-{}-{number}", std::process::id()));
        // One that is there already is somebody else's, and left alone.
        let mut made = (0..1000).map(name).map(|folder| fs::create_dir(&folder).map(|()| folder));
        let made = made.find(|made| !made.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists));
        let broken =
            |error| Trouble::Broken(format!("no folder can be made in {}: {error}", std::env::temp_dir().display()));
        made.unwrap_or_else(|| Err(ErrorKind::AlreadyExists.into())).map(Scratch).map_err(broken)
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// From now on SIGINT and SIGTERM end the process and leave no folder behind.
    pub fn heed_signals(&self) -> io::Result<()> {
        let folder = self.0.clone();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let wait = move || {
            if signals.forever().next().is_some() {
                remove(&folder);
                std::process::exit(Exit::Broken as i32);
            }
        };
        thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// Tries several times: another thread may just be writing there. Whoever cleans the system's folder takes it otherwise.
fn remove(folder: &Path) {
    let _ = (0..100).find(|_| fs::remove_dir_all(folder).is_ok() || !folder.exists());
}
