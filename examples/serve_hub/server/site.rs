//! What the server holds, as plain data: repositories, their commits and branches, who may read them, and the faults.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::content::{Content, sha1_hex};
use super::fault::Fault;

const LFS_SIZE: u64 = 10 << 20;

/// All that the server answers from; `Server::edit` changes it while the server runs.
pub struct Site {
    /// The repositories by id, `namespace/name`.
    pub repos: BTreeMap<String, Repo>,
    /// Faults, tried in order; the first that fits a request is applied to it.
    pub faults: Vec<Fault>,
    /// Tokens that are refused everywhere with 401, as the hub refuses a revoked one even for an open repository.
    pub revoked: BTreeSet<String>,
    /// Entries per page of a tree listing; the hub's 1000 at first. 0 makes empty pages that never end.
    pub page_size: usize,
    /// Small files too are redirected (307, a relative location), as the hub does since 2025.
    pub resolve_cache: bool,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            repos: BTreeMap::new(),
            faults: Vec::new(),
            revoked: BTreeSet::new(),
            page_size: 1000,
            resolve_cache: false,
        }
    }
}

impl Site {
    /// The repository of that id, made where there is none.
    pub fn repo(&mut self, id: &str) -> &mut Repo {
        self.repos.entry(id.to_owned()).or_default()
    }

    /// Adds a fault behind those already there.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

/// Who may read a repository; a token is what follows `Bearer `.
#[derive(Clone, Default)]
pub enum Access {
    /// Everybody.
    #[default]
    Open,
    /// Everybody sees the listings, but only these tokens get the files.
    Gated(BTreeSet<String>),
    /// For every other token it does not exist.
    Private(BTreeSet<String>),
}

/// A repository; its methods return it, so that calls can be chained.
#[derive(Default)]
pub struct Repo {
    /// Who may read it.
    pub access: Access,
    /// Commits by branch name.
    pub branches: BTreeMap<String, String>,
    /// Commits by sha.
    pub commits: BTreeMap<String, Commit>,
    last: String,
}

/// The files of a commit by their path; any text is allowed as a path.
pub type Commit = BTreeMap<String, Entry>;

impl Repo {
    /// Adds a commit on top of the one added last, points `main` at it, and gives its sha, which depends on the
    /// files and that parent alone.
    ///
    /// # Errors
    /// When a file on disk cannot be read.
    pub fn commit<P: Into<String>, F: Into<File>>(
        &mut self,
        files: impl IntoIterator<Item = (P, F)>,
    ) -> io::Result<String> {
        let mut commit = Commit::new();
        for (path, file) in files {
            let path = path.into();
            let entry = Entry::new(&path, file.into())?;
            commit.insert(path, entry);
        }
        let listing: String = commit.iter().map(|(path, entry)| format!("{}\0{path}\0", entry.blob_id)).collect();
        let sha = sha1_hex(&format!("{}\0{listing}", self.last));
        self.commits.insert(sha.clone(), commit);
        self.last.clone_from(&sha);
        Ok(self.branch("main", &sha).last.clone())
    }

    /// Commits the files under a folder, which are read from there when they are asked for.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read, or a name in it is not UTF-8.
    pub fn folder(&mut self, root: &Path) -> io::Result<String> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        self.commit(files)
    }

    /// Makes or moves a branch.
    pub fn branch(&mut self, name: &str, sha: &str) -> &mut Self {
        self.branches.insert(name.to_owned(), sha.to_owned());
        self
    }

    /// Gates the files: only these tokens get them.
    pub fn gated(&mut self, tokens: &[&str]) -> &mut Self {
        self.access = Access::Gated(tokens.iter().map(ToString::to_string).collect());
        self
    }

    /// Hides the repository from all but these tokens.
    pub fn private(&mut self, tokens: &[&str]) -> &mut Self {
        self.access = Access::Private(tokens.iter().map(ToString::to_string).collect());
        self
    }

    /// The sha and the files a revision stands for: a branch or a full sha.
    pub fn revision(&self, revision: &str) -> Option<(&str, &Commit)> {
        let sha = self.branches.get(revision).map_or(revision, String::as_str);
        self.commits.get_key_value(sha).map(|(sha, commit)| (sha.as_str(), commit))
    }
}

fn walk(root: &Path, under: &str, files: &mut Vec<(String, File)>) -> io::Result<()> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root.join(under))?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))?;
        let inside = if under.is_empty() { name.to_owned() } else { format!("{under}/{name}") };
        if path.is_dir() {
            walk(root, &inside, files)?;
        } else {
            files.push((inside, Content::disk(path)?.into()));
        }
    }
    Ok(())
}

/// A file to commit: its bytes, and where its listing shall lie about them.
#[derive(Clone)]
pub struct File {
    content: Content,
    lfs: Option<bool>,
    sha256: Option<String>,
    listed_size: Option<u64>,
    listed_oid: Option<String>,
}

impl File {
    /// Sets whether the file is in LFS; unset, weights (`.safetensors`, `.bin`) and files above 10 MiB are.
    pub fn lfs(self, lfs: bool) -> Self {
        Self { lfs: Some(lfs), ..self }
    }

    /// Spares hashing a huge LFS file: this is taken as its sha256.
    pub fn sha256(self, hex: &str) -> Self {
        Self { sha256: Some(hex.to_owned()), ..self }
    }

    /// Makes every listing give this size.
    pub fn listed_size(self, size: u64) -> Self {
        Self { listed_size: Some(size), ..self }
    }

    /// Makes every listing give this sha256 for an LFS file.
    pub fn listed_oid(self, hex: &str) -> Self {
        Self { listed_oid: Some(hex.to_owned()), ..self }
    }
}

impl From<Content> for File {
    fn from(content: Content) -> Self {
        Self { content, lfs: None, sha256: None, listed_size: None, listed_oid: None }
    }
}

impl From<Arc<[u8]>> for File {
    fn from(bytes: Arc<[u8]>) -> Self {
        Content::bytes(bytes).into()
    }
}

impl From<Vec<u8>> for File {
    fn from(bytes: Vec<u8>) -> Self {
        Content::bytes(bytes.into()).into()
    }
}

impl From<&str> for File {
    fn from(text: &str) -> Self {
        text.as_bytes().to_vec().into()
    }
}

/// A committed file: its bytes, their ids, and what listings say of them.
pub struct Entry {
    /// The bytes.
    pub content: Content,
    /// The git blob id: of the bytes, or of the pointer of an LFS file.
    pub blob_id: String,
    /// The LFS side of it, where it is in LFS.
    pub lfs: Option<Lfs>,
    /// The size that listings give.
    pub listed_size: u64,
}

/// Where the bytes of an LFS file are, and what listings say of them.
pub struct Lfs {
    /// The sha256 of the bytes.
    pub sha256: String,
    /// The sha256 that listings give.
    pub listed_oid: String,
    /// The length of the pointer that git holds instead of the bytes.
    pub pointer_size: u64,
}

impl Entry {
    fn new(path: &str, file: File) -> io::Result<Self> {
        let content = file.content;
        let weights = [".safetensors", ".bin"].iter().any(|suffix| path.ends_with(suffix));
        let listed_size = file.listed_size.unwrap_or(content.len());
        if !file.lfs.unwrap_or(weights || content.len() > LFS_SIZE) {
            return Ok(Self { blob_id: content.blob_id()?, content, lfs: None, listed_size });
        }
        let sha256 = file.sha256.map_or_else(|| content.sha256(), Ok)?;
        let pointer =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {}\n", content.len());
        let pointer_size = pointer.len() as u64;
        let listed_oid = file.listed_oid.unwrap_or_else(|| sha256.clone());
        let lfs = Some(Lfs { sha256, listed_oid, pointer_size });
        Ok(Self { blob_id: Content::from(pointer).blob_id()?, content, lfs, listed_size })
    }
}
