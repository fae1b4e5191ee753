//! CSV as RFC 4180 has it, streamed: a header, commas, double quotes. Every cell is a text, which readers take for a
//! number or a flag where they want one; an empty cell is no value. Rows are counted from 1, without the header.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::Value;

use super::error::{Place, RecordError, Unit};
use super::json::{LONGEST, utf8};
use super::reading::Sink;
use super::row::Layout;

/// What is read ahead, in bytes.
const BUFFER: usize = 64 << 10;

/// Hands each row of `reader` to `sink`; `file` names it in errors.
pub(super) fn read(file: &str, reader: impl Read, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    let bounded = Bounded { inner: reader, left: 0 };
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(BUFFER).from_reader(bounded);
    let mut place = Place { file: file.to_owned(), unit: Unit::Row, number: 0 };
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record, &place)? {
        return Ok(());
    }
    let header = header(&record, &place)?;
    sink.set_table(true);
    while next(&mut reader, &mut record, &place)? {
        place.number += 1;
        sink.take(&place, cells(&record, &header, sink.layout(), &place))?;
    }
    Ok(())
}

/// Reads the next record; false at the end.
fn next<R: Read>(reader: &mut Reader<Bounded<R>>, record: &mut ByteRecord, place: &Place) -> Result<bool, RecordError> {
    reader.get_mut().left = LONGEST;
    let found = reader.read_byte_record(record);
    found.map_err(|error| match error.into_kind() {
        _ if reader.get_ref().left == 0 => RecordError::LongLine { place: place.clone(), limit: LONGEST },
        csv::ErrorKind::Io(error) => RecordError::reading(&place.file, error),
        other => RecordError::Header { file: place.file.clone(), message: format!("cannot be read: {other:?}") },
    })
}

/// The names of the columns.
fn header(record: &ByteRecord, place: &Place) -> Result<Vec<String>, RecordError> {
    let mut names: Vec<String> = Vec::new();
    for field in record {
        let name = utf8(field, place)?.trim().to_owned();
        if names.contains(&name) {
            let message = format!("has column `{name}` twice");
            return Err(RecordError::Header { file: place.file.clone(), message });
        }
        names.push(name);
    }
    Ok(names)
}

/// The cells of one record, as `layout` says.
fn cells(
    record: &ByteRecord,
    header: &[String],
    layout: &Layout,
    place: &Place,
) -> Result<Vec<Option<Value>>, RecordError> {
    if record.len() != header.len() {
        return Err(RecordError::Fields { place: place.clone(), fields: record.len(), columns: header.len() });
    }
    let mut cells = vec![None; layout.names().len()];
    for (name, field) in header.iter().zip(record) {
        if let Some(index) = layout.position(name) {
            cells[index] = Some(utf8(field, place)?.into());
        }
    }
    Ok(cells)
}

/// A reader that fails where one record takes too many bytes.
struct Bounded<R> {
    inner: R,
    /// Bytes that the record may still take; what was read ahead of it is forgiven.
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::Reading;
    use super::super::row::{Column, Row, Text};
    use super::*;

    const UID: Column = Column { name: "uid", expected: "a uid" };
    const TEXT: Column = Column { name: "text", expected: "a text" };

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, u32, String)>, RecordError> {
        let mut rows = Vec::new();
        let mut each = |row: &Row<'_>| {
            let Text(text) = row.required(&TEXT)?;
            rows.push((row.number(), row.required(&UID)?, text));
            Ok(())
        };
        read("s.csv", bytes, &mut Sink::new(&[UID, TEXT], &Reading::strict(), &mut each))?;
        Ok(rows)
    }

    #[test]
    fn reads_quotes_line_ends_and_marks() {
        let text = b"\xef\xbb\xbftext,other, uid \r\n\"a, \"\"b\"\"\nc\",x,1\r\n,,2.0\n\xc3\xa9,\"\",\"3\"";
        let expected = [(1, 1, "a, \"b\"\nc"), (2, 2, ""), (3, 3, "é")];
        assert_eq!(rows(text).unwrap(), expected.map(|(row, uid, text)| (row, uid, text.to_owned())));
        assert_eq!(rows(b"").unwrap(), []);
    }

    #[test]
    fn faults_are_placed() {
        let error = |text: &[u8]| rows(text).unwrap_err().to_string();
        assert_eq!(error(b"uid,text\n1,a\nx,b"), "s.csv, row 2: column `uid` is \"x\"; give a uid");
        assert_eq!(error(b"uid,text\n,a"), "s.csv, row 1: column `uid` is \"\"; give a uid");
        assert!(error(b"uid,text\n1,a,b").starts_with("s.csv, row 1: has 3 fields where the header has 2; "));
        assert!(error(b"uid\n1").starts_with("s.csv, row 1: column `text` is missing"));
        assert!(error(b"uid,uid\n1,2").starts_with("s.csv: the header has column `uid` twice; "));
        assert!(error(b"uid,text\n1,\xff").starts_with("s.csv, row 1, column 1: not UTF-8"));
    }

    #[test]
    fn a_record_has_a_limit() {
        let endless = (&b"uid\n\""[..]).chain(io::repeat(b' '));
        let error = read("s.csv", endless, &mut Sink::new(&[UID], &Reading::strict(), &mut |_| Ok(())));
        assert!(matches!(error.unwrap_err(), RecordError::LongLine { .. }));
    }
}
