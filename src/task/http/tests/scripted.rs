//! Servers that say exactly what a test wants, and connectors that are asked by hand.

use crate::compile::compile;
use crate::program::{Program, TaskId};
use crate::task::http::{Limits, Origin, Thread};
use crate::task::{Address, Back, Connector, Delivery, Reply, Request};
use crate::vm::{Name, Ticket};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// A server that does this with each of its connections.
pub fn server(act: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> Arc<Origin> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let port = listener.local_addr().expect("it is bound").port();
    let act = Arc::new(act);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (act, stream) = (act.clone(), stream.expect("loopback connects"));
            std::thread::spawn(move || act(number, stream));
        }
    });
    Arc::new(Origin { is_secure: false, host: "127.0.0.1".into(), port })
}

/// A request's head and body; none at the end.
pub fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("the client writes text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}

/// A server that gives this answer to whatever it is asked, and keeps its connections.
pub fn answering(answer: impl Into<Vec<u8>>) -> Arc<Origin> {
    let answer = answer.into();
    server(move |_, mut stream| while read_request(&mut stream).is_some() && stream.write_all(&answer).is_ok() {})
}

/// A response with these lines in its head.
pub fn response(status: &str, head: &[&str], body: &str) -> String {
    let head: String = head.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{head}content-length: {}\r\n\r\n{body}", body.len())
}

/// Limits that no test reaches by accident.
pub const LIMITS: Limits = Limits { max_in_flight: 4, rate_per_second: None, timeout: Duration::from_secs(20) };

/// A connector and who asks it for a task of one state.
pub struct Asker {
    program: Program,
    connector: Option<Arc<dyn Connector>>,
    inbox: (Sender<Delivery>, Receiver<Delivery>),
}

impl Asker {
    pub fn new(resource: &str, connect: impl FnOnce(&Arc<Thread>) -> Arc<dyn Connector>) -> Asker {
        let definition =
            format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Task","Resource":"{resource}","End":true}}}}}}"#);
        let program = compile(&definition, &Default::default()).expect("the definition is right");
        let connector = Some(connect(&Arc::new(Thread::start().expect("there are threads"))));
        Asker { program, connector, inbox: unbounded() }
    }

    fn connector(&self) -> &dyn Connector {
        self.connector.as_deref().expect("it is still there")
    }

    /// Drops the connector.
    pub fn disconnect(&mut self) {
        self.connector = None;
    }

    pub fn call(&self, number: u32, parameters: &str) {
        let execution = Name { prefix: "x-", number: number.into() };
        let (program, task, parameters) = (&self.program, TaskId(0), parameters.as_bytes());
        let request = Request { program, task, parameters, earlier: 0, execution, started_ms: 5 };
        self.connector().call(&request, Back::new(self.inbox.0.clone(), address(number)));
    }

    pub fn cancel(&self, number: u32) {
        self.connector().cancel(address(number));
    }

    /// The next reply, and to which call.
    pub fn reply(&self) -> (u32, Reply) {
        let delivery = self.inbox.1.recv_timeout(Duration::from_secs(30)).expect("every request is answered");
        (delivery.address.sleeper, delivery.reply)
    }

    pub fn ask(&self, parameters: &str) -> Reply {
        self.call(0, parameters);
        self.reply().1
    }
}

fn address(number: u32) -> Address {
    Address { shard: 0, sleeper: number, generation: 0, ticket: Ticket { branch: 0, generation: 0 } }
}

/// Error and cause of a reply that should be a failure.
#[track_caller]
pub fn failure(reply: Reply) -> (String, String) {
    let Reply::Failed(failure) = reply else { panic!("it should have failed: {reply:?}") };
    (failure.error.unwrap_or_default().into_owned(), failure.cause.unwrap_or_default().into_owned())
}

/// The output of a reply that should have one.
#[track_caller]
pub fn output(reply: Reply) -> String {
    let Reply::Output(text) = reply else { panic!("it should have succeeded: {reply:?}") };
    String::from_utf8(text).expect("outputs are text")
}
