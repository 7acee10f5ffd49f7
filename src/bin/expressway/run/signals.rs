//! SIGINT and SIGTERM: the first lets a run finish what it has read, the second stops it at once.

use crate::{Exit, terminal};
use expressway::engine::Control;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many signals have come.
pub struct Heard(Arc<AtomicUsize>);

impl Heard {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Listens from now on, on a thread of its own.
pub fn listen(control: &Control) -> io::Result<Heard> {
    let heard = Arc::new(AtomicUsize::new(0));
    let (count, control) = (heard.clone(), control.clone());
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in &mut signals {
            match count.fetch_add(1, Ordering::Relaxed) {
                0 => {
                    control.drain();
                    terminal::say("finishing what was read; once more to stop at once\n");
                }
                1 => control.stop(),
                // Whatever it is that hangs, the user has asked three times.
                _ => std::process::exit(Exit::Broken as i32),
            }
        }
    })?;
    Ok(Heard(heard))
}
