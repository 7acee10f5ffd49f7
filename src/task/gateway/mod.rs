//! APIs behind API Gateway: `apigateway:invoke` (developer guide, "Call API Gateway with Step Functions").

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::json;
use crate::program::{Pattern, Resource};
use crate::task::aws::credentials::{self, Environment, Provider, Source};
use crate::task::aws::sign::{Scope, now_seconds, sign_request};
use crate::task::http::{self, Client, Limits, Response, Service, Thread, Trust, Url};
use crate::task::{Connector, Reply, Request, failed, unusable};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What a binding says of API Gateway.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where all APIs are, instead of at `https://` and what a state says.
    #[serde(default, deserialize_with = "http::read_optional_url")]
    pub endpoint: Option<Url>,
    /// The region for signatures where the name of an API tells none; that of the environment if it is left out.
    pub region: Option<String>,
    /// The profile of the shared files that has the keys for signatures.
    pub profile: Option<String>,
    /// A PEM file of authorities to trust beside those that browsers trust.
    pub ca: Option<PathBuf>,
}

impl Settings {
    /// Makes a connector.
    ///
    /// # Errors
    /// The file of authorities cannot be used.
    pub fn connect(
        self,
        limits: Limits,
        thread: &Arc<Thread>,
        environment: Environment<'_>,
    ) -> Result<Arc<dyn Connector>, String> {
        let trust = Trust::new(self.ca.as_deref())?;
        let source = self.profile.map_or(Source::Chain, Source::Profile);
        let region = match self.region {
            Some(region) => Some(region),
            None => credentials::region(&source, environment)?,
        };
        // Most APIs want no signature: that there are no keys is told by the states that need them.
        let provider = Provider::new(&source, environment);
        Ok(http::connect(Gateway { endpoint: self.endpoint, region, provider }, trust, limits, thread))
    }
}

struct Gateway {
    endpoint: Option<Url>,
    region: Option<String>,
    provider: Result<Provider, String>,
}

/// A call that waits for its turn.
struct Job {
    request: http::Request,
    /// The region of the signature that it is to bear.
    signed_for: Option<String>,
}

/// The parameters of `apigateway:invoke`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameters<'a> {
    #[serde(borrow)]
    api_endpoint: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    stage: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    query_parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    request_body: Option<&'a RawValue>,
    allow_null_values: Option<bool>,
    auth_type: Option<Cow<'a, str>>,
}

/// Names and all their values.
type Lists = BTreeMap<String, Vec<String>>;

impl Service for Gateway {
    type Job = Job;

    fn refuse(&self, resource: &str) -> Option<String> {
        let parsed = Resource::parse(resource);
        let is_ours = (&*parsed.resource_type, &*parsed.resource, parsed.pattern)
            == ("apigateway", "invoke", Pattern::RequestResponse);
        (!is_ours).then(|| format!("an `apigateway` binding does not answer '{resource}'"))
    }

    fn prepare(&self, request: &Request<'_>) -> Result<Job, Reply> {
        if let Some(reason) = self.refuse(request.resource()) {
            return Err(Reply::Failed(failed(reason)));
        }
        let refuse = |reason: String| Reply::Failed(unusable(request.parameters, &reason));
        let parameters: Parameters<'_> = serde_json::from_slice(request.parameters)
            .map_err(|error| refuse(http::without_place(&error.to_string())))?;
        let signed_for = self.signed_for(&parameters).map_err(refuse)?;
        Ok(Job { request: self.request(&parameters).map_err(refuse)?, signed_for })
    }

    async fn perform(&self, client: &Client, job: Job) -> Reply {
        let Job { mut request, signed_for } = job;
        if let Some(region) = signed_for
            && let Err(reason) = self.sign(client, &mut request, &region).await
        {
            return unasked(format!("Unable to load credentials: {reason}"));
        }
        request.headers.push(("user-agent".into(), http::USER_AGENT.into()));
        match client.send(&request).await {
            Ok(response) if (200..300).contains(&response.status) => Reply::output(result(&response)),
            Ok(response) => Reply::Failed(refusal(&response)),
            Err(trouble) => unasked(format!("Unable to execute HTTP request: {trouble}")),
        }
    }
}

impl Gateway {
    /// The region to sign for, if the state wants the call signed: that in the API's own name, or that of the binding.
    fn signed_for(&self, parameters: &Parameters<'_>) -> Result<Option<String>, String> {
        match parameters.auth_type.as_deref() {
            None | Some("NO_AUTH") => return Ok(None),
            Some("IAM_ROLE" | "RESOURCE_POLICY") => {}
            Some(other) => return Err(format!("The value '{other}' of the field 'AuthType' is not known")),
        }
        let named = parameters.api_endpoint.split_once(".execute-api.").and_then(|(_, rest)| rest.split('.').next());
        let region = named.map(str::to_owned).or_else(|| self.region.clone());
        region.map(Some).ok_or_else(|| "a signature needs a region, and the binding has none".into())
    }

    /// Signs a request for API Gateway in this region.
    async fn sign(&self, client: &Client, request: &mut http::Request, region: &str) -> Result<(), String> {
        let now = now_seconds();
        let provider = self.provider.as_ref().map_err(Clone::clone)?;
        let credentials = provider.get(client, now).await?;
        sign_request(request, &credentials, Scope { region, service: "execute-api" }, now);
        Ok(())
    }

    /// The request that a state means, unsigned; an error says what is wrong with its parameters.
    fn request(&self, parameters: &Parameters<'_>) -> Result<http::Request, String> {
        let api = match &self.endpoint {
            Some(url) => url.clone(),
            None => Url::parse(&format!("https://{}", parameters.api_endpoint))?,
        };
        let mut target = api.path.trim_end_matches('/').to_owned();
        for part in [&parameters.stage, &parameters.path].into_iter().flatten() {
            target.push('/');
            http::encode(part.trim_start_matches('/'), b"/", &mut target);
        }
        for (place, (name, value)) in pairs("QueryParameters", parameters.query_parameters)?.iter().enumerate() {
            target.push(if place == 0 { '?' } else { '&' });
            http::encode(name, b"", &mut target);
            target.push('=');
            http::encode(value, b"", &mut target);
        }
        if target.is_empty() {
            target.push('/');
        }
        let mut headers: Vec<http::Header> = pairs("Headers", parameters.headers)?
            .into_iter()
            .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
            .collect();
        let body = body(parameters, &headers);
        if !headers.iter().any(|header| header.0.eq_ignore_ascii_case("content-type")) {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let method = Cow::Owned(parameters.method.to_string());
        Ok(http::Request { method, origin: api.origin, target, headers, body })
    }
}

/// The names of a field with each of their values. Recorded: values are lists of texts, and nothing else.
fn pairs(field: &str, lists: Option<&RawValue>) -> Result<Vec<(String, String)>, String> {
    let lists: Lists = lists
        .map_or(Ok(Lists::new()), |lists| serde_json::from_str(lists.get()))
        .map_err(|_| format!("The value of the field '{field}' has an invalid format"))?;
    let each = |(name, values): (String, Vec<String>)| values.into_iter().map(move |value| (name.clone(), value));
    Ok(lists.into_iter().flat_map(each).collect())
}

/// What is sent: JSON, or a text as it stands where the state says that it is not JSON. Null is nothing unless it is
/// allowed.
fn body(parameters: &Parameters<'_>, headers: &[http::Header]) -> Vec<u8> {
    let Some(body) = parameters.request_body.map(RawValue::get) else {
        let is_null = parameters.allow_null_values == Some(true);
        return if is_null { b"null".to_vec() } else { Vec::new() };
    };
    let kind = headers.iter().find(|header| header.0.eq_ignore_ascii_case("content-type"));
    let is_json = kind.is_none_or(|header| header.1.contains("json"));
    match serde_json::from_str::<String>(body) {
        Ok(text) if !is_json => text.into_bytes(),
        _ => body.as_bytes().to_vec(),
    }
}

/// The result of a call that went well.
fn result(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(response.body.len() + 512);
    out.extend_from_slice(b"{\"Headers\":{");
    response.write_headers(true, &mut out);
    out.extend_from_slice(b"},\"ResponseBody\":");
    match serde_json::from_slice::<&RawValue>(&response.body) {
        Ok(value) => out.extend_from_slice(value.get().as_bytes()),
        Err(_) => json::quote(&String::from_utf8_lossy(&response.body), &mut out),
    }
    out.extend_from_slice(format!(",\"StatusCode\":{},\"StatusText\":", response.status).as_bytes());
    json::quote(response.reason(), &mut out);
    out.push(b'}');
    out
}

/// What a call comes to that did not reach the API.
fn unasked(cause: String) -> Reply {
    Reply::Failed(Failure { error: Some("ApiGateway.SdkClientException".into()), cause: Some(cause.into()) })
}

/// What a call comes to that the API did not do: its status is the error, all it said the cause.
fn refusal(response: &Response) -> Failure {
    let cause = String::from_utf8_lossy(&response.body).into_owned();
    Failure { error: Some(format!("ApiGateway.{}", response.status).into()), cause: Some(cause.into()) }
}
