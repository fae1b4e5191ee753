//! How models are named: a folder on this machine, or `namespace/name@revision` of a repository on the hub.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::error::HubError;
use super::names::{DEFAULT_REVISION, is_commit, is_repo_id, is_revision};
use super::snapshot::snapshot_in;

/// The hub's own addresses, which name repositories wherever models are pulled from.
const USUAL_HUBS: [&str; 2] = ["huggingface.co", "hf.co"];

/// Where a model is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelReference {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A repository of the hub.
    Repo(RepoReference),
}

/// A repository of the hub at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepoReference {
    /// `namespace/name`.
    pub id: String,
    /// Branch, tag or commit.
    pub revision: String,
}

impl ModelReference {
    /// Reads a model's name. What is a folder below `base` is that folder, unless a revision is given, and a
    /// repository's folder in a cache its snapshot; an address names a repository of the usual hub or of the one at
    /// `endpoint`; what cannot be a repository's name is taken for a folder that is not there.
    ///
    /// # Errors
    /// The revision is given twice, or can be none; the address is another server's; a cache has not one snapshot.
    pub fn parse(model: &str, revision: Option<&str>, base: &Path, endpoint: &str) -> Result<Self, HubError> {
        if let Some((_, address)) = model.split_once("://") {
            return Self::parse_name(&named_by(model, address, endpoint)?, revision, Path::new(model));
        }
        let folder = base.join(model);
        match snapshot_in(&folder, revision)? {
            Some(snapshot) => Ok(Self::Folder(snapshot)),
            None => Self::parse_name(model, revision, &folder),
        }
    }

    fn parse_name(model: &str, revision: Option<&str>, folder: &Path) -> Result<Self, HubError> {
        let folder = folder.to_owned();
        if revision.is_none() && folder.is_dir() {
            return Ok(Self::Folder(folder));
        }
        let (id, written) = match model.split_once('@') {
            Some((id, written)) => (id, Some(written)),
            None => (model, None),
        };
        if !is_repo_id(id) {
            return match revision {
                None => Ok(Self::Folder(folder)),
                Some(_) => {
                    Err(HubError::reference(model, "is no repository, `namespace/name`, and only such have a revision"))
                }
            };
        }
        let revision = match (written, revision) {
            (Some(one), Some(other)) if one != other => {
                return Err(HubError::reference(
                    model,
                    &format!("names the revision {one}, and the column `revision` {other}"),
                ));
            }
            (one, other) => one.or(other).unwrap_or(DEFAULT_REVISION),
        };
        if !is_revision(revision) {
            return Err(HubError::reference(model, "its revision is no branch, tag or commit"));
        }
        Ok(Self::Repo(RepoReference { id: id.to_owned(), revision: revision.to_owned() }))
    }
}

impl RepoReference {
    /// The commit, where the revision is one.
    pub fn commit(&self) -> Option<&str> {
        Some(self.revision.as_str()).filter(|revision| is_commit(revision))
    }
}

impl fmt::Display for RepoReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.revision)
    }
}

/// A model as a flag names it; the text is read when it is known where relative paths start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName(pub String);

impl FromStr for ModelName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() { Err("expected a folder or namespace/name") } else { Ok(Self(text.to_owned())) }
    }
}

/// `namespace/name`, with `@revision` where there is one, of `namespace/name/tree/revision` on a hub.
fn named_by(model: &str, address: &str, endpoint: &str) -> Result<String, HubError> {
    let own = endpoint.split_once("://").map_or(endpoint, |(_, own)| own);
    let below = |hub: &str| address.strip_prefix("www.").unwrap_or(address).strip_prefix(hub)?.strip_prefix('/');
    let path = USUAL_HUBS.into_iter().chain([own]).find_map(below);
    let path = path.ok_or_else(|| {
        let other = if USUAL_HUBS.contains(&own) { String::new() } else { format!(" or {own}") };
        HubError::reference(model, &format!("is no address of a repository on huggingface.co{other}"))
    })?;
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let mut parts = path.splitn(4, '/');
    let (namespace, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let id = format!("{namespace}/{name}");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (is_repo_id(&id), parts.next(), parts.next()) {
        (true, None, _) => Ok(id),
        (true, Some("tree" | "commit"), Some(revision)) => Ok(format!("{id}@{}", decoded(revision))),
        _ => Err(HubError::reference(model, "must end in namespace/name or namespace/name/tree/revision")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(model: &str, revision: Option<&str>) -> Result<ModelReference, HubError> {
        ModelReference::parse(model, revision, Path::new("no/such/base"), "http://127.0.0.1:80/hub")
    }

    fn repo(model: &str, revision: Option<&str>) -> Option<(String, String)> {
        match parse(model, revision).ok()? {
            ModelReference::Repo(RepoReference { id, revision }) => Some((id, revision)),
            ModelReference::Folder(_) => None,
        }
    }

    #[test]
    fn repositories_are_named_with_or_without_a_revision() {
        let named = |id: &str, revision: &str| Some((id.to_owned(), revision.to_owned()));
        assert_eq!(repo("ns/name", None), named("ns/name", "main"));
        assert_eq!(repo("ns/name@v1.0", None), named("ns/name", "v1.0"));
        assert_eq!(repo("ns/name@refs/pr/3", None), named("ns/name", "refs/pr/3"));
        assert_eq!(repo("ns/na.me_2", Some("abc")), named("ns/na.me_2", "abc"));
        assert_eq!(repo("ns/name@v1", Some("v1")), named("ns/name", "v1"));
    }

    #[test]
    fn what_cannot_be_a_repository_is_a_folder() {
        for model in ["../a/b", "./a", "/a/b", "a", "a/b/c", "a//b", "a/.b", "-a/b", "a/b--c", "a b/c", "a/b..c"] {
            assert_eq!(repo(model, None), None, "{model}");
            assert!(parse(model, Some("main")).is_err(), "{model}");
        }
    }

    #[test]
    fn a_folder_that_is_there_is_meant() {
        let base = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(base.path().join("ns/name")).unwrap();
        let parse = |revision| ModelReference::parse("ns/name", revision, base.path(), "").unwrap();
        let folder = parse(None);
        assert_eq!(folder, ModelReference::Folder(base.path().join("ns/name")));
        assert!(matches!(parse(Some("main")), ModelReference::Repo(_)));
    }

    #[test]
    fn an_address_names_a_repository_of_the_hub() {
        let named = |id: &str, revision: &str| Some((id.to_owned(), revision.to_owned()));
        assert_eq!(repo("https://huggingface.co/ns/name", None), named("ns/name", "main"));
        assert_eq!(repo("https://huggingface.co/ns/name/", Some("v1")), named("ns/name", "v1"));
        assert_eq!(repo("https://hf.co/ns/name/tree/v1?x=1", None), named("ns/name", "v1"));
        assert_eq!(repo("http://127.0.0.1:80/hub/ns/name/tree/refs%2Fpr%2F3", None), named("ns/name", "refs/pr/3"));
        for model in [
            "https://example.com/ns/name",
            "https://huggingface.co.example.com/ns/name",
            "https://huggingface.co/ns",
            "https://huggingface.co/datasets/ns/name",
            "https://huggingface.co/ns/name/blob/main/config.json",
        ] {
            let refusal = parse(model, None).unwrap_err().to_string();
            assert!(refusal.contains(model), "{refusal}");
        }
        assert!(parse("https://huggingface.co/ns/name/tree/v1", Some("v2")).is_err());
        assert!(parse("https://huggingface.co/ns/name/tree/..%2Fmain", None).is_err());
    }

    #[test]
    fn a_folder_of_a_cache_is_its_snapshot() {
        let base = tempfile::tempdir().unwrap();
        let repo = base.path().join("models--ns--name");
        let commit = |digit: &str| digit.repeat(40);
        let first = commit("1");
        let parse = |revision: Option<&str>| ModelReference::parse("models--ns--name", revision, base.path(), "");
        let snapshot = |digit: &str| ModelReference::Folder(repo.join("snapshots").join(commit(digit)));
        std::fs::create_dir_all(repo.join("snapshots").join(commit("1"))).unwrap();
        assert_eq!(parse(None).unwrap(), snapshot("1"), "the only one");
        std::fs::create_dir_all(repo.join("snapshots").join(commit("2"))).unwrap();
        let refusal = parse(None).unwrap_err().to_string();
        assert!(refusal.contains("refs/main") && refusal.contains("2 snapshots"), "{refusal}");
        std::fs::create_dir_all(repo.join("refs")).unwrap();
        std::fs::write(repo.join("refs/main"), commit("2")).unwrap();
        assert_eq!(parse(None).unwrap(), snapshot("2"));
        assert_eq!(parse(Some(&first)).unwrap(), snapshot("1"));
        assert!(parse(Some("v9")).unwrap_err().to_string().contains("v9"));
    }

    #[test]
    fn revisions_are_checked() {
        for revision in ["", "../main", "a//b", "a b", "x/", ".hid", "a..b", "a\\b", "-x", "a\0b", "a:b"] {
            assert!(parse("ns/name", Some(revision)).is_err(), "{revision:?}");
        }
        let twice = parse("ns/name@v1", Some("v2")).unwrap_err().to_string();
        assert!(twice.contains("v1") && twice.contains("v2"), "{twice}");
    }

    #[test]
    fn a_commit_is_known_by_its_form() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let reference = |revision: &str| RepoReference { id: "a/b".into(), revision: revision.into() };
        assert_eq!(reference(sha).commit(), Some(sha));
        assert_eq!(reference(&sha.to_uppercase()).commit(), None);
        assert_eq!(reference("main").commit(), None);
    }
}
