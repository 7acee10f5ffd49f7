//! Limits, order, calling off: with a service that only waits as long as its input says.

use super::*;
use crate::task::http::scripted::{Asker, LIMITS, failure, output};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Waits as many milliseconds as its input says, and answers with it; 13 panics.
#[derive(Clone, Default)]
struct Sleeper(Arc<Seen>);

#[derive(Default)]
struct Seen {
    now: AtomicUsize,
    most: AtomicUsize,
    begun: AtomicUsize,
}

/// Counts down when its work ends in whatever way.
struct Leave<'s>(&'s Seen);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

impl Service for Sleeper {
    type Job = u64;

    fn prepare(&self, request: &Request<'_>) -> Result<u64, Reply> {
        let refused = |_| Reply::Failed(crate::task::failed("that is no number"));
        serde_json::from_slice(request.parameters).map_err(refused)
    }

    async fn perform(&self, _: &Client, job: u64) -> Reply {
        self.0.begun.fetch_add(1, SeqCst);
        let now = self.0.now.fetch_add(1, SeqCst) + 1;
        self.0.most.fetch_max(now, SeqCst);
        let _leave = Leave(&self.0);
        assert!(job != 13, "unlucky");
        tokio::time::sleep(Duration::from_millis(job)).await;
        Reply::Output(job.to_string().into_bytes())
    }
}

fn asker(limits: Limits) -> (Asker, Arc<Seen>) {
    let sleeper = Sleeper::default();
    let trust = Trust::new(None).expect("they are built in");
    let seen = sleeper.0.clone();
    (Asker::new("arn:aws:states:::a:b", |thread| connect(sleeper, trust, limits, thread)), seen)
}

#[test]
fn no_more_are_out_at_once_than_may_be_and_all_are_answered() {
    let (asker, seen) = asker(Limits { max_in_flight: 3, ..LIMITS });
    (0..200).for_each(|number| asker.call(number, &(number % 5).to_string()));
    let mut replies: Vec<_> = (0..200).map(|_| asker.reply()).map(|(number, reply)| (number, output(reply))).collect();
    replies.sort();
    assert_eq!(replies, (0..200).map(|number| (number, (number % 5).to_string())).collect::<Vec<_>>());
    assert_eq!((seen.most.load(SeqCst), seen.now.load(SeqCst)), (3, 0));
}

#[test]
fn those_that_wait_keep_their_order() {
    let (asker, _) = asker(Limits { max_in_flight: 1, ..LIMITS });
    (0..50).for_each(|number| asker.call(number, "0"));
    assert_eq!((0..50).map(|_| asker.reply().0).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
}

#[test]
fn a_pace_is_kept() {
    let (asker, _) = asker(Limits { rate_per_second: Some(50.0), ..LIMITS });
    let began = std::time::Instant::now();
    (0..20).for_each(|number| asker.call(number, "0"));
    (0..20).for_each(|_| drop(output(asker.reply().1)));
    // Five may begin at once, the others one every 20 ms.
    let taken = began.elapsed();
    assert!(taken >= Duration::from_millis(280), "{taken:?}");
}

#[test]
fn what_takes_too_long_is_given_up_and_its_place_is_free_again() {
    let (asker, seen) = asker(Limits { max_in_flight: 1, timeout: Duration::from_millis(50), ..LIMITS });
    asker.call(0, "60000");
    asker.call(1, "1");
    assert_eq!(asker.reply(), (0, Reply::TimedOut));
    assert_eq!(asker.reply(), (1, Reply::Output(b"1".into())));
    assert_eq!(seen.now.load(SeqCst), 0);
}

#[test]
fn what_nobody_waits_for_is_given_up_or_not_begun() {
    let (asker, seen) = asker(Limits { max_in_flight: 1, ..LIMITS });
    asker.call(0, "60000");
    asker.call(1, "60000");
    asker.call(2, "1");
    asker.cancel(1);
    while seen.begun.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    asker.cancel(0);
    let mut replies: Vec<_> = (0..3).map(|_| asker.reply()).collect();
    replies.sort_by_key(|reply| reply.0);
    assert_eq!(replies.pop(), Some((2, Reply::Output(b"1".into()))));
    for (_, reply) in replies {
        assert_eq!(failure(reply).1, "the task was dropped before it was done");
    }
    assert_eq!((seen.begun.load(SeqCst), seen.now.load(SeqCst)), (2, 0));
}

#[test]
fn a_panic_fails_its_own_task_only() {
    let (asker, seen) = asker(Limits { max_in_flight: 1, ..LIMITS });
    for number in 0..6 {
        asker.call(number, if number % 2 == 0 { "13" } else { "1" });
    }
    for number in 0..6 {
        let (found, reply) = asker.reply();
        assert_eq!(found, number);
        assert_eq!(matches!(reply, Reply::Failed(_)), number % 2 == 0, "{reply:?}");
    }
    assert_eq!(seen.now.load(SeqCst), 0);
}

#[test]
fn a_task_that_cannot_be_asked_is_answered_at_once() {
    let (asker, seen) = asker(LIMITS);
    assert_eq!(failure(asker.ask("\"x\"")).1, "that is no number");
    assert_eq!(seen.begun.load(SeqCst), 0);
}

#[test]
fn dropping_the_connector_waits_for_nothing_and_answers_everybody() {
    let began = std::time::Instant::now();
    let (mut asker, _) = asker(Limits { max_in_flight: 1, ..LIMITS });
    asker.call(0, "60000");
    asker.call(1, "60000");
    asker.disconnect();
    for _ in 0..2 {
        assert_eq!(failure(asker.reply().1).1, "the task was dropped before it was done");
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}
