//! How a run is told to come to an end, from another thread.

use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What a run has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Nothing: it goes on to the end of its input.
    GoOn,
    /// Read no more, finish what was read.
    Drain,
    /// Abort what is in flight.
    Stop,
}

/// A handle on a run, for signal handlers and the like. An order can be sharpened, not taken back.
#[derive(Clone, Debug)]
pub struct Control(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    order: AtomicU8,
    bell: (Sender<()>, Receiver<()>),
}

impl Default for Control {
    fn default() -> Control {
        Control::new()
    }
}

impl Control {
    /// A control that lets its run go on.
    pub fn new() -> Control {
        Control(Arc::new(Inner { order: AtomicU8::new(0), bell: bounded(1) }))
    }

    /// Has the run read no more and finish what it has read.
    pub fn drain(&self) {
        self.raise(1);
    }

    /// Has the run abort what is in flight. What was read and not begun is left.
    pub fn stop(&self) {
        self.raise(2);
    }

    /// What has been ordered.
    pub fn order(&self) -> Order {
        match self.0.order.load(Ordering::Relaxed) {
            0 => Order::GoOn,
            1 => Order::Drain,
            _ => Order::Stop,
        }
    }

    /// Rings once after each change.
    pub(super) fn bell(&self) -> &Receiver<()> {
        &self.0.bell.1
    }

    fn raise(&self, order: u8) {
        self.0.order.fetch_max(order, Ordering::Relaxed);
        let _ = self.0.bell.0.try_send(()); // Full: it rings already.
    }
}
