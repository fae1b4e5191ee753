//! What this program pulled: one small file per repository and commit in the store, so that only what it brought is ever
//! removed, and nothing that was there before. A file is written down before the first byte of it arrives.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::cache::HubCache;
use super::download::partial_of;
use super::error::HubError;
use super::listing::{Listing, RemoteFile};
use super::paths::RepoPath;
use super::reference::{is_commit, is_hex};

/// Layout of the entries.
const SCHEMA: u32 = 1;

/// The folder of the store that holds the entries.
const FOLDER: &str = "pulled";

/// All that was pulled.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    /// Entries are read, changed and written by one thread at a time.
    writing: Mutex<()>,
}

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
    /// The files that this program brought, by path: the blob's name.
    files: BTreeMap<String, String>,
}

impl Ledger {
    /// The ledger in the store at `store`.
    ///
    /// # Errors
    /// Its folder cannot be made.
    pub fn open(store: &Path) -> Result<Self, HubError> {
        let folder = store.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(HubError::write(&folder))?;
        Ok(Self { folder, writing: Mutex::default() })
    }

    /// Every entry, the one not used for the longest time first, and a line for each that cannot be read.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn entries(&self) -> Result<(Vec<Pulled>, Vec<String>), HubError> {
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&self.folder).map_err(HubError::read(&self.folder))? {
            let path = entry.map_err(HubError::read(&self.folder))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match read(&path) {
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

    /// Writes down that `file`, which is here already, belongs to this commit too, if this program brought it for another.
    pub(super) fn share(&self, cache: &HubCache, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        let own = self.path(&listing.reference.id, &listing.commit);
        let lists = |pulled: &Pulled| pulled.files.values().any(|blob| blob == file.digest.hex());
        if read(&own).is_ok_and(|pulled| lists(&pulled)) {
            return Ok(());
        }
        let folder = std::path::absolute(cache.folder()).map_err(HubError::read(cache.folder()))?;
        let prefix = prefix(&listing.reference.id);
        for entry in std::fs::read_dir(&self.folder).map_err(HubError::read(&self.folder))? {
            let entry = entry.map_err(HubError::read(&self.folder))?;
            let is_repo_s = entry.file_name().to_string_lossy().starts_with(&prefix);
            if is_repo_s && read(&entry.path()).is_ok_and(|pulled| pulled.cache == folder && lists(&pulled)) {
                return self.note(cache, listing, file);
            }
        }
        Ok(())
    }

    /// Writes down that a model was used just now, if any of it was brought by this program.
    pub(super) fn touch(&self, cache: &HubCache, listing: &Listing) -> Result<(), HubError> {
        if self.path(&listing.reference.id, &listing.commit).exists() {
            self.change(cache, listing, |_| {})
        } else {
            Ok(())
        }
    }

    fn change(&self, cache: &HubCache, listing: &Listing, edit: impl FnOnce(&mut Pulled)) -> Result<(), HubError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(&listing.reference.id, &listing.commit);
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let folder = std::path::absolute(cache.folder()).map_err(HubError::read(cache.folder()))?;
        let known = read(&path).ok().filter(|pulled| pulled.cache == folder);
        let mut pulled = known.unwrap_or_else(|| Pulled {
            schema: SCHEMA,
            repo: listing.reference.id.clone(),
            commit: listing.commit.clone(),
            cache: folder,
            pulled_at: now.clone(),
            used_at: now.clone(),
            files: BTreeMap::new(),
        });
        pulled.used_at = now;
        edit(&mut pulled);
        self.write(&path, &pulled)
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

    /// Removes what was brought of an entry: all of it, or only the files that `which` chooses. The entry goes with its
    /// last file.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn release(&self, pulled: &Pulled, which: impl Fn(&str) -> bool) -> Result<u64, HubError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = pulled.clone();
        let chosen: Vec<(String, String)> = left.files.extract_if(.., |path, _| which(path)).collect();
        let freed = pulled.remove(&chosen)?;
        let path = self.path(&pulled.repo, &pulled.commit);
        if left.files.is_empty() {
            std::fs::remove_file(&path).map_err(HubError::write(&path))?;
        } else {
            self.write(&path, &left)?;
        }
        Ok(freed)
    }

    fn path(&self, repo: &str, commit: &str) -> PathBuf {
        self.folder.join(format!("{}{commit}.json", prefix(repo)))
    }
}

/// How the names of a repository's entries begin; two dashes stand in no repository's name.
fn prefix(repo: &str) -> String {
    format!("{}--", repo.replace('/', "--"))
}

impl Pulled {
    /// Number of files that this program brought.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Bytes on the disk of what this program brought, whole or not.
    pub fn held(&self) -> u64 {
        self.held_of(|_| true)
    }

    /// The same of the files that `which` chooses.
    pub fn held_of(&self, which: impl Fn(&str) -> bool) -> u64 {
        let chosen = self.files.iter().filter(|(path, _)| which(path));
        let mut blobs: Vec<&str> = chosen.map(|(_, blob)| blob.as_str()).collect();
        blobs.sort_unstable();
        blobs.dedup();
        let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |found| found.len());
        blobs.into_iter().map(|blob| size(self.blob(blob)) + size(partial_of(&self.blob(blob)))).sum()
    }

    fn repo_folder(&self) -> PathBuf {
        HubCache::new(&self.cache).repo_folder(&self.repo)
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.repo_folder().join("blobs").join(name)
    }

    /// Removes links, then the blobs that nothing links to any more, then folders that are empty.
    fn remove(&self, files: &[(String, String)]) -> Result<u64, HubError> {
        let snapshot = HubCache::new(&self.cache).snapshot(&self.repo, &self.commit);
        for (path, _) in files {
            // Checked when it was read; a name that leads elsewhere removes nothing.
            if let Ok(path) = RepoPath::new(path) {
                remove(&path.below(&snapshot))?;
                let folders = path.as_str().rmatch_indices('/').map(|(end, _)| snapshot.join(&path.as_str()[..end]));
                folders.for_each(|folder| drop(std::fs::remove_dir(folder)));
            }
        }
        let still_linked = self.linked();
        let mut freed = 0;
        for (_, blob) in files.iter().filter(|(_, blob)| !still_linked.contains(blob)) {
            let path = self.blob(blob);
            freed += remove(&path)? + remove(&partial_of(&path))?;
        }
        self.tidy(&snapshot);
        Ok(freed)
    }

    /// Names of the blobs that a snapshot of the repository links to.
    fn linked(&self) -> std::collections::BTreeSet<String> {
        let mut names = std::collections::BTreeSet::new();
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

/// Reads and checks an entry: its names become paths.
fn read(path: &Path) -> Result<Pulled, String> {
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

/// Removes a file or link, if it is there, and tells its size.
fn remove(path: &Path) -> Result<u64, HubError> {
    let bytes = std::fs::symlink_metadata(path).map_or(0, |found| found.len());
    match std::fs::remove_file(path) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(HubError::write(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::listing::Digest;
    use crate::hub::reference::RepoReference;

    struct Scene {
        _folder: tempfile::TempDir,
        cache: HubCache,
        ledger: Ledger,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let cache = HubCache::new(&folder.path().join("hub"));
            let ledger = Ledger::open(&folder.path().join("store")).unwrap();
            Self { cache, ledger, _folder: folder }
        }

        /// A file with a content of `fill`s, in the cache; written down if this program `brought` it.
        fn put(&self, listing: &Listing, fill: char, brought: bool) {
            let file = listing.files.iter().find(|file| file.digest.hex().starts_with(fill)).unwrap();
            if brought {
                self.ledger.note(&self.cache, listing, file).unwrap();
            }
            let blob = self.cache.blob("ns/name", &file.digest);
            std::fs::create_dir_all(blob.parent().unwrap()).unwrap();
            std::fs::write(&blob, fill.to_string().repeat(10)).unwrap();
            self.cache.link(listing, file).unwrap();
        }

        fn blobs(&self) -> String {
            let folder = self.cache.repo_folder("ns/name").join("blobs");
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy()[..1].to_owned()).collect();
            names.sort();
            names.concat()
        }

        fn only(&self) -> Pulled {
            let (mut entries, damaged) = self.ledger.entries().unwrap();
            assert_eq!((entries.len(), damaged.len()), (1, 0));
            entries.remove(0)
        }
    }

    /// A repository at a commit of `commit`s, with a file per letter.
    fn listing(commit: char, files: &str) -> Listing {
        let path = |fill: char| RepoPath::new(&format!("sub/{fill}.json")).unwrap();
        let file =
            |fill: char| RemoteFile { path: path(fill), bytes: 10, digest: Digest::Git(fill.to_string().repeat(40)) };
        let reference = RepoReference { id: "ns/name".into(), revision: "main".into() };
        Listing { reference, commit: commit.to_string().repeat(40), files: files.chars().map(file).collect() }
    }

    #[test]
    fn only_what_was_brought_is_removed() {
        let scene = Scene::new();
        let listing = listing('1', "ab");
        scene.put(&listing, 'a', true);
        scene.put(&listing, 'b', false);
        let pulled = scene.only();
        assert_eq!((pulled.files(), pulled.held()), (1, 10));
        assert_eq!(scene.ledger.release(&pulled, |_| true).unwrap(), 10);
        assert_eq!(scene.blobs(), "b");
        assert!(scene.cache.snapshot("ns/name", &listing.commit).join("sub/b.json").exists());
        assert!(scene.ledger.entries().unwrap().0.is_empty());
    }

    #[test]
    fn what_another_commit_still_shows_stays() {
        let scene = Scene::new();
        let (one, two) = (listing('1', "ab"), listing('2', "bc"));
        "ab".chars().for_each(|fill| scene.put(&one, fill, true));
        "bc".chars().for_each(|fill| scene.put(&two, fill, false));
        scene.cache.remember(&one).unwrap();
        scene.ledger.release(&scene.only(), |_| true).unwrap();
        assert_eq!(scene.blobs(), "bc");
        assert!(!scene.cache.snapshot("ns/name", &one.commit).exists());
        assert_eq!(scene.cache.commit(&one.reference), None, "a ref to a commit that is gone");
    }

    #[test]
    fn what_a_later_commit_shares_goes_with_the_last_of_the_two() {
        let scene = Scene::new();
        let (one, two) = (listing('1', "ab"), listing('2', "a"));
        scene.put(&one, 'a', true);
        scene.put(&one, 'b', false);
        scene.put(&two, 'a', false);
        scene.ledger.share(&scene.cache, &two, &two.files[0]).unwrap();
        scene.ledger.share(&scene.cache, &one, &one.files[1]).unwrap();
        let (entries, _) = scene.ledger.entries().unwrap();
        assert_eq!(entries.iter().map(Pulled::files).collect::<Vec<_>>(), [1, 1], "b was never brought");
        assert_eq!(scene.ledger.release(&entries[0], |_| true).unwrap(), 0);
        assert_eq!(scene.blobs(), "ab");
        assert_eq!(scene.ledger.release(&entries[1], |_| true).unwrap(), 10);
        assert_eq!(scene.blobs(), "b");
    }

    #[test]
    fn the_last_file_takes_the_folder_with_it() {
        let scene = Scene::new();
        let listing = listing('1', "a");
        scene.put(&listing, 'a', true);
        scene.cache.remember(&listing).unwrap();
        scene.ledger.release(&scene.only(), |_| true).unwrap();
        assert!(!scene.cache.repo_folder("ns/name").exists());
    }

    #[test]
    fn files_are_chosen_by_name() {
        let scene = Scene::new();
        let listing = listing('1', "ab");
        "ab".chars().for_each(|fill| scene.put(&listing, fill, true));
        assert_eq!(scene.only().held_of(|path| path.ends_with("a.json")), 10);
        scene.ledger.release(&scene.only(), |path| path.ends_with("a.json")).unwrap();
        assert_eq!((scene.blobs().as_str(), scene.only().files()), ("b", 1));
    }

    #[test]
    fn what_broke_off_counts_and_goes_too() {
        let scene = Scene::new();
        let listing = listing('1', "a");
        scene.ledger.note(&scene.cache, &listing, &listing.files[0]).unwrap();
        let partial = partial_of(&scene.cache.blob("ns/name", &listing.files[0].digest));
        std::fs::create_dir_all(partial.parent().unwrap()).unwrap();
        std::fs::write(&partial, "1234").unwrap();
        assert_eq!(scene.only().held(), 4);
        assert_eq!(scene.ledger.release(&scene.only(), |_| true).unwrap(), 4);
        assert!(!partial.exists());
    }

    #[test]
    fn an_entry_with_names_that_lead_elsewhere_is_left_alone() {
        let scene = Scene::new();
        scene.put(&listing('1', "a"), 'a', true);
        let path = scene.ledger.path("ns/name", &"1".repeat(40));
        let text = std::fs::read_to_string(&path).unwrap();
        for (good, bad) in
            [("sub/a.json", "../../x"), ("\"aaa", "\"../aaa"), ("ns/name", "../name"), ("\"1111", "\"x111")]
        {
            std::fs::write(&path, text.replace(good, bad)).unwrap();
            let (entries, damaged) = scene.ledger.entries().unwrap();
            assert_eq!((entries.len(), damaged.len()), (0, 1), "{bad}");
        }
    }

    #[test]
    fn the_one_not_used_for_longest_comes_first() {
        let scene = Scene::new();
        let (one, two) = (listing('1', "a"), listing('2', "b"));
        scene.put(&one, 'a', true);
        std::thread::sleep(std::time::Duration::from_millis(3));
        scene.put(&two, 'b', true);
        let first = |scene: &Scene| scene.ledger.entries().unwrap().0[0].commit.clone();
        assert_eq!(first(&scene), one.commit);
        std::thread::sleep(std::time::Duration::from_millis(3));
        scene.ledger.touch(&scene.cache, &one).unwrap();
        assert_eq!(first(&scene), two.commit);
    }
}
