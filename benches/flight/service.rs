//! A service inside the process, for load: it answers after a while, or fails, or breaks off, or never answers.

use crossbeam_queue::SegQueue;
use expressway::failure::Failure;
use expressway::task::{Address, Back, Connector, Reply, Request};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

/// How the service behaves. What a request meets is decided by the seed, its execution and its attempt, nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    pub seed: u64,
    pub latency: Latency,
    /// Of a million requests so many fail with `Service.Busy`,
    pub failures: u32,
    /// so many break off without an answer,
    pub resets: u32,
    /// and so many never hear anything.
    pub silences: u32,
}

/// How long an answer takes.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "the tests and the bench use different ones")]
pub enum Latency {
    /// Always so long.
    Fixed(Duration),
    /// Half take less than the median, one in a hundred more than the other: log-normal, as services are.
    LongTail { median: Duration, p99: Duration },
    /// Until [`Service::release`].
    Held,
}

/// What a service has done.
#[derive(Debug, Default)]
pub struct Done {
    pub called: AtomicU64,
    pub answered: AtomicU64,
    pub failed: AtomicU64,
    pub reset: AtomicU64,
    pub silent: AtomicU64,
    pub cancelled: AtomicU64,
}

/// The service: a connector, and a thread that lets time pass.
pub struct Service {
    model: Model,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    incoming: SegQueue<Message>,
    is_asleep: AtomicBool,
    /// When it wakes if nobody wakes it.
    wakes_ns: AtomicU64,
    is_released: AtomicBool,
    is_closed: AtomicBool,
    thread: OnceLock<Thread>,
    done: Done,
    lateness: Lateness,
}

enum Message {
    Asked(Asked),
    Cancel(Address),
}

/// A request.
struct Asked {
    /// When it is to be answered.
    due_ns: u64,
    fate: Fate,
    back: Back,
    /// Which execution it is of.
    execution: u64,
}

/// How much later than due the last requests were answered, in microseconds, by the numbers of their executions.
struct Lateness(Box<[AtomicU32]>);

impl Default for Lateness {
    fn default() -> Lateness {
        // Several times as many as are in flight where anybody asks.
        Lateness((0..1 << 16).map(|_| AtomicU32::new(0)).collect())
    }
}

impl Lateness {
    fn of(&self, execution: u64) -> &AtomicU32 {
        &self.0[execution as usize % self.0.len()]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Answered,
    Fails,
    Reset,
    Silent,
}

/// The clock's steps,
const TICK_NS: u64 = 100_000;
/// and how many of them lie in the ring.
const RING: usize = 1 << 15;
/// A request that is held.
const NEVER: u64 = u64::MAX;

impl Service {
    pub fn start(model: Model) -> Arc<Service> {
        let shared = Arc::new(Shared::default());
        let served = shared.clone();
        let thread = thread::spawn(move || Clock::new(&served).run());
        shared.thread.set(thread.thread().clone()).expect("it is set once");
        Arc::new(Service { model, shared, thread: Some(thread) })
    }

    pub fn done(&self) -> &Done {
        &self.shared.done
    }

    /// How much later than due the execution of this number was answered, in microseconds.
    #[allow(dead_code, reason = "the bench asks")]
    pub fn late_us(&self, execution: u64) -> u64 {
        self.shared.lateness.of(execution).load(Ordering::Relaxed).into()
    }

    /// Lets go what is held, now and later.
    pub fn release(&self) {
        self.shared.is_released.store(true, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        self.shared.thread.get().expect("set at the start").unpark();
    }

    fn fate(&self, number: u64) -> Fate {
        let Model { failures, resets, silences, .. } = self.model;
        match (number % 1_000_000) as u32 {
            draw if draw < failures => Fate::Fails,
            draw if draw < failures + resets => Fate::Reset,
            draw if draw < failures + resets + silences => Fate::Silent,
            _ => Fate::Answered,
        }
    }

    /// The least time that an answer takes.
    fn least(&self) -> Duration {
        match self.model.latency {
            Latency::Fixed(latency) => latency,
            Latency::LongTail { .. } | Latency::Held => Duration::ZERO,
        }
    }

    fn latency(&self, number: u64) -> Option<Duration> {
        match self.model.latency {
            Latency::Fixed(latency) => Some(latency),
            Latency::Held => None,
            Latency::LongTail { median, p99 } => {
                // The sum of twelve uniform numbers is close to normal; 2.326 is its 99th part in a hundred.
                let uniform = |place: u64| mix(number ^ place << 56) as f64 / u64::MAX as f64;
                let normal = (1..=12).map(uniform).sum::<f64>() - 6.0;
                Some(median.mul_f64((p99.as_secs_f64() / median.as_secs_f64()).powf(normal / 2.326)))
            }
        }
    }
}

impl Connector for Service {
    fn call(&self, request: &Request<'_>, back: Back) {
        let number = mix(self.model.seed ^ request.execution.number ^ u64::from(request.earlier) << 48);
        let due_ns = self.latency(number).map_or(NEVER, |latency| now_ns() + latency.as_nanos() as u64);
        let asked = Asked { due_ns, fate: self.fate(number), back, execution: request.execution.number };
        self.shared.done.called.fetch_add(1, Ordering::Relaxed);
        self.shared.incoming.push(Message::Asked(asked));
    }

    fn flush(&self) {
        fence(Ordering::SeqCst);
        let Shared { is_asleep, wakes_ns, .. } = &*self.shared;
        // Nothing that was asked for in this burst is due as soon as that.
        let soon_ns = now_ns() + self.least().as_nanos() as u64 / 2;
        let sleeps_on = || wakes_ns.load(Ordering::Relaxed) <= soon_ns;
        if is_asleep.load(Ordering::Relaxed) && !sleeps_on() && is_asleep.swap(false, Ordering::Relaxed) {
            self.wake();
        }
    }

    fn cancel(&self, address: Address) {
        self.shared.incoming.push(Message::Cancel(address));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        self.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the service does not panic");
        }
    }
}

/// Nanoseconds since the process first asked.
fn now_ns() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// The service's thread.
struct Clock<'s> {
    shared: &'s Shared,
    /// For each tick, until the ring comes round, what is due before it ends.
    ring: Vec<Vec<Asked>>,
    in_ring: usize,
    /// Lists that are empty again, with their room.
    spare: Vec<Vec<Asked>>,
    held: Vec<(Fate, Back)>,
    silent: Silent,
    /// The first tick that is not over.
    tick: u64,
}

impl Clock<'_> {
    fn new(shared: &Shared) -> Clock<'_> {
        let ring = (0..RING).map(|_| Vec::new()).collect();
        let (spare, held, silent) = (Vec::new(), Vec::new(), Silent::default());
        Clock { shared, ring, in_ring: 0, spare, held, silent, tick: now_ns() / TICK_NS }
    }

    fn run(mut self) {
        while !self.shared.is_closed.load(Ordering::SeqCst) {
            self.take_messages();
            self.pass_time();
            if self.shared.is_released.load(Ordering::SeqCst) {
                let held = std::mem::take(&mut self.held);
                held.into_iter().for_each(|(fate, back)| self.end(fate, back));
            }
            self.sleep();
        }
    }

    fn take_messages(&mut self) {
        for _ in 0..4096 {
            match self.shared.incoming.pop() {
                Some(Message::Asked(Asked { fate: Fate::Silent, back, .. })) => {
                    self.shared.done.silent.fetch_add(1, Ordering::Relaxed);
                    self.silent.insert(back);
                }
                Some(Message::Asked(asked)) if asked.due_ns == NEVER => self.held.push((asked.fate, asked.back)),
                Some(Message::Asked(asked)) => self.set(asked),
                Some(Message::Cancel(address)) => {
                    self.shared.done.cancelled.fetch_add(1, Ordering::Relaxed);
                    self.silent.remove(address).into_iter().for_each(Back::forget);
                }
                None => return,
            }
        }
    }

    fn set(&mut self, asked: Asked) {
        self.in_ring += 1;
        let list = &mut self.ring[(asked.due_ns / TICK_NS).max(self.tick) as usize % RING];
        if list.capacity() == 0 {
            *list = self.spare.pop().unwrap_or_default();
        }
        list.push(asked);
    }

    /// Answers what is due in ticks that are over: nothing too soon.
    fn pass_time(&mut self) {
        let now_ns = now_ns();
        while self.tick < now_ns / TICK_NS {
            let place = self.tick as usize % RING;
            let mut list = std::mem::take(&mut self.ring[place]);
            for asked in list.drain(..) {
                if asked.due_ns > now_ns {
                    self.ring[place].push(asked); // Of another round.
                    continue;
                }
                self.in_ring -= 1;
                let late_us = (now_ns - asked.due_ns) / 1000;
                self.shared.lateness.of(asked.execution).store(late_us as u32, Ordering::Relaxed);
                self.end(asked.fate, asked.back);
            }
            if list.capacity() > 0 {
                self.spare.push(list);
            }
            self.tick += 1;
        }
    }

    fn end(&mut self, fate: Fate, back: Back) {
        let Done { answered, failed, reset, .. } = &self.shared.done;
        let (count, reply) = match fate {
            Fate::Answered => (answered, Reply::Output(b"{\"ok\":true}".to_vec())),
            Fate::Fails => (failed, Reply::Failed(Failure { error: Some("Service.Busy".into()), cause: None })),
            Fate::Reset | Fate::Silent => {
                reset.fetch_add(1, Ordering::Relaxed);
                return drop(back); // It then says itself that the task was dropped.
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
        back.reply(reply);
    }

    /// Sleeps until the next answer is due, or something comes that may be due before.
    fn sleep(&mut self) {
        let mut ticks = self.tick..self.tick + RING as u64;
        let next = ticks.find(|tick| self.in_ring > 0 && !self.ring[*tick as usize % RING].is_empty());
        let wakes_ns = next.map_or(NEVER, |tick| (tick + 1) * TICK_NS);
        self.shared.wakes_ns.store(wakes_ns, Ordering::Relaxed);
        self.shared.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.shared.incoming.is_empty() && !self.shared.is_closed.load(Ordering::SeqCst) {
            match wakes_ns {
                NEVER => thread::park(),
                wakes_ns => thread::park_timeout(Duration::from_nanos(wakes_ns.saturating_sub(now_ns()))),
            }
        }
        self.shared.is_asleep.store(false, Ordering::Relaxed);
    }
}

/// Requests that are never answered, by the places of those who asked. (A million of them in a hash map would be what is
/// measured.)
#[derive(Default)]
struct Silent(Vec<Vec<Option<Back>>>);

impl Silent {
    fn insert(&mut self, back: Back) {
        let Address { shard, sleeper, .. } = back.address();
        *self.place(shard, sleeper) = Some(back);
    }

    fn remove(&mut self, address: Address) -> Option<Back> {
        self.place(address.shard, address.sleeper).take_if(|back| back.address() == address)
    }

    fn place(&mut self, shard: u16, sleeper: u32) -> &mut Option<Back> {
        let (shard, sleeper) = (usize::from(shard), sleeper as usize);
        if self.0.len() <= shard {
            self.0.resize_with(shard + 1, Vec::new);
        }
        let places = &mut self.0[shard];
        if places.len() <= sleeper {
            places.resize_with(sleeper + 1, || None);
        }
        &mut places[sleeper]
    }
}

/// Scatters a number over all 64 bits (the finalizer of SplitMix64).
pub fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
