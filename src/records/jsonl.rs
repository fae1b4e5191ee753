//! JSON lines, streamed. A byte-order mark, CRLF and blank lines are no matter; anything else that is not one object
//! per line is an error with its line and column. A column given twice is refused: one of the two would be lost.

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::error::{Place, RecordError, Unit};
use super::reader::EachRow;
use super::row::{Column, Row};

/// Longest line that is read, in bytes; keeps a file that is no text from filling the memory.
const LONGEST_LINE: u64 = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Hands each row of `reader` to `each`; `file` names it in errors.
pub(super) fn read(
    file: &str,
    reader: &mut impl BufRead,
    columns: &'static [Column],
    each: EachRow<'_>,
) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Unit::Line, number: 0 };
    let mut line = Vec::new();
    while next_line(reader, &mut line, &mut place)? {
        let text = utf8(&line, &place)?;
        if !text.trim().is_empty() {
            each(&Row::new(&place, columns, parse(text, columns, &place)?))?;
        }
    }
    Ok(())
}

/// Reads the next line into `line` and counts it; false at the end.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, place: &mut Place) -> Result<bool, RecordError> {
    line.clear();
    place.number += 1;
    let mut limited = reader.take(LONGEST_LINE + 1);
    let count = limited.read_until(b'\n', line).map_err(|error| RecordError::io(&place.file, error))?;
    if count as u64 > LONGEST_LINE {
        return Err(RecordError::LongLine { place: place.clone(), limit: LONGEST_LINE });
    }
    if place.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
        line.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(count > 0)
}

/// A line as text.
pub(super) fn utf8<'a>(line: &'a [u8], place: &Place) -> Result<&'a str, RecordError> {
    std::str::from_utf8(line).map_err(|error| RecordError::Utf8 {
        place: place.clone(),
        column: characters(&line[..error.valid_up_to()]) + 1,
    })
}

/// The values of `columns` in a line, in their order.
fn parse(text: &str, columns: &'static [Column], place: &Place) -> Result<Vec<Option<Value>>, RecordError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let cells = Cells { columns }.deserialize(&mut deserializer);
    cells.and_then(|cells| deserializer.end().map(|()| cells)).map_err(|error| {
        let before = &text.as_bytes()[..error.column().min(text.len())];
        RecordError::Json { place: place.clone(), column: characters(before).max(1), message: message(&error) }
    })
}

/// Characters in bytes that may end within one.
fn characters(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).chars().count()
}

/// The parser's message without its own position, which counts lines from this one.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

/// Picks the values of known columns out of an object and skips the others unseen.
struct Cells {
    columns: &'static [Column],
}

impl<'de> DeserializeSeed<'de> for Cells {
    type Value = Vec<Option<Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cells {
    type Value = Vec<Option<Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells = vec![None; self.columns.len()];
        while let Some(key) = map.next_key::<String>()? {
            match self.columns.iter().position(|column| column.name == key) {
                Some(index) if cells[index].is_some() => {
                    return Err(A::Error::custom(format!("column `{key}` is given twice")));
                }
                Some(index) => cells[index] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: Column = Column { name: "uid", expected: "a uid" };

    fn uids(bytes: &[u8]) -> Result<Vec<(u64, u32)>, RecordError> {
        let mut rows = Vec::new();
        read("s.jsonl", &mut &bytes[..], &[UID], &mut |row| {
            rows.push((row.number(), row.required(&UID)?));
            Ok(())
        })?;
        Ok(rows)
    }

    fn error(bytes: &[u8]) -> String {
        uids(bytes).unwrap_err().to_string()
    }

    #[test]
    fn reads_lines_whatever_ends_them() {
        let text = b"\xef\xbb\xbf{\"uid\":1}\r\n\r\n  \n{\"other\":{\"uid\":[9]},\"uid\": 2}\n{\"uid\":3}";
        assert_eq!(uids(text).unwrap(), [(1, 1), (4, 2), (5, 3)]);
        assert_eq!(uids(b"").unwrap(), []);
    }

    #[test]
    fn places_json_errors() {
        assert_eq!(
            error(b"{\"uid\":1}\n{\"\xc3\xa9\":1,}\n"),
            "s.jsonl, line 2, column 8: trailing comma; each line must hold one JSON object"
        );
        assert!(error(b"[1]\n").starts_with("s.jsonl, line 1, column 1: invalid type: sequence, expected an object"));
        assert!(error(b"{\"uid\":1} {\"uid\":2}").contains("line 1, column 11: trailing characters"));
        assert!(error(b"{\"uid\":1").contains("line 1, column 8: EOF while parsing"));
        assert!(error(b"{\"uid\":1,\"uid\":1}").contains("column `uid` is given twice"));
    }

    #[test]
    fn places_bytes_that_are_no_text() {
        assert_eq!(
            error(b"{\"uid\":1}\n{\"\xc3\xa9\xff\":1}"),
            "s.jsonl, line 2, column 4: not UTF-8; save the file as UTF-8"
        );
        assert!(error(b"\xff\xfe{\0").contains("line 1, column 1: not UTF-8"), "UTF-16");
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut endless = std::io::BufReader::new(std::io::repeat(b' '));
        let error = read("s.jsonl", &mut endless, &[UID], &mut |_| Ok(())).unwrap_err();
        assert!(matches!(error, RecordError::LongLine { .. }), "{error}");
    }
}
