//! A file to import, with the name of its model where the user gives one: `FILE`, or `MODEL=FILE`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::records::Source;

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// The model, where the user names it.
    pub model: Option<String>,
    /// The file, or folder.
    pub path: PathBuf,
}

impl FromStr for ModelFile {
    type Err = Infallible;

    /// A file that is there is meant, also with `=` in its name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.split_once('=') {
            Some((model, path)) if !model.is_empty() && !Path::new(text).exists() => {
                Self { model: Some(model.to_owned()), path: PathBuf::from(path) }
            }
            _ => Self { model: None, path: PathBuf::from(text) },
        })
    }
}

impl ModelFile {
    /// It as an input of records.
    pub fn source(&self) -> Source {
        Source::File(self.path.clone())
    }

    /// The file as the user named it.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The name of the file without its folder.
    pub fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}
