//! A JSON array, streamed: its elements are told apart by their brackets and quotes alone and then read one by one, as
//! lines are. They are counted from 1.

use std::io::BufRead;

use super::error::RecordError;
use super::json::{BYTE_ORDER_MARK, LONGEST, parse, utf8};
use super::place::{Counting, Place};
use super::reading::Sink;

/// Whether what comes next is an array rather than lines; takes nothing from `reader`.
pub(super) fn begins(file: &str, reader: &mut impl BufRead) -> Result<bool, RecordError> {
    let ahead = reader.fill_buf().map_err(|error| RecordError::reading(file, error))?;
    let text = ahead.strip_prefix(BYTE_ORDER_MARK).unwrap_or(ahead);
    Ok(text.trim_ascii_start().first() == Some(&b'['))
}

/// Hands each element of `reader` to `sink`; `file` names it in errors.
pub(super) fn read(file: &str, reader: &mut impl BufRead, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    let mut place = Place { file: file.to_owned(), unit: Counting::Row, number: 0 };
    let mut element = Vec::new();
    next(reader, &mut element, &place, |byte| byte == b'[')?;
    loop {
        place.number += 1;
        let mut depth = Depth::default();
        let end = next(reader, &mut element, &place, |byte| depth.ends(byte))?;
        let is_empty = element.trim_ascii().is_empty() && place.number == 1 && end == b']';
        if !is_empty {
            match utf8(&element, &place).and_then(|text| parse(text, sink.layout(), &place)) {
                // Where it ends is known by its quotes and brackets alone, so nothing behind it can be trusted.
                Err(fault @ RecordError::Json { .. }) => return Err(fault),
                cells => sink.take(&place, cells)?,
            }
        }
        if end == b']' {
            return refuse_more(file, reader);
        }
    }
}

/// Takes all bytes up to the first that `ends` one element, which it returns.
fn next(
    reader: &mut impl BufRead,
    element: &mut Vec<u8>,
    place: &Place,
    mut ends: impl FnMut(u8) -> bool,
) -> Result<u8, RecordError> {
    element.clear();
    loop {
        let ahead = reader.fill_buf().map_err(|error| RecordError::reading(&place.file, error))?;
        if ahead.is_empty() {
            let message =
                format!("row {} does not end: a quote or bracket of it, or the array's, is not closed", place.number);
            return Err(RecordError::Array { file: place.file.clone(), message });
        }
        let end = ahead.iter().position(|&byte| ends(byte));
        let length = end.unwrap_or(ahead.len());
        element.extend_from_slice(&ahead[..length]);
        let byte = end.map(|end| ahead[end]);
        reader.consume(length + usize::from(byte.is_some()));
        if element.len() as u64 > LONGEST {
            return Err(RecordError::LongLine { place: place.clone(), limit: LONGEST });
        }
        if let Some(byte) = byte {
            return Ok(byte);
        }
    }
}

fn refuse_more(file: &str, reader: &mut impl BufRead) -> Result<(), RecordError> {
    loop {
        let ahead = reader.fill_buf().map_err(|error| RecordError::reading(file, error))?;
        let length = ahead.len();
        match ahead.trim_ascii().is_empty() {
            true if length == 0 => return Ok(()),
            true => reader.consume(length),
            false => {
                return Err(RecordError::Array {
                    file: file.to_owned(),
                    message: "more stands behind the array".into(),
                });
            }
        }
    }
}

/// How deep in an element a byte stands.
#[derive(Default)]
struct Depth {
    brackets: usize,
    in_text: bool,
    is_escaped: bool,
}

impl Depth {
    /// Whether `byte` ends the element; it is counted otherwise.
    fn ends(&mut self, byte: u8) -> bool {
        if self.in_text {
            self.in_text = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'[' | b'{' => self.brackets += 1,
            b',' | b']' if self.brackets == 0 => return true,
            b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::super::column::{Column, Typed};
    use super::super::reading::{ReadOptions, Reading};
    use super::super::row::Row;
    use super::*;
    use crate::reporter::Silent;

    const NAME: Typed<String> = Typed::new("name", "", "a name");
    const COLUMNS: &[Column] = &[NAME.column()];

    fn names(text: &str) -> Result<Vec<String>, RecordError> {
        // A buffer of a few bytes, so that every element is met in pieces.
        let mut reader = BufReader::with_capacity(3, text.as_bytes());
        let mut names = Vec::new();
        let mut each = |row: &Row<'_>| {
            names.push(format!("{} {}", row.number(), row.get(&NAME)?));
            Ok(())
        };
        read("s.json", &mut reader, &mut Sink::new(COLUMNS, &Reading::strict(), &mut each))?;
        Ok(names)
    }

    #[test]
    fn elements_are_told_apart() {
        let text = "\u{feff}\n [ {\"name\": \"a]\\\\\\\",}\"} ,\n{\"x\":[[1,{}],\"]\"],\n\"name\":\"é\"}] \n";
        assert_eq!(names(text).unwrap(), ["1 a]\\\",}", "2 é"]);
        assert_eq!(names(" [ \n] ").unwrap(), [""; 0]);
    }

    #[test]
    fn faults_are_placed() {
        let error = |text: &str| names(text).unwrap_err().to_string();
        let one = "[{\"name\":\"a\"},\n";
        assert_eq!(
            error(&format!("{one}{{\"name\":\n1,}}]")),
            "s.json, row 2, column 13: trailing comma; each row must hold one JSON object"
        );
        assert!(error(&format!("{one}3]")).starts_with("s.json, row 2, column 2: invalid type: integer"));
        assert!(error(&format!("{one}]")).starts_with("s.json, row 2, column 1: EOF while parsing"));
        assert!(error("[{\"name\":3}]").starts_with("s.json, row 1: column `name` is 3; give a name"));
        assert!(error("[{\"name\":\"a\"}").starts_with("s.json: row 1 does not end: "));
        assert!(error("[{\"name\":\"a\"}] {}").starts_with("s.json: more stands behind the array; "));
    }

    /// Where an element that is no JSON ends cannot be known, so no element behind it can be trusted either.
    #[test]
    fn an_element_that_is_no_json_is_not_skipped() {
        let options = ReadOptions { skip_bad_rows: true, ..ReadOptions::default() };
        let reading = Reading::new(&options, &Silent);
        let read = |text: &str| {
            let mut take = |row: &Row<'_>| row.get(&NAME).map(drop);
            read("s.json", &mut text.as_bytes(), &mut Sink::new(COLUMNS, &reading, &mut take))
        };
        let error = read("[{\"name\":\"a\"}, {\"name\":\"a}, {\"name\":\"b\"}, {\"name\":\"c}]").unwrap_err();
        assert!(error.to_string().starts_with("s.json, row 2, column "), "{error}");
        assert!(read("[{\"name\":\"a\"}, {\"name\":3}]").is_ok() && reading.skipped() == 1);
    }

    #[test]
    fn an_array_is_known_by_its_bracket() {
        let begins = |text: &str| begins("s.json", &mut text.as_bytes()).unwrap();
        assert!(begins("\u{feff} \n[") && !begins("{\"a\": [1]}") && !begins(""));
    }

    #[test]
    fn an_element_has_a_limit() {
        let mut endless = BufReader::new(std::io::Read::chain(&b"[\""[..], std::io::repeat(b' ')));
        let error = read("s.json", &mut endless, &mut Sink::new(COLUMNS, &Reading::strict(), &mut |_| Ok(())));
        assert!(matches!(error.unwrap_err(), RecordError::LongLine { .. }));
    }
}
