//! Lines that are too long because of one text within: the text is passed over, and a word stands in its place.

use std::io::{BufRead, Read};

use super::error::RecordError;
use super::json::LONGEST;
use super::place::Place;

/// What stands in the place of a text behind the sign that no text of a record begins with; its bytes follow.
pub(super) const LEFT_OUT: &str = "a text of ";

/// Longest text that is passed over, in bytes: what unpacks without end is refused.
const MOST: u64 = 64 * LONGEST;

/// Where in a JSON text its strings begin and end.
#[derive(Default)]
struct Strings {
    /// Where the one begins that is not yet closed.
    open: Option<usize>,
    is_escaped: bool,
}

impl Strings {
    fn take(&mut self, at: usize, byte: u8) {
        match (self.open, byte) {
            _ if self.is_escaped => self.is_escaped = false,
            (Some(_), b'\\') => self.is_escaped = true,
            (Some(_), b'"') => self.open = None,
            (None, b'"') => self.open = Some(at),
            _ => {}
        }
    }
}

/// Passes over the text that makes a line too long, of which `line` holds the beginning, and reads the line to its end.
/// False where no text does, or it has no end.
pub(super) fn pass_over(reader: &mut impl BufRead, line: &mut Vec<u8>, place: &Place) -> Result<bool, RecordError> {
    let mut strings = Strings::default();
    line.iter().enumerate().for_each(|(at, &byte)| strings.take(at, byte));
    let Some(start) = strings.open.filter(|&start| line.len() - start > line.len() / 2) else { return Ok(false) };
    let mut bytes = (line.len() - start - 1) as u64;
    line.truncate(start);
    loop {
        let buffer = reader.fill_buf().map_err(|error| RecordError::reading(&place.file, error))?;
        let end = buffer.iter().enumerate().position(|(at, &byte)| {
            strings.take(at, byte);
            strings.open.is_none() || byte == b'\n'
        });
        let (passed, is_over) = end.map_or((buffer.len(), buffer.is_empty()), |end| (end, true));
        bytes += passed as u64;
        // A line break ends the line, though not its text: what is left of it is no JSON.
        let is_closed = strings.open.is_none();
        reader.consume(passed + usize::from(is_closed));
        if bytes > MOST {
            return Ok(false);
        }
        if is_over {
            if is_closed {
                line.extend_from_slice(format!("\"\\u0000{LEFT_OUT}{bytes} bytes\"").as_bytes());
            }
            break;
        }
    }
    let rest = LONGEST + 1 - line.len() as u64;
    let read = Read::take(reader, rest).read_until(b'\n', line);
    read.map_err(|error| RecordError::reading(&place.file, error))?;
    Ok(true)
}
