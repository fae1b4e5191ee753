//! Models in words and tables: what `pull` fetched, and what `store` holds. Nothing here is written to a file.

use std::path::Path;

use bytesize::ByteSize;

use super::grid::Heading::{Name, Note, Number, Text};
use super::numbers::{UNKNOWN, counted, or_unknown};
use super::table::{Listing, Table};
use crate::excerpt::escaped;

/// Longest model name and note that a table for a terminal shows.
const MODEL_WIDTH: usize = 40;
const NOTE_WIDTH: usize = 72;
/// As much of a commit as people read.
const COMMIT_WIDTH: usize = 12;

/// One submission after a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRow {
    /// Its uid.
    pub uid: u32,
    /// The model as it was submitted.
    pub model: String,
    /// The commit that its revision stands for.
    pub commit: Option<String>,
    /// Hash of the files that decide its loss.
    pub content_hash: Option<String>,
    /// Size of the files that are needed of it.
    pub bytes: Option<u64>,
    /// What became of it.
    pub status: PullStatus,
    /// Why it was skipped.
    pub note: Option<String>,
}

/// What became of a submission's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullStatus {
    /// Weights were fetched.
    Pulled,
    /// All was in the cache already.
    Cached,
    /// It is a folder of this machine.
    Folder,
    /// It cannot be had or cannot take part.
    Skipped,
}

/// What was pulled of a repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRow {
    /// `namespace/name`.
    pub model: String,
    /// The commit.
    pub commit: String,
    /// Files that this program brought.
    pub files: u64,
    /// Their size on the disk.
    pub bytes: u64,
    /// When it was pulled, as RFC 3339.
    pub pulled_at: String,
    /// When it was last pulled or evaluated, as RFC 3339.
    pub used_at: String,
    /// What became of it.
    pub status: StoreStatus,
}

/// What became of what was pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreStatus {
    /// It is there.
    Kept,
    /// It was removed just now.
    Removed,
    /// It would have been, but for the dry run.
    WouldBeRemoved,
    /// It is there: another process pulls or evaluates it.
    InUse,
}

impl PullStatus {
    /// As JSON has it, and as people read it.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Pulled => ["pulled", "pulled"],
            Self::Cached => ["cached", "in the cache"],
            Self::Folder => ["folder", "a folder"],
            Self::Skipped => ["skipped", "skipped"],
        }
    }
}

impl StoreStatus {
    /// As JSON has it, and as people read it.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Kept => ["kept", "kept"],
            Self::Removed => ["removed", "removed"],
            Self::WouldBeRemoved => ["would-be-removed", "would be removed"],
            Self::InUse => ["in-use", "in use"],
        }
    }
}

/// A pull.
pub fn pulled(rows: &[PullRow]) -> Listing<'_, &PullRow> {
    let table = Table::new("What became of each submission's model. One row per submission.")
        .column("uid", "uid of the submission", |row: &PullRow| row.uid)
        .shown(Number("uid"))
        .column("model", "model as it was submitted", |row| row.model.as_str())
        .shown(Name("model", MODEL_WIDTH))
        .column("commit", "commit that its revision stands for", |row| row.commit.as_deref())
        .shown_as(Text("commit"), |row| row.commit.as_deref().map_or_else(|| UNKNOWN.into(), short_commit))
        .column("content_hash", "hash of the files that decide its loss", |row| row.content_hash.as_deref())
        .column("bytes", "size of the files that are needed of it", |row| row.bytes)
        .shown_as(Number("size"), |row| or_unknown(row.bytes.map(ByteSize)))
        .column("status", "pulled, cached, folder or skipped", |row| row.status.names()[0])
        .shown_as(Text("status"), |row| row.status.names()[1].into())
        .column("note", "why it was skipped", |row| row.note.as_deref())
        .shown_as(Note("note", NOTE_WIDTH), |row| row.note.as_deref().map_or_else(String::new, escaped));
    Listing { table, rows: rows.iter().collect() }
}

/// What was pulled.
pub fn stored(rows: &[StoreRow]) -> Listing<'_, &StoreRow> {
    let table = Table::new("What was pulled. One row per repository and commit.")
        .column("model", "`namespace/name`", |row: &StoreRow| row.model.as_str())
        .shown(Text("model"))
        .column("commit", "the commit", |row| row.commit.as_str())
        .shown_as(Text("commit"), |row| short_commit(&row.commit))
        .column("files", "files that this program brought", |row| row.files)
        .shown(Number("files"))
        .column("bytes", "their size on the disk", |row| row.bytes)
        .shown_as(Number("size"), |row| ByteSize(row.bytes).to_string())
        .column("pulled_at", "when it was pulled, as RFC 3339", |row| row.pulled_at.as_str())
        .shown_as(Text("pulled (UTC)"), |row| minutes(&row.pulled_at))
        .column("used_at", "when it was last pulled or evaluated, as RFC 3339", |row| row.used_at.as_str())
        .shown_as(Text("last used (UTC)"), |row| minutes(&row.used_at))
        .column("status", "kept, removed, would-be-removed or in-use", |row| row.status.names()[0])
        .shown_as(Text("status"), |row| row.status.names()[1].into());
    Listing { table, rows: rows.iter().collect() }
}

/// As much of a commit as people read.
fn short_commit(commit: &str) -> String {
    commit.chars().take(COMMIT_WIDTH).collect()
}

/// A date of RFC 3339 to the minute.
fn minutes(date: &str) -> String {
    date.chars().take(16).collect::<String>().replace('T', " ")
}

/// What the store holds, in a sentence.
pub fn store_sentence(rows: &[StoreRow], store: &Path) -> String {
    let sum = |status: StoreStatus| {
        let chosen = || rows.iter().filter(move |row| row.status == status);
        (chosen().count(), ByteSize(chosen().map(|row| row.bytes).sum()))
    };
    let mut parts = Vec::new();
    for status in [StoreStatus::Removed, StoreStatus::WouldBeRemoved, StoreStatus::InUse, StoreStatus::Kept] {
        let (count, bytes) = sum(status);
        if count > 0 || status == StoreStatus::Kept {
            parts.push(format!("{} of {bytes} {}", counted(count, "model"), status.names()[1]));
        }
    }
    format!("{}; measured losses stay in {}", parts.join(", "), store.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Summary;

    fn pull(status: PullStatus, note: Option<&str>) -> PullRow {
        PullRow {
            uid: 7,
            model: "ns/name@main".into(),
            commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
            content_hash: Some("x=".into()),
            bytes: Some(1536),
            status,
            note: note.map(str::to_owned),
        }
    }

    fn commit(bytes: u64, status: StoreStatus) -> StoreRow {
        StoreRow {
            model: "ns/name".into(),
            commit: "0123456789abcdef0123456789abcdef01234567".into(),
            files: 3,
            bytes,
            pulled_at: "2026-01-02T03:04:05.678Z".into(),
            used_at: "2026-01-03T03:04:05.678Z".into(),
            status,
        }
    }

    #[test]
    fn a_pull_is_told_in_every_form() {
        let rows = [pull(PullStatus::Pulled, None), pull(PullStatus::Skipped, Some("too large|\u{1b}[2J"))];
        let table = pulled(&rows).terminal();
        assert!(table.contains("0123456789ab ") && table.contains("1.5 KiB") && !table.contains('\u{1b}'), "{table}");
        assert!(pulled(&rows).markdown().contains("too large\\|"));
        let values: serde_json::Value = serde_json::from_str(&pulled(&rows).json().unwrap()).unwrap();
        assert_eq!((&values[0]["status"], &values[1]["status"]), (&"pulled".into(), &"skipped".into()));
        assert!(values[0]["note"].is_null());
    }

    #[test]
    fn a_store_is_told_in_a_table_and_a_sentence() {
        let rows = [commit(1024, StoreStatus::Removed), commit(2048, StoreStatus::Kept)];
        let table = stored(&rows).terminal();
        assert!(
            table.contains("2026-01-02 03:04") && table.contains("1.0 KiB") && table.contains("removed"),
            "{table}"
        );
        let sentence = store_sentence(&rows, Path::new("s"));
        assert_eq!(sentence, "1 model of 1.0 KiB removed, 1 model of 2.0 KiB kept; measured losses stay in s");
        assert!(store_sentence(&[], Path::new("s")).starts_with("0 models of 0 B kept"));
    }
}
