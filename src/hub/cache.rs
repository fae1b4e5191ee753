//! The hub cache in its standard layout, shared with other tools: `models--namespace--name/{blobs,refs,snapshots}`. A
//! blob is named by its content; a snapshot is a folder of links to blobs, one per commit; a ref is the commit that a
//! branch stood for when it was last looked up.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hf_hub::{Cache, CacheRepo, Repo, RepoType};

use super::error::HubError;
use super::listing::{Digest, Listing, RemoteFile};
use super::names::{DEFAULT_REVISION, is_commit};
use super::reference::RepoReference;

/// How long another process may hold a file.
const LONGEST_LOCK: Duration = Duration::from_secs(3600);

/// The cache in one folder.
#[derive(Debug, Clone)]
pub struct HubCache {
    cache: Cache,
}

impl HubCache {
    /// The cache in `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self { cache: Cache::new(folder.to_owned()) }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.cache.path()
    }

    /// Its folder, wherever the current one is.
    pub(super) fn absolute(&self) -> Result<PathBuf, HubError> {
        std::path::absolute(self.folder()).map_err(HubError::read(self.folder()))
    }

    /// The folder of a repository.
    pub fn repo_folder(&self, id: &str) -> PathBuf {
        self.folder().join(Repo::model(id.to_owned()).folder_name())
    }

    /// The folder that shows a repository as it is at a commit.
    pub fn snapshot(&self, id: &str, commit: &str) -> PathBuf {
        self.repo(id, DEFAULT_REVISION).pointer_path(commit)
    }

    /// Where a content is kept.
    pub fn blob(&self, id: &str, digest: &Digest) -> PathBuf {
        self.repo(id, DEFAULT_REVISION).blob_path(digest.hex())
    }

    /// The commit that a revision stands for, as far as this machine knows.
    pub fn commit(&self, reference: &RepoReference) -> Option<String> {
        if let Some(commit) = reference.commit() {
            return Some(commit.to_owned());
        }
        let path = self.repo_folder(&reference.id).join("refs").join(&reference.revision);
        let commit = std::fs::read_to_string(path).ok()?.trim().to_owned();
        is_commit(&commit).then_some(commit)
    }

    /// Remembers what the revision of a listing stands for.
    pub(super) fn remember(&self, listing: &Listing) -> Result<(), HubError> {
        let reference = &listing.reference;
        if reference.commit().is_some() || self.commit(reference).as_ref() == Some(&listing.commit) {
            return Ok(());
        }
        let repo = self.repo(&reference.id, &reference.revision);
        repo.create_ref(&listing.commit).map_err(HubError::write(&self.repo_folder(&reference.id).join("refs")))
    }

    /// Shows a blob under the file's name in the snapshot.
    pub(super) fn link(&self, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        let path = file.path.below(&self.snapshot(&listing.reference.id, &listing.commit));
        let ups = "../".repeat(file.path.parts().count() + 1);
        let target = PathBuf::from(format!("{ups}blobs/{}", file.digest.hex()));
        if std::fs::read_link(&path).is_ok_and(|found| found == target) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .and_then(|()| replace(&path, &target, &self.blob(&listing.reference.id, &file.digest)))
            .map_err(HubError::write(&path))
    }

    /// Holds a content against other processes, until the file is dropped. Other tools take the same lock.
    pub(super) fn lock(&self, id: &str, digest: &Digest, stopped: &dyn Fn() -> bool) -> Result<File, HubError> {
        let (path, file) = self.lock_file(id, digest.hex())?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(HubError::write(&path)(error)),
                Err(TryLockError::WouldBlock) if stopped() => return Err(HubError::Interrupted),
                Err(TryLockError::WouldBlock) if start.elapsed() > LONGEST_LOCK => {
                    return Err(HubError::Locked { path });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// The same for the blob of this name, if nobody holds it.
    pub(super) fn try_lock(&self, id: &str, blob: &str) -> Result<Option<File>, HubError> {
        let (path, file) = self.lock_file(id, blob)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(HubError::write(&path)(error)),
        }
    }

    fn lock_file(&self, id: &str, blob: &str) -> Result<(PathBuf, File), HubError> {
        let folder = self.folder().join(".locks").join(Repo::model(id.to_owned()).folder_name());
        let path = folder.join(format!("{blob}.lock"));
        let file =
            std::fs::create_dir_all(&folder).and_then(|()| File::create(&path)).map_err(HubError::write(&path))?;
        Ok((path, file))
    }

    fn repo(&self, id: &str, revision: &str) -> CacheRepo {
        self.cache.repo(Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned()))
    }
}

/// Puts a link at `path`, in place of what is there.
#[cfg(unix)]
fn replace(path: &Path, target: &Path, _blob: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match std::os::unix::fs::symlink(target, path) {
        // Another process was quicker; it links the same.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// Puts a second name of the blob at `path`: links to files need rights there that users seldom have.
#[cfg(not(unix))]
fn replace(path: &Path, _target: &Path, blob: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::hard_link(blob, path).or_else(|_| std::fs::copy(blob, path).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::paths::RepoPath;

    fn listing(revision: &str, commit: &str) -> Listing {
        let file = |path: &str| RemoteFile {
            path: RepoPath::new(path).unwrap(),
            bytes: 3,
            digest: Digest::Git("a".repeat(40)),
        };
        let reference = RepoReference { id: "ns/name".into(), revision: revision.into() };
        Listing { reference, commit: commit.into(), files: vec![file("config.json"), file("1_Pooling/config.json")] }
    }

    #[test]
    fn the_layout_is_the_hub_s() {
        let cache = HubCache::new(Path::new("/c"));
        assert_eq!(cache.snapshot("ns/name", "c0ffee"), Path::new("/c/models--ns--name/snapshots/c0ffee"));
        assert_eq!(cache.blob("ns/name", &Digest::Git("ab".into())), Path::new("/c/models--ns--name/blobs/ab"));
    }

    #[test]
    fn a_revision_is_remembered_and_moves() {
        let folder = tempfile::tempdir().unwrap();
        let cache = HubCache::new(folder.path());
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let branch = listing("feature/x", &one);
        assert_eq!(cache.commit(&branch.reference), None);
        cache.remember(&branch).unwrap();
        assert_eq!(cache.commit(&branch.reference), Some(one.clone()));
        cache.remember(&listing("feature/x", &two)).unwrap();
        assert_eq!(cache.commit(&branch.reference), Some(two));
        assert_eq!(cache.commit(&listing(&one, &one).reference), Some(one));
    }

    #[test]
    fn links_lead_to_the_blob_from_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let cache = HubCache::new(folder.path());
        let listing = listing("main", &"1".repeat(40));
        let blob = cache.blob("ns/name", &listing.files[0].digest);
        std::fs::create_dir_all(blob.parent().unwrap()).unwrap();
        std::fs::write(&blob, "abc").unwrap();
        for file in &listing.files {
            let path = file.path.below(&cache.snapshot("ns/name", &listing.commit));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "old").unwrap();
            for _ in 0..2 {
                cache.link(&listing, file).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), "abc");
            }
        }
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let cache = HubCache::new(folder.path());
        let digest = Digest::Git("a".repeat(40));
        let held = cache.lock("ns/name", &digest, &|| false).unwrap();
        assert!(matches!(cache.lock("ns/name", &digest, &|| true), Err(HubError::Interrupted)));
        drop(held);
        assert!(cache.lock("ns/name", &digest, &|| true).is_ok());
    }
}
