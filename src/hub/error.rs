//! What can keep a model from being had. Each message is one line; of a submission it becomes the reason that it was
//! skipped. Only [`HubError::Unreachable`] may go away by itself. No message holds a token or a signed address.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;

/// A model that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nothing is where the submission says.
    #[error("{folder}: no such folder; `model` names a local folder or namespace/name of a repository")]
    MissingModel {
        /// The folder that is not there.
        folder: PathBuf,
    },
    /// A model's name that cannot be.
    #[error("`{model}` {problem}")]
    Reference {
        /// The name.
        model: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something cannot be written to the cache or the store.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder of the store cannot be used.
    #[error("cannot use {path} to write down what is pulled: {source}; name another folder with --store")]
    Store {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The files are larger than allowed.
    #[error("{model}: its files hold {bytes} bytes, more than the {limit} that --max-repo-bytes allows")]
    TooLarge {
        /// The folder, or the repository at its commit.
        model: String,
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
    /// The hub does not know it, or does not say so to everybody.
    #[error("{repo}: the hub knows no such {what}{hint}")]
    Absent {
        /// The repository and revision.
        repo: String,
        /// Repository, revision or file.
        what: String,
        /// What may be the reason.
        hint: &'static str,
    },
    /// The hub knows it and does not give it.
    #[error("{repo}: access is denied ({status}); {hint}")]
    Denied {
        /// The repository and revision.
        repo: String,
        /// The status of the answer.
        status: u16,
        /// What to do.
        hint: &'static str,
    },
    /// A file name that leads out of the folder or cannot be one.
    #[error("{repo}: refused, the file name `{name}` {problem}")]
    Name {
        /// The repository and revision.
        repo: String,
        /// The name, shortened.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There are weights, but none that can be read without running a stranger's code.
    #[error("{repo}: holds no safetensors, only {files}; a pickle is never opened, and other formats are not read")]
    Pickle {
        /// The repository and commit.
        repo: String,
        /// The files that were found instead.
        files: String,
    },
    /// Something that a model needs is not in the repository.
    #[error("{repo}: holds no {file}")]
    Incomplete {
        /// The repository and commit.
        repo: String,
        /// The file.
        file: String,
    },
    /// The hub's answer cannot be, or contradicts an earlier one.
    #[error("{repo}: refused, {problem}")]
    Answer {
        /// The repository and revision.
        repo: String,
        /// What is wrong.
        problem: String,
    },
    /// A file arrived, and its hash is not the one that was listed.
    #[error("{repo}: {file} has the hash {found}, listed is {listed}; it is not used")]
    Content {
        /// The repository and commit.
        repo: String,
        /// The file.
        file: String,
        /// Hash of what arrived.
        found: String,
        /// Hash in the listing.
        listed: String,
    },
    /// It does not fit on the disk.
    #[error("{repo}: {} are still to come and {} are free{hint}", ByteSize(*needed), ByteSize(*free))]
    Space {
        /// The repository and commit.
        repo: String,
        /// Bytes that are not here yet.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// What to do.
        hint: &'static str,
    },
    /// It does not fit into the budget.
    #[error("{repo}: its {} do not fit beside {} that stay, within --disk-budget {}{hint}",
            ByteSize(*needed), ByteSize(*kept), ByteSize(*budget))]
    Budget {
        /// The repository and commit.
        repo: String,
        /// Bytes that are still to come.
        needed: u64,
        /// Bytes of other pulled files, which may not be removed.
        kept: u64,
        /// The budget.
        budget: u64,
        /// What to do.
        hint: &'static str,
    },
    /// The network or the hub failed, again and again.
    #[error("{what}: {problem}; try again later")]
    Unreachable {
        /// What was asked for.
        what: String,
        /// How it failed last.
        problem: String,
    },
    /// It is not in the cache, and nothing may be fetched.
    #[error("offline, and {0} is not in the cache")]
    NotCached(
        /// The model, with what is missing of it.
        String,
    ),
    /// Another process has held a file for too long.
    #[error("{path} is locked by another process; wait until it ends, or remove the file if none runs")]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl HubError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Read { path: path.into(), source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Write { path: path.into(), source }
    }

    pub(super) fn answer(reference: &impl fmt::Display, problem: &str) -> Self {
        Self::Answer { repo: reference.to_string(), problem: problem.to_owned() }
    }

    pub(super) fn reference(model: &str, problem: &str) -> Self {
        Self::Reference { model: model.to_owned(), problem: problem.to_owned() }
    }

    /// Whether the same command may work later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Locked { .. })
    }

    /// Whether it would keep every other model back too, so that going on makes no sense.
    pub fn ends_the_run(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Write { .. } | Self::Store { .. })
    }
}

/// Models that are not on this machine, while nothing may be fetched.
#[derive(Debug, thiserror::Error)]
#[error("offline, and not in the cache {cache}: {}; pull them on a machine with a network, or leave --offline out", missing.join("; "))]
pub struct Uncached {
    /// The cache that was looked into.
    pub cache: String,
    /// Each model with what is missing of it.
    pub missing: Vec<String>,
}

/// Models that could not be pulled because the network or the hub failed.
#[derive(Debug, thiserror::Error)]
#[error(
    "{count} of the models could not be pulled, the first: {first}; what was pulled and measured is kept, run again"
)]
pub struct Unpulled {
    /// How many.
    pub count: usize,
    /// Why the first could not.
    pub first: String,
}
