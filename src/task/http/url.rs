//! URLs of servers: where they are, and the path on them.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::sync::Arc;

/// A server: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// https.
    pub is_secure: bool,
    /// A name or an address; without the brackets of an IPv6 address.
    pub host: String,
    /// Given or usual.
    pub port: u16,
}

/// An absolute URL of http or https.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    /// The server.
    pub origin: Arc<Origin>,
    /// Begins with `/`; percent-encoded.
    pub path: String,
    /// What stands behind `?`, if there is one; percent-encoded.
    pub query: Option<String>,
}

impl Origin {
    /// As the header `host` has it: the port only where it is not the usual one.
    pub fn authority(&self) -> String {
        let usual = if self.is_secure { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_secure { "https" } else { "http" }, self.authority())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.target())
    }
}

impl Url {
    /// Reads an absolute URL. What may not stand in one as it is (blanks, letters beyond ASCII) is percent-encoded.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Url, String> {
        let wrong = |reason: &str| Err(format!("`{text}` is no URL of a server: {reason}"));
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("it should begin with http:// or https://");
        };
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return wrong("it should begin with http:// or https://"),
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return wrong("credentials do not belong in it");
        }
        let Some((host, port)) = split_authority(authority) else { return wrong("its host is not one") };
        let port = match port {
            None | Some("") => Some(if is_secure { 443 } else { 80 }),
            Some(digits) => digits.parse().ok().filter(|port| *port > 0 && !digits.starts_with('+')),
        };
        let Some(port) = port else { return wrong("its port is not one") };
        let origin = Arc::new(Origin { is_secure, host: host.to_ascii_lowercase(), port });
        let (path, query) = split_target(rest);
        Ok(Url { origin, path, query })
    }

    /// Path and query, as they are asked for.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// Where a reference found at this URL leads (RFC 3986, 5.2): the `location` of a redirect.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn join(&self, reference: &str) -> Result<Url, String> {
        let scheme_end = reference.find(|one: char| !one.is_ascii_alphanumeric() && !"+-.".contains(one));
        if scheme_end.is_some_and(|end| end > 0 && reference[end..].starts_with(':')) {
            return Url::parse(reference);
        }
        if reference.starts_with("//") {
            return Url::parse(&format!("{}:{reference}", if self.origin.is_secure { "https" } else { "http" }));
        }
        let origin = self.origin.clone();
        if reference.starts_with('/') {
            let (path, query) = split_target(reference);
            return Ok(Url { origin, path, query });
        }
        if reference.starts_with(['?', '#']) || reference.is_empty() {
            let query = split_target(reference).1.or_else(|| self.query.clone());
            return Ok(Url { origin, path: self.path.clone(), query });
        }
        let folder = &self.path[..self.path.rfind('/').map_or(0, |slash| slash + 1)];
        let (path, query) = split_target(&format!("{folder}{reference}"));
        Ok(Url { origin, path, query })
    }
}

/// Reads a URL from a file of settings.
///
/// # Errors
/// It is none; where it stands is added.
pub fn read_url<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a URL that may be left out.
///
/// # Errors
/// It is none; where it stands is added.
pub fn read_optional_url<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    read_url(deserializer).map(Some)
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, 2.3), and what else may stay.
pub fn encode(text: &str, may_stay: &[u8], to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || may_stay.contains(&byte) {
            to.push(byte.into());
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            to.extend(['%', DIGITS[usize::from(byte >> 4)].into(), DIGITS[usize::from(byte & 15)].into()]);
        }
    }
}

/// Host and port; none if the host cannot be one.
fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return if rest.is_empty() { Some((host, None)) } else { Some((host, Some(rest.strip_prefix(':')?))) };
    }
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    (is_host && !host.is_empty()).then_some((host, port))
}

/// Path and query, without the fragment; without dots that lead up, and with what may not stand there encoded.
fn split_target(text: &str) -> (String, Option<String>) {
    let text = text.split('#').next().unwrap_or_default();
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    (tidy(&without_dots(path)), query.map(tidy))
}

/// Leaves what is encoded as it is, and encodes what may not stand in a path or a query.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(text, b"%/:@!$&'()*+,;=?", &mut out);
    out
}

/// A path without `.` and `..` (RFC 3986, 5.2.4); it begins with `/`.
fn without_dots(path: &str) -> String {
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut parts: Vec<&str> = Vec::new();
    let mut ends_in_folder = true;
    for part in path.split('/') {
        ends_in_folder = matches!(part, "." | "..");
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if ends_in_folder && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        Url::parse(text).map_or_else(|reason| reason, |url| url.to_string())
    }

    #[test]
    fn urls_are_read_as_people_write_them() {
        for (text, expected) in [
            ("http://127.0.0.1:9001", "http://127.0.0.1:9001/"),
            ("HTTPS://Example.COM:443/a/./b/../c?x=1&y=ä b#there", "https://example.com/a/c?x=1&y=%C3%A4%20b"),
            ("http://[::1]:80/%2Fa", "http://[::1]/%2Fa"),
            ("https://[::1]:80?q", "https://[::1]:80/?q"),
            ("http://a:/..//b/.", "http://a//b/"),
            ("http://a/{id}/<x>|\"", "http://a/%7Bid%7D/%3Cx%3E%7C%22"),
        ] {
            assert_eq!(parsed(text), expected);
        }
    }

    #[test]
    fn what_is_no_url_is_refused_and_says_why() {
        for (text, reason) in [
            ("127.0.0.1:9001", "should begin with"),
            ("ftp://a", "should begin with"),
            ("http://", "host"),
            ("http://a b/", "host"),
            ("http://a\r\nx: y/", "host"),
            ("http://[::1/", "host"),
            ("http://[zz]/", "host"),
            ("http://a:0", "port"),
            ("http://a:70000", "port"),
            ("http://a:+80", "port"),
            ("https://user:password@a/", "credentials"),
        ] {
            let said = Url::parse(text).expect_err(text);
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn a_redirect_leads_where_the_rfc_says() {
        let base = Url::parse("https://a/b/c/d?q").expect("it is one");
        for (reference, expected) in [
            ("http://x:81/y", "http://x:81/y"),
            ("//g", "https://g/"),
            ("/g?y", "https://a/g?y"),
            ("g", "https://a/b/c/g"),
            ("../../../g", "https://a/g"),
            ("g;x=1/./y", "https://a/b/c/g;x=1/y"),
            ("?y", "https://a/b/c/d?y"),
            ("", "https://a/b/c/d?q"),
            ("#s", "https://a/b/c/d?q"),
            ("x y\r\n", "https://a/b/c/x%20y%0D%0A"),
        ] {
            assert_eq!(base.join(reference).expect(reference).to_string(), expected, "{reference}");
        }
        assert!(base.join("mailto:x").is_err());
    }
}
