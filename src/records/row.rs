//! One row of a recorded input, whatever file it came from. A value is asked for by its column and arrives checked,
//! or as the error that names its place.

use std::fmt;

use serde_json::Value;

use super::error::{Place, RecordError};
use super::text::strip;

/// A column of a kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: &'static str,
    /// What to give in it, a phrase that ends an error message: `a block number of 0 or more`.
    pub expected: &'static str,
}

/// A row: the values of the columns asked for, and where they stand.
#[derive(Debug)]
pub struct Row<'a> {
    place: &'a Place,
    columns: &'static [Column],
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

/// A whole number of 0 or more; 7.0 is one, since tables often store whole numbers with gaps as floats.
impl FromCell for u64 {
    fn from_cell(cell: &Value) -> Option<Self> {
        cell.as_u64().or_else(|| cell.as_f64().and_then(whole))
    }
}

impl FromCell for u32 {
    fn from_cell(cell: &Value) -> Option<Self> {
        u64::from_cell(cell).and_then(|number| number.try_into().ok())
    }
}

/// A finite number.
impl FromCell for f64 {
    fn from_cell(cell: &Value) -> Option<Self> {
        cell.as_f64().filter(|number| number.is_finite())
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Value) -> Option<Self> {
        cell.as_bool()
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

/// A point in time in seconds since 1970: given as such, or as RFC 3339 text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment(pub f64);

impl FromCell for Moment {
    fn from_cell(cell: &Value) -> Option<Self> {
        let text = || chrono::DateTime::parse_from_rfc3339(cell.as_str()?).ok();
        let seconds = f64::from_cell(cell).or_else(|| Some(text()?.timestamp_micros() as f64 / 1e6));
        seconds.map(Self)
    }
}

/// The whole number that a float stands for without doubt: below 2⁵³ every one has its own float.
fn whole(float: f64) -> Option<u64> {
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (float.fract() == 0.0 && (0.0..EXACT).contains(&float)).then_some(float as u64)
}

impl<'a> Row<'a> {
    /// A row at `place`; `cells` stand in the order of `columns`, `None` for a column that is absent.
    pub(super) fn new(place: &'a Place, columns: &'static [Column], cells: Vec<Option<Value>>) -> Self {
        Row { place, columns, cells }
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
            Value::Null => Ok(None),
            cell => self.convert(column, cell).map(Some),
        }
    }

    /// The value of a column that may be absent or null.
    pub fn optional<T: FromCell>(&self, column: &Column) -> Result<Option<T>, RecordError> {
        match self.cell(column) {
            None | Some(Value::Null) => Ok(None),
            Some(cell) => self.convert(column, cell).map(Some),
        }
    }

    /// The error of a value that an earlier line or row, `first`, holds too.
    pub fn duplicate(&self, column: &Column, value: &dyn fmt::Display, first: u64) -> RecordError {
        RecordError::Duplicate { place: self.place.clone(), column: column.name, value: value.to_string(), first }
    }

    /// The error of a value that no type can tell from a good one.
    pub fn bad_value(&self, column: &Column, value: &dyn fmt::Display, expected: &'static str) -> RecordError {
        RecordError::BadValue { place: self.place.clone(), column: column.name, value: value.to_string(), expected }
    }

    fn cell(&self, column: &Column) -> Option<&Value> {
        let index = self.columns.iter().position(|known| known.name == column.name)?;
        self.cells.get(index)?.as_ref()
    }

    fn present(&self, column: &Column) -> Result<&Value, RecordError> {
        self.cell(column).ok_or_else(|| RecordError::MissingColumn {
            place: self.place.clone(),
            column: column.name,
            expected: column.expected,
        })
    }

    fn convert<T: FromCell>(&self, column: &Column, cell: &Value) -> Result<T, RecordError> {
        T::from_cell(cell).ok_or_else(|| RecordError::BadValue {
            place: self.place.clone(),
            column: column.name,
            value: shown(cell),
            expected: column.expected,
        })
    }
}

/// A value in at most 60 characters of one line.
fn shown(cell: &Value) -> String {
    const LIMIT: usize = 60;
    let text = cell.to_string();
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Unit;
    use super::*;
    use serde_json::json;

    const UID: Column = Column { name: "uid", expected: "a uid" };
    const MODEL: Column = Column { name: "model", expected: "a model" };
    const COLUMNS: &[Column] = &[UID, MODEL];

    fn place() -> Place {
        Place { file: "s.jsonl".into(), unit: Unit::Line, number: 7 }
    }

    #[test]
    fn whole_numbers_only() {
        assert_eq!(u64::from_cell(&json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(u64::from_cell(&json!(12.0)), Some(12));
        for bad in [json!(-1), json!(1.5), json!(-0.5), json!(1e19), json!("1"), json!(true), json!(null), json!([1])] {
            assert_eq!(u64::from_cell(&bad), None, "{bad}");
        }
        assert_eq!(u32::from_cell(&json!(u32::MAX)), Some(u32::MAX));
        assert_eq!(u32::from_cell(&json!(1_u64 << 32)), None);
    }

    #[test]
    fn blank_text_is_no_text() {
        assert_eq!(String::from_cell(&json!(" a ")), Some(" a ".into()));
        assert_eq!(String::from_cell(&json!(" \u{1f}\n")), None);
        assert_eq!(String::from_cell(&json!(3)), None);
    }

    #[test]
    fn absent_and_null_differ() {
        let place = place();
        let row = Row::new(&place, COLUMNS, vec![Some(Value::Null), None]);
        assert_eq!(row.nullable::<u32>(&UID).unwrap(), None);
        assert_eq!(row.optional::<String>(&MODEL).unwrap(), None);
        let missing = row.nullable::<String>(&MODEL).unwrap_err();
        assert_eq!(missing.to_string(), "s.jsonl, line 7: column `model` is missing; give a model");
        let null = row.required::<u32>(&UID).unwrap_err();
        assert_eq!(null.to_string(), "s.jsonl, line 7: column `uid` is null; give a uid");
    }

    #[test]
    fn long_values_are_cut_and_stay_on_one_line() {
        let place = place();
        let row = Row::new(&place, COLUMNS, vec![Some(json!("é\n".repeat(900))), None]);
        let error = row.required::<u32>(&UID).unwrap_err().to_string();
        assert!(error.len() < 200 && error.contains('…') && !error.contains('\n'), "{error}");
    }
}
