//! The way back: how what came of a task finds the execution that waits for it.

use crate::task::{Mailbox, Reply, failed};
use crate::vm::Ticket;
use crossbeam_channel::Sender;
use std::sync::Arc;

/// Who waits for a reply: an execution that may have ended when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The shard that runs it.
    pub shard: u16,
    /// Its place there,
    pub sleeper: u32,
    /// and which tenant of that place it is.
    pub generation: u32,
    /// What it waits for.
    pub ticket: Ticket,
}

/// A reply on its way to whoever asked.
#[derive(Debug)]
pub struct Delivery {
    /// Whom it is for.
    pub address: Address,
    /// What came of the task.
    pub reply: Reply,
}

/// Where replies go: the mailbox of a shard, or a channel of somebody who tries a connector by itself.
#[derive(Clone, Debug)]
pub enum Letters {
    /// A mailbox.
    Mailbox(Arc<Mailbox>),
    /// A channel.
    Channel(Sender<Delivery>),
}

impl From<Arc<Mailbox>> for Letters {
    fn from(mailbox: Arc<Mailbox>) -> Letters {
        Letters::Mailbox(mailbox)
    }
}

impl From<Sender<Delivery>> for Letters {
    fn from(sender: Sender<Delivery>) -> Letters {
        Letters::Channel(sender)
    }
}

/// The way back to whoever asked. Dropped without a word it says that the task failed, so that nobody waits in vain.
#[derive(Debug)]
pub struct Back {
    letters: Option<Letters>,
    address: Address,
}

const _: () = assert!(size_of::<Back>() <= 40, "connectors keep one for each of a million requests");

impl Back {
    /// A way back to this address.
    pub fn new(letters: impl Into<Letters>, address: Address) -> Back {
        Back { letters: Some(letters.into()), address }
    }

    /// Whom it leads to.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Brings the reply.
    pub fn reply(mut self, reply: Reply) {
        self.send(reply);
    }

    /// Whether anybody can still wait at its end: the run goes on.
    pub fn is_awaited(&self) -> bool {
        !matches!(&self.letters, Some(Letters::Mailbox(mailbox)) if mailbox.is_closed())
    }

    /// Nobody waits any more: nothing is brought.
    pub fn forget(mut self) {
        self.letters = None;
    }

    fn send(&mut self, reply: Reply) {
        let delivery = Delivery { address: self.address, reply };
        match self.letters.take() {
            Some(Letters::Mailbox(mailbox)) => mailbox.put(delivery),
            // Nobody there: the run is over, and with it the execution.
            Some(Letters::Channel(sender)) => drop(sender.send(delivery)),
            None => {}
        }
    }
}

impl Drop for Back {
    fn drop(&mut self) {
        if self.letters.is_some() {
            self.send(Reply::Failed(failed("the task was dropped before it was done")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ErrorName;

    #[test]
    fn a_dropped_way_back_still_answers() {
        let (inbox, received) = crossbeam_channel::unbounded();
        let address = Address { shard: 0, sleeper: 1, generation: 2, ticket: Ticket { branch: 3, generation: 4 } };
        drop(Back::new(inbox.clone(), address));
        Back::new(inbox.clone(), address).forget();
        Back::new(inbox, address).reply(Reply::TimedOut);
        let deliveries: Vec<Delivery> = received.try_iter().collect();
        assert_eq!(deliveries.len(), 2);
        assert!(matches!(&deliveries[0].reply, Reply::Failed(failure) if failure.is(ErrorName::TaskFailed)));
        assert_eq!((deliveries[1].address, &deliveries[1].reply), (address, &Reply::TimedOut));
    }
}
