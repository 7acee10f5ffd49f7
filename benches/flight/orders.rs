//! Orders as input: lines of some 280 bytes, made as they are read, so that nothing but the engine holds them.

use expressway::engine::{Block, PADDING, Source};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// So many orders. `is_read` says when the last has been read.
pub struct Orders {
    next: u64,
    end: u64,
    is_read: Arc<AtomicBool>,
    /// What an order says beside: a member of its object, from its number.
    extra: fn(u64) -> String,
    pace: Option<Pace>,
}

/// So many a second.
struct Pace {
    rate: u64,
    began: Option<Instant>,
}

/// Bytes of a block.
const BLOCK_BYTES: usize = 256 * 1024;

impl Orders {
    pub fn new(count: u64, extra: fn(u64) -> String) -> (Orders, Arc<AtomicBool>) {
        let is_read = Arc::new(AtomicBool::new(false));
        (Orders { next: 0, end: count, is_read: is_read.clone(), extra, pace: None }, is_read)
    }

    /// Has them come at this rate, whatever becomes of them.
    #[allow(dead_code, reason = "the bench asks for it")]
    pub fn at_rate(self, rate: u64) -> Orders {
        Orders { pace: Some(Pace { rate, began: None }), ..self }
    }
}

impl Pace {
    /// How many have come, when this many have and one more.
    fn wait(&mut self, before: u64) -> u64 {
        let began = *self.began.get_or_insert_with(Instant::now);
        loop {
            let come = (began.elapsed().as_nanos() * u128::from(self.rate) / 1_000_000_000) as u64;
            if come > before {
                return come;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The number of an order that was written by this file.
pub fn number(line: &[u8]) -> u64 {
    let digits = line.strip_prefix(b"{\"orderId\":\"").expect("it is an order").split(|byte| *byte == b'"').next();
    std::str::from_utf8(digits.expect("there is a first part")).expect("digits").parse().expect("a number")
}

/// What stands around the number and what an order says beside; 280 bytes in all without that.
const BEGIN: &[u8] = b"{\"orderId\":\"";
const REST: &[u8] = b"\"customer\":{\"id\":\"c-0770733\",\"tier\":\"gold\",\"country\":\"DE\"},\"items\":[\
    {\"sku\":\"A-00017\",\"quantity\":2,\"price\":4800.50},{\"sku\":\"B-00203\",\"quantity\":1,\"price\":12.25}],\
    \"currency\":\"EUR\",\"status\":\"NEW\",\"placedAt\":\"2026-11-22T10:15:00Z\",\"note\":\"leave at the door\"}\n";

/// Without formatting: the source must not be what is measured.
fn write_order(number: u64, extra: &str, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 12];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        (*digit, rest) = (b'0' + (rest % 10) as u8, rest / 10);
    }
    for part in [BEGIN, &digits, b"\",", extra.as_bytes(), REST] {
        out.extend_from_slice(part);
    }
}

impl Source for Orders {
    fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        block.bytes.clear();
        let come = match &mut self.pace {
            Some(pace) if self.next < self.end => pace.wait(self.next).min(self.end),
            _ => self.end,
        };
        while self.next < come && block.bytes.len() < BLOCK_BYTES {
            write_order(self.next, &(self.extra)(self.next), &mut block.bytes);
            self.next += 1;
        }
        block.lines = 0..block.bytes.len();
        block.bytes.resize(block.lines.end + PADDING, 0);
        if block.lines.is_empty() {
            self.is_read.store(true, Ordering::SeqCst);
        }
        Ok(!block.lines.is_empty())
    }
}
