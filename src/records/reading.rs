//! How a recorded input is read, and what became of it: which names its columns have, whether a bad row ends the
//! reading or is told and left out. Every format hands its rows to the same [`Sink`].

use std::cell::Cell;

use serde_json::Value;

use super::column::Column;
use super::error::RecordError;
use super::names::ColumnNames;
use super::place::Place;
use super::row::{Layout, Row};
use crate::reporter::{Reporter, Silent};

/// What the user says about reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Columns that the files call otherwise.
    pub names: ColumnNames,
    /// Whether a bad row is told and left out instead of ending the run.
    pub skip_bad_rows: bool,
}

/// One look at one input.
pub struct Reading<'a> {
    options: ReadOptions,
    reporter: &'a dyn Reporter,
    skipped: Cell<u64>,
    told_zone: Cell<bool>,
}

impl<'a> Reading<'a> {
    /// A look that has not begun; `reporter` hears of bad rows and of what was taken for granted.
    pub fn new(options: &ReadOptions, reporter: &'a dyn Reporter) -> Self {
        Self { options: options.clone(), reporter, skipped: Cell::new(0), told_zone: Cell::new(false) }
    }

    /// Nothing is renamed and the first bad row is an error.
    pub fn strict() -> Self {
        Reading::new(&ReadOptions::default(), &Silent)
    }

    /// Rows that were left out so far because they are bad.
    pub fn skipped(&self) -> u64 {
        self.skipped.get()
    }

    /// A fault: told and counted where it is one row's and such rows are to be skipped.
    pub(super) fn meet(&self, fault: RecordError) -> Result<(), RecordError> {
        if !self.options.skip_bad_rows || !fault.is_of_a_row() {
            return Err(fault);
        }
        self.reporter.warn(&format!("{fault}; the row is left out"));
        self.skipped.set(self.skipped.get() + 1);
        Ok(())
    }

    /// Says once that a time without a zone is taken as UTC.
    pub(super) fn take_as_utc(&self, row: &Row<'_>, column: &Column) {
        if !self.told_zone.replace(true) {
            let name = row.name_of(column);
            self.reporter
                .info(&format!("{}: column `{name}` has times without a zone, taken as UTC", row.place().file));
        }
    }
}

/// A reading whose rows go to something that fails in its own way: that error ends it and comes out.
///
/// # Errors
/// What `read` or what is done with a row fails with.
pub fn carrying<T, E: From<RecordError>>(
    read: impl FnOnce(&mut dyn FnMut(Result<(), E>) -> Result<(), RecordError>) -> Result<T, RecordError>,
) -> Result<T, E> {
    let mut failure = None;
    let read = read(&mut |done| {
        done.map_err(|error| {
            failure = Some(error);
            RecordError::GivenUp
        })
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(read?),
    }
}

/// What is done with each row.
pub(super) type EachRow<'a> = &'a mut dyn FnMut(&Row<'_>) -> Result<(), RecordError>;

/// Where the readers of all formats bring their rows.
pub(super) struct Sink<'a> {
    layout: Layout,
    reading: &'a Reading<'a>,
    each: EachRow<'a>,
    rows: u64,
}

impl<'a> Sink<'a> {
    /// Rows with `columns` go to `each`.
    pub(super) fn new(columns: &'static [Column], reading: &'a Reading<'a>, each: EachRow<'a>) -> Self {
        Sink { layout: Layout::new(columns, &reading.options.names), reading, each, rows: 0 }
    }

    /// How the cells of a row stand.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// From here on rows are those of a table, which all have the same columns.
    pub(super) fn set_table(&mut self, blank_is_null: bool) {
        self.layout.is_table = true;
        self.layout.blank_is_null = blank_is_null;
    }

    /// Takes the cells of the row at `place`, or what is wrong with it.
    pub(super) fn take(
        &mut self,
        place: &Place,
        cells: Result<Vec<Option<Value>>, RecordError>,
    ) -> Result<(), RecordError> {
        self.rows += 1;
        let taken = cells.and_then(|cells| {
            self.layout.note(&cells);
            (self.each)(&Row::new(place, &self.layout, cells))
        });
        match taken {
            // A table that lacks a column lacks it in every row.
            Err(fault @ RecordError::MissingColumn { .. }) if self.layout.is_table => Err(fault),
            Err(fault) => self.reading.meet(fault),
            Ok(()) => Ok(()),
        }
    }

    /// Ends the reading of `file`: a name that the user gave must have been there.
    pub(super) fn finish(self, file: &str) -> Result<(), RecordError> {
        match self.layout.unseen_name() {
            Some((column, name)) if self.rows > 0 => {
                Err(RecordError::UnusedName { file: file.to_owned(), column, name: name.to_owned() })
            }
            _ => Ok(()),
        }
    }
}
