//! Weight norms, kept: `<folder>/norms/<content>.json`. They are the norms of the weights that the name stands for,
//! whatever the limits are that they are held against, so a model need not be read again to judge it again.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::StoreError;
use super::part::{open_folder, write_once};
use crate::hex::hex;

/// Version of what is computed.
const VERSION: u32 = 1;

/// Norms of each layer, for each projection.
pub type Norms = Vec<Vec<f64>>;

/// A folder of weight norms.
#[derive(Debug, Clone)]
pub struct NormStore {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    content_hash: String,
    norms: Norms,
}

impl NormStore {
    /// Opens the store in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { folder: open_folder(folder, "norms")? })
    }

    /// The norms of the model with this content, if they are kept; what cannot be read is not.
    pub fn read(&self, content_hash: &str) -> Option<Norms> {
        let kept: Kept = serde_json::from_slice(&std::fs::read(self.path(content_hash)).ok()?).ok()?;
        let is_it = kept.version == VERSION && kept.content_hash == content_hash;
        is_it.then_some(kept.norms)
    }

    /// Keeps norms, in place of such as cannot be read. Those of a broken model, which are no finite numbers and have no
    /// word in JSON, are not kept.
    ///
    /// # Errors
    /// [`StoreError::Write`] where they cannot be written.
    pub fn write(&self, content_hash: &str, norms: &[Vec<f64>]) -> Result<(), StoreError> {
        if norms.iter().flatten().any(|norm| !norm.is_finite()) {
            return Ok(());
        }
        let kept = Kept { version: VERSION, content_hash: content_hash.to_owned(), norms: norms.to_vec() };
        let path = self.path(content_hash);
        let write = || -> io::Result<()> {
            let text = serde_json::to_vec(&kept)?;
            if self.read(content_hash).is_none() && path.exists() {
                std::fs::remove_file(&path)?;
            }
            write_once(&path, &text)
        };
        write().map_err(|source| StoreError::Write { path: path.clone(), source })
    }

    /// Content hashes hold characters that no file name should.
    fn path(&self, content_hash: &str) -> PathBuf {
        self.folder.join(format!("{}.json", hex(&Sha256::digest(content_hash)[..16])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_kept_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let store = NormStore::open(folder.path()).unwrap();
        let norms = vec![vec![1.5, 0.25], vec![1e20, 1e-300]];
        assert_eq!(store.read("a/b+c="), None);
        store.write("a/b+c=", &norms).unwrap();
        assert_eq!(store.read("a/b+c="), Some(norms));
        assert_eq!(store.read("other"), None);
        store.write("broken", &[vec![f64::NAN]]).unwrap();
        assert_eq!(store.read("broken"), None);
    }

    #[test]
    fn what_is_damaged_is_not_kept_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = NormStore::open(folder.path()).unwrap();
        store.write("a", &[vec![1.0]]).unwrap();
        std::fs::write(store.path("a"), "{\"version\": 1").unwrap();
        assert_eq!(store.read("a"), None);
        store.write("a", &[vec![2.0]]).unwrap();
        assert_eq!(store.read("a"), Some(vec![vec![2.0]]));
    }
}
