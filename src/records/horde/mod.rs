//! Recordings of ComputeHorde: batches, manifests, jobs, receipts and validators, which share hotkeys, classes and job ids.

pub mod batches;
pub mod jobs;
pub mod manifests;
pub mod receipts;
pub mod validators;

use super::column::Typed;
use super::error::RecordError;
use super::row::Row;
use crate::labels::Labels;

/// What rows are of: hotkeys, classes and job ids by number, shared by all files of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HordeNames {
    /// Hotkeys of miners and validators.
    pub hotkeys: Labels,
    /// Executor classes.
    pub classes: Labels,
    /// Job ids, those of receipts among them.
    pub jobs: Labels,
}

/// The greatest number of a batch or block: every one up to it has its own double.
const GREATEST: i64 = 1 << 53;

/// A whole number that may be below 0, of a column that holds numbers.
fn whole(row: &Row<'_>, column: &Typed<Option<f64>>) -> Result<Option<i64>, RecordError> {
    let Some(number) = row.get(column)? else { return Ok(None) };
    if number.fract() != 0.0 || number.abs() > GREATEST as f64 {
        return Err(row.bad_value(column, &number));
    }
    Ok(Some(number as i64))
}

/// The number of a batch.
fn batch(row: &Row<'_>, column: &Typed<u64>) -> Result<i64, RecordError> {
    let number = row.get(column)?;
    let fitting = i64::try_from(number).ok().filter(|&number| number <= GREATEST);
    fitting.ok_or_else(|| row.bad_value(column, &number))
}
