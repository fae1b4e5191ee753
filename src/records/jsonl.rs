//! JSON lines, streamed. A byte-order mark, CRLF and blank lines are no matter; anything else that is not one object
//! per line is an error with its line and column.

use std::io::{BufRead, Read};

use super::error::RecordError;
use super::json::{BYTE_ORDER_MARK, LONGEST, parse, utf8};
use super::long_text::pass_over;
use super::place::{Counting, Place};
use super::reading::Sink;

/// Hands each row of `reader` to `sink`; `file` names it in errors.
pub(super) fn read(file: &str, reader: &mut impl BufRead, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Counting::Line, number: 0 };
    let mut line = Vec::new();
    while next_line(reader, &mut line, &mut place)? {
        match utf8(&line, &place) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => sink.take(&place, parse(text, sink.layout(), &place))?,
            Err(fault) => sink.take(&place, Err(fault))?,
        }
    }
    Ok(())
}

/// Reads the next line into `line` and counts it; false at the end.
pub(super) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, place: &mut Place) -> Result<bool, RecordError> {
    line.clear();
    place.number += 1;
    let mut limited = Read::take(&mut *reader, LONGEST + 1);
    let count = limited.read_until(b'\n', line).map_err(|error| RecordError::reading(&place.file, error))?;
    while line.len() as u64 > LONGEST {
        if !pass_over(reader, line, place)? {
            return Err(RecordError::LongLine { place: place.clone(), limit: LONGEST });
        }
    }
    if place.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
        line.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(count > 0)
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, Typed};
    use super::super::reading::Reading;
    use super::super::row::Row;
    use super::*;

    const UID: Typed<u32> = Typed::new("uid", "", "a uid");
    const COLUMNS: &[Column] = &[UID.column()];

    fn uids(bytes: &[u8]) -> Result<Vec<(u64, u32)>, RecordError> {
        let mut rows = Vec::new();
        let mut each = |row: &Row<'_>| {
            rows.push((row.number(), row.get(&UID)?));
            Ok(())
        };
        read("s.jsonl", &mut &bytes[..], &mut Sink::new(COLUMNS, &Reading::strict(), &mut each))?;
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
        let error = read("s.jsonl", &mut endless, &mut Sink::new(COLUMNS, &Reading::strict(), &mut |_| Ok(())));
        let error = error.unwrap_err();
        assert!(matches!(error, RecordError::LongLine { .. }), "{error}");
    }
}
