//! One row of a recorded input, whatever file it came from. A value is asked for by its column and arrives checked,
//! or as the error that names its place.

use std::fmt;

use serde_json::Value;

use super::cell::BARE;
use super::column::{Column, Recorded, Typed, Unfit};
use super::error::RecordError;
use super::kind::Kind;
use super::names::ColumnNames;
use super::place::Place;
use crate::excerpt;

/// How the cells of every row of an input stand.
#[derive(Debug)]
pub(super) struct Layout {
    columns: &'static [Column],
    /// What the file calls each of them; `None` for one that it cannot have.
    names: Vec<Option<String>>,
    seen: Vec<bool>,
    /// Whether all rows have the same columns.
    pub(super) is_table: bool,
    /// Whether an empty text stands for no value, as in CSV, which has no other sign for it.
    pub(super) blank_is_null: bool,
}

impl Layout {
    pub(super) fn new(columns: &'static [Column], names: &ColumnNames) -> Self {
        let names: Vec<_> = columns.iter().map(|column| names.in_file(column.name).map(str::to_owned)).collect();
        Layout { columns, seen: vec![false; names.len()], names, is_table: false, blank_is_null: false }
    }

    /// Where the cell of the file's column `name` stands.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.as_deref() == Some(name))
    }

    /// What the file calls the columns, in their order.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.names.iter().map(Option::as_deref)
    }

    /// What the columns hold, in their order.
    pub(super) fn kinds(&self) -> impl ExactSizeIterator<Item = Kind> {
        self.columns.iter().map(|column| column.kind)
    }

    /// Remembers which columns were there.
    pub(super) fn note(&mut self, cells: &[Option<Value>]) {
        self.seen.iter_mut().zip(cells).for_each(|(seen, cell)| *seen |= cell.is_some());
    }

    /// A column that was renamed and never seen, with its name.
    pub(super) fn unseen_name(&self) -> Option<(&'static str, &str)> {
        let named = self.columns.iter().zip(self.names()).zip(&self.seen).filter(|(_, seen)| !**seen);
        named.filter_map(|((column, name), _)| Some((column.name, name?))).find(|(column, name)| column != name)
    }
}

/// A row: the values of the columns asked for, and where they stand.
#[derive(Debug)]
pub struct Row<'a> {
    place: &'a Place,
    layout: &'a Layout,
    cells: Vec<Option<Value>>,
}

impl<'a> Row<'a> {
    /// A row at `place`; `cells` stand as `layout` says, `None` for a column that is absent.
    pub(super) fn new(place: &'a Place, layout: &'a Layout, cells: Vec<Option<Value>>) -> Self {
        Row { place, layout, cells }
    }

    /// Where the row stands.
    pub fn place(&self) -> &Place {
        self.place
    }

    /// Number of the line or row, from 1.
    pub fn number(&self) -> u64 {
        self.place.number
    }

    /// The value of a column.
    ///
    /// # Errors
    /// It is missing where each row needs it, or holds something else.
    pub fn get<T: Recorded>(&self, column: &Typed<T>) -> Result<T::Value, RecordError> {
        let cell = self.cell(column);
        T::read(cell, cell.is_some_and(|cell| self.is_null(cell))).map_err(|unfit| match (unfit, cell) {
            (Unfit::Bad, Some(Value::String(bare))) if bare.starts_with(BARE) => {
                self.bad_value(column, &bare.trim_start_matches(BARE))
            }
            (Unfit::Bad, Some(cell)) => self.bad_value(column, cell),
            _ => self.missing(column),
        })
    }

    /// Whether a column is there, be it null.
    pub fn is_there(&self, column: &Column) -> bool {
        self.cell(column).is_some()
    }

    /// Whether a column is there and has a value.
    pub fn is_given(&self, column: &Column) -> bool {
        self.cell(column).is_some_and(|cell| !self.is_null(cell))
    }

    /// What the file calls a column.
    pub fn name_of(&self, column: &Column) -> String {
        let index = self.index(column);
        let name = index.and_then(|index| self.layout.names[index].as_deref());
        name.unwrap_or(column.name).to_owned()
    }

    /// The error of a column that is not there.
    pub fn missing(&self, column: &Column) -> RecordError {
        let (place, expected) = (self.place.clone(), column.expected);
        RecordError::MissingColumn { place, column: self.name_of(column), expected }
    }

    /// The error of a value that an earlier line or row, `first`, holds too.
    pub fn duplicate(&self, column: &Column, value: &dyn fmt::Display, first: u64) -> RecordError {
        let (place, column) = (self.place.clone(), self.name_of(column));
        RecordError::Duplicate { place, column, value: excerpt::value(&value.to_string()), first }
    }

    /// The error of a value that no type can tell from a good one.
    pub fn bad_value(&self, column: &Column, value: &dyn fmt::Display) -> RecordError {
        let (place, expected) = (self.place.clone(), column.expected);
        RecordError::BadValue {
            place,
            column: self.name_of(column),
            value: excerpt::value(&value.to_string()),
            expected,
        }
    }

    /// The error of a good value that contradicts another one.
    pub fn clash(&self, column: &Column, value: &dyn fmt::Display, with: &str) -> RecordError {
        let (place, column, with) = (self.place.clone(), self.name_of(column), with.to_owned());
        RecordError::Clash { place, column, value: excerpt::value(&value.to_string()), with }
    }

    fn is_null(&self, cell: &Value) -> bool {
        cell.is_null() || self.layout.blank_is_null && cell.as_str() == Some("")
    }

    fn index(&self, column: &Column) -> Option<usize> {
        self.layout.columns.iter().position(|known| known.name == column.name)
    }

    fn cell(&self, column: &Column) -> Option<&Value> {
        self.cells.get(self.index(column)?)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Text;
    use super::super::column::OrNull;
    use super::super::place::Counting;
    use super::*;
    use serde_json::json;

    const UID: Typed<u32> = Typed::new("uid", "", "a uid");
    const NULLABLE: Typed<OrNull<u32>> = Typed::new("uid", "", "a uid");
    const MODEL: Typed<Option<String>> = Typed::new("model", "", "a model");
    const TEXT: Typed<Text> = Typed::new("model", "", "a text");
    const MUST: Typed<OrNull<String>> = Typed::new("model", "", "a model");
    const COLUMNS: &[Column] = &[UID.column(), MODEL.column()];

    fn place() -> Place {
        Place { file: "s.jsonl".into(), unit: Counting::Line, number: 7 }
    }

    fn layout() -> Layout {
        Layout::new(COLUMNS, &ColumnNames::default())
    }

    #[test]
    fn an_empty_text_of_a_csv_file_is_no_value() {
        let place = place();
        let layout = Layout { blank_is_null: true, ..layout() };
        let row = Row::new(&place, &layout, vec![Some(json!("")), Some(json!(""))]);
        assert_eq!(row.get(&NULLABLE).unwrap(), None);
        assert_eq!(row.get(&MODEL).unwrap(), None);
        assert_eq!(row.get(&TEXT).unwrap(), "");
        assert!(!row.is_given(&MODEL));
    }

    #[test]
    fn absent_and_null_differ() {
        let (place, layout) = (place(), layout());
        let row = Row::new(&place, &layout, vec![Some(Value::Null), None]);
        assert_eq!(row.get(&NULLABLE).unwrap(), None);
        assert_eq!(row.get(&MODEL).unwrap(), None);
        let missing = row.get(&MUST).unwrap_err();
        assert_eq!(missing.to_string(), "s.jsonl, line 7: column `model` is missing; give a model");
        let null = row.get(&UID).unwrap_err();
        assert_eq!(null.to_string(), "s.jsonl, line 7: column `uid` is null; give a uid");
    }

    #[test]
    fn long_values_are_cut_and_stay_on_one_line() {
        let (place, layout) = (place(), layout());
        let row = Row::new(&place, &layout, vec![Some(json!("é\n".repeat(900))), None]);
        let error = row.get(&UID).unwrap_err().to_string();
        assert!(error.len() < 200 && error.contains('…') && !error.contains('\n'), "{error}");
    }
}
