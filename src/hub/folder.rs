//! A model as a folder of files: which files it holds, in the order that hashes walk them, and how large they are.

use std::path::{Component, Path, PathBuf};

use super::error::HubError;

/// A model's files on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    /// The folder.
    pub path: PathBuf,
    /// Every file below it but bookkeeping: those of a folder by name, then its sub-folders by name.
    pub files: Vec<ModelFile>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl ModelFolder {
    /// Lists the folder at `path`.
    ///
    /// # Errors
    /// There is no such folder, or something in it cannot be read.
    pub fn find(path: &Path) -> Result<Self, HubError> {
        let path = without_dots(path);
        if !path.is_dir() {
            return Err(HubError::MissingModel { folder: path });
        }
        let mut files = Vec::new();
        walk(&path, &path, &mut files)?;
        Ok(Self { path, files })
    }

    /// Sum of all file sizes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Refuses a folder whose files hold more than `limit` bytes.
    pub fn check_size(&self, limit: u64) -> Result<(), HubError> {
        match self.bytes() {
            bytes if bytes > limit => Err(HubError::TooLarge { model: self.path.display().to_string(), bytes, limit }),
            _ => Ok(()),
        }
    }
}

/// Folders that tools keep beside a repository's files: git and others, and downloads of the hub's tools.
const BOOKKEEPING: [&str; 8] =
    [".git", ".hg", ".svn", ".huggingface", ".cache/huggingface", "__pycache__", ".ipynb_checkpoints", "__MACOSX"];
/// Files that desktops and tools leave in any folder.
const LEFT_BEHIND: [&str; 6] = [".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".directory", ".localized"];

/// Whether a path below a model's folder, with `/` between its parts, is no part of the repository that the folder shows.
pub(super) fn is_bookkeeping(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    LEFT_BEHIND.contains(&name) || name.starts_with("._") || is_bookkeeping_folder(folder)
}

/// The same of a folder.
fn is_bookkeeping_folder(path: &str) -> bool {
    let path = format!("/{path}/");
    BOOKKEEPING.iter().any(|name| path.contains(&format!("/{name}/")))
}

/// The path of a file below `folder`, with `/` between its parts.
pub(super) fn path_below(folder: &Path, file: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The path without its `.` parts, as messages show it.
fn without_dots(path: &Path) -> PathBuf {
    let plain: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
}

/// Adds the files of `folder`, which lies in `root`, then those of its sub-folders. Links to folders are not followed,
/// and what tools keep there is not looked at: it may be as large as the model.
fn walk(root: &Path, folder: &Path, files: &mut Vec<ModelFile>) -> Result<(), HubError> {
    let (mut here, mut below) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(HubError::read(folder))? {
        let entry = entry.map_err(HubError::read(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(HubError::read(&path))?.is_dir() {
            if !is_bookkeeping_folder(&path_below(root, &path)) {
                below.push(path);
            }
        } else if path.is_file() {
            let bytes = std::fs::metadata(&path).map_err(HubError::read(&path))?.len();
            here.push(ModelFile { path, bytes });
        }
    }
    here.sort_by(|a, b| a.path.cmp(&b.path));
    below.sort();
    files.append(&mut here);
    below.iter().try_for_each(|folder| walk(root, folder, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_dots() {
        for (path, shown) in [("a/./b", "a/b"), ("././m", "m"), (".", "."), ("../m/.", "../m"), ("/x/./y", "/x/y")] {
            assert_eq!(without_dots(Path::new(path)), Path::new(shown));
        }
    }
}
