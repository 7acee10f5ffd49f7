//! Async Rust functions that do tasks.

use super::*;
use std::sync::atomic::AtomicBool;

/// Waits as many milliseconds as the input says, and gives it back.
fn sleepy() -> Tasks {
    let mut tasks = Tasks::new();
    let work = |request: &Request<'_>| {
        let input = request.parameters.to_vec();
        async move {
            tokio::time::sleep(Duration::from_millis(number(&input))).await;
            Ok(input)
        }
    };
    tasks.asynchronous("*", work).expect("there is a thread");
    tasks
}

#[test]
fn futures_answer_in_their_own_time_and_outputs_come_in_order() {
    let lines = objects((0..3000).map(|line| (line * 7) % 50));
    let (memory, report) = go(shards(2), sleepy(), TASK, text(lines.clone(), 100));
    assert_eq!(memory.text, lines.concat().into_bytes());
    assert_eq!((report.sums.counts.succeeded, report.sums.late_answers), (3000, 0));
    // Thousands wait together: one after another they would take more than a minute.
    assert!(report.elapsed < Duration::from_secs(20), "{:?}", report.elapsed);
}

#[test]
fn many_tasks_of_one_execution_are_done_at_once() {
    let definition = r#"{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.n","MaxConcurrency":1000,"ItemProcessor":{
        "StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}}},"End":true}}}"#;
    let numbers = |line: u64| (0..300).map(|item| ((item * line) % 40 + 1).to_string()).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = (1..20).map(|line| format!("{{\"n\":[{}]}}\n", numbers(line))).collect();
    let (memory, _) = go(shards(2), sleepy(), definition, text(lines, 2));
    let expected: Vec<String> = (1..20).map(|line| format!("[{}]", numbers(line))).collect();
    assert_eq!(memory.lines(), expected);
}

#[test]
fn a_future_that_is_ready_at_once_is_never_handed_to_the_other_thread() {
    let mut tasks = Tasks::new();
    let where_it_ends = |request: &Request<'_>| {
        let waits = number(request.parameters) == 1;
        async move {
            if waits {
                tokio::task::yield_now().await;
            }
            Ok(format!("\"{}\"", thread::current().name().unwrap_or("shard")).into_bytes())
        }
    };
    tasks.asynchronous("*", where_it_ends).expect("there is a thread");
    let (memory, _) = go(shards(1), tasks, TASK, text(objects((0..2000).map(|line| line % 2)), 500));
    assert_eq!(memory.lines(), ["\"shard\"", "\"futures\""].repeat(1000));
}

#[test]
fn types_of_serde_go_in_and_out() {
    #[derive(serde::Deserialize)]
    struct Order {
        n: u32,
    }
    #[derive(serde::Serialize)]
    struct Price {
        total: f64,
    }
    let mut tasks = Tasks::new();
    let price = |order: Order| async move {
        tokio::task::yield_now().await;
        match order.n {
            0 => Err(Failure { error: Some("Order.Empty".into()), cause: None }),
            n => Ok(Price { total: 2.5 * f64::from(n) }),
        }
    };
    tasks.typed("*", price).expect("there is a thread");
    let lines = ["{\"n\":2}\n", "{\"n\":0}\n", "{\"n\":-1}\n"].map(String::from);
    let (memory, report) = go(shards(1), tasks, TASK, text(lines, 3));
    let told = ["{\"total\":5.0}", r#"2 FAILED Order.Empty {"n":0}"#, r#"3 FAILED States.TaskFailed {"n":-1}"#];
    assert_eq!(memory.lines(), told);
    assert_eq!(report.sums.panics, 0);
}

#[test]
fn a_future_that_panics_fails_its_task_and_no_other() {
    let mut tasks = Tasks::new();
    let work = |request: &Request<'_>| {
        let n = number(request.parameters);
        async move {
            tokio::time::sleep(Duration::from_millis(n % 10)).await;
            assert!(n % 50 != 13, "thirteen is unlucky (this panic is part of a test)");
            Ok(n.to_string().into_bytes())
        }
    };
    tasks.asynchronous("*", work).expect("there is a thread");
    let (memory, report) = go(shards(2), tasks, TASK, text(objects(0..200), 30));
    let expected = |line: u64| match line % 50 {
        13 => format!("{} FAILED States.TaskFailed {{\"n\":{line}}}", line + 1),
        _ => line.to_string(),
    };
    assert_eq!(memory.lines(), (0..200).map(expected).collect::<Vec<_>>());
    assert_eq!((report.sums.panics, report.sums.counts.failed), (0, 4));
}

/// Tells when it is dropped.
struct Flag(Arc<AtomicUsize>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_future_that_nobody_waits_for_any_more_is_dropped() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let (counter, seen) = (dropped.clone(), Arc::new(AtomicBool::new(false)));
    let mut tasks = Tasks::new();
    let saw = seen.clone();
    let work = move |request: &Request<'_>| {
        let (n, flag, dropped, saw) = (number(request.parameters), Flag(counter.clone()), counter.clone(), saw.clone());
        async move {
            match n {
                0 => std::future::pending().await,
                // The last one looks whether the others are gone while the run goes on.
                n => tokio::time::sleep(Duration::from_millis(n)).await,
            }
            saw.store(dropped.load(SeqCst) == 50, SeqCst);
            drop(flag);
            Ok(b"1".to_vec())
        }
    };
    tasks.asynchronous("*", work).expect("there is a thread");
    let definition = TASK_OF_A_SECOND.replace("\"TimeoutSeconds\":1", "\"TimeoutSecondsPath\":\"$.t\"");
    let lines = (0..51).map(|line| if line < 50 { "{\"n\":0,\"t\":1}\n" } else { "{\"n\":1900,\"t\":9}\n" }.to_owned());
    let (memory, report) = go(shards(2), tasks, &definition, text(lines, 51));
    assert_eq!(memory.lines().iter().filter(|line| line.contains("States.Timeout")).count(), 50);
    assert_eq!((dropped.load(SeqCst), report.sums.late_answers), (51, 0), "what is called off does not answer");
    assert!(seen.load(SeqCst), "they were dropped when they had timed out, not at the end");
}

#[test]
fn futures_serve_executions_by_themselves_and_in_batches() {
    let engine = Engine::new(Options::default(), sleepy());
    let executed = engine.execute(&program(TASK), b"{\"n\":20}").expect("it can begin").expect("it is JSON");
    assert_eq!((executed.outcome.status, &*executed.output), (Status::Succeeded, &b"{\"n\":20}"[..]));
    let lines = objects((0..100).map(|line| line % 9));
    let inputs: Vec<&[u8]> = lines.iter().map(|line| line.trim_end().as_bytes()).collect();
    let results = engine.execute_batch(&program(TASK), &inputs).expect("it can begin");
    let outputs: Vec<Vec<u8>> = results.into_iter().map(|result| result.expect("it is JSON").output).collect();
    assert_eq!(outputs, inputs);
    let options = Options { time: Time::Virtual, ..Options::default() };
    let refused = Engine::new(options, sleepy()).execute(&program(TASK), b"{}");
    assert_eq!(refused.err(), Some(Error::TasksTakeTime));
}

#[test]
fn a_late_answer_to_one_execution_is_not_taken_for_one_to_the_next() {
    let engine = Engine::new(Options::default(), slow().1);
    let definition = TASK.replacen('{', "{\"TimeoutSeconds\":1,", 1);
    // One thread runs them one after another: the first is over when its answer comes, and the second waits for its own.
    let inputs: Vec<&[u8]> = vec![b"{\"n\":1200}", b"{\"n\":700}"];
    let run = || engine.execute_batch(&program(&definition), &inputs).expect("it can begin");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("there is a thread");
    let results: Vec<Executed> = pool.install(run).into_iter().map(|result| result.expect("it is JSON")).collect();
    assert_eq!(results[0].outcome.status, Status::TimedOut);
    assert_eq!((results[1].outcome.status, &*results[1].output), (Status::Succeeded, &b"{\"n\":700}"[..]));
}
