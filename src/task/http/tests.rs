//! The client against servers that say exactly these bytes.

pub(in crate::task) mod scripted;

use super::*;
use crate::builtin::Random;
use scripted::{read_request, server};
use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::sync::Mutex;
use std::time::{Duration, Instant};

fn request(origin: &Arc<Origin>, method: &'static str, body: &str) -> Request {
    let origin = origin.clone();
    let headers = vec![("x-one".into(), "1".into())];
    Request { method: method.into(), origin, target: "/a?b".into(), headers, body: body.as_bytes().to_vec() }
}

/// What comes of these requests, one after another, from one client.
fn send(requests: &[Request]) -> Vec<Result<Response, Trouble>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is room");
    let client = Client::new(Trust::new(None).expect("they are built in"), 4);
    runtime.block_on(async {
        let mut outcomes = Vec::new();
        for request in requests {
            let outcome = tokio::time::timeout(Duration::from_secs(20), client.send(request)).await;
            outcomes.push(outcome.expect("it does not take so long"));
        }
        outcomes
    })
}

/// What comes of a request to a server that reads it, says this and closes.
fn heard(answer: &'static [u8]) -> Result<Response, Trouble> {
    let origin = server(move |_, mut stream| {
        read_request(&mut stream);
        stream.write_all(answer).expect("the client listens");
    });
    send(&[request(&origin, "POST", "{}")]).remove(0)
}

#[track_caller]
fn assert_heard(answer: &'static [u8], status: u16, body: &str) {
    let response = heard(answer).unwrap_or_else(|trouble| panic!("{trouble}: {}", answer.escape_ascii()));
    assert_eq!((response.status, String::from_utf8_lossy(&response.body).as_ref()), (status, body));
}

#[track_caller]
fn assert_trouble(answer: &'static [u8], part: &str) {
    let trouble = heard(answer).expect_err("should be trouble").to_string();
    assert!(trouble.contains(part), "{trouble}: {}", answer.escape_ascii());
}

#[test]
fn bodies_end_as_their_heads_say() {
    assert_heard(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", 200, "hi");
    assert_heard(b"HTTP/1.1 200\r\n\r\nup to the end", 200, "up to the end");
    assert_heard(b"HTTP/1.0 500 No\r\n\r\n", 500, "");
    assert_heard(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "");
    assert_heard(b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304, "");
    assert_heard(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length:1\r\n\r\n1", 201, "1");
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    assert_heard(chunks, 200, "abc0123456789");
}

#[test]
fn what_is_cut_off_or_garbled_is_trouble_and_says_which() {
    assert_trouble(b"", "closed before an answer came");
    assert_trouble(b"HTTP/1.1 200 OK\r\nContent-Le", "in the middle of the answer");
    assert_trouble(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "in the middle of the answer");
    assert_trouble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", "in the middle of the answer");
    assert_trouble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "in the middle of the answer");
    assert_trouble(b"\x00\x01\x02\x03 garbage \xff\xfe", "no HTTP response");
    assert_trouble(b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP response");
    assert_trouble(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "another protocol");
    assert_trouble(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "two lengths");
    assert_trouble(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no number");
    assert_trouble(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", "more than 8388608 bytes");
    assert_trouble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "not asked for");
    assert_trouble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "a chunk has no size");
    assert_trouble(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "longer than it says");
    assert_trouble(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n",
        "more than 8388608 bytes",
    );
}

#[test]
fn what_does_not_end_is_cut_off() {
    for (begin, more, part) in [
        ("HTTP/1.1 200 OK\r\n", "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", "too many headers"),
        (
            "HTTP/1.1 200 OK\r\nx: ",
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
            "headers do not end",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "a body without a length, up to the end of the connection", "more than 8388608"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", "x: y\r\n", "trailers do not end"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "20\r\n01234567890123456789012345678901\r\n",
            "more than 8388608",
        ),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;", "xxxxxxx", "a chunk has no size"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", "again and again"),
    ] {
        let origin = server(move |_, mut stream| {
            read_request(&mut stream);
            let mut rest = begin.as_bytes().to_vec();
            while stream.write_all(&rest).is_ok() {
                rest = more.repeat(64).into_bytes();
            }
        });
        let trouble = send(&[request(&origin, "GET", "")]).remove(0).expect_err("it does not end").to_string();
        assert!(trouble.contains(part), "{trouble}");
    }
}

#[test]
fn no_answer_makes_the_client_panic_or_hang() {
    let seeds: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n{\"a\":[1,2]}\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\nX: 1\r\nX: 2\r\n\r\nuntil the end",
    ];
    let numbers = Mutex::new(Random::new(7));
    let origin = server(move |_, mut stream| {
        read_request(&mut stream);
        let answer = mutated(&seeds, &mut numbers.lock().expect("no panic"));
        // The client may have refused the beginning.
        let _ = stream.write_all(&answer);
    });
    let requests = vec![request(&origin, "GET", ""); 500];
    let outcomes = send(&requests);
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((50..450).contains(&answered), "{answered} of 500 were answers");
}

/// One of the seeds with up to four places changed, cut out or doubled.
fn mutated(seeds: &[&[u8]], numbers: &mut Random) -> Vec<u8> {
    let mut below = |limit: usize| numbers.below(limit as u64) as usize;
    let mut text = seeds[below(seeds.len())].to_vec();
    for _ in 0..=below(4) {
        if text.is_empty() {
            break;
        }
        let place = below(text.len());
        match below(4) {
            0 => text[place] = below(256) as u8,
            1 => drop(text.drain(place..(place + 1 + below(8)).min(text.len()))),
            2 => text.truncate(place + 1),
            _ => text.extend_from_within(place..),
        }
    }
    text
}

#[test]
fn a_request_is_written_as_it_should_be_and_a_response_is_read_whole() {
    let origin = server(|_, mut stream| {
        let (head, body) = read_request(&mut stream).expect("it asks");
        let text = format!("{head}{body}");
        write!(stream, "HTTP/1.1 299 Quite Good\r\nX-A: 1\r\nx-a:  2 \r\ncontent-length: {}\r\n\r\n{text}", text.len())
            .expect("it listens");
    });
    let response = send(&[request(&origin, "POST", "{\"a\":1}")]).remove(0).expect("it answers");
    let expected = format!(
        "POST /a?b HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nx-one: 1\r\ncontent-length: 7\r\n\r\n{{\"a\":1}}",
        origin.port
    );
    assert_eq!(String::from_utf8_lossy(&response.body), expected);
    assert_eq!((response.status, response.reason()), (299, "Quite Good"));
    assert_eq!(response.headers().take(2).collect::<Vec<_>>(), [("X-A", "1"), ("x-a", "2")]);
    assert_eq!((response.header("x-A"), response.header("y")), (Some("1"), None));
}

#[test]
fn a_request_that_is_none_is_not_sent() {
    let origin = Arc::new(Origin { is_secure: false, host: "127.0.0.1".into(), port: 1 });
    let good = request(&origin, "GET", "");
    let with = |name: &'static str, value: &'static str| Request {
        headers: vec![(name.into(), value.into())],
        ..good.clone()
    };
    for (request, part) in [
        (with("a", "b\r\nc: d"), "the header `a`"),
        (with("a\r\nb", "c"), "the header `a\\r\\nb`"),
        (with("", "c"), "the header ``"),
        (with("a", "\0"), "the header `a`"),
        (Request { method: "GET /x HTTP/1.1\r\n".into(), ..good.clone() }, "no method"),
        (Request { target: "/a b".into(), ..good.clone() }, "no path"),
        (Request { target: "a".into(), ..good.clone() }, "no path"),
    ] {
        let trouble = send(&[request]).remove(0).expect_err("it is none").to_string();
        assert!(trouble.contains("cannot be sent") && trouble.contains(part), "{trouble}");
    }
}

/// Answers with the number of the connection and of the request on it.
fn counting(close: impl Fn(usize, usize) -> bool + Send + Sync + 'static) -> Arc<Origin> {
    server(move |connection, mut stream| {
        for number in 0.. {
            let Some(_) = read_request(&mut stream) else { return };
            let text = format!("{connection}.{number}");
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len()).expect("it listens");
            if close(connection, number) {
                return;
            }
        }
    })
}

fn texts(outcomes: Vec<Result<Response, Trouble>>) -> Vec<String> {
    let text = |outcome: Result<Response, Trouble>| match outcome {
        Ok(response) => String::from_utf8_lossy(&response.body).into_owned(),
        Err(trouble) => trouble.to_string(),
    };
    outcomes.into_iter().map(text).collect()
}

#[test]
fn a_connection_is_used_again() {
    let origin = counting(|_, _| false);
    let asked = request(&origin, "GET", "");
    assert_eq!(texts(send(&[asked.clone(), asked.clone(), asked])), ["0.0", "0.1", "0.2"]);
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_noticed_and_replaced() {
    let origin = counting(|_, number| number == 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is room");
    let client = Client::new(Trust::new(None).expect("they are built in"), 4);
    let asked = request(&origin, "POST", "x");
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(runtime.block_on(client.send(&asked)));
        // Time for the end of the connection to come.
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(30)).await });
    }
    assert_eq!(texts(answers), ["0.0", "0.1", "1.0", "1.1", "2.0"]);
}

#[test]
fn a_request_that_may_have_been_acted_on_is_not_sent_again() {
    let asked = Arc::new(Mutex::new(0));
    let count = asked.clone();
    let origin = server(move |_, mut stream| {
        for number in 0.. {
            let Some(_) = read_request(&mut stream) else { return };
            *count.lock().expect("no panic") += 1;
            if number == 1 {
                return; // It was read, and nothing is said.
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1").expect("it listens");
        }
    });
    let asks = request(&origin, "POST", "x");
    let answers = texts(send(&[asks.clone(), asks.clone(), asks]));
    assert_eq!(answers[0], "1");
    assert!(answers[1].contains("the connection broke"), "{}", answers[1]);
    assert_eq!(answers[2], "1");
    assert_eq!(*asked.lock().expect("no panic"), 3);
}

#[test]
fn an_answer_before_the_request_is_read_counts() {
    let origin = server(|_, mut stream| {
        let answer = b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno";
        stream.write_all(answer).expect("it listens");
        let _ = stream.shutdown(Shutdown::Write);
        // It reads nothing of the body; closing now would reset the connection and perhaps the answer.
        std::thread::sleep(Duration::from_secs(2));
    });
    let began = Instant::now();
    let large = "x".repeat(12 << 20);
    assert_eq!(texts(send(&[request(&origin, "POST", &large)])), ["no"]);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn bytes_that_come_one_by_one_are_put_together() {
    let origin = server(|_, mut stream| {
        read_request(&mut stream);
        stream.set_nodelay(true).expect("it is a socket");
        for byte in b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n" {
            stream.write_all(&[*byte]).expect("it listens");
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(texts(send(&[request(&origin, "GET", "")])), ["abc"]);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let mut origin = Origin { is_secure: false, host: "127.0.0.1".into(), port: free };
    let said = texts(send(&[request(&Arc::new(origin.clone()), "GET", "")])).remove(0);
    assert!(said.starts_with(&format!("cannot connect: 127.0.0.1:{free}: ")), "{said}");
    origin.host = "no-such-host.invalid".into();
    let said = texts(send(&[request(&Arc::new(origin), "GET", "")])).remove(0);
    assert!(said.starts_with("cannot find the server: no-such-host.invalid"), "{said}");
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_not_there() {
    let plain = server(|_, mut stream| stream.write_all(b"220 mail.example.com ESMTP\r\n").expect("it listens"));
    let origin = Origin::clone(&plain);
    let secure = Arc::new(Origin { is_secure: true, ..origin });
    let said = texts(send(&[request(&secure, "GET", "")])).remove(0);
    assert!(said.starts_with("cannot agree on TLS: "), "{said}");
}
