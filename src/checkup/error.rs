//! What ends a checkup before its table.

use std::io;
use std::path::{Path, PathBuf};

use crate::engine::EngineError;

/// Why there is no table. What fails on the device being checked is a row and no error.
#[derive(Debug, thiserror::Error)]
pub enum CheckupError {
    /// The device cannot be opened, or a model of the bench not be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file of the checkup's own cannot be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl CheckupError {
    /// Names the file that an operation failed on.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}
