//! Submissions: which model a miner committed, at which block, for which competition. A uid stands for one
//! submission of the file; whether the model can be had is not asked here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;

use super::cell::Id;
use super::column::{Column, OrNull, Typed};
use super::error::RecordError;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;

const UID: Typed<u32> =
    Typed::new("uid", "slot of the miner", "a whole number from 0 to 4294967295, one per submission");
const HOTKEY: Typed<Option<String>> = Typed::new(
    "hotkey",
    "the miner's key: reported, and needed to check a salted hash",
    "the hotkey as a text that is not blank, or null",
);
const MODEL: Typed<String> = Typed::new(
    "model",
    "folder of the model, or its repository on the hub, perhaps with `@revision`, or its address there",
    "a model: `namespace/name` or a folder",
);
const REVISION: Typed<Option<String>> =
    Typed::new("revision", "branch, tag or commit; `main` without it", "a branch, tag or commit, or null");
const HASH: Typed<Option<String>> = Typed::new(
    "hash",
    "content hash that the miner committed, plain or salted with the hotkey; a wrong one skips the submission",
    "the content hash as a text that is not blank, or null",
);
const BLOCK: Typed<OrNull<u64>> = Typed::new(
    "block",
    "block of the commitment; null means unknown and counts as later than every known block",
    "a whole block number of 0 or more, or null where it is not known",
);
const COMPETITION: Typed<Option<Id>> = Typed::new(
    "competition",
    "id of a competition; without one, the first that takes the architecture",
    "the id of a competition, or null",
);
/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    UID.column(),
    MODEL.column(),
    BLOCK.column(),
    COMPETITION.column(),
    HOTKEY.column(),
    HASH.column(),
    REVISION.column(),
];

/// One submission as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Slot of the miner in the network, unique in the file.
    pub uid: u32,
    /// The miner's key.
    pub hotkey: Option<String>,
    /// `namespace/name` of a repository, or a folder relative to [`Submissions::base`].
    pub model: String,
    /// Branch, tag or commit of the repository.
    pub revision: Option<String>,
    /// Content hash that the miner committed, salted with the hotkey or not.
    pub hash: Option<String>,
    /// Block of the commitment; `None` where the record says null: not known.
    pub block: Option<u64>,
    /// Id of the competition it was made for.
    pub competition: Option<String>,
    /// Line (or row, in a table) it stands on, from 1.
    pub line: u64,
}

/// The submissions of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submissions {
    /// In the order of the input; at least one.
    pub rows: Vec<Submission>,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
    /// Folder that relative model paths start from.
    pub base: PathBuf,
}

/// Reads and checks all submissions of `source`.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice and an input without a row; bad rows are none where
/// `reading` says to skip them.
pub fn read_submissions(source: &Source, reading: &Reading<'_>) -> Result<Submissions, RecordError> {
    let mut rows = Vec::new();
    let mut uids = HashMap::new();
    let sha256 = read_rows(source, COLUMNS, reading, |row| {
        let submission = submission(row)?;
        check_unique(row, submission.uid, &mut uids)?;
        rows.push(submission);
        Ok(())
    })?;
    match rows.is_empty() {
        true => Err(RecordError::Empty { file: source.to_string(), kind: "submission" }),
        false => Ok(Submissions { rows, sha256, skipped: reading.skipped(), base: source.base() }),
    }
}

fn submission(row: &Row<'_>) -> Result<Submission, RecordError> {
    Ok(Submission {
        uid: row.get(&UID)?,
        hotkey: row.get(&HOTKEY)?,
        model: row.get(&MODEL)?,
        revision: row.get(&REVISION)?,
        hash: row.get(&HASH)?,
        block: row.get(&BLOCK)?,
        competition: row.get(&COMPETITION)?,
        line: row.number(),
    })
}

fn check_unique(row: &Row<'_>, uid: u32, seen: &mut HashMap<u32, u64>) -> Result<(), RecordError> {
    match seen.entry(uid) {
        Entry::Occupied(first) => return Err(row.duplicate(&UID, &uid, *first.get())),
        Entry::Vacant(entry) => entry.insert(row.number()),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Submissions, RecordError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        std::fs::write(&path, content).unwrap();
        read_submissions(&Source::from(path), &Reading::strict())
    }

    fn error(line: &str) -> String {
        let good = r#"{"uid": 5, "model": "a/b", "block": 1}"#;
        let message = read(&format!("{good}\n{line}\n")).unwrap_err().to_string();
        message.split_once("s.jsonl, ").unwrap().1.to_owned()
    }

    #[test]
    fn reads_all_columns() {
        let full = r#"{"uid": 4294967295, "hotkey": "5F", "model": "a/b", "revision": "main", "hash": "x=",
                       "block": 18446744073709551615, "competition": "l3", "note": [1]}"#;
        let content = format!("{}\n{{\"block\": null, \"uid\": 0, \"model\": \"../m\"}}\n", full.replace('\n', " "));
        let submissions = read(&content).unwrap();
        let first = Submission {
            uid: u32::MAX,
            hotkey: Some("5F".into()),
            model: "a/b".into(),
            revision: Some("main".into()),
            hash: Some("x=".into()),
            block: Some(u64::MAX),
            competition: Some("l3".into()),
            line: 1,
        };
        let none = (None, None, None);
        let second = Submission { uid: 0, model: "../m".into(), block: None, line: 2, ..first.clone() };
        let second = Submission { hotkey: none.0, revision: none.1, hash: none.2, competition: None, ..second };
        assert_eq!(submissions.rows, [first, second]);
        assert_eq!(submissions.sha256.len(), 64);
        assert!(submissions.base.is_absolute());
    }

    #[test]
    fn block_must_be_said() {
        let expected = "give a whole block number of 0 or more, or null where it is not known";
        assert_eq!(error(r#"{"uid": 1, "model": "a"}"#), format!("line 2: column `block` is missing; {expected}"));
        let bad = error(r#"{"uid": 1, "model": "a", "block": -5}"#);
        assert_eq!(bad, format!("line 2: column `block` is -5; {expected}"));
        assert!(error(r#"{"uid": 1, "model": "a", "block": "x"}"#).starts_with("line 2: column `block` is \"x\"; "));
    }

    #[test]
    fn uid_must_be_one_and_only() {
        assert!(
            error(r#"{"uid": 4294967296, "model": "a", "block": 1}"#).contains("`uid` is 4294967296; give a whole")
        );
        assert_eq!(
            error(r#"{"uid": 5, "model": "a", "block": 1}"#),
            "line 2: column `uid` is 5, as on line 1; give each line its own"
        );
    }

    #[test]
    fn blank_texts_are_refused() {
        for column in ["hotkey", "model", "revision", "hash", "competition"] {
            let line = format!(r#"{{"uid": 1, "block": 1, "{column}": " "{}}}"#, model_unless(column == "model"));
            assert!(error(&line).starts_with(&format!("line 2: column `{column}` is \" \"; give ")), "{column}");
        }
    }

    fn model_unless(given: bool) -> &'static str {
        if given { "" } else { r#", "model": "a""# }
    }

    #[test]
    fn no_row_is_an_error() {
        let error = read("\n \n").unwrap_err();
        assert!(error.to_string().ends_with("s.jsonl: holds no submission; give at least one"), "{error}");
        assert!(!error.is_missing_input());
    }
}
