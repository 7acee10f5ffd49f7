//! A service as a connector: tasks become requests on the shard, wait for their turn on the I/O thread, and are answered.

use super::limits::Pace;
use super::queue::Queue;
use super::{Client, Limits, Thread, Trust};
use crate::task::{Address, Back, Connector, Reply, Request};
use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// What answers tasks over HTTP.
pub trait Service: Send + Sync + 'static {
    /// A task as the service does it.
    type Job: Send + 'static;

    /// Why it will never answer this resource, where that is known before it is asked.
    fn refuse(&self, _resource: &str) -> Option<String> {
        None
    }

    /// Makes ready what can be made ready on the shard; an error answers at once.
    ///
    /// # Errors
    /// The task cannot be asked of the service.
    fn prepare(&self, request: &Request<'_>) -> Result<Self::Job, Reply>;

    /// Does it, on the I/O thread. Dropped when it takes too long, or nobody waits for it any more.
    fn perform(&self, client: &Client, job: Self::Job) -> impl Future<Output = Reply> + Send;

    /// What to say when it took longer than the binding allows.
    fn timed_out(&self) -> Reply {
        Reply::TimedOut
    }
}

/// Makes a connector of a service. What is under way when the connector is dropped is not waited for.
pub fn connect<S: Service>(service: S, trust: Trust, limits: Limits, thread: &Arc<Thread>) -> Arc<dyn Connector> {
    let service = Arc::new(service);
    let (sender, inbox) = mpsc::unbounded_channel();
    let counter = Counter {
        service: service.clone(),
        client: Arc::new(Client::new(trust, limits.max_in_flight)),
        pace: limits.rate_per_second.map(Pace::new),
        limits,
        waiting: Queue::default(),
        out: HashMap::new(),
        under_way: JoinSet::new(),
    };
    thread.handle().spawn(counter.serve(inbox));
    Arc::new(Line { service, sender, _thread: thread.clone() })
}

/// How often idle connections are looked after.
const SWEEP: Duration = Duration::from_secs(10);

enum Message<J> {
    Call(Back, J),
    Cancel(Address),
}

/// The shards' side.
struct Line<S: Service> {
    service: Arc<S>,
    sender: mpsc::UnboundedSender<Message<S::Job>>,
    _thread: Arc<Thread>,
}

impl<S: Service> Connector for Line<S> {
    fn call(&self, request: &Request<'_>, back: Back) {
        match self.service.prepare(request) {
            // An error drops the way back, which answers.
            Ok(job) => drop(self.sender.send(Message::Call(back, job))),
            Err(reply) => back.reply(reply),
        }
    }

    fn cancel(&self, address: Address) {
        let _ = self.sender.send(Message::Cancel(address));
    }

    fn refuse(&self, resource: &str) -> Option<String> {
        self.service.refuse(resource)
    }
}

/// The I/O thread's side.
struct Counter<S: Service> {
    service: Arc<S>,
    client: Arc<Client>,
    limits: Limits,
    pace: Option<Pace>,
    waiting: Queue<(Back, S::Job)>,
    /// What is under way, and for whom.
    out: HashMap<Address, AbortHandle>,
    under_way: JoinSet<Address>,
}

impl<S: Service> Counter<S> {
    /// Serves until nobody can ask any more.
    async fn serve(mut self, mut inbox: mpsc::UnboundedReceiver<Message<S::Job>>) {
        let mut messages = Vec::new();
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            let later = self.begin();
            tokio::select! {
                count = inbox.recv_many(&mut messages, 256) => match count {
                    0 => return,
                    _ => messages.drain(..).for_each(|message| self.take(message)),
                },
                Some(done) = self.under_way.join_next() => self.finish(done),
                () = until(later) => {}
                _ = sweep.tick() => self.client.sweep(),
            }
        }
    }

    fn take(&mut self, message: Message<S::Job>) {
        match message {
            Message::Call(back, job) => self.waiting.push(back.address(), (back, job)),
            Message::Cancel(address) => {
                if self.waiting.cancel(address).is_none() {
                    self.out.remove(&address).inspect(AbortHandle::abort);
                }
            }
        }
    }

    /// Begins what may begin. What must wait for its time says when that is.
    fn begin(&mut self) -> Option<Instant> {
        while self.under_way.len() < self.limits.max_in_flight && !self.waiting.is_empty() {
            if let Some(pace) = &mut self.pace {
                let now = Instant::now();
                if pace.next() > now {
                    return Some(pace.next());
                }
                pace.begin(now);
            }
            let Some((address, (back, job))) = self.waiting.take() else { break };
            let (service, client, limit) = (self.service.clone(), self.client.clone(), self.limits.timeout);
            let handle = self.under_way.spawn(async move {
                let reply = timeout(limit, service.perform(&client, job)).await;
                back.reply(reply.unwrap_or_else(|_| service.timed_out()));
                address
            });
            self.out.insert(address, handle);
        }
        None
    }

    /// Takes note of all that have ended.
    fn finish(&mut self, done: Result<Address, JoinError>) {
        let mut next = Some(done);
        while let Some(done) = next {
            match done {
                Ok(address) => drop(self.out.remove(&address)),
                Err(error) if error.is_cancelled() => {}
                // The panic hook has told it.
                Err(_) => self.out.retain(|_, job| !job.is_finished()),
            }
            next = self.under_way.try_join_next();
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
