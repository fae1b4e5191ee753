//! One part: a Parquet file of measured samples, named by the hash of its own bytes. The name proves that the file
//! is whole, so a part that was cut short, damaged or edited is told from a good one before a row of it is used.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{ArrayRef, FixedSizeBinaryArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::key::{SampleKey, hex};
use crate::engine::outcome::{SampleOutcome, SampleStatus};

/// One measured sample.
pub(super) type Row = (SampleKey, SampleOutcome);

/// Why a part is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartFault {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("is damaged: its content does not match its name")]
    Damaged,
    #[error("is no table of losses: {0}")]
    Parquet(#[from] ParquetError),
    #[error("is no table of losses: {0}")]
    Arrow(#[from] ArrowError),
    #[error("has another layout than this version writes")]
    Layout,
}

/// The columns of a part. `loss` is null unless the status is `ok`: every other status implies it.
fn schema() -> Schema {
    Schema::new(vec![
        Field::new("sample_key", DataType::FixedSizeBinary(32), false),
        Field::new("loss", DataType::Float64, true),
        Field::new("scored_tokens", DataType::UInt32, false),
        Field::new("status", DataType::Utf8, false),
    ])
}

/// The file name of a part with these bytes.
fn name_of(bytes: &[u8]) -> String {
    format!("{}.parquet", hex(&Sha256::digest(bytes)[..16]))
}

/// Encodes rows as the bytes of a part.
pub(super) fn encode(rows: &[Row]) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(schema());
    let batch = RecordBatch::try_new(schema.clone(), columns(rows)?)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn columns(rows: &[Row]) -> Result<Vec<ArrayRef>, ArrowError> {
    let keys = FixedSizeBinaryArray::try_from_iter(rows.iter().map(|(key, _)| key.as_bytes()))?;
    let loss = |outcome: &SampleOutcome| outcome.status.implied_loss().is_none().then_some(outcome.loss);
    let losses: Float64Array = rows.iter().map(|(_, outcome)| loss(outcome)).collect();
    let scored: UInt32Array = rows.iter().map(|(_, outcome)| Some(outcome.scored_tokens)).collect();
    let statuses = StringArray::from_iter_values(rows.iter().map(|(_, outcome)| outcome.status.name()));
    Ok(vec![Arc::new(keys), Arc::new(losses), Arc::new(scored), Arc::new(statuses)])
}

/// Writes `bytes` as a part of `folder`: whole and on disk under its final name, or not there at all. A part of the
/// same content that is there already, written by anyone, is left as it is; a damaged one of that name is replaced.
pub(super) fn write(folder: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let path = folder.join(name_of(bytes));
    if std::fs::read(&path).is_ok_and(|found| found != bytes) {
        std::fs::remove_file(&path)?;
    }
    write_once(&path, bytes)?;
    Ok(path)
}

/// Writes a file that appears under `path` only when it is complete, and never replaces one.
pub(super) fn write_once(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".writing-").suffix(".tmp").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_folder(folder),
        Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(other) => Err(other.error),
    }
}

/// Makes a new name in `folder` survive a power cut, where the system can.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Reads the rows of the part at `path`, every byte checked against the part's name.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, PartFault> {
    let bytes = std::fs::read(path)?;
    if path.file_name().is_none_or(|name| name != name_of(&bytes).as_str()) {
        return Err(PartFault::Damaged);
    }
    let mut rows = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
        decode(&batch?, &mut rows)?;
    }
    Ok(rows)
}

fn decode(batch: &RecordBatch, rows: &mut Vec<Row>) -> Result<(), PartFault> {
    if batch.schema().fields() != schema().fields() {
        return Err(PartFault::Layout);
    }
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
