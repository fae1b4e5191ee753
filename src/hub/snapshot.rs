//! A repository's folder in a cache, taken for the model that it shows.

use std::path::{Path, PathBuf};

use super::error::HubError;
use super::names::{DEFAULT_REVISION, is_commit, is_revision};

/// The snapshot that `folder` shows at `revision`, if it is a repository's folder in a cache: what `refs` say, without
/// a revision else the only one there is.
///
/// # Errors
/// There is no such snapshot.
pub(super) fn snapshot_in(folder: &Path, revision: Option<&str>) -> Result<Option<PathBuf>, HubError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let snapshots = folder.join("snapshots");
    if !name.starts_with("models--") || !snapshots.is_dir() {
        return Ok(None);
    }
    let named = revision.unwrap_or(DEFAULT_REVISION);
    let written = match is_revision(named) {
        true => std::fs::read_to_string(folder.join("refs").join(named)).ok(),
        false => None,
    };
    let commit = written.map_or_else(|| named.to_owned(), |commit| commit.trim().to_owned());
    if is_commit(&commit) && snapshots.join(&commit).is_dir() {
        return Ok(Some(snapshots.join(commit)));
    }
    let entries = std::fs::read_dir(&snapshots).map_err(HubError::read(&snapshots))?;
    let all: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    match (all.as_slice(), revision) {
        ([only], None) => Ok(Some(only.clone())),
        _ => {
            let problem = format!("refs/{named} names none of its {} snapshots; name the folder of one", all.len());
            Err(HubError::reference(&folder.display().to_string(), &problem))
        }
    }
}
