//! Where the embedding model is: a folder, or a repository of the hub, which is pulled first.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::commands::settings::CalibrateSettings;
use crate::hub::{Hub, HubError, ModelReference, Need, Puller, RepoReference, Room, Survey, Uncached};
use crate::reporter::Reporter;

/// The model's files.
pub struct EmbedderFiles {
    /// The folder that they are in.
    pub folder: PathBuf,
    /// The commit, where they are a repository's.
    pub commit: Option<String>,
    /// Keeps them from being removed by another process.
    _hold: Option<File>,
}

/// Finds the embedding model that the settings name.
///
/// # Errors
/// It cannot be had, or, while offline, is not in the cache.
pub fn find(settings: &CalibrateSettings, reporter: &dyn Reporter) -> Result<EmbedderFiles> {
    let reference = match ModelReference::parse(&settings.embedder.0, None, Path::new(""), &settings.hub.endpoint)? {
        ModelReference::Folder(folder) => return Ok(EmbedderFiles { folder, commit: None, _hold: None }),
        ModelReference::Repo(reference) => reference,
    };
    let hub = Hub::open(&settings.hub, &settings.store, reporter)?;
    if hub.is_offline() {
        return from_cache(&hub, &reference);
    }
    let survey = hub.survey(&reference, Need::Embedder, None).map_err(|error| match error {
        // A folder may have been meant, with a mistake in its name.
        HubError::Absent { .. } if !settings.embedder.0.contains(['@', ':']) => {
            anyhow::Error::new(error).context(format!("there is no folder {}", settings.embedder.0))
        }
        other => other.into(),
    })?;
    let surveys = std::slice::from_ref(&survey);
    let room = Room { budget: None, evicts: false };
    Puller::new(&hub, room, surveys).run(settings.hub.jobs, |puller| puller.wait(0))?;
    let Survey { folder, listing, .. } = survey;
    let hold = hub.take_hold(&reference.id, &listing.commit);
    Ok(EmbedderFiles { folder, commit: Some(listing.commit), _hold: hold })
}

fn from_cache(hub: &Hub, reference: &RepoReference) -> Result<EmbedderFiles> {
    match hub.cached(reference, Need::Embedder) {
        Ok(cached) => {
            let hold = hub.take_hold(&reference.id, &cached.commit);
            Ok(EmbedderFiles { folder: cached.folder, commit: Some(cached.commit), _hold: hold })
        }
        Err(HubError::NotCached(what)) => {
            let cache = hub.cache.folder().display().to_string();
            Err(Uncached { cache, missing: vec![what] }.into())
        }
        Err(error) => Err(error.into()),
    }
}
