//! Tables of a report, each column declared once: its name, its documentation, how it is read from a row and, where
//! people see it, how it is shown. A [`Table`] writes Parquet, in chunks, so that memory does not grow with the rows, and
//! bytes that depend on the rows and this crate's version only; its columns are also the fields of JSON objects, and
//! those that are shown the columns of a [`Grid`].

use std::collections::HashMap;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::Summary;
use super::atomic;
use super::error::ReportError;
use super::grid::{Grid, Heading};
use super::numbers::UNKNOWN;
use crate::excerpt::escaped;
use crate::stats::Interval;

/// Rows turned into columns at a time.
const CHUNK_ROWS: usize = 65_536;

/// The key of a column's documentation in its field metadata, and of the table's in the file metadata.
pub const DESCRIPTION_KEY: &str = "description";

/// The key, in the file metadata, of a JSON object from column name to documentation.
pub const COLUMNS_KEY: &str = "columns";

/// A value that can stand in a column. `Option` makes the column nullable.
pub trait Cell: Sized {
    /// Whether the column may hold nulls.
    const NULLABLE: bool;
    /// The type of the column.
    fn data_type() -> DataType;
    /// A column of these cells.
    fn array(cells: impl Iterator<Item = Self>) -> ArrayRef;
    /// The cell in JSON: null for what is unknown and for numbers that are not finite.
    fn json(self) -> Value;
}

macro_rules! cell {
    ($($type:ty => $array:ident, $data_type:expr;)*) => {$(
        impl Cell for $type {
            const NULLABLE: bool = false;
            fn data_type() -> DataType {
                $data_type
            }
            fn array(cells: impl Iterator<Item = Self>) -> ArrayRef {
                <Option<$type>>::array(cells.map(Some))
            }
            fn json(self) -> Value {
                Value::from(self)
            }
        }
        impl Cell for Option<$type> {
            const NULLABLE: bool = true;
            fn data_type() -> DataType {
                $data_type
            }
            fn array(cells: impl Iterator<Item = Self>) -> ArrayRef {
                Arc::new($array::from_iter(cells))
            }
            fn json(self) -> Value {
                self.map_or(Value::Null, Value::from)
            }
        }
    )*};
}

cell! {
    u32 => UInt32Array, DataType::UInt32;
    String => StringArray, DataType::Utf8;
    u64 => UInt64Array, DataType::UInt64;
    f64 => Float64Array, DataType::Float64;
    bool => BooleanArray, DataType::Boolean;
    &str => StringArray, DataType::Utf8;
}

/// How one column is read from rows.
trait Column<R> {
    /// From a chunk of rows.
    fn array(&self, rows: &[R]) -> ArrayRef;
    /// From one row.
    fn json(&self, row: R) -> Value;
}

/// A column of cells `T`, by the function that reads one from a row.
struct Read<T, F> {
    cell: F,
    cells: PhantomData<T>,
}

impl<R: Copy, T: Cell, F: Fn(R) -> T> Column<R> for Read<T, F> {
    fn array(&self, rows: &[R]) -> ArrayRef {
        T::array(rows.iter().map(|row| (self.cell)(*row)))
    }

    fn json(&self, row: R) -> Value {
        (self.cell)(row).json()
    }
}

/// A column as people see it.
struct Shown<'a, R> {
    heading: Heading,
    text: Box<dyn Fn(R) -> String + 'a>,
}

/// A table of rows `R`: its documentation and its columns.
pub struct Table<'a, R> {
    description: &'static str,
    fields: Vec<Field>,
    columns: Vec<Rc<dyn Column<R> + 'a>>,
    shown: Vec<Shown<'a, R>>,
}

impl<'a, R: Copy + 'a> Table<'a, R> {
    /// A table without columns; `description` says what one row is.
    pub fn new(description: &'static str) -> Self {
        Self { description, fields: Vec::new(), columns: Vec::new(), shown: Vec::new() }
    }

    /// Adds a column: `about` documents its meaning and unit, `cell` reads it from a row.
    pub fn column<T: Cell + 'a>(mut self, name: &str, about: &str, cell: impl Fn(R) -> T + 'a) -> Self {
        let documentation = HashMap::from([(DESCRIPTION_KEY.to_string(), about.to_string())]);
        self.fields.push(Field::new(name, T::data_type(), T::NULLABLE).with_metadata(documentation));
        self.columns.push(Rc::new(Read { cell, cells: PhantomData }));
        self
    }

    /// Adds the two columns of an interval, `NAME_low` and `NAME_high`; both are null where there is none.
    pub fn interval(self, name: &str, about: &str, ends: impl Fn(R) -> Option<Interval> + Copy + 'a) -> Self {
        self.column(&format!("{name}_low"), &format!("lower end of {about}"), move |row| Some(ends(row)?.low)).column(
            &format!("{name}_high"),
            &format!("upper end of {about}"),
            move |row| Some(ends(row)?.high),
        )
    }

    /// Shows the last column as it is: a text on one line, a whole number, or the sign for unknown.
    pub fn shown(self, heading: Heading) -> Self {
        let column = self.columns.last().cloned();
        self.shown_as(heading, move |row| column.as_ref().map_or_else(String::new, |column| text(column.json(row))))
    }

    /// Shows people something that one or several columns say, on one line.
    pub fn shown_as(mut self, heading: Heading, text: impl Fn(R) -> String + 'a) -> Self {
        self.shown.push(Shown { heading, text: Box::new(text) });
        self
    }

    /// `rows` for people.
    pub(super) fn grid(&self, rows: impl Iterator<Item = R>) -> Grid {
        let cells = |row: R| self.shown.iter().map(|column| (column.text)(row)).collect();
        Grid { columns: self.shown.iter().map(|column| column.heading).collect(), rows: rows.map(cells).collect() }
    }

    /// `rows` as an array of objects with full precision, the columns as fields in their order.
    pub fn objects(&self, rows: impl Iterator<Item = R>) -> Value {
        rows.map(|row| Value::Object(self.fields_of(row).collect())).collect()
    }

    fn fields_of(&self, row: R) -> impl Iterator<Item = (String, Value)> {
        self.fields.iter().zip(&self.columns).map(move |(field, column)| (field.name().clone(), column.json(row)))
    }

    /// The table with `rows` as the file NAME.parquet.
    pub fn sheet(self, name: &'static str, rows: impl Iterator<Item = R> + 'a) -> Sheet<'a> {
        self.sheet_of(name, rows.map(Ok))
    }

    /// The same with rows that have to be read back from where they were set aside.
    pub fn sheet_of(self, name: &'static str, rows: impl Iterator<Item = io::Result<R>> + 'a) -> Sheet<'a> {
        let schema = TableSchema { name, description: self.description, fields: self.fields.clone() };
        Sheet { schema, write: Box::new(move |path| self.write_all(path, rows)) }
    }

    /// Writes `rows` to `path`, atomically.
    pub fn write(&self, path: &Path, rows: impl Iterator<Item = R>) -> Result<(), ReportError> {
        self.write_all(path, rows.map(Ok))
    }

    fn write_all(&self, path: &Path, rows: impl Iterator<Item = io::Result<R>>) -> Result<(), ReportError> {
        atomic::write_with(path, |file| self.encode(file, rows).map_err(ReportError::table(path)))
    }

    fn encode(
        &self,
        file: &mut std::fs::File,
        mut rows: impl Iterator<Item = io::Result<R>>,
    ) -> Result<(), ParquetError> {
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(self.properties()))?;
        let mut chunk = Vec::new();
        loop {
            chunk.clear();
            for row in rows.by_ref().take(CHUNK_ROWS) {
                chunk.push(row?);
            }
            if chunk.is_empty() {
                break;
            }
            writer.write(&self.batch(&schema, &chunk)?)?;
        }
        writer.close()?;
        Ok(())
    }

    fn batch(&self, schema: &Arc<Schema>, rows: &[R]) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(schema.clone(), self.columns.iter().map(|column| column.array(rows)).collect())
    }

    fn properties(&self) -> WriterProperties {
        let documentation = [(DESCRIPTION_KEY, self.description.to_string()), (COLUMNS_KEY, self.column_json())];
        let metadata = documentation.map(|(key, value)| KeyValue::new(key.to_string(), value));
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("weighhouse version ", env!("CARGO_PKG_VERSION")).to_string())
            .set_key_value_metadata(Some(metadata.to_vec()))
            .build()
    }

    /// Column name to documentation, in column order.
    fn column_json(&self) -> String {
        let columns = self.fields.iter().map(|field| {
            let about = field.metadata().get(DESCRIPTION_KEY).map_or("", |about| about.as_str());
            (field.name().clone(), Value::from(about))
        });
        Value::Object(columns.collect()).to_string()
    }
}

/// What a table is, whatever its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// Name of its file without the ending.
    pub name: &'static str,
    /// What one row is.
    pub description: &'static str,
    /// The columns in their order, each with its documentation.
    pub fields: Vec<Field>,
}

/// A table with its rows, to be written into a file of its own.
pub struct Sheet<'a> {
    /// What it is.
    pub schema: TableSchema,
    write: Write<'a>,
}

/// Writes a table into a file.
type Write<'a> = Box<dyn FnOnce(&Path) -> Result<(), ReportError> + 'a>;

impl Sheet<'_> {
    /// Writes it to `path`, atomically.
    pub fn write(self, path: &Path) -> Result<(), ReportError> {
        (self.write)(path)
    }
}

/// A table with its rows, to be told.
pub struct Listing<'a, R> {
    /// The columns.
    pub(super) table: Table<'a, R>,
    /// The rows.
    pub(super) rows: Vec<R>,
}

impl<'a, R: Copy + 'a> Summary for Listing<'a, R> {
    fn terminal(&self) -> String {
        self.table.grid(self.rows.iter().copied()).terminal()
    }

    fn markdown(&self) -> String {
        self.table.grid(self.rows.iter().copied()).markdown()
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.table.objects(self.rows.iter().copied()))
    }
}

/// A cell as people read it.
fn text(cell: Value) -> String {
    match cell {
        Value::Null => UNKNOWN.into(),
        Value::String(text) => escaped(&text),
        other => other.to_string(),
    }
}
