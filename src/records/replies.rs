//! Replies: what miners sent back to a validator's requests for data, as the JSON text that came, and how long it took. Rows
//! are handed over one after another, so that payloads need not be held.

use std::collections::HashMap;

use super::cell::{BARE, Bounded, Cell, Id};
use super::column::{Column, OrNull, Typed};
use super::error::RecordError;
use super::kind::Kind;
use super::long_text::LEFT_OUT;
use super::moment::Moment;
use super::place::Counting;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use crate::labels::Labels;

/// Longest payload that is looked at, in bytes.
pub const LONGEST_PAYLOAD: usize = 1 << 20;

/// An answer took at least so many seconds: their inverse stays a number.
const LEAST_SECONDS: f64 = 1e-9;

const REQUEST_ID: Typed<Id> =
    Typed::new("request_id", "id of the request", "the id of the request, a text or a number");
const TIME: Typed<Option<Moment>> = Typed::new(
    "time",
    "when the request was sent",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, or null",
);
const BLOCK: Typed<Option<u64>> =
    Typed::new("block", "the block in which it was sent", "a block number of 0 or more, or null");
const ENDPOINT: Typed<Id> = Typed::new(
    "endpoint",
    "what was asked for: which schema holds",
    "the name of the endpoint, the same in all rows of a request",
);
const QUERY: Typed<Option<Id>> =
    Typed::new("query", "whom or what it was asked about", "the query, the same in all rows of a request, or null");
const UID: Typed<u32> =
    Typed::new("uid", "slot of the miner", "a whole number from 0 to 4294967295, once in a request");
const HOTKEY: Typed<Option<Id>> = Typed::new("hotkey", "hotkey of the miner", "the hotkey, or null");
const STATUS: Typed<String> =
    Typed::new("status", "ok: an answer came; timeout or error: none did", "ok, timeout or error");
const PROCESS_TIME: Typed<Option<Bounded<0, 1_000_000_000>>> = Typed::new(
    "process_time_s",
    "seconds that the answer took; needed where the status is ok",
    "seconds from 0.000000001 to 1000000000, or null where the status is not ok",
);
const TIMEOUT: Typed<Option<Bounded<0, 1_000_000_000>>> =
    Typed::new("timeout_s", "seconds that it might take", "seconds above 0, 1000000000 at most, or null");
const SIZE: Typed<Option<u64>> =
    Typed::new("size_bytes", "bytes of the answer", "a whole number of bytes, 0 or more, or null");
const PAYLOAD: Typed<OrNull<Payload>> = Typed::new(
    "payload",
    "the answer as the JSON text that came; null where there is none",
    "the JSON text of the answer, in quotes, or null",
);

/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    REQUEST_ID.column(),
    TIME.column(),
    BLOCK.column(),
    ENDPOINT.column(),
    QUERY.column(),
    UID.column(),
    HOTKEY.column(),
    STATUS.column(),
    PROCESS_TIME.column(),
    TIMEOUT.column(),
    SIZE.column(),
    PAYLOAD.column(),
];

/// What a miner sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A text of [`LONGEST_PAYLOAD`] at most, which may be no JSON.
    Text(String),
    /// A longer one, of which nothing was kept.
    Long,
}

impl Cell for Payload {
    type Value = Self;
    const KIND: Kind = Kind::Text;

    fn read(cell: &serde_json::Value) -> Option<Self> {
        let text = cell.as_str()?;
        let is_left_out = text.strip_prefix(BARE).is_some_and(|rest| rest.starts_with(LEFT_OUT));
        let is_long = is_left_out || text.len() > LONGEST_PAYLOAD;
        Some(if is_long { Self::Long } else { Self::Text(text.to_owned()) })
    }
}

/// How a request to a miner ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyStatus {
    /// With an answer.
    Ok,
    /// Without one in time.
    Timeout,
    /// With an error.
    Error,
}

/// A request, which all its rows agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyRequest {
    /// When it was sent, in seconds since 1970, as its first row says.
    pub time: Option<f64>,
    /// The block, as its first row says.
    pub block: Option<u64>,
    /// Number of its endpoint.
    pub endpoint: u32,
    /// Whom or what it was asked about.
    pub query: Option<Box<str>>,
}

/// Requests by number, in the order of their first rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplyRequests {
    /// Their ids.
    pub ids: Labels,
    /// Names of endpoints.
    pub endpoints: Labels,
    /// What is known of each.
    pub rows: Vec<ReplyRequest>,
}

/// What a miner made of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Number of the request.
    pub request: u32,
    /// Slot of the miner.
    pub uid: u32,
    /// Its hotkey.
    pub hotkey: Option<String>,
    /// How it ended.
    pub status: ReplyStatus,
    /// Seconds that it took; above 0 where the status is ok.
    pub process_time: Option<f64>,
    /// Seconds that it might take, above 0.
    pub timeout: Option<f64>,
    /// Bytes of the answer.
    pub size: Option<u64>,
    /// What came.
    pub payload: Option<Payload>,
    /// Number of the line or row, from 1.
    pub line: u64,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyFile {
    /// The requests.
    pub requests: ReplyRequests,
    /// Replies that were handed over, at least one.
    pub rows: usize,
    /// How they are counted.
    pub unit: Counting,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

/// Hands over all replies in the order of the input, with the requests that were met so far. Rows of a request need not
/// stand together.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it an answer without its time, a second one of a miner to a request and
/// rows of a request that contradict each other.
pub fn read_replies(
    source: &Source,
    reading: &Reading<'_>,
    mut each: impl FnMut(&ReplyRequests, Reply) -> Result<(), RecordError>,
) -> Result<ReplyFile, RecordError> {
    let mut requests = ReplyRequests::default();
    let mut known: HashMap<(u32, u32), u64> = HashMap::new();
    let mut unit = Counting::default();
    let sha256 = read_rows(source, COLUMNS, reading, |row| {
        unit = row.place().unit;
        let reply = reply(row, reading, &mut requests)?;
        if let Some(&first) = known.get(&(reply.request, reply.uid)) {
            return Err(row.duplicate(&UID, &format!("{} in the request", reply.uid), first));
        }
        known.insert((reply.request, reply.uid), reply.line);
        each(&requests, reply)
    })?;
    match known.len() {
        0 => Err(RecordError::Empty { file: source.to_string(), kind: "reply" }),
        rows => Ok(ReplyFile { requests, rows, unit, sha256, skipped: reading.skipped() }),
    }
}

/// A reply; its request is entered once the row is known to be good.
fn reply(row: &Row<'_>, reading: &Reading<'_>, requests: &mut ReplyRequests) -> Result<Reply, RecordError> {
    let status = status(row)?;
    let process_time = row.get(&PROCESS_TIME)?;
    match (status, process_time) {
        (ReplyStatus::Ok, None) => return Err(row.missing(&PROCESS_TIME)),
        (ReplyStatus::Ok, Some(seconds)) if seconds < LEAST_SECONDS => {
            return Err(row.bad_value(&PROCESS_TIME, &seconds));
        }
        _ => {}
    }
    let timeout = row.get(&TIMEOUT)?;
    if let Some(none) = timeout.filter(|&seconds| seconds <= 0.0) {
        return Err(row.bad_value(&TIMEOUT, &none));
    }
    let found = Reply {
        request: 0,
        uid: row.get(&UID)?,
        hotkey: row.get(&HOTKEY)?,
        status,
        process_time,
        timeout,
        size: row.get(&SIZE)?,
        payload: row.get(&PAYLOAD)?,
        line: row.number(),
    };
    Ok(Reply { request: request(row, reading, requests)?, ..found })
}

fn status(row: &Row<'_>) -> Result<ReplyStatus, RecordError> {
    let status = row.get(&STATUS)?;
    match status.as_str() {
        "ok" => Ok(ReplyStatus::Ok),
        "timeout" => Ok(ReplyStatus::Timeout),
        "error" => Ok(ReplyStatus::Error),
        _ => Err(row.bad_value(&STATUS, &status)),
    }
}

/// The number of the row's request.
fn request(row: &Row<'_>, reading: &Reading<'_>, requests: &mut ReplyRequests) -> Result<u32, RecordError> {
    let time = row.get(&TIME)?;
    if time.is_some_and(|moment| !moment.has_zone) {
        reading.take_as_utc(row, &TIME);
    }
    let (id, endpoint, query) = (row.get(&REQUEST_ID)?, row.get(&ENDPOINT)?, row.get(&QUERY)?);
    let block = row.get(&BLOCK)?;
    if let Some(number) = requests.ids.find(&id) {
        let known = &requests.rows[number as usize];
        if requests.endpoints.find(&endpoint) != Some(known.endpoint) {
            return Err(row.bad_value(&ENDPOINT, &endpoint));
        }
        if query.as_deref() != known.query.as_deref() {
            return Err(row.bad_value(&QUERY, &query.unwrap_or_else(|| "null".to_owned())));
        }
        return Ok(number);
    }
    let time = time.map(|moment| moment.seconds);
    let endpoint = requests.endpoints.number(&endpoint);
    requests.rows.push(ReplyRequest { time, block, endpoint, query: query.map(Into::into) });
    Ok(requests.ids.number(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<(ReplyFile, Vec<Reply>), RecordError> {
        let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let mut rows = Vec::new();
        let read = read_replies(&Source::from(file.path()), &Reading::strict(), |_, row| {
            rows.push(row);
            Ok(())
        })?;
        Ok((read, rows))
    }

    fn row(request: &str, uid: u32, more: &str) -> String {
        format!(
            "{{\"request_id\": \"{request}\", \"endpoint\": \"e\", \"uid\": {uid}, \"status\": \"ok\", \
             \"process_time_s\": 1, \"payload\": \"[]\"{more}}}\n"
        )
    }

    fn error(content: &str) -> String {
        read(content).unwrap_err().to_string().split_once(".jsonl, ").unwrap().1.to_owned()
    }

    #[test]
    fn rows_of_a_request_need_not_stand_together() {
        let (file, rows) = read(&(row("a", 1, "") + &row("b", 1, "") + &row("a", 2, ", \"query\": null"))).unwrap();
        assert_eq!(rows.iter().map(|row| row.request).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!((file.rows, file.requests.rows.len()), (3, 2));
    }

    #[test]
    fn rows_of_a_request_agree() {
        let told = error(&(row("a", 1, "") + &row("a", 2, ", \"query\": \"q\"")));
        assert!(told.starts_with("line 2: column `query` is q; give the query, the same"), "{told}");
        let told = error(&(row("a", 1, "") + &row("a", 1, "")));
        assert_eq!(told, "line 2: column `uid` is 1 in the request, as on line 1; give each line its own");
    }

    #[test]
    fn an_answer_has_its_time() {
        for (given, told) in [("0", "is 0; give seconds"), ("null", "is missing; give seconds"), ("-1", "is -1; give")]
        {
            let told_of =
                error(&row("a", 1, "").replace("\"process_time_s\": 1", &format!("\"process_time_s\": {given}")));
            assert!(told_of.contains(told), "{told_of}");
        }
        let late = row("a", 1, "")
            .replace("\"ok\"", "\"timeout\"")
            .replace("\"process_time_s\": 1", "\"process_time_s\": null");
        assert_eq!(read(&late).unwrap().1[0].process_time, None);
    }

    #[test]
    fn a_long_payload_is_left_out() {
        let of = |length: usize| row("a", 1, "").replace("[]", &" ".repeat(length));
        let payload = |content: &str| read(content).unwrap().1.remove(0).payload;
        assert!(matches!(payload(&of(LONGEST_PAYLOAD)), Some(Payload::Text(_))));
        assert_eq!(payload(&of(LONGEST_PAYLOAD + 1)), Some(Payload::Long));
        let (_, rows) = read(&(of(70 << 20) + &row("b", 1, ""))).unwrap();
        assert_eq!([&rows[0].payload, &rows[1].payload], [&Some(Payload::Long), &Some(Payload::Text("[]".into()))]);
        assert_eq!(payload(&row("a", 1, "").replace("[]", "\\u0000")), Some(Payload::Text("\0".into())));
        assert_eq!(payload(&row("a", 1, "").replace("\"[]\"", "null")), None);
    }
}
