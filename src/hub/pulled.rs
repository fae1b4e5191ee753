//! What was pulled of one repository at one commit: how much of it is on the disk, and how it is removed again without
//! touching anything else in the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::cache::HubCache;
use super::download::partial_of;
use super::error::HubError;
use super::listing::Listing;
use super::names::{is_commit, is_hex};
use super::paths::RepoPath;

/// Layout of the entries.
const SCHEMA: u32 = 1;

/// What was pulled of a repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    schema: u32,
    /// `namespace/name`.
    pub repo: String,
    /// The commit.
    pub commit: String,
    /// The cache that it lies in.
    pub cache: PathBuf,
    /// When the first file was asked for, as RFC 3339.
    pub pulled_at: String,
    /// When it was last pulled or evaluated, as RFC 3339.
    pub used_at: String,
    /// Whether it was evaluated, and its losses are in the store.
    #[serde(default)]
    pub(super) evaluated: bool,
    /// The files that this program brought, by path: the blob's name.
    pub(super) files: BTreeMap<String, String>,
}

impl Pulled {
    /// Nothing yet of a commit in the cache at `cache`.
    pub(super) fn new(listing: &Listing, cache: PathBuf, now: &str) -> Self {
        Self {
            schema: SCHEMA,
            repo: listing.reference.id.clone(),
            commit: listing.commit.clone(),
            cache,
            pulled_at: now.to_owned(),
            used_at: now.to_owned(),
            evaluated: false,
            files: BTreeMap::new(),
        }
    }

    /// Reads an entry, and checks it: its names become paths.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read(path).map_err(|error| error.to_string())?;
        let pulled: Pulled = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let named = pulled.repo.split('/').all(|part| RepoPath::new(part).is_ok());
        let files = pulled.files.iter().all(|(path, blob)| RepoPath::new(path).is_ok() && is_hex(blob));
        let dated = [&pulled.pulled_at, &pulled.used_at].iter().all(|date| DateTime::parse_from_rfc3339(date).is_ok());
        match pulled.schema == SCHEMA && is_commit(&pulled.commit) && named && files && dated {
            true => Ok(pulled),
            false => Err("is no entry of this version".into()),
        }
    }

    /// The repository and the commit.
    pub(super) fn key(&self) -> (String, String) {
        (self.repo.clone(), self.commit.clone())
    }

    /// Whether both are of the same repository and commit.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        (&self.repo, &self.commit) == (&other.repo, &other.commit)
    }

    /// Number of files that this program brought.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Whether this program brought the blob of this name.
    pub(super) fn holds(&self, blob: &str) -> bool {
        self.files.values().any(|held| held == blob)
    }

    /// Bytes on the disk of what this program brought, whole or not.
    pub fn held(&self) -> u64 {
        Self::held_together(std::slice::from_ref(self))
    }

    /// Bytes on the disk of several entries; what they share counts once.
    pub(super) fn held_together(entries: &[Self]) -> u64 {
        let blobs: BTreeSet<PathBuf> =
            entries.iter().flat_map(|pulled| pulled.files.values().map(|blob| pulled.blob(blob))).collect();
        blobs.iter().map(|blob| size(blob) + size(&partial_of(blob))).sum()
    }

    /// Whether weights that this program brought are on the disk, whole or not.
    pub(super) fn has_weights(&self) -> bool {
        let mut weights = self.files.iter().filter(|(path, _)| is_weight(path));
        weights.any(|(_, blob)| size(&self.blob(blob)) + size(&partial_of(&self.blob(blob))) > 0)
    }

    fn repo_folder(&self) -> PathBuf {
        HubCache::new(&self.cache).repo_folder(&self.repo)
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.repo_folder().join("blobs").join(name)
    }

    /// Removes links, then the blobs that nothing links to any more, then folders that are empty.
    pub(super) fn remove(&self, files: &[(String, String)]) -> Result<u64, HubError> {
        let snapshot = HubCache::new(&self.cache).snapshot(&self.repo, &self.commit);
        for (path, _) in files {
            // Checked when it was read; a name that leads elsewhere removes nothing.
            if let Ok(path) = RepoPath::new(path) {
                remove(&path.below(&snapshot))?;
                let folders = path.as_str().rmatch_indices('/').map(|(end, _)| snapshot.join(&path.as_str()[..end]));
                folders.for_each(|folder| drop(std::fs::remove_dir(folder)));
            }
        }
        let mut freed = 0;
        for (_, blob) in files {
            // What somebody is reading or writing just now stays, as does what another snapshot shows.
            let Some(_lock) = HubCache::new(&self.cache).try_lock(&self.repo, blob)? else { continue };
            if !self.linked().contains(blob) {
                let path = self.blob(blob);
                freed += remove(&path)? + remove(&partial_of(&path))?;
            }
        }
        self.tidy(&snapshot);
        Ok(freed)
    }

    /// Names of the blobs that a snapshot of the repository links to.
    fn linked(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut folders = vec![self.repo_folder().join("snapshots")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    _ => {
                        let target = std::fs::read_link(entry.path()).unwrap_or_default();
                        names.extend(target.file_name().map(|name| name.to_string_lossy().into_owned()));
                    }
                }
            }
        }
        names
    }

    /// Removes a snapshot that is empty with the refs that point to it, and the repository's folder if nothing is left.
    fn tidy(&self, snapshot: &Path) {
        if std::fs::remove_dir(snapshot).is_ok() {
            let mut folders = vec![self.repo_folder().join("refs")];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                    let path = entry.path();
                    if path.is_dir() {
                        folders.push(path);
                    } else if std::fs::read_to_string(&path).is_ok_and(|commit| commit.trim() == self.commit) {
                        drop(std::fs::remove_file(path));
                    }
                }
            }
        }
        for name in ["snapshots", "refs", "blobs", ""] {
            drop(std::fs::remove_dir(self.repo_folder().join(name)));
        }
    }
}

/// Removes a file or link, if it is there, and tells its size.
fn remove(path: &Path) -> Result<u64, HubError> {
    let bytes = std::fs::symlink_metadata(path).map_or(0, |found| found.len());
    match std::fs::remove_file(path) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(HubError::write(path)(error)),
    }
}

/// Whether a path is that of weights, which are fetched again when they are needed again.
pub(super) fn is_weight(path: &str) -> bool {
    path.ends_with(".safetensors")
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}
