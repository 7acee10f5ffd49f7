//! A response: its head as it came, looked into on demand, and its body.

use crate::json;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// 200, 404, …
    pub status: u16,
    /// The head's bytes, a line for each header; known to be well formed.
    pub(super) head: Vec<u8>,
    /// The body, out of its chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The words behind the status, as the server chose them; often none.
    pub fn reason(&self) -> &str {
        let line = self.lines().next().unwrap_or_default();
        text(line.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default())
    }

    /// Names and values, in the order they came. A value that is not UTF-8 counts as empty.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines().skip(1).filter_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            Some((text(&line[..colon]), text(line[colon + 1..].trim_ascii())))
        })
    }

    /// The first value of a header; its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|header| header.0.eq_ignore_ascii_case(name)).map(|header| header.1)
    }

    /// Writes the members of a JSON object: each header's name once, with a list of all its values or with the first.
    pub fn write_headers(&self, all: bool, out: &mut Vec<u8>) {
        self.write_headers_named(str::to_owned, all, out);
    }

    /// The same, each name as this makes it.
    pub fn write_headers_named(&self, named: fn(&str) -> String, all: bool, out: &mut Vec<u8>) {
        for (place, (name, value)) in self.headers().enumerate() {
            let same = |header: &(&str, &str)| header.0.eq_ignore_ascii_case(name);
            if self.headers().take(place).any(|header| same(&header)) {
                continue;
            }
            if place > 0 {
                out.push(b',');
            }
            json::quote(&named(name), out);
            out.push(b':');
            if !all {
                json::quote(value, out);
                continue;
            }
            let mut open = b'[';
            for (_, value) in self.headers().filter(same) {
                out.push(open);
                json::quote(value, out);
                open = b',';
            }
            out.push(b']');
        }
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
