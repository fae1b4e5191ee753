//! What can be wrong with a finished run that is read back. Each message is one line with the file and what to do; the
//! cause is part of it.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;
use thiserror::Error;

use super::baseline::NONE;
use crate::report::ReportError;

/// A run or a baseline cannot be read back.
#[derive(Debug, Error)]
pub enum RunsError {
    /// There is nothing.
    #[error("{0}: no such file or folder; give the folder of a report, a baseline or a recording of losses")]
    Missing(PathBuf),
    /// A folder without a record of a run.
    #[error(
        "{0} holds no finished run: there is no run.json, which is written last; give the folder that --out named, and run \
         the command again if it was interrupted"
    )]
    Unfinished(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A record that is none.
    #[error("{file} is no record of a run: {problem}; run the command again")]
    Record {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// A record of another layout.
    #[error(
        "{file} has version {version} of the layout, and this program reads version {}; run both sides with one version of \
         the program",
        crate::report::RunRecord::SCHEMA_VERSION
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        version: u64,
    },
    /// A run of a command whose reports are not compared.
    #[error("{file} is of `{command}`; runs of evaluate, calibrate and replay can be compared")]
    Incomparable {
        /// The file.
        file: PathBuf,
        /// The command.
        command: String,
    },
    /// A run that keeps no losses.
    #[error(
        "{folder} is a run of `{command}`, which keeps no losses; give the folder of a run of evaluate, or recorded losses"
    )]
    NoLosses {
        /// The folder.
        folder: PathBuf,
        /// The command.
        command: String,
    },
    /// A table that is not there.
    #[error("{folder} lacks {name}.parquet, which every run of its command has; run the command again")]
    Lacking {
        /// The folder.
        folder: PathBuf,
        /// Name of the table.
        name: &'static str,
    },
    /// A table that is none.
    #[error("cannot read the table {file}: {cause}; run the command again")]
    Table {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: ParquetError,
    },
    /// A file that should be a baseline.
    #[error("{0} is no baseline; {NONE}")]
    NoBaseline(PathBuf),
    /// A baseline that is there already.
    #[error("{0} is there already; `weighhouse baseline accept` replaces it and keeps its history, with --why")]
    Taken(PathBuf),
    /// A run of another command than the baseline's.
    #[error("{file} is a run of `{of_baseline}` and the new one is of `{of_run}`; save it as a baseline of its own")]
    OtherCommand {
        /// The baseline.
        file: PathBuf,
        /// Its command.
        of_baseline: String,
        /// The command of the run.
        of_run: String,
    },
    /// A baseline cannot be written.
    #[error(transparent)]
    Write(#[from] ReportError),
}
