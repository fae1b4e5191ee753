//! Parquet tables, streamed batch by batch. Only the columns asked for are decoded; Arrow's cast kernels bring them to
//! the few types that readers know, so that a number may come in any width and a text in any encoding.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, UInt64Type};
use chrono::DateTime;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use serde_json::{Value, json};

use super::error::RecordError;
use super::json::LONGEST;
use super::kind::Kind;
use super::nesting::{DEEPEST, is_too_deep};
use super::place::Place;
use super::reading::Sink;
use super::row::Layout;
use crate::excerpt;
use crate::guard::guarded;

/// Rows that are decoded at a time: few, since a few bytes of a table can stand for a long text in each of them.
const BATCH: usize = 16;

/// Hands each row of the table in `content` to `sink`; `place` names the file and counts on.
pub(super) fn read(place: &mut Place, content: File, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    sink.set_table(false);
    let mut batches = decode(&place.file, || batches(content, sink.layout()))?;
    while let Some(batch) = decode(&place.file, || Ok(batches.next().transpose()?))? {
        let columns = decode(&place.file, || columns(&batch, sink.layout()))?;
        for row in 0..batch.num_rows() {
            place.number += 1;
            let read = |(column, kind): (&Option<Column>, Kind)| column.as_ref().map(|column| column.value(row, kind));
            let cells: Vec<_> = columns.iter().zip(sink.layout().kinds()).map(read).collect();
            let is_long = |cell: &Value| cell.as_str().is_some_and(|text| text.len() as u64 > LONGEST);
            let long = RecordError::LongLine { place: place.clone(), limit: LONGEST };
            sink.take(place, if cells.iter().flatten().any(is_long) { Err(long) } else { Ok(cells) })?;
        }
    }
    Ok(())
}

/// Runs a step of the Parquet library. A few corruptions make it panic instead of failing; both are the file's fault.
fn decode<T>(file: &str, step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, RecordError> {
    let fail = |message: &str| RecordError::Parquet { file: file.to_owned(), message: excerpt::message(message) };
    match guarded(step) {
        Ok(result) => result.map_err(|error| fail(&error.to_string())),
        Err(panicked) => Err(fail(&panicked.to_string())),
    }
}

/// Opens the table on the columns asked for. Arrow's own schema is left aside: without it every text is plain UTF-8,
/// whichever library wrote it.
fn batches(mut content: File, layout: &Layout) -> Result<ParquetRecordBatchReader, ParquetError> {
    if is_too_deep(&mut content)? {
        return Err(ParquetError::General(format!("its columns are nested more than {DEEPEST} deep")));
    }
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(content, options)?;
    let schema = builder.parquet_schema();
    let mut seen = HashSet::new();
    let names = schema.root_schema().get_fields().iter().map(|field| field.name());
    if let Some(name) = names.filter(|name| layout.position(name).is_some()).find(|name| !seen.insert(*name)) {
        return Err(ParquetError::General(format!("it has column `{name}` twice")));
    }
    let fields = schema.root_schema().get_fields().iter().enumerate();
    let roots = fields.filter(|(_, field)| layout.position(field.name()).is_some()).map(|(index, _)| index);
    let mask = ProjectionMask::roots(schema, roots);
    builder.with_projection(mask).with_batch_size(BATCH).build()
}

/// The columns of a batch as `layout` says.
fn columns(batch: &RecordBatch, layout: &Layout) -> Result<Vec<Option<Column>>, ParquetError> {
    let column = |name: Option<&str>| batch.column_by_name(name?).cloned();
    layout.names().map(|name| column(name).map(Column::bring).transpose()).collect()
}

/// A column brought to a type that readers know.
struct Column {
    given: ArrayRef,
    known: Known,
}

/// What readers know.
enum Known {
    /// Text, whole numbers, floats or flags, as one of five types of Arrow.
    Plain(ArrayRef),
    /// Decimal numbers as they are written.
    Decimal(ArrayRef),
    /// A count since 1970 in the unit, with whether it is one in UTC.
    Time(ArrayRef, TimeUnit, bool),
    /// Lists, with all their elements.
    List(Box<Column>),
    /// Objects, with the names of their fields.
    Struct(Vec<(String, Column)>),
    /// Nothing that a record can hold.
    Other,
}

impl Known {
    /// Whether elements or fields are nothing that a record can hold: they must not reach a chat template as something
    /// else.
    fn holds_other(&self) -> bool {
        let is_other = |column: &Column| {
            matches!(column.known, Known::Other) && column.given.logical_null_count() < column.given.len()
        };
        match self {
            Self::List(elements) => is_other(elements),
            Self::Struct(fields) => fields.iter().any(|(_, field)| is_other(field)),
            _ => false,
        }
    }
}

impl Column {
    fn bring(given: ArrayRef) -> Result<Self, ParquetError> {
        use DataType::{
            Binary, BinaryView, Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Dictionary,
            Float16, Float32, Float64, Int8, Int16, Int32, Int64, LargeBinary, LargeUtf8, List, Struct, Timestamp,
            UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
        };
        let to = |kind: &DataType| cast(&given, kind).map_err(|error| ParquetError::ArrowError(error.to_string()));
        let known = match given.data_type() {
            Dictionary(_, value) => return Self::bring(to(value)?),
            Boolean => Known::Plain(given.clone()),
            Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView => Known::Plain(to(&Utf8)?),
            Int8 | Int16 | Int32 | Int64 => Known::Plain(to(&Int64)?),
            UInt8 | UInt16 | UInt32 | UInt64 => Known::Plain(to(&UInt64)?),
            Float16 | Float32 | Float64 => Known::Plain(to(&Float64)?),
            Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Known::Decimal(to(&Utf8)?),
            Date32 => Known::Time(cast_through(&given, &[Date64, Int64])?, TimeUnit::Millisecond, false),
            Date64 => Known::Time(to(&Int64)?, TimeUnit::Millisecond, false),
            Timestamp(unit, zone) => Known::Time(to(&Int64)?, *unit, zone.is_some()),
            List(_) => Known::List(Box::new(Self::bring(given.as_list::<i32>().values().clone())?)),
            Struct(fields) => {
                let columns = fields.iter().zip(given.as_struct().columns());
                let bring = |(field, column): (&Arc<arrow::datatypes::Field>, &ArrayRef)| {
                    Ok((field.name().clone(), Self::bring(column.clone())?))
                };
                Known::Struct(columns.map(bring).collect::<Result<_, ParquetError>>()?)
            }
            _ => Known::Other,
        };
        let known = if known.holds_other() { Known::Other } else { known };
        Ok(Self { given, known })
    }

    /// One value. What no record can hold becomes an object that names its type, so that the error about it can show
    /// that; NaN becomes null, which is how tables store a missing number, but for a loss, where it becomes its text as
    /// infinity does.
    fn value(&self, row: usize, kind: Kind) -> Value {
        if self.given.is_null(row) || *self.given.data_type() == DataType::Null {
            return Value::Null;
        }
        let value = match &self.known {
            Known::Plain(array) => plain(array, row, matches!(kind, Kind::Loss | Kind::Losses)),
            Known::Decimal(array) => serde_json::from_str(array.as_string::<i32>().value(row)).ok(),
            Known::Time(array, unit, is_utc) => time(array.as_primitive::<Int64Type>().value(row), *unit, *is_utc),
            Known::List(elements) => {
                let ends = self.given.as_list::<i32>().value_offsets();
                Some((ends[row]..ends[row + 1]).map(|element| elements.value(element as usize, kind)).collect())
            }
            Known::Struct(fields) => {
                Some(fields.iter().map(|(name, field)| (name.clone(), field.value(row, kind))).collect())
            }
            Known::Other => None,
        };
        value.unwrap_or_else(|| json!({ "type": self.given.data_type().to_string() }))
    }
}

fn cast_through(array: &ArrayRef, kinds: &[DataType]) -> Result<ArrayRef, ParquetError> {
    let step = |array: ArrayRef, kind| cast(&array, kind);
    kinds.iter().try_fold(array.clone(), step).map_err(|error| ParquetError::ArrowError(error.to_string()))
}

/// A value of one of the plain types; `None` where a cast had to leave it out, as of bytes that are no text.
fn plain(array: &ArrayRef, row: usize, is_loss: bool) -> Option<Value> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => match array.as_primitive::<Float64Type>().value(row) {
            loss if is_loss && !loss.is_finite() => loss.to_string().into(),
            float => float.into(),
        },
        _ => array.as_string::<i32>().value(row).into(),
    })
}

/// A time as text, with a zone only where the table has one; `None` beyond the calendar.
fn time(count: i64, unit: TimeUnit, is_utc: bool) -> Option<Value> {
    let per_second = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let nanoseconds = count.rem_euclid(per_second) * (1_000_000_000 / per_second);
    let time = DateTime::from_timestamp(count.div_euclid(per_second), u32::try_from(nanoseconds).ok()?)?;
    let zone = if is_utc { "Z" } else { "" };
    Some(format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.f")).into())
}

#[cfg(test)]
mod tests;
