//! Servers on loopback that do what a test says, a thread for each connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server; it goes on until the test process ends.
pub struct Server {
    scheme: &'static str,
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Does this with each connection.
    pub fn raw(act: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (act, count) = (Arc::new(act), connections.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (act, stream) = (act.clone(), stream.expect("loopback connects"));
                count.fetch_add(1, SeqCst);
                std::thread::spawn(move || act(stream));
            }
        });
        Server { scheme: "http", port, connections }
    }

    /// Does this with each request, told its body.
    pub fn start(act: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Server {
        Server::raw(move |mut stream| {
            while let Some(body) = read_request(&mut stream) {
                act(&mut stream, &body);
            }
        })
    }

    /// Gives these answers over TLS.
    pub fn tls(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
        let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).expect("it is one");
        let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("it is one");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites for them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("they belong together");
        let config = Arc::new(config);
        let server = Server::raw(move |stream| {
            let session = ServerConnection::new(config.clone()).expect("the configuration is right");
            let mut stream = StreamOwned::new(session, stream);
            while let Some(body) = read_request(&mut stream) {
                stream.write_all(answer(&body).as_bytes()).expect("the client listens");
            }
        });
        Server { scheme: "https", ..server }
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// Connections taken so far.
    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

/// A response with this status and body.
pub fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

pub fn say(stream: &mut TcpStream, text: &str) {
    // The client may have gone; then it does not matter.
    let _ = stream.write_all(text.as_bytes());
}

/// Whether there is still somebody to say it to.
pub fn try_say(stream: &mut TcpStream, text: &str) -> bool {
    stream.write_all(text.as_bytes()).is_ok()
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("loopback has free ports").local_addr().expect("it is bound").port()
}

/// A request's body; none at the end.
fn read_request(stream: &mut impl Read) -> Option<String> {
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
    Some(String::from_utf8(body).expect("the client writes text"))
}
