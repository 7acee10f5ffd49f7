//! HTTP endpoints that a state names: `http:invoke` (developer guide, "Call HTTPS APIs in Step Functions workflows").

mod answer;
mod connection;
mod form;
mod request;
#[cfg(test)]
mod tests;
mod value;

use crate::failure::{ErrorName, Failure};
use crate::program::Resource;
use crate::task::http::{self, Client, Header, Limits, Response, Service, Thread, Trouble, Trust, Url};
use crate::task::{Connector, Reply, Request, failed};
use connection::Connections;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

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
        Ok(http::connect(Endpoints { connections: self.connections }, trust, limits, thread))
    }
}

/// How many redirects lead on. AWS says nothing about redirects; browsers follow twenty.
const REDIRECTS_MAX: usize = 10;

struct Endpoints {
    connections: Connections,
}

/// A request under way.
struct Job {
    request: http::Request,
    url: Url,
    /// The headers that the definition gave; those of the connection are for its own server only.
    public: Vec<Header>,
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

    async fn perform(&self, client: &Client, mut job: Job) -> Reply {
        for _ in 0..REDIRECTS_MAX {
            let response = match client.send(&job.request).await {
                Ok(response) => response,
                Err(trouble) => return Reply::Failed(unanswered(&trouble)),
            };
            match next(&job, &response) {
                Some(url) => job.go(url),
                None => return answer::reply(&response),
            }
        }
        Reply::Failed(Failure::new(ErrorName::HttpSocket, format!("redirected more than {REDIRECTS_MAX} times")))
    }

    fn timed_out(&self) -> Reply {
        Reply::Failed(Failure::new(ErrorName::HttpSocket, "the endpoint did not answer in time"))
    }
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
