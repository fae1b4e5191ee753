//! Names of files as a repository gives them. They are data from strangers: before one becomes a path it is checked, so
//! that nothing is ever written outside the folder it belongs in.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::excerpt::{escaped, keep_start};

/// Longest path, and longest part of one, in bytes; what common file systems take.
const LONGEST: usize = 1024;
const LONGEST_PART: usize = 255;

/// The path of a file in a repository: relative, with `/` between its parts, and safe to join to a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepoPath(String);

impl RepoPath {
    /// Takes a path as the hub gives it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let has_drive = |part: &str| part.len() >= 2 && part.as_bytes()[1] == b':';
        if text.len() > LONGEST || text.split('/').any(|part| part.len() > LONGEST_PART) {
            Err("is too long")
        } else if text.chars().any(char::is_control) {
            Err("holds a control character")
        } else if text.contains('\\') {
            Err("holds a backslash")
        } else if text.starts_with('/') || has_drive(text) {
            Err("is absolute")
        } else if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            Err("has a part that is empty, `.` or `..`")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// As the hub gives it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its parts, the file's name last.
    pub fn parts(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.split('/')
    }

    /// The folder it lies in, empty at the top, and its name there.
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Where it lies below `folder`.
    pub fn below(&self, folder: &Path) -> PathBuf {
        self.parts().fold(folder.to_owned(), |path, part| path.join(part))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stranger's text as messages show it: on one line, not endless.
pub(super) fn shown(text: &str) -> String {
    escaped(&keep_start(text, 80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_are_joined() {
        for name in ["config.json", "1_Pooling/config.json", "a b/ü.txt", "..a/b..", "ab:c"] {
            let path = RepoPath::new(name).unwrap_or_else(|problem| panic!("{name} {problem}"));
            assert!(path.below(Path::new("/store")).starts_with("/store"), "{name}");
        }
        let path = RepoPath::new("a/b/c").unwrap();
        assert_eq!((path.split(), path.below(Path::new("x"))), (("a/b", "c"), PathBuf::from("x/a/b/c")));
        assert_eq!(RepoPath::new("c").unwrap().split(), ("", "c"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let long = "x".repeat(256);
        let deep = "a/".repeat(600) + "b";
        for name in
            ["", "../x", "a/../../x", "/etc/passwd", "a//b", "a/.", "a\\b", "a\0b", "a\nb", "C:/x", "a/", &long, &deep]
        {
            assert!(RepoPath::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_strangers_text_is_shown_on_one_short_line() {
        assert_eq!(shown("a\nb\0"), "a\\nb\\u{0}");
        assert_eq!(shown(&"x".repeat(5000)).chars().count(), 80);
    }
}
