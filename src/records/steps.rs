//! From rows of losses to steps: rows of a step stand together, and a step is handed on as soon as the next one begins.

use std::collections::{HashMap, HashSet};

use super::error::RecordError;
use super::losses::{
    COLUMNS, CURRENT_BLOCK, LossRecording, LossStep, Participant, SAMPLE_ID, SOURCE, STEP, StepSample, UID, agree,
    list, participant, same, single,
};
use super::place::Place;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use crate::excerpt;

/// Reads and checks all losses of `source` and hands over one step after another.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice in a step, rows of one participant that contradict each
/// other, a step whose rows do not stand together and an input without a row; bad rows are none where `reading` says to skip
/// them. An error of `each` ends the reading.
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
    /// Where the samples with an id stand.
    named: HashMap<String, usize>,
    /// Where those without one stand, in the order that is one for all.
    unnamed: Vec<usize>,
    /// Rows without a sample's id so far, by uid.
    taken: HashMap<u32, usize>,
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
        let step = open.whole();
        if step.participants.is_empty() { Ok(()) } else { (self.each)(step) }
    }
}

impl Open {
    fn new(step: u64, place: &Place) -> Self {
        let step =
            LossStep { step, current_block: None, participants: Vec::new(), samples: Vec::new(), place: place.clone() };
        Self { step, places: HashMap::new(), named: HashMap::new(), unnamed: Vec::new(), taken: HashMap::new() }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), RecordError> {
        let new = participant(row)?;
        let list = list(row)?;
        self.date(row)?;
        match (self.places.get(&new.uid).copied(), list) {
            (Some(place), list) if list.is_some() || self.step.participants[place].is_list => {
                return Err(row.duplicate(&UID, &new.uid, self.step.participants[place].line));
            }
            (_, Some(losses)) => {
                let slots: Vec<usize> = (0..losses.len()).map(|order| self.unnamed(order)).collect();
                let places = slots.iter().enumerate().any(|(order, place)| order != *place).then_some(slots);
                self.enter(Participant {
                    losses: (!losses.is_empty()).then_some(losses),
                    places,
                    is_list: true,
                    ..new
                });
            }
            (known, None) => self.add_single(row, known, new)?,
        }
        self.step.place = row.place().clone();
        Ok(())
    }

    /// A row of one sample; `known` is the place of its participant, if that was there before.
    fn add_single(&mut self, row: &Row<'_>, known: Option<usize>, new: Participant) -> Result<(), RecordError> {
        let loss = single(row)?;
        let place = known.unwrap_or(self.step.participants.len());
        if let Some(place) = known {
            agree(row, &mut self.step.participants[place], &new)?;
        }
        let sample = self.sample(row, new.uid)?;
        if known.is_none() {
            self.enter(new);
        }
        let Participant { losses, line, .. } = &mut self.step.participants[place];
        let losses = losses.get_or_insert_default();
        if losses.len() > sample && !is_open(losses[sample]) {
            let (line, name) = (*line, self.step.samples[sample].name(sample));
            return Err(row.duplicate(&SAMPLE_ID, &name, line));
        }
        losses.resize(losses.len().max(sample + 1), OPEN);
        losses[sample] = loss;
        Ok(())
    }

    /// The block of the chain, of which a step has one.
    fn date(&mut self, row: &Row<'_>) -> Result<(), RecordError> {
        let LossStep { step, current_block, .. } = &mut self.step;
        same(row, &CURRENT_BLOCK, current_block, row.get(&CURRENT_BLOCK)?, || format!("step {step}"))
    }

    fn enter(&mut self, participant: Participant) {
        self.places.insert(participant.uid, self.step.participants.len());
        self.step.participants.push(participant);
    }

    /// The place of the sample that has no id and comes as this one.
    fn unnamed(&mut self, order: usize) -> usize {
        while self.unnamed.len() <= order {
            self.unnamed.push(self.step.samples.len());
            self.step.samples.push(StepSample::default());
        }
        self.unnamed[order]
    }

    /// The place of a row's sample: by its id, else by how many rows without one its participant has had.
    fn sample(&mut self, row: &Row<'_>, uid: u32) -> Result<usize, RecordError> {
        let (id, source) = (row.get(&SAMPLE_ID)?, row.get(&SOURCE)?);
        let place = match id {
            None => {
                let taken = self.taken.entry(uid).or_default();
                let order = *taken;
                *taken += 1;
                self.unnamed(order)
            }
            Some(id) => {
                let next = self.step.samples.len();
                let place = *self.named.entry(id.clone()).or_insert(next);
                if place == next {
                    self.step.samples.push(StepSample { id: Some(id), source: None });
                }
                place
            }
        };
        let StepSample { id, source: known } = &mut self.step.samples[place];
        same(row, &SOURCE, known, source, || {
            let name = StepSample { id: id.clone(), source: None }.name(place);
            format!("sample {}", excerpt::value(&name))
        })?;
        Ok(place)
    }

    /// The step; of a participant with a row for each sample, the samples that it has.
    fn whole(mut self) -> LossStep {
        for participant in self.step.participants.iter_mut().filter(|one| !one.is_list) {
            let Some(losses) = &mut participant.losses else { continue };
            participant.places = Some((0..losses.len()).filter(|&sample| !is_open(losses[sample])).collect());
            losses.retain(|loss| !is_open(*loss));
        }
        self.step
    }
}

/// Stands where a loss is still to come; no loss is negative.
const OPEN: f64 = -1.0;

fn is_open(loss: f64) -> bool {
    loss < 0.0
}
