//! The I/O thread: one runtime for the connections of all services.

use std::io;
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The I/O thread. It ends, with all it does, when this is dropped.
pub struct Thread {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Thread {
    /// Starts it.
    ///
    /// # Errors
    /// The system gives no thread, or nothing to wait for its connections with.
    pub fn start() -> io::Result<Thread> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("services".into()).spawn(move || {
            // An error says that nobody can stop it any more, which stops it.
            let _ = runtime.block_on(stopped);
            // A name that is being looked up cannot be interrupted; it is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Thread { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Where work can be given to it.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by the panic hook.
            let _ = thread.join();
        }
    }
}
