//! Losses: what validators measured. A row holds all losses of a participant in a step, or its loss on one sample. The table of
//! losses that `evaluate` writes is a recording of one step.

use std::fmt;

use super::cell::{Id, Loss, Losses};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::place::Place;
use super::row::Row;
use crate::excerpt;
use crate::outcome::SampleStatus;

pub(super) const STEP: Typed<Option<u32>> = Typed::new(
    "step",
    "the validator's step, 0 without it; its rows stand together",
    "a whole number from 0 to 4294967295, or null",
);
pub(super) const UID: Typed<u32> = Typed::new("uid", "slot of the participant", "a whole number from 0 to 4294967295");
const LOSSES: Typed<Option<Losses>> = Typed::new(
    "losses",
    "its losses in nats, one for each sample or batch of the step in one order for all; [] where it was skipped",
    "a list of numbers of 0 or more, \"nan\" or \"inf\"",
);
const LOSS: Typed<Option<Loss>> = Typed::new(
    "loss",
    "its loss on one sample, where there is a row for each",
    "a number of 0 or more, nan or inf; null goes with a `status` that says why",
);
const STATUS: Typed<Option<String>> = Typed::new(
    "status",
    "how measuring ended, where the loss is null: nan and no-target count as NaN, inf and error as infinite; skipped is \
     said of a participant without losses",
    "ok, nan, inf, no-target, error or skipped, or null",
);
pub(super) const SAMPLE_ID: Typed<Option<Id>> = Typed::new(
    "sample_id",
    "the sample of the loss; without it, losses come in one order for all",
    "a text or a whole number, each once to a uid in a step, or null",
);
pub(super) const SOURCE: Typed<Option<Id>> = Typed::new(
    "source",
    "where the sample is from: samples of one source depend on each other, and intervals take that into account",
    "where the sample is from, or null",
);
const BLOCK: Typed<Option<u64>> = Typed::new(
    "block",
    "block of the participant's commitment; null means unknown and counts as later than every known block",
    "a whole block number of 0 or more, or null where it is not known",
);
pub(super) const CURRENT_BLOCK: Typed<Option<u64>> = Typed::new(
    "current_block",
    "block of the chain at the step; without it, the latest block that was seen until then",
    "a whole block number of 0 or more, or null",
);
const COMPETITION: Typed<Option<Id>> =
    Typed::new("competition", "id of the step's competition", "the id of a competition, or null");
const LOGGED_WIN_RATE: Typed<Option<f64>> = Typed::new(
    "logged_win_rate",
    "the participant's win rate in the step by the log that the losses are from, to be held against",
    "a number, or null",
);
const LOGGED_WIN_TOTAL: Typed<Option<u64>> =
    Typed::new("logged_win_total", "its wins by that log", "a whole number of 0 or more, or null");
const LOGGED_EPSILON: Typed<Option<f64>> =
    Typed::new("logged_epsilon", "its boost against later submissions by that log", "a number, or null");
const LOGGED_WEIGHT: Typed<Option<f64>> =
    Typed::new("logged_weight", "its weight after the step by that log", "a number, or null");
const LOGGED_AVERAGE: Typed<Option<f64>> = Typed::new(
    "logged_average",
    "its weight within the competition by that log, where each competition has a moving average of its own",
    "a number, or null",
);
/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    STEP.column(),
    COMPETITION.column(),
    UID.column(),
    BLOCK.column(),
    CURRENT_BLOCK.column(),
    LOSSES.column(),
    LOSS.column(),
    STATUS.column(),
    SAMPLE_ID.column(),
    SOURCE.column(),
    LOGGED_WIN_RATE.column(),
    LOGGED_WIN_TOTAL.column(),
    LOGGED_EPSILON.column(),
    LOGGED_WEIGHT.column(),
    LOGGED_AVERAGE.column(),
];

/// One participant of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Participant {
    /// Slot of the miner, unique in the step.
    pub uid: u32,
    /// Block of its commitment, where the recording has the column; `Some(None)` where that is null: not known.
    pub block: Option<Option<u64>>,
    /// Id of the competition, if recorded.
    pub competition: Option<String>,
    /// Its losses, NaN and infinite ones among them; `None` where it was skipped.
    pub losses: Option<Vec<f64>>,
    /// The places of the samples that they are on, ascending; `None` for the first ones of the step.
    pub places: Option<Vec<usize>>,
    /// Whether they came as a list, which may be shorter than others.
    pub is_list: bool,
    /// What the log says came of them.
    pub logged: Logged,
    /// Line (or row, in a table) it first stands on, from 1.
    pub line: u64,
}

/// What the log of a validator says of a participant in a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Logged {
    /// Its win rate.
    pub win_rate: Option<f64>,
    /// Its wins.
    pub win_total: Option<u64>,
    /// Its boost against later submissions.
    pub epsilon: Option<f64>,
    /// Its weight after the step.
    pub weight: Option<f64>,
    /// Its weight within the competition, where each has a moving average of its own.
    pub average: Option<f64>,
}

/// A sample of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSample {
    /// Its id, if recorded.
    pub id: Option<String>,
    /// Where it is from, if recorded.
    pub source: Option<String>,
}

/// One step as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct LossStep {
    /// Its number.
    pub step: u64,
    /// Block of the chain, if recorded.
    pub current_block: Option<u64>,
    /// In the order of the recording, which decides ties; at least one.
    pub participants: Vec<Participant>,
    /// Its samples, as many as the longest list of losses.
    pub samples: Vec<StepSample>,
    /// Where its last row stands.
    pub place: Place,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LossRecording {
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Number of rows.
    pub rows: u64,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

impl StepSample {
    /// Its id, or which one it is of the step.
    pub fn name(&self, place: usize) -> String {
        self.id.clone().unwrap_or_else(|| format!("number {}", place + 1))
    }
}

/// The status of a participant without losses.
const SKIPPED: &str = "skipped";

/// Who a row is about, without losses.
pub(super) fn participant(row: &Row<'_>) -> Result<Participant, RecordError> {
    Ok(Participant {
        uid: row.get(&UID)?,
        block: row.is_there(&BLOCK).then(|| row.get(&BLOCK)).transpose()?,
        competition: row.get(&COMPETITION)?,
        losses: None,
        places: None,
        is_list: false,
        logged: Logged {
            win_rate: row.get(&LOGGED_WIN_RATE)?,
            win_total: row.get(&LOGGED_WIN_TOTAL)?,
            epsilon: row.get(&LOGGED_EPSILON)?,
            weight: row.get(&LOGGED_WEIGHT)?,
            average: row.get(&LOGGED_AVERAGE)?,
        },
        line: row.number(),
    })
}

/// What another row of a participant says of it must be the same; what the first one lacks it adds.
pub(super) fn agree(row: &Row<'_>, known: &mut Participant, new: &Participant) -> Result<(), RecordError> {
    let uid = known.uid;
    let of = || format!("uid {uid} of the step");
    if let (Some(before), Some(now)) = (known.block, new.block)
        && before != now
    {
        let shown = |block: Option<u64>| block.map_or_else(|| "null".to_owned(), |block| block.to_string());
        return Err(row.clash(&BLOCK, &shown(now), &format!("{} further up for {}", shown(before), of())));
    }
    known.block = known.block.or(new.block);
    same(row, &LOGGED_WIN_RATE, &mut known.logged.win_rate, new.logged.win_rate, of)?;
    same(row, &LOGGED_WIN_TOTAL, &mut known.logged.win_total, new.logged.win_total, of)?;
    same(row, &LOGGED_EPSILON, &mut known.logged.epsilon, new.logged.epsilon, of)?;
    same(row, &LOGGED_WEIGHT, &mut known.logged.weight, new.logged.weight, of)?;
    same(row, &LOGGED_AVERAGE, &mut known.logged.average, new.logged.average, of)?;
    same(row, &COMPETITION, &mut known.competition, new.competition.clone(), of)
}

/// Puts a value where there was none; another one than before is an error.
pub(super) fn same<T: PartialEq + fmt::Display>(
    row: &Row<'_>,
    column: &Column,
    known: &mut Option<T>,
    new: Option<T>,
    of: impl FnOnce() -> String,
) -> Result<(), RecordError> {
    match (&*known, new) {
        (Some(known), Some(new)) if *known != new => {
            Err(row.clash(column, &new, &format!("{} further up for {}", excerpt::value(&known.to_string()), of())))
        }
        (Some(_), _) => Ok(()),
        (None, new) => {
            *known = new;
            Ok(())
        }
    }
}

/// The losses of a row that holds all of them; none of a participant that was skipped.
pub(super) fn list(row: &Row<'_>) -> Result<Option<Vec<f64>>, RecordError> {
    let (losses, loss) = (row.get(&LOSSES)?, row.get(&LOSS)?);
    let is_skipped = row.get(&STATUS)?.as_deref() == Some(SKIPPED);
    match (losses, loss) {
        (Some(_), Some(loss)) => Err(row.clash(&LOSS, &loss, "`losses` in the same row")),
        (Some(losses), None) if is_skipped && !losses.is_empty() => {
            Err(row.clash(&STATUS, &SKIPPED, "losses in the same row"))
        }
        (None, Some(_)) if is_skipped => Err(row.clash(&STATUS, &SKIPPED, "a loss in the same row")),
        (None, None) if is_skipped => Ok(Some(Vec::new())),
        (losses, _) => Ok(losses),
    }
}

/// The loss of a row on its sample; where it is null, its status says what that counts as.
pub(super) fn single(row: &Row<'_>) -> Result<f64, RecordError> {
    let text = row.get(&STATUS)?;
    let status = text.as_ref().map(|text| text.parse::<SampleStatus>());
    let status = status.transpose().map_err(|unknown| row.bad_value(&STATUS, &format!("{:?}", unknown.0)))?;
    let implied = status.and_then(SampleStatus::implied_loss);
    match (row.get(&LOSS)?, implied) {
        (Some(loss), Some(implied)) if loss.to_bits() != implied.to_bits() && !(loss.is_nan() && implied.is_nan()) => {
            Err(row.clash(&LOSS, &loss, &format!("a status of {}", text.unwrap_or_default())))
        }
        (Some(loss), _) | (None, Some(loss)) => Ok(loss),
        (None, None) => Err(match text {
            Some(status) => row.bad_value(&STATUS, &format!("{status:?}, and there is no loss")),
            None if row.is_there(&LOSS) => row.bad_value(&LOSS, &"null"),
            None if row.is_there(&LOSSES) => row.bad_value(&LOSSES, &"null"),
            None => row.missing(&LOSSES),
        }),
    }
}
