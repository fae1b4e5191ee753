//! A baseline: a finished run in one Parquet file, small enough to be committed. Its rows are the run's first table, its
//! metadata hold the run's record, the other tables and how the baseline came to be.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::stored::opened;
use super::{Run, RunsError, StoredTable, parsed};
use crate::hex::hex;
use crate::report::baseline::BaselineEntry;
use crate::report::{ReportError, atomic};

/// What to do where there is no baseline.
pub(super) const NONE: &str = "`weighhouse baseline save` makes one of the folder of a run";

/// Key of the run's record.
const RECORD: &str = "weighhouse:run";
/// Key of the history.
const HISTORY: &str = "weighhouse:history";
/// Key of the name of the table whose rows the file has.
const ROWS: &str = "weighhouse:rows";
/// What the key of another table begins with.
const TABLE: &str = "weighhouse:table:";

/// Writes `run` to `path` as a baseline whose history goes on from `history`.
///
/// # Errors
/// A table cannot be read, or the file cannot be written.
pub fn save(run: &Run, history: &[BaselineEntry], path: &Path, who: &Signature) -> Result<BaselineEntry, RunsError> {
    let Some((first, others)) = run.tables.split_first() else {
        return Err(RunsError::NoBaseline(run.path.clone()));
    };
    let entry = BaselineEntry {
        at: who.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        by: who.by.clone(),
        why: who.why.clone(),
        version: run.record.crate_version.clone(),
        commit: run.record.git_commit.clone(),
        sha256: hex(&Sha256::digest(first.bytes()?)),
    };
    let history: Vec<&BaselineEntry> = history.iter().chain([&entry]).collect();
    let json =
        |value: serde_json::Result<String>| value.map_err(|cause| ReportError::Json { path: path.to_owned(), cause });
    let mut metadata = vec![
        KeyValue::new(ROWS.to_owned(), first.name.clone()),
        KeyValue::new(RECORD.to_owned(), json(serde_json::to_string(&run.record))?),
        KeyValue::new(HISTORY.to_owned(), json(serde_json::to_string(&history))?),
    ];
    for table in others {
        // A table that cannot be read back is no baseline.
        let mut rows = table.rows()?;
        while rows.next()?.is_some() {}
        metadata.push(KeyValue::new(format!("{TABLE}{}", table.name), BASE64_STANDARD.encode(table.bytes()?)));
    }
    let mut rows = first.rows()?;
    let mut batches = Vec::new();
    while let Some(batch) = rows.next()? {
        batches.push(batch);
    }
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(19).unwrap_or_default()))
        .set_key_value_metadata(Some(metadata))
        .build();
    let encode = || -> Result<Vec<u8>, ParquetError> {
        let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&rows.schema), Some(properties))?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.into_inner()
    };
    let bytes = encode().map_err(|cause| ReportError::Table { path: path.to_owned(), cause })?;
    // Where the file is linked to, not the link.
    let target = path.canonicalize();
    atomic::write_bytes(target.as_deref().unwrap_or(path), &bytes)?;
    Ok(entry)
}

/// Who makes a baseline, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Whether a file begins with the sign of Parquet.
fn begins_as_table(file: &mut File) -> bool {
    let mut sign = [0; 4];
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut sign)).is_ok() && sign == *b"PAR1"
}

/// The baseline in `path`; `None` where the file is something else.
///
/// # Errors
/// It is a baseline, and yet cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<Run>, RunsError> {
    let unreadable = |cause| RunsError::Unreadable { file: path.to_owned(), cause };
    let file = File::open(path).map_err(unreadable)?;
    let mut footer = file.try_clone().map_err(unreadable)?;
    let builder = match opened(file, &mut footer) {
        Ok(builder) => builder,
        // What begins as a table is a damaged one.
        Err(cause) if begins_as_table(&mut footer) => {
            return Err(RunsError::Table { file: path.to_owned(), cause });
        }
        Err(_) => return Ok(None),
    };
    let metadata = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let value = |key: &str| metadata.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.as_deref());
    let (Some(record), Some(rows)) = (value(RECORD), value(ROWS)) else { return Ok(None) };
    let bad = |problem: String| RunsError::Record { file: path.to_owned(), problem };
    let history = serde_json::from_str(value(HISTORY).unwrap_or("[]")).map_err(|error| bad(error.to_string()))?;
    let mut tables = vec![StoredTable::file(rows, path.to_owned())];
    for pair in &metadata {
        let (Some(name), Some(content)) = (pair.key.strip_prefix(TABLE), &pair.value) else { continue };
        let bytes = BASE64_STANDARD.decode(content).map_err(|error| bad(format!("table {name}: {error}")))?;
        tables.push(StoredTable::within(name, path, Bytes::from(bytes)));
    }
    Ok(Some(Run { path: path.to_owned(), record: parsed(path, record)?, tables, history }))
}
