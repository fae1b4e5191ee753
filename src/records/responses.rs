//! Responses: what a miner answered to a request, one row each. Which of them belong together is the business of
//! `requests`.

use super::cell::{Bounded, Id, Positive, Share, Text};
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
const CORRECTNESS: Typed<Option<Share>> = Typed::new(
    "correctness",
    "how right it is: 1 right, 0 wrong, -1 a cheat; without it, from `answer` and `ground_truth` where both hold one number",
    "a number from -1 to 1, true, false, or null",
);
const RECORDED_AT: Typed<Option<Moment>> = Typed::new(
    "recorded_at",
    "when, for the rates over time",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, in seconds or finer, or null",
);
const PENALTY: Typed<Option<Bounded<0, 1>>> = Typed::new(
    "penalty",
    "the validator's own; compared with the computed one",
    "the penalty of the validator, a number from 0 to 1, or null",
);
pub(super) const LOOP: Typed<Option<u64>> = Typed::new(
    "loop",
    "the loop of the validator that it was rewarded in; the rows of a loop stand together, and without it all are one",
    "the number of the loop, the same in all rows of a request, or null",
);
const SIMILARITY: Typed<Option<Bounded<-1, 1>>> = Typed::new(
    "similarity",
    "how alike the reasoning is to the reference's, as the validator had it",
    "a cosine, a number from -1 to 1, or null",
);
const PROCESS_TIME: Typed<Option<Bounded<0, { i64::MAX }>>> =
    Typed::new("process_time", "how long the answer took, in seconds", "seconds, 0 or more, or null");
const TIMEOUT: Typed<Option<Positive>> =
    Typed::new("timeout", "how long it might have taken, in seconds; 64 without it", "seconds above 0, or null for 64");
const ANSWER: Typed<Option<Text>> =
    Typed::new("answer", "the final answer, for its correctness", "the text of the final answer, or null");
const GROUND_TRUTH: Typed<Option<Text>> =
    Typed::new("ground_truth", "the right answer", "the text of the right answer, or null");
const EPOCH_VOLUME: Typed<Option<f64>> = Typed::new(
    "epoch_volume",
    "how many requests the miner takes per epoch; 0 and null count as 512",
    "a number of requests, or null for 512",
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
    LOOP.column(),
    SIMILARITY.column(),
    PROCESS_TIME.column(),
    TIMEOUT.column(),
    ANSWER.column(),
    GROUND_TRUTH.column(),
    EPOCH_VOLUME.column(),
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
    /// How correct it is, from −1 (a cheat) over 0 (wrong) to 1.
    pub correctness: Option<f64>,
    /// The penalty that the validator gave, from 0 to 1.
    pub penalty: Option<f64>,
    /// What else a reward rests on.
    pub grounds: Grounds,
    /// Uid of the response that this one copies, in the same request.
    pub copy_of: Option<u32>,
    /// Seconds since 1970.
    pub recorded_at: Option<f64>,
    /// Line (or row, in a table) it stands on, from 1.
    pub line: u64,
}

/// What a reward rests on beside correctness and penalty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grounds {
    /// The validator's loop.
    pub round: Option<u64>,
    /// Cosine to the reference's reasoning, −1 to 1.
    pub similarity: Option<f64>,
    /// Seconds that the answer took.
    pub process_time: Option<f64>,
    /// Seconds that it might have taken, above 0.
    pub timeout: Option<f64>,
    /// The final answer.
    pub answer: Option<String>,
    /// The right answer.
    pub ground_truth: Option<String>,
    /// Requests that the miner takes per epoch.
    pub epoch_volume: Option<f64>,
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
        grounds: grounds(row)?,
        copy_of: row.get(&COPY_OF)?,
        recorded_at: recorded_at.map(|moment| moment.seconds),
        line: row.number(),
    })
}

fn grounds(row: &Row<'_>) -> Result<Grounds, RecordError> {
    Ok(Grounds {
        round: row.get(&LOOP)?,
        similarity: row.get(&SIMILARITY)?,
        process_time: row.get(&PROCESS_TIME)?,
        timeout: row.get(&TIMEOUT)?,
        answer: row.get(&ANSWER)?,
        ground_truth: row.get(&GROUND_TRUTH)?,
        epoch_volume: row.get(&EPOCH_VOLUME)?,
    })
}
