//! What is seen of a run of `evaluate` from outside, once it has ended.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::Path;
use std::process::Output;

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// The same in words.
    pub ended: String,
    /// The last line of its standard error.
    pub last_words: String,
    /// Whether it printed anything to standard output.
    pub has_printed: bool,
    /// What lies in its folder, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files of losses in its store, however deep.
    pub kept: Vec<String>,
}

impl Seen {
    /// Looks at what a run left in its folder and in its store.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of(ended: &Output, out: &Path, store: &Path) -> Result<Self> {
        let stderr = String::from_utf8_lossy(&ended.stderr);
        let last_words = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no word");
        let mut seen = Self {
            code: ended.status.code(),
            ended: ended.status.to_string(),
            last_words: last_words.to_owned(),
            has_printed: !ended.stdout.is_empty(),
            ..Self::default()
        };
        for (name, is_folder) in names(out)? {
            let bytes = if is_folder { Vec::new() } else { std::fs::read(out.join(&name))? };
            seen.files.insert(name, bytes);
        }
        let mut folders = vec![store.join("losses")];
        while let Some(folder) = folders.pop() {
            for (name, is_folder) in names(&folder)? {
                match is_folder {
                    true => folders.push(folder.join(name)),
                    false => seen.kept.push(folder.join(name).display().to_string()),
                }
            }
        }
        Ok(seen)
    }
}

/// What lies in a folder, and whether it is one itself; nothing where there is no such folder.
fn names(folder: &Path) -> Result<Vec<(String, bool)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()))
    };
    entries.map(name).collect()
}
