//! The requests of one binding that wait for its workers, and how they are dealt out: evenly.

use crate::task::command::{Log, Workers};
use crate::task::outbox::Page;
use crate::task::{Address, Back};
use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use tokio::sync::Notify;

/// What the workers of one binding share.
pub(super) struct Pool {
    pub workers: Workers,
    log: Log,
    queue: RefCell<Queue>,
    /// Requests that workers have been given and not answered.
    pub out: Cell<usize>,
    /// Workers that can be given requests.
    pub ready: Cell<usize>,
    news: Notify,
    is_closed: Cell<bool>,
    /// Rings when it is closed.
    closing: Notify,
}

#[derive(Default)]
struct Queue {
    pages: VecDeque<Page>,
    /// Calls of the first page that were taken, and where the next one's line begins.
    taken: usize,
    begin: usize,
    waiting: usize,
    /// Cancelled, and perhaps still waiting.
    cancelled: HashSet<Address>,
    spare: Page,
}

/// A page that was once larger is not kept for the next requests.
const PAGE_BYTES_KEPT: usize = 1 << 20;

impl Pool {
    pub fn new(workers: Workers, log: Log) -> Pool {
        Pool {
            workers,
            log,
            queue: RefCell::default(),
            out: Cell::new(0),
            ready: Cell::new(0),
            news: Notify::new(),
            is_closed: Cell::new(false),
            closing: Notify::new(),
        }
    }

    /// Puts a page of requests behind those that wait.
    pub fn push(&self, page: Page) {
        self.is_closed.set(page.is_last);
        self.queue.borrow_mut().push(page);
        self.news.notify_waiters();
        if self.is_closed() {
            self.closing.notify_waiters();
        }
    }

    /// A page that is no longer needed, or a new one.
    pub fn spare(&self) -> Page {
        std::mem::take(&mut self.queue.borrow_mut().spare)
    }

    /// Hands the next request over: who asked, and its line from behind the id. False: none waits.
    pub fn take(&self, give: impl FnOnce(Back, &[u8])) -> bool {
        self.queue.borrow_mut().take(give)
    }

    /// The most requests that one worker may owe: its share of all there are, so that none hoards what another could
    /// do, and no more than the binding allows.
    pub fn share(&self) -> usize {
        let all = self.out.get() + self.queue.borrow().waiting;
        (all / self.ready.get().max(1) + 1).min(self.window())
    }

    /// Requests that are out at once to one worker.
    pub fn window(&self) -> usize {
        self.workers.max_in_flight / self.workers.count
    }

    /// Waits until there is a request for a worker that owes so many. False: there will be no more.
    pub async fn wait(&self, owed: usize) -> bool {
        loop {
            let waiting = self.queue.borrow().waiting;
            match waiting {
                0 if self.is_closed.get() => return false,
                0 => {}
                _ if owed < self.share() => return true,
                _ => {}
            }
            self.news.notified().await;
        }
    }

    /// Waits until it is closed, if it is not yet.
    pub async fn closing(&self) {
        self.closing.notified().await;
    }

    /// Whether no more requests come.
    pub fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Wakes the workers that listen: their shares have changed.
    pub fn tell(&self) {
        self.news.notify_waiters();
    }

    /// Whether nothing is left to be given.
    pub fn is_over(&self) -> bool {
        self.is_closed.get() && self.queue.borrow().waiting == 0
    }

    /// Takes a note for people.
    pub fn note(&self, what: &str) {
        (self.log)(&format!("worker `{}`: {what}", self.workers.command.join(" ")));
    }
}

impl Queue {
    fn push(&mut self, mut page: Page) {
        self.waiting += page.calls.len();
        self.cancelled.extend(page.cancelled.drain(..));
        self.pages.push_back(page);
        // Those that are under way never come by here again. That the set may be as large as what waits pays for this.
        if self.cancelled.len() > self.waiting {
            self.forget_cancelled();
        }
    }

    fn forget_cancelled(&mut self) {
        let cancelled = std::mem::take(&mut self.cancelled);
        for call in self.pages.iter_mut().flat_map(|page| &mut page.calls) {
            if let Some(back) = call.back.take_if(|back| cancelled.contains(&back.address())) {
                back.forget();
                self.waiting -= 1;
            }
        }
    }

    fn take(&mut self, give: impl FnOnce(Back, &[u8])) -> bool {
        while let Some(page) = self.pages.front_mut() {
            let Some(call) = page.calls.get_mut(self.taken) else {
                self.end_page();
                continue;
            };
            let line = std::mem::replace(&mut self.begin, call.end)..call.end;
            self.taken += 1;
            let Some(back) = call.back.take() else { continue };
            self.waiting -= 1;
            if !self.cancelled.is_empty() && self.cancelled.remove(&back.address()) {
                back.forget();
                continue;
            }
            give(back, &page.text[line]);
            return true;
        }
        false
    }

    fn end_page(&mut self) {
        (self.taken, self.begin) = (0, 0);
        if let Some(mut page) = self.pages.pop_front().filter(|page| page.text.capacity() <= PAGE_BYTES_KEPT) {
            page.text.clear();
            page.calls.clear();
            page.is_last = false;
            self.spare = page;
        }
    }
}
