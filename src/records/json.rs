//! One JSON object as the cells of a row, whatever file it stands in. A column given twice is refused: one of the two
//! would be lost.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::error::{Place, RecordError};
use super::row::Layout;
use crate::excerpt;

/// Longest object that is read, in bytes; keeps a file that is no text, or unpacks without end, from filling the
/// memory.
pub(super) const LONGEST: u64 = 64 << 20;
/// What some editors put at the beginning of a file.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line as text.
pub(super) fn utf8<'a>(line: &'a [u8], place: &Place) -> Result<&'a str, RecordError> {
    std::str::from_utf8(line).map_err(|error| RecordError::Utf8 {
        place: place.clone(),
        column: characters(&line[..error.valid_up_to()]) + 1,
    })
}

/// The cells of one JSON object, as `layout` says.
pub(super) fn parse(text: &str, layout: &Layout, place: &Place) -> Result<Vec<Option<Value>>, RecordError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let cells = Cells { layout }.deserialize(&mut deserializer);
    cells.and_then(|cells| deserializer.end().map(|()| cells)).map_err(|error| {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let end = lines.map(str::len).sum::<usize>() + error.column();
        let column = characters(&text.as_bytes()[..end.min(text.len())]).max(1);
        RecordError::Json { place: place.clone(), column, message: message(&error) }
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
    excerpt::message(text.strip_suffix(&position).unwrap_or(&text))
}

/// Picks the values of known columns out of an object and skips the others unseen.
struct Cells<'a> {
    layout: &'a Layout,
}

impl<'de> DeserializeSeed<'de> for Cells<'_> {
    type Value = Vec<Option<Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_> {
    type Value = Vec<Option<Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells = vec![None; self.layout.names().len()];
        while let Some(key) = map.next_key::<String>()? {
            match self.layout.position(&key) {
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
