//! Services over HTTP that go wrong, called by the real binary: every trouble has AWS's name, so that ordinary Retry and
//! Catch deal with it, and none lasts longer than it may.

#[path = "services/server.rs"]
mod server;

use server::{Server, response};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// What a workflow calls.
#[derive(Clone, Copy)]
enum Kind {
    Lambda,
    Http,
}

/// A folder of its own for one test, with a workflow and the bindings for it.
struct Bench(PathBuf);

impl Bench {
    /// A workflow of one call to this URL, with these fields in its state and these lines in its binding.
    fn new(name: &str, kind: Kind, url: &str, state: &str, binding: &str) -> Bench {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("services").join(name);
        let _ = fs::remove_dir_all(&folder); // It need not be there.
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let (resource, who) = match kind {
            Kind::Lambda => (
                r#""Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"F","Payload.$":"$"},"ResultSelector":{"id.$":"$.Payload.id"}"#.to_owned(),
                format!("lambda = {{ endpoint = \"{url}\" }}"),
            ),
            Kind::Http => (
                format!(
                    r#""Resource":"arn:aws:states:::http:invoke","Parameters":{{"ApiEndpoint":"{url}/x","Method":"POST","RequestBody.$":"$","Authentication":{{"ConnectionArn":"c"}}}},"ResultSelector":{{"id.$":"$.ResponseBody.id"}}"#
                ),
                "http = { connections.c = {} }".to_owned(),
            ),
        };
        let definition = format!(
            r#"{{"StartAt":"Call","States":{{"Call":{{"Type":"Task",{resource},{state},"Next":"Caught"}},"Caught":{{"Type":"Pass","End":true}}}}}}"#
        );
        let tasks = format!("[[task]]\nresource = \"*\"\n{who}\n{binding}\n");
        fs::write(folder.join("workflow.json"), definition).expect("the folder can be written");
        fs::write(folder.join("tasks.toml"), tasks).expect("the folder can be written");
        Bench(folder)
    }

    /// What the run says, on standard output and standard error.
    fn run(&self, input: &str) -> (String, String) {
        let file = |name: &str| self.0.join(name).display().to_string();
        fs::write(self.0.join("input.ndjson"), input).expect("the folder can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_expressway"))
            .args(["run", &file("workflow.json"), &file("input.ndjson"), "--tasks", &file("tasks.toml"), "--quiet"])
            .stdin(Stdio::null())
            .output()
            .expect("the binary starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes text");
        (text(output.stdout), text(output.stderr))
    }
}

const CATCH: &str = r#""Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}]"#;

/// Error and cause that a workflow catches which calls this URL.
fn caught(name: &str, kind: Kind, url: &str, state: &str, binding: &str) -> (String, String) {
    let name = format!("{name}-{}", if matches!(kind, Kind::Lambda) { "lambda" } else { "http" });
    let began = Instant::now();
    let (said, complaints) = Bench::new(&name, kind, url, &format!("{state}{CATCH}"), binding).run("{\"id\":1}\n");
    assert!(began.elapsed() < Duration::from_secs(8), "{name} took {:?}", began.elapsed());
    let caught: serde_json::Value =
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("{name}: {said}{complaints}"));
    let text = |key: &str| caught[key].as_str().unwrap_or_default().to_owned();
    (text("Error"), text("Cause"))
}

/// Both kinds of calls fail with these names, and a cause that has this part.
#[track_caller]
fn assert_caught(name: &str, url: &str, binding: &str, lambda: &str, http: &str, part: &str) {
    for (kind, error) in [(Kind::Lambda, lambda), (Kind::Http, http)] {
        let (found, cause) = caught(name, kind, url, "", binding);
        assert_eq!(found, error, "{name}: {cause}");
        assert!(cause.contains(part), "{name}: {cause}");
    }
}

const CLIENT: &str = "Lambda.SdkClientException";
const SOCKET: &str = "States.Http.Socket";

#[test]
fn statuses_have_names() {
    for (status, lambda, http) in [
        ("429 Too Many Requests", "Lambda.TooManyRequestsException", "States.Http.StatusCode.429"),
        ("500 Internal Server Error", "Lambda.ServiceException", "States.Http.StatusCode.500"),
        ("503 Service Unavailable", "Lambda.AWSLambdaException", "States.Http.StatusCode.503"),
    ] {
        let server =
            Server::start(move |stream, _| server::say(stream, &response(status, "{\"message\":\"so it is\"}")));
        assert_caught(&status[..3], &server.url(), "", lambda, http, "so it is");
    }
}

#[test]
fn connections_that_break_have_names() {
    // Closing with something unread resets the connection.
    let reset = Server::raw(drop);
    assert_caught("reset", &reset.url(), "", CLIENT, SOCKET, "the connection broke: ");
    let half = Server::start(|stream, _| stream.shutdown(std::net::Shutdown::Write).expect("it is open"));
    assert_caught("half-closed", &half.url(), "", CLIENT, SOCKET, "closed before an answer came");
    let truncated = Server::start(|stream, _| {
        server::say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    assert_caught("truncated", &truncated.url(), "", CLIENT, SOCKET, "in the middle of the answer");
    let garbage = Server::start(|stream, _| server::say(stream, "\u{1}\u{2}garbage\r\n\r\n"));
    assert_caught("garbage", &garbage.url(), "", CLIENT, SOCKET, "no HTTP response");
}

#[test]
fn servers_that_are_not_there_have_names() {
    let port = server::free_port();
    assert_caught("refused", &format!("http://127.0.0.1:{port}"), "", CLIENT, SOCKET, "cannot connect: 127.0.0.1:");
    assert_caught("unknown", "http://no-such-host.invalid", "", CLIENT, SOCKET, "cannot find the server: no-such-host");
    let plain = Server::raw(|mut stream| server::say(&mut stream, "220 mail.example.com ESMTP\r\n"));
    let url = plain.url().replace("http://127.0.0.1", "https://localhost");
    assert_caught("plain", &url, "", CLIENT, SOCKET, "cannot agree on TLS: ");
}

#[test]
fn answers_that_do_not_come_in_time_have_names() {
    let silent = Server::start(|_, _| std::thread::sleep(Duration::from_secs(30)));
    assert_caught("silent", &silent.url(), "timeout = 1", "States.Timeout", SOCKET, "");
    let drip = Server::start(|stream, _| {
        server::say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n");
        while server::try_say(stream, "x") {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    assert_caught("drip", &drip.url(), "timeout = 1", "States.Timeout", SOCKET, "");
    // The state's own limit is nearer than the binding's.
    for kind in [Kind::Lambda, Kind::Http] {
        let (error, _) = caught("state", kind, &silent.url(), "\"TimeoutSeconds\":1,", "timeout = 30");
        assert_eq!(error, "States.Timeout");
    }
}

#[test]
fn https_wants_a_certificate_that_is_trusted() {
    let server = Server::tls(|_| response("200 OK", "{\"id\":7}"));
    let url = server.url();
    for kind in [Kind::Lambda, Kind::Http] {
        let (error, cause) = caught("untrusted", kind, &url, "", "");
        assert!(error == CLIENT || error == SOCKET, "{error}");
        assert!(cause.contains("cannot agree on TLS: ") && cause.contains("UnknownIssuer"), "{cause}");
    }
    let bench = Bench::new("trusted", Kind::Lambda, &url, CATCH, "");
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates/authority.pem");
    let tasks =
        format!("[[task]]\nresource = \"*\"\nlambda = {{ endpoint = \"{url}\", ca = '{}' }}\n", authority.display());
    fs::write(bench.0.join("tasks.toml"), &tasks).expect("the folder can be written");
    assert_eq!(bench.run("{}\n{}\n"), ("{\"id\":7}\n{\"id\":7}\n".into(), String::new()));
    fs::write(bench.0.join("tasks.toml"), tasks.replace("authority.pem", "nobody.pem")).expect("it can be written");
    let (said, complaints) = bench.run("{}\n");
    assert_eq!(said, "");
    assert!(
        complaints.contains("the task '*': the certificates in ") && complaints.contains("nobody.pem"),
        "{complaints}"
    );
}

/// The Retry that AWS recommends for functions, and its equal for endpoints, with more patience.
const RETRY: &str = r#""Retry":[{"ErrorEquals":["Lambda.ServiceException","Lambda.AWSLambdaException","Lambda.SdkClientException","Lambda.TooManyRequestsException","States.Http.Socket","States.Http.StatusCode.429","States.Http.StatusCode.503"],"IntervalSeconds":1,"MaxAttempts":20,"BackoffRate":1}]"#;

#[test]
fn what_goes_wrong_now_and_then_costs_retries_and_nothing_else() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|stream, body| match ASKED.fetch_add(1, SeqCst) % 11 {
        2 => server::say(stream, &response("429 Too Many Requests", "")),
        4 => server::say(stream, &response("503 Service Unavailable", "<html>")),
        6 => drop(stream.shutdown(std::net::Shutdown::Both)),
        8 => {
            server::say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        _ => server::say(stream, &response("200 OK", body)),
    });
    let lines: String = (0..100).map(|number| format!("{{\"id\":{number}}}\n")).collect();
    std::thread::scope(|scope| {
        for (name, kind) in [("flapping-lambda", Kind::Lambda), ("flapping-http", Kind::Http)] {
            let bench = Bench::new(name, kind, &server.url(), RETRY, "max_in_flight = 8");
            scope.spawn(|| {
                let bench = bench;
                let (said, complaints) = bench.run(&lines);
                assert_eq!(said, lines, "{complaints}");
            });
        }
    });
    assert!(ASKED.load(SeqCst) > 260, "so many calls must have failed");
}

#[test]
fn calls_keep_to_the_limits_of_their_binding() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|stream, body| {
        MOST.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::sleep(Duration::from_millis(5));
        NOW.fetch_sub(1, SeqCst);
        server::say(stream, &response("200 OK", body));
    });
    let lines: String = (0..100).map(|number| format!("{{\"id\":{number}}}\n")).collect();
    let bench = Bench::new("limits", Kind::Lambda, &server.url(), RETRY, "max_in_flight = 3\nrate_per_second = 100");
    let began = Instant::now();
    assert_eq!(bench.run(&lines), (lines, String::new()));
    assert!(began.elapsed() > Duration::from_millis(850), "{:?}", began.elapsed());
    assert!(MOST.load(SeqCst) <= 3, "{} at once", MOST.load(SeqCst));
    assert!(server.connections() <= 3, "{} connections", server.connections());
}

#[test]
fn a_run_that_is_stopped_does_not_wait_for_services() {
    let server = Server::start(|_, _| std::thread::sleep(Duration::from_secs(30)));
    let bench = Bench::new("stopped", Kind::Lambda, &server.url(), r#""TimeoutSeconds":60"#, "");
    fs::write(bench.0.join("input.ndjson"), "{\"id\":1}\n").expect("the folder can be written");
    let file = |name: &str| bench.0.join(name).display().to_string();
    let began = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_expressway"))
        .args(["run", &file("workflow.json"), &file("input.ndjson"), "--tasks", &file("tasks.toml"), "--drain", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    while server.connections() == 0 && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let stopped = Command::new("kill").arg(child.id().to_string()).status().expect("there is a kill");
    assert!(stopped.success());
    let output = child.wait_with_output().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(String::from_utf8_lossy(&output.stderr).contains("ABORTED"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_bindings_file_that_is_wrong_is_told_before_anything_is_called() {
    let server = Server::raw(drop);
    let bench = Bench::new("wrong", Kind::Lambda, &server.url(), CATCH, "rate_per_second = 0.0");
    let (said, complaints) = bench.run("{}\n");
    assert_eq!((said.as_str(), server.connections()), ("", 0));
    assert!(complaints.contains("tasks.toml: line 1: the task '*': `rate_per_second` should be"), "{complaints}");
}
