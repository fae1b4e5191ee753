//! Batches: when a validator sent a round of synthetic jobs, and to which cycle that belongs.

use std::collections::HashMap;

use super::super::column::{Column, Typed};
use super::super::error::RecordError;
use super::super::list::{List, read_list};
use super::super::place::Place;
use super::super::reading::Reading;
use super::super::row::Row;
use super::super::source::Source;
use super::{GREATEST, whole};

const BATCH: Typed<u64> = Typed::new(
    "batch_id",
    "number of the batch; a later batch has a greater one",
    "a whole number up to 2^53, each once",
);
const BLOCK: Typed<u64> = Typed::new(
    "block",
    "the block at which it was sent",
    "a block up to 2^53, not before that of a batch with a lower batch_id",
);
const START: Typed<Option<f64>> = Typed::new(
    "cycle_start",
    "first block of its cycle; null where it has none",
    "a whole number of a block, or null with cycle_stop",
);
const STOP: Typed<Option<f64>> = Typed::new(
    "cycle_stop",
    "first block behind its cycle",
    "a whole number of a block after cycle_start, or null with it",
);
const SCORED: Typed<Option<bool>> =
    Typed::new("should_be_scored", "whether it counts; it does without a value", "true, false or null");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[BATCH.column(), BLOCK.column(), START.column(), STOP.column(), SCORED.column()];

/// The blocks of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleBlocks {
    /// The first.
    pub start: i64,
    /// The first behind it.
    pub stop: i64,
}

/// A batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRow {
    /// Its number.
    pub id: i64,
    /// The block at which it was sent.
    pub block: i64,
    /// Its cycle, if it has one.
    pub cycle: Option<CycleBlocks>,
    /// Whether it counts.
    pub should_be_scored: bool,
}

/// Reads the batches.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a batch given twice, a cycle that runs back, and a batch whose block lies
/// before that of a batch with a lower number.
pub fn read_horde_batches(source: &Source, reading: &Reading<'_>) -> Result<List<BatchRow>, RecordError> {
    let mut known = HashMap::new();
    let list = read_list(source, COLUMNS, "batch", reading, |row| {
        let found = batch(row)?;
        match known.insert(found.id, row.number()) {
            Some(first) => Err(row.duplicate(&BATCH, &found.id, first)),
            None => Ok(found),
        }
    })?;
    check_order(&list)?;
    Ok(list)
}

fn batch(row: &Row<'_>) -> Result<BatchRow, RecordError> {
    let id = super::batch(row, &BATCH)?;
    let block = row.get(&BLOCK)?;
    if block > GREATEST as u64 {
        return Err(row.bad_value(&BLOCK, &block));
    }
    Ok(BatchRow { id, block: block as i64, cycle: cycle(row)?, should_be_scored: row.get(&SCORED)?.unwrap_or(true) })
}

fn cycle(row: &Row<'_>) -> Result<Option<CycleBlocks>, RecordError> {
    match (whole(row, &START)?, whole(row, &STOP)?) {
        (None, None) => Ok(None),
        (Some(start), Some(stop)) if start < stop => Ok(Some(CycleBlocks { start, stop })),
        (Some(_), Some(stop)) => Err(row.bad_value(&STOP, &stop)),
        (Some(_), None) => Err(row.bad_value(&STOP, &"null")),
        (None, Some(_)) => Err(row.bad_value(&START, &"null")),
    }
}

/// Blocks do not run back from one batch to the next.
fn check_order(list: &List<BatchRow>) -> Result<(), RecordError> {
    let mut order: Vec<usize> = (0..list.rows.len()).collect();
    order.sort_unstable_by_key(|&place| list.rows[place].id);
    let runs_back = |pair: &&[usize]| list.rows[pair[1]].block < list.rows[pair[0]].block;
    match order.windows(2).find(runs_back) {
        Some(pair) => Err(backwards(&list.places[pair[1]], &list.rows[pair[1]])),
        None => Ok(()),
    }
}

fn backwards(place: &Place, row: &BatchRow) -> RecordError {
    RecordError::BadValue {
        place: place.clone(),
        column: BLOCK.name.to_owned(),
        value: row.block.to_string(),
        expected: BLOCK.expected,
    }
}
