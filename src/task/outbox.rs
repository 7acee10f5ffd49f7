//! Requests on their way from the shards to the workers' thread: written onto a page one behind another, taken a page at
//! a time.
//!
//! So a request costs a copy of its text and no allocation, and the thread is woken once for all that come while it is
//! busy.

use crate::task::{Address, Back};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// Where shards leave requests.
#[derive(Default)]
pub(super) struct Outbox {
    page: Mutex<Page>,
    news: Notify,
}

/// Requests and what was said about them.
#[derive(Default)]
pub(super) struct Page {
    /// The requests' lines from behind their ids.
    pub text: Vec<u8>,
    pub calls: Vec<Call>,
    /// Nobody waits for these any more, which were left here or before.
    pub cancelled: Vec<Address>,
    /// No more requests come.
    pub is_last: bool,
}

/// One request of a page.
pub(super) struct Call {
    /// Who asked; none once it has been taken.
    pub back: Option<Back>,
    /// Where its line ends.
    pub end: usize,
}

impl Outbox {
    /// Leaves a request, whose line is written by this.
    pub fn push(&self, back: Back, write: impl FnOnce(&mut Vec<u8>)) {
        self.leave(|page| {
            write(&mut page.text);
            page.calls.push(Call { back: Some(back), end: page.text.len() });
        });
    }

    pub fn cancel(&self, address: Address) {
        self.leave(|page| page.cancelled.push(address));
    }

    /// Says that no more requests come.
    pub fn close(&self) {
        self.leave(|page| page.is_last = true);
    }

    fn leave(&self, what: impl FnOnce(&mut Page)) {
        let mut page = self.page();
        let is_first = page.is_empty();
        what(&mut page);
        drop(page);
        if is_first {
            self.news.notify_one();
        }
    }

    /// Takes what was left, and waits until there is something. The spare page is written on next.
    pub async fn take(&self, spare: Page) -> Page {
        while self.page().is_empty() {
            self.news.notified().await;
        }
        std::mem::replace(&mut self.page(), spare)
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().expect("nobody panics with it")
    }
}

impl Page {
    fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.cancelled.is_empty() && !self.is_last
    }
}
