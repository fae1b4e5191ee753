//! Requests to the hub: what a revision stands for, what a commit holds, and the bytes of a file from a place on. Every
//! answer is bounded in size and in time; nothing here writes to the disk.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::{Agent, Body};

use super::addresses::{content_range, encoded, next_page, origin, redirection};
use super::error::HubError;
use super::listing::{Entry, Listing, RemoteFile};
use super::names::is_commit;
use super::patience::{Fault, Pace, Patience, retry_after};
use super::reference::RepoReference;
use super::token::Token;
use crate::version;

/// Longest answer that is no file, in bytes.
const LONGEST_ANSWER: usize = 16 << 20;
/// Most files of a repository, and most bytes of their names together.
const MOST_FILES: usize = 100_000;
const MOST_NAMES: usize = 32 << 20;
/// So many requests in a row without any answer, and the hub is not asked again: a network that is gone is told soon,
/// however many models there are.
const SILENT: u32 = 20;
/// Most redirections of a request.
const MOST_REDIRECTIONS: usize = 10;
/// Longest text of a redirection that is read to use the connection again, in bytes.
const LONGEST_FAREWELL: u64 = 64 << 10;

const WITH_TOKEN: &str = "accept the repository's terms on the hub with the account of the token, or use another token";
const WITHOUT_TOKEN: &str = "give a token that may read it in HF_TOKEN";
const PRIVATE: &str = "; if it is private, give a token that may read it in HF_TOKEN";

/// A client of one hub.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    endpoint: String,
    authorization: Option<String>,
    patience: Patience,
    /// Requests since the last answer.
    unanswered: AtomicU32,
}

/// The bytes of a file, from a place on.
pub(super) struct Stream {
    /// Where they start; 0 where the hub ignored the wish.
    pub from: u64,
    /// Size of the whole file, if the hub says it.
    pub total: Option<u64>,
    /// The bytes; a reader that ends early tells so by an error where the hub announced a length.
    pub reader: Box<dyn Read + Send>,
}

#[derive(Deserialize)]
struct Info {
    sha: String,
}

impl Client {
    /// A client of the hub at `endpoint`. No connection is opened before the first request.
    pub(super) fn new(endpoint: &str, token: Option<&Token>, patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(format!("weighhouse/{}", version::VERSION))
            .accept_encoding("identity")
            .timeout_connect(Some(patience.silence))
            .timeout_recv_response(Some(patience.silence))
            .timeout_per_read(Some(patience.silence))
            .timeout_per_write(Some(patience.silence))
            .build();
        Self {
            agent: config.new_agent(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            authorization: token.map(Token::header),
            patience,
            unanswered: AtomicU32::new(0),
        }
    }

    /// Everything that a repository holds at the commit that the revision stands for now.
    ///
    /// # Errors
    /// It is not there or not given, or the hub's answers cannot be.
    pub(super) fn list(&self, reference: &RepoReference, stopped: &dyn Fn() -> bool) -> Result<Listing, HubError> {
        let commit = self.commit(reference, stopped)?;
        let mut address = format!("{}/api/models/{}/tree/{commit}?recursive=true", self.endpoint, reference.id);
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (page, next): (Vec<Entry>, _) = self.json(reference, &address, stopped)?;
            let grown = !page.is_empty();
            entries.extend(page);
            let names: usize = entries.iter().map(Entry::name_length).sum();
            if entries.len() > MOST_FILES || names > MOST_NAMES {
                let problem =
                    format!("it holds more than {MOST_FILES} files, or names of more than {MOST_NAMES} bytes");
                return Err(HubError::answer(reference, &problem));
            }
            match next {
                Some(next) if grown => address = self.own(reference, next)?,
                _ => return Listing::new(reference.clone(), commit, entries),
            }
        }
    }

    fn commit(&self, reference: &RepoReference, stopped: &dyn Fn() -> bool) -> Result<String, HubError> {
        let revision = encoded(&reference.revision);
        let address = format!("{}/api/models/{}/revision/{revision}", self.endpoint, reference.id);
        let (Info { sha }, _) = self.json(reference, &address, stopped)?;
        match reference.commit() {
            _ if !is_commit(&sha) => Err(HubError::answer(reference, "the hub names a commit that is none")),
            Some(asked) if asked != sha => Err(HubError::answer(reference, "the hub answers for another commit")),
            _ => Ok(sha),
        }
    }

    /// An address that the hub gave; the token must not go elsewhere with it.
    fn own(&self, reference: &RepoReference, address: String) -> Result<String, HubError> {
        let rest = address.strip_prefix(&self.endpoint);
        match rest.is_some_and(|rest| rest.starts_with('/')) {
            true => Ok(address),
            false => Err(HubError::answer(reference, "the next page of its files is said to be on another server")),
        }
    }

    fn json<T: DeserializeOwned>(
        &self,
        reference: &RepoReference,
        address: &str,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(T, Option<String>), HubError> {
        self.patience.retry(&reference.to_string(), stopped, |_| {
            let mut response = self.get(reference, address, None)?;
            let next = response.headers().get(header::LINK).and_then(|link| next_page(link.to_str().ok()?));
            let text = self.read_all(reference, &mut response)?;
            // A gateway that wants a log-in answers like this, and so does a server that is no hub.
            let value = serde_json::from_slice(&text).map_err(|error| HubError::Unreachable {
                what: reference.to_string(),
                problem: format!("the answer is not that of a hub ({error}); check the network and HF_ENDPOINT"),
            })?;
            Ok((value, next))
        })
    }

    /// The body of an answer that is no file.
    fn read_all(&self, reference: &RepoReference, response: &mut Response<Body>) -> Result<Vec<u8>, Fault> {
        let mut reader = response.body_mut().as_reader();
        let (mut text, mut piece, mut pace) = (Vec::new(), [0; 1 << 14], Pace::new(&self.patience));
        loop {
            let read = reader.read(&mut piece).map_err(|error| Fault::again(broken(&error)))?;
            if read == 0 {
                return Ok(text);
            }
            text.extend_from_slice(&piece[..read]);
            pace.note(read as u64)?;
            if text.len() > LONGEST_ANSWER {
                let problem = format!("the hub's answer is longer than {LONGEST_ANSWER} bytes");
                return Err(HubError::answer(reference, &problem).into());
            }
        }
    }

    /// One attempt to read `file` from byte `from` on, up to byte `to`, the end of the file where it is `None`.
    pub(super) fn open(
        &self,
        listing: &Listing,
        file: &RemoteFile,
        from: u64,
        to: Option<u64>,
    ) -> Result<Stream, Fault> {
        let path: Vec<String> = file.path.parts().map(encoded).collect();
        let address =
            format!("{}/{}/resolve/{}/{}", self.endpoint, listing.reference.id, listing.commit, path.join("/"));
        let range = match (from, to) {
            (0, None) => None,
            (from, None) => Some(format!("bytes={from}-")),
            (from, Some(to)) => Some(format!("bytes={from}-{}", to.saturating_sub(1))),
        };
        let response = self.get(&listing.reference, &address, range.as_deref())?;
        let (from, total) = match response.status() {
            StatusCode::PARTIAL_CONTENT => content_range(response.headers()).ok_or_else(|| {
                HubError::answer(&listing.reference, "a part of a file does not say which part it is")
            })?,
            _ => (0, response.body().content_length()),
        };
        Ok(Stream { from, total, reader: Box::new(response.into_body().into_reader()) })
    }

    /// The limits of waiting.
    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    fn get(&self, reference: &RepoReference, address: &str, range: Option<&str>) -> Result<Response<Body>, Fault> {
        if self.unanswered.load(Ordering::Relaxed) >= SILENT {
            let problem = format!("the hub did not answer {SILENT} requests in a row");
            return Err(HubError::Unreachable { what: reference.to_string(), problem }.into());
        }
        let mut address = address.to_owned();
        for _ in 0..=MOST_REDIRECTIONS {
            let mut response = self.ask(&address, range)?;
            let status = response.status();
            if matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
                return Ok(response);
            }
            match redirection(&address, response.headers()).filter(|_| status.is_redirection()) {
                Some(next) => address = next,
                None => return Err(self.refusal(reference, status, response.headers())),
            }
            drop(response.body_mut().with_config().limit(LONGEST_FAREWELL).read_to_vec());
        }
        Err(HubError::answer(reference, "the hub redirects again and again").into())
    }

    /// Asks one address. The token goes to the hub itself only, wherever it redirects to.
    fn ask(&self, address: &str, range: Option<&str>) -> Result<Response<Body>, Fault> {
        let mut request = self.agent.get(address);
        if let Some(authorization) = self.authorization.as_ref().filter(|_| origin(address) == origin(&self.endpoint)) {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        let response = request.call().map_err(|error| {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
            Fault::again(transport(&error))
        })?;
        self.unanswered.store(0, Ordering::Relaxed);
        Ok(response)
    }

    fn refusal(&self, reference: &RepoReference, status: StatusCode, headers: &HeaderMap) -> Fault {
        let repo = reference.to_string();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let with_token = self.authorization.is_some();
        let is_hub_s =
            ["x-error-code", "x-error-message", "x-request-id"].iter().any(|name| headers.contains_key(*name));
        match (status.as_u16(), text("x-error-code")) {
            // A gateway on the way, or a server that is no hub.
            (status @ (403 | 404), _) if !is_hub_s => Fault::Final(HubError::Unreachable {
                what: repo,
                problem: format!("{status} comes from no hub; check the network and HF_ENDPOINT"),
            }),
            // The hub does not tell strangers which private repositories there are.
            (401 | 404, Some("RepoNotFound")) => {
                Fault::Final(HubError::Absent { repo, what: "repository".into(), hint: PRIVATE })
            }
            (404, code) => {
                let what = match code {
                    Some("RevisionNotFound") => "revision",
                    Some("EntryNotFound") => "file",
                    _ => "repository or revision",
                };
                Fault::Final(HubError::Absent { repo, what: what.into(), hint: "" })
            }
            (status @ (401 | 403), _) => {
                let hint = if with_token { WITH_TOKEN } else { WITHOUT_TOKEN };
                Fault::Final(HubError::Denied { repo, status, hint })
            }
            (status @ (408 | 425 | 429 | 500..), _) => {
                let after = text("retry-after").and_then(|text| retry_after(text, chrono::Utc::now()));
                Fault::Again { problem: format!("the hub answers {status}"), after }
            }
            (416, _) => Fault::Final(HubError::answer(reference, "a file is shorter than the hub said")),
            (status, _) => Fault::Final(HubError::answer(reference, &format!("the hub answers {status}"))),
        }
    }
}

/// How a connection failed, without the address, which may be signed.
pub(super) fn transport(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "no answer in time".into(),
        ureq::Error::HostNotFound => "the host of HF_ENDPOINT is not known".into(),
        ureq::Error::ConnectionFailed => "no connection".into(),
        ureq::Error::BadUri(_) => "HF_ENDPOINT is no address of a server".into(),
        other => other.to_string(),
    }
}

/// How reading a body failed.
pub(super) fn broken(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(error) => transport(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the connection broke".into(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stays_with_its_hub() {
        let client = Client::new("http://hub:1/", None, Patience::default());
        let reference = RepoReference { id: "a/b".into(), revision: "main".into() };
        assert!(client.own(&reference, "http://hub:1/api/x?cursor=2".into()).is_ok());
        for elsewhere in ["http://hub:12/api", "http://other/api", "http://hub:1@other/api", "/api"] {
            assert!(client.own(&reference, elsewhere.into()).is_err(), "{elsewhere}");
        }
        for elsewhere in
            ["http://hub:12/x", "http://hub/x", "https://hub:1/x", "http://hub:1@other/x", "http://hub:1?x"]
        {
            assert_ne!(origin(elsewhere), origin(&client.endpoint), "{elsewhere}");
        }
        assert_eq!(origin("http://hub:1/x?y=/z"), origin(&client.endpoint));
    }
}
