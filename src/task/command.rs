//! Commands as connectors: requests go to an I/O thread, which keeps the workers of all bindings busy.
//!
//! A worker reads one request per line, `{"id":7,"resource":"arn:…","input":…,"context":{"Execution":{"Id":…,"Name":…},
//! "State":{"Name":…}}}` (`parameters` instead of `input` for service integrations), and writes one answer per line, in
//! any order: `{"id":7,"output":…}` or `{"id":7,"error":"Name","cause":"text"}`. Its output is the task's result as it
//! stands, for `lambda:invoke` too. It should end when its input ends.

use crate::json;
use crate::task::worker::{Call, Pool};
use crate::task::{Address, Back, Connector, Request, takes_parameters};
use std::io;
use std::rc::Rc;
use std::sync::{Arc, mpsc as start_up};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

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
    let (senders, pools): (Vec<_>, Vec<_>) = bindings
        .into_iter()
        .map(|workers| {
            let (sender, receiver) = mpsc::unbounded_channel();
            (sender, (workers, receiver))
        })
        .unzip();
    let (started, outcome) = start_up::channel();
    let thread = std::thread::Builder::new().name("workers".into()).spawn(move || run(pools, log, started))?;
    let thread = Arc::new(Thread(Some(thread)));
    outcome.recv().unwrap_or_else(|_| Err(io::Error::other("the workers' thread ended at once")))?;
    let connector = |sender| Arc::new(Command { sender, _thread: thread.clone() }) as Arc<dyn Connector>;
    Ok(senders.into_iter().map(connector).collect())
}

/// What the I/O thread is told.
pub(super) enum Message {
    Call(Call),
    Cancel(Address),
}

struct Command {
    // Dropped before the thread is waited for: the thread ends when all senders are gone.
    sender: mpsc::UnboundedSender<Message>,
    _thread: Arc<Thread>,
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
        // An error drops the way back, which answers.
        let _ = self.sender.send(Message::Call(Call { back, text: encode(request) }));
    }

    fn cancel(&self, address: Address) {
        let _ = self.sender.send(Message::Cancel(address));
    }
}

/// The request's line from behind its id.
fn encode(request: &Request<'_>) -> Vec<u8> {
    let mut line = Vec::with_capacity(request.parameters.len() + 320);
    let field = |line: &mut Vec<u8>, name: &str, text: &str| {
        line.extend_from_slice(name.as_bytes());
        json::quote(text, line);
    };
    field(&mut line, ",\"resource\":", request.resource());
    line.extend_from_slice(if takes_parameters(request) { b",\"parameters\":" } else { b",\"input\":" });
    line.extend(request.parameters.iter().map(|byte| super::on_one_line(*byte)));
    field(
        &mut line,
        ",\"context\":{\"Execution\":{\"Id\":",
        &request.execution.arn(request.program, request.started_ms),
    );
    let name = format!("{}{}", request.execution.prefix, request.execution.number);
    field(&mut line, ",\"Name\":", &name);
    field(&mut line, "},\"State\":{\"Name\":", request.state());
    line.extend_from_slice(b"}}}\n");
    line
}

type Inbox = (Workers, mpsc::UnboundedReceiver<Message>);

/// The I/O thread: one runtime for the pipes of all workers.
fn run(inboxes: Vec<Inbox>, log: Log, started: start_up::Sender<io::Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    let tasks = tokio::task::LocalSet::new();
    runtime.block_on(tasks.run_until(async move {
        let mut serving = Vec::new();
        for (workers, inbox) in inboxes {
            match Pool::start(workers, log.clone()) {
                Ok((pool, sessions)) => {
                    serving.extend(sessions.into_iter().map(tokio::task::spawn_local));
                    serving.push(tokio::task::spawn_local(distribute(pool, inbox)));
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

/// Puts requests into the pool's queue until nobody can send any.
async fn distribute(pool: Rc<Pool>, mut inbox: mpsc::UnboundedReceiver<Message>) {
    let mut messages = Vec::new();
    while inbox.recv_many(&mut messages, 256).await > 0 {
        for message in messages.drain(..) {
            match message {
                Message::Call(call) => pool.push(call),
                Message::Cancel(address) => pool.cancel(address),
            }
        }
    }
    pool.close();
}
