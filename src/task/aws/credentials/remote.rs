//! Credentials from an endpoint: the container's (ECS, EKS), or the instance's (EC2, IMDSv2).

use super::{Credentials, Environment};
use crate::task::aws::time;
use crate::task::http::{Client, Request, Url};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;
use tokio::time::timeout;

/// An endpoint that has credentials.
#[derive(Debug, PartialEq)]
pub(super) enum Remote {
    /// One URL, with a token that a variable or a file holds.
    Container { url: Url, token: Option<Token> },
    /// The metadata service.
    Instance { url: Url },
}

/// What the container's endpoint wants to see.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// It is read anew each time: whoever wrote it changes it.
    File(String),
}

const CONTAINER: &str = "http://169.254.170.2";
const INSTANCE: &str = "http://169.254.169.254";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
/// Both are on the same machine; one that is not there may swallow what is sent.
const PATIENCE: Duration = Duration::from_secs(2);
/// Where secrets may go without TLS (AWS SDKs and Tools Reference Guide, "Container credential provider").
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

impl Remote {
    /// The endpoint that the environment names; the instance's where it names none and does not forbid it.
    pub fn find(environment: Environment<'_>) -> Result<Option<Remote>, String> {
        let relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{CONTAINER}{path}"));
        if let Some(text) = relative.or_else(|| environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
            let url = Url::parse(&text)?;
            if !may_have_secrets(&url) {
                return Err(format!("credentials are not asked for at {} without TLS", url.origin));
            }
            let file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(Token::File);
            let text = || environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Token::Text);
            return Ok(Some(Remote::Container { url, token: file.or_else(text) }));
        }
        if environment("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        Ok(Some(Remote::Instance { url: Url::parse(endpoint.as_deref().unwrap_or(INSTANCE))? }))
    }

    /// Asks for credentials; with when they expire, in seconds since 1970.
    pub async fn fetch(&self, client: &Client) -> Result<(Credentials, i64), String> {
        let text = match self {
            Remote::Container { url, token } => {
                let token = token.as_ref().map(Token::text).transpose()?;
                let headers = token.map(|token| ("authorization", token));
                ask(client, url, "GET", &url.target(), headers).await?
            }
            Remote::Instance { url } => {
                let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned());
                let token = ask(client, url, "PUT", "/latest/api/token", Some(lifetime)).await?;
                let shown = || Some(("x-aws-ec2-metadata-token", token.clone()));
                let roles = ask(client, url, "GET", ROLES, shown()).await?;
                let role = roles.lines().next().unwrap_or_default().trim();
                ask(client, url, "GET", &format!("{ROLES}{role}"), shown()).await?
            }
        };
        read(&text)
    }
}

impl Token {
    fn text(&self) -> Result<String, String> {
        match self {
            Token::Text(text) => Ok(text.clone()),
            Token::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(text.trim_end().to_owned()),
                Err(error) => Err(format!("{path}: {error}")),
            },
        }
    }
}

fn may_have_secrets(url: &Url) -> bool {
    let host = &*url.origin.host;
    let is_loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    url.origin.is_secure || is_loopback || CONTAINER_HOSTS.contains(&host)
}

/// The body of a good answer, as text.
async fn ask(
    client: &Client,
    url: &Url,
    method: &'static str,
    target: &str,
    header: Option<(&'static str, String)>,
) -> Result<String, String> {
    let failed = |reason: String| format!("there are no credentials at {}: {reason}", url.origin);
    let request = Request {
        method: method.into(),
        origin: url.origin.clone(),
        target: target.to_owned(),
        headers: header.into_iter().map(|(name, value)| (Cow::Borrowed(name), value.into())).collect(),
        body: Vec::new(),
    };
    let answer = timeout(PATIENCE, client.send(&request)).await.map_err(|_| failed("no answer".into()))?;
    let response = answer.map_err(|trouble| failed(trouble.to_string()))?;
    match response.status {
        200 => String::from_utf8(response.body).map_err(|error| failed(error.to_string())),
        status => Err(failed(format!("{method} {target} was answered with {status}"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

fn read(text: &str) -> Result<(Credentials, i64), String> {
    // The text itself may hold secrets: serde's message shows none of it but names and places.
    let answer: Answer = serde_json::from_str(text).map_err(|error| format!("these are no credentials: {error}"))?;
    let expires = answer.expiration.as_deref().map_or(Some(i64::MAX), |text| time::read(text).map(|time| time.seconds));
    let expires = expires.ok_or("these credentials expire at no time")?;
    let credentials = Credentials {
        access_key_id: answer.access_key_id,
        secret_access_key: answer.secret_access_key,
        session_token: answer.token,
    };
    Ok((credentials, expires))
}
