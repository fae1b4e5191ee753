//! The files of a recording in their folder: one of each kind, whatever its format.

use std::path::{Path, PathBuf};

use crate::records::Source;

/// A folder that is no recording. Each message is one line with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not there, or cannot be read.
    #[error("{folder}: cannot be read: {error}; give the folder that holds batches, manifests and jobs")]
    Unreadable {
        /// The folder as the user named it.
        folder: String,
        /// Why.
        error: std::io::Error,
    },
    /// It lacks a file.
    #[error(
        "{folder}: has no {name}.jsonl, .json or .csv, perhaps with .gz or .zst, and no {name}.parquet; add one, or give the \
         folder of a recording"
    )]
    Lacks {
        /// The folder as the user named it.
        folder: String,
        /// Name of the file, without its ending.
        name: &'static str,
    },
    /// It has a file twice.
    #[error("{folder}: has both {first} and {second}; keep one of them")]
    Both {
        /// The folder as the user named it.
        folder: String,
        /// Name of one.
        first: String,
        /// Name of the other.
        second: String,
    },
}

/// A folder and what is in it.
pub struct Folder<'a> {
    path: &'a Path,
    /// In order of their names.
    files: Vec<PathBuf>,
}

impl<'a> Folder<'a> {
    /// Looks into a folder.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub fn open(path: &'a Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Unreadable { folder: path.display().to_string(), error };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            files.push(entry.map_err(failed)?.path());
        }
        files.sort();
        Ok(Self { path, files })
    }

    /// The file of a kind that must be there.
    ///
    /// # Errors
    /// It is not, or it is there twice.
    pub fn needed(&self, name: &'static str) -> Result<Source, FolderError> {
        self.perhaps(name)?.ok_or_else(|| FolderError::Lacks { folder: self.path.display().to_string(), name })
    }

    /// The file of a kind that may be there.
    ///
    /// # Errors
    /// It is there twice.
    pub fn perhaps(&self, name: &'static str) -> Result<Option<Source>, FolderError> {
        let mut found = self.files.iter().filter(|path| is_of(path, name));
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => {
                let folder = self.path.display().to_string();
                Err(FolderError::Both { folder, first: file_name(first), second: file_name(second) })
            }
            (first, _) => Ok(first.map(|path| Source::File(path.clone()))),
        }
    }
}

/// Whether a file has this name ahead of an ending that is read.
fn is_of(path: &Path, name: &str) -> bool {
    let file = file_name(path);
    let has_name = file.split_once('.').is_some_and(|(stem, _)| stem == name);
    has_name && Source::from(path).format().is_ok()
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_each_kind_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["jobs.jsonl.gz", "batches.csv", "batches.txt", "manifests.json", "manifests.parquet", "notes"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = Folder::open(folder.path()).unwrap();
        assert_eq!(found.needed("jobs").unwrap(), Source::File(folder.path().join("jobs.jsonl.gz")));
        assert_eq!(found.needed("batches").unwrap(), Source::File(folder.path().join("batches.csv")));
        assert_eq!(found.perhaps("receipts").unwrap(), None);
        assert!(matches!(found.needed("receipts"), Err(FolderError::Lacks { name: "receipts", .. })));
        let both = found.needed("manifests").unwrap_err().to_string();
        assert!(both.ends_with("has both manifests.json and manifests.parquet; keep one of them"), "{both}");
        assert!(matches!(Folder::open(Path::new("no/such")), Err(FolderError::Unreadable { .. })));
    }
}
