//! CSV as RFC 4180 has it, streamed: a header, commas, double quotes. Every cell is a text, which readers take for a
//! number or a flag where they want one; an empty cell is no value. Rows are counted from 1, without the header.

use std::collections::HashSet;
use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::Value;

use super::error::RecordError;
use super::json::{LONGEST, utf8};
use super::place::{Counting, Place};
use super::reading::Sink;
use super::row::Layout;

/// What is read ahead, in bytes.
const BUFFER: usize = 64 << 10;

/// Hands each row of `reader` to `sink`; `file` names it in errors.
pub(super) fn read(file: &str, reader: impl Read, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    let bounded = Checked { inner: reader, left: 0, quotes: Quotes::default() };
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(BUFFER).from_reader(bounded);
    let mut place = Place { file: file.to_owned(), unit: Counting::Row, number: 0 };
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
fn next<R: Read>(reader: &mut Reader<Checked<R>>, record: &mut ByteRecord, place: &Place) -> Result<bool, RecordError> {
    reader.get_mut().left = LONGEST;
    let found = reader.read_byte_record(record);
    let (quotes, file) = (&reader.get_ref().quotes, || place.file.clone());
    found.map_err(|error| match error.into_kind() {
        _ if quotes.is_wrong => RecordError::Quote { file: file(), line: quotes.line },
        _ if reader.get_ref().left == 0 => RecordError::LongLine { place: place.clone(), limit: LONGEST },
        csv::ErrorKind::Io(error) => RecordError::reading(&place.file, error),
        other => RecordError::Header { file: place.file.clone(), message: format!("cannot be read: {other:?}") },
    })
}

/// The names of the columns.
fn header(record: &ByteRecord, place: &Place) -> Result<Vec<String>, RecordError> {
    let (mut names, mut seen) = (Vec::with_capacity(record.len()), HashSet::new());
    for field in record {
        let name = utf8(field, place)?.trim().to_owned();
        if !seen.insert(name.clone()) {
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

/// A reader that fails where one record takes too many bytes, or quotes are not as RFC 4180 has them: the parser would
/// take the rest of the file for one field, or join two.
struct Checked<R> {
    inner: R,
    /// Bytes that the record may still take; what was read ahead of it is forgiven.
    left: u64,
    quotes: Quotes,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        let is_right =
            if count == 0 { self.quotes.end() } else { buffer[..count].iter().all(|&byte| self.quotes.take(byte)) };
        if is_right { Ok(count) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// Where in a field a byte is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// Before its first byte.
    #[default]
    Start,
    /// Without quotes around it.
    Plain,
    /// Inside its quotes.
    Quoted,
    /// Behind a quote inside: of two, or the last.
    Quote,
}

/// The quotes so far.
#[derive(Default)]
struct Quotes {
    at: At,
    /// Line of the file, from 0.
    lines: u64,
    /// Line at which the quotes that are open began, from 1.
    line: u64,
    is_wrong: bool,
}

impl Quotes {
    /// Goes on by a byte; false where a field goes on behind its closing quote.
    fn take(&mut self, byte: u8) -> bool {
        self.lines += u64::from(byte == b'\n');
        self.at = match (self.at, byte) {
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) | (At::Quote, b'"') => At::Quoted,
            (_, b',' | b'\n' | b'\r') => At::Start,
            (At::Start, b'"') => {
                self.line = self.lines + 1;
                At::Quoted
            }
            // A mark of the byte order stands before the first field.
            (At::Start, 0xef | 0xbb | 0xbf) if self.lines == 0 => At::Start,
            (At::Start | At::Plain, _) => At::Plain,
            (At::Quote, _) => {
                self.is_wrong = true;
                At::Plain
            }
        };
        !self.is_wrong
    }

    /// Ends; false where quotes are open.
    fn end(&mut self) -> bool {
        self.is_wrong |= self.at == At::Quoted;
        !self.is_wrong
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Text;
    use super::super::column::{Column, Typed};
    use super::super::reading::Reading;
    use super::super::row::Row;
    use super::*;

    const UID: Typed<u32> = Typed::new("uid", "", "a uid");
    const TEXT: Typed<Text> = Typed::new("text", "", "a text");
    const COLUMNS: &[Column] = &[UID.column(), TEXT.column()];

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, u32, String)>, RecordError> {
        let mut rows = Vec::new();
        let mut each = |row: &Row<'_>| {
            let text = row.get(&TEXT)?;
            rows.push((row.number(), row.get(&UID)?, text));
            Ok(())
        };
        read("s.csv", bytes, &mut Sink::new(COLUMNS, &Reading::strict(), &mut each))?;
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
        let error = read("s.csv", endless, &mut Sink::new(COLUMNS, &Reading::strict(), &mut |_| Ok(())));
        assert!(matches!(error.unwrap_err(), RecordError::LongLine { .. }));
    }

    #[test]
    fn quotes_that_do_not_close_are_no_long_text() {
        let refusal = |text: &str| rows(text.as_bytes()).unwrap_err().to_string();
        let open = refusal("text,uid\na,1\n\"b,2\nc,3\n");
        assert!(
            open.starts_with("s.csv: the quotes of line 3 are not closed, or something stands behind them"),
            "{open}"
        );
        let behind = refusal("text,uid\n\"quoted\" word,1\n");
        assert!(behind.contains("line 2"), "{behind}");
        let within = rows(b"text,uid\na \"b\" c,1\n\"\",2\n\"\"\"\",3");
        assert_eq!(within.unwrap(), [(1, 1, "a \"b\" c".to_owned()), (2, 2, String::new()), (3, 3, "\"".to_owned())]);
    }
}
