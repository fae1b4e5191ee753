//! Truths: what the right answer to a request was.

use std::collections::HashMap;

use super::cell::{Id, Text};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::reading::Reading;
use super::replies::LONGEST_PAYLOAD;
use super::source::Source;

const REQUEST_ID: Typed<Id> = Typed::new("request_id", "id of the request", "the id of a request, each once");
const PAYLOAD: Typed<Text> =
    Typed::new("payload", "the right answer as a JSON text", "a JSON text of 1 MiB at most, in quotes");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[REQUEST_ID.column(), PAYLOAD.column()];

/// The right answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Id of the request, unique in the file.
    pub request: String,
    /// The answer, a JSON text.
    pub payload: Box<str>,
}

/// Reads the right answers; `is_json` says whether a text is one.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a request given twice and an answer that is no JSON.
pub fn read_truths(
    source: &Source,
    reading: &Reading<'_>,
    is_json: impl Fn(&str) -> bool,
) -> Result<List<Truth>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "truth", reading, |row| {
        let (request, payload) = (row.get(&REQUEST_ID)?, row.get(&PAYLOAD)?);
        if payload.len() > LONGEST_PAYLOAD || !is_json(&payload) {
            return Err(row.bad_value(&PAYLOAD, &payload));
        }
        match known.get(&request) {
            Some(&first) => Err(row.duplicate(&REQUEST_ID, &request, first)),
            None => {
                known.insert(request.clone(), row.number());
                Ok(Truth { request, payload: payload.into() })
            }
        }
    })
}
