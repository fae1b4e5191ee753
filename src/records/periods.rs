//! Periods: what a contender, a node that serves a task, was asked for in a span of time, and how that went.

use std::collections::HashMap;

use super::cell::{Bounded, Id};
use super::column::{Column, OrNull, Typed};
use super::error::RecordError;
use super::moment::Moment;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use crate::labels::Labels;

const EXPIRED_AT: Typed<OrNull<Moment>> = Typed::new(
    "expired_at",
    "when the period ended; null for the one that is running",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, or null for the period that is running",
);
const NODE: Typed<u32> = Typed::new("node_id", "id of the node", "a whole number from 0 to 4294967295");
const HOTKEY: Typed<Id> = Typed::new("hotkey", "hotkey of the node", "the hotkey, a text or a number");
const TASK: Typed<Id> = Typed::new("task", "task that it serves", "the name of the task, a text or a number");
const CAPACITY: Typed<Bounded<0, 1_000_000_000_000_000>> =
    Typed::new("capacity", "volume that it says it takes in a period", "a number from 0 to 1000000000000000");
const CONSUMED: Typed<Bounded<0, 1_000_000_000_000_000>> =
    Typed::new("consumed", "volume that it was asked for", "a number from 0 to 1000000000000000");
const REQUESTS: Typed<u64> =
    Typed::new("requests", "requests that were made to it", "a whole number of requests, 0 or more");
const N429: Typed<u64> = Typed::new(
    "n429",
    "those that it refused for want of room (HTTP status 429)",
    "a whole number from 0 to the row's requests",
);
const N500: Typed<u64> =
    Typed::new("n500", "those that failed (HTTP status 500)", "a whole number from 0 to the row's requests");
const SCORE: Typed<Option<Bounded<0, 1>>> = Typed::new(
    "score",
    "the period score as the validator had it; computed from the counts without it",
    "a score from 0 to 1, or null",
);

/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    EXPIRED_AT.column(),
    NODE.column(),
    HOTKEY.column(),
    TASK.column(),
    CAPACITY.column(),
    CONSUMED.column(),
    REQUESTS.column(),
    N429.column(),
    N500.column(),
    SCORE.column(),
];

/// Whose rows they are: hotkeys and tasks by number, shared by all files of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Owners {
    /// Hotkeys.
    pub hotkeys: Labels,
    /// Tasks.
    pub tasks: Labels,
}

/// A period of a contender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodRow {
    /// Number of its hotkey.
    pub hotkey: u32,
    /// Number of its task.
    pub task: u32,
    /// Id of its node.
    pub node: u32,
    /// When it ended, in seconds since 1970; `None` for the one that is running.
    pub expired_at: Option<f64>,
    /// Volume that it says it takes.
    pub capacity: f64,
    /// Volume that it was asked for.
    pub consumed: f64,
    /// Requests that were made to it.
    pub requests: u64,
    /// Those answered with status 429.
    pub n429: u64,
    /// Those answered with status 500.
    pub n500: u64,
    /// The period score as it was recorded.
    pub score: Option<f64>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodFile {
    /// Periods that were handed over, at least one.
    pub rows: usize,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

/// What tells a period from all others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    hotkey: u32,
    task: u32,
    /// Bits of the time at which it ended.
    end: Option<u64>,
}

/// Hands over all periods in their order; a contender has no two that ended at the same time, and one at most that is
/// running.
///
/// # Errors
/// Everything a [`RecordError`] can tell.
pub fn read_periods(
    source: &Source,
    reading: &Reading<'_>,
    owners: &mut Owners,
    mut each: impl FnMut(PeriodRow),
) -> Result<PeriodFile, RecordError> {
    let mut known: HashMap<Key, u64> = HashMap::new();
    let sha256 = read_rows(source, COLUMNS, reading, |row| {
        let period = period(row, reading, owners)?;
        let PeriodRow { hotkey, task, expired_at, .. } = period;
        let key = Key { hotkey, task, end: expired_at.map(f64::to_bits) };
        if let Some(&first) = known.get(&key) {
            let end = expired_at.map_or_else(|| "null".to_owned(), |end| end.to_string());
            return Err(row.duplicate(&EXPIRED_AT, &format!("{end} of one hotkey and task"), first));
        }
        known.insert(key, row.number());
        each(period);
        Ok(())
    })?;
    match known.len() {
        0 => Err(RecordError::Empty { file: source.to_string(), kind: "period" }),
        rows => Ok(PeriodFile { rows, sha256, skipped: reading.skipped() }),
    }
}

fn period(row: &Row<'_>, reading: &Reading<'_>, owners: &mut Owners) -> Result<PeriodRow, RecordError> {
    let expired_at = row.get(&EXPIRED_AT)?;
    if expired_at.is_some_and(|moment| !moment.has_zone) {
        reading.take_as_utc(row, &EXPIRED_AT);
    }
    let found = PeriodRow {
        hotkey: 0,
        task: 0,
        node: row.get(&NODE)?,
        expired_at: expired_at.map(|moment| moment.seconds),
        capacity: row.get(&CAPACITY)?,
        consumed: row.get(&CONSUMED)?,
        requests: row.get(&REQUESTS)?,
        n429: row.get(&N429)?,
        n500: row.get(&N500)?,
        score: row.get(&SCORE)?,
    };
    for (column, count) in [(&N429, found.n429), (&N500, found.n500)] {
        if count > found.requests {
            return Err(row.bad_value(column, &count));
        }
    }
    let (hotkey, task) = (row.get(&HOTKEY)?, row.get(&TASK)?);
    Ok(PeriodRow { hotkey: owners.hotkeys.number(&hotkey), task: owners.tasks.number(&task), ..found })
}
