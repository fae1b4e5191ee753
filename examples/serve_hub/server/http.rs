//! The little of HTTP/1.1 that the server needs: reading a request, building a reply, ranges, percent-encoding.

use std::io::{self, BufRead, Read};
use std::ops::Range;

use serde_json::{Value, json};

use super::content::Content;

const HEAD_LIMIT: u64 = 128 * 1024;

/// A request, its body read and dropped.
pub struct Request {
    /// `GET`, `HEAD` or another.
    pub method: String,
    /// The path with its query, as it was sent.
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// Reads the next request of a connection; `None` when the client has closed it.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let head = read_head(reader)?;
        if head.is_empty() {
            return Ok(None);
        }
        let head = String::from_utf8_lossy(&head);
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::Error::other("not an HTTP request"));
        };
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let request = Self { method, target, headers };
        let body = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        io::copy(&mut reader.take(body), &mut io::sink())?;
        Ok(Some(request))
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What follows `Bearer ` in the Authorization.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The path and the query, still encoded.
    pub fn split(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.split().1.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
    }

    /// Whether a parameter of the query says true.
    pub fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| matches!(value.as_str(), "true" | "True" | "1"))
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut reader = reader.take(HEAD_LIMIT);
    while reader.read_until(b'\n', &mut head)? > 0 {
        if head.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    Ok(head)
}

/// A whole answer, before ranges and faults.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, but for those of length, range and connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Content,
    /// Whether a Range is honoured.
    pub ranges: bool,
}

impl Reply {
    /// A reply of that kind of text.
    pub fn text(status: u16, kind: &str, text: String) -> Self {
        let headers = vec![("Content-Type", format!("{kind}; charset=utf-8"))];
        Self { status, headers, body: text.into(), ranges: false }
    }

    /// A JSON document.
    pub fn json(value: &Value) -> Self {
        Self::text(200, "application/json", value.to_string())
    }

    /// An error as the hub words it: in the body, in X-Error-Message, and by code in X-Error-Code.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        // Names from hostile requests end up here, and a header holds no control characters.
        let message: String = message.chars().filter(|letter| (' '..='~').contains(letter)).take(300).collect();
        let reply = Self::text(status, "application/json", json!({ "error": message }).to_string());
        let reply = reply.with("X-Error-Message", message);
        if code.is_empty() { reply } else { reply.with("X-Error-Code", code) }
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::text(status, "text/plain", format!("Redirecting to {location}")).with("Location", location)
    }

    /// The bytes of a file, whole or in part.
    pub fn file(content: Content, etag: &str) -> Self {
        let headers = vec![("Content-Type", "application/octet-stream".to_owned())];
        Self { status: 200, headers, body: content, ranges: true }
            .with("Accept-Ranges", "bytes")
            .with_etag("ETag", etag)
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a header whose value is quoted.
    pub fn with_etag(self, name: &'static str, value: &str) -> Self {
        self.with(name, format!("\"{value}\""))
    }
}

/// The part of `len` bytes that a Range header asks for: `Ok(None)` is all of it, an error a range beyond the end.
pub fn range(header: Option<&str>, len: u64) -> Result<Option<Range<u64>>, ()> {
    let Some((first, last)) = header.and_then(|header| header.strip_prefix("bytes=")?.split_once('-')) else {
        return Ok(None);
    };
    let part = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if last >= first => first..len.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..len,
        (Err(_), Ok(tail)) if first.is_empty() => len.saturating_sub(tail)..len,
        _ => return Ok(None),
    };
    if part.start < len { Ok(Some(part)) } else { Err(()) }
}

/// Percent-decodes; what is not UTF-8 becomes the replacement character.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        let escaped = escaped.filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encodes all but unreserved characters and the ones in `keep`.
pub fn encode(text: &str, keep: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
