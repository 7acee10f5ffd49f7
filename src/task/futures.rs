//! Futures that do tasks: begun on the shard, and if they must wait, finished on a thread with an I/O runtime.
//!
//! A future is polled once where it was made. Many are ready then (what was asked for is known already), and answer
//! without the execution being suspended: a tenth of the trouble. The others are handed over in bursts, and the thread is
//! woken once for each burst.

use crate::failure::Failure;
use crate::task::{Address, Back, Reply, Request, failed};
use crossbeam_queue::SegQueue;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use tokio::runtime::{EnterGuard, Handle, Runtime};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

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
    is_asleep: AtomicBool,
    is_closed: AtomicBool,
    news: Notify,
    /// Who waits for which future. Only the thread itself takes the lock, so that it never waits for it.
    owed: Mutex<HashMap<Address, (AbortHandle, Back)>>,
}

enum Message {
    Finish(Doing, Back),
    Cancel(Address),
}

/// Messages taken before futures get their turn.
const MESSAGES: usize = 256;

impl Futures {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread, or no means to wait for input and output.
    pub fn start() -> std::io::Result<Futures> {
        let desk = Arc::new(Desk::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (handle, served) = (runtime.handle().clone(), desk.clone());
        let serve = move || serve(&runtime, &served);
        let thread = std::thread::Builder::new().name("futures".into()).spawn(serve)?;
        Ok(Futures { desk, handle, thread: Some(thread) })
    }

    /// Lets this thread poll futures that want the runtime's clock or its input and output.
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
        self.flush();
    }

    /// Wakes the thread if it sleeps and there is something to do.
    pub fn flush(&self) {
        // Either this thread sees that the other is about to sleep, or the other sees the messages.
        fence(Ordering::SeqCst);
        if self.desk.is_asleep.load(Ordering::Relaxed) && self.desk.is_asleep.swap(false, Ordering::Relaxed) {
            self.desk.news.notify_one();
        }
    }
}

impl Drop for Futures {
    fn drop(&mut self) {
        self.desk.is_closed.store(true, Ordering::Release);
        self.desk.news.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by the panic hook, and every task was answered by its way back.
            let _ = thread.join();
        }
    }
}

/// The thread: takes messages, and runs futures in between, until nobody can send any.
fn serve(runtime: &Runtime, desk: &Arc<Desk>) {
    runtime.block_on(async {
        while !desk.is_closed.load(Ordering::Acquire) {
            for _ in 0..MESSAGES {
                let Some(message) = desk.messages.pop() else { break };
                desk.take(message);
            }
            if desk.messages.is_empty() { desk.sleep().await } else { tokio::task::yield_now().await }
        }
    });
}

impl Desk {
    fn take(self: &Arc<Desk>, message: Message) {
        match message {
            Message::Finish(doing, back) => {
                let address = back.address();
                let debt = Debt { desk: self.clone(), address, reply: None };
                let task = tokio::spawn(async move { debt.pay(doing.await.into()) });
                self.owed().insert(address, (task.abort_handle(), back));
            }
            Message::Cancel(address) => {
                let debt = self.owed().remove(&address);
                if let Some((task, back)) = debt {
                    task.abort();
                    back.forget();
                }
            }
        }
    }

    async fn sleep(&self) {
        self.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.messages.is_empty() {
            self.news.notified().await;
        }
        self.is_asleep.store(false, Ordering::Relaxed);
    }

    fn owed(&self) -> MutexGuard<'_, HashMap<Address, (AbortHandle, Back)>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a future owes an execution: an answer when it ends, even if it panics.
struct Debt {
    desk: Arc<Desk>,
    address: Address,
    reply: Option<Reply>,
}

impl Debt {
    /// Being dropped, it brings the reply.
    fn pay(mut self, reply: Reply) {
        self.reply = Some(reply);
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        // Taken in a statement of its own, so that the lock is not held any more when the reply is brought.
        let owed = self.desk.owed().remove(&self.address);
        if let Some((_, back)) = owed {
            let panicked = || Reply::Failed(failed("the future that did the task panicked; standard error has more"));
            back.reply(self.reply.take().unwrap_or_else(panicked));
        }
    }
}
