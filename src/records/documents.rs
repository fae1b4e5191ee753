//! JSON of others, value by value: one on each line, or all of a `.json` file, whatever lines it stands on. What the values
//! mean is the reader's business.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::error::RecordError;
use super::json::{BYTE_ORDER_MARK, lenient, utf8};
use super::jsonl::next_line;
use super::place::{Counting, Place};
use super::source::{FileFormat, Hashing, Source};

/// Hands every value of `source` to `each`, an array's elements one by one. Bare NaN and infinities become texts.
///
/// Returns the SHA-256 of the whole input in lower-case hex.
///
/// # Errors
/// What is no JSON, and the first error of `each`.
pub fn read_documents(
    source: &Source,
    mut each: impl FnMut(&Place, Value) -> Result<(), RecordError>,
) -> Result<String, RecordError> {
    let file = source.to_string();
    let (format, packing) = source.format()?;
    let mut hashing = Hashing::new(source.bytes()?);
    let mut text = BufReader::new(packing.unpacked(&file, &mut hashing)?);
    match format {
        FileFormat::JsonLines => lines(&file, &mut text, &mut each),
        FileFormat::Json => whole(&file, &mut text, &mut each),
        FileFormat::Csv | FileFormat::Parquet => Err(RecordError::UnknownFormat { file: file.clone() }),
    }?;
    drop(text);
    hashing.finish(&file)
}

/// One JSON value.
///
/// # Errors
/// It is none.
pub fn parse_document(text: &str, place: &Place) -> Result<Value, RecordError> {
    lenient(text, place, |text| serde_json::from_str(text))
}

/// The longest `.json` file that is read as one value, in bytes.
const LONGEST: u64 = 1 << 30;

type Each<'a> = &'a mut dyn FnMut(&Place, Value) -> Result<(), RecordError>;

fn lines(file: &str, text: &mut impl BufRead, each: Each<'_>) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Counting::Line, number: 0 };
    let mut line = Vec::new();
    while next_line(text, &mut line, &mut place)? {
        let line = utf8(&line, &place)?;
        if !line.trim().is_empty() {
            each(&place, parse_document(line, &place)?)?;
        }
    }
    Ok(())
}

fn whole(file: &str, text: &mut impl Read, each: Each<'_>) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Counting::Row, number: 1 };
    let mut bytes = Vec::new();
    text.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| RecordError::reading(file, error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(RecordError::LongLine { place, limit: LONGEST });
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let text = utf8(bytes, &place)?;
    match parse_document(text, &place) {
        Ok(Value::Array(elements)) => elements.into_iter().try_for_each(|element| {
            each(&place, element)?;
            place.number += 1;
            Ok(())
        }),
        Ok(value) => each(&place, value),
        // Lines under the name of a single value.
        Err(_) if text.lines().next().is_some_and(|line| parse_document(line, &place).is_ok()) => {
            lines(file, &mut &*bytes, each)
        }
        Err(error) => Err(error),
    }
}
