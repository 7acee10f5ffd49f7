//! One request and its response over one connection: HTTP/1.1 as RFC 9112 has it, with a limit on everything that comes.

use super::stream::Stream;
use super::{Header, Request, Response, Trouble};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// A connection, between exchanges or in one.
pub(super) struct Link {
    stream: Stream,
    /// What came and is not taken yet; empty between exchanges.
    incoming: Vec<u8>,
    /// What is to be written.
    outgoing: Vec<u8>,
}

/// What went wrong, and how far it had come.
pub(super) struct Fault {
    pub trouble: Trouble,
    /// No byte of the request was taken: it may be sent again.
    pub is_untouched: bool,
}

/// A response, and whether the connection can be used again.
pub(super) type Outcome = Result<(Response, bool), Fault>;

/// A response's body: more than a function may return. The vm takes far shorter results, but says so better.
const BODY_BYTES_MAX: usize = 8 << 20;
const HEAD_BYTES_MAX: usize = 64 << 10;
const HEADERS_MAX: usize = 128;
/// Interim responses (`100 Continue`) before the real one.
const INTERIM_MAX: usize = 8;
/// A chunk's size with its extensions.
const CHUNK_HEAD_BYTES_MAX: usize = 1 << 10;
/// Room for what is read at once; buffers that have grown far beyond it are given up between exchanges.
const BUFFER_BYTES: usize = 4 << 10;
const BUFFER_BYTES_KEPT: usize = 64 << 10;

impl Link {
    pub fn new(stream: Stream) -> Link {
        Link { stream, incoming: Vec::with_capacity(BUFFER_BYTES), outgoing: Vec::new() }
    }

    /// Whether the server has neither closed the connection nor said anything unasked.
    pub async fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        poll_fn(|cx| Poll::Ready(Pin::new(&mut self.stream).poll_read(cx, &mut buffer).is_pending())).await
    }

    /// Sends the request and waits for its response.
    pub async fn exchange(&mut self, request: &Request) -> Outcome {
        self.outgoing.clear();
        write_head(request, &mut self.outgoing);
        self.outgoing.extend_from_slice(&request.body);
        let sent = match self.send().await {
            Ok(sent) => sent,
            Err((0, error)) => return Err(Fault { trouble: broken(&error), is_untouched: true }),
            // The server may have answered before it had read everything, and closed the connection.
            Err(_) => false,
        };
        let received = self.receive(request.method == "HEAD").await;
        let (response, may_stay) = received.map_err(|trouble| Fault { trouble, is_untouched: false })?;
        let may_stay = may_stay && sent && self.incoming.is_empty();
        self.incoming.shrink_to(BUFFER_BYTES_KEPT);
        self.outgoing.shrink_to(BUFFER_BYTES_KEPT);
        Ok((response, may_stay))
    }

    /// Writes until all is taken, or the server answers before that (false). An error tells how much had been taken.
    async fn send(&mut self) -> Result<bool, (usize, io::Error)> {
        let mut taken = 0;
        poll_fn(|cx| {
            let written = self.poll_send(cx, &mut taken);
            if written.is_pending() && taken < self.outgoing.len() {
                // It reads no more, perhaps because it has said why.
                return self.poll_hear(cx).map(|heard| heard.map(|()| false));
            }
            written.map_ok(|()| true)
        })
        .await
        .map_err(|error| (taken, error))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, taken: &mut usize) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while *taken < self.outgoing.len() {
            match ready!(stream.as_mut().poll_write(cx, &self.outgoing[*taken..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => *taken += bytes,
            }
        }
        stream.poll_flush(cx)
    }

    /// Ready when something has come.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 512];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        self.incoming.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    }

    /// The response, and whether the server lets the connection stay.
    async fn receive(&mut self, is_head: bool) -> Result<(Response, bool), Trouble> {
        for _ in 0..INTERIM_MAX {
            let head = self.head().await?;
            let bytes: Vec<u8> = self.incoming.drain(..head.length).collect();
            match head.status {
                101 => return Err(garbled("it switches to another protocol")),
                100..200 => continue,
                _ => {}
            }
            let framing = if is_head || matches!(head.status, 204 | 304) { Framing::Length(0) } else { head.framing };
            let body = match framing {
                Framing::Length(length) => self.counted(length).await?,
                Framing::Chunked => self.chunked().await?,
                Framing::Rest => self.rest().await?,
            };
            let may_stay = head.may_stay && framing != Framing::Rest;
            return Ok((Response { status: head.status, head: bytes, body }, may_stay));
        }
        Err(garbled("it announces a response again and again"))
    }

    /// Reads on. An end is trouble: something is missing yet.
    async fn more(&mut self) -> Result<(), Trouble> {
        match self.read().await? {
            0 => Err(Trouble::Broken("it was closed in the middle of the answer".into())),
            _ => Ok(()),
        }
    }

    async fn read(&mut self) -> Result<usize, Trouble> {
        self.incoming.reserve(BUFFER_BYTES);
        self.stream.read_buf(&mut self.incoming).await.map_err(|error| broken(&error))
    }

    async fn head(&mut self) -> Result<Head, Trouble> {
        if self.incoming.is_empty() && self.read().await? == 0 {
            return Err(Trouble::Broken("it was closed before an answer came".into()));
        }
        loop {
            if let Some(head) = Head::parse(&self.incoming)? {
                return Ok(head);
            }
            if self.incoming.len() > HEAD_BYTES_MAX {
                return Err(garbled("its headers do not end"));
            }
            self.more().await?;
        }
    }

    async fn counted(&mut self, length: usize) -> Result<Vec<u8>, Trouble> {
        while self.incoming.len() < length {
            self.more().await?;
        }
        Ok(self.incoming.drain(..length).collect())
    }

    async fn rest(&mut self) -> Result<Vec<u8>, Trouble> {
        while self.read().await? > 0 {
            if self.incoming.len() > BODY_BYTES_MAX {
                return Err(Trouble::TooLarge(BODY_BYTES_MAX));
            }
        }
        Ok(std::mem::take(&mut self.incoming))
    }

    async fn chunked(&mut self) -> Result<Vec<u8>, Trouble> {
        let mut body = Vec::new();
        loop {
            let size = self.chunk_size().await?;
            if size == 0 {
                self.trailers().await?;
                return Ok(body);
            }
            if size > BODY_BYTES_MAX - body.len() {
                return Err(Trouble::TooLarge(BODY_BYTES_MAX));
            }
            while self.incoming.len() < size + 2 {
                self.more().await?;
            }
            if &self.incoming[size..size + 2] != b"\r\n" {
                return Err(garbled("a chunk is longer than it says"));
            }
            body.extend_from_slice(&self.incoming[..size]);
            self.incoming.drain(..size + 2);
        }
    }

    async fn chunk_size(&mut self) -> Result<usize, Trouble> {
        loop {
            match httparse::parse_chunk_size(&self.incoming) {
                Ok(httparse::Status::Complete((bytes, size))) => {
                    self.incoming.drain(..bytes);
                    return Ok(usize::try_from(size).unwrap_or(usize::MAX));
                }
                Ok(httparse::Status::Partial) if self.incoming.len() < CHUNK_HEAD_BYTES_MAX => self.more().await?,
                _ => return Err(garbled("a chunk has no size")),
            }
        }
    }

    /// Passes over what stands behind the last chunk, up to an empty line.
    async fn trailers(&mut self) -> Result<(), Trouble> {
        let mut bytes = 0;
        loop {
            match memchr::memchr(b'\n', &self.incoming) {
                Some(end) => {
                    let is_last = self.incoming[..end].trim_ascii().is_empty();
                    bytes += end + 1;
                    self.incoming.drain(..=end);
                    if is_last {
                        return Ok(());
                    }
                }
                None => self.more().await?,
            }
            if bytes + self.incoming.len() > HEAD_BYTES_MAX {
                return Err(garbled("its trailers do not end"));
            }
        }
    }
}

/// What the head of a response says.
struct Head {
    status: u16,
    /// Its bytes.
    length: usize,
    framing: Framing,
    /// The connection may be used again.
    may_stay: bool,
}

/// How a body ends (RFC 9112, 6.3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    /// With the connection.
    Rest,
}

impl Head {
    /// None: it is not complete yet.
    fn parse(bytes: &[u8]) -> Result<Option<Head>, Trouble> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(garbled(&error.to_string())),
        };
        let (mut framing, mut may_stay) = (Framing::Rest, response.version == Some(1));
        for header in &*response.headers {
            let value = header.value.trim_ascii();
            if header.name.eq_ignore_ascii_case("content-length") {
                let length = body_length(value)?;
                match framing {
                    Framing::Length(other) if other != length => return Err(garbled("it has two lengths")),
                    Framing::Chunked => {}
                    _ => framing = Framing::Length(length),
                }
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(garbled("it is encoded in a way that was not asked for"));
                }
                framing = Framing::Chunked;
            } else if header.name.eq_ignore_ascii_case("connection") {
                let says = |word: &[u8]| {
                    value.split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(word))
                };
                may_stay = (may_stay || says(b"keep-alive")) && !says(b"close");
            }
        }
        let status = response.code.expect("a complete head has a status");
        Ok(Some(Head { status, length, framing, may_stay }))
    }
}

fn body_length(digits: &[u8]) -> Result<usize, Trouble> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let length = is_number.then(|| std::str::from_utf8(digits).ok()?.parse::<usize>().ok()).flatten();
    match length {
        Some(length) if length <= BODY_BYTES_MAX => Ok(length),
        None if !is_number => Err(garbled("its length is no number")),
        _ => Err(Trouble::TooLarge(BODY_BYTES_MAX)),
    }
}

fn write_head(request: &Request, out: &mut Vec<u8>) {
    out.reserve(request.body.len() + 512);
    let mut put = |texts: &[&str]| texts.iter().for_each(|text| out.extend_from_slice(text.as_bytes()));
    put(&[&request.method, " ", &request.target, " HTTP/1.1\r\nhost: ", &request.origin.authority(), "\r\n"]);
    for (name, value) in &request.headers {
        put(&[name, ": ", value, "\r\n"]);
    }
    if !request.body.is_empty() || matches!(&*request.method, "POST" | "PUT" | "PATCH") {
        put(&["content-length: ", &request.body.len().to_string(), "\r\n"]);
    }
    put(&["\r\n"]);
}

/// Whether the request is what it seems: no header that ends early and becomes two.
pub(super) fn check(request: &Request) -> Result<(), Trouble> {
    let is_token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let is_value = |text: &str| text.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 127));
    let is_target = request.target.starts_with('/') && request.target.bytes().all(|byte| byte.is_ascii_graphic());
    let wrong = |(name, value): &&Header| !is_token(name) || !is_value(value);
    match request.headers.iter().find(wrong) {
        _ if !is_token(&request.method) => {
            Err(Trouble::Unsendable(format!("`{}` is no method", request.method.escape_debug())))
        }
        _ if !is_target => Err(Trouble::Unsendable(format!("`{}` is no path", request.target.escape_debug()))),
        Some((name, _)) => {
            Err(Trouble::Unsendable(format!("the header `{}` has characters that none may have", name.escape_debug())))
        }
        None => Ok(()),
    }
}

fn broken(error: &io::Error) -> Trouble {
    Trouble::Broken(error.to_string())
}

fn garbled(what: &str) -> Trouble {
    Trouble::Garbled(what.into())
}
