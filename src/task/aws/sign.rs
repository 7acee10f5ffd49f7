//! Signs requests with Signature Version 4 (IAM User Guide, "Create a signed AWS API request").

use crate::builtin::timestamp;
use crate::task::aws::credentials::Credentials;
use crate::task::http;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is signed of a request, as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// `POST`.
    pub method: &'a str,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// What follows the `?`, percent-encoded; may be empty.
    pub query: &'a str,
    /// All that will be sent, `host` too, but no `x-amz-date`; names in any case and order.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// Where a signature holds.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `eu-west-1`.
    pub region: &'a str,
    /// The service's signing name: `lambda`, `states`.
    pub service: &'a str,
}

/// Signs a request that is about to be sent: signatures grow old.
pub fn sign_request(request: &mut http::Request, credentials: &Credentials, scope: Scope<'_>, now_seconds: i64) {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let authority = request.origin.authority();
    let given = request.headers.iter().map(|(name, value)| (&**name, &**value));
    let headers: Vec<(&str, &str)> = given.chain([("host", &*authority)]).collect();
    let unsigned = Unsigned { method: &request.method, path, query, headers: &headers, body: &request.body };
    let added = sign(&unsigned, credentials, scope, now_seconds);
    request.headers.extend(added.into_iter().map(|(name, value)| (Cow::Borrowed(name), Cow::Owned(value))));
}

/// The time as signatures and credentials count it: seconds since 1970.
pub fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs() as i64)
}

/// The headers that make a request a signed one; to be sent beside those it has.
pub fn sign(
    request: &Unsigned<'_>,
    credentials: &Credentials,
    scope: Scope<'_>,
    now_seconds: i64,
) -> Vec<(&'static str, String)> {
    let time = basic_time(now_seconds);
    let payload = hexadecimal(&Sha256::digest(request.body));
    let mut added = vec![("x-amz-date", time)];
    added.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
    if is_s3(scope) {
        added.push(("x-amz-content-sha256", payload.clone()));
    }
    let (canonical, names) = canonical(request, &added, scope, &payload);
    let time = &added[0].1;
    let within = format!("{}/{}/{}/aws4_request", &time[..8], scope.region, scope.service);
    let hash = hexadecimal(&Sha256::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{within}\n{hash}");
    let signature = hexadecimal(&keyed(&key(credentials, scope, &time[..8]), &text));
    let id = &credentials.access_key_id;
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={id}/{within}, SignedHeaders={names}, Signature={signature}");
    added.push(("authorization", authorization));
    added
}

/// S3 is signed by rules of its own: the hash of the body is a header, and the path is taken as it is
/// (S3 API Reference, "Signature Calculations for the Authorization Header").
fn is_s3(scope: Scope<'_>) -> bool {
    scope.service == "s3"
}

/// The canonical request, and the names of the headers in it.
fn canonical(
    request: &Unsigned<'_>,
    added: &[(&'static str, String)],
    scope: Scope<'_>,
    payload: &str,
) -> (String, String) {
    let path = if is_s3(scope) { request.path.to_owned() } else { encode(&normal(request.path), b"/") };
    let added = added.iter().map(|(name, value)| (*name, value.as_str()));
    let (headers, names) = headers(request.headers.iter().copied().chain(added));
    let query = query(request.query);
    (format!("{}\n{path}\n{query}\n{headers}\n{names}\n{payload}", request.method), names)
}

/// A path without `.`, `..` and doubled slashes.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

/// Parameters in the order of their names, then values. What is percent-encoded already stays so.
fn query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (encode(name, b"%"), encode(value, b"%"))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// One line for each header, in the order of their names, and those names.
fn headers<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> (String, String) {
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    // Values of one name stay in the order in which they are sent.
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    let (mut lines, mut names) = (String::new(), String::new());
    for same in headers.chunk_by(|one, other| one.0 == other.0) {
        let name = &same[0].0;
        let values: Vec<_> = same.iter().map(|(_, value)| without_runs_of_spaces(value)).collect();
        writeln!(lines, "{name}:{}", values.join(",")).expect("a string takes every write");
        names.push_str(if names.is_empty() { "" } else { ";" });
        names.push_str(name);
    }
    (lines, names)
}

fn without_runs_of_spaces(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Percent-encodes all but what may stay anywhere, and `kept`.
pub(super) fn encode(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    http::encode(text, kept, &mut out);
    out
}

/// The key for one day, region and service.
fn key(credentials: &Credentials, scope: Scope<'_>, day: &str) -> [u8; 32] {
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let day = keyed(secret.as_bytes(), day);
    keyed(&keyed(&keyed(&day, scope.region), scope.service), "aws4_request")
}

fn keyed(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// `20150830T123600Z` (ISO 8601, basic format).
fn basic_time(seconds: i64) -> String {
    let mut text = Vec::new();
    timestamp::write(seconds * 1000, &mut text);
    let whole = text.iter().take_while(|byte| **byte != b'.').filter(|byte| !b"-:".contains(byte));
    whole.map(|byte| char::from(*byte)).chain(['Z']).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every write");
        text
    })
}

#[cfg(test)]
mod tests;
