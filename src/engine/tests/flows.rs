//! Workflows that wait for several things, retry and lose branches.

use super::*;

const RESOURCE: &str = r#""Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage""#;

fn parallel(branches: &[&str]) -> String {
    let branch =
        |state: &&str| format!(r#"{{"StartAt":"B{0}","States":{{"B{0}":{{{state},"End":true}}}}}}"#, state.len());
    let branches: Vec<String> = branches.iter().map(branch).collect();
    format!(
        r#"{{"StartAt":"P","States":{{"P":{{"Type":"Parallel","Branches":[{}],"End":true}}}}}}"#,
        branches.join(",")
    )
}

fn virtually(tasks: Tasks, definition: &str, line: &str) -> (Vec<String>, u64) {
    let options = Options { time: Time::Virtual, seed: Some(1), ..shards(1) };
    let (memory, report) = go(options, tasks, definition, text([format!("{line}\n")], 1));
    (memory.lines().iter().map(|line| line.to_string()).collect(), report.sums.usage.duration_us)
}

#[test]
fn a_branch_that_fails_calls_off_the_others() {
    let (slow, tasks) = slow();
    let failing = format!(r#"{RESOURCE},"TimeoutSeconds":1"#);
    let definition = parallel(&[r#""Type":"Wait","Seconds":60"#, RESOURCE, &failing]);
    let began = Instant::now();
    let (memory, report) = go(shards(1), tasks, &definition, text(objects([0]), 1));
    assert_eq!(memory.lines(), [r#"1 FAILED States.Timeout {"n":0}"#]);
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(report.sums.counts.failed, 1);
    // The task that timed out, and its brother.
    assert_eq!(slow.cancelled.lock().expect("nobody panicked").len(), 2);
}

#[test]
fn branches_wait_together_and_their_answers_come_in_any_order() {
    let definition = parallel(&[r#""Type":"Wait","Seconds":1"#, RESOURCE]);
    let lines = objects((0..200).map(|line| 1 + line % 40));
    let (_, tasks) = slow();
    let began = Instant::now();
    let (memory, _) = go(shards(2), tasks, &definition, text(lines.clone(), 30));
    let doubled: String = lines.iter().map(|line| format!("[{0},{0}]\n", line.trim_end())).collect();
    assert_eq!(String::from_utf8(memory.text), Ok(doubled));
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn virtual_time_is_that_of_the_longest_way() {
    let definition = parallel(&[r#""Type":"Wait","Seconds":100"#, r#""Type":"Wait","Seconds":7"#]);
    let (lines, duration_us) = virtually(Tasks::new(), &definition, "{}");
    assert_eq!((&*lines[0], duration_us), ("[{},{}]", 100_000_000));
    // A failing branch takes its brothers' waits away, which then take no time.
    let definition = parallel(&[r#""Type":"Wait","Seconds":100"#, RESOURCE]);
    let mut tasks = Tasks::new();
    tasks.function("*", |_| Err(Failure { error: Some("Custom".into()), cause: None }));
    let (lines, duration_us) = virtually(tasks, &definition, "{}");
    assert_eq!((&*lines[0], duration_us), ("1 FAILED Custom {}", 0));
}

#[test]
fn items_wait_one_after_another_or_together() {
    for (most, seconds) in [(1, 15), (2, 10), (0, 5)] {
        let item = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}"#;
        let map = format!(r#""Type":"Map","MaxConcurrency":{most},"ItemProcessor":{item},"End":true"#);
        let definition = format!(r#"{{"StartAt":"M","States":{{"M":{{{map}}}}}}}"#);
        let (lines, duration_us) = virtually(Tasks::new(), &definition, "[1,2,3]");
        assert_eq!((&*lines[0], duration_us), ("[1,2,3]", seconds * 1_000_000), "{most} at once");
    }
}

/// Fails until the third time.
fn third_time_lucky() -> Tasks {
    let mut tasks = Tasks::new();
    tasks.function("*", |request| match request.earlier {
        0 | 1 => Err(Failure { error: Some("Busy".into()), cause: None }),
        _ => Ok(request.parameters.to_vec()),
    });
    tasks
}

#[test]
fn retries_wait_in_virtual_time_and_in_real_time() {
    let retry = r#""Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":1}]"#;
    let definition = format!(r#"{{"StartAt":"A","States":{{"A":{{{RESOURCE},{retry},"End":true}}}}}}"#);
    let (lines, duration_us) = virtually(third_time_lucky(), &definition, "{}");
    assert_eq!((&*lines[0], duration_us), ("{}", 2_000_000));

    let lines = objects(0..300);
    let (memory, report) = go(shards(2), third_time_lucky(), &definition, text(lines.clone(), 20));
    assert_eq!(String::from_utf8(memory.text), Ok(lines.concat()));
    assert_eq!((report.sums.usage.retries, report.sums.usage.tasks), (600, 900));
    assert!(report.sums.latency_ns.min() >= 1_980_000_000, "{}", report.sums.latency_ns.min());
}

#[cfg(unix)]
#[test]
fn workers_that_die_under_way_cost_retries_and_nothing_else() {
    use crate::task::bindings;
    // Each worker answers thirty requests and dies, owing what else it was given.
    let file = r#"
        [[task]]
        resource = "*"
        command = ["sed", "-u", "-E", 's/^.("id":[0-9]+),.*"parameters":(.*),"context".*$/{\1,"output":\2}/;30q']
        workers = 2
        max_in_flight = 16
    "#;
    let notes = Arc::new(Mutex::new(Vec::new()));
    let log = notes.clone();
    let log = Arc::new(move |note: &str| log.lock().expect("no test panics with it").push(note.to_owned()));
    let mut tasks = Tasks::new();
    let bindings = bindings::parse(file).expect("the file is right");
    for (pattern, connector) in bindings::connect(bindings, log).expect("there is a sed") {
        tasks.connect(pattern, connector);
    }
    let retry =
        r#""Retry":[{"ErrorEquals":["States.TaskFailed"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":50}]"#;
    let definition = format!(r#"{{"StartAt":"A","States":{{"A":{{{RESOURCE},{retry},"End":true}}}}}}"#);
    let lines = objects(0..500);
    let (memory, report) = go(shards(2), tasks, &definition, text(lines.clone(), 40));
    assert_eq!(String::from_utf8(memory.text), Ok(lines.concat()));
    let usage = report.sums.usage;
    assert!(usage.retries > 0 && usage.tasks == 500 + usage.retries, "{usage:?}");
    let deaths =
        notes.lock().expect("no test panics with it").iter().filter(|note| note.contains("it is replaced")).count();
    assert!(deaths >= 500 / 30 - 2, "{deaths} deaths");
}
