//! What can go wrong with the store of measurements. A damaged part is no error: it is reported and measured again.

use std::path::PathBuf;

use crate::engine::EngineError;

/// A failure of the store, with the path it happened at.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store's folder cannot be made or used.
    #[error("cannot use the folder {} as a store of measurements; name another with --store", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder of the store cannot be listed.
    #[error("cannot read the store of measurements at {}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Measurements cannot be written, for example because the disk is full.
    #[error("cannot write measurements to {}", path.display())]
    Write {
        /// The folder that was written to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Measurements cannot be put into Parquet form.
    #[error("cannot encode measurements for {}", path.display())]
    Encode {
        /// The folder that was to be written to.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
}

/// A failure to give embeddings.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The embedder failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
