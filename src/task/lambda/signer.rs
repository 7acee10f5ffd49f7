//! Who signs calls, where they are signed.

use super::Settings;
use crate::task::aws::credentials::{Environment, Provider, Source, region};
use crate::task::aws::sign::{Scope, now_seconds, sign_request};
use crate::task::http::{self, Client};

/// Signs calls for one region.
pub(super) struct Signer {
    provider: Provider,
    region: String,
}

impl Signer {
    /// None: calls are not signed, since they go to an endpoint of the user's own and no keys are named.
    pub fn new(settings: &Settings, environment: Environment<'_>) -> Result<Option<Signer>, String> {
        let source = match (&settings.credentials, &settings.profile, &settings.endpoint) {
            (Some(_), Some(_), _) => return Err("only one can say who signs: `credentials` or `profile`".into()),
            (Some(credentials), ..) => Source::Given(credentials.clone()),
            (_, Some(name), _) => Source::Profile(name.clone()),
            (None, None, None) => Source::Chain,
            (None, None, Some(_)) => return Ok(None),
        };
        let region = settings.region.clone().map_or_else(|| region(&source, environment), |region| Ok(Some(region)))?;
        let region = region.ok_or("it has no `region`, nor have the environment and the profile")?;
        if !region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(format!("`{region}` is no region"));
        }
        Ok(Some(Signer { provider: Provider::new(&source, environment)?, region }))
    }

    /// AWS's own host for the region (AWS General Reference, "Lambda endpoints and quotas").
    pub fn host(&self) -> String {
        let suffix = if self.region.starts_with("cn-") { ".cn" } else { "" };
        format!("https://lambda.{}.amazonaws.com{suffix}", self.region)
    }

    /// Signs a request that is about to be sent: signatures grow old.
    ///
    /// # Errors
    /// There are no credentials; why.
    pub async fn sign(&self, client: &Client, request: &mut http::Request) -> Result<(), String> {
        let now = now_seconds();
        let credentials = self.provider.get(client, now).await?;
        sign_request(request, &credentials, Scope { region: &self.region, service: "lambda" }, now);
        Ok(())
    }
}
