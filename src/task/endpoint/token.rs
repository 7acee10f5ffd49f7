//! Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4), asked for when they are needed and kept until they
//! expire.

use super::form::put_pair;
use crate::builtin::base64;
use crate::task::http::{self, Client, Request, Response, Url};
use crate::task::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Who gives tokens, and to whom.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Authority {
    #[serde(deserialize_with = "http::read_url")]
    endpoint: Url,
    client_id: Secret,
    client_secret: Secret,
    /// What else it wants to be told: a scope, an audience.
    #[serde(default)]
    body: BTreeMap<String, Secret>,
}

/// A connection's token.
#[derive(Default)]
pub(super) struct Token(Mutex<Option<(String, Instant)>>);

/// A token is not used in its last minute: it might expire on its way.
const AHEAD: Duration = Duration::from_secs(60);
/// How long one lasts whose authority does not say, and the longest that is believed.
const LASTS_SECONDS: (u64, u64) = (300, 86_400);

impl Token {
    /// A token that is good, but not this one.
    ///
    /// # Errors
    /// The authority gives none; why.
    pub async fn get(&self, client: &Client, authority: &Authority, but: Option<&str>) -> Result<String, String> {
        // Who comes while it is asked for waits for what comes of it.
        let mut kept = self.0.lock().await;
        match &*kept {
            Some((token, until)) if Instant::now() < *until && but != Some(token.as_str()) => return Ok(token.clone()),
            _ => {}
        }
        let response = client.send(&authority.request()).await.map_err(|trouble| trouble.to_string())?;
        let (token, lasts) = read(&response)?;
        *kept = Some((token.clone(), Instant::now() + lasts.saturating_sub(AHEAD)));
        Ok(token)
    }
}

impl Authority {
    fn request(&self) -> Request {
        let mut form = String::from("grant_type=client_credentials");
        self.body.iter().for_each(|(name, value)| put_pair(name, &value.0, &mut form));
        // Both halves are encoded before they are put together (RFC 6749, section 2.3.1).
        let mut pair = String::new();
        http::encode(&self.client_id.0, b"", &mut pair);
        pair.push(':');
        http::encode(&self.client_secret.0, b"", &mut pair);
        let headers = vec![
            ("authorization".into(), format!("Basic {}", base64::encode(pair.as_bytes())).into()),
            ("content-type".into(), "application/x-www-form-urlencoded".into()),
            ("accept".into(), "application/json".into()),
            ("user-agent".into(), http::USER_AGENT.into()),
        ];
        let (origin, target) = (self.endpoint.origin.clone(), self.endpoint.target());
        Request { method: "POST".into(), origin, target, headers, body: form.into_bytes() }
    }
}

/// A token and how long it lasts.
fn read(response: &Response) -> Result<(String, Duration), String> {
    #[derive(Deserialize)]
    struct Said {
        access_token: String,
        expires_in: Option<u64>,
    }
    if response.status != 200 {
        return Err(format!("it answered {} {}", response.status, response.reason()));
    }
    let said: Said =
        serde_json::from_slice(&response.body).map_err(|_| "its answer has no `access_token`".to_owned())?;
    Ok((said.access_token, Duration::from_secs(said.expires_in.unwrap_or(LASTS_SECONDS.0).min(LASTS_SECONDS.1))))
}
