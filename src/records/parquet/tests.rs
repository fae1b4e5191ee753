use std::io::{Seek, Write};
use std::sync::Arc;

use arrow::array::{
    BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float16Array, Float64Array, Int8Array,
    Int64Array, LargeStringArray, ListArray, NullArray, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt16Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{Field, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::super::cell::{Cell, Id};
use super::super::column::{self, Typed};
use super::super::moment::Moment;
use super::super::nesting::tests::bottomless;
use super::super::place::Counting;
use super::super::reading::Reading;
use super::super::row::Row;
use super::*;

const UID: Typed<u32> = Typed::new("uid", "", "a uid");
const MODEL: Typed<Option<String>> = Typed::new("model", "", "a model");

/// The model's column, whose cells are something else.
const fn model<T: Cell>() -> Typed<T> {
    Typed::new("model", "", "a model")
}

const COLUMNS: &[column::Column] = &[UID.column(), MODEL.column()];

fn table(columns: Vec<(&str, ArrayRef)>) -> File {
    packed_table(columns, Compression::UNCOMPRESSED)
}

fn packed_table(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> File {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.rewind().unwrap();
    file
}

fn rows(file: File) -> Result<Vec<(u32, Option<String>)>, RecordError> {
    read_with(file, |row| Ok((row.get(&UID)?, row.get(&MODEL)?)))
}

fn read_with<T>(file: File, value: impl Fn(&Row<'_>) -> Result<T, RecordError>) -> Result<Vec<T>, RecordError> {
    let mut values = Vec::new();
    let mut place = Place { file: "s.parquet".into(), unit: Counting::Row, number: 0 };
    let mut each = |row: &Row<'_>| {
        values.push(value(row)?);
        Ok(())
    };
    read(&mut place, file, &mut Sink::new(COLUMNS, &Reading::strict(), &mut each))?;
    Ok(values)
}

/// The values of a column, each as `T`.
fn values<T: Cell>(array: ArrayRef) -> Vec<T::Value> {
    read_with(table(vec![("model", array)]), |row| row.get(&model::<T>())).unwrap()
}

#[test]
fn every_codec_is_read() {
    for compression in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let number: ArrayRef = Arc::new(Int64Array::from(vec![7; 1000]));
        let file = packed_table(vec![("uid", number)], compression);
        assert_eq!(rows(file).unwrap(), vec![(7, None); 1000], "{compression}");
    }
}

#[test]
fn numbers_come_as_decimals_and_halves() {
    let decimal = |values: Vec<i128>, scale| Decimal128Array::from(values).with_precision_and_scale(38, scale);
    assert_eq!(values::<f64>(Arc::new(decimal(vec![950, -5], 3).unwrap())), [0.95, -0.005]);
    assert_eq!(values::<u64>(Arc::new(decimal(vec![u64::MAX.into()], 0).unwrap())), [u64::MAX]);
    assert_eq!(values::<u32>(Arc::new(decimal(vec![700], 2).unwrap())), [7]);
    let halves = Float64Array::from(vec![0.5, 7.0]);
    let halves = cast(&(Arc::new(halves) as ArrayRef), &DataType::Float16).unwrap();
    assert_eq!(halves.as_any().downcast_ref::<Float16Array>().unwrap().len(), 2);
    assert_eq!(values::<f64>(halves), [0.5, 7.0]);
    assert_eq!(values::<Id>(Arc::new(Int8Array::from(vec![-7]))), ["-7"]);
    assert_eq!(values::<bool>(Arc::new(Int8Array::from(vec![1, 0]))), [true, false]);
    assert_eq!(values::<bool>(Arc::new(BooleanArray::from(vec![true]))), [true]);
}

#[test]
fn times_come_in_any_unit() {
    const NOON: i64 = 1_714_564_800;
    let units: [(ArrayRef, bool); 6] = [
        (Arc::new(TimestampSecondArray::from(vec![NOON])), false),
        (Arc::new(TimestampMillisecondArray::from(vec![NOON * 1000])), false),
        (Arc::new(TimestampMillisecondArray::from(vec![NOON * 1000]).with_timezone("UTC")), true),
        (Arc::new(TimestampMicrosecondArray::from(vec![NOON * 1_000_000]).with_timezone("+02:00")), true),
        (Arc::new(TimestampNanosecondArray::from(vec![NOON * 1_000_000_000])), false),
        (Arc::new(TimestampNanosecondArray::from(vec![NOON * 1_000_000_000]).with_timezone("UTC")), true),
    ];
    for (array, has_zone) in units {
        let kind = array.data_type().clone();
        // Seconds have no type in Parquet and come as a plain number.
        let has_zone = has_zone || kind == DataType::Timestamp(TimeUnit::Second, None);
        assert_eq!(values::<Moment>(array), [Moment { seconds: NOON as f64, has_zone }], "{kind}");
    }
    let day: ArrayRef = Arc::new(Date32Array::from(vec![19_844]));
    assert_eq!(values::<Moment>(day), [Moment { seconds: (NOON - 43_200) as f64, has_zone: false }]);
    let beyond: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![NOON * 1_000_000, i64::MAX]));
    let error = read_with(table(vec![("model", beyond)]), |row| row.get(&model::<Moment>())).unwrap_err();
    assert!(error.to_string().starts_with("s.parquet, row 2: column `model` is {\"type\":\"Timestamp"), "{error}");
}

#[test]
fn messages_come_as_lists_of_structs() {
    let fields = vec![Field::new("role", DataType::Utf8, true), Field::new("content", DataType::Utf8, true)];
    let roles = StringArray::from(vec!["user", "assistant", "user"]);
    let texts = StringArray::from(vec![Some("a"), Some("b"), None]);
    let turns = StructArray::new(fields.into(), vec![Arc::new(roles), Arc::new(texts)], None);
    let item = Arc::new(Field::new_list_field(turns.data_type().clone(), true));
    let lists = ListArray::new(item, OffsetBuffer::from_lengths([0, 2, 1]), Arc::new(turns), None);
    struct Raw;
    impl Cell for Raw {
        type Value = Value;
        const KIND: Kind = Kind::Turns;

        fn read(cell: &Value) -> Option<Value> {
            Some(cell.clone())
        }
    }
    let read = values::<Raw>(Arc::new(lists));
    let turn = |role: &str, content: Option<&str>| json!({"role": role, "content": content});
    assert_eq!(read[0], json!([]));
    assert_eq!(read[1], json!([turn("user", Some("a")), turn("assistant", Some("b"))]));
    assert_eq!(read[2], json!([turn("user", None)]));
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
    assert_eq!(error(Arc::new(Date32Array::from(vec![3]))), at(1, r#""1970-01-04T00:00:00""#));
    assert_eq!(error(Arc::new(BinaryArray::from(vec![&b"\xff"[..]]))), at(1, r#"{"type":"Binary"}"#));
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
fn columns_without_a_bottom_are_refused() {
    let read = |groups| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bottomless(groups)).unwrap();
        file.rewind().unwrap();
        rows(file)
    };
    assert_eq!(read(60).unwrap(), []);
    let error = read(100_000).unwrap_err().to_string();
    assert!(error.ends_with("its columns are nested more than 64 deep; write it again"), "{error}");
}

#[test]
fn a_panic_of_the_library_is_an_error() {
    let error = decode::<()>("s.parquet", || panic!("as on a wrong page header")).unwrap_err();
    assert!(error.to_string().starts_with("s.parquet: not a readable Parquet file: its content is corrupt"));
}
