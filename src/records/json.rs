//! One JSON object as the cells of a row, whatever file it stands in. A column given twice is refused: one of the two
//! would be lost.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::error::RecordError;
use super::place::Place;
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
/// texts that only numbers are read from.
pub(super) fn lenient<T>(
    text: &str,
    place: &Place,
    read: impl Fn(&str) -> serde_json::Result<T>,
) -> Result<T, RecordError> {
    read(text).or_else(|error| {
        let Some(quoted) = Quoted::of(text) else { return Err(fault(text, place, &error, end_of(text, &error))) };
        read(&quoted.text).map_err(|error| {
            let end = quoted.in_original(end_of(&quoted.text, &error));
            fault(text, place, &error, end)
        })
    })
}

/// Where in a text an error is, in bytes.
fn end_of(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    (lines.map(str::len).sum::<usize>() + error.column()).min(text.len())
}

fn fault(text: &str, place: &Place, error: &serde_json::Error, end: usize) -> RecordError {
    let column = characters(&text.as_bytes()[..end.min(text.len())]).max(1);
    RecordError::Json { place: place.clone(), column, message: message(error) }
}

/// A text with its bare `NaN` and infinities in quotes.
struct Quoted {
    text: String,
    /// Where they begin in it.
    bare: Vec<usize>,
}

impl Quoted {
    /// `None` where the text has none.
    fn of(text: &str) -> Option<Self> {
        const LITERALS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
        let mut quoted = Self { text: String::new(), bare: Vec::new() };
        let mut rest = text;
        while let Some(start) = rest.find(['"', 'N', 'I', '-']) {
            let (before, from) = rest.split_at(start);
            quoted.text.push_str(before);
            let literal = LITERALS.into_iter().find(|literal| from.starts_with(literal));
            let length = match literal {
                Some(literal) => literal.len(),
                None if from.starts_with('"') => string_length(from),
                None => 1,
            };
            match literal {
                Some(literal) => {
                    quoted.bare.push(quoted.text.len());
                    quoted.text.extend([OPENING, literal, "\""]);
                }
                None => quoted.text.push_str(&from[..length]),
            }
            rest = &from[length..];
        }
        quoted.text.push_str(rest);
        (!quoted.bare.is_empty()).then_some(quoted)
    }

    /// The place in the original of one in this text.
    fn in_original(&self, place: usize) -> usize {
        let before = self.bare.iter().filter(|bare| **bare < place).count();
        place.saturating_sub(before * (OPENING.len() + 1))
    }
}

/// What a bare literal is put behind: a quote and the sign that no text of a record begins with.
const OPENING: &str = "\"\\u0000";

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
        let quoted = |text| Quoted::of(text).map(|quoted| quoted.text.replace("\\u0000", "")).unwrap_or_default();
        assert_eq!(
            quoted(r#"{"a":NaN,"b":[-Infinity, Infinity, -1]}"#),
            r#"{"a":"NaN","b":["-Infinity", "Infinity", -1]}"#
        );
        assert_eq!(quoted(r#"["NaN \" Infinity",NaN,"é"]"#), r#"["NaN \" Infinity","NaN","é"]"#);
        assert_eq!(quoted(r#"["\\",NaN"#), r#"["\\","NaN""#);
        for whole in [r#"{"NaN": "Infinity"}"#, "[1, -2]", "", "\"NaN"] {
            assert!(Quoted::of(whole).is_none(), "{whole}");
        }
    }

    #[test]
    fn an_error_behind_a_bare_literal_has_its_own_place() {
        let place = Place { file: "l.jsonl".into(), ..Place::default() };
        let read = |text: &str| lenient(text, &place, |text| serde_json::from_str::<Value>(text)).unwrap_err();
        let RecordError::Json { column, .. } = read("[NaN, 1, Infinity, x]") else { panic!("no JSON") };
        assert_eq!(column, 20);
    }
}
