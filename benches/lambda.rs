//! How many Lambda functions a second are called over HTTP, with the server on the same machine and its cores.
//!
//! Every function returns its payload, so that every output is known; all are checked before the time is told.

use expressway::compile::{Options, compile};
use expressway::engine::{self, Control, Engine, Outputs, Page, Sink};
use expressway::feed::{Input, Lines};
use expressway::task::{Tasks, bindings};
use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CALLS: usize = 200_000;
const ROUNDS: usize = 3;

/// A function by its ARN, and the same one with all that the API answers.
const STATES: &[(&str, &str)] = &[
    ("function", r#""Resource":"arn:aws:lambda:us-east-1:123456789012:function:Echo""#),
    (
        "lambda:invoke",
        r#""Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"Echo","Payload.$":"$"},"OutputPath":"$.Payload""#,
    ),
];

fn main() {
    let port = serve();
    let lines: String = (0..CALLS).fold(String::new(), |mut text, number| {
        writeln!(text, "{{\"order\":{number},\"item\":\"lamp\",\"quantity\":3,\"customer\":\"c-{}\"}}", number % 1000)
            .expect("a string takes every write");
        text
    });
    for (name, state) in STATES {
        let definition = format!(r#"{{"StartAt":"Call","States":{{"Call":{{"Type":"Task",{state},"End":true}}}}}}"#);
        for max_in_flight in [16, 64, 256] {
            let rates = (0..ROUNDS).map(|_| CALLS as f64 / run(&definition, port, max_in_flight, &lines).as_secs_f64());
            let mut rates: Vec<f64> = rates.collect();
            rates.sort_by(f64::total_cmp);
            println!(
                "{name:14} {max_in_flight:4} in flight  {:8.0} calls a second ({:.0} to {:.0})",
                rates[ROUNDS / 2],
                rates[0],
                rates[ROUNDS - 1]
            );
        }
    }
}

/// How long it takes to call the function for every line.
fn run(definition: &str, port: u16, max_in_flight: usize, lines: &str) -> Duration {
    let program = Arc::new(compile(definition, &Options::default()).expect("the definition is right"));
    let file = format!(
        "[[task]]\nresource = \"*\"\nlambda = {{ endpoint = \"http://127.0.0.1:{port}\" }}\nmax_in_flight = {max_in_flight}\n"
    );
    let bindings = bindings::parse(&file).expect("the file is right");
    let mut tasks = Tasks::new();
    for (pattern, connector) in bindings::connect(bindings, Arc::new(|_| {})).expect("there are threads") {
        tasks.connect(pattern, connector);
    }
    let engine = Engine::new(engine::Options::default(), tasks);
    let source = Lines::new(vec![Input::Reader(Box::new(io::Cursor::new(lines.to_owned())))]);
    let mut memory = Memory(Vec::new());
    let began = Instant::now();
    engine.run(&[program], Box::new(source), &mut memory, || Outputs, &Control::new()).expect("it can run");
    let taken = began.elapsed();
    assert!(memory.0 == lines.as_bytes(), "an output is not what its function was given");
    taken
}

struct Memory(Vec<u8>);

impl Sink for Memory {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        self.0.extend_from_slice(&page.output);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts a server, on a thread of its own, that returns every payload. Its port.
fn serve() -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("there is room");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback has free ports");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let (stream, _) = listener.accept().await.expect("loopback connects");
                tokio::spawn(echo(stream));
            }
        });
    });
    port
}

/// Answers requests, which are known to be small and well formed, until the connection ends.
async fn echo(mut stream: TcpStream) {
    stream.set_nodelay(true).expect("it is a socket");
    let (mut asked, mut answer) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
    while matches!(stream.read_buf(&mut asked).await, Ok(bytes) if bytes > 0) {
        while let Some((payload, length)) = payload(&asked) {
            answer.clear();
            answer.extend_from_slice(
                b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nContent-Type: application/json\r\n\
                  Connection: keep-alive\r\nx-amzn-RequestId: 7e0f4d1c-9d3b-4c57-a0ad-3a1d3f0a9c11\r\n\
                  x-amzn-Remapped-Content-Length: 0\r\nX-Amz-Executed-Version: $LATEST\r\n\
                  X-Amzn-Trace-Id: Root=1-6741f3a0-1a2b3c4d5e6f708192a3b4c5;Sampled=0\r\nContent-Length: ",
            );
            answer.extend_from_slice(payload.len().to_string().as_bytes());
            answer.extend_from_slice(b"\r\n\r\n");
            answer.extend_from_slice(payload);
            stream.write_all(&answer).await.expect("the client listens");
            asked.drain(..length);
        }
    }
}

/// The first request's payload, and the length of the whole request; none if it is not complete.
fn payload(asked: &[u8]) -> Option<(&[u8], usize)> {
    let head = memchr::memmem::find(asked, b"\r\n\r\n")? + 4;
    let length = memchr::memmem::find(&asked[..head], b"content-length: ")? + 16;
    let digits = asked[length..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = head + digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    Some((asked.get(head..length)?, length))
}
