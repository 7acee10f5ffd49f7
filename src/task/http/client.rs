//! The client: connections to any servers, kept while they are of use.

use super::exchange::{self, Fault, Link, Outcome};
use super::stream::Stream;
use super::{Origin, Request, Response, Trouble, Trust};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::pki_types::ServerName;

/// Sends requests, each over a connection of its own while it lasts. There is no limit on time: who waits no longer drops
/// the future, and with it the connection.
pub struct Client {
    trust: Trust,
    idle: Mutex<HashMap<Arc<Origin>, VecDeque<Idle>>>,
    /// The most connections to one server that are kept without use.
    idle_max: usize,
}

/// A connection that nobody uses just now.
struct Idle {
    link: Link,
    since: Instant,
}

/// Many servers close a connection after a minute, some after five seconds; those are noticed before they are used.
const IDLE: Duration = Duration::from_secs(20);
/// For each of a name's addresses, so that a dead one does not hide a living one.
const CONNECT: Duration = Duration::from_secs(5);

impl Client {
    /// A client that keeps at most so many idle connections to a server.
    pub fn new(trust: Trust, idle_max: usize) -> Client {
        Client { trust, idle: Mutex::default(), idle_max }
    }

    /// Sends a request and waits for the response, whatever its status. A request is sent again only when a connection
    /// that had been kept took no byte of it.
    ///
    /// # Errors
    /// There is no response.
    pub async fn send(&self, request: &Request) -> Result<Response, Trouble> {
        exchange::check(request)?;
        while let Some(mut link) = self.take(&request.origin) {
            if !link.is_quiet().await {
                continue;
            }
            match self.exchange(link, request).await {
                Err(Fault { is_untouched: true, .. }) => {}
                outcome => return outcome.map(|done| done.0).map_err(|fault| fault.trouble),
            }
        }
        let link = Link::new(self.connect(&request.origin).await?);
        self.exchange(link, request).await.map(|done| done.0).map_err(|fault| fault.trouble)
    }

    /// Closes connections that have been idle for long.
    pub fn sweep(&self) {
        let mut idle = self.lock();
        for links in idle.values_mut() {
            while links.front().is_some_and(|link| link.since.elapsed() > IDLE) {
                links.pop_front();
            }
        }
        idle.retain(|_, links| !links.is_empty());
    }

    async fn exchange(&self, mut link: Link, request: &Request) -> Outcome {
        let outcome = link.exchange(request).await;
        if matches!(outcome, Ok((_, true))) {
            self.keep(&request.origin, link);
        }
        outcome
    }

    /// The connection that was used last: it is the likeliest to be alive.
    fn take(&self, origin: &Arc<Origin>) -> Option<Link> {
        let idle = self.lock().get_mut(origin)?.pop_back()?;
        (idle.since.elapsed() <= IDLE).then_some(idle.link)
    }

    fn keep(&self, origin: &Arc<Origin>, link: Link) {
        let mut idle = self.lock();
        let links = match idle.get_mut(origin) {
            Some(links) => links,
            None => idle.entry(origin.clone()).or_default(),
        };
        if links.len() >= self.idle_max {
            links.pop_front();
        }
        links.push_back(Idle { link, since: Instant::now() });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<Origin>, VecDeque<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self, origin: &Origin) -> Result<Stream, Trouble> {
        let stream = reach(origin).await?;
        // An error here would only make it slower.
        let _ = stream.set_nodelay(true);
        if !origin.is_secure {
            return Ok(Stream::Plain(stream));
        }
        let name = ServerName::try_from(origin.host.clone()).map_err(|error| Trouble::Tls(error.to_string()))?;
        match self.trust.0.connect(name, stream).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(error) => Err(Trouble::Tls(error.to_string())),
        }
    }
}

/// Connects to the first of a server's addresses that takes connections.
async fn reach(origin: &Origin) -> Result<TcpStream, Trouble> {
    let named = |error: &io::Error| format!("{}: {error}", origin.authority());
    let addresses = lookup_host((origin.host.as_str(), origin.port)).await;
    let mut last = io::Error::other("it has no address");
    for address in addresses.map_err(|error| Trouble::Unresolved(named(&error)))? {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::other(format!("no answer in {} s", CONNECT.as_secs())),
        }
    }
    Err(Trouble::Unconnected(named(&last)))
}
