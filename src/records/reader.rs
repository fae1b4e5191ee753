//! The one way into recorded inputs: rows of a source, one after another, in constant memory. The format is the
//! source's own business; who reads rows does not see it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::RecordError;
use super::row::{Column, Row};
use super::source::{Format, Hashing, Source, open};
use super::{jsonl, parquet};

/// What is done with each row.
pub(super) type EachRow<'a> = &'a mut dyn FnMut(&Row<'_>) -> Result<(), RecordError>;

/// Hands every row of `source` to `each` in order, with the values of `columns`; other columns are not looked at.
///
/// Returns the SHA-256 of the whole input in lower-case hex.
///
/// # Errors
/// The first error of reading or of `each` ends the reading.
pub fn read_rows(
    source: &Source,
    columns: &'static [Column],
    mut each: impl FnMut(&Row<'_>) -> Result<(), RecordError>,
) -> Result<String, RecordError> {
    let format = source.format()?;
    match source {
        Source::Stdin => read_lines(source, io::stdin().lock(), columns, &mut each),
        Source::File(path) => match (open(path)?, format) {
            (file, Format::JsonLines) => read_lines(source, file, columns, &mut each),
            (file, Format::Parquet) => read_table(path, file, columns, &mut each),
        },
    }
}

/// Rows of a text, hashed on the way.
fn read_lines(
    source: &Source,
    reader: impl Read,
    columns: &'static [Column],
    each: EachRow<'_>,
) -> Result<String, RecordError> {
    let mut reader = io::BufReader::new(Hashing::new(reader));
    jsonl::read(&source.to_string(), &mut reader, columns, each)?;
    Ok(reader.into_inner().into_hex())
}

/// Rows of a Parquet file, hashed beforehand because its reader jumps about.
fn read_table(path: &Path, file: File, columns: &'static [Column], each: EachRow<'_>) -> Result<String, RecordError> {
    let name = path.display().to_string();
    let mut hashing = Hashing::new(file);
    io::copy(&mut hashing, &mut io::sink()).map_err(|error| RecordError::io(&name, error))?;
    parquet::read(&name, open(path)?, columns, each)?;
    Ok(hashing.into_hex())
}
