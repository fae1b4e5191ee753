//! What is known of responses: who answered which request how fast with what, and who delivered which volume; all by
//! number. Payloads have been held against their schema and the truth before.

use super::error::{Row, Table, UtilityError};

/// Contenders that are judged at most.
pub const MOST_CONTENDERS: usize = 4096;
/// Kinds of faults at most.
pub const MOST_KINDS: usize = 64;
/// No number of a recording is larger: squares of sums stay finite.
const LARGEST: f64 = 1e100;

/// A request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: Box<str>,
    /// When it was sent, in seconds.
    pub time: Option<f64>,
    /// The block in which it was sent.
    pub block: Option<u64>,
    /// Number of its endpoint.
    pub endpoint: usize,
    /// What it asked for.
    pub query: Option<Box<str>>,
}

/// How a request to a contender ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// With an answer.
    Ok,
    /// Without one in time.
    Timeout,
    /// With an error.
    Error,
}

/// What is wrong at one place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Number of its kind.
    pub kind: usize,
    /// Whether a null was given there.
    pub is_null: bool,
    /// In which item of a list it is, from 0; nothing where it is of the whole.
    pub item: Option<usize>,
}

/// What an answer was found to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Items of a list; nothing of what is none.
    pub items: Option<usize>,
    /// Its score by missing fields; nothing where the original has none.
    pub missing_fields: Option<f64>,
    /// Its score by differences from the truth; nothing without a truth, or where the original has none.
    pub difference: Option<f64>,
    /// Share of the required fields that it has, from 0 to 1.
    pub fields: f64,
    /// Whether nothing is in it.
    pub is_empty: bool,
    /// Whether it is no JSON, or of a wrong type at the top.
    pub is_broken: bool,
    /// Whether it is a null, which is never returned to a caller.
    pub is_null: bool,
    /// Whether there is no schema to hold it against: utility counts it by its faults, and nothing else counts it.
    pub is_unexamined: bool,
    /// Whether examining it was given up, since it takes too long: nothing in it is valid, whatever the rules say.
    pub is_endless: bool,
}

/// What a contender made of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Number of the request.
    pub request: usize,
    /// Number of the contender.
    pub contender: usize,
    /// How it ended.
    pub status: Status,
    /// Seconds that it took; from 1e-100 to 1e100 with [`Status::Ok`], so that 1 / seconds is a number.
    pub process_time: Option<f64>,
    /// Seconds that it might take.
    pub timeout: Option<f64>,
    /// Bytes of the answer.
    pub size: Option<u64>,
    /// The answer; counts only with [`Status::Ok`].
    pub answer: Option<Answer>,
}

/// A fast answer that nothing is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Junk {
    /// One without a valid field: no answer has less.
    Empty,
    /// `{}`: where an object is asked for, each missing key is a fault.
    EmptyObject,
    /// `[]`: where a list is asked for, no fault at all in the original.
    EmptyList,
    /// Broken JSON: one fault in the original.
    Broken,
}

/// What a text that nothing is in was found to be by the schema of an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct JunkAnswer {
    /// Number of the endpoint.
    pub endpoint: usize,
    /// The text.
    pub junk: Junk,
    /// What it was found to be.
    pub answer: Answer,
}

/// A volume that was delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    /// Its tempo: the block over the blocks of a tempo, whole.
    pub tempo: u64,
    /// Number of the contender.
    pub contender: usize,
    /// The volume, 0 or more.
    pub volume: f64,
}

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// The requests, in the order of time.
    pub requests: Vec<Request>,
    /// The responses by request, those to one request in the order in which contenders were asked.
    pub responses: Vec<Response>,
    /// The uid of each contender.
    pub uids: Vec<u32>,
    /// The hotkey of each contender.
    pub hotkeys: Vec<Box<str>>,
    /// Names of endpoints, by number.
    pub endpoints: Vec<Box<str>>,
    /// Names of the kinds of faults, by number.
    pub kinds: Vec<Box<str>>,
    /// Volumes in the order in which they arrived.
    pub volumes: Vec<Volume>,
    /// What texts that nothing is in are by the endpoints' schemas.
    pub junk: Vec<JunkAnswer>,
}

impl Recording {
    /// Checks all that judging rests on; `weighs_size`: whether the size of every answer has to be known.
    ///
    /// # Errors
    /// The first row that cannot be judged, or more contenders or kinds than are judged.
    pub fn check(&self, weighs_size: bool) -> Result<(), UtilityError> {
        at_most("miners", self.uids.len(), MOST_CONTENDERS)?;
        at_most("kinds of faults", self.kinds.len(), MOST_KINDS)?;
        let mut last_request = vec![None; self.uids.len()];
        let mut before = 0;
        for (index, response) in self.responses.iter().enumerate() {
            let row = Row { table: Table::Responses, index };
            self.check_response(row, response, weighs_size)?;
            if response.request < before {
                return Err(UtilityError::Unsorted { row });
            }
            before = response.request;
            if last_request[response.contender].replace(response.request) == Some(response.request) {
                return Err(UtilityError::Duplicate { row });
            }
        }
        for (index, volume) in self.volumes.iter().enumerate() {
            let row = Row { table: Table::Volumes, index };
            below(row, "uid", volume.contender, self.uids.len())?;
            between(row, "volume", volume.volume, 0.0..=LARGEST, "a number from 0 to 1e100")?;
        }
        Ok(())
    }

    fn check_response(&self, row: Row, response: &Response, weighs_size: bool) -> Result<(), UtilityError> {
        below(row, "request_id", response.request, self.requests.len())?;
        below(row, "uid", response.contender, self.uids.len())?;
        if let Some(timeout) = response.timeout {
            between(row, "timeout_s", timeout, f64::MIN_POSITIVE..=LARGEST, "seconds above 0")?;
        }
        if response.status != Status::Ok {
            return Ok(());
        }
        match response.process_time {
            Some(seconds) if (1.0 / LARGEST..=LARGEST).contains(&seconds) => {}
            seconds => return Err(UtilityError::ProcessTime { row, seconds }),
        }
        if weighs_size && response.size.is_none() {
            return Err(UtilityError::NoSize { row });
        }
        response.answer.as_ref().map_or(Ok(()), |answer| self.check_answer(row, answer))
    }

    fn check_answer(&self, row: Row, answer: &Answer) -> Result<(), UtilityError> {
        for fault in &answer.faults {
            below(row, "kind", fault.kind, self.kinds.len())?;
            if let (Some(item), Some(items)) = (fault.item, answer.items) {
                below(row, "item", item, items)?;
            }
        }
        let scores = [("missing_fields", answer.missing_fields), ("difference", answer.difference)];
        for (column, score) in scores {
            let finite = "a number from -1e100 to 1e100";
            score.map_or(Ok(()), |score| between(row, column, score, -LARGEST..=LARGEST, finite))?;
        }
        between(row, "fields", answer.fields, 0.0..=1.0, "a share from 0 to 1")
    }
}

/// Refuses more of something than may be.
pub(super) fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), UtilityError> {
    if found <= most { Ok(()) } else { Err(UtilityError::TooMany { what, found, most }) }
}

fn below(row: Row, column: &'static str, number: usize, count: usize) -> Result<(), UtilityError> {
    if number < count { Ok(()) } else { Err(UtilityError::NoSuch { row, column, number, count }) }
}

fn between(
    row: Row,
    column: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    words: &'static str,
) -> Result<(), UtilityError> {
    if range.contains(&value) { Ok(()) } else { Err(UtilityError::OutOfRange { row, column, value, range: words }) }
}
