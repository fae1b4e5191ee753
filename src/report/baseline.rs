//! How a baseline came to be: its history as it is kept, and as people see it.

use serde::{Deserialize, Serialize};

use super::grid::Heading::{Name, Note, Text};
use super::numbers::counted;
use super::table::{Listing, Table};
use super::{RunRecord, Summary};

/// Longest reason and name that a terminal shows.
const WHY_WIDTH: usize = 60;
const BY_WIDTH: usize = 24;

/// A run that became the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// When, in UTC as RFC 3339 has it.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
    /// Version of the program that made the run.
    pub version: String,
    /// Commit of it, if known.
    pub commit: Option<String>,
    /// SHA-256 of its first table as it was written, in hex.
    pub sha256: String,
}

/// The history, the latest last.
pub fn history(entries: &[BaselineEntry]) -> impl Summary + '_ {
    let table = Table::new("The runs that were the baseline, the latest last.")
        .column("at", "when it became the baseline, in UTC", |entry: &BaselineEntry| entry.at.as_str())
        .shown(Text("since"))
        .column("by", "who took it", |entry| entry.by.as_str())
        .shown(Name("by", BY_WIDTH))
        .column("why", "why", |entry| entry.why.as_str())
        .shown(Note("why", WHY_WIDTH))
        .column("version", "version of the program that made the run", |entry| entry.version.as_str())
        .shown(Text("version"))
        .column("commit", "commit of the program, if known", |entry| entry.commit.as_deref())
        .column("sha256", "SHA-256 of its first table, in hex", |entry| entry.sha256.as_str());
    Listing { table, rows: entries.iter().collect() }
}

/// What a run was, in one sentence.
pub fn about(record: &RunRecord) -> String {
    format!(
        "a run of {} on {} in {}, seed {}, {}, {}",
        record.command,
        record.device,
        record.compute_dtype,
        record.seed,
        counted(record.models.len(), "model"),
        counted(record.inputs.len(), "input"),
    )
}
