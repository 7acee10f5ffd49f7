//! Commands as connectors: requests go to an I/O thread, which keeps the workers of all bindings busy.
//!
//! A worker reads one request per line, `{"id":7,"resource":"arn:…","input":…,"context":{"Execution":{"Id":…,"Name":…},
//! "State":{"Name":…}}}` (`parameters` instead of `input` for service integrations), and writes one answer per line, in
//! any order: `{"id":7,"output":…}` or `{"id":7,"error":"Name","cause":"text"}`. Its output is the task's result as it
//! stands, for `lambda:invoke` too. It should end when its input ends.

use crate::json;
use crate::task::outbox::Outbox;
use crate::task::pool::Pool;
use crate::task::worker;
use crate::task::{Address, Back, Connector, Request, takes_parameters};
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// Takes notes for people: a worker was replaced, and why.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// The workers of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workers {
    /// The program that is run, and its arguments.
    pub command: Vec<String>,
    /// How many of them.
    pub count: usize,
    /// The most requests that are out at once, over all of them.
    pub max_in_flight: usize,
    /// How long one may be silent while it owes answers, before it is replaced.
    pub timeout: Duration,
}

/// Starts the workers of all bindings; there is a connector for each, in their order.
/// When the last connector is dropped the workers' inputs are closed, and those that go on regardless are killed.
///
/// # Errors
/// A program cannot be started.
pub fn start(bindings: Vec<Workers>, log: Log) -> io::Result<Vec<Arc<dyn Connector>>> {
    if bindings.is_empty() {
        return Ok(Vec::new());
    }
    let outboxes: Vec<Arc<Outbox>> = bindings.iter().map(|_| Arc::default()).collect();
    let served = bindings.into_iter().zip(outboxes.iter().cloned()).collect();
    let (started, outcome) = mpsc::channel();
    let thread = std::thread::Builder::new().name("workers".into()).spawn(move || run(served, log, started))?;
    let thread = Arc::new(Thread(Some(thread)));
    outcome.recv().unwrap_or_else(|_| Err(io::Error::other("the workers' thread ended at once")))?;
    let connector = |outbox| Arc::new(Command { outbox, _thread: thread.clone() }) as Arc<dyn Connector>;
    Ok(outboxes.into_iter().map(connector).collect())
}

struct Command {
    outbox: Arc<Outbox>,
    _thread: Arc<Thread>,
}

impl Drop for Command {
    fn drop(&mut self) {
        // Before the thread is waited for: it ends when all its outboxes are closed.
        self.outbox.close();
    }
}

/// The I/O thread; dropped when nobody needs it any more.
struct Thread(Option<JoinHandle<()>>);

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // A panic there has been told by the panic hook, and every request was answered by its way back.
            let _ = thread.join();
        }
    }
}

impl Connector for Command {
    fn call(&self, request: &Request<'_>, back: Back) {
        let arn = request.execution.arn(request.program, request.started_ms);
        self.outbox.push(back, |line| write(request, &arn, line));
    }

    fn cancel(&self, address: Address) {
        self.outbox.cancel(address);
    }
}

/// Writes the request's line from behind its id.
fn write(request: &Request<'_>, execution_arn: &str, line: &mut Vec<u8>) {
    line.extend_from_slice(b",\"resource\":");
    json::quote(request.resource(), line);
    line.extend_from_slice(if takes_parameters(request) { b",\"parameters\":" } else { b",\"input\":" });
    let from = line.len();
    line.extend_from_slice(request.parameters);
    line[from..].iter_mut().for_each(|byte| *byte = super::on_one_line(*byte));
    line.extend_from_slice(b",\"context\":{\"Execution\":{\"Id\":");
    json::quote(execution_arn, line);
    line.extend_from_slice(b",\"Name\":");
    json::quote(request.execution.prefix, line);
    // The number goes inside the quotes of the prefix.
    line.pop();
    write!(line, "{}", request.execution.number).expect("memory takes everything");
    line.extend_from_slice(b"\"},\"State\":{\"Name\":");
    json::quote(request.state(), line);
    line.extend_from_slice(b"}}}\n");
}

/// The I/O thread: one runtime for the pipes of all workers.
fn run(served: Vec<(Workers, Arc<Outbox>)>, log: Log, started: mpsc::Sender<io::Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    let tasks = tokio::task::LocalSet::new();
    runtime.block_on(tasks.run_until(async move {
        let mut serving = Vec::new();
        for (workers, outbox) in served {
            let pool = Rc::new(Pool::new(workers, log.clone()));
            match worker::start(&pool) {
                Ok(sessions) => {
                    serving.extend(sessions.into_iter().map(tokio::task::spawn_local));
                    serving.push(tokio::task::spawn_local(distribute(pool, outbox)));
                }
                Err(error) => return drop(started.send(Err(error))),
            }
        }
        let _ = started.send(Ok(()));
        for task in serving {
            let _ = task.await;
        }
    }));
}

/// Brings what shards leave into the pool until there is no more.
async fn distribute(pool: Rc<Pool>, outbox: Arc<Outbox>) {
    loop {
        let page = outbox.take(pool.spare()).await;
        let is_last = page.is_last;
        pool.push(page);
        if is_last {
            return;
        }
    }
}
