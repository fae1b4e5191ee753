//! Kinds of record that are lists: each row stands for itself, and all are read at once.

use std::collections::HashMap;

use super::column::{Column, Typed};
use super::error::RecordError;
use super::place::Place;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;

/// The rows of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct List<T> {
    /// In the order of the input; at least one.
    pub rows: Vec<T>,
    /// Where each stands.
    pub places: Vec<Place>,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

/// Reads all rows of `source`, each by `each`; `kind` names one in the error of an input without any.
pub(super) fn read_list<T>(
    source: &Source,
    columns: &'static [Column],
    kind: &'static str,
    reading: &Reading<'_>,
    mut each: impl FnMut(&Row<'_>) -> Result<T, RecordError>,
) -> Result<List<T>, RecordError> {
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    let sha256 = read_rows(source, columns, reading, |row| {
        rows.push(each(row)?);
        places.push(row.place().clone());
        Ok(())
    })?;
    match rows.is_empty() {
        true => Err(RecordError::Empty { file: source.to_string(), kind }),
        false => Ok(List { rows, places, sha256, skipped: reading.skipped() }),
    }
}

/// Refuses a uid that an earlier row has.
pub(super) fn once(
    row: &Row<'_>,
    column: &Typed<u32>,
    uid: u32,
    known: &mut HashMap<u32, u64>,
) -> Result<u32, RecordError> {
    match known.insert(uid, row.number()) {
        Some(first) => Err(row.duplicate(column, &uid, first)),
        None => Ok(uid),
    }
}
