//! Jobs: synthetic ones, which a validator sends to check miners, and organic ones, which are real work.

use std::collections::HashMap;

use super::super::cell::{Bounded, Id};
use super::super::column::{Column, Typed};
use super::super::error::RecordError;
use super::super::list::{List, read_list};
use super::super::reading::Reading;
use super::super::row::Row;
use super::super::source::Source;
use super::{HordeNames, whole};

const JOB: Typed<Id> = Typed::new("job_uuid", "id of the job", "the id, a text or a number, each once");
const BATCH: Typed<Option<f64>> = Typed::new(
    "batch_id",
    "number of its batch; every synthetic job has one",
    "the whole number of a batch, or null of an organic job",
);
const BLOCK: Typed<Option<f64>> = Typed::new(
    "block",
    "block of an organic job, by which it belongs to a cycle",
    "a whole number of a block, or null",
);
const KIND: Typed<String> =
    Typed::new("kind", "synthetic: a check by the validator; organic: a customer's", "synthetic or organic");
const HOTKEY: Typed<Id> = Typed::new("hotkey", "hotkey of the miner", "the hotkey, a text or a number");
const CLASS: Typed<Id> = Typed::new("class", "executor class", "the name of a class");
const STATUS: Typed<String> = Typed::new(
    "status",
    "how it ended; excused: declined, and the validator took the excuse",
    "completed, failed, excused or declined",
);
const SECONDS: Typed<Option<f64>> =
    Typed::new("seconds", "time that it took; 0 or below where answers came out of order", "seconds, or null");
const TIMEOUT: Typed<Option<Bounded<0, { i64::MAX }>>> =
    Typed::new("timeout", "time that it might have taken", "seconds, 0 or more, or null");
const CORRECT: Typed<Option<bool>> =
    Typed::new("correct", "whether the answer is the trusted miner's", "true, false or null");
const WRONG: Typed<Option<String>> = Typed::new(
    "wrong",
    "what is wrong with the answer: hash or no hash, of the file of answers; else the answer itself",
    "answer, empty, missing, hash, no hash, or null",
);
const CHEATED: Typed<Option<bool>> =
    Typed::new("cheated", "whether an organic job was found to be a cheat", "true, false or null");
const TRUSTED: Typed<Option<bool>> =
    Typed::new("on_trusted_miner", "whether an organic job ran on the validator's own miner", "true, false or null");
const ACCEPTED: Typed<Option<bool>> = Typed::new(
    "accepted",
    "whether the miner took it on; completed and failed jobs without a value were",
    "true, false or null",
);
const REASON: Typed<Option<String>> =
    Typed::new("decline_reason", "why it was declined; only busy can be excused", "a reason such as busy, or null");
const TIME: Typed<Option<f64>> =
    Typed::new("time", "when it was offered, in seconds on the clock of the receipts", "a number of seconds, or null");
const STREAMING: Typed<Option<bool>> =
    Typed::new("streaming", "whether the answer was streamed", "true, false or null");
const PROCESSING: Typed<Option<f64>> =
    Typed::new("processing_seconds", "time that a streamed job was worked on", "seconds, or null");
const SCORE: Typed<Option<f64>> =
    Typed::new("score", "its score as the validator had it; computed without it", "a number, or null");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    JOB.column(),
    BATCH.column(),
    BLOCK.column(),
    KIND.column(),
    HOTKEY.column(),
    CLASS.column(),
    STATUS.column(),
    SECONDS.column(),
    TIMEOUT.column(),
    CORRECT.column(),
    WRONG.column(),
    CHEATED.column(),
    TRUSTED.column(),
    ACCEPTED.column(),
    REASON.column(),
    TIME.column(),
    STREAMING.column(),
    PROCESSING.column(),
    SCORE.column(),
];

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// With an answer.
    Completed,
    /// Without one.
    Failed,
    /// Declined, and the validator took the excuse.
    Excused,
    /// Declined.
    Declined,
}

/// A job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobRow {
    /// Number of its id.
    pub id: u32,
    /// Number of its batch.
    pub batch: Option<i64>,
    /// Block of an organic job.
    pub block: Option<i64>,
    /// Whether it is a customer's.
    pub is_organic: bool,
    /// Number of the hotkey.
    pub hotkey: u32,
    /// Number of the class.
    pub class: u32,
    /// How it ended.
    pub status: JobStatus,
    /// Seconds that it took.
    pub seconds: Option<f64>,
    /// Seconds that it might have taken.
    pub timeout: Option<f64>,
    /// Whether the answer is right.
    pub correct: Option<bool>,
    /// Whether it is wrong, and only because of the hash of the file of answers.
    pub is_hash_wrong: Option<bool>,
    /// Whether it was found to be a cheat.
    pub is_cheated: bool,
    /// Whether it ran on the validator's own miner.
    pub is_on_trusted_miner: bool,
    /// Whether the miner took it on.
    pub is_accepted: bool,
    /// Whether it was declined as busy.
    pub is_busy: bool,
    /// When it was offered, in seconds.
    pub time: Option<f64>,
    /// Whether the answer was streamed.
    pub is_streaming: bool,
    /// Seconds that a streamed job was worked on.
    pub processing_seconds: Option<f64>,
    /// Its score as recorded.
    pub score: Option<f64>,
}

/// Reads the jobs.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it an id given twice, and a kind or status that is none.
pub fn read_jobs(source: &Source, reading: &Reading<'_>, names: &mut HordeNames) -> Result<List<JobRow>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "job", reading, |row| {
        let id = row.get(&JOB)?;
        let found = job(row, &id, names)?;
        match known.insert(found.id, row.number()) {
            Some(first) => Err(row.duplicate(&JOB, &id, first)),
            None => Ok(found),
        }
    })
}

fn job(row: &Row<'_>, id: &str, names: &mut HordeNames) -> Result<JobRow, RecordError> {
    let (hotkey, class, status) = (row.get(&HOTKEY)?, row.get(&CLASS)?, status(row)?);
    let has_ended = matches!(status, JobStatus::Completed | JobStatus::Failed);
    Ok(JobRow {
        id: names.jobs.number(id),
        batch: whole(row, &BATCH)?,
        block: whole(row, &BLOCK)?,
        is_organic: is_organic(row)?,
        hotkey: names.hotkeys.number(&hotkey),
        class: names.classes.number(&class),
        status,
        seconds: row.get(&SECONDS)?,
        timeout: row.get(&TIMEOUT)?,
        correct: row.get(&CORRECT)?,
        is_hash_wrong: is_hash_wrong(row)?,
        is_cheated: row.get(&CHEATED)? == Some(true),
        is_on_trusted_miner: row.get(&TRUSTED)? == Some(true),
        is_accepted: row.get(&ACCEPTED)?.unwrap_or(has_ended),
        is_busy: row.get(&REASON)?.as_deref() == Some("busy"),
        time: row.get(&TIME)?,
        is_streaming: row.get(&STREAMING)? == Some(true),
        processing_seconds: row.get(&PROCESSING)?,
        score: row.get(&SCORE)?,
    })
}

fn is_organic(row: &Row<'_>) -> Result<bool, RecordError> {
    let kind = row.get(&KIND)?;
    match kind.as_str() {
        "organic" => Ok(true),
        "synthetic" => Ok(false),
        _ => Err(row.bad_value(&KIND, &kind)),
    }
}

fn status(row: &Row<'_>) -> Result<JobStatus, RecordError> {
    let status = row.get(&STATUS)?;
    match status.as_str() {
        "completed" => Ok(JobStatus::Completed),
        "failed" => Ok(JobStatus::Failed),
        "excused" => Ok(JobStatus::Excused),
        "declined" => Ok(JobStatus::Declined),
        _ => Err(row.bad_value(&STATUS, &status)),
    }
}

fn is_hash_wrong(row: &Row<'_>) -> Result<Option<bool>, RecordError> {
    let Some(wrong) = row.get(&WRONG)? else { return Ok(None) };
    match wrong.as_str() {
        "hash" | "no hash" => Ok(Some(true)),
        "answer" | "empty" | "missing" => Ok(Some(false)),
        _ => Err(row.bad_value(&WRONG, &wrong)),
    }
}
