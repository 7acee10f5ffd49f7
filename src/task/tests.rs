//! Workers as real processes: good ones, and every way in which they break.

use super::*;
use crate::task::command::Workers;
use crate::vm::Ticket;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Answers each request with its input.
const ECHO: &str = r#"exec sed -u -E 's/^.("id":[0-9]+),.*"input":(.*),"context".*$/{\1,"output":\2}/'"#;

const DEFINITION: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:1:function:F","End":true}}}"#;

/// Workers that run this shell script, and what comes back from them.
struct Bench {
    program: Program,
    connector: Option<Arc<dyn Connector>>,
    inbox: (Sender<Delivery>, Receiver<Delivery>),
    notes: Arc<Mutex<Vec<String>>>,
}

fn bench(script: &str, workers: usize, max_in_flight: usize) -> Bench {
    let command = ["sh", "-c", script].map(String::from).to_vec();
    let timeout = Duration::from_secs(1);
    let workers = Workers { command, count: workers, max_in_flight, timeout };
    let notes = Arc::new(Mutex::new(Vec::new()));
    let log = notes.clone();
    let log = Arc::new(move |note: &str| log.lock().expect("nobody panics with it").push(note.into()));
    let connectors = command::start(vec![workers], log).expect("there is a shell");
    let connector = connectors.into_iter().next();
    Bench {
        program: crate::compile::compile(DEFINITION, &Default::default()).expect("the definition is right"),
        connector,
        inbox: unbounded(),
        notes,
    }
}

impl Bench {
    fn address(&self, number: u32) -> Address {
        Address { shard: 0, sleeper: number, generation: 0, ticket: Ticket { branch: 0, generation: 0 } }
    }

    fn call(&self, number: u32) {
        self.call_for(number, self.inbox.0.clone());
    }

    fn call_for(&self, number: u32, letters: impl Into<Letters>) {
        let input = format!("{{\"n\":{number},\n\"s\":\"é\"}}");
        let execution = Name { prefix: "x-", number: number.into() };
        let parameters = input.as_bytes();
        let task = TaskId(0);
        let request = Request { program: &self.program, task, parameters, earlier: 0, execution, started_ms: 5 };
        self.connector.as_ref().expect("still there").call(&request, Back::new(letters, self.address(number)));
    }

    /// So many replies, by number.
    fn replies(&self, count: usize) -> Vec<(u32, Reply)> {
        let reply = |_| self.inbox.1.recv_timeout(Duration::from_secs(20)).expect("every request is answered");
        let mut replies: Vec<_> =
            (0..count).map(reply).map(|Delivery { address, reply }| (address.sleeper, reply)).collect();
        replies.sort_by_key(|reply| reply.0);
        replies
    }

    fn notes(&self) -> String {
        self.notes.lock().expect("nobody panics with it").join("\n")
    }
}

fn echoed(number: u32) -> (u32, Reply) {
    (number, Reply::Output(format!("{{\"n\":{number}, \"s\":\"é\"}}").into_bytes()))
}

#[track_caller]
fn assert_failed(reply: &Reply, part: &str) {
    let Reply::Failed(failure) = reply else { panic!("it should have failed: {reply:?}") };
    assert!(failure.is(ErrorName::TaskFailed));
    let cause = failure.cause.as_deref().expect("it has a cause");
    assert!(cause.contains(part), "{cause}");
}

#[test]
fn many_requests_to_several_workers_are_all_answered() {
    let bench = bench(ECHO, 3, 50);
    (0..2000).for_each(|number| bench.call(number));
    assert_eq!(bench.replies(2000), (0..2000).map(echoed).collect::<Vec<_>>());
    assert_eq!(bench.notes(), "");
}

#[test]
fn requests_are_dealt_out_evenly() {
    // Each answers with the number of its process.
    let bench = bench(r#"exec sed -u -E "s/^.(\"id\":[0-9]+),.*\$/{\1,\"output\":$$}/""#, 2, 5000);
    (0..5000).for_each(|number| bench.call(number));
    let mut counts = HashMap::new();
    for (_, reply) in bench.replies(5000) {
        let Reply::Output(process) = reply else { panic!("it should have answered: {reply:?}") };
        *counts.entry(process).or_insert(0) += 1;
    }
    assert!(counts.len() == 2 && counts.values().all(|count| *count > 1000), "{counts:?}");
}

#[test]
fn a_long_answer_is_put_together_and_an_endless_one_is_refused() {
    let long = r#"read a; printf '{"id":1,"output":"'; head -c 1000000 /dev/zero | tr '\0' x; echo '"}'; read a"#;
    let long = bench(long, 1, 1);
    long.call(1);
    let (_, Reply::Output(text)) = &long.replies(1)[0] else { panic!("it should have answered") };
    assert_eq!(text.len(), 1_000_002);
    let endless = bench("exec tr '\\0' x < /dev/zero", 1, 1);
    endless.call(1);
    assert_failed(&endless.replies(1)[0].1, "a line of more than 16777216 bytes");
}

#[test]
fn a_request_says_what_is_asked_and_for_whom() {
    // The request comes back as a string.
    let bench = bench(r#"exec sed -u -e 's/["\]/\\&/g' -e 's/^/{"id":1,"output":"/' -e 's/$/"}/'"#, 1, 1);
    bench.call(7);
    let (_, Reply::Output(text)) = &bench.replies(1)[0] else { panic!("it should have answered") };
    let request: String = serde_json::from_slice(text).expect("a string");
    let arn = Name { prefix: "x-", number: 7 }.arn(&bench.program, 5);
    let expected = format!(
        r#"{{"id":1,"resource":"arn:aws:lambda:us-east-1:1:function:F","input":{{"n":7, "s":"é"}},"context":{{"Execution":{{"Id":"{arn}","Name":"x-7"}},"State":{{"Name":"A"}}}}}}"#
    );
    assert_eq!(request, expected);
}

#[test]
fn answers_come_in_any_order_and_errors_are_failures() {
    let script = r#"read a; read b; echo '{"id":2,"output":null}'; echo '{"error":"Busy","cause":"later","id":1}'; read c; exit"#;
    let bench = bench(script, 1, 2);
    bench.call(1);
    bench.call(2);
    let busy = Failure { error: Some("Busy".into()), cause: Some("later".into()) };
    assert_eq!(bench.replies(2), [(1, Reply::Failed(busy)), (2, Reply::Output(b"null".into()))]);
}

#[test]
fn a_worker_that_dies_fails_its_requests_and_is_replaced() {
    // Each worker answers one request, takes another and dies with it.
    let script = r#"read a; echo '{"id":1,"output":1}'; read a; exit 3"#;
    let bench = bench(script, 1, 1);
    (0..6).for_each(|number| bench.call(number));
    for (number, reply) in bench.replies(6) {
        match number % 2 {
            0 => assert_eq!(reply, Reply::Output(b"1".into())),
            _ => assert_failed(&reply, "it ended (exit status: 3)"),
        }
    }
    assert!(bench.notes().contains("it is replaced, and 1 of its requests fail"), "{}", bench.notes());
}

#[test]
fn a_worker_that_prints_garbage_is_replaced() {
    let bench = bench("while read a; do echo hello; done", 1, 1);
    bench.call(1);
    bench.call(2);
    for (_, reply) in bench.replies(2) {
        assert_failed(&reply, "it wrote what is no answer: hello");
    }
}

#[test]
fn a_worker_that_hangs_lets_its_request_time_out_and_is_replaced() {
    let bench = bench("exec sleep 100", 1, 1);
    let began = Instant::now();
    bench.call(1);
    bench.call(2);
    assert_eq!(bench.replies(2), [(1, Reply::TimedOut), (2, Reply::TimedOut)]);
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert!(bench.notes().contains("it gave no answer for 1 s"), "{}", bench.notes());
}

#[test]
fn a_worker_that_answers_twice_is_replaced_and_nothing_is_lost() {
    let script =
        r#"i=0; while read a; do i=$((i+1)); echo "{\"id\":$i,\"output\":$i}"; echo "{\"id\":$i,\"output\":0}"; done"#;
    let bench = bench(script, 1, 1);
    for number in 0..5 {
        bench.call(number);
        let (_, reply) = &bench.replies(1)[0];
        assert!(matches!(reply, Reply::Output(text) if text != b"0"), "{reply:?}");
        std::thread::sleep(Duration::from_millis(20)); // Time for the second answer to come when nothing is owed.
    }
    assert!(
        bench.notes().contains("it answered 1, which it was not asked or had answered before"),
        "{}",
        bench.notes()
    );
}

#[test]
fn a_cancelled_request_that_was_not_under_way_is_not_done() {
    let bench = bench(
        r#"while read a; do sleep 0.2; echo "$a" >&3; done 3>&1 | sed -u -E 's/^.("id":[0-9]+),.*$/{\1,"output":1}/'"#,
        1,
        1,
    );
    (0..3).for_each(|number| bench.call(number));
    bench.connector.as_ref().expect("still there").cancel(bench.address(1));
    let answered = bench.replies(2);
    assert_eq!(answered, [(0, Reply::Output(b"1".into())), (2, Reply::Output(b"1".into()))]);
}

#[test]
fn dropping_the_connector_ends_the_workers() {
    let mut polite = bench(ECHO, 2, 2);
    let began = Instant::now();
    polite.connector = None;
    assert!(began.elapsed() < Duration::from_secs(1));
    let mut stubborn = bench("exec sleep 100", 1, 1);
    stubborn.connector = None;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(stubborn.notes().contains("went on after its input had ended"));
}

#[test]
fn a_worker_whose_answers_nobody_awaits_does_not_hold_up_the_end() {
    let mut bench = bench("exec sleep 100", 1, 2);
    let mailbox = Arc::new(Mailbox::new());
    (0..3).for_each(|number| bench.call_for(number, mailbox.clone()));
    mailbox.close();
    let began = Instant::now();
    bench.connector = None;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(bench.notes().ends_with("it went on after its input had ended; it is killed"), "{}", bench.notes());
}

#[test]
fn requests_given_before_the_connector_is_dropped_are_answered() {
    let mut bench = bench(ECHO, 1, 2);
    (0..20).for_each(|number| bench.call(number));
    bench.connector = None;
    assert_eq!(bench.replies(20), (0..20).map(echoed).collect::<Vec<_>>());
}

#[test]
fn a_program_that_is_not_there_is_told_before_anything_runs() {
    let command = vec!["no-such-program-anywhere".into()];
    let timeout = Duration::from_secs(1);
    let workers = Workers { command, count: 1, max_in_flight: 1, timeout };
    let error = command::start(vec![workers], Arc::new(|_| {})).err().expect("there is none").to_string();
    assert!(error.starts_with("cannot start worker `no-such-program-anywhere`: "), "{error}");
}
