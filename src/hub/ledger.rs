//! What this program pulled: one small file per repository and commit in the store, so that only what it brought is ever
//! removed, and nothing that was there before. A file is written down before the first byte of it arrives.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{SecondsFormat, Utc};
use sha2::{Digest as _, Sha256};

use super::cache::HubCache;
use super::error::HubError;
use super::listing::{Listing, RemoteFile};
use super::pulled::Pulled;
use crate::hex::hex;

/// The folder of the store that holds the entries.
const FOLDER: &str = "pulled";

/// All that was pulled.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
}

impl Ledger {
    /// The ledger in the store at `store`, which need not be there.
    pub fn new(store: &Path) -> Self {
        Self { folder: store.join(FOLDER) }
    }

    /// Makes the folder that entries are written to.
    ///
    /// # Errors
    /// [`HubError::Store`] where it cannot be made.
    pub(super) fn prepare(&self) -> Result<(), HubError> {
        std::fs::create_dir_all(&self.folder).map_err(|source| HubError::Store { path: self.folder.clone(), source })
    }

    /// Every entry, the one not used for the longest time first, and a line for each that cannot be read.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn entries(&self) -> Result<(Vec<Pulled>, Vec<String>), HubError> {
        self.entries_in("")
    }

    /// The entries in files whose names start with `prefix`.
    fn entries_in(&self, prefix: &str) -> Result<(Vec<Pulled>, Vec<String>), HubError> {
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        let folder = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((entries, damaged)),
            found => found.map_err(HubError::read(&self.folder))?,
        };
        for entry in folder {
            let path = entry.map_err(HubError::read(&self.folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with(prefix) || !name.ends_with(".json") {
                continue;
            }
            match Pulled::read(&path) {
                Ok(pulled) => entries.push(pulled),
                Err(problem) => {
                    damaged.push(format!("{}: {problem}; what it stands for is left alone", path.display()))
                }
            }
        }
        entries.sort_by(|a, b| (&a.used_at, &a.repo, &a.commit).cmp(&(&b.used_at, &b.repo, &b.commit)));
        damaged.sort();
        Ok((entries, damaged))
    }

    /// Writes down that `file` is about to be brought by this program.
    pub(super) fn note(&self, cache: &HubCache, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        self.change(cache, listing, |pulled| {
            pulled.files.insert(file.path.to_string(), file.digest.hex().to_owned());
        })
    }

    /// Writes down that this program brought a file which is here already, if it brought it under another name or for
    /// another commit.
    pub(super) fn share(&self, cache: &HubCache, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        let folder = cache.absolute()?;
        let (entries, _) = self.entries_in(&format!("{}--", escaped(&listing.reference.id)))?;
        let holders = || entries.iter().filter(|pulled| pulled.cache == folder && pulled.holds(file.digest.hex()));
        let is_noted =
            holders().any(|pulled| pulled.commit == listing.commit && pulled.files.contains_key(file.path.as_str()));
        if holders().next().is_none() || is_noted { Ok(()) } else { self.note(cache, listing, file) }
    }

    /// Writes down that a model was evaluated just now, if any of it was brought by this program.
    pub(super) fn evaluated(&self, cache: &HubCache, listing: &Listing) -> Result<(), HubError> {
        let folder = cache.absolute()?;
        match self.path(&folder, &listing.reference.id, &listing.commit).exists() {
            true => self.change(cache, listing, |pulled| pulled.evaluated = true),
            false => Ok(()),
        }
    }

    fn change(&self, cache: &HubCache, listing: &Listing, edit: impl FnOnce(&mut Pulled)) -> Result<(), HubError> {
        let _one_at_a_time = self.writing()?;
        let folder = cache.absolute()?;
        let path = self.path(&folder, &listing.reference.id, &listing.commit);
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut pulled = Pulled::read(&path).unwrap_or_else(|_| Pulled::new(listing, folder, &now));
        pulled.used_at = now;
        edit(&mut pulled);
        self.write(&path, &pulled)
    }

    /// Entries are read, changed and written by one thread of one process at a time.
    fn writing(&self) -> Result<File, HubError> {
        let path = self.folder.join("writing.lock");
        let lock = || File::create(&path).and_then(|file| file.lock().map(|()| file));
        lock().map_err(HubError::write(&path))
    }

    fn write(&self, path: &Path, pulled: &Pulled) -> Result<(), HubError> {
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer_pretty(&mut file, pulled)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(HubError::write(path))
    }

    /// Keeps a model from being removed, by any process, until the file is dropped.
    pub(super) fn hold(&self, repo: &str, commit: &str) -> Result<File, HubError> {
        let (path, file) = self.lock_file(repo, commit)?;
        file.lock_shared().map_err(HubError::write(&path))?;
        Ok(file)
    }

    fn lock_file(&self, repo: &str, commit: &str) -> Result<(PathBuf, File), HubError> {
        let path = self.folder.join(format!("{}--{commit}.lock", escaped(repo)));
        let file = File::create(&path).map_err(HubError::write(&path))?;
        Ok((path, file))
    }

    /// Removes what was brought of an entry: all of it, or only the files that `which` chooses. The entry goes with its
    /// last file. Tells how much became free; `None`, and nothing is removed, while a process holds the model.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn release(&self, pulled: &Pulled, which: impl Fn(&str) -> bool) -> Result<Option<u64>, HubError> {
        let (lock, held) = self.lock_file(&pulled.repo, &pulled.commit)?;
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(HubError::write(&lock)(error)),
        }
        let _one_at_a_time = self.writing()?;
        let path = self.path(&pulled.cache, &pulled.repo, &pulled.commit);
        // Another process may have changed it since it was listed.
        let mut left = Pulled::read(&path).unwrap_or_else(|_| pulled.clone());
        let chosen: Vec<(String, String)> = left.files.extract_if(.., |path, _| which(path)).collect();
        let freed = pulled.remove(&chosen)?;
        if !left.files.is_empty() {
            self.write(&path, &left)?;
            return Ok(Some(freed));
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HubError::write(&path)(error)),
            _ => Ok(Some(freed)),
        }
    }

    /// The entry of a commit; each cache has its own.
    fn path(&self, cache: &Path, repo: &str, commit: &str) -> PathBuf {
        let cache = hex(&Sha256::digest(cache.as_os_str().as_encoded_bytes())[..4]);
        self.folder.join(format!("{}--{commit}--{cache}.json", escaped(repo)))
    }
}

/// A repository's name as a part of a file's.
fn escaped(repo: &str) -> String {
    repo.replace('/', "--")
}

#[cfg(test)]
mod tests;
