//! Faults: what goes wrong, for which requests, and how often.

use std::str::FromStr;

use super::http::{Request, decode};

/// How the end of an endless body is left open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Endless {
    /// Neither a length nor chunks: the body would end with the connection.
    Raw,
    /// Chunk after chunk.
    Chunked,
    /// A Content-Length of 2^62.
    Length,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// This status instead of the answer, with a Retry-After of so many seconds.
    Status(u16, Option<u64>),
    /// The connection is closed before any answer.
    Close,
    /// An HTML page with status 200.
    Html,
    /// Only the first bytes of the body, then the connection is closed.
    Cut(u64),
    /// So many bytes per second.
    Throttle(u64),
    /// The bits of the byte at this offset of the file are turned.
    Flip(u64),
    /// Zeros until the client goes away.
    Endless(Endless),
    /// A request with a Range gets status 200 and the whole file.
    IgnoreRange,
    /// A request with a Range gets a Content-Range that begins and ends one byte later.
    WrongRange,
}

impl Action {
    /// Faults of the body leave alone what has none (HEAD, redirects, errors), faults of ranges what asks for none.
    fn fits(self, request: &Request, has_body: bool) -> bool {
        match self {
            Self::Status(..) | Self::Close | Self::Html => true,
            Self::Cut(_) | Self::Throttle(_) | Self::Flip(_) | Self::Endless(_) => has_body,
            Self::IgnoreRange | Self::WrongRange => has_body && request.header("range").is_some(),
        }
    }
}

/// An action, the requests it is for, and how often it is still to be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pattern: String,
    action: Action,
    left: Option<u32>,
}

impl Fault {
    /// A fault that never ends. The pattern is looked for in `METHOD /path?query RANGE`, percent-decoded, where RANGE is
    /// the Range header or `-`; `*` stands for anything in between. `GET /cdn/*model.safetensors -` fits only the
    /// downloads of that LFS file from its first byte to its last.
    pub fn new(pattern: &str, action: Action) -> Self {
        Self { pattern: pattern.to_owned(), action, left: None }
    }

    /// Applies it so many times only.
    pub fn times(self, times: u32) -> Self {
        Self { left: Some(times), ..self }
    }

    fn fits(&self, request: &Request, has_body: bool) -> bool {
        let range = request.header("range").unwrap_or("-");
        let line = format!("{} {} {range}", request.method, decode(&request.target));
        let mut rest = line.as_str();
        let found = self.pattern.split('*').all(|part| match rest.split_once(part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        });
        found && self.left != Some(0) && self.action.fits(request, has_body)
    }
}

/// The action of the first fault that fits the request, which is counted as applied.
pub fn pick(faults: &mut [Fault], request: &Request, has_body: bool) -> Option<Action> {
    let fault = faults.iter_mut().find(|fault| fault.fits(request, has_body))?;
    if let Some(left) = &mut fault.left {
        *left -= 1;
    }
    Some(fault.action)
}

/// The faults as text, for `--help`.
pub const SYNTAX: &str = "\
PATTERN=KIND[:ARGUMENT...][:TIMES], without TIMES for ever. PATTERN is looked for in `METHOD /path?query RANGE`
(percent-decoded, RANGE is `-` where none is asked for); `*` stands for anything in between. KIND is one of
  status:CODE  retry:CODE:SECONDS (with Retry-After)  close  html
and, for answers that have a body (the CDN's GET, not the redirect to it),
  cut:BYTES  throttle:BYTES_PER_SECOND  flip:OFFSET  endless-raw  endless-chunked  endless-length
and, for requests with a Range,
  ignore-range  wrong-range
such as `GET /cdn/*model.safetensors=cut:100000:1`";

impl FromStr for Fault {
    type Err = String;

    /// Reads what `SYNTAX` describes.
    fn from_str(text: &str) -> Result<Self, String> {
        let (pattern, what) = text.rsplit_once('=').ok_or("no `=` between the pattern and the kind")?;
        let mut words = what.split(':');
        let kind = words.next().unwrap_or_default();
        let numbers: Vec<u64> = words
            .map(|word| word.parse().map_err(|_| format!("`{word}` is not a whole number")))
            .collect::<Result<_, _>>()?;
        let (action, arguments) = action(kind, &numbers)?;
        let times = match numbers[arguments..] {
            [] => None,
            [times] => Some(u32::try_from(times).map_err(|_| format!("{times} times is too often"))?),
            _ => return Err(format!("too many numbers for `{kind}`")),
        };
        Ok(Self { left: times, ..Self::new(pattern, action) })
    }
}

/// The action, and how many of the numbers are its arguments.
fn action(kind: &str, numbers: &[u64]) -> Result<(Action, usize), String> {
    let code = |code: u64| u16::try_from(code).map_err(|_| format!("{code} is no status"));
    Ok(match (kind, numbers) {
        ("status", &[status, ..]) => (Action::Status(code(status)?, None), 1),
        ("retry", &[status, seconds, ..]) => (Action::Status(code(status)?, Some(seconds)), 2),
        ("close", _) => (Action::Close, 0),
        ("html", _) => (Action::Html, 0),
        ("cut", &[bytes, ..]) => (Action::Cut(bytes), 1),
        ("throttle", &[rate, ..]) => (Action::Throttle(rate), 1),
        ("flip", &[offset, ..]) => (Action::Flip(offset), 1),
        ("endless-raw", _) => (Action::Endless(Endless::Raw), 0),
        ("endless-chunked", _) => (Action::Endless(Endless::Chunked), 0),
        ("endless-length", _) => (Action::Endless(Endless::Length), 0),
        ("ignore-range", _) => (Action::IgnoreRange, 0),
        ("wrong-range", _) => (Action::WrongRange, 0),
        _ => return Err(format!("`{kind}` with {} numbers is no fault", numbers.len())),
    })
}
