//! One row of a recorded input, whatever file it came from. A value is asked for by its column and arrives checked,
//! or as the error that names its place.

use std::fmt;

use serde_json::Value;

use super::error::{Place, RecordError};
use super::names::ColumnNames;
use super::text::strip;
use crate::excerpt;

/// A column of a kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: &'static str,
    /// What to give in it, a phrase that ends an error message: `a block number of 0 or more`.
    pub expected: &'static str,
}

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

/// A value that a cell can hold.
pub trait FromCell: Sized {
    /// The value, or `None` where the cell holds something else.
    fn from_cell(cell: &Value) -> Option<Self>;
}

/// Text that is not blank.
impl FromCell for String {
    fn from_cell(cell: &Value) -> Option<Self> {
        cell.as_str().filter(|text| !strip(text).is_empty()).map(str::to_owned)
    }
}

/// A whole number of 0 or more; 7.0 is one, since tables often store whole numbers with gaps as floats, and so is "7".
impl FromCell for u64 {
    fn from_cell(cell: &Value) -> Option<Self> {
        let written = || strip(cell.as_str()?).parse().ok();
        cell.as_u64().or_else(written).or_else(|| f64::from_cell(cell).and_then(whole))
    }
}

impl FromCell for u32 {
    fn from_cell(cell: &Value) -> Option<Self> {
        u64::from_cell(cell).and_then(|number| number.try_into().ok())
    }
}

/// A finite number, or one as text.
impl FromCell for f64 {
    fn from_cell(cell: &Value) -> Option<Self> {
        let written = || strip(cell.as_str()?).parse::<f64>().ok();
        cell.as_f64().or_else(written).filter(|number| number.is_finite())
    }
}

/// A flag: true or false, 1 or 0, also as text.
impl FromCell for bool {
    fn from_cell(cell: &Value) -> Option<Self> {
        let text = cell.as_str().map(|text| strip(text).to_ascii_lowercase());
        match (cell.as_bool(), text.as_deref()) {
            (Some(flag), _) => Some(flag),
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => [false, true].into_iter().find(|&flag| f64::from_cell(cell) == Some(f64::from(u8::from(flag)))),
        }
    }
}

/// An id: text that is not blank, or a whole number, which becomes its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(pub String);

impl FromCell for Id {
    fn from_cell(cell: &Value) -> Option<Self> {
        let number = || cell.as_i64().map(|number| number.to_string());
        let positive = || u64::from_cell(cell).map(|number| number.to_string());
        String::from_cell(cell).or_else(number).or_else(positive).map(Self)
    }
}

/// A number, or a flag as 1 or 0.
pub struct Share(pub f64);

impl FromCell for Share {
    fn from_cell(cell: &Value) -> Option<Self> {
        let flag = || bool::from_cell(cell).map(|flag| f64::from(u8::from(flag)));
        f64::from_cell(cell).or_else(flag).map(Self)
    }
}

/// Text that may be blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl FromCell for Text {
    fn from_cell(cell: &Value) -> Option<Self> {
        cell.as_str().map(|text| Self(text.to_owned()))
    }
}

/// The whole number that a float stands for without doubt: below 2⁵³ every one has its own float.
fn whole(float: f64) -> Option<u64> {
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (float.fract() == 0.0 && (0.0..EXACT).contains(&float)).then_some(float as u64)
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

    /// The value of a column that must be there and must not be null.
    pub fn required<T: FromCell>(&self, column: &Column) -> Result<T, RecordError> {
        self.convert(column, self.present(column)?)
    }

    /// The value of a column that must be there; null means not known.
    pub fn nullable<T: FromCell>(&self, column: &Column) -> Result<Option<T>, RecordError> {
        match self.present(column)? {
            cell if self.is_null(cell) => Ok(None),
            cell => self.convert(column, cell).map(Some),
        }
    }

    /// An id, of a column that may be absent or null.
    pub fn optional_id(&self, column: &Column) -> Result<Option<String>, RecordError> {
        Ok(self.optional(column)?.map(|Id(id)| id))
    }

    /// The value of a column that may be absent or null.
    pub fn optional<T: FromCell>(&self, column: &Column) -> Result<Option<T>, RecordError> {
        match self.cell(column) {
            Some(cell) if !self.is_null(cell) => self.convert(column, cell).map(Some),
            _ => Ok(None),
        }
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

    /// The error of a value that an earlier line or row, `first`, holds too.
    pub fn duplicate(&self, column: &Column, value: &dyn fmt::Display, first: u64) -> RecordError {
        let (place, column) = (self.place.clone(), self.name_of(column));
        RecordError::Duplicate { place, column, value: excerpt::value(&value.to_string()), first }
    }

    /// The error of a value that no type can tell from a good one.
    pub fn bad_value(&self, column: &Column, value: &dyn fmt::Display, expected: &'static str) -> RecordError {
        let (place, column) = (self.place.clone(), self.name_of(column));
        RecordError::BadValue { place, column, value: excerpt::value(&value.to_string()), expected }
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

    fn present(&self, column: &Column) -> Result<&Value, RecordError> {
        self.cell(column).ok_or_else(|| RecordError::MissingColumn {
            place: self.place.clone(),
            column: self.name_of(column),
            expected: column.expected,
        })
    }

    fn convert<T: FromCell>(&self, column: &Column, cell: &Value) -> Result<T, RecordError> {
        T::from_cell(cell).ok_or_else(|| self.bad_value(column, cell, column.expected))
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Counting;
    use super::*;
    use serde_json::json;

    const UID: Column = Column { name: "uid", expected: "a uid" };
    const MODEL: Column = Column { name: "model", expected: "a model" };
    const COLUMNS: &[Column] = &[UID, MODEL];

    fn place() -> Place {
        Place { file: "s.jsonl".into(), unit: Counting::Line, number: 7 }
    }

    fn layout() -> Layout {
        Layout::new(COLUMNS, &ColumnNames::default())
    }

    #[test]
    fn whole_numbers_only() {
        assert_eq!(u64::from_cell(&json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(u64::from_cell(&json!(12.0)), Some(12));
        for bad in [
            json!(-1),
            json!(1.5),
            json!(-0.5),
            json!(1e19),
            json!("x"),
            json!("-1"),
            json!(true),
            json!(null),
            json!([1]),
        ] {
            assert_eq!(u64::from_cell(&bad), None, "{bad}");
        }
        assert_eq!(u32::from_cell(&json!(u32::MAX)), Some(u32::MAX));
        assert_eq!(u32::from_cell(&json!(1_u64 << 32)), None);
        assert_eq!([json!(" 7"), json!("7.0")].map(|text| u64::from_cell(&text)), [Some(7), Some(7)]);
        assert_eq!(u64::from_cell(&json!("18446744073709551615")), Some(u64::MAX));
    }

    #[test]
    fn flags_and_ids_come_as_tables_have_them() {
        let flags = [json!(true), json!(1), json!(1.0), json!("True"), json!("1"), json!(0), json!("FALSE")];
        assert_eq!(flags.map(|flag| bool::from_cell(&flag)), [true, true, true, true, true, false, false].map(Some));
        assert!([json!(2), json!("yes"), json!(-1), json!("")].iter().all(|bad| bool::from_cell(bad).is_none()));
        let id = |cell: Value| Id::from_cell(&cell).map(|id| id.0);
        assert_eq!([json!(" a"), json!(7), json!(7.0)].map(id), [" a", "7", "7"].map(|text| Some(text.into())));
        assert_eq!([json!(-7), json!(u64::MAX)].map(id), ["-7", "18446744073709551615"].map(|text| Some(text.into())));
        assert_eq!([json!(""), json!(1.5), json!(true), json!([1])].map(id), [None, None, None, None]);
    }

    #[test]
    fn an_empty_text_of_a_csv_file_is_no_value() {
        let place = place();
        let layout = Layout { blank_is_null: true, ..layout() };
        let row = Row::new(&place, &layout, vec![Some(json!("")), Some(json!(""))]);
        assert_eq!(row.nullable::<u32>(&UID).unwrap(), None);
        assert_eq!(row.optional::<String>(&MODEL).unwrap(), None);
        assert_eq!(row.required::<Text>(&MODEL).unwrap(), Text(String::new()));
        assert!(!row.is_given(&MODEL));
    }

    #[test]
    fn blank_text_is_no_text() {
        assert_eq!(String::from_cell(&json!(" a ")), Some(" a ".into()));
        assert_eq!(String::from_cell(&json!(" \u{1f}\n")), None);
        assert_eq!(String::from_cell(&json!(3)), None);
    }

    #[test]
    fn absent_and_null_differ() {
        let (place, layout) = (place(), layout());
        let row = Row::new(&place, &layout, vec![Some(Value::Null), None]);
        assert_eq!(row.nullable::<u32>(&UID).unwrap(), None);
        assert_eq!(row.optional::<String>(&MODEL).unwrap(), None);
        let missing = row.nullable::<String>(&MODEL).unwrap_err();
        assert_eq!(missing.to_string(), "s.jsonl, line 7: column `model` is missing; give a model");
        let null = row.required::<u32>(&UID).unwrap_err();
        assert_eq!(null.to_string(), "s.jsonl, line 7: column `uid` is null; give a uid");
    }

    #[test]
    fn long_values_are_cut_and_stay_on_one_line() {
        let (place, layout) = (place(), layout());
        let row = Row::new(&place, &layout, vec![Some(json!("é\n".repeat(900))), None]);
        let error = row.required::<u32>(&UID).unwrap_err().to_string();
        assert!(error.len() < 200 && error.contains('…') && !error.contains('\n'), "{error}");
    }
}
