//! Measured losses as the rows of a part.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{ArrayRef, FixedSizeBinaryArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::errors::ParquetError;

use super::key::SampleKey;
use super::part::{self, PartFault};
use crate::outcome::{SampleOutcome, SampleStatus};

/// One measured sample.
pub(super) type Row = (SampleKey, SampleOutcome);

/// The columns of a part. `loss` is null unless the status is `ok`: every other status implies it.
fn schema() -> Schema {
    Schema::new(vec![
        Field::new("sample_key", DataType::FixedSizeBinary(32), false),
        Field::new("loss", DataType::Float64, true),
        Field::new("scored_tokens", DataType::UInt32, false),
        Field::new("status", DataType::Utf8, false),
    ])
}

/// Encodes rows as the bytes of a part.
pub(super) fn encode(rows: &[Row]) -> Result<Vec<u8>, ParquetError> {
    part::encode(&RecordBatch::try_new(Arc::new(schema()), columns(rows)?)?)
}

fn columns(rows: &[Row]) -> Result<Vec<ArrayRef>, ArrowError> {
    let keys = FixedSizeBinaryArray::try_from_iter(rows.iter().map(|(key, _)| key.as_bytes()))?;
    let loss = |outcome: &SampleOutcome| outcome.status.implied_loss().is_none().then_some(outcome.loss);
    let losses: Float64Array = rows.iter().map(|(_, outcome)| loss(outcome)).collect();
    let scored: UInt32Array = rows.iter().map(|(_, outcome)| Some(outcome.scored_tokens)).collect();
    let statuses = StringArray::from_iter_values(rows.iter().map(|(_, outcome)| outcome.status.name()));
    Ok(vec![Arc::new(keys), Arc::new(losses), Arc::new(scored), Arc::new(statuses)])
}

/// Reads the rows of the part at `path`.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, PartFault> {
    let mut rows = Vec::new();
    for batch in part::read(path, &schema())? {
        decode(&batch, &mut rows)?;
    }
    Ok(rows)
}

fn decode(batch: &RecordBatch, rows: &mut Vec<Row>) -> Result<(), PartFault> {
    let keys = batch.column(0).as_fixed_size_binary();
    let losses = batch.column(1).as_primitive::<Float64Type>();
    let scored = batch.column(2).as_primitive::<UInt32Type>();
    let statuses = batch.column(3).as_string::<i32>();
    for row in 0..batch.num_rows() {
        let key = SampleKey::from_stored(keys.value(row)).ok_or(PartFault::Layout)?;
        let status: SampleStatus = statuses.value(row).parse().map_err(|_| PartFault::Layout)?;
        let loss = status.implied_loss().unwrap_or(losses.value(row));
        rows.push((key, SampleOutcome { loss, scored_tokens: scored.value(row), status }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::part::{write, write_once};
    use super::*;

    fn rows() -> Vec<Row> {
        let outcomes = [
            SampleOutcome::measured(0.1 + 0.2, 12),
            SampleOutcome::measured(f64::NAN, 3),
            SampleOutcome::measured(f64::INFINITY, 4),
            SampleOutcome::no_target(),
            SampleOutcome::failed(5),
        ];
        outcomes.into_iter().enumerate().map(|(at, outcome)| (SampleKey::new(&[at as u32], 0), outcome)).collect()
    }

    fn written(folder: &Path) -> PathBuf {
        write(folder, &encode(&rows()).expect("encodes")).expect("writes")
    }

    #[test]
    fn rows_come_back_to_the_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = read(&written(folder.path())).expect("reads");
        assert_eq!(read, rows());
        assert_eq!(read[0].1.loss.to_bits(), (0.1_f64 + 0.2).to_bits());
    }

    #[test]
    fn the_same_rows_are_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(written(folder.path()), written(folder.path()));
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
    }

    #[test]
    fn a_damaged_part_is_mended_when_it_is_measured_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        std::fs::write(&path, b"damaged").expect("writes");
        assert_eq!(written(folder.path()), path);
        assert_eq!(read(&path).expect("reads"), rows());
    }

    #[test]
    fn a_file_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("once");
        write_once(&path, b"first").expect("writes");
        write_once(&path, b"second").expect("is content");
        assert_eq!(std::fs::read(&path).expect("reads"), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1, "no temporary file stays");
    }

    #[test]
    fn one_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let whole = std::fs::read(&path).expect("reads");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).expect("writes");
            assert!(matches!(read(&path), Err(PartFault::Damaged)), "byte {at}");
        }
    }

    #[test]
    fn a_part_cut_anywhere_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let whole = std::fs::read(&path).expect("reads");
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).expect("writes");
            assert!(matches!(read(&path), Err(PartFault::Damaged)), "{length} bytes");
        }
    }

    #[test]
    fn a_well_named_file_that_is_no_table_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = write(folder.path(), b"not a table").expect("writes");
        assert!(matches!(read(&path), Err(PartFault::Parquet(_))));
    }
}
