//! HTTP endpoints that a state names: `http:invoke` (developer guide, "Call HTTPS APIs in Step Functions workflows").

mod answer;
mod connection;
mod form;
mod request;
#[cfg(test)]
mod tests;
mod token;
mod value;

use crate::failure::{ErrorName, Failure};
use crate::program::Resource;
use crate::task::http::{self, Client, Header, Limits, Response, Service, Thread, Trouble, Trust, Url};
use crate::task::{Connector, Reply, Request, failed};
use connection::Connections;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use token::{Authority, Token};

/// What a binding says of endpoints.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the connections add to requests that definitions name; none fits where none is given.
    #[serde(default)]
    connections: Connections,
    /// A PEM file of authorities to trust beside those that browsers trust.
    ca: Option<PathBuf>,
}

impl Settings {
    /// Makes a connector.
    ///
    /// # Errors
    /// The file of authorities cannot be used.
    pub fn connect(self, limits: Limits, thread: &Arc<Thread>) -> Result<Arc<dyn Connector>, String> {
        let trust = Trust::new(self.ca.as_deref())?;
        let tokens = (0..self.connections.len()).map(|_| Token::default()).collect();
        Ok(http::connect(Endpoints { connections: self.connections, tokens }, trust, limits, thread))
    }
}

/// How many redirects lead on. AWS says nothing about redirects; browsers follow twenty.
const REDIRECTS_MAX: usize = 10;

struct Endpoints {
    connections: Connections,
    /// One for each connection.
    tokens: Vec<Token>,
}

/// A request under way.
#[derive(Clone)]
struct Job {
    request: http::Request,
    url: Url,
    /// The headers that the definition gave; those of the connection are for its own server only.
    public: Vec<Header>,
    /// The place of the connection.
    connection: usize,
}

impl Service for Endpoints {
    type Job = Job;

    fn refuse(&self, resource: &str) -> Option<String> {
        (!is_invoke(&Resource::parse(resource))).then(|| format!("an `http` binding does not answer '{resource}'"))
    }

    fn prepare(&self, request: &Request<'_>) -> Result<Job, Reply> {
        let resource = &request.program.tasks[request.task.0 as usize].resource;
        if !is_invoke(resource) {
            return Err(Reply::Failed(failed(self.refuse(&resource.arn).unwrap_or_default())));
        }
        request::prepare(request.parameters, &self.connections).map_err(Reply::Failed)
    }

    async fn perform(&self, client: &Client, job: Job) -> Reply {
        let sent = match &self.connections.at(job.connection).oauth {
            Some(authority) => self.send_with_token(client, job, authority).await,
            None => send(client, job).await,
        };
        sent.map_or_else(Reply::Failed, |response| answer::reply(&response))
    }

    fn timed_out(&self) -> Reply {
        Reply::Failed(Failure::new(ErrorName::HttpSocket, "the endpoint did not answer in time"))
    }
}

impl Endpoints {
    /// A token that is not accepted is replaced once.
    async fn send_with_token(&self, client: &Client, job: Job, authority: &Authority) -> Result<Response, Failure> {
        let mut refused = None;
        loop {
            let token = self.tokens[job.connection].get(client, authority, refused.as_deref()).await;
            let token = token.map_err(|reason| unauthorized(&reason))?;
            let mut job = job.clone();
            job.request.headers.push(("authorization".into(), format!("Bearer {token}").into()));
            match send(client, job).await? {
                response if response.status == 401 && refused.is_none() => refused = Some(token),
                response => return Ok(response),
            }
        }
    }
}

/// Sends a request wherever it is led.
async fn send(client: &Client, mut job: Job) -> Result<Response, Failure> {
    for _ in 0..REDIRECTS_MAX {
        let response = client.send(&job.request).await.map_err(|trouble| unanswered(&trouble))?;
        match next(&job, &response) {
            Some(url) => job.go(url),
            None => return Ok(response),
        }
    }
    Err(Failure::new(ErrorName::HttpSocket, format!("redirected more than {REDIRECTS_MAX} times")))
}

/// There is no token (developer guide, "Connection errors").
fn unauthorized(reason: &str) -> Failure {
    let cause = format!("the connection's OAuth endpoint gave no token: {reason}");
    Failure { error: Some("Events.ConnectionResource.InvalidConnectionState".into()), cause: Some(cause.into()) }
}

fn is_invoke(resource: &Resource) -> bool {
    resource.resource_type == "http" && resource.resource == "invoke"
}

fn unanswered(trouble: &Trouble) -> Failure {
    let name = match trouble {
        Trouble::Unsendable(_) => ErrorName::Runtime,
        Trouble::TooLarge(_) => ErrorName::DataLimitExceeded,
        _ => ErrorName::HttpSocket,
    };
    Failure::new(name, trouble.to_string())
}

/// Where a response leads on to. Requests that change something are not repeated elsewhere, and nothing that was meant
/// for https goes over http.
fn next(job: &Job, response: &Response) -> Option<Url> {
    let leads =
        matches!(response.status, 301 | 302 | 303 | 307 | 308) && matches!(&*job.request.method, "GET" | "HEAD");
    let url = response.header("location").filter(|_| leads).and_then(|location| job.url.join(location).ok())?;
    (url.origin.is_secure || !job.url.origin.is_secure).then_some(url)
}

impl Job {
    fn go(&mut self, url: Url) {
        if url.origin != self.url.origin {
            self.request.headers = self.public.clone();
            self.request.body.clear();
        }
        self.request.origin = url.origin.clone();
        self.request.target = url.target();
        self.url = url;
    }
}
