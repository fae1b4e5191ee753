//! Models as the cache has them, without a look at the hub.

use std::path::PathBuf;

use super::error::HubError;
use super::reference::RepoReference;
use super::{Hub, Need};
use crate::engine::files::{INDEX, WEIGHTS, shard_names};

/// A model that is whole in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The commit.
    pub commit: String,
    /// The folder that shows it.
    pub folder: PathBuf,
}

impl Hub<'_> {
    /// Finds a model in the cache.
    ///
    /// # Errors
    /// [`HubError::NotCached`] with what is missing.
    pub fn cached(&self, reference: &RepoReference, need: Need) -> Result<Cached, HubError> {
        let Some(commit) = self.cache.commit(reference) else {
            return Err(HubError::NotCached(format!("{reference} (its commit is not known here)")));
        };
        let folder = self.cache.snapshot(&reference.id, &commit);
        if !folder.is_dir() {
            return Err(HubError::NotCached(format!("{reference} (nothing of commit {commit})")));
        }
        let mut needed = vec!["config.json".to_owned(), "tokenizer.json".to_owned()];
        // Where an embedder keeps them is for its modules.json to say; its reader names what is missing.
        if need == Need::Embedder && folder.join("modules.json").is_file() {
            needed.clear();
        } else if folder.join(INDEX).is_file() && !folder.join(WEIGHTS).is_file() {
            let index = std::fs::read(folder.join(INDEX)).unwrap_or_default();
            needed.extend(shard_names(&index).unwrap_or_default());
        } else {
            needed.push(WEIGHTS.to_owned());
        }
        needed.retain(|name| !folder.join(name).is_file());
        match needed.is_empty() {
            true => {
                self.hold(&reference.id, &commit)?;
                Ok(Cached { commit, folder })
            }
            false => Err(HubError::NotCached(format!("{reference} ({})", needed.join(", ")))),
        }
    }
}
