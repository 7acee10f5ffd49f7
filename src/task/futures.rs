//! Futures that do tasks: begun on the shard, and if they must wait, finished on a thread with a tokio runtime.
//!
//! A future is polled once where it was made. Many are ready then, because what is asked for is known already, and answer
//! without the execution being suspended: that costs a quarter. The others are handed over in bursts, and the thread is
//! woken once for each burst.

use crate::failure::Failure;
use crate::task::executor::{Executor, Rung};
use crate::task::{Address, Back, Reply, Request};
use crossbeam_queue::SegQueue;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use tokio::runtime::{EnterGuard, Handle};

/// A task that is being done.
pub type Doing = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>> + Send>>;

/// Makes the future that does a task.
pub(super) type Handler = dyn Fn(&Request<'_>) -> Doing + Send + Sync;

/// A future after its first poll.
pub(super) enum Begun {
    /// It was ready.
    Done(Reply),
    /// It waits for something.
    Doing(Doing),
}

/// Has a future go as far as it goes at once.
pub(super) fn begin(mut doing: Doing) -> Begun {
    // Nobody need be woken: who takes it over polls it again.
    match doing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Begun::Done(result.into()),
        Poll::Pending => Begun::Doing(doing),
    }
}

/// The thread that futures are finished on. It ends, and what is not finished is dropped, when this is dropped.
pub(super) struct Futures {
    desk: Arc<Desk>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// What passes between the shards and the thread.
#[derive(Default)]
struct Desk {
    messages: SegQueue<Message>,
    rung: Arc<Rung>,
    is_closed: AtomicBool,
}

enum Message {
    Finish(Doing, Back),
    Cancel(Address),
}

/// Messages, or futures that can go on, before the runtime gets its turn.
const TURNS: usize = 64;

impl Futures {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread, or no means to wait for input and output.
    pub fn start() -> std::io::Result<Futures> {
        let desk = Arc::new(Desk::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (handle, served) = (runtime.handle().clone(), desk.clone());
        let serve = move || runtime.block_on(served.serve());
        let thread = std::thread::Builder::new().name("futures".into()).spawn(serve)?;
        Ok(Futures { desk, handle, thread: Some(thread) })
    }

    /// Lets this thread begin futures that want the runtime's clock or its input and output.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Takes over a future, to be finished; [`flush`](Futures::flush) sends it on its way.
    pub fn finish(&self, doing: Doing, back: Back) {
        self.desk.messages.push(Message::Finish(doing, back));
    }

    /// Nobody waits for this any more: it is dropped where it stands.
    pub fn cancel(&self, address: Address) {
        self.desk.messages.push(Message::Cancel(address));
    }

    /// Wakes the thread if it sleeps, for what it was told since.
    pub fn flush(&self) {
        self.desk.rung.rouse();
    }
}

impl Drop for Futures {
    fn drop(&mut self) {
        self.desk.is_closed.store(true, Ordering::Release);
        self.flush();
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by the panic hook, and every task was answered by its way back.
            let _ = thread.join();
        }
    }
}

impl Desk {
    /// Takes messages and lets futures go on, until nobody can send any.
    async fn serve(self: Arc<Desk>) {
        let mut executor = Executor::new(self.rung.clone());
        while !self.is_closed.load(Ordering::Acquire) {
            for _ in 0..TURNS {
                // Both in turn, so that neither waits for the other to come to an end.
                if !self.take_message(&mut executor) & !executor.go_on() {
                    break;
                }
            }
            // Either way the runtime looks at its clock and its sockets now.
            let is_idle = || self.messages.is_empty() && !self.is_closed.load(Ordering::Acquire);
            if !self.rung.sleep(is_idle).await {
                tokio::task::yield_now().await;
            }
        }
    }

    fn take_message(&self, executor: &mut Executor) -> bool {
        match self.messages.pop() {
            Some(Message::Finish(doing, back)) => executor.begin(doing, back),
            Some(Message::Cancel(address)) => executor.cancel(address),
            None => return false,
        }
        true
    }
}
