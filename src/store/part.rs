//! One part: a Parquet file of measurements, named by the hash of its own bytes. The name proves that the file is
//! whole, so a part that was cut short, damaged or edited is told from a good one before a row of it is used.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::error::StoreError;
use crate::guard::guarded;
use crate::hex::hex;
use crate::records::nesting::is_too_deep;

/// Why a part is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartFault {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("is damaged: its content does not match its name")]
    Damaged,
    #[error("is no table of measurements: {0}")]
    Parquet(#[from] ParquetError),
    #[error("is no table of measurements: {0}")]
    Arrow(#[from] ArrowError),
    #[error("has another layout than this version writes")]
    Layout,
}

/// Makes the sub-folder `name` of the store in `root` and checks that it can be written.
pub(super) fn open_folder(root: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let folder = root.join(name);
    std::fs::create_dir_all(&folder)
        .and_then(|()| tempfile::tempfile_in(&folder).map(drop))
        .map_err(|source| StoreError::Folder { path: root.to_owned(), source })?;
    Ok(folder)
}

/// The parts in `folder` by name; none where there is no folder. Anything else in it is not looked at.
pub(super) fn parts_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut parts = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    parts.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    parts.sort();
    Ok(parts)
}

/// The file name of a part with these bytes.
fn name_of(bytes: &[u8]) -> String {
    format!("{}.parquet", hex(&Sha256::digest(bytes)[..16]))
}

/// Encodes a table as the bytes of a part.
pub(super) fn encode(table: &RecordBatch) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), table.schema(), Some(properties))?;
    writer.write(table)?;
    writer.into_inner()
}

/// Writes `bytes` as a part of `folder`: whole and on disk under its final name, or not there at all. A part of the
/// same content that is there already, written by anyone, is left as it is; a damaged one of that name is replaced.
pub(super) fn write(folder: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = folder.join(name_of(bytes));
    if std::fs::read(&path).is_ok_and(|found| found != bytes) {
        std::fs::remove_file(&path)?;
    }
    write_once(&path, bytes)?;
    Ok(path)
}

/// Writes a file that appears under `path` only when it is complete, and never replaces one.
pub(super) fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".writing-").suffix(".tmp").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_folder(folder),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(other) => Err(other.error),
    }
}

/// Makes a new name in `folder` survive a power cut, where the system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Reads the table of the part at `path`, in pieces: every byte is checked against the part's name, the columns against
/// `schema`.
pub(super) fn read(path: &Path, schema: &Schema) -> Result<Vec<RecordBatch>, PartFault> {
    let bytes = std::fs::read(path)?;
    if path.file_name().is_none_or(|name| name != name_of(&bytes).as_str()) {
        return Err(PartFault::Damaged);
    }
    let batches = guarded(|| batches(path)).unwrap_or(Err(PartFault::Damaged))?;
    let alike = batches.iter().all(|batch| batch.schema().fields() == schema.fields());
    if alike { Ok(batches) } else { Err(PartFault::Layout) }
}

/// All batches of a table. A name can be made for any bytes, and some make the library panic instead of failing.
fn batches(path: &Path) -> Result<Vec<RecordBatch>, PartFault> {
    let mut file = File::open(path)?;
    if is_too_deep(&mut file)? {
        return Err(PartFault::Layout);
    }
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
    Ok(batches.collect::<Result<_, _>>()?)
}
