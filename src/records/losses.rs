//! Losses: what validators measured, step by step. A row holds all losses of a participant, or its loss on one sample;
//! rows of a step stand together, and a step is handed on as soon as the next one begins. The table of losses that
//! `evaluate` writes is a recording of one step.

use std::collections::{HashMap, HashSet};

use super::cell::{Id, Loss, Losses};
use super::column::{Column, Typed};
use super::error::{Place, RecordError};
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use crate::outcome::SampleStatus;

const STEP: Typed<Option<u32>> = Typed::new(
    "step",
    "the validator's step, 0 without it; its rows stand together",
    "a whole number from 0 to 4294967295, or null",
);
const UID: Typed<u32> = Typed::new("uid", "slot of the participant", "a whole number from 0 to 4294967295");
const LOSSES: Typed<Option<Losses>> = Typed::new(
    "losses",
    "its losses in nats, one for each sample or batch of the step in one order for all; [] where it was skipped",
    "a list of numbers of 0 or more, \"nan\" or \"inf\"",
);
const LOSS: Typed<Option<Loss>> = Typed::new(
    "loss",
    "its loss on one sample, where there is a row for each",
    "a number of 0 or more, nan or inf, or null",
);
const STATUS: Typed<Option<String>> = Typed::new(
    "status",
    "how measuring ended, where the loss is null: nan and no-target count as NaN, inf and error as infinite",
    "ok, nan, inf, no-target or error, or null",
);
const SAMPLE_ID: Typed<Option<Id>> = Typed::new(
    "sample_id",
    "the sample of the loss; without it, losses come in one order for all",
    "a text or a whole number, each once to a uid in a step, or null",
);
const SOURCE: Typed<Option<Id>> = Typed::new(
    "source",
    "where the sample is from: samples of one source depend on each other, and intervals take that into account",
    "where the sample is from, or null",
);
const BLOCK: Typed<Option<u64>> = Typed::new(
    "block",
    "block of the participant's commitment; null means unknown and counts as later than every known block",
    "a whole block number of 0 or more, or null where it is not known",
);
const CURRENT_BLOCK: Typed<Option<u64>> = Typed::new(
    "current_block",
    "block of the chain at the step; without it, the latest block that was seen until then",
    "a whole block number of 0 or more, or null",
);
const COMPETITION: Typed<Option<Id>> =
    Typed::new("competition", "id of the step's competition", "the id of a competition, or null");
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
    /// Its losses on the step's samples, NaN and infinite ones among them; `None` where it was skipped.
    pub losses: Option<Vec<f64>>,
    /// Line (or row, in a table) it first stands on, from 1.
    pub line: u64,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossRecording {
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Number of rows.
    pub rows: u64,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

/// Reads and checks all losses of `source` and hands over one step after another.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice in a step, a participant without a loss on a sample
/// that others have, a step whose rows do not stand together and an input without a row; bad rows are none where
/// `reading` says to skip them. An error of `each` ends the reading.
pub fn read_losses(
    source: &Source,
    reading: &Reading<'_>,
    each: impl FnMut(LossStep) -> Result<(), RecordError>,
) -> Result<LossRecording, RecordError> {
    let mut grouping = Grouping { open: None, closed: HashSet::new(), rows: 0, each };
    let sha256 = read_rows(source, COLUMNS, reading, |row| grouping.add(row))?;
    grouping.close()?;
    match grouping.rows {
        0 => Err(RecordError::Empty { file: source.to_string(), kind: "loss" }),
        rows => Ok(LossRecording { sha256, rows, skipped: reading.skipped() }),
    }
}

/// Steps on their way: the one being read, and which have been.
struct Grouping<E> {
    open: Option<Open>,
    closed: HashSet<u64>,
    rows: u64,
    each: E,
}

/// A step that is being read.
struct Open {
    step: LossStep,
    /// Where the participants stand, by uid.
    places: HashMap<u32, usize>,
    /// Participants whose losses came as a list.
    listed: HashSet<u32>,
    /// Where the samples stand, by id.
    samples: HashMap<String, usize>,
}

impl<E: FnMut(LossStep) -> Result<(), RecordError>> Grouping<E> {
    fn add(&mut self, row: &Row<'_>) -> Result<(), RecordError> {
        let number = row.get(&STEP)?.map_or(0, u64::from);
        if self.closed.contains(&number) {
            return Err(RecordError::ScatteredStep { place: row.place().clone(), step: number });
        }
        if self.open.as_ref().is_some_and(|open| open.step.step != number) {
            self.close()?;
        }
        let open = self.open.get_or_insert_with(|| Open::new(number, row.place()));
        open.add(row)?;
        self.rows += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), RecordError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        self.closed.insert(open.step.step);
        let step = open.whole()?;
        if step.participants.is_empty() { Ok(()) } else { (self.each)(step) }
    }
}

impl Open {
    fn new(step: u64, place: &Place) -> Self {
        let step =
            LossStep { step, current_block: None, participants: Vec::new(), samples: Vec::new(), place: place.clone() };
        Self { step, places: HashMap::new(), listed: HashSet::new(), samples: HashMap::new() }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), RecordError> {
        let (uid, line) = (row.get(&UID)?, row.number());
        let current_block = row.get(&CURRENT_BLOCK)?;
        if current_block.is_some_and(|block| self.step.current_block.is_some_and(|known| known != block)) {
            return Err(row.bad_value(&CURRENT_BLOCK, &current_block.unwrap_or_default()));
        }
        let block = row.is_there(&BLOCK).then(|| row.get(&BLOCK)).transpose()?;
        let competition = row.get(&COMPETITION)?;
        let list = row.get(&LOSSES)?;
        let known = self.places.get(&uid).copied();
        if let Some(place) = known.filter(|_| list.is_some() || self.listed.contains(&uid)) {
            return Err(row.duplicate(&UID, &uid, self.step.participants[place].line));
        }
        let new = Participant { uid, block, competition, losses: None, line };
        match list {
            Some(losses) => {
                self.lengthen(losses.len());
                self.listed.insert(uid);
                self.enter(Participant { losses: (!losses.is_empty()).then_some(losses), ..new });
            }
            None => {
                let loss = single(row)?;
                let place = known.unwrap_or(self.step.participants.len());
                let taken = known.map_or(0, |place| self.step.participants[place].losses.as_ref().map_or(0, Vec::len));
                let sample = self.sample(row, taken)?;
                if known.is_none() {
                    self.enter(new);
                }
                let losses = self.step.participants[place].losses.get_or_insert_default();
                if losses.len() > sample && !is_open(losses[sample]) {
                    return Err(row.duplicate(&SAMPLE_ID, &self.name(sample), self.step.participants[place].line));
                }
                losses.resize(losses.len().max(sample + 1), OPEN);
                losses[sample] = loss;
            }
        }
        self.step.current_block = self.step.current_block.or(current_block);
        self.step.place = row.place().clone();
        Ok(())
    }

    fn enter(&mut self, participant: Participant) {
        self.places.insert(participant.uid, self.step.participants.len());
        self.step.participants.push(participant);
    }

    fn lengthen(&mut self, samples: usize) {
        let longest = self.step.samples.len().max(samples);
        self.step.samples.resize(longest, StepSample::default());
    }

    /// The place of a row's sample: by its id, else behind the `taken` ones of its participant.
    fn sample(&mut self, row: &Row<'_>, taken: usize) -> Result<usize, RecordError> {
        let (id, source) = (row.get(&SAMPLE_ID)?, row.get(&SOURCE)?);
        let next = self.step.samples.len();
        let place = id.as_ref().map_or(taken, |id| self.samples.get(id).copied().unwrap_or(next));
        if let Some(id) = &id {
            self.samples.entry(id.clone()).or_insert(place);
        }
        self.lengthen(place + 1);
        let sample = &mut self.step.samples[place];
        if sample.source.is_some() && source.is_some() && sample.source != source {
            return Err(row.bad_value(&SOURCE, &source.unwrap_or_default()));
        }
        *sample = StepSample { id: sample.id.take().or(id), source: sample.source.take().or(source) };
        Ok(place)
    }

    fn name(&self, sample: usize) -> String {
        self.step.samples[sample].id.clone().unwrap_or_else(|| format!("number {}", sample + 1))
    }

    /// The step, if every participant with a row for each sample has one on all of them.
    fn whole(mut self) -> Result<LossStep, RecordError> {
        let samples = self.step.samples.len();
        let listed = &self.listed;
        for participant in self.step.participants.iter_mut().filter(|one| !listed.contains(&one.uid)) {
            participant.losses.iter_mut().for_each(|losses| losses.resize(samples, OPEN));
        }
        let gap = self.step.participants.iter().find_map(|participant| {
            let sample = participant.losses.as_ref()?.iter().position(|loss| is_open(*loss))?;
            Some((participant.uid, participant.line, sample))
        });
        match gap {
            None => Ok(self.step),
            Some((uid, number, sample)) => Err(RecordError::NoLoss {
                place: Place { number, ..self.step.place.clone() },
                step: self.step.step,
                uid,
                sample: self.name(sample),
            }),
        }
    }
}

/// Stands where a loss is still to come; no loss is negative.
const OPEN: f64 = -1.0;

fn is_open(loss: f64) -> bool {
    loss < 0.0
}

/// The loss of a row on its sample; where it is null, its status says what that counts as.
fn single(row: &Row<'_>) -> Result<f64, RecordError> {
    let status = row.get(&STATUS)?;
    if let Some(loss) = row.get(&LOSS)? {
        return Ok(loss);
    }
    let implied = status.as_ref().and_then(|status| status.parse::<SampleStatus>().ok()?.implied_loss());
    implied.ok_or_else(|| match status {
        Some(status) => row.bad_value(&STATUS, &format!("{status:?}")),
        None => row.missing(&LOSSES),
    })
}
