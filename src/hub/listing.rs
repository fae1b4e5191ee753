//! What a repository holds at one commit, as the hub lists it: checked names, sizes and hashes.

use std::collections::HashSet;

use serde::Deserialize;

use super::error::HubError;
use super::names::is_hex;
use super::paths::{RepoPath, shown};
use super::reference::RepoReference;

/// A repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The repository and the revision that was asked for.
    pub reference: RepoReference,
    /// The commit that the revision stands for.
    pub commit: String,
    /// Every file.
    pub files: Vec<RemoteFile>,
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Where it lies in the repository.
    pub path: RepoPath,
    /// Its size.
    pub bytes: u64,
    /// The hash of its content.
    pub digest: Digest,
}

/// A content hash as the hub keeps it, in lower-case hex; it names the file in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-1 of a git blob: small files.
    Git(String),
    /// SHA-256: large files.
    Sha256(String),
}

impl Digest {
    /// The hex digits.
    pub fn hex(&self) -> &str {
        match self {
            Self::Git(hex) | Self::Sha256(hex) => hex,
        }
    }
}

/// One entry of the hub's answer.
#[derive(Debug, Deserialize)]
pub struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    oid: String,
    #[serde(default)]
    size: u64,
    lfs: Option<Large>,
}

#[derive(Debug, Deserialize)]
struct Large {
    oid: String,
    size: u64,
}

impl Entry {
    /// Bytes of its name.
    pub(super) fn name_length(&self) -> usize {
        self.path.len()
    }
}

impl Listing {
    /// Checks what the hub answered.
    ///
    /// # Errors
    /// A file's name leads elsewhere or stands twice, or a hash is none: the repository is refused.
    pub fn new(reference: RepoReference, commit: String, entries: Vec<Entry>) -> Result<Self, HubError> {
        let files: Result<Vec<RemoteFile>, HubError> =
            entries.into_iter().filter(|entry| entry.kind == "file").map(|entry| file(&reference, entry)).collect();
        let files = files?;
        let paths: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let twice = (paths.len() < files.len()).then_some("a file is listed twice");
        let within = files.iter().any(|file| {
            let folders = file.path.as_str().match_indices('/').map(|(end, _)| &file.path.as_str()[..end]);
            folders.clone().any(|folder| paths.contains(folder))
        });
        match twice.or(within.then_some("a file is listed as a folder too")) {
            Some(problem) => Err(HubError::answer(&reference, problem)),
            None => Ok(Self { reference, commit, files }),
        }
    }

    /// Sum of all sizes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// The repository and the commit.
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.reference.id, &self.commit)
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&RemoteFile> {
        self.files.iter().find(|file| file.path.as_str() == path)
    }

    /// How messages name it: with the commit, shortened.
    pub fn label(&self) -> String {
        format!("{}@{}", self.reference.id, short(&self.commit))
    }
}

/// A commit as people read it.
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn file(reference: &RepoReference, entry: Entry) -> Result<RemoteFile, HubError> {
    let path = RepoPath::new(&entry.path).map_err(|problem| HubError::Name {
        repo: reference.to_string(),
        name: shown(&entry.path),
        problem,
    })?;
    let (bytes, digest, digits) = match entry.lfs {
        Some(Large { oid, size }) => (size, Digest::Sha256(oid), 64),
        None => (entry.size, Digest::Git(entry.oid), 40),
    };
    if digest.hex().len() != digits || !is_hex(digest.hex()) {
        return Err(HubError::answer(reference, &format!("the hash of {path} is none")));
    }
    Ok(RemoteFile { path, bytes, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(entries: &str) -> Result<Listing, HubError> {
        let reference = RepoReference { id: "a/b".into(), revision: "main".into() };
        Listing::new(reference, "c".repeat(40), serde_json::from_str(entries).unwrap())
    }

    fn small(path: &str) -> String {
        format!(r#"{{"type": "file", "path": {path:?}, "oid": "{}", "size": 7}}"#, "a".repeat(40))
    }

    #[test]
    fn files_are_read_with_their_hashes() {
        let sha = "0".repeat(64);
        let large = format!(
            r#"{{"type": "file", "path": "x/model.safetensors", "oid": "{}", "size": 130,
                "lfs": {{"oid": "{sha}", "size": 5, "pointerSize": 130}}}}"#,
            "b".repeat(40)
        );
        let folder = r#"{"type": "directory", "path": "x", "oid": "1", "size": 0}"#;
        let listing = listing(&format!("[{}, {folder}, {large}]", small("config.json"))).unwrap();
        assert_eq!(listing.bytes(), 12);
        assert_eq!(listing.file("config.json").unwrap().digest, Digest::Git("a".repeat(40)));
        assert_eq!(listing.file("x/model.safetensors").unwrap().digest, Digest::Sha256(sha));
        assert_eq!(listing.label(), "a/b@cccccccccccc");
    }

    #[test]
    fn a_repository_with_a_hostile_name_is_refused_whole() {
        let refusal = listing(&format!("[{}, {}]", small("config.json"), small("../x"))).unwrap_err().to_string();
        assert!(refusal.contains("a/b@main") && refusal.contains("`../x`"), "{refusal}");
    }

    #[test]
    fn answers_that_cannot_be_are_refused() {
        for (entries, said) in [
            (format!("[{}, {}]", small("a"), small("a")), "twice"),
            (format!("[{}, {}]", small("a"), small("a/b")), "folder too"),
            (small("a").replace(&"a".repeat(40), "../../x").replace('{', "[{").replace('}', "}]"), "hash of a"),
        ] {
            let refusal = listing(&entries).unwrap_err().to_string();
            assert!(refusal.contains(said), "{refusal}");
        }
    }

    #[test]
    fn sizes_do_not_overflow() {
        let huge = |path: &str| small(path).replace("\"size\": 7", &format!("\"size\": {}", u64::MAX));
        assert_eq!(listing(&format!("[{}, {}]", huge("a"), huge("b"))).unwrap().bytes(), u64::MAX);
    }
}
