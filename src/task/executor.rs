//! An executor of very many small futures on one thread: a place for each, a bell in each place, a list of rung bells.
//!
//! A runtime's own tasks do the same and more, at three times the price. Here a place is used again with its bell, so
//! that a future costs nothing but its polls, and one that is ready when it comes is not even put on a list.

use crate::task::{Address, Back, Doing, Reply, failed};
use crossbeam_queue::SegQueue;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::{Context, Poll, Wake, Waker};
use tokio::sync::Notify;

/// Futures, and who waits for them.
pub(super) struct Executor {
    places: Vec<Place>,
    free: Vec<u32>,
    /// For each shard and sleeper the place that its last future has, from which the others are chained.
    of_sleeper: Vec<Vec<u32>>,
    rung: Arc<Rung>,
}

struct Place {
    tenant: Option<(Doing, Back)>,
    /// The next place of the same sleeper.
    next: u32,
    bell: Arc<Bell>,
    /// The bell, as futures know it.
    waker: Waker,
}

/// Rung by a future that can go on.
struct Bell {
    place: u32,
    is_rung: AtomicBool,
    rung: Arc<Rung>,
}

/// The bells that have been rung, and the thread that hears them.
#[derive(Default)]
pub(super) struct Rung {
    places: SegQueue<u32>,
    is_asleep: AtomicBool,
    news: Notify,
}

/// No place.
const NONE: u32 = u32::MAX;

impl Executor {
    pub fn new(rung: Arc<Rung>) -> Executor {
        Executor { places: Vec::new(), free: Vec::new(), of_sleeper: Vec::new(), rung }
    }

    /// Takes a future over, and has it go as far as it can.
    pub fn begin(&mut self, doing: Doing, back: Back) {
        let last = std::mem::replace(self.last_of(back.address()), NONE);
        let index = self.free.pop().unwrap_or_else(|| self.add_place());
        *self.last_of(back.address()) = index;
        let place = &mut self.places[index as usize];
        (place.tenant, place.next) = (Some((doing, back)), last);
        self.poll(index);
    }

    /// Lets a future go on whose bell was rung. False: none was.
    pub fn go_on(&mut self) -> bool {
        let Some(index) = self.rung.places.pop() else { return false };
        self.poll(index);
        true
    }

    /// Drops the future that would answer to this, if it is there.
    pub fn cancel(&mut self, address: Address) {
        let is_asked = |place: &Place| place.tenant.as_ref().is_some_and(|(_, back)| back.address() == address);
        let mut index = *self.last_of(address);
        while index != NONE && !is_asked(&self.places[index as usize]) {
            index = self.places[index as usize].next;
        }
        if index != NONE
            && let Some((doing, back)) = self.vacate(index, address)
        {
            // Its destructor may panic; that is told, and no reason to drop the others.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(doing)));
            back.forget();
        }
    }

    fn poll(&mut self, index: u32) {
        let Place { tenant, bell, waker, .. } = &mut self.places[index as usize];
        let Some((doing, back)) = tenant else { return }; // It has ended since.
        bell.is_rung.store(false, Ordering::Release);
        let polled = catch_unwind(AssertUnwindSafe(|| doing.as_mut().poll(&mut Context::from_waker(waker))));
        let reply = match polled {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(result)) => result.into(),
            Err(_) => Reply::Failed(failed("the future that did the task panicked; standard error has more")),
        };
        let address = back.address();
        if let Some((doing, back)) = self.vacate(index, address) {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(doing)));
            back.reply(reply);
        }
    }

    /// Frees a place, and takes it out of its sleeper's chain.
    fn vacate(&mut self, index: u32, address: Address) -> Option<(Doing, Back)> {
        let next = self.places[index as usize].next;
        let last = self.last_of(address);
        if *last == index {
            *last = next;
        } else {
            let mut before = *last;
            while self.places[before as usize].next != index {
                before = self.places[before as usize].next;
            }
            self.places[before as usize].next = next;
        }
        self.free.push(index);
        self.places[index as usize].tenant.take()
    }

    fn last_of(&mut self, address: Address) -> &mut u32 {
        let (shard, sleeper) = (address.shard as usize, address.sleeper as usize);
        if self.of_sleeper.len() <= shard {
            self.of_sleeper.resize_with(shard + 1, Vec::new);
        }
        let sleepers = &mut self.of_sleeper[shard];
        if sleepers.len() <= sleeper {
            sleepers.resize(sleeper + 1, NONE);
        }
        &mut sleepers[sleeper]
    }

    fn add_place(&mut self) -> u32 {
        let index = self.places.len() as u32;
        let bell = Arc::new(Bell { place: index, is_rung: AtomicBool::new(false), rung: self.rung.clone() });
        let waker = Waker::from(bell.clone());
        self.places.push(Place { tenant: None, next: NONE, bell, waker });
        index
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Bell>) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            self.rung.places.push(self.place);
            self.rung.rouse();
        }
    }
}

impl Rung {
    /// Wakes the thread if it sleeps. What it is woken for has been put where it looks.
    pub fn rouse(&self) {
        // Either this thread sees that the other is about to sleep, or the other sees what there is.
        fence(Ordering::SeqCst);
        if self.is_asleep.load(Ordering::Relaxed) && self.is_asleep.swap(false, Ordering::Relaxed) {
            self.news.notify_one();
        }
    }

    /// Sleeps until it is roused. False: it did not, since a bell has been rung or there is something else to do.
    pub async fn sleep(&self, is_idle: impl Fn() -> bool) -> bool {
        self.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let sleeps = self.places.is_empty() && is_idle();
        if sleeps {
            self.news.notified().await;
        }
        self.is_asleep.store(false, Ordering::Relaxed);
        sleeps
    }
}
