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
    lenient(text, place, |text| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let cells = Cells { layout }.deserialize(&mut deserializer)?;
        deserializer.end().map(|()| cells)
    })
}

/// What `read` makes of a JSON text. Python writes `NaN`, `Infinity` and `-Infinity` bare, which are no JSON: they become
/// texts.
pub(super) fn lenient<T>(
    text: &str,
    place: &Place,
    read: impl Fn(&str) -> serde_json::Result<T>,
) -> Result<T, RecordError> {
    read(text).or_else(|error| {
        let quoted = quote_bare(text).and_then(|quoted| read(&quoted).ok());
        quoted.ok_or_else(|| {
            let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let end = lines.map(str::len).sum::<usize>() + error.column();
            let column = characters(&text.as_bytes()[..end.min(text.len())]).max(1);
            RecordError::Json { place: place.clone(), column, message: message(&error) }
        })
    })
}

/// The text with its bare `NaN` and infinities in quotes; `None` where it has none.
fn quote_bare(text: &str) -> Option<String> {
    const BARE: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    let mut quoted = String::new();
    let (mut rest, mut found) = (text, false);
    while let Some(start) = rest.find(['"', 'N', 'I', '-']) {
        let (before, from) = rest.split_at(start);
        quoted.push_str(before);
        let bare = BARE.into_iter().find(|bare| from.starts_with(bare));
        let length = match bare {
            Some(bare) => bare.len(),
            None if from.starts_with('"') => string_length(from),
            None => 1,
        };
        match bare {
            Some(bare) => quoted.extend(["\"", bare, "\""]),
            None => quoted.push_str(&from[..length]),
        }
        found |= bare.is_some();
        rest = &from[length..];
    }
    found.then(|| quoted + rest)
}

/// Bytes of the string that `text` begins with, its quotes included; all of it where it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_literals_are_quoted_and_texts_stay_as_they_are() {
        let quoted = |text| quote_bare(text).unwrap_or_default();
        assert_eq!(
            quoted(r#"{"a":NaN,"b":[-Infinity, Infinity, -1]}"#),
            r#"{"a":"NaN","b":["-Infinity", "Infinity", -1]}"#
        );
        assert_eq!(quoted(r#"["NaN \" Infinity",NaN,"é"]"#), r#"["NaN \" Infinity","NaN","é"]"#);
        assert_eq!(quoted(r#"["\\",NaN"#), r#"["\\","NaN""#);
        for whole in [r#"{"NaN": "Infinity"}"#, "[1, -2]", "", "\"NaN"] {
            assert_eq!(quote_bare(whole), None, "{whole}");
        }
    }
}
