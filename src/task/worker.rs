//! Workers: child processes that answer requests line by line, replaced when they break.

use crate::task::command::{Log, Workers};
use crate::task::{Address, Back, Reply, failed};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// A request on its way to a worker.
pub(super) struct Call {
    pub back: Back,
    /// Its line from behind the id.
    pub text: Vec<u8>,
}

/// The workers of one binding and the requests that wait for them.
pub(super) struct Pool {
    workers: Workers,
    log: Log,
    waiting: RefCell<HashMap<Address, Call>>,
    /// The order of `waiting`; cancelled ones are still in it.
    order: RefCell<VecDeque<Address>>,
    news: Notify,
    closed: Cell<bool>,
    /// Rings when it is closed.
    closing: Notify,
}

/// The longest answer; the vm refuses far shorter ones, but says so better.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// How long a worker may take to end once its input has ended.
const FAREWELL: Duration = Duration::from_secs(2);
/// The first and the longest pause before a worker that answered nothing is replaced.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

impl Pool {
    /// Starts the workers; they go on when the futures are run.
    pub fn start(workers: Workers, log: Log) -> io::Result<(Rc<Pool>, Vec<impl Future<Output = ()> + use<>>)> {
        let children = (0..workers.count).map(|_| spawn(&workers)).collect::<io::Result<Vec<Child>>>()?;
        let pool = Rc::new(Pool {
            workers,
            log,
            waiting: RefCell::default(),
            order: RefCell::default(),
            news: Notify::new(),
            closed: Cell::new(false),
            closing: Notify::new(),
        });
        let sessions = children.into_iter().map(|child| keep(pool.clone(), child)).collect();
        Ok((pool, sessions))
    }

    pub fn push(&self, call: Call) {
        self.order.borrow_mut().push_back(call.back.address());
        self.waiting.borrow_mut().insert(call.back.address(), call);
        self.news.notify_one();
    }

    pub fn cancel(&self, address: Address) {
        let call = self.waiting.borrow_mut().remove(&address);
        call.into_iter().for_each(|call| call.back.forget());
    }

    /// No more requests come.
    pub fn close(&self) {
        self.closed.set(true);
        self.closing.notify_waiters();
        // One permit is kept for those that do not listen just now; each who wakes passes it on.
        self.news.notify_one();
    }

    /// Whether nothing is left to do.
    fn is_over(&self) -> bool {
        self.closed.get() && self.waiting.borrow().is_empty()
    }

    fn take(&self) -> Option<Call> {
        loop {
            let address = self.order.borrow_mut().pop_front()?;
            if let Some(call) = self.waiting.borrow_mut().remove(&address) {
                return Some(call);
            }
        }
    }

    /// The next request, or none when there will be no more.
    async fn next(&self) -> Option<Call> {
        loop {
            if let Some(call) = self.take() {
                return Some(call);
            }
            if self.closed.get() {
                self.news.notify_one();
                return None;
            }
            self.news.notified().await;
        }
    }

    fn note(&self, what: &str) {
        (self.log)(&format!("worker `{}`: {what}", self.workers.command.join(" ")));
    }

    /// Requests that are out at once to one worker.
    fn window(&self) -> usize {
        self.workers.max_in_flight / self.workers.count
    }
}

fn spawn(workers: &Workers) -> io::Result<Child> {
    let mut command = Command::new(&workers.command[0]);
    command.args(&workers.command[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot start worker `{}`: {error}", workers.command[0]))
    };
    command.spawn().map_err(named)
}

/// Keeps one worker alive until there are no more requests.
async fn keep(pool: Rc<Pool>, first: Child) {
    let mut child: io::Result<Child> = Ok(first);
    let mut pause = Duration::ZERO;
    loop {
        match child {
            Ok(child) => match Session::new(&pool, child).run().await {
                End::Finished => return,
                End::Replace { answered: true } => pause = Duration::ZERO,
                End::Replace { answered: false } => pause = (pause * 2).clamp(PAUSES.0, PAUSES.1),
            },
            Err(error) => {
                pause = (pause * 2).clamp(PAUSES.0, PAUSES.1);
                pool.note(&error.to_string());
                while let Some(call) = pool.take() {
                    call.back.reply(Reply::Failed(failed(error.to_string())));
                }
            }
        }
        if pool.is_over() {
            return;
        }
        sleep(pause).await;
        child = spawn(&pool.workers);
    }
}

/// How a worker's life ended.
enum End {
    /// There are no more requests.
    Finished,
    /// It broke.
    Replace { answered: bool },
}

/// One worker's life.
struct Session<'p> {
    pool: &'p Pool,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Requests it has been given and not answered, by id.
    owed: HashMap<u64, Back>,
    next_id: u64,
    /// What is yet to be written to it, from `written` on.
    outgoing: Vec<u8>,
    written: usize,
    /// What it wrote, up to `read` of it looked through without finding a newline.
    incoming: Vec<u8>,
    read: usize,
    answered: bool,
    /// It gets no more requests, because it went wrong.
    retiring: bool,
    heard: Instant,
}

/// Why a worker is replaced.
enum Fault {
    Ended,
    Silent,
    Garbage(String),
    /// It has answered all it owed after having answered something nobody asked.
    Retired,
}

impl<'p> Session<'p> {
    fn new(pool: &'p Pool, mut child: Child) -> Session<'p> {
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("its output is a pipe");
        Session {
            pool,
            child,
            stdin,
            stdout,
            owed: HashMap::new(),
            next_id: 1,
            outgoing: Vec::new(),
            written: 0,
            incoming: Vec::new(),
            read: 0,
            answered: false,
            retiring: false,
            heard: Instant::now(),
        }
    }

    async fn run(mut self) -> End {
        let fault = loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => return self.farewell().await,
                Err(fault) => break fault,
            }
        };
        self.replace(fault).await
    }

    /// Waits for one thing to happen. False: there are no more requests, and all are answered.
    async fn step(&mut self) -> Result<bool, Fault> {
        match self.owed.is_empty() {
            true if self.pool.is_over() => return Ok(false),
            // The run has ended before its answers came; nobody will ever hear them.
            false if self.pool.is_over() && !self.owed.values().any(Back::is_awaited) => return Ok(false),
            true if self.retiring => return Err(Fault::Retired),
            _ => {}
        }
        let has_room = self.owed.len() < self.pool.window() && self.outgoing.is_empty() && !self.retiring;
        let silent_at = self.heard + self.pool.workers.timeout;
        let stdin = self.stdin.as_mut();
        tokio::select! {
            read = self.stdout.read_buf(&mut self.incoming) => match read {
                Ok(bytes) if bytes > 0 => return self.hear().map(|()| true),
                _ => return Err(Fault::Ended),
            },
            written = write(stdin, &self.outgoing[self.written..]), if !self.outgoing.is_empty() => match written {
                Ok(bytes) => self.wrote(bytes),
                // It may have closed its input and still answer; it ends when its output does.
                Err(_) => {
                    (self.stdin, self.retiring) = (None, true);
                    self.wrote(self.outgoing.len() - self.written);
                }
            },
            call = self.pool.next(), if has_room => match call {
                Some(call) => self.give(call),
                None => self.retiring = true,
            },
            () = self.pool.closing.notified(), if !self.pool.closed.get() => {}
            () = sleep_until(silent_at), if !self.owed.is_empty() => return Err(Fault::Silent),
        }
        Ok(true)
    }

    /// Gives it a request, and as many more as wait and fit.
    fn give(&mut self, call: Call) {
        if self.owed.is_empty() {
            self.heard = Instant::now();
        }
        let mut next = Some(call);
        while let Some(Call { back, text }) = next {
            self.outgoing.extend_from_slice(format!("{{\"id\":{}", self.next_id).as_bytes());
            self.outgoing.extend_from_slice(&text);
            self.owed.insert(self.next_id, back);
            self.next_id += 1;
            next = if self.owed.len() < self.pool.window() { self.pool.take() } else { None };
        }
    }

    fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if self.written == self.outgoing.len() {
            self.outgoing.clear();
            self.written = 0;
        }
    }

    /// Takes in the whole lines that have come.
    fn hear(&mut self) -> Result<(), Fault> {
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.incoming[self.read.max(begin)..]) {
            let end = self.read.max(begin) + length;
            let line = self.incoming[begin..end].to_vec();
            self.read = 0;
            begin = end + 1;
            self.take_answer(&line)?;
        }
        self.incoming.drain(..begin);
        self.read = self.incoming.len();
        if self.incoming.len() > ANSWER_BYTES_MAX {
            return Err(Fault::Garbage(format!("a line of more than {ANSWER_BYTES_MAX} bytes")));
        }
        Ok(())
    }

    fn take_answer(&mut self, line: &[u8]) -> Result<(), Fault> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let Some((id, reply)) = read_answer(line) else {
            let beginning = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
            return Err(Fault::Garbage(beginning));
        };
        self.heard = Instant::now();
        self.answered = true;
        match self.owed.remove(&id) {
            Some(back) => back.reply(reply),
            None => {
                self.pool
                    .note(&format!("it answered {id}, which it was not asked or had answered before; it is replaced"));
                self.retiring = true;
            }
        }
        Ok(())
    }

    /// Fails what it owes, and ends it.
    async fn replace(mut self, fault: Fault) -> End {
        let _ = self.child.start_kill(); // It may have ended by itself.
        let status = self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
        let reason = match &fault {
            Fault::Ended => format!("it ended ({status})"),
            Fault::Silent => format!("it gave no answer for {} s", self.pool.workers.timeout.as_secs()),
            Fault::Garbage(text) => format!("it wrote what is no answer: {text}"),
            Fault::Retired => return End::Replace { answered: self.answered },
        };
        self.pool.note(&format!("{reason}; it is replaced, and {} of its requests fail", self.owed.len()));
        let cause = format!("the worker `{}` did not answer: {reason}", self.pool.workers.command.join(" "));
        for (_, back) in self.owed.drain() {
            back.reply(match fault {
                Fault::Silent => Reply::TimedOut,
                _ => Reply::Failed(failed(cause.clone())),
            });
        }
        End::Replace { answered: self.answered }
    }

    /// Lets it end by itself, if it does.
    async fn farewell(mut self) -> End {
        self.stdin = None;
        if timeout(FAREWELL, self.child.wait()).await.is_err() {
            self.pool.note("it went on after its input had ended; it is killed");
            let _ = self.child.kill().await;
        }
        End::Finished
    }
}

async fn write(stdin: Option<&mut ChildStdin>, text: &[u8]) -> io::Result<usize> {
    match stdin {
        Some(stdin) => stdin.write(text).await,
        None => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

/// An answer's id and what it says; none if it is no answer.
fn read_answer(line: &[u8]) -> Option<(u64, Reply)> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        id: u64,
        #[serde(borrow, default, deserialize_with = "present")]
        output: Option<&'a RawValue>,
        error: Option<String>,
        cause: Option<String>,
    }
    /// `null` is an output, too.
    fn present<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Some)
    }
    let Answer { id, output, error, cause } = serde_json::from_slice(line).ok()?;
    let reply = match (output, &error, &cause) {
        (Some(output), None, None) => Reply::Output(output.get().as_bytes().to_vec()),
        (None, Some(_), _) | (None, _, Some(_)) => {
            Reply::Failed(crate::failure::Failure { error: error.map(Into::into), cause: cause.map(Into::into) })
        }
        _ => return None,
    };
    Some((id, reply))
}
