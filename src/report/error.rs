//! What can go wrong when a report is written. Each message is one line that names the file; the cause is part of it,
//! so no error here has a `source`.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// A report could not be written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The output folder cannot be created or takes no files.
    #[error("cannot write into the report folder {path}: {cause}; choose another with --out")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file system refused a file.
    #[error("cannot write {path}: {cause}; check the space and the permissions of its folder")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A Parquet table could not be encoded or written.
    #[error("cannot write the table {path}: {cause}")]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: parquet::errors::ParquetError,
    },
    /// A plot could not be drawn.
    #[error("cannot draw {path}: {cause}")]
    Plot {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: PlotError,
    },
    /// The HTML page could not be rendered.
    #[error("cannot render the page {path}: {cause:#}")]
    Page {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: minijinja::Error,
    },
    /// A value could not be written as JSON.
    #[error("cannot write {path} as JSON: {cause}")]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: serde_json::Error,
    },
}

/// A drawing backend refused a shape, a font or an image.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct PlotError(pub String);

impl PlotError {
    /// From any backend's error, whose types differ by backend.
    pub(super) fn from_backend(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl ReportError {
    /// For `map_err` on file operations at `path`.
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |cause| Self::File { path: path.to_path_buf(), cause }
    }

    /// For `map_err` on Parquet and Arrow operations at `path`.
    pub(super) fn table<E: Into<parquet::errors::ParquetError>>(path: &Path) -> impl Fn(E) -> Self + '_ {
        |cause| Self::Table { path: path.to_path_buf(), cause: cause.into() }
    }
}
