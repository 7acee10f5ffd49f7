//! Workers: child processes that answer requests line by line, many at once, and are replaced when they break.

use crate::failure::Failure;
use crate::task::command::Workers;
use crate::task::owed::Owed;
use crate::task::pool::Pool;
use crate::task::{Reply, failed};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::io::{self, Write};
use std::pin::Pin;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// The longest answer; the vm refuses far shorter ones, but says so better.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// Room for one read: what a pipe holds.
const READ_BYTES: usize = 64 << 10;
/// A worker is not given more before it has been written this much.
const BATCH_BYTES: usize = 256 << 10;
/// How long a worker may take to end once its input has ended.
const FAREWELL: Duration = Duration::from_secs(2);
/// The first and the longest pause before a worker that answered nothing is replaced.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Starts the workers of a pool; they go on when the futures are run.
pub(super) fn start(pool: &Rc<Pool>) -> io::Result<Vec<impl Future<Output = ()> + use<>>> {
    let children = (0..pool.workers.count).map(|_| spawn(&pool.workers)).collect::<io::Result<Vec<Child>>>()?;
    Ok(children.into_iter().map(|child| keep(pool.clone(), child)).collect())
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
                while pool.take(|back, _| back.reply(Reply::Failed(failed(error.to_string())))) {}
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
    owed: Owed,
    /// What is yet to be written to it, from `written` on.
    outgoing: Vec<u8>,
    written: usize,
    /// What it wrote, up to `read` of it looked through without finding a newline.
    incoming: Vec<u8>,
    read: usize,
    answered: bool,
    /// It gets no more requests, because it went wrong or there are none.
    is_retiring: bool,
    /// When it last answered, or was given something to answer.
    heard: Instant,
    /// Rings when it may have been silent for too long; set anew only then.
    alarm: Pin<Box<Sleep>>,
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
        pool.ready.set(pool.ready.get() + 1);
        Session {
            pool,
            child,
            stdin,
            stdout,
            owed: Owed::new(pool.window()),
            outgoing: Vec::new(),
            written: 0,
            incoming: Vec::new(),
            read: 0,
            answered: false,
            is_retiring: false,
            heard: Instant::now(),
            alarm: Box::pin(sleep(pool.workers.timeout)),
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
        self.retire();
        self.replace(fault).await
    }

    /// Waits for one thing to happen. False: there are no more requests, and all are answered.
    async fn step(&mut self) -> Result<bool, Fault> {
        match self.owed.is_empty() {
            true if self.pool.is_over() => return Ok(false),
            // Nobody will ever hear what it still does.
            false if self.pool.is_over() && !self.owed.is_awaited() => return Ok(false),
            true if self.is_retiring => return Err(Fault::Retired),
            _ => {}
        }
        let has_room = self.owed.len() < self.pool.window() && self.outgoing.is_empty() && !self.is_retiring;
        let stdin = self.stdin.as_mut();
        self.incoming.reserve(READ_BYTES);
        tokio::select! {
            biased;
            read = self.stdout.read_buf(&mut self.incoming) => match read {
                Ok(bytes) if bytes > 0 => self.hear()?,
                _ => return Err(Fault::Ended),
            },
            written = write(stdin, &self.outgoing[self.written..]), if !self.outgoing.is_empty() => match written {
                Ok(bytes) => self.wrote(bytes),
                // It may have closed its input and still answer; it ends when its output does.
                Err(_) => {
                    self.stdin = None;
                    self.retire();
                    self.wrote(self.outgoing.len() - self.written);
                }
            },
            more = self.pool.wait(self.owed.len()), if has_room => match more {
                true => self.give(),
                false => self.retire(),
            },
            () = self.pool.closing(), if !self.pool.is_closed() => {}
            () = &mut self.alarm, if !self.owed.is_empty() => self.look_at_the_time()?,
        }
        Ok(true)
    }

    /// Gives it its share of what waits.
    fn give(&mut self) {
        if self.owed.is_empty() {
            self.heard = Instant::now();
        }
        let Session { pool, owed, outgoing, .. } = self;
        let (share, before) = (pool.share(), owed.len());
        let mut give = |back, line: &[u8]| {
            write!(outgoing, "{{\"id\":{}", owed.insert(back)).expect("memory takes everything");
            outgoing.extend_from_slice(line);
            owed.len() < share && outgoing.len() < BATCH_BYTES
        };
        let mut goes_on = true;
        while goes_on && pool.take(|back, line| goes_on = give(back, line)) {}
        pool.out.set(pool.out.get() + owed.len() - before);
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
        let (mut incoming, now) = (std::mem::take(&mut self.incoming), Instant::now());
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &incoming[self.read.max(begin)..]) {
            let end = self.read.max(begin) + length;
            self.take_answer(&incoming[begin..end], now)?;
            self.read = 0;
            begin = end + 1;
        }
        incoming.drain(..begin);
        self.read = incoming.len();
        self.incoming = incoming;
        if self.read > ANSWER_BYTES_MAX {
            return Err(Fault::Garbage(format!("a line of more than {ANSWER_BYTES_MAX} bytes")));
        }
        Ok(())
    }

    fn take_answer(&mut self, line: &[u8], now: Instant) -> Result<(), Fault> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let Some((id, reply)) = read_answer(line) else {
            let beginning = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
            return Err(Fault::Garbage(beginning));
        };
        (self.answered, self.heard) = (true, now);
        match self.owed.remove(id) {
            Some(back) => {
                self.pool.out.set(self.pool.out.get() - 1);
                back.reply(reply);
            }
            None => {
                self.pool
                    .note(&format!("it answered {id}, which it was not asked or had answered before; it is replaced"));
                self.retire();
            }
        }
        Ok(())
    }

    fn look_at_the_time(&mut self) -> Result<(), Fault> {
        let silent_at = self.heard + self.pool.workers.timeout;
        if Instant::now() >= silent_at {
            return Err(Fault::Silent);
        }
        self.alarm.as_mut().reset(silent_at);
        Ok(())
    }

    /// It gets no more requests: the others share what there is.
    fn retire(&mut self) {
        if !std::mem::replace(&mut self.is_retiring, true) {
            self.pool.ready.set(self.pool.ready.get() - 1);
            self.pool.tell();
        }
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
        self.pool.out.set(self.pool.out.get() - self.owed.len());
        for back in self.owed.drain() {
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
            Reply::Failed(Failure { error: error.map(Into::into), cause: cause.map(Into::into) })
        }
        _ => return None,
    };
    Some((id, reply))
}
