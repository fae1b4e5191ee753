//! How models are named: a folder on this machine, or `namespace/name@revision` of a repository on the hub.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::HubError;

/// What git calls the state that a repository shows when nobody names one.
pub const DEFAULT_REVISION: &str = "main";

/// Longest name of a repository, and of a revision, in bytes.
const LONGEST: usize = 96;
const LONGEST_REVISION: usize = 255;

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
    /// Reads a model's name. What is a folder below `base` is that folder, unless a revision is given; what cannot be a
    /// repository's name is taken for a folder that is not there.
    ///
    /// # Errors
    /// The revision is given twice, or can be none.
    pub fn parse(model: &str, revision: Option<&str>, base: &Path) -> Result<Self, HubError> {
        let folder = base.join(model);
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
                Some(_) => Err(bad(model, "a revision belongs to a repository, `namespace/name`, and this is none")),
            };
        }
        let revision = match (written, revision) {
            (Some(one), Some(other)) if one != other => {
                return Err(bad(model, &format!("names the revision {one}, and the column `revision` {other}")));
            }
            (one, other) => one.or(other).unwrap_or(DEFAULT_REVISION),
        };
        if !is_revision(revision) {
            return Err(bad(model, "its revision is no branch, tag or commit"));
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

fn bad(model: &str, problem: &str) -> HubError {
    HubError::Reference { model: model.to_owned(), problem: problem.to_owned() }
}

/// Forty lower-case hex digits.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && is_hex(text)
}

/// Lower-case hex digits only.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// `namespace/name` as the hub allows it.
fn is_repo_id(text: &str) -> bool {
    let part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let edges = !part.starts_with(['-', '.']) && !part.ends_with(['-', '.']);
        !part.is_empty() && edges && part.bytes().all(known) && !part.contains("--") && !part.contains("..")
    };
    text.len() <= LONGEST && text.split_once('/').is_some_and(|(namespace, name)| part(namespace) && part(name))
}

/// What git takes for the name of a branch, tag or commit; it becomes a path of the cache.
fn is_revision(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    let forbidden = |char: char| char.is_control() || char.is_whitespace() || "\\~^:?*[".contains(char);
    text.len() <= LONGEST_REVISION && !text.starts_with('-') && !text.contains(forbidden) && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(model: &str, revision: Option<&str>) -> Result<ModelReference, HubError> {
        ModelReference::parse(model, revision, Path::new("no/such/base"))
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
        let folder = ModelReference::parse("ns/name", None, base.path()).unwrap();
        assert_eq!(folder, ModelReference::Folder(base.path().join("ns/name")));
        let repo = ModelReference::parse("ns/name", Some("main"), base.path()).unwrap();
        assert!(matches!(repo, ModelReference::Repo(_)));
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
