//! One file from the hub into the cache: resumed where it broke off, never longer than announced, and put under its name
//! only when its hash is the one that was listed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::cache::HubCache;
use super::client::{Client, Stream, broken};
use super::error::HubError;
use super::listing::{Digest, Listing, RemoteFile};
use super::patience::{Fault, Pace};
use crate::hex::hex;

/// Bytes read at a time.
const PIECE: usize = 1 << 18;
/// So much must arrive before a failure counts as the first again.
const PROGRESS: u64 = 1 << 20;

/// Who watches a file arrive.
pub(super) trait Watch {
    /// Whether the user asked to stop.
    fn stopped(&self) -> bool;
    /// The file begins to arrive.
    fn begins(&self) {}
    /// The file is here up to this byte.
    fn at(&self, _bytes: u64) {}
    /// The file is whole, or could not be had.
    fn ends(&self, _whole: bool) {}
}

/// What is needed to fetch a file.
pub(super) struct Download<'a> {
    pub client: &'a Client,
    pub cache: &'a HubCache,
    pub listing: &'a Listing,
    pub file: &'a RemoteFile,
    pub watch: &'a dyn Watch,
}

/// A file that is growing, and the hash of what it holds.
struct Growing {
    path: PathBuf,
    file: File,
    length: u64,
    hash: Hash,
}

impl Download<'_> {
    /// Puts the file's content where the cache keeps it, unless it is there already. The caller holds the lock.
    ///
    /// # Errors
    /// It cannot be had, is not what was listed, or cannot be written. What had arrived is kept where it may be right.
    pub(super) fn run(&self) -> Result<(), HubError> {
        let blob = self.cache.blob(&self.listing.reference.id, &self.file.digest);
        std::fs::create_dir_all(blob.parent().unwrap_or(Path::new("."))).map_err(HubError::write(&blob))?;
        let partial = partial_of(&blob);
        let mut growing = Growing::open(partial, self.file)?;
        let found_before = growing.length > 0;
        self.fill(&mut growing)?;
        let found = growing.hash.finish();
        if found == self.file.digest.hex() {
            return growing.persist(&blob);
        }
        growing.discard()?;
        if !found_before {
            return Err(self.mismatch(found));
        }
        // What was found may have been damaged: once more, from the start.
        let mut growing = Growing::open(partial_of(&blob), self.file)?;
        self.fill(&mut growing)?;
        let found = growing.hash.finish();
        match found == self.file.digest.hex() {
            true => growing.persist(&blob),
            false => growing.discard().and(Err(self.mismatch(found))),
        }
    }

    fn mismatch(&self, found: String) -> HubError {
        let (repo, file, listed) =
            (self.listing.label(), self.file.path.to_string(), self.file.digest.hex().to_owned());
        HubError::Content { repo, file, found, listed }
    }

    /// Reads until the announced length is reached.
    fn fill(&self, growing: &mut Growing) -> Result<(), HubError> {
        self.watch.at(growing.length);
        let what = format!("{} {}", self.listing.label(), self.file.path);
        let mut farthest = growing.length;
        let filled = self.client.patience().retry(&what, &|| self.watch.stopped(), |progress| {
            let result = if growing.length < self.file.bytes { self.read_on(growing) } else { Ok(()) };
            // Only what was never reached before: a hub that makes us begin anew again and again makes no progress.
            *progress = growing.length > farthest + PROGRESS;
            farthest = farthest.max(growing.length);
            result
        });
        match filled {
            // It contradicts what was announced, so no part of it is worth keeping.
            Err(error @ HubError::Answer { .. }) => growing.discard().and(Err(error)),
            other => other,
        }
    }

    fn read_on(&self, growing: &mut Growing) -> Result<(), Fault> {
        let stream = self.client.open(self.listing, self.file, growing.length, None)?;
        self.check(&stream, growing)?;
        let mut reader = stream.reader;
        let mut piece = vec![0; PIECE];
        let mut pace = Pace::new(self.client.patience());
        loop {
            if self.watch.stopped() {
                return Err(HubError::Interrupted.into());
            }
            let read = match reader.read(&mut piece) {
                Ok(0) if growing.length < self.file.bytes => {
                    let (here, all) = (growing.length, self.file.bytes);
                    return Err(Fault::again(format!("the connection ended after {here} of {all} bytes")));
                }
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::again(broken(&error))),
            };
            if growing.length + read as u64 > self.file.bytes {
                return Err(self.refuse("goes on after").into());
            }
            growing.append(&piece[..read])?;
            self.watch.at(growing.length);
            pace.note(read as u64)?;
            if growing.length == self.file.bytes && stream.total.is_some() {
                return Ok(());
            }
        }
    }

    /// Holds what the hub announces against what it listed, and starts anew where it ignored from where to go on.
    fn check(&self, stream: &Stream, growing: &mut Growing) -> Result<(), Fault> {
        if stream.total.is_some_and(|total| total != self.file.bytes) {
            return Err(self.refuse("is sent with another size than").into());
        }
        match stream.from {
            0 if growing.length > 0 => growing.restart().map_err(Fault::Final),
            from if from != growing.length => {
                let problem = format!("{} is sent from another byte than was asked for", self.file.path);
                Err(HubError::answer(&self.listing.reference, &problem).into())
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, how: &str) -> HubError {
        let problem = format!("{} {how} the {} bytes that the hub lists", self.file.path, self.file.bytes);
        HubError::answer(&self.listing.reference, &problem)
    }
}

impl Growing {
    /// Opens what is there of a file, or a new one, and hashes it.
    fn open(path: PathBuf, file: &RemoteFile) -> Result<Self, HubError> {
        let write = HubError::write(&path);
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(write)?;
        let mut growing = Self { path, file: opened, length: 0, hash: Hash::of(file) };
        let length = growing.file.metadata().map_err(HubError::read(&growing.path))?.len();
        if length > file.bytes {
            growing.restart()?;
            return Ok(growing);
        }
        let mut piece = vec![0; PIECE];
        loop {
            match growing.file.read(&mut piece).map_err(HubError::read(&growing.path))? {
                0 => return Ok(growing),
                read => {
                    growing.hash.update(&piece[..read]);
                    growing.length += read as u64;
                }
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), HubError> {
        self.file.write_all(bytes).map_err(HubError::write(&self.path))?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), HubError> {
        self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0))).map_err(HubError::write(&self.path))?;
        self.hash.restart();
        self.length = 0;
        Ok(())
    }

    fn discard(&self) -> Result<(), HubError> {
        std::fs::remove_file(&self.path).map_err(HubError::write(&self.path))
    }

    fn persist(self, blob: &Path) -> Result<(), HubError> {
        self.file.sync_all().and_then(|()| std::fs::rename(&self.path, blob)).map_err(HubError::write(blob))
    }
}

/// Where a blob grows, as other tools have it.
pub(super) fn partial_of(blob: &Path) -> PathBuf {
    let mut name = blob.file_name().unwrap_or_default().to_owned();
    name.push(".incomplete");
    blob.with_file_name(name)
}

/// Whether a file holds the content that is listed.
pub(super) fn holds(path: &Path, file: &RemoteFile) -> Result<bool, HubError> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == file.bytes => {}
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(HubError::read(path)(error)),
    }
    let mut reader = File::open(path).map_err(HubError::read(path))?;
    let mut hash = Hash::of(file);
    let mut piece = vec![0; PIECE];
    loop {
        match reader.read(&mut piece).map_err(HubError::read(path))? {
            0 => return Ok(hash.finish() == file.digest.hex()),
            read => hash.update(&piece[..read]),
        }
    }
}

/// The hash that a file is listed with, as it grows.
enum Hash {
    Git { hash: Sha1, bytes: u64 },
    Sha256(Sha256),
}

impl Hash {
    fn of(file: &RemoteFile) -> Self {
        match file.digest {
            Digest::Git(_) => Self::Git { hash: git_header(file.bytes), bytes: file.bytes },
            Digest::Sha256(_) => Self::Sha256(Sha256::new()),
        }
    }

    fn restart(&mut self) {
        match self {
            Self::Git { hash, bytes } => *hash = git_header(*bytes),
            Self::Sha256(hash) => *hash = Sha256::new(),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Git { hash, .. } => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn finish(&self) -> String {
        match self {
            Self::Git { hash, .. } => hex(&hash.clone().finalize()),
            Self::Sha256(hash) => hex(&hash.clone().finalize()),
        }
    }
}

/// Git hashes a file behind its kind and size.
fn git_header(bytes: u64) -> Sha1 {
    Sha1::new_with_prefix(format!("blob {bytes}\0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::paths::RepoPath;

    fn file(digest: Digest, bytes: u64) -> RemoteFile {
        RemoteFile { path: RepoPath::new("f").unwrap(), bytes, digest }
    }

    #[test]
    fn a_content_is_known_by_git_s_hash_or_by_sha_256() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "hello\n").unwrap();
        // `echo hello | git hash-object --stdin` and `echo hello | sha256sum`
        let git = Digest::Git("ce013625030ba8dba906f756967f9e9ca394464a".into());
        let sha = Digest::Sha256("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03".into());
        for digest in [git, sha] {
            assert!(holds(&path, &file(digest.clone(), 6)).unwrap());
            assert!(!holds(&path, &file(digest.clone(), 7)).unwrap());
            std::fs::write(&path, "hellO\n").unwrap();
            assert!(!holds(&path, &file(digest, 6)).unwrap());
            std::fs::write(&path, "hello\n").unwrap();
        }
        assert!(!holds(&folder.path().join("none"), &file(Digest::Git(String::new()), 0)).unwrap());
    }

    #[test]
    fn a_file_grows_from_where_it_broke_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.incomplete");
        let listed = file(Digest::Git("ce013625030ba8dba906f756967f9e9ca394464a".into()), 6);
        std::fs::write(&path, "hel").unwrap();
        let mut growing = Growing::open(path.clone(), &listed).unwrap();
        assert_eq!(growing.length, 3);
        growing.append(b"lo\n").unwrap();
        assert_eq!(growing.hash.finish(), listed.digest.hex());
        growing.persist(&folder.path().join("blob")).unwrap();
        assert_eq!(std::fs::read(folder.path().join("blob")).unwrap(), b"hello\n");
        assert!(!path.exists());
    }

    #[test]
    fn what_is_too_long_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.incomplete");
        std::fs::write(&path, "hello and more").unwrap();
        let growing = Growing::open(path.clone(), &file(Digest::Git(String::new()), 6)).unwrap();
        assert_eq!((growing.length, std::fs::metadata(&path).unwrap().len()), (0, 0));
    }

    #[test]
    fn the_partial_file_stands_beside_the_blob() {
        assert_eq!(partial_of(Path::new("/b/ab.c")), Path::new("/b/ab.c.incomplete"));
    }
}
