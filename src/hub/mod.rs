//! Where models come from. A submission names a model; this folder turns the name into files on this machine, checks
//! their size and tells them apart by content. Models are local folders in Hugging Face layout, or repositories of a
//! hub, which are pulled into the standard cache: verified, within limits, and only what is needed.

mod access;
pub mod addresses;
mod cache;
mod cached;
mod client;
mod download;
mod error;
pub(crate) mod fingerprint;
pub(crate) mod folder;
mod ledger;
mod listing;
mod names;
mod paths;
mod patience;
mod pull;
mod pulled;
mod reference;
mod room;
mod snapshot;
mod survey;
mod token;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::Client;

pub(crate) use access::HubAccess;
pub(crate) use cache::HubCache;
pub(crate) use error::{HubError, Uncached, Unpulled};
pub use fingerprint::Fingerprint;
pub use folder::ModelFolder;
pub use ledger::Ledger;
pub use listing::{Entry, Listing, short};
pub use paths::RepoPath;
pub(crate) use patience::Patience;
pub use patience::retry_after;
pub(crate) use pull::Puller;
pub(crate) use pulled::Pulled;
pub(crate) use reference::ModelName;
pub use reference::{ModelReference, RepoReference};
pub use room::Room;
pub(crate) use survey::Survey;
pub use token::Token;

use crate::engine::files::TEXTS;
use crate::reporter::Reporter;

/// What a model is wanted for, which decides which of its files are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A causal language model; its files lie at the top of the repository.
    CausalLm,
    /// An embedding model in sentence-transformers layout, with files in sub-folders.
    Embedder,
}

/// Most models that are held at a time: each takes an open file, of which a process may have only so many.
const MOST_HOLDS: usize = 512;

/// Texts of an embedding model, beside those of any model.
const EMBEDDER_TEXTS: [&str; 3] = ["config_sentence_transformers.json", "modules.json", "sentence_bert_config.json"];

impl Need {
    /// Whether files in the folder of `path` may be needed.
    fn reaches(self, path: &RepoPath) -> bool {
        self == Self::Embedder || path.split().0.is_empty()
    }

    /// Whether the file is one of the texts that are needed.
    fn reads(self, path: &RepoPath) -> bool {
        let name = path.split().1;
        let known = TEXTS.contains(&name);
        self.reaches(path) && (known || self == Self::Embedder && EMBEDDER_TEXTS.contains(&name))
    }
}

/// A hub as this program sees it: the client, the cache, and what was pulled. Without a client nothing is fetched, and no
/// socket is opened.
pub struct Hub<'a> {
    /// Its address.
    pub endpoint: String,
    client: Option<Client>,
    /// The cache, shared with other tools.
    pub cache: HubCache,
    /// What this program brought.
    pub ledger: Ledger,
    reporter: &'a dyn Reporter,
    /// Models that this run has looked at and still needs, by repository and commit: no process removes them.
    holds: Mutex<BTreeMap<(String, String), File>>,
}

impl<'a> Hub<'a> {
    /// Opens the hub of `access`; what is pulled is written down in `store`.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn open(access: &HubAccess, store: &Path, reporter: &'a dyn Reporter) -> Result<Self, HubError> {
        let client =
            (!access.offline).then(|| Client::new(&access.endpoint, access.token.as_ref(), Patience::default()));
        let ledger = Ledger::new(store);
        ledger.prepare()?;
        let (endpoint, cache) = (access.endpoint.clone(), HubCache::new(&access.cache));
        Ok(Self { endpoint, client, cache, ledger, reporter, holds: Mutex::default() })
    }

    /// Whether nothing may be fetched.
    pub fn is_offline(&self) -> bool {
        self.client.is_none()
    }

    /// Bytes of a model's weights that are still to come.
    pub fn missing(&self, survey: &Survey) -> u64 {
        room::missing(self, survey)
    }

    /// Keeps a model from being removed while this run needs it; of very many the first.
    fn hold(&self, repo: &str, commit: &str) -> Result<(), HubError> {
        if self.holds().len() >= MOST_HOLDS {
            return Ok(());
        }
        let held = self.ledger.hold(repo, commit)?;
        self.holds().insert((repo.to_owned(), commit.to_owned()), held);
        Ok(())
    }

    /// Hands over what keeps a model from being removed, for as long as the file lives.
    pub fn take_hold(&self, repo: &str, commit: &str) -> Option<File> {
        self.holds().remove(&(repo.to_owned(), commit.to_owned()))
    }

    /// This run has used a model.
    fn let_go(&self, repo: &str, commit: &str) {
        drop(self.take_hold(repo, commit));
    }

    /// Whether anything of an entry can be removed: of a model that this run has looked at the weights, which come
    /// again when they are needed; of others all.
    fn has_removable(&self, pulled: &Pulled) -> bool {
        if self.holds().contains_key(&pulled.key()) { pulled.has_weights() } else { pulled.held() > 0 }
    }

    /// Removes what may be removed of an entry; `None` while another process holds it.
    fn evict(&self, pulled: &Pulled) -> Result<Option<u64>, HubError> {
        let key = pulled.key();
        let Some(own) = self.holds().remove(&key) else { return self.ledger.release(pulled, |_| true) };
        drop(own);
        let freed = self.ledger.release(pulled, pulled::is_weight);
        self.hold(&key.0, &key.1)?;
        freed
    }

    fn holds(&self) -> MutexGuard<'_, BTreeMap<(String, String), File>> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> Result<&Client, HubError> {
        let problem = || "offline, nothing is fetched".to_owned();
        self.client.as_ref().ok_or_else(|| HubError::Unreachable { what: "the hub".into(), problem: problem() })
    }

    fn stopped(&self) -> bool {
        self.reporter.interrupted()
    }
}
