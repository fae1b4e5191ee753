//! What can go wrong with the store of measured losses. A damaged part is no error: it is reported and measured again.

use std::path::PathBuf;

/// A failure of the store, with the path it happened at.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store's folder cannot be made or used.
    #[error("cannot use the folder {} as a store of measured losses; name another with --store", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder of the store cannot be listed.
    #[error("cannot read the store of measured losses at {}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Measured losses cannot be written, for example because the disk is full.
    #[error("cannot write measured losses to {}", path.display())]
    Write {
        /// The folder that was written to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Measured losses cannot be put into Parquet form.
    #[error("cannot encode measured losses for {}", path.display())]
    Encode {
        /// The folder that was to be written to.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
}
