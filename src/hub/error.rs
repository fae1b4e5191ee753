//! What can keep a submission's model from being used, before anything of it is loaded. Each message is one line; it
//! becomes the reason that the submission was skipped.

use std::path::PathBuf;

/// A model that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nothing is where the submission says.
    #[error("{folder}: no such folder; `model` must name a local folder in Hugging Face layout")]
    MissingModel {
        /// The folder that is not there.
        folder: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The files are larger than allowed.
    #[error("{folder}: its files hold {bytes} bytes, more than the {limit} that --max-repo-bytes allows")]
    TooLarge {
        /// The model's folder.
        folder: PathBuf,
        /// Sum of all file sizes.
        bytes: u64,
        /// The largest sum that is allowed.
        limit: u64,
    },
    /// The files are not those that were committed.
    #[error("content hash {found} is not the {recorded} of the submission, neither plain nor salted with the hotkey")]
    HashMismatch {
        /// The hash of the submission.
        recorded: String,
        /// The folder hash of the files.
        found: String,
    },
}

impl HubError {
    pub(super) fn read(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Read { path: path.into(), source }
    }
}
