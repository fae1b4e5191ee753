//! A table of a finished run: a Parquet file, or the bytes of one.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

use super::RunsError;
use crate::guard::guarded;
use crate::records::nesting::{DEEPEST, is_too_deep};

/// Rows that are read at a time.
const BATCH: usize = 8192;

/// A table where it is stored.
#[derive(Debug, Clone)]
pub struct StoredTable {
    /// Its name.
    pub name: String,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    /// Bytes that stand in this file.
    Within(PathBuf, Bytes),
}

/// Its rows, a batch at a time.
pub(super) struct Rows {
    pub schema: SchemaRef,
    pub file: PathBuf,
    batches: ParquetRecordBatchReader,
}

impl StoredTable {
    pub(super) fn file(name: &str, path: PathBuf) -> Self {
        Self { name: name.to_owned(), content: Content::File(path) }
    }

    pub(super) fn within(name: &str, file: &Path, bytes: Bytes) -> Self {
        Self { name: name.to_owned(), content: Content::Within(file.to_owned(), bytes) }
    }

    /// Where it stands, as people are told.
    fn place(&self) -> PathBuf {
        match &self.content {
            Content::File(path) => path.clone(),
            Content::Within(file, _) => format!("{} in {}", self.name, file.display()).into(),
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn bytes(&self) -> Result<Bytes, RunsError> {
        match &self.content {
            Content::File(path) => {
                let bytes = std::fs::read(path);
                bytes.map(Bytes::from).map_err(|cause| RunsError::Unreadable { file: path.clone(), cause })
            }
            Content::Within(_, bytes) => Ok(bytes.clone()),
        }
    }

    /// Its rows.
    ///
    /// # Errors
    /// It is no Parquet table.
    pub(super) fn rows(&self) -> Result<Rows, RunsError> {
        match &self.content {
            Content::File(path) => {
                let unreadable = |cause| RunsError::Unreadable { file: path.clone(), cause };
                let file = File::open(path).map_err(unreadable)?;
                let mut footer = file.try_clone().map_err(unreadable)?;
                self.read(file, &mut footer)
            }
            Content::Within(_, bytes) => self.read(bytes.clone(), &mut Cursor::new(bytes)),
        }
    }

    fn read(&self, content: impl ChunkReader + 'static, footer: &mut (impl Read + Seek)) -> Result<Rows, RunsError> {
        let failed = |cause| RunsError::Table { file: self.place(), cause };
        let builder = opened(content, footer).map_err(failed)?;
        let schema = builder.schema().clone();
        let batches = checked(|| builder.with_batch_size(BATCH).build()).map_err(failed)?;
        Ok(Rows { schema, file: self.place(), batches })
    }
}

/// Opens a table, whose footer is read ahead of all else.
pub(super) fn opened<C: ChunkReader + 'static>(
    content: C,
    footer: &mut (impl Read + Seek),
) -> Result<ParquetRecordBatchReaderBuilder<C>, ParquetError> {
    if is_too_deep(footer)? {
        return Err(ParquetError::General(format!("its columns are nested more than {DEEPEST} deep")));
    }
    checked(|| ParquetRecordBatchReaderBuilder::try_new(content))
}

/// Runs a step of the Parquet library. A few corruptions make it panic instead of failing; both are the file's fault.
fn checked<T>(step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    guarded(step).unwrap_or_else(|panicked| Err(ParquetError::General(panicked.to_string())))
}

impl Rows {
    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, RunsError> {
        let next = checked(|| Ok(self.batches.next().transpose()?));
        next.map_err(|cause| RunsError::Table { file: self.file.clone(), cause })
    }
}
