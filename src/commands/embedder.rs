//! The embedding model, ready to use: from a folder, or from a repository of the hub, which is pulled first.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candle_core::{DType, Device};

use super::settings::EmbeddingSettings;
use crate::engine::bert::BertEmbedder;
use crate::engine::device::{embedding_dtype, open_device};
use crate::engine::embedder::Embedder;
use crate::hub::{Hub, HubError, ModelReference, Need, Puller, RepoReference, Room, Survey, Uncached};
use crate::report::ModelRecord;
use crate::reporter::Reporter;
use crate::store::EmbeddingStore;

/// The model on its device, and the store of what it embedded.
pub struct OpenEmbedder {
    /// The model.
    pub embedder: BertEmbedder,
    /// Where it computes.
    pub device: Device,
    /// In which number type.
    pub dtype: DType,
    /// What was embedded before.
    pub store: EmbeddingStore,
    /// As it was named.
    name: String,
    files: EmbedderFiles,
}

impl OpenEmbedder {
    /// Finds the model that the settings name and loads it.
    ///
    /// # Errors
    /// It cannot be had, the device is not there, or the store cannot be used.
    pub fn open(settings: &EmbeddingSettings, reporter: &dyn Reporter) -> Result<Self> {
        let store = EmbeddingStore::open(&settings.store)?;
        let device = open_device(settings.device, reporter)?;
        let dtype = embedding_dtype(settings.dtype, &device)?;
        let files = find(settings, reporter)?;
        let loaded = BertEmbedder::load(&files.folder, &device, dtype).context("the embedder, see --embedder")?;
        let embedder = loaded.rehearsing(settings.device.rehearsal())?;
        Ok(Self { embedder, device, dtype, store, name: settings.embedder.0.clone(), files })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.files.folder
    }

    /// Says where the device was too small.
    pub fn report(&self, reporter: &dyn Reporter) {
        if let Some(tokens) = self.embedder.too_many() {
            reporter.warn(&format!(
                "the device's memory did not hold {tokens} tokens at once; smaller batches were embedded instead"
            ));
        }
    }

    /// What it is, for the record of a run.
    pub fn record(&self) -> ModelRecord {
        ModelRecord {
            uid: None,
            path: self.name.clone(),
            commit: self.files.commit.clone(),
            content_hash: Some(self.embedder.fingerprint().to_owned()),
            weight_dtype: None,
            architecture: Some("bert".into()),
            parameters: None,
        }
    }
}

/// The model's files.
struct EmbedderFiles {
    /// The folder that they are in.
    folder: PathBuf,
    /// The commit, where they are a repository's.
    commit: Option<String>,
    /// Keeps them from being removed by another process.
    _hold: Option<File>,
}

/// Finds the embedding model that the settings name.
///
/// # Errors
/// It cannot be had, or, while offline, is not in the cache.
fn find(settings: &EmbeddingSettings, reporter: &dyn Reporter) -> Result<EmbedderFiles> {
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
