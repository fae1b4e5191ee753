//! Parquet tables, streamed batch by batch. Only the columns asked for are decoded; their physical types are those of
//! the file, so a whole number may come as any integer or float, and a text as any string.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use serde_json::{Value, json};

use super::error::{Place, RecordError, Unit};
use super::reader::EachRow;
use super::row::{Column, Row};
use crate::guard::guarded;

/// Hands each row of the table in `content` to `each`; `file` names it in errors.
pub(super) fn read(
    file: &str,
    content: File,
    columns: &'static [Column],
    each: EachRow<'_>,
) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Unit::Row, number: 0 };
    let mut batches = decode(file, || batches(content, columns))?;
    while let Some(batch) = decode(file, || Ok(batches.next().transpose()?))? {
        for row in 0..batch.num_rows() {
            place.number += 1;
            each(&Row::new(&place, columns, cells(&batch, columns, row)))?;
        }
    }
    Ok(())
}

/// Runs a step of the Parquet library. A few corruptions make it panic instead of failing; both are the file's fault.
fn decode<T>(file: &str, step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, RecordError> {
    let fail = |message: &str| RecordError::Parquet { file: file.to_owned(), message: one_line(message) };
    match guarded(step) {
        Ok(result) => result.map_err(|error| fail(&error.to_string())),
        Err(panicked) => Err(fail(&panicked.to_string())),
    }
}

/// Opens the table on the columns asked for. Arrow's own schema is left aside: without it every text is plain UTF-8,
/// whichever library wrote it.
fn batches(content: File, columns: &[Column]) -> Result<ParquetRecordBatchReader, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(content, options)?;
    let schema = builder.parquet_schema();
    let known = |name: &str| columns.iter().any(|column| column.name == name);
    let fields = schema.root_schema().get_fields().iter().enumerate();
    let roots = fields.filter(|(_, field)| known(field.name())).map(|(index, _)| index);
    let mask = ProjectionMask::roots(schema, roots);
    builder.with_projection(mask).build()
}

/// The values of `columns` in one row, in their order.
fn cells(batch: &RecordBatch, columns: &[Column], row: usize) -> Vec<Option<Value>> {
    columns.iter().map(|column| batch.column_by_name(column.name).map(|array| cell(array, row))).collect()
}

/// One value. What no record can hold (a list, a date, …) becomes an object that names its type, so that the error
/// about it can show that; NaN becomes null, which is how tables store a missing number.
fn cell(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Binary => text(array.as_binary::<i32>().value(row)),
        DataType::Int8 => number::<Int8Type>(array, row),
        DataType::Int16 => number::<Int16Type>(array, row),
        DataType::Int32 => number::<Int32Type>(array, row),
        DataType::Int64 => number::<Int64Type>(array, row),
        DataType::UInt8 => number::<UInt8Type>(array, row),
        DataType::UInt16 => number::<UInt16Type>(array, row),
        DataType::UInt32 => number::<UInt32Type>(array, row),
        DataType::UInt64 => number::<UInt64Type>(array, row),
        DataType::Float32 => number::<Float32Type>(array, row),
        DataType::Float64 => number::<Float64Type>(array, row),
        other => json!({ "type": other.to_string() }),
    }
}

fn number<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Value
where
    Value: From<T::Native>,
{
    array.as_primitive::<T>().value(row).into()
}

/// Bytes that some writers leave without saying that they are text.
fn text(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(|_| json!({ "type": "Binary" }), Value::from)
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};
    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray, ListArray,
        NullArray, StringViewArray, UInt16Array,
    };
    use parquet::arrow::ArrowWriter;

    use super::*;

    const UID: Column = Column { name: "uid", expected: "a uid" };
    const MODEL: Column = Column { name: "model", expected: "a model" };
    const COLUMNS: &[Column] = &[UID, MODEL];

    fn table(columns: Vec<(&str, ArrayRef)>) -> File {
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file.rewind().unwrap();
        file
    }

    fn rows(file: File) -> Result<Vec<(u32, Option<String>)>, RecordError> {
        let mut rows = Vec::new();
        read("s.parquet", file, COLUMNS, &mut |row| {
            rows.push((row.required(&UID)?, row.optional(&MODEL)?));
            Ok(())
        })?;
        Ok(rows)
    }

    #[test]
    fn reads_texts_and_numbers_of_any_width() {
        let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None].into_iter().collect();
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None]);
        let numbers: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![7, 8])),
            Arc::new(UInt16Array::from(vec![7, 8])),
            Arc::new(Float64Array::from(vec![7.0, 8.0])),
        ];
        let texts: Vec<ArrayRef> = vec![
            Arc::new(dictionary),
            Arc::new(LargeStringArray::from(vec![Some("a"), None])),
            Arc::new(StringViewArray::from(vec![Some("a"), None])),
        ];
        for (number, text) in numbers.into_iter().zip(texts) {
            let file = table(vec![("model", text), ("other", Arc::new(lists.clone())), ("uid", number)]);
            assert_eq!(rows(file).unwrap(), [(7, Some("a".into())), (8, None)]);
        }
    }

    #[test]
    fn errors_name_the_row() {
        let error = |array: ArrayRef| rows(table(vec![("uid", array)])).unwrap_err().to_string();
        let at = |row, value| format!("s.parquet, row {row}: column `uid` is {value}; give a uid");
        assert_eq!(error(Arc::new(Int64Array::from(vec![1, -2]))), at(2, "-2"));
        assert_eq!(error(Arc::new(Float64Array::from(vec![1.0, 1.5]))), at(2, "1.5"));
        assert_eq!(error(Arc::new(Float64Array::from(vec![f64::NAN]))), at(1, "null"));
        assert_eq!(error(Arc::new(NullArray::new(1))), at(1, "null"));
        assert_eq!(error(Arc::new(BooleanArray::from(vec![true]))), at(1, "true"));
        assert_eq!(error(Arc::new(Date32Array::from(vec![3]))), at(1, r#"{"type":"Date32"}"#));
        let other = rows(table(vec![("other", Arc::new(Int64Array::from(vec![1])))])).unwrap_err();
        assert_eq!(other.to_string(), "s.parquet, row 1: column `uid` is missing; give a uid");
    }

    #[test]
    fn refuses_what_is_no_table() {
        for bytes in [&b""[..], b"{\"uid\": 1}\n", b"PAR1PAR1", b"PAR1\xff\xff\xff\xffPAR1"] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file.rewind().unwrap();
            let error = rows(file).unwrap_err();
            assert!(matches!(error, RecordError::Parquet { .. }), "{error}");
            assert!(error.to_string().starts_with("s.parquet: not a readable Parquet file: "), "{error}");
        }
    }

    #[test]
    fn a_panic_of_the_library_is_an_error() {
        let error = decode::<()>("s.parquet", || panic!("as on a wrong page header")).unwrap_err();
        assert!(error.to_string().starts_with("s.parquet: not a readable Parquet file: its content is corrupt"));
    }
}
