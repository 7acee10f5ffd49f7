//! Lambda functions over the Invoke API: functions named by their ARNs, and `lambda:invoke`.

mod answer;
mod signer;
#[cfg(test)]
mod tests;

use crate::program::{Resource, ResourceKind};
use crate::task::aws::credentials::{Credentials, Environment};
use crate::task::http::{self, Client, Limits, Origin, Service, Thread, Trust, Url};
use crate::task::{Connector, Reply, Request, failed, unusable};
use serde::Deserialize;
use serde_json::value::RawValue;
use signer::Signer;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

/// What a binding says of Lambda.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the API is; AWS's own host if it is left out.
    #[serde(default, deserialize_with = "http::read_optional_url")]
    pub endpoint: Option<Url>,
    /// The region; that of the environment or the profile if it is left out. Only signatures and AWS's host need it.
    pub region: Option<String>,
    /// The keys to sign with.
    pub credentials: Option<Credentials>,
    /// The profile of the shared files that has the keys. Without it, and without keys, calls to an endpoint are not
    /// signed, and those to AWS's own are signed with what the environment has.
    pub profile: Option<String>,
    /// Whom to ask for, whatever function a state names: the Runtime Interface Emulator knows only `function`.
    pub function: Option<String>,
    /// A PEM file of authorities to trust beside those that browsers trust.
    pub ca: Option<PathBuf>,
}

impl Settings {
    /// Makes a connector.
    ///
    /// # Errors
    /// There is no region or there are no credentials where they are needed, or a file cannot be used.
    pub fn connect(
        self,
        limits: Limits,
        thread: &Arc<Thread>,
        environment: Environment<'_>,
    ) -> Result<Arc<dyn Connector>, String> {
        let trust = Trust::new(self.ca.as_deref())?;
        let signer = Signer::new(&self, environment)?;
        let endpoint = match (self.endpoint, &signer) {
            (Some(endpoint), _) => endpoint,
            (None, Some(signer)) => Url::parse(&signer.host())?,
            (None, None) => unreachable!("what goes to AWS is signed"),
        };
        let path = endpoint.path.trim_end_matches('/').to_owned();
        let lambda = Lambda { origin: endpoint.origin, path, function: self.function, signer };
        Ok(http::connect(lambda, trust, limits, thread))
    }
}

struct Lambda {
    origin: Arc<Origin>,
    /// What stands before the API's own paths.
    path: String,
    function: Option<String>,
    signer: Option<Signer>,
}

/// A call under way.
struct Job {
    request: http::Request,
    shape: Shape,
}

/// What a state wants for a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// What the function returned.
    Payload,
    /// All that the API answered.
    Whole,
}

impl Shape {
    /// None: the resource is no function.
    fn of(resource: &Resource) -> Option<Shape> {
        match (resource.kind, &*resource.resource_type, &*resource.resource) {
            (ResourceKind::Lambda, ..) => Some(Shape::Payload),
            (ResourceKind::Service, "lambda", "invoke") => Some(Shape::Whole),
            _ => None,
        }
    }
}

/// The parameters of `lambda:invoke`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameters<'a> {
    #[serde(borrow)]
    function_name: Cow<'a, str>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    invocation_type: Option<Cow<'a, str>>,
    log_type: Option<Cow<'a, str>>,
    client_context: Option<Cow<'a, str>>,
    qualifier: Option<Cow<'a, str>>,
}

impl Service for Lambda {
    type Job = Job;

    fn refuse(&self, resource: &str) -> Option<String> {
        let shape = Shape::of(&Resource::parse(resource));
        shape.is_none().then(|| format!("a `lambda` binding does not answer '{resource}'"))
    }

    fn prepare(&self, request: &Request<'_>) -> Result<Job, Reply> {
        let resource = &request.program.tasks[request.task.0 as usize].resource;
        match Shape::of(resource) {
            Some(Shape::Payload) => {
                let request = self.request(&resource.arn, None, Vec::new(), request.parameters);
                Ok(Job { request, shape: Shape::Payload })
            }
            Some(Shape::Whole) => {
                let parameters = serde_json::from_slice(request.parameters).map_err(|error| {
                    Reply::Failed(unusable(request.parameters, &http::without_place(&error.to_string())))
                })?;
                Ok(Job { request: self.invoke(&parameters), shape: Shape::Whole })
            }
            None => Err(Reply::Failed(failed(self.refuse(&resource.arn).unwrap_or_default()))),
        }
    }

    async fn perform(&self, client: &Client, mut job: Job) -> Reply {
        if let Some(signer) = &self.signer
            && let Err(reason) = signer.sign(client, &mut job.request).await
        {
            return Reply::Failed(answer::unsent(&reason));
        }
        match client.send(&job.request).await {
            Ok(response) => answer::reply(&response, job.shape),
            Err(trouble) => Reply::Failed(answer::unanswered(&trouble)),
        }
    }
}

impl Lambda {
    fn invoke(&self, parameters: &Parameters<'_>) -> http::Request {
        let options = [
            ("x-amz-invocation-type", &parameters.invocation_type),
            ("x-amz-log-type", &parameters.log_type),
            ("x-amz-client-context", &parameters.client_context),
        ];
        let header = |(name, value): (&'static str, &Option<Cow<'_, str>>)| {
            value.as_ref().map(|value| (Cow::Borrowed(name), Cow::Owned(value.to_string())))
        };
        let headers = options.into_iter().filter_map(header).collect();
        // Recorded: a function that is given null finds an empty object.
        let payload = parameters.payload.map(body).unwrap_or_default();
        self.request(&parameters.function_name, parameters.qualifier.as_deref(), headers, payload.as_bytes())
    }

    fn request(
        &self,
        function: &str,
        qualifier: Option<&str>,
        mut headers: Vec<http::Header>,
        payload: &[u8],
    ) -> http::Request {
        let mut target = format!("{}/2015-03-31/functions/", self.path);
        http::encode(self.function.as_deref().unwrap_or(function), b"", &mut target);
        target.push_str("/invocations");
        if let Some(qualifier) = qualifier {
            target.push_str("?Qualifier=");
            http::encode(qualifier, b"", &mut target);
        }
        headers.push(("content-type".into(), "application/json".into()));
        headers.push(("user-agent".into(), http::USER_AGENT.into()));
        http::Request { method: "POST".into(), origin: self.origin.clone(), target, headers, body: payload.to_vec() }
    }
}

/// The payload as it is sent. Recorded: a text is sent as it stands, for it is to be JSON itself; other values as JSON.
fn body(payload: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(payload.get()).map_or(Cow::Borrowed(payload.get()), Cow::Owned)
}
