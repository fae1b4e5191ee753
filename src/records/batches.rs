//! Batches: how long a validator was busy with each batch of queries.

use super::cell::Bounded;
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::reading::Reading;
use super::source::Source;

const SECONDS: Typed<Bounded<0, 1_000_000_000>> =
    Typed::new("seconds", "how long a worker was busy with the batch", "seconds from 0 to 1000000000");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[SECONDS.column()];

/// Reads how long each batch took, in seconds.
///
/// # Errors
/// Everything a [`RecordError`] can tell.
pub fn read_batches(source: &Source, reading: &Reading<'_>) -> Result<List<f64>, RecordError> {
    read_list(source, COLUMNS, "batch", reading, |row| row.get(&SECONDS))
}
