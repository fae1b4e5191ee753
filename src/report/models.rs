//! Models in words and tables: what `pull` fetched, and what `store` holds. Nothing here is written to a file.

use std::path::Path;

use bytesize::ByteSize;
use serde::Serialize;

use super::grid::{Grid, Heading};
use super::numbers::{UNKNOWN, or_unknown};
use crate::excerpt::{escaped, keep_end, keep_start};

/// Longest model name and note that a table for a terminal shows.
const MODEL_WIDTH: usize = 40;
const NOTE_WIDTH: usize = 72;
/// As much of a commit as people read.
const COMMIT_WIDTH: usize = 12;

/// One submission after a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// An array of objects; null where a value is unknown.
pub fn json<T: Serialize>(rows: &[T]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(rows)
}

/// A pull for a terminal.
pub fn pull_table(rows: &[PullRow]) -> String {
    pull_grid(rows, (MODEL_WIDTH, NOTE_WIDTH)).terminal()
}

/// A pull as GitHub reads it.
pub fn pull_markdown(rows: &[PullRow]) -> String {
    pull_grid(rows, (usize::MAX, usize::MAX)).markdown()
}

fn pull_grid(rows: &[PullRow], (model, note): (usize, usize)) -> Grid {
    let cells = |row: &PullRow| {
        let status = match row.status {
            PullStatus::Pulled => "pulled",
            PullStatus::Cached => "in the cache",
            PullStatus::Folder => "a folder",
            PullStatus::Skipped => "skipped",
        };
        vec![
            row.uid.to_string(),
            keep_end(&escaped(&row.model), model),
            row.commit.as_deref().map_or_else(|| UNKNOWN.into(), |commit| commit.chars().take(COMMIT_WIDTH).collect()),
            or_unknown(row.bytes.map(ByteSize)),
            status.to_owned(),
            row.note.as_deref().map_or_else(String::new, |text| keep_start(&escaped(text), note)),
        ]
    };
    let text = Heading::Text;
    let columns = vec![
        Heading::Number("uid"),
        text("model"),
        text("commit"),
        Heading::Number("size"),
        text("status"),
        text("note"),
    ];
    Grid { columns, rows: rows.iter().map(cells).collect() }
}

/// What was pulled, for a terminal.
pub fn store_table(rows: &[StoreRow]) -> String {
    store_grid(rows).terminal()
}

/// What was pulled, as GitHub reads it.
pub fn store_markdown(rows: &[StoreRow]) -> String {
    store_grid(rows).markdown()
}

fn store_grid(rows: &[StoreRow]) -> Grid {
    let cells = |row: &StoreRow| {
        let status = match row.status {
            StoreStatus::Kept => "kept",
            StoreStatus::Removed => "removed",
            StoreStatus::WouldBeRemoved => "would be removed",
            StoreStatus::InUse => "in use",
        };
        vec![
            escaped(&row.model),
            row.commit.chars().take(COMMIT_WIDTH).collect(),
            row.files.to_string(),
            ByteSize(row.bytes).to_string(),
            minutes(&row.pulled_at),
            minutes(&row.used_at),
            status.to_owned(),
        ]
    };
    let (text, number) = (Heading::Text, Heading::Number);
    let columns = vec![
        text("model"),
        text("commit"),
        number("files"),
        number("size"),
        text("pulled (UTC)"),
        text("last used (UTC)"),
        text("status"),
    ];
    Grid { columns, rows: rows.iter().map(cells).collect() }
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
    let models = |count: usize| if count == 1 { "1 model".to_owned() } else { format!("{count} models") };
    let mut parts = Vec::new();
    for (status, what) in [
        (StoreStatus::Removed, "removed"),
        (StoreStatus::WouldBeRemoved, "would be removed"),
        (StoreStatus::InUse, "in use"),
        (StoreStatus::Kept, "kept"),
    ] {
        let (count, bytes) = sum(status);
        if count > 0 || status == StoreStatus::Kept {
            parts.push(format!("{} of {bytes} {what}", models(count)));
        }
    }
    format!("{}; measured losses stay in {}", parts.join(", "), store.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(status: PullStatus, note: Option<&str>) -> PullRow {
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

    fn stored(bytes: u64, status: StoreStatus) -> StoreRow {
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
        let rows = [pulled(PullStatus::Pulled, None), pulled(PullStatus::Skipped, Some("too large|\u{1b}[2J"))];
        let table = pull_table(&rows);
        assert!(table.contains("0123456789ab ") && table.contains("1.5 KiB") && !table.contains('\u{1b}'), "{table}");
        assert!(pull_markdown(&rows).contains("too large\\|"));
        let values: serde_json::Value = serde_json::from_str(&json(&rows).unwrap()).unwrap();
        assert_eq!((&values[0]["status"], &values[1]["status"]), (&"pulled".into(), &"skipped".into()));
        assert!(values[0]["note"].is_null());
    }

    #[test]
    fn a_store_is_told_in_a_table_and_a_sentence() {
        let rows = [stored(1024, StoreStatus::Removed), stored(2048, StoreStatus::Kept)];
        let table = store_table(&rows);
        assert!(
            table.contains("2026-01-02 03:04") && table.contains("1.0 KiB") && table.contains("removed"),
            "{table}"
        );
        let sentence = store_sentence(&rows, Path::new("s"));
        assert_eq!(sentence, "1 model of 1.0 KiB removed, 1 model of 2.0 KiB kept; measured losses stay in s");
        assert!(store_sentence(&[], Path::new("s")).starts_with("0 models of 0 B kept"));
    }
}
