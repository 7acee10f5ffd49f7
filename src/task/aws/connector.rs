//! AWS services as a connector: requests are written on the shard, signed and sent on the I/O thread.

use crate::builtin::Random;
use crate::task::aws::credentials::{Credentials, Environment, Provider, Source, region};
use crate::task::aws::integration::{self, Caller, Integration};
use crate::task::aws::request::Parts;
use crate::task::aws::response::Answer;
use crate::task::aws::service::Service as Described;
use crate::task::aws::sign::{Scope, now_seconds, sign_request};
use crate::task::http::{self, Client, Limits, Origin, Service, Thread, Trust, Url};
use crate::task::{Connector, Reply, Request, failed};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// What a binding says of AWS.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where all services are asked; AWS's own hosts if it is left out.
    #[serde(default, deserialize_with = "http::read_optional_url")]
    pub endpoint: Option<Url>,
    /// The region; that of the environment or the profile if it is left out.
    pub region: Option<String>,
    /// The keys to sign with.
    pub credentials: Option<Credentials>,
    /// The profile of the shared files that has the keys.
    pub profile: Option<String>,
    /// A PEM file of authorities to trust beside those that browsers trust.
    pub ca: Option<PathBuf>,
}

impl Settings {
    /// Makes a connector.
    ///
    /// # Errors
    /// There is no region or there are no credentials, or a file cannot be used.
    pub fn connect(
        self,
        limits: Limits,
        thread: &Arc<Thread>,
        environment: Environment<'_>,
    ) -> Result<Arc<dyn Connector>, String> {
        let source = match (self.credentials, self.profile) {
            (Some(_), Some(_)) => return Err("only one can say who signs: `credentials` or `profile`".into()),
            (Some(credentials), None) => Source::Given(credentials),
            (None, Some(name)) => Source::Profile(name),
            (None, None) => Source::Chain,
        };
        let region = match self.region {
            Some(region) => Some(region),
            None => region(&source, environment)?,
        };
        let region = region.ok_or("it has no `region`, nor have the environment and the profile")?;
        if !region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(format!("`{region}` is no region"));
        }
        let provider = Provider::new(&source, environment)?;
        let aws = Aws { endpoint: self.endpoint, region, provider, known: RwLock::default() };
        Ok(http::connect(aws, Trust::new(self.ca.as_deref())?, limits, thread))
    }
}

struct Aws {
    endpoint: Option<Url>,
    region: String,
    provider: Provider,
    /// What resources ask for, once they have been looked up; there are no more of them than in the definitions.
    known: RwLock<HashMap<Box<str>, Arc<Target>>>,
}

/// What a resource asks for, and where.
struct Target {
    integration: Integration,
    origin: Arc<Origin>,
    /// What stands before the service's own paths.
    path: String,
    /// Where the signature holds.
    region: String,
}

/// A request that waits for its turn.
struct Job {
    target: Arc<Target>,
    parts: Parts,
}

impl Service for Aws {
    type Job = Job;

    fn refuse(&self, resource: &str) -> Option<String> {
        self.target(resource).err()
    }

    fn prepare(&self, request: &Request<'_>) -> Result<Job, Reply> {
        let target = self.target(request.resource()).map_err(|reason| Reply::Failed(failed(reason)))?;
        let parts = target.integration.request(request.parameters, &|| caller(request)).map_err(Reply::Failed)?;
        Ok(Job { target, parts })
    }

    async fn perform(&self, client: &Client, job: Job) -> Reply {
        let integration = &job.target.integration;
        let refused = |cause: String| Reply::Failed(integration.client_failure(&cause));
        // When the request goes out, not when it began to wait: signatures grow old.
        let now = now_seconds();
        let credentials = match self.provider.get(client, now).await {
            Ok(credentials) => credentials,
            Err(reason) => return refused(format!("Unable to load credentials: {reason}")),
        };
        let request = job.target.signed(job.parts, &credentials, now);
        match client.send(&request).await {
            Ok(response) => {
                let headers = response.headers().collect();
                integration.result(&Answer { status: response.status, headers, body: &response.body }).into()
            }
            Err(trouble) => refused(format!("Unable to execute HTTP request: {trouble}")),
        }
    }
}

impl Aws {
    fn target(&self, resource: &str) -> Result<Arc<Target>, String> {
        if let Some(target) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(resource) {
            return Ok(target.clone());
        }
        let target = Arc::new(self.find(resource)?);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(resource.into(), target.clone());
        Ok(target)
    }

    fn find(&self, resource: &str) -> Result<Target, String> {
        let integration = integration::find(resource)?;
        let (host, region) = host(integration.action.service, &self.region);
        let (origin, path) = match &self.endpoint {
            Some(url) => (url.origin.clone(), url.path.trim_end_matches('/').to_owned()),
            None => {
                let host = format!("{}{host}", integration.action.host_prefix);
                (Arc::new(Origin { is_secure: true, host, port: 443 }), String::new())
            }
        };
        Ok(Target { integration, origin, path, region })
    }
}

/// AWS's host of a service in a region, and the region that signatures name (AWS General Reference, "Service
/// endpoints"). A global service has one host in each partition.
fn host(service: &Described, region: &str) -> (String, String) {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    if service.host.contains("{region}") {
        return (format!("{}.{suffix}", service.host.replace("{region}", region)), region.to_owned());
    }
    let (part, home) = match region {
        _ if region.starts_with("cn-") => (".cn-north-1", "cn-north-1"),
        _ if region.starts_with("us-gov-") => (".us-gov", "us-gov-west-1"),
        _ => ("", "us-east-1"),
    };
    (format!("{}{part}.{suffix}", service.host), home.to_owned())
}

impl Target {
    /// The request as it goes out.
    fn signed(&self, parts: Parts, credentials: &Credentials, now_seconds: i64) -> http::Request {
        let path = format!("{}{}", self.path, parts.path);
        let target = if parts.query.is_empty() { path } else { format!("{path}?{}", parts.query) };
        let headers = parts.headers.into_iter().map(|(name, value)| (name, Cow::Owned(value))).collect();
        let (method, origin) = (parts.method.into(), self.origin.clone());
        let mut request = http::Request { method, origin, target, headers, body: parts.body };
        let scope = Scope { region: &self.region, service: self.integration.action.service.signing };
        sign_request(&mut request, credentials, scope, now_seconds);
        request.headers.push(("user-agent".into(), http::USER_AGENT.into()));
        request
    }
}

/// Who calls. The token is the same however often the same task is sent.
fn caller(request: &Request<'_>) -> Caller {
    let execution = request.execution.arn(request.program, request.started_ms);
    let told = format!("{execution} {} {}", request.state(), request.earlier);
    let machine = request.program.identity.state_machine_arn();
    let digest = Sha256::digest(told);
    let seed = u64::from_be_bytes(*digest.first_chunk().expect("a digest has 32 bytes"));
    let token = Random::new(seed).uuid();
    Caller { execution, machine, token }
}

#[cfg(test)]
mod tests;
