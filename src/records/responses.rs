//! Responses: what a miner answered to a request, one row each. Which of them belong together is the business of
//! `requests`.

use super::cell::{Id, Share, Text};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::moment::Moment;
use super::reading::Reading;
use super::row::Row;

pub(super) const REQUEST_ID: Typed<Id> =
    Typed::new("request_id", "the request; its rows stand together", "the id of the request, a number or a text");
pub(super) const UID: Typed<u32> =
    Typed::new("uid", "who answered, once to a request", "a whole number from 0 to 4294967295, each once in a request");
const REASONING: Typed<Text> = Typed::new(
    "reasoning",
    "the text that is compared; may be empty",
    "the text of the answer, at most 50000 characters",
);
const STATUS: Typed<Option<u32>> =
    Typed::new("status", "HTTP status; 200 without it", "an HTTP status, or null for 200");
const REWARDED: Typed<Option<bool>> = Typed::new(
    "rewarded",
    "whether it was up for a reward, true without it: others are only compared with",
    "true, false, or null for true",
);
pub(super) const COPY_OF: Typed<Option<u32>> = Typed::new(
    "copy_of",
    "uid of the response that this one copies; without any, all are taken as independent, and that is said",
    "the uid of another response to the request, or null",
);
pub(super) const PROBLEM: Typed<Option<Id>> = Typed::new(
    "problem",
    "what was asked: requests of one problem depend on each other, and intervals, splits and windows of time take whole problems",
    "the same problem in all rows of a request, or null",
);
pub(super) const SOURCE: Typed<Option<Id>> = Typed::new(
    "source",
    "where the problem is from, for the rates by stratum",
    "where the problem is from, the same in all rows of a request, or null",
);
const CORRECTNESS: Typed<Option<Share>> =
    Typed::new("correctness", "how right it is, for the rates by stratum", "a number, true, false, or null");
const RECORDED_AT: Typed<Option<Moment>> = Typed::new(
    "recorded_at",
    "when, for the rates over time",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, in seconds or finer, or null",
);
const PENALTY: Typed<Option<f64>> = Typed::new(
    "penalty",
    "the validator's own; compared with the computed one",
    "the penalty of the validator, a number, or null",
);
/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    REQUEST_ID.column(),
    UID.column(),
    REASONING.column(),
    STATUS.column(),
    REWARDED.column(),
    COPY_OF.column(),
    PROBLEM.column(),
    SOURCE.column(),
    CORRECTNESS.column(),
    RECORDED_AT.column(),
    PENALTY.column(),
];

/// Longest text, in characters: the time that two texts take to compare grows with the product of their lengths.
pub const LONGEST_TEXT: usize = 50_000;

const OK: u32 = 200;

/// One answer as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Slot of the miner.
    pub uid: u32,
    /// The answer's text; may be empty.
    pub reasoning: String,
    /// The problem: requests of one are not independent of each other. Null where each request has its own.
    pub problem: Option<String>,
    /// Where the problem is from.
    pub source: Option<String>,
    /// HTTP status; only answers with 200 are compared.
    pub status: u32,
    /// Whether it was up for a reward; others are only compared with.
    pub rewarded: bool,
    /// How correct it is, usually from 0 to 1.
    pub correctness: Option<f64>,
    /// The penalty that the validator gave.
    pub penalty: Option<f64>,
    /// Uid of the response that this one copies, in the same request.
    pub copy_of: Option<u32>,
    /// Seconds since 1970.
    pub recorded_at: Option<f64>,
    /// Line (or row, in a table) it stands on, from 1.
    pub line: u64,
}

impl Response {
    /// Whether it was answered.
    pub fn answered(&self) -> bool {
        self.status == OK
    }
}

/// The response that stands in a row.
pub(super) fn response(row: &Row<'_>, reading: &Reading<'_>) -> Result<Response, RecordError> {
    let reasoning = row.get(&REASONING)?;
    let characters = reasoning.chars().count();
    if characters > LONGEST_TEXT {
        let value = format!("a text of {characters} characters");
        return Err(row.bad_value(&REASONING, &value));
    }
    let recorded_at = row.get(&RECORDED_AT)?;
    if recorded_at.is_some_and(|moment| !moment.has_zone) {
        reading.take_as_utc(row, &RECORDED_AT);
    }
    Ok(Response {
        uid: row.get(&UID)?,
        reasoning,
        problem: row.get(&PROBLEM)?,
        source: row.get(&SOURCE)?,
        status: row.get(&STATUS)?.unwrap_or(OK),
        rewarded: row.get(&REWARDED)?.unwrap_or(true),
        correctness: row.get(&CORRECTNESS)?,
        penalty: row.get(&PENALTY)?,
        copy_of: row.get(&COPY_OF)?,
        recorded_at: recorded_at.map(|moment| moment.seconds),
        line: row.number(),
    })
}
