//! Who signs requests to AWS, and where its keys come from (AWS SDKs and Tools Reference Guide, "Standardized credential
//! providers").

mod profile;
mod remote;
#[cfg(test)]
mod tests;

use crate::task::http::Client;
use profile::Profile;
use remote::Remote;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A key pair, with the token that comes with temporary ones.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// What temporary credentials carry besides.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    /// Secrets have no place in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Where a binding says that credentials come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// They are these.
    Given(Credentials),
    /// A profile of the shared files.
    Profile(String),
    /// Whichever of these has some first: environment variables, the shared files, the container's endpoint, the
    /// instance's.
    #[default]
    Chain,
}

/// Variables by their names; those of the process, but for tests.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables of the process; empty ones count as none.
pub fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The region to use where a binding names none: of the environment, of the profile.
///
/// # Errors
/// The shared files cannot be read.
pub fn region(source: &Source, environment: Environment<'_>) -> Result<Option<String>, String> {
    let named = environment("AWS_REGION").or_else(|| environment("AWS_DEFAULT_REGION"));
    match named {
        Some(region) => Ok(Some(region)),
        None => Ok(Profile::read(source, environment)?.region),
    }
}

/// Hands out credentials, and gets new ones before they expire.
#[derive(Debug)]
pub struct Provider(Way);

#[derive(Debug)]
enum Way {
    /// They do not change.
    Fixed(Arc<Credentials>),
    /// They are asked for, and kept for a while.
    Remote(Remote, Mutex<Kept>),
}

/// What was last heard from a remote provider.
#[derive(Debug, Default)]
struct Kept {
    credentials: Option<(Arc<Credentials>, i64)>,
    /// Why there are none, and until when nobody is asked again.
    refusal: Option<(String, i64)>,
}

/// Before they expire, so that a request that is queued for a while is still in time.
const AHEAD_SECONDS: i64 = 300;
/// A provider that has none is left alone for this long.
const PAUSE_SECONDS: i64 = 10;

impl Provider {
    /// The provider of a source.
    ///
    /// # Errors
    /// It is known already that there are no credentials; the text says where they were looked for.
    pub fn new(source: &Source, environment: Environment<'_>) -> Result<Provider, String> {
        if let Source::Given(credentials) = source {
            return Ok(Provider::fixed(credentials.clone()));
        }
        if let (Source::Chain, Some(credentials)) = (source, of_environment(environment)) {
            return Ok(Provider::fixed(credentials));
        }
        let profile = Profile::read(source, environment)?;
        if let Some(credentials) = profile.credentials {
            return Ok(Provider::fixed(credentials));
        }
        match (source, Remote::find(environment)?) {
            (Source::Chain, Some(remote)) => Ok(Provider(Way::Remote(remote, Mutex::default()))),
            (Source::Profile(name), _) => Err(format!("the profile '{name}' has no `aws_access_key_id`")),
            _ => Err("there are no credentials: not in the environment, and not in the shared files".into()),
        }
    }

    fn fixed(credentials: Credentials) -> Provider {
        Provider(Way::Fixed(Arc::new(credentials)))
    }

    /// The credentials to sign with at this time.
    ///
    /// # Errors
    /// Nobody has any.
    pub async fn get(&self, client: &Client, now_seconds: i64) -> Result<Arc<Credentials>, String> {
        let (remote, kept) = match &self.0 {
            Way::Fixed(credentials) => return Ok(credentials.clone()),
            Way::Remote(remote, kept) => (remote, kept),
        };
        // Who comes while they are asked for waits for what comes of it.
        let mut kept = kept.lock().await;
        if let Some((credentials, expires)) = &kept.credentials
            && now_seconds < expires - AHEAD_SECONDS
        {
            return Ok(credentials.clone());
        }
        if kept.refusal.as_ref().is_none_or(|(_, until)| now_seconds >= *until) {
            match remote.fetch(client).await {
                Ok((credentials, expires)) => {
                    let credentials = Arc::new(credentials);
                    *kept = Kept { credentials: Some((credentials.clone(), expires)), refusal: None };
                    return Ok(credentials);
                }
                Err(reason) => kept.refusal = Some((reason, now_seconds + PAUSE_SECONDS)),
            }
        }
        match &*kept {
            Kept { credentials: Some((credentials, expires)), .. } if now_seconds < *expires => Ok(credentials.clone()),
            Kept { refusal: Some((reason, _)), .. } => Err(reason.clone()),
            Kept { .. } => unreachable!("there are either credentials or a reason"),
        }
    }
}

fn of_environment(environment: Environment<'_>) -> Option<Credentials> {
    Some(Credentials {
        access_key_id: environment("AWS_ACCESS_KEY_ID")?,
        secret_access_key: environment("AWS_SECRET_ACCESS_KEY")?,
        session_token: environment("AWS_SESSION_TOKEN"),
    })
}
